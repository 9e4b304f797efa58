//! `testlog serve`: a log in a box.

use rekindle_testlog::{KeyKind, Options, Script, TestLog, TestLogError};

use crate::cli::Testlog;
use crate::exit::{Exit, Failure};
use crate::{output, telemetry, wiring};

pub(super) async fn run(args: Testlog) -> Result<Exit, Failure> {
    let Testlog::Serve { dir, listen, origin, script, seed, key, client_signing_algorithms } = args;
    telemetry::start("info,sea_orm_migration=warn", false);
    let script = match script {
        None => Script::default(),
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::usage("script_unreadable", format!("{path}: {error}")))?;
            Script::parse(&text)
                .map_err(|error| Failure::usage("script_invalid", format!("{path}: {error}")))?
        }
    };
    let key = if key == "ed25519" { KeyKind::Ed25519 } else { KeyKind::EcdsaP256 };
    let mut options = Options::new(&dir);
    options.listen = listen;
    options.origin = origin;
    options.key = key;
    options.seed = seed;
    options.algorithms = client_signing_algorithms;
    options.script = script;
    let log = TestLog::start(options).await.map_err(|error| match error {
        // The outside world: another try may find it otherwise.
        TestLogError::Folder { .. }
        | TestLogError::Listen { .. }
        | TestLogError::Damaged { .. } => Failure::unknown("testlog_failed", error),
        _ => Failure::usage("testlog_refused", error),
    })?;
    output::line(serde_json::json!({
        "url": log.write_url(), "origin": log.log_key().origin().as_str(),
        "vkey": log.vkey(), "publicKey": log.public_key_pem(),
    }))?;
    wiring::stop_signal().await?;
    log.stop().await;
    Ok(Exit::Good)
}
