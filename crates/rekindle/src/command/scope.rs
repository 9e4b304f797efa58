//! `scope match`: try the scope language.

use rekindle_hints::Hints;
use rekindle_scope::{Match, Scope};
use serde_json::{Value, json};

use crate::cli::Scope as Args;
use crate::exit::{Exit, Failure};
use crate::{input, output};

pub(super) fn run(args: Args) -> Result<Exit, Failure> {
    let Args::Match { scope, hints } = args;
    let scope: Scope = scope.parse().map_err(|error: rekindle_scope::ScopeError| {
        Failure::usage(error.code(), format!("--scope: {error}"))
    })?;
    let bytes = input::read(&hints, input::MAX_FILE)?;
    let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let parsed = if value["schema"] == "rekindle.hints/1" {
        Hints::from_json(&value)
            .map_err(|error| Failure::usage(error.code(), format!("{hints}: {error}")))?
    } else {
        super::hints::of_bytes(&hints, &bytes)?
    };
    let verdict = scope.matches(&parsed);
    let result = match verdict.result {
        Match::Yes => "yes",
        Match::No => "no",
        Match::Maybe(_) => "maybe",
    };
    let atoms: Vec<_> = verdict.atoms.iter().map(ToString::to_string).collect();
    output::line(json!({"result": result, "atoms": atoms, "why": verdict.why}))?;
    Ok(Exit::Good)
}
