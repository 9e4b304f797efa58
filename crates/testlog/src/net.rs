//! Connections that a handler can cut, without a status and without an end of the body.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Accepts connections, each with its own switch below a common one.
pub(crate) struct CutListener {
    pub(crate) tcp: TcpListener,
    pub(crate) all: CancellationToken,
}

/// The switch of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    cut: CancellationToken,
}

impl Connection {
    /// Cuts the connection: the client sees it end in the middle of the exchange.
    pub(crate) fn cut(&self) {
        self.cut.cancel();
    }
}

/// A TCP stream that fails once it is cut.
pub(crate) struct CutStream {
    tcp: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    is_cut: bool,
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = Connection;

    async fn accept(&mut self) -> (CutStream, Connection) {
        let (tcp, _) = Listener::accept(&mut self.tcp).await;
        // Without it small answers wait for each other; an error here is no reason to refuse.
        let _ = tcp.set_nodelay(true);
        let cut = self.all.child_token();
        let stream = CutStream { tcp, cut: Box::pin(cut.clone().cancelled_owned()), is_cut: false };
        (stream, Connection { cut })
    }

    fn local_addr(&self) -> io::Result<Connection> {
        Ok(Connection { cut: self.all.clone() })
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl CutStream {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        // A finished future must not be polled again.
        self.is_cut = self.is_cut || self.cut.as_mut().poll(context).is_ready();
        if self.is_cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

/// Binds the address.
pub(crate) async fn listen(
    address: SocketAddr,
    all: CancellationToken,
) -> io::Result<(CutListener, SocketAddr)> {
    let tcp = TcpListener::bind(address).await?;
    let bound = tcp.local_addr()?;
    Ok((CutListener { tcp, all }, bound))
}
