//! Claim, renew and settle: rows in and out of the one job machine.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use rekindle_queue::machine::Status;
use rekindle_queue::{Claimed, Job, JobId, Lease, NewJob, RetryClass, Settlement, State, retry};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use crate::StoreError;
use crate::sql::{Batch, Row, damaged, int, micros, opt, rows_of, stmt};

/// Claims after which a job whose effects did not fit waits before the next one.
const FREE_RELEASES: u64 = 3;

const COLUMNS: &str = "id, kind, key, payload, state, run_at, priority, attempts, fence, nudged, \
                       leased_until, code, created_at, deadline";

pub(crate) async fn claim(
    db: &DatabaseTransaction,
    kinds: &[String],
    max: usize,
    lease: Duration,
    now: SystemTime,
) -> Result<Vec<Claimed>, StoreError> {
    if kinds.is_empty() || max == 0 {
        return Ok(Vec::new());
    }
    // One ordered, limited look per kind: the cost follows `max`, not the backlog.
    let ready = format!(
        "SELECT {COLUMNS} FROM job WHERE state = 'ready' AND kind = ? AND run_at <= ? \
         ORDER BY priority DESC, run_at, id LIMIT ?"
    );
    let expired = format!(
        "SELECT {COLUMNS} FROM job WHERE state = 'leased' AND leased_until <= ? \
         ORDER BY leased_until LIMIT ?"
    );
    let limit = int(max as u64)?;
    let mut found = Vec::new();
    for kind in kinds {
        let values = [kind.as_str().into(), micros(now).into(), limit.clone()];
        for row in db.query_all_raw(stmt(&ready, values)).await? {
            found.push(read(&row)?);
        }
    }
    for row in db.query_all_raw(stmt(&expired, [micros(now).into(), limit])).await? {
        let job = read(&row)?;
        if kinds.iter().any(|kind| **kind == *job.0.kind) {
            found.push(job);
        }
    }
    found.sort_by_key(|(job, status)| (Reverse(job.priority), status.run_at, job.id));
    let mut claimed = Vec::new();
    for (job, mut status) in found.into_iter().take(max) {
        let Some(fence) = status.claim(now, lease) else { continue };
        claimed.push(Claimed {
            lease: Lease::new(job.id, fence),
            job: Job { claims: u32::try_from(fence).unwrap_or(u32::MAX), ..job },
        });
    }
    // All claimed rows change alike, so one statement per hundred is enough.
    for chunk in claimed.chunks(100) {
        let sql = format!(
            "UPDATE job SET state = 'leased', fence = fence + 1, nudged = 0, leased_until = ? \
             WHERE id IN {}",
            rows_of(chunk.len(), 1)
        );
        let mut values = vec![Value::from(micros(now + lease))];
        values.extend(chunk.iter().map(|one| Value::from(one.job.id.0)));
        db.execute_raw(stmt(&sql, values)).await?;
    }
    Ok(claimed)
}

pub(crate) async fn renew(
    db: &DatabaseTransaction,
    lease: &Lease,
    lease_for: Duration,
    now: SystemTime,
) -> Result<bool, StoreError> {
    let Some((_, mut status)) = find(db, lease.job()).await? else { return Ok(false) };
    let held = status.renew(lease.fence(), now, lease_for);
    if held {
        let mut batch = Batch::default();
        save(lease.job(), &status, &mut batch);
        batch.run(db).await??;
    }
    Ok(held)
}

/// False: the lease is lost.
pub(crate) async fn settle(
    db: &DatabaseTransaction,
    lease: &Lease,
    how: &Settlement,
    now: SystemTime,
    batch: &mut Batch,
) -> Result<bool, StoreError> {
    let Some((_, mut status)) = find(db, lease.job()).await? else { return Ok(false) };
    if !status.settle(lease.job(), lease.fence(), how, now) {
        return Ok(false);
    }
    save(lease.job(), &status, batch);
    Ok(true)
}

