//! Follow: honest logs are never accused, forks never accepted, whoever shows them.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rekindle_events::Kind;
use rekindle_proof::Hash;
use rekindle_store::EventFilter;
use rekindle_syncd::Engine;
use rekindle_syncd::jobs::follow::{LookOutcome, look};
use rekindle_syncd::ops::replay::replay;
use support::log::{Server, TestLog};
use support::{engine, options};

const ORIGIN: &str = "log.example";

/// A server that shows `log` at a size that the test moves.
async fn growing(log: TestLog) -> (Server, Arc<AtomicU64>) {
    let size = Arc::new(AtomicU64::new(0));
    let shown = size.clone();
    let server = Server::of(move |path| log.file(path, shown.load(Ordering::SeqCst))).await;
    (server, size)
}

async fn looked(engine: &Engine) -> LookOutcome {
    look(engine, engine.log_of(ORIGIN).unwrap()).await.unwrap().outcome
}

async fn kinds(engine: &Engine) -> Vec<Kind> {
    let filter = EventFilter { limit: 100, ..EventFilter::default() };
    let events = engine.store().events(&filter).await.unwrap();
    events.iter().map(|event| event.recorded.event.kind()).collect()
}

async fn size(engine: &Engine) -> u64 {
    engine.store().view(ORIGIN).await.unwrap().unwrap().size
}

#[tokio::test]
async fn an_honest_log_grows_repeats_itself_and_shows_old_sizes() {
    let log = TestLog::of(300, u64::MAX);
    let (server, shown) = growing(log.clone()).await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, true)]).await;
    for size in [0, 3, 3, 7, 5, 0, 256, 300, 299] {
        shown.store(size, Ordering::SeqCst);
        assert_eq!(looked(&engine).await, LookOutcome::Good, "at size {size}");
    }
    assert_eq!(size(&engine).await, 300);
    assert_eq!(kinds(&engine).await, [Kind::CheckpointAdvanced; 5]);
    // The older trees that were proven are known, with their notes.
    assert_eq!(engine.store().checkpoint_at(ORIGIN, 5).await.unwrap().len(), 1);
    let replayed = replay(engine.store()).await.unwrap();
    assert_eq!((replayed.events, replayed.differences), (5, vec![]));
}

#[tokio::test]
async fn a_log_without_tiles_is_not_accused_and_not_believed() {
    let log = TestLog::of(9, u64::MAX);
    let shown = log.clone();
    let first = Arc::new(AtomicU64::new(4));
    let now = first.clone();
    let server = Server::of(move |path| {
        shown.file(path, now.load(Ordering::SeqCst)).filter(|_| path == "/checkpoint")
    })
    .await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, true)]).await;
    assert_eq!(looked(&engine).await, LookOutcome::Good);
    first.store(9, Ordering::SeqCst);
    assert_eq!(looked(&engine).await, LookOutcome::Unproven);
    assert_eq!(size(&engine).await, 4);
    assert_eq!(kinds(&engine).await, [Kind::CheckpointAdvanced]);
}

/// Each row: what was accepted, what the log then shows or a receipt hands over.
#[tokio::test]
async fn forks_are_convicted_at_every_size() {
    for (accepted, forked) in [(6, 6), (6, 8), (6, 4), (6, 3)] {
        let (honest, other) = (TestLog::of(8, u64::MAX), TestLog::of(8, 2));
        let (server, shown) = growing(honest.clone()).await;
        let (engine, _dir) = engine(vec![options("a", &honest, &server.url, true)]).await;
        shown.store(accepted, Ordering::SeqCst);
        assert_eq!(looked(&engine).await, LookOutcome::Good);
        drop(server);
        // Tiles of the larger tree are what convicts.
        let tiles = if forked > accepted { other.clone() } else { honest.clone() };
        let server = Server::of(move |path| tiles.file(path, 8)).await;
        let (engine, _dir) = reopened(engine, _dir, &honest, &server.url).await;
        engine.log_of(ORIGIN).unwrap().hand_over(&other.at(forked));
        assert_eq!(looked(&engine).await, LookOutcome::Diverged, "{accepted} then {forked}");
        let view = engine.store().view(ORIGIN).await.unwrap().unwrap();
        assert!(view.quarantined.is_some() && view.size == accepted);
        assert_eq!(kinds(&engine).await, [Kind::CheckpointAdvanced, Kind::CheckpointDiverged]);
        assert_eq!(replay(engine.store()).await.unwrap().differences, vec![]);
        // Nothing more is accepted, and nothing is stated twice.
        assert_eq!(looked(&engine).await, LookOutcome::Diverged);
        assert_eq!(kinds(&engine).await.len(), 2);
    }
}

