//! A file server of the smallest kind: GET, loopback, one request a connection.
//!
//! rekor-tiles does not serve its own reads; the paths of its folder are the paths of the
//! protocol, so any file server will do, and this one needs no installation.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

/// A request line is a method, a tile's path and a version.
const MAX_HEAD: u64 = 16 * 1024;
/// Nobody on loopback needs longer to say one line.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the process ends.
pub(super) fn serve(dir: &Path, listen: SocketAddr) -> Result<()> {
    let listener =
        TcpListener::bind(listen).with_context(|| format!("could not listen on {listen}"))?;
    for stream in listener.incoming() {
        let (Ok(stream), dir) = (stream, dir.to_owned()) else {
            continue;
        };
        // A reader that goes away is its own loss; the next one gets its answer.
        thread::spawn(move || drop(answer(&stream, &dir)));
    }
    Ok(())
}

fn answer(mut stream: &TcpStream, dir: &Path) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(MAX_HEAD));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    // The headers are read, since closing with unread bytes cuts the answer off.
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let found = path_of(&request).map(|path| fs::read(dir.join(path)));
    let (status, body) = match found {
        Some(Ok(body)) => ("200 OK", body),
        Some(Err(_)) => ("404 Not Found", b"no such file\n".to_vec()),
        None => ("400 Bad Request", b"only GET of a plain path\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    Ok(())
}

/// The relative path of a GET; nothing that would leave the folder or show what is private.
fn path_of(request: &str) -> Option<PathBuf> {
    let path = request.strip_prefix("GET /")?.split(' ').next()?;
    let path = PathBuf::from(path.split('?').next()?);
    let plain = path.components().all(|part| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    });
    plain.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_served() {
        let cases = [
            ("GET /tile/0/x001/067.p/5 HTTP/1.1", Some("tile/0/x001/067.p/5")),
            ("GET /checkpoint?x=1 HTTP/1.1", Some("checkpoint")),
            ("GET /../key.pem HTTP/1.1", None),
            ("GET /.state/antispam HTTP/1.1", None),
            ("GET //etc/passwd HTTP/1.1", None),
            ("POST /checkpoint HTTP/1.1", None),
        ];
        for (request, expected) in cases {
            assert_eq!(path_of(request), expected.map(PathBuf::from), "{request}");
        }
    }
}
