//! Small helpers around statements, times and unsigned numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use crate::{InputDigest, StoreError};

pub(crate) fn stmt(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// Microseconds since 1970, the form of every stored time.
pub(crate) fn micros(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// SQLite has signed integers; what does not fit is refused, not wrapped.
pub(crate) fn int(value: u64) -> Result<Value, StoreError> {
    i64::try_from(value).map(Value::from).map_err(|_| StoreError::Damaged {
        what: "a number".into(),
        why: format!("{value} is over 2^63 - 1"),
    })
}

pub(crate) fn blob(bytes: &[u8]) -> Value {
    Value::from(bytes.to_vec())
}

pub(crate) fn opt<T: Into<Value>>(value: Option<T>) -> Value
where
    Option<T>: Into<Value>,
{
    value.into()
}

/// `(?,?,…),(?,?,…)` for a multi-row insert.
pub(crate) fn rows_of(columns: usize, rows: usize) -> String {
    let one = format!("({})", vec!["?"; columns].join(","));
    vec![one; rows].join(",")
}

/// Typed access to a row's columns.
pub(crate) struct Row<'a>(pub(crate) &'a QueryResult);

impl Row<'_> {
    pub(crate) fn text(&self, name: &str) -> Result<String, DbErr> {
        self.0.try_get("", name)
    }

    pub(crate) fn opt_text(&self, name: &str) -> Result<Option<String>, DbErr> {
        self.0.try_get("", name)
    }

    pub(crate) fn int(&self, name: &str) -> Result<i64, DbErr> {
        self.0.try_get("", name)
    }

    pub(crate) fn u64(&self, name: &str) -> Result<u64, StoreError> {
        let value: i64 = self.0.try_get("", name)?;
        u64::try_from(value).map_err(|_| damaged(name, "negative"))
    }

    pub(crate) fn opt_u64(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let value: Option<i64> = self.0.try_get("", name)?;
        value.map(|v| u64::try_from(v).map_err(|_| damaged(name, "negative"))).transpose()
    }

    pub(crate) fn blob(&self, name: &str) -> Result<Vec<u8>, DbErr> {
        self.0.try_get("", name)
    }

    pub(crate) fn opt_blob(&self, name: &str) -> Result<Option<Vec<u8>>, DbErr> {
        self.0.try_get("", name)
    }

    pub(crate) fn hash(&self, name: &str) -> Result<[u8; 32], StoreError> {
        self.blob(name)?.try_into().map_err(|_| damaged(name, "not 32 bytes"))
    }

    pub(crate) fn digest(&self, name: &str) -> Result<InputDigest, StoreError> {
        self.hash(name).map(InputDigest)
    }

    pub(crate) fn opt_digest(&self, name: &str) -> Result<Option<InputDigest>, StoreError> {
        let value: Option<Vec<u8>> = self.0.try_get("", name)?;
        let hash = value.map(|v| v.try_into().map_err(|_| damaged(name, "not 32 bytes")));
        Ok(hash.transpose()?.map(InputDigest))
    }

    pub(crate) fn time(&self, name: &str) -> Result<SystemTime, DbErr> {
        Ok(time(self.int(name)?))
    }

    pub(crate) fn opt_time(&self, name: &str) -> Result<Option<SystemTime>, DbErr> {
        let value: Option<i64> = self.0.try_get("", name)?;
        Ok(value.map(time))
    }
}

pub(crate) fn damaged(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: what.into(), why: why.to_string() }
}

/// What a JSON column holds.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    what: &str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged(what, error))
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> String {
    // Lists and maps of strings always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

/// Statements that run in one round trip, one savepoint around them.
#[derive(Default)]
pub(crate) struct Batch {
    sql: String,
    values: Vec<Value>,
}

impl Batch {
    /// Adds one statement with its values.
    pub(crate) fn add(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(sql);
        self.sql.push(';');
        self.values.extend(values);
    }

    /// Runs all of it, or none. The outer error is the transaction's end.
    pub(crate) async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Result<(), DbErr>, DbErr> {
        if self.sql.is_empty() {
            return Ok(Ok(()));
        }
        let sql = format!("SAVEPOINT one;{}RELEASE one", self.sql);
        match db.execute_raw(stmt(&sql, self.values)).await {
            Ok(_) => Ok(Ok(())),
            Err(error) => {
                db.execute_unprepared("ROLLBACK TO one;RELEASE one").await?;
                Ok(Err(error))
            }
        }
    }
}