/// The same ledger behind another server.
async fn reopened(
    engine: Engine,
    dir: tempfile::TempDir,
    log: &TestLog,
    url: &str,
) -> (Engine, tempfile::TempDir) {
    let other = rekindle_syncd::Options::new(vec![options("a", log, url, true)]);
    (Engine::new(engine.store().clone(), other).unwrap(), dir)
}

#[tokio::test]
async fn two_roots_of_one_size_convict_a_log_that_hides_its_tiles() {
    let (honest, other) = (TestLog::of(8, u64::MAX), TestLog::of(8, 2));
    let (server, shown) = growing(honest.clone()).await;
    let (first, dir) = engine(vec![options("a", &honest, &server.url, true)]).await;
    for size in [5, 7] {
        shown.store(size, Ordering::SeqCst);
        assert_eq!(looked(&first).await, LookOutcome::Good);
    }
    // Only the checkpoint is served from now on. A size that we know, with another root:
    let hidden = Server::of(move |path| honest.file(path, 7).filter(|_| path == "/checkpoint"));
    let hidden = hidden.await;
    let honest = TestLog::of(8, u64::MAX);
    let (engine, _dir) = reopened(first, dir, &honest, &hidden.url).await;
    engine.log_of(ORIGIN).unwrap().hand_over(&other.at(5));
    assert_eq!(looked(&engine).await, LookOutcome::Diverged);
}

#[tokio::test]
async fn two_unproven_notes_of_one_size_convict_each_other() {
    let (honest, other) = (TestLog::of(8, u64::MAX), TestLog::of(8, 2));
    let (shown, log) = (honest.clone(), honest.clone());
    let server = Server::of(move |path| shown.file(path, 3).filter(|_| path == "/checkpoint"));
    let server = server.await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, true)]).await;
    assert_eq!(looked(&engine).await, LookOutcome::Good);
    let log = engine.log_of(ORIGIN).unwrap();
    log.hand_over(&honest.at(8));
    assert_eq!(looked(&engine).await, LookOutcome::Unproven);
    log.hand_over(&honest.at(8));
    log.hand_over(&other.at(8));
    assert_eq!(looked(&engine).await, LookOutcome::Diverged);
}

#[tokio::test]
async fn a_tree_beyond_what_the_ledger_counts_is_unproven() {
    let log = TestLog::of(2, u64::MAX);
    let note = log.signed(u64::MAX, Hash([9; 32]));
    let server =
        Server::of(move |path| (path == "/checkpoint").then(|| note.note().to_vec())).await;
    let (engine, _dir) = engine(vec![options("a", &log, &server.url, true)]).await;
    assert_eq!(looked(&engine).await, LookOutcome::Unproven);
    assert!(engine.store().view(ORIGIN).await.unwrap().is_none());
}

#[tokio::test]
async fn a_stored_view_that_does_not_fit_the_key_shows_as_bad_health() {
    let log = TestLog::of(4, u64::MAX);
    let (server, shown) = growing(log.clone()).await;
    let (first, dir) = engine(vec![options("a", &log, &server.url, true)]).await;
    shown.store(2, Ordering::SeqCst);
    assert_eq!(looked(&first).await, LookOutcome::Good);
    let mut changed = options("a", &log, &server.url, true);
    changed.key = TestLog::key(8);
    let other = rekindle_syncd::Options::new(vec![changed]);
    let engine = Engine::new(first.store().clone(), other).unwrap();
    let log = engine.log_of(ORIGIN).unwrap();
    let seen = TestLog::by(8, 4).at(4);
    log.hand_over(&seen);
    assert!(look(&engine, log).await.is_err());
    assert_eq!(log.health().outcome, LookOutcome::Unproven);
    // What was handed over is not lost by the failure.
    assert!(look(&engine, log).await.is_err());
    drop(dir);
}
