//! Results on standard output, notes on standard error; a reader that goes away is no accident.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use crate::exit::Failure;

/// Whether anybody still reads the results, as in `rekindle events list | head`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Still there.
    There,
    /// Gone: further lines are for nobody.
    Gone,
}

/// Prints one line of the result. A closed pipe is an answer, so that the exit code stays that of
/// the command; a full disk is an error, so that a lost result never ends with exit 0.
pub(crate) fn line(text: impl Display) -> Result<Reader, Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::unknown(
            "output_failed",
            format!("standard output cannot be written: {error}; the result is lost, run again"),
        )),
    }
}

/// Tells a person something that is not a result. Nobody to tell is no reason to stop.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
