//! Policies, triggers, and what a scope suppressed.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::rows::{PolicyRow, StoredTrigger, TriggerRow};
use crate::sql::{Row, damaged, int, json, stmt};
use crate::{Store, StoreError};

fn policy_of(result: &QueryResult) -> Result<PolicyRow, StoreError> {
    let row = Row(result);
    Ok(PolicyRow {
        id: row.text("id")?,
        revision: row.u64("revision")?,
        json: row.text("json")?,
        deleted: row.int("deleted")? != 0,
    })
}

fn trigger_of(result: &QueryResult) -> Result<StoredTrigger, StoreError> {
    let row = Row(result);
    let id = row.text("id")?;
    Ok(StoredTrigger {
        number: row.u64("number")?,
        row: TriggerRow {
            event: row.text("event")?.parse().map_err(|error| damaged(&id, error))?,
            event_sequence: row.u64("event_sequence")?,
            policy: row.text("policy")?,
            revision: row.u64("revision")?,
            result: row.text("result")?,
            atoms: json(&id, &row.text("atoms")?)?,
            why: json(&id, &row.text("why")?)?,
            evaluate_only: row.opt_text("evaluate_only")?,
            artifacts: json(&id, &row.text("artifacts")?)?,
            urgency: row.text("urgency")?,
            id,
        },
        recorded_at: row.time("recorded_at")?,
        acked: row.int("acked")? != 0,
    })
}

impl Store {
    /// Every policy that is not deleted, by id.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn policies(&self) -> Result<Vec<PolicyRow>, StoreError> {
        self.policies_at(i64::MAX as u64).await
    }

    /// The same as of a sequence.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn policies_at(&self, sequence: u64) -> Result<Vec<PolicyRow>, StoreError> {
        let sql = "SELECT * FROM policy_revision AS p WHERE deleted = 0 AND revision = (\
                   SELECT max(revision) FROM policy_revision WHERE id = p.id AND sequence <= ?) \
                   ORDER BY id";
        let rows = self.0.readers.query_all_raw(stmt(sql, [int(sequence)?])).await?;
        rows.iter().map(policy_of).collect()
    }

    /// The last revision of a policy, a deletion included.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn policy(&self, id: &str) -> Result<Option<PolicyRow>, StoreError> {
        let sql = "SELECT * FROM policy_revision WHERE id = ? ORDER BY revision DESC LIMIT 1";
        let row = self.0.readers.query_one_raw(stmt(sql, [id.into()])).await?;
        row.map(|row| policy_of(&row)).transpose()
    }

    /// Triggers in their order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn triggers(
        &self,
        after: u64,
        limit: u32,
        unacked_only: bool,
    ) -> Result<Vec<StoredTrigger>, StoreError> {
        let open = if unacked_only { " AND acked = 0" } else { "" };
        let sql =
            format!("SELECT * FROM trigger_found WHERE number > ?{open} ORDER BY number LIMIT ?");
        let values: [Value; 2] = [int(after)?, i64::from(limit).into()];
        let rows = self.0.readers.query_all_raw(stmt(&sql, values)).await?;
        rows.iter().map(trigger_of).collect()
    }

    /// What scopes suppressed: event id, policy, scope.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn suppressed(
        &self,
        limit: u32,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let sql = "SELECT event, policy, scope FROM suppressed ORDER BY event, policy LIMIT ?";
        let rows = self.0.readers.query_all_raw(stmt(sql, [i64::from(limit).into()])).await?;
        let read = |result: &QueryResult| {
            let row = Row(result);
            Ok((row.text("event")?, row.text("policy")?, row.text("scope")?))
        };
        rows.iter().map(read).collect()
    }
}
