//! What the door says when it does not take an attestation or a policy.

use rekindle_attestation::AttestationError;
use rekindle_extract::ExtractError;
use rekindle_scope::ScopeError;
use rekindle_store::{CommitError, StoreError};

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The attestation does not hold.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// Its payload is beyond what can be read in bounded time.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A scope does not parse.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// Neither the request nor the configuration says with which key to verify.
    #[error(
        "no key to verify with: {hint}; send a public key or certificate, or list the key \
         under [[keys]]"
    )]
    VerifierUnknown {
        /// What the envelope says of its key.
        hint: String,
    },
    /// A named log is not configured.
    #[error("log `{name}` is not configured; configured: {known}")]
    LogUnknown {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// No configured log takes entries.
    #[error("no log takes entries: give one of [[logs]] a write_url")]
    NoWritableLog,
    /// The attestation is known with another scope or urgency.
    #[error("{id} is known with {what} `{stored}`, not `{asked}`: a submission cannot be changed")]
    Differs {
        /// The submission.
        id: String,
        /// `scope` or `urgency`.
        what: &'static str,
        /// The stored value.
        stored: String,
        /// The value that was asked for now.
        asked: String,
    },
    /// A field has a value that nothing knows.
    #[error("{field} `{value}` is not understood: {hint}")]
    BadField {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be.
        hint: String,
    },
    /// The thing spoken of does not exist.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// `entry`, `policy`, `job`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The thing is not in a state where this can be done.
    #[error("{what} `{id}` {why}")]
    NotNow {
        /// `entry`, `job`.
        what: &'static str,
        /// Its id.
        id: String,
        /// Why not.
        why: String,
    },
    /// Somebody else changed the same thing at the same time.
    #[error("changed by somebody else at the same time ({what}): try again")]
    Busy {
        /// The precondition that failed.
        what: String,
    },
    /// The ledger could not take it.
    #[error("the ledger could not store it: {0}")]
    Store(#[from] StoreError),
    /// A decision failed on our own inputs.
    #[error("{0}")]
    Decide(#[from] crate::decide::DecideError),
}

impl Refusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Attestation(error) => error.code(),
            Refusal::Extract(error) => error.code(),
            Refusal::Scope(error) => error.code(),
            Refusal::VerifierUnknown { .. } => "verifier_unknown",
            Refusal::LogUnknown { .. } => "log_unknown",
            Refusal::NoWritableLog => "no_writable_log",
            Refusal::Differs { .. } => "submission_differs",
            Refusal::BadField { .. } => "field_invalid",
            Refusal::NotFound { .. } => "not_found",
            Refusal::NotNow { .. } => "not_now",
            Refusal::Busy { .. } => "conflict",
            Refusal::Store(error) => error.code(),
            Refusal::Decide(error) => error.code(),
        }
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Refusal {
        match error {
            CommitError::Conflict { what } => Refusal::Busy { what },
            CommitError::Store(error) => Refusal::Store(error),
            other => Refusal::Busy { what: other.to_string() },
        }
    }
}
