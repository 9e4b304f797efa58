//! `hints`: what a document is about; no daemon needed.

use rekindle_extract::{Limits, explain, extract_document};
use rekindle_hints::Hints;

use crate::cli::{Format, Hints as Args};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{self, Reader};

/// This command takes documents up to 64 MiB.
const MAX_DOCUMENT: usize = 64 * 1024 * 1024;

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let hints = of_file(&args.file)?;
    match args.format {
        Format::Json => output::line(hints.to_json())?,
        Format::Text => print_text(&hints)?,
    };
    if args.explain {
        for line in explain(&hints) {
            output::note(line);
        }
    }
    Ok(Exit::Good)
}

/// The hints of any document that the extractor takes.
pub(super) fn of_file(file: &str) -> Result<Hints, Failure> {
    let bytes = input::read(file, input::MAX_FILE)?;
    of_bytes(file, &bytes)
}

pub(super) fn of_bytes(file: &str, bytes: &[u8]) -> Result<Hints, Failure> {
    let limits = Limits { max_document: MAX_DOCUMENT, ..Limits::default() };
    extract_document(bytes, &limits)
        .map_err(|error| Failure::usage(error.code(), format!("{file}: {error}")))
}

fn print_text(hints: &Hints) -> Result<Reader, Failure> {
    output::line(format_args!("predicate        {}", hints.predicate.uri))?;
    output::line(format_args!("family           {}", hints.predicate.family.as_str()))?;
    let rows: [(&str, Vec<String>); 6] = [
        ("vulnerabilities", hints.vulnerabilities.iter().map(ToString::to_string).collect()),
        ("products", hints.products.iter().map(ToString::to_string).collect()),
        ("components", hints.components.iter().map(ToString::to_string).collect()),
        ("artifacts", hints.artifacts.iter().map(ToString::to_string).collect()),
        ("materials", hints.materials.iter().map(ToString::to_string).collect()),
        ("statuses", hints.statuses.iter().map(|s| s.as_str().to_owned()).collect()),
    ];
    for (name, values) in rows {
        for (position, value) in values.iter().enumerate() {
            let label = if position == 0 { name } else { "" };
            if output::line(format_args!("{label:<16} {value}"))? == Reader::Gone {
                return Ok(Reader::Gone);
            }
        }
    }
    Ok(Reader::There)
}
