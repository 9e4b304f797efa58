//! The client against answers that no honest log gives.

use bytes::Bytes;
use rekindle_proof::bundle::{self, BundleId};
use rekindle_proof::signer::{Ed25519Signer, sign_checkpoint};
use rekindle_proof::tile::{TileId, TileSet};
use rekindle_proof::{Checkpoint, LogKey, Origin, compact, consistency, hash, inclusion};
use rekindle_rekor::{Answer, Client, Options, Place, Prepared};
use std::time::Duration;
use wiremock::matchers::{body_bytes, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn signer() -> Ed25519Signer {
    Ed25519Signer::from_seed(Origin::new("log.test").unwrap(), &[3; 32]).unwrap()
}

fn key() -> LogKey {
    signer().log_key().clone()
}

fn client(server: &MockServer) -> Client {
    let mut options = Options::new(Some(server.uri()), server.uri(), key());
    options.timeout = Duration::from_secs(2);
    Client::new(options).unwrap()
}

fn prepared() -> Prepared {
    Prepared::new(Bytes::from_static(b"{\"a\": 1}"), Bytes::from_static(b"leaf"))
}

async fn serve(server: &MockServer, at: &str, bytes: impl Into<Vec<u8>>) {
    let answer = ResponseTemplate::new(200).set_body_bytes(bytes);
    Mock::given(method("GET")).and(path(format!("/{at}"))).respond_with(answer).mount(server).await;
}

/// A log of `size` entries named by their index, without the partial files of smaller sizes.
async fn serve_log(server: &MockServer, size: u64) -> (TileSet, Vec<Bytes>) {
    let entries: Vec<Bytes> = (0..size).map(|i| Bytes::from(format!("entry {i}"))).collect();
    let hashes: Vec<_> = entries.iter().map(|e| hash::leaf(e)).collect();
    let tiles = TileSet::from_leaf_hashes(&hashes);
    for id in tiles.ids() {
        serve(server, &id.path(), tiles.bytes(id).unwrap()).await;
    }
    for (index, chunk) in entries.chunks(256).enumerate() {
        let id = BundleId { index: index as u64, width: chunk.len() as u16 };
        serve(server, &id.path(), bundle::encode(chunk).unwrap()).await;
    }
    let root = compact::from_tiles(0, size, &tiles).unwrap().root().unwrap();
    let origin = Origin::new("log.test").unwrap();
    let note = sign_checkpoint(&Checkpoint { origin, size, root, extensions: vec![] }, &signer());
    serve(server, "checkpoint", note.note().to_vec()).await;
    (tiles, entries)
}

#[tokio::test]
async fn posts_the_exact_bytes_and_keeps_the_answer() {
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(409).insert_header("X-Log-Index", "735").set_body_bytes("{}");
    Mock::given(method("POST"))
        .and(path("/api/v2/log/entries"))
        .and(body_bytes("{\"a\": 1}"))
        .and(header("content-type", "application/json"))
        .and(header("accept", "application/json"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let (raw, answer) = client(&server).post(&prepared()).await;
    assert!(matches!(answer, Answer::Known(Place::Index(735))));
    assert_eq!(raw.unwrap().log_index.as_deref(), Some("735"));
}

#[tokio::test]
async fn two_different_indexes_are_none() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(409)
        .append_header("X-Log-Index", "1")
        .append_header("X-Log-Index", "2");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    assert_eq!(client(&server).post(&prepared()).await.1.name(), "unclear");
}

#[tokio::test]
async fn no_answer_says_whether_anything_was_sent() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let client = Client::new(Options::new(Some(address.clone()), address, key())).unwrap();
    let (raw, answer) = client.post(&prepared()).await;
    let Answer::Unclear(cut) = answer else { panic!("{answer:?}") };
    assert_eq!((raw, cut.status, cut.sent), (None, None, false));
    assert_eq!(client.checkpoint().await.unwrap_err().code(), "log_unreachable");

    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(30));
    Mock::given(method("POST")).respond_with(slow).mount(&server).await;
    let (_, answer) = self::client(&server).post(&prepared()).await;
    let Answer::Unclear(cut) = answer else { panic!("{answer:?}") };
    assert_eq!((cut.status, cut.sent), (None, true), "{}", cut.what);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = MockServer::start().await;
    let huge = ResponseTemplate::new(201).set_body_bytes(vec![b' '; 11 * 1024 * 1024]);
    Mock::given(method("POST")).respond_with(huge).mount(&server).await;
    let (raw, answer) = client(&server).post(&prepared()).await;
    let Answer::Unclear(cut) = answer else { panic!("{answer:?}") };
    assert!(raw.is_none() && cut.status == Some(201) && cut.what.contains("more than"), "{cut:?}");

    serve(&server, "checkpoint", vec![b'x'; 70_000]).await;
    assert_eq!(client(&server).checkpoint().await.unwrap_err().code(), "read_too_large");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = MockServer::start().await;
    let away = ResponseTemplate::new(307).insert_header("Location", "/elsewhere");
    Mock::given(method("POST")).respond_with(away.clone()).mount(&server).await;
    Mock::given(method("GET")).respond_with(away).mount(&server).await;
    assert_eq!(client(&server).post(&prepared()).await.1.name(), "busy");
    assert_eq!(client(&server).checkpoint().await.unwrap_err().code(), "read_status");
    assert!(server.received_requests().await.unwrap().iter().all(|r| r.url.path() != "/elsewhere"));
}

