//! The first ledger. Frozen: later changes are later migrations.
//!
//! Each statement may run twice: a process that dies before the migration is recorded finds it half
//! done at the next start, and goes on.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// See the module.
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_ledger"
    }
}

const STATEMENTS: [&str; 22] = [
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS input (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS event (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, \
     tenant TEXT NOT NULL, subject TEXT NOT NULL, facts BLOB NOT NULL, observed TEXT NOT NULL, \
     inputs TEXT NOT NULL, hints BLOB, recorded_at INTEGER NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS event_subject ON event (subject, tenant, sequence)",
    "CREATE INDEX IF NOT EXISTS event_kind ON event (kind, sequence)",
    "CREATE TABLE IF NOT EXISTS submission (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, attestation TEXT NOT NULL, \
     scope TEXT, urgency TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, submission TEXT NOT NULL, tenant TEXT NOT NULL, \
     attestation TEXT NOT NULL, target TEXT NOT NULL, log_name TEXT NOT NULL, leaf_hash BLOB NOT NULL, \
     attestation_input BLOB NOT NULL, verifier_input BLOB NOT NULL, request BLOB NOT NULL, \
     leaf BLOB NOT NULL, hints BLOB NOT NULL, scope TEXT, deadline INTEGER, created_at INTEGER NOT NULL, \
     receipt BLOB, stage TEXT, last_event TEXT, log_index INTEGER, failure TEXT, \
     attempts INTEGER NOT NULL DEFAULT 0, updated_sequence INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE INDEX IF NOT EXISTS entry_submission ON entry (submission)",
    "CREATE INDEX IF NOT EXISTS entry_leaf ON entry (leaf_hash)",
    "CREATE INDEX IF NOT EXISTS entry_log_index ON entry (log_index)",
    "CREATE INDEX IF NOT EXISTS entry_stage ON entry (stage, id)",
    "CREATE TABLE IF NOT EXISTS entry_digest (digest TEXT NOT NULL, entry TEXT NOT NULL, \
     PRIMARY KEY (digest, entry)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS view (origin TEXT PRIMARY KEY, log_id TEXT NOT NULL, size INTEGER NOT NULL, \
     root BLOB NOT NULL, note BLOB NOT NULL, quarantined BLOB, updated_at INTEGER NOT NULL, \
     checked_at INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS checkpoint (origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, \
     note BLOB NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (origin, size, root)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS policy_revision (id TEXT NOT NULL, revision INTEGER NOT NULL, sequence INTEGER NOT NULL, \
     json TEXT NOT NULL, deleted INTEGER NOT NULL, PRIMARY KEY (id, revision)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS trigger_found (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, \
     event_sequence INTEGER NOT NULL, policy TEXT NOT NULL, revision INTEGER NOT NULL, result TEXT NOT NULL, \
     atoms TEXT NOT NULL, why TEXT NOT NULL, evaluate_only TEXT, artifacts TEXT NOT NULL, \
     urgency TEXT NOT NULL, recorded_at INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0) STRICT",
    "CREATE INDEX IF NOT EXISTS trigger_open ON trigger_found (number) WHERE acked = 0",
    "CREATE TABLE IF NOT EXISTS suppressed (event TEXT NOT NULL, policy TEXT NOT NULL, scope TEXT NOT NULL, \
     PRIMARY KEY (event, policy)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, \
     payload TEXT NOT NULL, state TEXT NOT NULL, run_at INTEGER NOT NULL, priority INTEGER NOT NULL, \
     attempts INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0, nudged INTEGER NOT NULL DEFAULT 0, \
     leased_until INTEGER, code TEXT, created_at INTEGER NOT NULL, deadline INTEGER) STRICT",
    "CREATE UNIQUE INDEX IF NOT EXISTS job_unfinished ON job (kind, key) WHERE state IN ('ready', 'leased')",
    "CREATE INDEX IF NOT EXISTS job_due ON job (kind, priority DESC, run_at, id) WHERE state = 'ready'",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in STATEMENTS {
            connection.execute_unprepared(statement).await?;
        }
        let leased =
            "CREATE INDEX IF NOT EXISTS job_leased ON job (leased_until) WHERE state = 'leased'";
        connection.execute_unprepared(leased).await?;
        let due = "CREATE INDEX IF NOT EXISTS job_next ON job (run_at) WHERE state = 'ready'";
        connection.execute_unprepared(due).await?;
        connection
            .execute_unprepared(
                "INSERT OR IGNORE INTO meta (name, value) VALUES ('store_id', lower(hex(randomblob(16))))",
            )
            .await?;
        Ok(())
    }
}
