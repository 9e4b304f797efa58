//! Views and accepted checkpoints.

use sea_orm::{ConnectionTrait, QueryResult};

use crate::rows::{CheckpointRow, ViewRow};
use crate::sql::{Row, int, stmt};
use crate::{Store, StoreError};

fn view_of(result: &QueryResult) -> Result<ViewRow, StoreError> {
    let row = Row(result);
    Ok(ViewRow {
        origin: row.text("origin")?,
        log_id: row.text("log_id")?,
        size: row.u64("size")?,
        root: row.hash("root")?,
        note: row.blob("note")?.into(),
        quarantined: row.opt_digest("quarantined")?,
        updated_at: row.time("updated_at")?,
        checked_at: row.time("checked_at")?,
    })
}

impl Store {
    /// The view of one log.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn view(&self, origin: &str) -> Result<Option<ViewRow>, StoreError> {
        let sql = "SELECT * FROM view WHERE origin = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [origin.into()])).await?;
        row.map(|row| view_of(&row)).transpose()
    }

    /// All views, by origin.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn views(&self) -> Result<Vec<ViewRow>, StoreError> {
        let rows =
            self.0.readers.query_all_raw(stmt("SELECT * FROM view ORDER BY origin", [])).await?;
        rows.iter().map(view_of).collect()
    }

    /// The accepted checkpoints of one size: one, unless a fork was accepted before it was seen.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn checkpoint_at(
        &self,
        origin: &str,
        size: u64,
    ) -> Result<Vec<CheckpointRow>, StoreError> {
        let sql = "SELECT * FROM checkpoint WHERE origin = ? AND size = ?";
        let rows = self.0.readers.query_all_raw(stmt(sql, [origin.into(), int(size)?])).await?;
        let read = |result: &QueryResult| {
            let row = Row(result);
            Ok(CheckpointRow {
                origin: row.text("origin")?,
                size: row.u64("size")?,
                root: row.hash("root")?,
                note: row.blob("note")?.into(),
                seen_at: row.time("seen_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
