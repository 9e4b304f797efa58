//! What was answered survives; what was not answered is there whole or not at all.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use rekindle_events::Stage;
use rekindle_queue::JobStore;
use rekindle_store::{EventFilter, InputDigest, Ledger, Options, Store};
use support::{bytes_of, entry_of, open, queued, url};

#[tokio::test]
async fn a_reopened_ledger_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let id = store.store_id().to_owned();
    store.commit(queued(1)).await.unwrap();
    close(store).await;
    let store = open(folder.path()).await;
    assert_eq!(store.store_id(), id);
    assert_eq!(store.last_sequence().await.unwrap(), 1);
    assert_eq!(*store.subscribe().borrow(), 1);
    assert_eq!(store.commit(queued(2)).await.unwrap().recorded[0].sequence.0, 2);
    assert_eq!(store.claim(&["submit"], 9, Duration::from_secs(9)).await.unwrap().len(), 2);
}

/// Drops the last handle, and waits until the lock is free.
async fn close(store: Store) {
    drop(store);
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_second_daemon_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let second = Store::open(Options::new(&url(folder.path()))).await;
    assert_eq!(second.err().map(|error| error.code()), Some("store_locked"));
    close(store).await;
    open(folder.path()).await;
}

#[tokio::test]
async fn other_urls_are_refused() {
    for wrong in ["", "postgres://u@h/d", "/tmp/x.db", "sqlite:"] {
        let error = Store::open(Options::new(wrong)).await.unwrap_err();
        assert_eq!(error.code(), "store_url_invalid", "{wrong}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    use sea_orm::ConnectionTrait;
    let folder = tempfile::tempdir().unwrap();
    close(open(folder.path()).await).await;
    let file = format!("sqlite://{}", folder.path().join("rekindle.db").display());
    let database = sea_orm::Database::connect(file).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
    database.execute_unprepared(newer).await.unwrap();
    database.close().await.unwrap();
    let error = Store::open(Options::new(&url(folder.path()))).await.unwrap_err();
    assert_eq!(error.code(), "schema_newer");
    assert!(error.to_string().contains("m9999_future"), "{error}");
}

#[tokio::test]
async fn changed_bytes_are_noticed() {
    use sea_orm::ConnectionTrait;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.commit(queued(1)).await.unwrap();
    close(store).await;
    let file = format!("sqlite://{}", folder.path().join("rekindle.db").display());
    let database = sea_orm::Database::connect(file).await.unwrap();
    let forge = "UPDATE input SET bytes = x'00'; \
                 UPDATE event SET facts = CAST(replace(CAST(facts AS TEXT), 'routine', 'soon') AS BLOB)";
    database.execute_unprepared(forge).await.unwrap();
    database.close().await.unwrap();
    let store = open(folder.path()).await;
    let digest = InputDigest::of(&bytes_of(1));
    assert_eq!(store.input(digest).await.unwrap_err().code(), "store_damaged");
    let events = store.events(&EventFilter::default()).await;
    assert_eq!(events.unwrap_err().code(), "store_damaged");
}

/// Which folder the child writes to; set only by the test below.
const CHILD: &str = "REKINDLE_TEST_LEDGER";

/// The child: commits as fast as it can and says each number after its answer.
#[tokio::test]
async fn child_writer() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let store = open(folder.as_ref()).await;
    let first = store.last_sequence().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            for step in 0.. {
                let number = first * 1_000 + lane + step * 16;
                store.commit(queued(number)).await.unwrap();
                println!("acknowledged {number}");
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..4_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_writer", "--nocapture", "--test-threads=1"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = 0;
        for line in lines {
            let Ok(line) = line else { break };
            if let Some((_, number)) = line.split_once("acknowledged ") {
                acknowledged.push(number.trim().parse::<u64>().unwrap());
                said += 1;
            }
            if said == 40 + round * 37 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(said > 0, "the child wrote nothing");
    }
    let store = open(folder.path()).await;
    assert_eq!(store.integrity_check().await.unwrap(), Vec::<String>::new());
    for number in &acknowledged {
        let entry = store.entry(&entry_of(*number)).await.unwrap();
        assert_eq!(entry.expect("acknowledged").state.stage, Stage::Queued);
        assert!(store.input(InputDigest::of(&bytes_of(*number))).await.unwrap().is_some());
    }
    // Events, entries and jobs agree: no commit is there in part.
    let last = store.last_sequence().await.unwrap();
    assert!(last >= acknowledged.len() as u64);
    let jobs = store.job_counts().await.unwrap();
    assert_eq!(jobs.values().sum::<u64>(), last);
    let mut after = 0;
    while after < last {
        let filter = EventFilter { after, limit: 500, ..EventFilter::default() };
        for stored in store.events(&filter).await.unwrap() {
            after += 1;
            assert_eq!(stored.recorded.sequence.0, after, "no gap");
            let entry = store.entry(&stored.recorded.event.facts().subject).await.unwrap();
            assert_eq!(entry.expect("entry of an event").updated_sequence, after);
        }
    }
}

/// A process that dies between the migration's statements and its record starts again.
#[tokio::test]
async fn a_half_done_migration_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let id = {
        let store = open(folder.path()).await;
        store.store_id().to_owned()
    };
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .unwrap();
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display()));
    let database = database.await.unwrap();
    for sql in ["DELETE FROM seaql_migrations", "DROP TABLE cursor", "DROP INDEX job_next"] {
        sea_orm::ConnectionTrait::execute_unprepared(&database, sql).await.unwrap();
    }
    database.close().await.unwrap();
    let store = open(folder.path()).await;
    assert_eq!(store.cursor("any").await.unwrap(), 0);
    assert_eq!(store.store_id(), id, "a second run made another ledger");
}
