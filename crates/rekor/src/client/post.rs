//! The one call that writes.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use super::Client;
use super::error::chain;
use super::fetch::{BodyError, read_body};
use crate::answer::{Answer, Cut, Prepared, read_answer};
use crate::raw::RawAnswer;
use crate::wire::v2::X_LOG_INDEX;

/// Bytes read of an answer to a post; a receipt is a few kilobytes, its body at most 64 KiB.
const MAX_ANSWER: usize = 10 * 1024 * 1024;

impl Client {
    /// Posts the stored bytes once. The answer as it came is there whenever it arrived whole.
    ///
    /// If the process dies in here, nobody knows whether the log has the entry: the caller must look
    /// for the leaf before it posts again.
    pub async fn post(&self, prepared: &Prepared) -> (Option<RawAnswer>, Answer) {
        let unclear = |what: String, status: Option<u16>, sent: bool| {
            (None, Answer::Unclear(Cut { what: what.into(), status, sent }))
        };
        let Some(url) = self.write.clone() else {
            return unclear("no write address is configured for this log".to_owned(), None, false);
        };
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(prepared.request.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            // Without a connection no byte has left.
            Err(e) => return unclear(chain(&e), None, !(e.is_connect() || e.is_builder())),
        };
        let status = answer.status().as_u16();
        let header = |name: &str| header(answer.headers(), name);
        let (log_index, retry_after) = (header(X_LOG_INDEX), header(RETRY_AFTER.as_str()));
        match read_body(answer, MAX_ANSWER).await {
            Ok(body) => {
                let raw = RawAnswer { status, log_index, retry_after, body };
                let meaning = read_answer(&raw);
                (Some(raw), meaning)
            }
            Err(BodyError::TooLarge) => {
                unclear(format!("the answer has more than {MAX_ANSWER} bytes"), Some(status), true)
            }
            Err(BodyError::Cut(why)) => {
                unclear(format!("the answer was cut: {why}"), Some(status), true)
            }
        }
    }
}

/// The only value of a header, if it is text; two different ones say nothing.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values =
        headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    let first = values.next()?;
    values.all(|v| v == first).then_some(first)
}
