//! Every fault, as a client sees it, and forks both ways.

mod support;

use std::time::Duration;

use bytes::Bytes;
use rekindle_proof::bundle::BundleId;
use rekindle_proof::tile::TileSet;
use rekindle_proof::{VerifiedCheckpoint, compact, consistency, hash, inclusion};
use rekindle_rekor::{Answer, Client, Place};
use rekindle_testlog::{Fault, Fork, Options, Script, TestLog, What};
use support::{SigningKey, client, fill};

struct Fixture {
    log: TestLog,
    client: Client,
    key: SigningKey,
    _dir: tempfile::TempDir,
}

async fn log_of(size: u64) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(dir.path());
    options.checkpoint_interval = Duration::from_millis(10);
    let log = TestLog::start(options).await.unwrap();
    let (client, key) = (client(&log), SigningKey::new());
    fill(&client, &key, 0..size).await;
    Fixture { log, client, key, _dir: dir }
}

impl Fixture {
    async fn head(&self) -> VerifiedCheckpoint {
        self.client.checkpoint().await.unwrap().verify(&self.log.log_key()).unwrap()
    }

    async fn all_entries(&self, size: u64) -> Vec<Bytes> {
        let mut entries = Vec::new();
        while (entries.len() as u64) < size {
            let id = BundleId::of_entry(entries.len() as u64, size).unwrap();
            entries.extend(self.client.entries(id).await.unwrap());
        }
        entries
    }
}

#[tokio::test]
async fn faults_that_take_nothing() {
    let f = log_of(0).await;
    let prepared = f.key.prepare(1);
    for (what, name) in [
        (What::TooMany, "busy"),
        (What::Error, "unclear"),
        (What::Pushback, "busy"),
        (What::Frozen, "frozen"),
        (What::Html, "unclear"),
        (What::Cut, "unclear"),
        (What::Hang, "unclear"),
    ] {
        f.log.set_fault(Fault { retry_after: Some(3), ..Fault::new(what).times(1) });
        let (raw, answer) = f.client.post(&prepared).await;
        assert_eq!(answer.name(), name, "{what:?}: {answer:?}");
        match answer {
            Answer::Busy { wait, .. } => assert_eq!(wait, Some(Duration::from_secs(3))),
            Answer::Unclear(cut) => assert!(cut.sent),
            _ => {}
        }
        assert_eq!(raw.is_none(), matches!(what, What::Cut | What::Hang), "{what:?}");
        f.log.clear_faults();
    }
    assert_eq!(f.log.size(), 0);
    assert_eq!(f.client.post(&prepared).await.1.name(), "logged");
}

#[tokio::test]
async fn faults_after_the_entry_was_taken() {
    let f = log_of(0).await;
    for (number, what) in [(1, What::CutAfterAccept), (2, What::ErrorAfterAccept)] {
        let prepared = f.key.prepare(number);
        f.log.set_fault(Fault::new(what).times(1));
        assert_eq!(f.client.post(&prepared).await.1.name(), "unclear", "{what:?}");
        assert_eq!(f.log.size(), number);
        let Answer::Known(place) = f.client.post(&prepared).await.1 else { panic!("{what:?}") };
        let found = f.client.recover(&prepared.leaf, place).await.unwrap();
        found.receipt.verify(&prepared.leaf, &f.log.log_key()).unwrap();
    }
}

#[tokio::test]
async fn wrong_receipts_do_not_verify() {
    let f = log_of(3).await;
    for (number, what, code) in
        [(10, What::WrongProof, "root_mismatch"), (11, What::WrongBody, "receipt_other_body")]
    {
        let prepared = f.key.prepare(number);
        f.log.set_fault(Fault::new(what).times(1));
        let Answer::Logged(receipt) = f.client.post(&prepared).await.1 else { panic!("{what:?}") };
        let refused = receipt.verify(&prepared.leaf, &f.log.log_key()).unwrap_err();
        assert_eq!(refused.code(), code, "{what:?}");
    }
}

#[tokio::test]
async fn wrong_reads() {
    let f = log_of(300).await;
    let prepared = f.key.prepare(1000);
    assert_eq!(f.client.post(&prepared).await.1.name(), "logged");
    let recover =
        async || f.client.recover(&prepared.leaf, Place::Index(300)).await.map_err(|e| e.code());
    for (what, on, code) in [
        (What::TornTile, "/tile/0/", "read_malformed"),
        (What::TornTile, "/tile/entries/", "read_malformed"),
        (What::WrongTile, "/tile/0/", "tiles_unproven"),
        (What::WrongTile, "/tile/entries/", "entry_other_bytes"),
        (What::Html, "/tile/", "read_status"),
        (What::TooMany, "/checkpoint", "read_status"),
        (What::Cut, "/checkpoint", "log_unreachable"),
        (What::Hang, "/tile/", "log_unreachable"),
    ] {
        f.log.set_fault(Fault::new(what).on(on));
        assert_eq!(recover().await.map(|_| ()), Err(code), "{what:?} {on}");
        f.log.clear_faults();
        f.client.forget_tiles();
    }
    recover().await.unwrap();
}

