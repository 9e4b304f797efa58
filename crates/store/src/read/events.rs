//! The event log, inputs and heads.

use bytes::Bytes;
use rekindle_events::{Event, EventId, Recorded, Sequence};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::rows::{EventFilter, StoredEvent};
use crate::sql::{Row, blob, damaged, int, json, rows_of, stmt};
use crate::{InputDigest, Store, StoreError, apply};

fn event_of(result: &QueryResult) -> Result<StoredEvent, StoreError> {
    let row = Row(result);
    let sequence = row.u64("sequence")?;
    let what = || format!("event {sequence}");
    // The id is computed again from the bytes: a changed fact cannot keep its id.
    let event = Event::from_canonical(&row.blob("facts")?).map_err(|e| damaged(&what(), e))?;
    if event.id().to_string() != row.text("id")? {
        return Err(damaged(&what(), "its facts do not give its id"));
    }
    let inputs: Vec<(String, String)> = json(&what(), &row.text("inputs")?)?;
    let inputs: Result<Vec<_>, StoreError> = inputs
        .into_iter()
        .map(|(role, text)| {
            let mut digest = [0; 32];
            hex::decode_to_slice(&text, &mut digest).map_err(|e| damaged(&what(), e))?;
            Ok((role, InputDigest(digest)))
        })
        .collect();
    Ok(StoredEvent {
        recorded: Recorded {
            sequence: Sequence(sequence),
            event,
            recorded_at: row.time("recorded_at")?,
            observed: json(&what(), &row.text("observed")?)?,
        },
        inputs: inputs?,
        hints: row.opt_digest("hints")?,
    })
}

impl Store {
    /// Events in their order.
    ///
    /// # Errors
    /// When the ledger cannot be read, or an event is damaged.
    pub async fn events(&self, filter: &EventFilter) -> Result<Vec<StoredEvent>, StoreError> {
        let mut sql = "SELECT * FROM event WHERE sequence > ?".to_owned();
        let mut values: Vec<Value> = vec![int(filter.after)?];
        if !filter.kinds.is_empty() {
            sql.push_str(&format!(" AND kind IN {}", rows_of(filter.kinds.len(), 1)));
            values.extend(filter.kinds.iter().map(|kind| Value::from(kind.as_str())));
        }
        if let Some(subject) = &filter.subject {
            sql.push_str(" AND subject = ?");
            values.push(subject.as_str().into());
        }
        if let Some(tenant) = &filter.tenant {
            sql.push_str(" AND tenant = ?");
            values.push(tenant.as_str().into());
        }
        sql.push_str(" ORDER BY sequence LIMIT ?");
        values.push(i64::from(filter.limit).into());
        let rows = self.0.readers.query_all_raw(stmt(&sql, values)).await?;
        rows.iter().map(event_of).collect()
    }

    /// An event by its id.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn event_by_id(&self, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
        let sql = "SELECT * FROM event WHERE id = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [id.to_string().into()])).await?;
        row.map(|row| event_of(&row)).transpose()
    }

    /// The last event of a subject.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn head(&self, tenant: &str, subject: &str) -> Result<Option<EventId>, StoreError> {
        apply::head(&self.0.readers, tenant, subject).await
    }

    /// The sequence of the last event; 0: none.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn last_sequence(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(sequence), 0) AS last FROM event";
        let row = self.0.readers.query_one_raw(stmt(sql, [])).await?;
        row.map_or(Ok(0), |row| Row(&row).u64("last"))
    }

    /// Stored bytes; their address is checked again.
    ///
    /// # Errors
    /// When the ledger cannot be read, or the bytes were changed.
    pub async fn input(&self, digest: InputDigest) -> Result<Option<Bytes>, StoreError> {
        let sql = "SELECT bytes FROM input WHERE digest = ?";
        let row = self.0.readers.query_one_raw(stmt(sql, [blob(&digest.0)])).await?;
        let Some(row) = row else { return Ok(None) };
        let bytes = Row(&row).blob("bytes")?;
        if InputDigest::of(&bytes) != digest {
            let what = format!("input {}", hex::encode(digest.0));
            return Err(damaged(&what, "its bytes have another digest"));
        }
        Ok(Some(bytes.into()))
    }
}
