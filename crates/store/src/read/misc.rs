//! Jobs, cursors, and the health of the file.

use std::collections::BTreeMap;

use rekindle_queue::State;
use sea_orm::{ConnectionTrait, Value};

use crate::rows::{JobFilter, JobView};
use crate::sql::{Row, stmt};
use crate::{Store, StoreError, jobs};

impl Store {
    /// Jobs, soonest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobView>, StoreError> {
        let mut sql = "SELECT * FROM job WHERE 1".to_owned();
        let mut values: Vec<Value> = Vec::new();
        if let Some(state) = &filter.state {
            sql.push_str(" AND state = ?");
            values.push(state.as_str().into());
        }
        if let Some(kind) = &filter.kind {
            sql.push_str(" AND kind = ?");
            values.push(kind.as_str().into());
        }
        sql.push_str(" ORDER BY run_at, id LIMIT ?");
        values.push(i64::from(filter.limit).into());
        let rows = self.0.readers.query_all_raw(stmt(&sql, values)).await?;
        let read = |row| {
            let (job, status) = jobs::read(row)?;
            Ok(JobView {
                job,
                state: status.state.as_str().to_owned(),
                run_at: status.run_at,
                code: status.code.map(Into::into),
                leased_until: status.leased_until.filter(|_| status.state == State::Leased),
            })
        };
        rows.iter().map(read).collect()
    }

    /// How many jobs there are of each kind and state.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn job_counts(&self) -> Result<BTreeMap<(String, String), u64>, StoreError> {
        let sql = "SELECT kind, state, count(*) AS jobs FROM job GROUP BY kind, state";
        let mut counts = BTreeMap::new();
        for row in self.0.readers.query_all_raw(stmt(sql, [])).await? {
            let row = Row(&row);
            counts.insert((row.text("kind")?, row.text("state")?), row.u64("jobs")?);
        }
        Ok(counts)
    }

    /// Where a cursor stands; a missing one stands at 0.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn cursor(&self, name: &str) -> Result<u64, StoreError> {
        let sql = "SELECT position FROM cursor WHERE name = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [name.into()])).await?;
        row.map_or(Ok(0), |row| Row(&row).u64("position"))
    }

    /// What SQLite's own check finds; empty is good.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for row in self.0.readers.query_all_raw(stmt("PRAGMA integrity_check", [])).await? {
            let text = Row(&row).text("integrity_check")?;
            if text != "ok" {
                found.push(text);
            }
        }
        Ok(found)
    }
}