#[tokio::test]
async fn partial_tiles_that_became_full_ones() {
    let server = MockServer::start().await;
    let (tiles, entries) = serve_log(&server, 600).await;
    let client = client(&server);
    // In a tree of 300 the second tile and bundle were partial; only the full ones are there now.
    let wanted = TileId { level: 0, index: 1, width: 44 };
    let set = client.tiles(&[wanted]).await.unwrap();
    assert_eq!(set.bytes(wanted), tiles.bytes(wanted));
    let got = client.entries(BundleId { index: 1, width: 44 }).await.unwrap();
    assert_eq!(got, entries[256..300]);

    let proof = client.consistency(300, 600).await.unwrap();
    let root = |size| compact::from_tiles(0, size, &tiles).unwrap().root().unwrap();
    consistency::verify(300, 600, &proof, &root(300), &root(600)).unwrap();
    let path = client.inclusion(299, 600).await.unwrap();
    inclusion::verify(299, 600, &hash::leaf(&entries[299]), &path, &root(600)).unwrap();

    let before = server.received_requests().await.unwrap().len();
    client.tiles(&[TileId { level: 0, index: 1, width: 9 }]).await.unwrap();
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        before,
        "a full tile is remembered"
    );
    client.forget_tiles();
    client.tiles(&[wanted.full()]).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), before + 1);

    let missing = client.tiles(&[TileId { level: 0, index: 9, width: 1 }]).await;
    assert_eq!(missing.unwrap_err().code(), "read_not_found");
}

#[tokio::test]
async fn recover_builds_a_receipt_and_names_what_is_wrong() {
    let server = MockServer::start().await;
    let (_, entries) = serve_log(&server, 513).await;
    let client = client(&server);
    for index in [0, 255, 256, 300, 511, 512] {
        let leaf = &entries[index as usize];
        let found = client.recover(leaf, Place::Index(index)).await.unwrap();
        assert_eq!(found.receipt.verify(leaf, &key()).unwrap().index(), index);
    }
    let code =
        async |leaf: &Bytes, at| client.recover(leaf, Place::Index(at)).await.unwrap_err().code();
    assert_eq!(code(&entries[1], 2).await, "entry_other_bytes");
    assert_eq!(code(&entries[1], 513).await, "entry_not_covered");
    assert_eq!(code(&entries[1], u64::MAX).await, "entry_not_covered");
}

#[tokio::test]
async fn recover_refuses_broken_tiles_and_foreign_checkpoints() {
    let server = MockServer::start().await;
    // The first mount wins: this tile is wrong in one bit, the next one is cut.
    let mut wrong = vec![0; 8192];
    wrong[5] = 1;
    serve(&server, "tile/0/000", wrong).await;
    serve(&server, "tile/0/001", vec![0; 100]).await;
    let (_, entries) = serve_log(&server, 513).await;
    let client = client(&server);
    let code = async |at: u64| {
        client.recover(&entries[at as usize], Place::Index(at)).await.unwrap_err().code()
    };
    assert_eq!(code(3).await, "tiles_unproven");
    assert_eq!(code(257).await, "read_malformed");

    let stranger = MockServer::start().await;
    serve(&stranger, "checkpoint", "log.test\n1\nAAAA\n\n— log.test AAAAAAA=\n").await;
    let found = self::client(&stranger).recover(&entries[0], Place::Index(0)).await;
    assert_eq!(found.unwrap_err().code(), "checkpoint_unverified");
}

#[test]
fn addresses_are_checked() {
    for bad in
        ["", "log.example", "ftp://log.example", "http://log.example/?x=1", "http://log.example/#a"]
    {
        let refused = Client::new(Options::new(None, bad, key()));
        assert_eq!(refused.unwrap_err().code(), "log_url", "{bad}");
    }
    let reader = Client::new(Options::new(None, "https://log.example/api/v2", key())).unwrap();
    assert!(!reader.writes());
}
