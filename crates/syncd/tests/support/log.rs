//! A log in a few lines, and a server that shows exactly what a test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use rekindle_proof::signer::{Ed25519Signer, sign_checkpoint};
use rekindle_proof::tile::{TileId, TileSet};
use rekindle_proof::{
    Checkpoint, Hash, Origin, Receipt, SignedCheckpoint, VerifiedCheckpoint, compact, consistency,
    hash, inclusion,
};
use rekindle_rekor::wire::v2::TransparencyLogEntry;
use rekindle_syncd::decide::LogInput;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Leaves and the key that signs their trees.
#[derive(Clone)]
pub(crate) struct TestLog {
    pub(crate) leaves: Vec<Bytes>,
    pub(crate) tiles: Arc<TileSet>,
    pub(crate) signer: Arc<Ed25519Signer>,
}

impl TestLog {
    pub(crate) fn named(origin: &str, leaves: Vec<Bytes>) -> TestLog {
        let hashes: Vec<Hash> = leaves.iter().map(|leaf| hash::leaf(leaf)).collect();
        let origin = Origin::new(origin).unwrap();
        let signer = Arc::new(Ed25519Signer::from_seed(origin, &[7; 32]).unwrap());
        TestLog { leaves, tiles: Arc::new(TileSet::from_leaf_hashes(&hashes)), signer }
    }

    pub(crate) fn new(leaves: Vec<Bytes>) -> TestLog {
        TestLog::named("log.example", leaves)
    }

    /// A log of `size` leaves that differ from the honest ones from `fork` on.
    pub(crate) fn of(size: u64, fork: u64) -> TestLog {
        let face = |at| if at < fork { "honest" } else { "forked" };
        TestLog::new((0..size).map(|at| format!("{} leaf {at}", face(at)).into()).collect())
    }

    /// An honest log of `size` leaves whose key is made from another seed.
    pub(crate) fn by(seed: u8, size: u64) -> TestLog {
        let origin = Origin::new("log.example").unwrap();
        let signer = Arc::new(Ed25519Signer::from_seed(origin, &[seed; 32]).unwrap());
        TestLog { signer, ..TestLog::of(size, u64::MAX) }
    }

    pub(crate) fn key(seed: u8) -> rekindle_proof::LogKey {
        TestLog::by(seed, 0).signer.log_key().clone()
    }

    pub(crate) fn input(&self) -> LogInput {
        use base64::Engine as _;
        let key = self.signer.log_key();
        LogInput {
            origin: key.origin().as_str().into(),
            spki: base64::engine::general_purpose::STANDARD.encode(key.spki()),
            tenant: "default".into(),
        }
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        let range = compact::from_tiles(0, size, &self.tiles).unwrap();
        range.root().unwrap_or_else(hash::empty_root)
    }

    pub(crate) fn note(&self, size: u64) -> SignedCheckpoint {
        self.signed(size, self.root(size))
    }

    pub(crate) fn signed(&self, size: u64, root: Hash) -> SignedCheckpoint {
        let origin = self.signer.log_key().origin().clone();
        let tree = Checkpoint { origin, size, root, extensions: Vec::new() };
        sign_checkpoint(&tree, &*self.signer)
    }

    pub(crate) fn at(&self, size: u64) -> VerifiedCheckpoint {
        self.note(size).verify(self.signer.log_key()).unwrap()
    }

    pub(crate) fn proof(&self, old: u64, new: u64) -> Vec<String> {
        let proof = consistency::prove(old, new, &self.tiles).unwrap();
        proof.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn path(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion::prove(index, size, &self.tiles).unwrap()
    }

    pub(crate) fn receipt(&self, index: u64, size: u64) -> Receipt {
        Receipt {
            log: self.signer.log_key().id(),
            body: self.leaves[index as usize].clone(),
            index,
            path: self.path(index, size),
            checkpoint: self.note(size),
        }
    }

    pub(crate) fn receipt_bytes(&self, index: u64, size: u64) -> Bytes {
        let receipt = self.receipt(index, size);
        TransparencyLogEntry::from_receipt(&receipt, ("hashedrekord", "0.0.2")).to_json().into()
    }

    /// The file at this path, at that size of the tree.
    pub(crate) fn file(&self, path: &str, size: u64) -> Option<Vec<u8>> {
        if path == "/checkpoint" {
            return Some(self.note(size).note().to_vec());
        }
        // Also the narrower tiles of the smaller trees before this one.
        self.tiles.ids().find_map(|id| {
            let named = |width: &u16| format!("/{}", TileId { width: *width, ..id }.path()) == path;
            let width = (1..=id.width).find(named)?;
            Some(self.tiles.bytes(id)?[..usize::from(width) * 32].to_vec())
        })
    }
}

/// What a server answers: status, further header lines, body.
pub(crate) type Said = (u16, &'static str, Vec<u8>);

/// A server that answers whatever `say` does to (method, path); gone when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(say: impl Fn(&str, &str) -> Said + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (say, count) = (Arc::new(say), asked.clone());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let say = say.clone();
                tokio::spawn(async move {
                    let _ = answer(socket, &*say).await;
                });
            }
        });
        Server { url, asked, task }
    }

    /// Serves the files of a log.
    pub(crate) async fn of(
        file: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Server {
        Server::start(move |_, path| match file(path) {
            Some(body) => (200, "", body),
            None => (404, "", Vec::new()),
        })
        .await
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    mut socket: TcpStream,
    say: &(impl Fn(&str, &str) -> Said + Send + Sync),
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1).and_then(|rest| {
            rest.lines().next().and_then(|number| number.trim().parse::<usize>().ok())
        });
        (body.len() >= length.unwrap_or(0)).then(|| head.to_owned())
    };
    let head = loop {
        let got = socket.read(&mut chunk).await?;
        request.extend_from_slice(&chunk[..got]);
        match whole(&request) {
            Some(head) => break head,
            None if got == 0 => return Ok(()),
            None => {}
        }
    };
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, header, body) = say(method, path);
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{header}\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(&body).await
}