pub(crate) async fn release(
    db: &DatabaseTransaction,
    lease: &Lease,
    now: SystemTime,
) -> Result<(), StoreError> {
    if let Some((_, mut status)) = find(db, lease.job()).await?
        && status.release(lease.fence(), now)
    {
        // A conflict is decided anew at once; effects that never fit must not spin. The pause does
        // not grow: the fence also counts snoozes and lives that were killed, and a first conflict
        // after twenty of those would sleep for minutes.
        if lease.fence() > FREE_RELEASES {
            status.run_at = now + retry::delay(RetryClass::Transient, lease.job(), 1);
        }
        let mut batch = Batch::default();
        save(lease.job(), &status, &mut batch);
        batch.run(db).await??;
    }
    Ok(())
}

/// Makes a job, or nudges the unfinished one of the same kind and key.
pub(crate) fn make(job: &NewJob, now: SystemTime, batch: &mut Batch) {
    let sql = "INSERT INTO job (kind, key, payload, state, run_at, priority, created_at, deadline) \
               VALUES (?, ?, ?, 'ready', ?, ?, ?, ?) \
               ON CONFLICT (kind, key) WHERE state IN ('ready', 'leased') DO UPDATE SET \
               run_at = CASE state WHEN 'ready' THEN min(run_at, excluded.run_at) ELSE run_at END, \
               nudged = CASE state WHEN 'leased' THEN 1 ELSE 0 END";
    let values: [Value; 7] = [
        job.kind.as_ref().into(),
        job.key.as_ref().into(),
        job.payload.as_ref().into(),
        micros(job.run_at).into(),
        i64::from(job.priority).into(),
        micros(now).into(),
        opt(job.deadline.map(micros)),
    ];
    batch.add(sql, values);
}

async fn find(db: &DatabaseTransaction, id: JobId) -> Result<Option<(Job, Status)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?");
    let row = db.query_one_raw(stmt(&sql, [id.0.into()])).await?;
    row.map(|row| read(&row)).transpose()
}

fn save(id: JobId, status: &Status, batch: &mut Batch) {
    if status.state == State::Done {
        // A finished job is history, and history is in the events.
        batch.add("DELETE FROM job WHERE id = ?", [id.0.into()]);
        return;
    }
    let sql = "UPDATE job SET state = ?, run_at = ?, attempts = ?, nudged = ?, leased_until = ?, \
               code = ? WHERE id = ?";
    let values: [Value; 7] = [
        status.state.as_str().into(),
        micros(status.run_at).into(),
        i64::from(status.attempts).into(),
        i64::from(status.nudged).into(),
        opt(status.leased_until.map(micros)),
        opt(status.code.as_deref().map(str::to_owned)),
        id.0.into(),
    ];
    batch.add(sql, values);
}

pub(crate) fn read(row: &QueryResult) -> Result<(Job, Status), StoreError> {
    let row = Row(row);
    let state = row.text("state")?;
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    let fence = row.u64("fence")?;
    let small = |value: i64| u32::try_from(value).map_err(|error| damaged("job", error));
    let attempts = small(row.int("attempts")?)?;
    let job = Job {
        id: JobId(row.int("id")?),
        kind: row.text("kind")?.into(),
        key: row.text("key")?.into(),
        payload: row.text("payload")?.into(),
        attempts,
        claims: u32::try_from(fence).unwrap_or(u32::MAX),
        priority: i16::try_from(row.int("priority")?).map_err(|error| damaged("job", error))?,
        created_at: row.time("created_at")?,
        deadline: row.opt_time("deadline")?,
    };
    let status = Status {
        state: state.ok_or_else(|| damaged("job", "unknown state"))?,
        run_at: row.time("run_at")?,
        attempts,
        fence,
        nudged: row.int("nudged")? != 0,
        leased_until: row.opt_time("leased_until")?,
        code: row.opt_text("code")?.map(Into::into),
    };
    Ok((job, status))
}
