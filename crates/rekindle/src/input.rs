//! Bounded reading of files and standard input.

use std::io::Read;

use crate::exit::Failure;

/// Base64 and JSON around a 64 MiB document, the most that any command takes.
pub(crate) const MAX_FILE: u64 = 96 * 1024 * 1024;

/// The bytes of a file, or of standard input for `-`; never more than `max`.
pub(crate) fn read(path: &str, max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let outcome = if path == "-" {
        std::io::stdin().lock().take(max + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| {
            // A length that is known beforehand need not be read to be refused.
            if file.metadata()?.len() > max {
                return Ok(usize::MAX);
            }
            file.take(max + 1).read_to_end(&mut bytes)
        })
    };
    let length = outcome.map_err(|error| {
        Failure::usage("file_unreadable", format!("{path}: {error}; name a file that can be read"))
    })?;
    if length as u64 > max {
        return Err(Failure::usage(
            "document_too_large",
            format!("{path}: larger than {max} bytes, the limit here; split it or leave parts out"),
        ));
    }
    Ok(bytes)
}
