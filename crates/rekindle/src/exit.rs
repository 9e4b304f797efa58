//! Exit codes, and the one place where an error becomes one.

use std::fmt::Display;
use std::process::ExitCode;

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Good.
    Good = 0,
    /// A finding: does not verify, diverged, rejected.
    Finding = 1,
    /// Wrong usage or bad input.
    Usage = 2,
    /// Could not find out: network, store, unproven.
    Unknown = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error on its way to the terminal.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) code: String,
    pub(crate) text: String,
}

impl Failure {
    pub(crate) fn usage(code: &str, text: impl Display) -> Failure {
        Failure { exit: Exit::Usage, code: code.into(), text: text.to_string() }
    }

    /// Names where it happened: file, line or submission.
    pub(crate) fn at(mut self, place: &str) -> Failure {
        self.text = format!("{place}: {}", self.text);
        self
    }

    /// A damaged ledger is a finding of the commands that were asked to look for damage.
    pub(crate) fn of_audit(error: &rekindle_store::StoreError) -> Failure {
        match error.code() {
            code @ "store_damaged" => Failure::finding(code, error),
            code => Failure::unknown(code, error),
        }
    }

    pub(crate) fn finding(code: &str, text: impl Display) -> Failure {
        Failure { exit: Exit::Finding, code: code.into(), text: text.to_string() }
    }

    pub(crate) fn unknown(code: &str, text: impl Display) -> Failure {
        Failure { exit: Exit::Unknown, code: code.into(), text: text.to_string() }
    }
}

impl From<rekindle_store::StoreError> for Failure {
    fn from(error: rekindle_store::StoreError) -> Failure {
        match error.code() {
            code @ "store_missing" => Failure::unknown(
                code,
                format!("{error}; `rekindle serve` makes one at its first start"),
            ),
            code @ "store_url_invalid" => Failure::usage(code, error),
            code => Failure::unknown(code, error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::unknown("io_failed", error)
    }
}
