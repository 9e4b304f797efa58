//! The one writer: groups what waits, one savepoint each, one durable commit, then the answers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use rekindle_queue::{Claimed, JobStore, Lease, Settled, Settlement};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::apply::{Applied, apply, repeated};
use crate::sql::{Batch, Row, micros, stmt};
use crate::{Commit, CommitError, Committed, Ledger, Store, StoreError, jobs};

type Answer<T, E> = oneshot::Sender<Result<T, E>>;

pub(crate) enum Request {
    Commit(Box<Commit>, Answer<Committed, CommitError>),
    Claim(Vec<String>, usize, Duration, Answer<Vec<Claimed>, StoreError>),
    Renew(Lease, Duration, Answer<bool, StoreError>),
    Settle(Lease, Settlement, Box<Commit>, Answer<Settled, StoreError>),
}

/// An answer that is held back until the group is durable.
type Held = Box<dyn FnOnce(Option<&DbErr>) + Send>;

pub(crate) struct Writer {
    connection: DatabaseConnection,
    batch_max: usize,
    seen: watch::Sender<u64>,
    jobs: Arc<Notify>,
}

/// What a group changed, known before it is durable and used only after.
struct Group {
    sequence: u64,
    now: SystemTime,
    made_jobs: bool,
    commit_failed: bool,
    answers: Vec<Held>,
}

impl Writer {
    pub(crate) fn new(
        connection: DatabaseConnection,
        batch_max: usize,
        seen: watch::Sender<u64>,
        jobs: Arc<Notify>,
    ) -> Writer {
        Writer { connection, batch_max, seen, jobs }
    }

    /// The lock says that no other process works: leases of a former life are void at once.
    pub(crate) async fn release_orphans(&self) -> Result<(), StoreError> {
        let sql = "UPDATE job SET state = 'ready', run_at = ?, leased_until = NULL, nudged = 0 \
                   WHERE state = 'leased'";
        self.connection.execute_raw(stmt(sql, [micros(SystemTime::now()).into()])).await?;
        Ok(())
    }

    pub(crate) async fn run(self, mut requests: mpsc::Receiver<Request>) {
        let mut waiting = Vec::with_capacity(self.batch_max);
        while requests.recv_many(&mut waiting, self.batch_max).await > 0 {
            if !self.group(std::mem::take(&mut waiting)).await {
                // A sync that failed cannot be retried: the kernel may have dropped the pages. What
                // is on disk is consistent, and only a new start reads it.
                tracing::error!("the ledger stops: a commit did not reach the disk");
                return;
            }
        }
    }

    /// False: the disk failed under a commit.
    async fn group(&self, requests: Vec<Request>) -> bool {
        let mut group = Group {
            sequence: *self.seen.borrow(),
            now: SystemTime::now(),
            made_jobs: false,
            commit_failed: false,
            answers: Vec::with_capacity(requests.len()),
        };
        let before = group.sequence;
        // Dropping a request drops its answer, which its caller sees as a closed ledger; a group
        // that cannot even begin is answered so, and the caller's work is not done.
        let outcome = self.try_group(requests, &mut group).await;
        let error = outcome.as_ref().err();
        if let Some(error) = error {
            tracing::error!(%error, "a group of commits could not be written");
        } else {
            if group.sequence != before {
                self.seen.send_replace(group.sequence);
            }
            if group.made_jobs {
                self.jobs.notify_waiters();
            }
        }
        for answer in group.answers {
            answer(error);
        }
        !group.commit_failed
    }

    async fn try_group(&self, requests: Vec<Request>, group: &mut Group) -> Result<(), DbErr> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(immediate).await?;
        for request in requests {
            one(&transaction, request, group).await?;
        }
        // If the process dies before this returns, nobody was answered and nothing happened.
        let done = transaction.commit().await;
        group.commit_failed = done.is_err();
        done
    }
}

async fn one(
    transaction: &DatabaseTransaction,
    request: Request,
    group: &mut Group,
) -> Result<(), DbErr> {
    match request {
        Request::Commit(commit, answer) => {
            let result = match whole(transaction, group, &commit, Batch::default()).await? {
                Ok(committed) => Ok(committed),
                Err(error) => repeated(transaction, &commit, error).await,
            };
            hold(group, answer, result, |error| CommitError::Store(error.into()));
        }
        Request::Claim(kinds, max, lease, answer) => {
            let result = jobs::claim(transaction, &kinds, max, lease, group.now).await;
            hold(group, answer, result, StoreError::from);
        }
        Request::Renew(lease, lease_for, answer) => {
            let result = jobs::renew(transaction, &lease, lease_for, group.now).await;
            hold(group, answer, result, StoreError::from);
        }
        Request::Settle(lease, how, commit, answer) => {
            let result = settle(transaction, group, &lease, &how, &commit).await?;
            hold(group, answer, result, StoreError::from);
        }
    }
    Ok(())
}