#[tokio::test]
async fn a_stale_checkpoint_stays_stale() {
    let f = log_of(5).await;
    fill(&f.client, &f.key, 5..8).await;
    f.log.set_fault(Fault::new(What::StaleCheckpoint).times(2));
    let stale = f.head().await;
    assert!(stale.size() < 8);
    fill(&f.client, &f.key, 8..9).await;
    assert_eq!(f.head().await.signed().note(), stale.signed().note());
    assert_eq!(f.head().await.size(), 9, "the count is used up");
}

#[tokio::test]
async fn stopping_does_not_wait_for_those_who_hang() {
    let f = log_of(1).await;
    f.log.set_fault(Fault::new(What::Hang));
    let started = std::time::Instant::now();
    let prepared = f.key.prepare(7);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        f.log.stop().await;
    };
    let ((_, answer), ()) = tokio::join!(f.client.post(&prepared), stop);
    assert_eq!(answer.name(), "unclear");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_script_strikes_where_it_says() {
    let script =
        "[[fault]]\nwhat = '503'\nretry_after = 1\ncount = 2\nwhen = { after = 1, every = 2 }\n";
    let dir = tempfile::tempdir().unwrap();
    let options = Options { script: Script::parse(script).unwrap(), ..Options::new(dir.path()) };
    let log = TestLog::start(options).await.unwrap();
    let (client, key) = (client(&log), SigningKey::new());
    let mut names = Vec::new();
    for number in 0..7 {
        names.push(client.post(&key.prepare(number)).await.1.name());
    }
    assert_eq!(names, ["logged", "busy", "logged", "busy", "logged", "logged", "logged"]);
}

#[tokio::test]
async fn fork_with_one_size_and_two_roots() {
    let f = log_of(300).await;
    let (honest, truth) = (f.head().await, f.all_entries(300).await);
    f.log.fork(Fork { at: 280, same_size: true, ends: false }).unwrap();
    f.client.forget_tiles();
    let (lie, shown) = (f.head().await, f.all_entries(300).await);
    assert_eq!(lie.size(), honest.size());
    assert_ne!(lie.root(), honest.root());
    let different: Vec<usize> = (0..300).filter(|i| truth[*i] != shown[*i]).collect();
    assert_eq!(different, [280]);
    tiles_fit(&f, &lie, &shown).await;

    // Both histories grow, and a receipt is one of the true history.
    let prepared = f.key.prepare(999);
    let Answer::Logged(receipt) = f.client.post(&prepared).await.1 else { panic!("not logged") };
    let receipt = receipt.verify(&prepared.leaf, &f.log.log_key()).unwrap();
    let lie = f.head().await;
    assert_eq!((receipt.checkpoint().size(), lie.size()), (301, 301));
    assert_ne!(receipt.checkpoint().root(), lie.root());

    f.log.unfork();
    assert_eq!(f.head().await.root(), receipt.checkpoint().root());
}

#[tokio::test]
async fn fork_with_another_size() {
    let f = log_of(260).await;
    let (honest, truth) = (f.head().await, f.all_entries(260).await);
    f.log.fork(250).unwrap();
    f.client.forget_tiles();
    let (lie, shown) = (f.head().await, f.all_entries(261).await);
    assert_eq!(lie.size(), 261);
    assert_eq!(shown[..250], truth[..250]);
    assert_eq!(shown[251..], truth[250..]);
    tiles_fit(&f, &lie, &shown).await;
    let proof = f.client.consistency(260, 261).await.unwrap();
    assert!(consistency::verify(260, 261, &proof, &honest.root(), &lie.root()).is_err());
    // The common part is proven a prefix of the lie.
    let proof = f.client.consistency(250, 261).await.unwrap();
    let leaves: Vec<_> = truth[..250].iter().map(|e| hash::leaf(e)).collect();
    let common =
        compact::from_tiles(0, 250, &TileSet::from_leaf_hashes(&leaves)).unwrap().root().unwrap();
    consistency::verify(250, 261, &proof, &common, &lie.root()).unwrap();

    // A history that ends with the foreign entry is smaller than the true one.
    f.log.fork(Fork { at: 100, ends: true, ..Fork::default() }).unwrap();
    assert_eq!(f.head().await.size(), 101);
    for refused in [Fork::from(261), Fork { at: 260, same_size: true, ends: false }] {
        assert_eq!(f.log.fork(refused).unwrap_err().code(), "testlog_fork");
    }
}

#[tokio::test]
async fn a_fork_from_a_script() {
    let f = log_of(4).await;
    f.log.set_fault(Fault { same_size: true, ..Fault::new(What::Fork).after(1).times(1) });
    let honest = f.head().await;
    let lie = f.head().await;
    assert_eq!(lie.size(), 4);
    assert_ne!(lie.root(), honest.root());
    assert_eq!(f.head().await.root(), lie.root());
}

/// Every entry that is shown is proven by the shown tiles into the shown root.
async fn tiles_fit(f: &Fixture, head: &VerifiedCheckpoint, entries: &[Bytes]) {
    for index in [0, 99, 255, 256, head.size() - 1] {
        let path = f.client.inclusion(index, head.size()).await.unwrap();
        let leaf = hash::leaf(&entries[index as usize]);
        inclusion::verify(index, head.size(), &leaf, &path, &head.root()).unwrap();
    }
}
