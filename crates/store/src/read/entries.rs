//! Submissions and entries.

use bytes::Bytes;
use rekindle_events::{EntryState, Event, Stage};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::rows::{EntryFilter, EntryRow, EntryView, EntryWork, SubmissionRow};
use crate::sql::{Row, blob, damaged, int, stmt};
use crate::{InputDigest, Store, StoreError};

/// The fold of an entry: none when there is no such entry, `Some(None)` before its first event.
pub(crate) async fn state<C: ConnectionTrait>(
    db: &C,
    entry: &str,
) -> Result<Option<Option<EntryState>>, StoreError> {
    if !entry.starts_with("ent-") {
        return Ok(None);
    }
    let sql = "SELECT stage, last_event, log_index, failure, attempts FROM entry WHERE id = ?";
    let row = db.query_one_raw(stmt(sql, [entry.into()])).await?;
    row.map(|row| state_of(&row)).transpose()
}

fn state_of(row: &QueryResult) -> Result<Option<EntryState>, StoreError> {
    let row = Row(row);
    let (Some(stage), Some(last)) = (row.opt_text("stage")?, row.opt_text("last_event")?) else {
        return Ok(None);
    };
    let stages = [Stage::Queued, Stage::Logged, Stage::Verified, Stage::Failed, Stage::Suspect];
    let stage = stages.into_iter().find(|known| known.as_str() == stage);
    Ok(Some(EntryState {
        stage: stage.ok_or_else(|| damaged("entry", "unknown stage"))?,
        last: last.parse().map_err(|error| damaged("entry", error))?,
        log_index: row.opt_u64("log_index")?,
        failure: row.opt_text("failure")?,
        attempts: u32::try_from(row.int("attempts")?).map_err(|e| damaged("entry", e))?,
    }))
}

fn view_of(result: &QueryResult) -> Result<EntryView, StoreError> {
    let row = Row(result);
    let id = row.text("id")?;
    let state = state_of(result)?.ok_or_else(|| damaged(&id, "an entry without events"))?;
    Ok(EntryView {
        row: EntryRow {
            id,
            submission: row.text("submission")?,
            tenant: row.text("tenant")?,
            attestation: row.text("attestation")?,
            target: row.text("target")?,
            log_name: row.text("log_name")?,
            leaf_hash: row.hash("leaf_hash")?,
            attestation_input: row.digest("attestation_input")?,
            verifier_input: row.digest("verifier_input")?,
            request: row.digest("request")?,
            leaf: row.digest("leaf")?,
            hints: row.digest("hints")?,
            scope: row.opt_text("scope")?,
            deadline: row.opt_time("deadline")?,
            created_at: row.time("created_at")?,
        },
        state,
        receipt: row.opt_digest("receipt")?,
        updated_sequence: row.u64("updated_sequence")?,
    })
}

impl Store {
    /// A submission by its id.
    ///
    /// # Errors
    /// When the ledger cannot be read; so for every read.
    pub async fn submission(&self, id: &str) -> Result<Option<SubmissionRow>, StoreError> {
        let sql = "SELECT * FROM submission WHERE id = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [id.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let row = Row(&row);
        Ok(Some(SubmissionRow {
            id: row.text("id")?,
            tenant: row.text("tenant")?,
            attestation: row.text("attestation")?,
            scope: row.opt_text("scope")?,
            urgency: row.text("urgency")?,
            created_at: row.time("created_at")?,
        }))
    }

    /// An entry by its id.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn entry(&self, id: &str) -> Result<Option<EntryView>, StoreError> {
        let sql = "SELECT * FROM entry WHERE id = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [id.into()])).await?;
        row.map(|row| view_of(&row)).transpose()
    }

    /// An entry with all that its next step needs.
    ///
    /// # Errors
    /// When the ledger cannot be read, or something that the entry names is missing or changed.
    pub async fn work(&self, id: &str) -> Result<Option<EntryWork>, StoreError> {
        let sql = "SELECT e.*, last.facts AS last_facts, request.bytes AS request_bytes, \
                   leaf.bytes AS leaf_bytes, receipt.bytes AS receipt_bytes, view.quarantined \
                   FROM entry AS e LEFT JOIN event AS last ON last.id = e.last_event \
                   LEFT JOIN input AS request ON request.digest = e.request \
                   LEFT JOIN input AS leaf ON leaf.digest = e.leaf \
                   LEFT JOIN input AS receipt ON receipt.digest = e.receipt \
                   LEFT JOIN view ON view.origin = e.target WHERE e.id = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [id.into()])).await?;
        let Some(row) = row else { return Ok(None) };
        let entry = view_of(&row)?;
        let facts =
            Row(&row).opt_blob("last_facts")?.ok_or_else(|| damaged(id, "no last event"))?;
        let last = Event::from_canonical(&facts).map_err(|error| damaged(id, error))?;
        if last.id() != entry.state.last {
            return Err(damaged(id, "the facts of its last event do not give its id"));
        }
        let bytes = |name: &str, digest: InputDigest| {
            let bytes = Row(&row).opt_blob(name)?;
            let bytes = bytes.filter(|bytes| InputDigest::of(bytes) == digest);
            bytes.map(Bytes::from).ok_or_else(|| damaged(id, format!("{name} missing or changed")))
        };
        Ok(Some(EntryWork {
            last,
            request: bytes("request_bytes", entry.row.request)?,
            leaf: bytes("leaf_bytes", entry.row.leaf)?,
            receipt: entry.receipt.map(|digest| bytes("receipt_bytes", digest)).transpose()?,
            quarantined: Row(&row).opt_digest("quarantined")?.is_some(),
            entry,
        }))
    }

    /// Our entry with that leaf in that log.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn entry_by_leaf(
        &self,
        target: &str,
        leaf_hash: &[u8; 32],
    ) -> Result<Option<EntryView>, StoreError> {
        let sql = "SELECT * FROM entry WHERE leaf_hash = ? AND target = ? LIMIT 1";
        let statement = stmt(sql, [blob(leaf_hash), target.into()]);
        let row = self.0.readers.query_one_raw(statement).await?;
        row.map(|row| view_of(&row)).transpose()
    }

    /// Entries in the order of their ids.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn entries(&self, filter: &EntryFilter) -> Result<Vec<EntryView>, StoreError> {
        let mut sql = "SELECT * FROM entry WHERE 1".to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut and = |clause: &str, value: Value| {
            sql.push_str(" AND ");
            sql.push_str(clause);
            values.push(value);
        };
        if let Some(stage) = filter.stage {
            and("stage = ?", stage.as_str().into());
        }
        if let Some(submission) = &filter.submission {
            and("submission = ?", submission.as_str().into());
        }
        if let Some(digest) = &filter.digest {
            and("id IN (SELECT entry FROM entry_digest WHERE digest = ?)", digest.as_str().into());
        }
        if let Some(leaf_hash) = &filter.leaf_hash {
            and("leaf_hash = ?", blob(leaf_hash));
        }
        if let Some(index) = filter.log_index {
            and("log_index = ?", int(index)?);
        }
        if let Some(target) = &filter.target {
            and("target = ?", target.as_str().into());
        }
        if let Some(after) = &filter.after_id {
            and("id > ?", after.as_str().into());
        }
        sql.push_str(" ORDER BY id LIMIT ?");
        values.push(i64::from(filter.limit).into());
        let rows = self.0.readers.query_all_raw(stmt(&sql, values)).await?;
        rows.iter().map(view_of).collect()
    }
}
