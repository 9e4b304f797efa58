//! One bounded GET, and bodies that are read no further than their limit.

use bytes::{Bytes, BytesMut};
use rekindle_proof::SignedCheckpoint;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use super::Client;
use super::error::{ReadError, chain};
use crate::answer::MAX_WAIT;

/// Bytes of a checkpoint: a few lines with some dozens of signatures.
const MAX_CHECKPOINT: usize = 64 * 1024;

/// Why a body did not arrive.
pub(super) enum BodyError {
    TooLarge,
    Cut(String),
}

/// Reads a body up to `limit` bytes, counted after any content coding was undone.
pub(super) async fn read_body(mut answer: Response, limit: usize) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    loop {
        match answer.chunk().await {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                drop(chunk);
                return Err(BodyError::TooLarge);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(e) => return Err(BodyError::Cut(chain(&e.without_url()))),
        }
    }
}

impl Client {
    /// The log's newest checkpoint, as sent: **not verified**.
    pub async fn checkpoint(&self) -> Result<SignedCheckpoint, ReadError> {
        Ok(SignedCheckpoint::new(self.get("checkpoint", MAX_CHECKPOINT).await?))
    }

    /// Fetches one file below the read address.
    pub(super) async fn get(&self, path: &str, limit: usize) -> Result<Bytes, ReadError> {
        let address = self.read_url(path)?;
        let url = address.to_string();
        let lost = |why: String| ReadError::Unreachable { url: url.clone(), why };
        let answer =
            self.http.get(address).send().await.map_err(|e| lost(chain(&e.without_url())))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(ReadError::NotFound { url }),
            other => {
                let seconds = answer
                    .headers()
                    .get(RETRY_AFTER)
                    .and_then(|v| v.to_str().ok()?.trim().parse().ok());
                let wait = seconds.map(|s| std::time::Duration::from_secs(s).min(MAX_WAIT));
                return Err(ReadError::Status { url, status: other.as_u16(), wait });
            }
        }
        read_body(answer, limit).await.map_err(|e| match e {
            BodyError::TooLarge => ReadError::TooLarge { url: url.clone(), limit },
            BodyError::Cut(why) => lost(why),
        })
    }
}