fn hold<T: Send + 'static, E: Send + 'static>(
    group: &mut Group,
    answer: Answer<T, E>,
    result: Result<T, E>,
    failed: impl FnOnce(DbErr) -> E + Send + 'static,
) {
    group.answers.push(Box::new(move |error| {
        let result = match error {
            // The cause is logged once with the group; each caller gets its text.
            Some(error) => Err(failed(DbErr::Custom(error.to_string()))),
            None => result,
        };
        // A caller that went away needs no answer.
        let _ = answer.send(result);
    }));
}

async fn whole(
    transaction: &DatabaseTransaction,
    group: &mut Group,
    commit: &Commit,
    mut batch: Batch,
) -> Result<Result<Committed, CommitError>, DbErr> {
    let applied = apply(transaction, commit, group.sequence, group.now, &mut batch).await;
    let error = match applied {
        Ok(applied) => match batch.run(transaction).await? {
            Ok(()) => return Ok(Ok(note(group, applied))),
            Err(error) => error.into(),
        },
        Err(error) => error,
    };
    Ok(Err(error))
}

fn note(group: &mut Group, applied: Applied) -> Committed {
    group.sequence = applied.sequence;
    group.made_jobs |= applied.made_jobs;
    applied.committed
}

async fn settle(
    transaction: &DatabaseTransaction,
    group: &mut Group,
    lease: &Lease,
    how: &Settlement,
    commit: &Commit,
) -> Result<Result<Settled, StoreError>, DbErr> {
    let mut batch = Batch::default();
    let result = match jobs::settle(transaction, lease, how, group.now, &mut batch).await {
        Ok(true) => whole(transaction, group, commit, batch).await?,
        Ok(false) => return Ok(Ok(Settled::LeaseLost)),
        Err(error) => Err(CommitError::Store(error)),
    };
    group.made_jobs = true;
    let Err(error) = result else { return Ok(Ok(Settled::Applied)) };
    let released = jobs::release(transaction, lease, group.now).await;
    Ok(Err(match (error, released) {
        (CommitError::Store(error), _) | (_, Err(error)) => error,
        (other, Ok(())) => StoreError::EffectsConflict { what: other.to_string() },
    }))
}

impl Store {
    async fn ask<T, E: From<StoreError>>(
        &self,
        request: impl FnOnce(Answer<T, E>) -> Request,
    ) -> Result<T, E> {
        let Some(requests) = &self.0.requests else { return Err(StoreError::ReadOnly.into()) };
        let (answer, answered) = oneshot::channel();
        requests.send(request(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| E::from(StoreError::Closed))?
    }
}

#[async_trait]
impl Ledger for Store {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.ask(|answer| Request::Commit(Box::new(commit), answer)).await
    }
}

#[async_trait]
impl JobStore for Store {
    type Effects = Commit;
    type Error = StoreError;

    async fn claim(
        &self,
        kinds: &[&str],
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        let kinds = kinds.iter().map(ToString::to_string).collect();
        self.ask(|answer| Request::Claim(kinds, max, lease, answer)).await
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<bool, StoreError> {
        let same = Lease::new(lease.job(), lease.fence());
        self.ask(|answer| Request::Renew(same, lease_for, answer)).await
    }

    async fn settle(
        &self,
        lease: Lease,
        how: Settlement,
        effects: Commit,
    ) -> Result<Settled, StoreError> {
        self.ask(|answer| Request::Settle(lease, how, Box::new(effects), answer)).await
    }

    async fn idle(&self, at_most: Duration) {
        // Interest first, then the look: a job made between the two is not lost.
        let notified = self.0.jobs.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        let wait = match self.next_due().await {
            Ok(Some(due)) => {
                due.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO).min(at_most)
            }
            _ => at_most,
        };
        let _ = tokio::time::timeout(wait, notified).await;
    }
}

impl Store {
    async fn next_due(&self) -> Result<Option<SystemTime>, StoreError> {
        let sql = "SELECT min(at) AS at FROM (SELECT min(run_at) AS at FROM job WHERE state = 'ready' \
                   UNION ALL SELECT min(leased_until) FROM job WHERE state = 'leased')";
        let row = self.0.readers.query_one_raw(stmt(sql, [])).await?;
        Ok(row.map(|row| Row(&row).opt_time("at")).transpose()?.flatten())
    }
}
