//! The kill scenario in a sampled count, run as the program `fault`.

use std::process::Command;

use serde_json::Value;

/// Ten kills while a hundred attestations go in; `backend` is `testlog` or `rekor-tiles`.
///
/// `REKINDLE_BIN` names the daemon, for the second one `REKINDLE_REKOR_TILES` the server.
/// Returns the numbers of the run; panics with what the program said on any violation.
pub(crate) fn ten_kills(backend: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_fault"))
        .args(["kill", "--kills", "10", "--attestations", "100", "--backend", backend])
        .output()
        .expect("the program fault starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}\n{stdout}{stderr}", output.status);
    let numbers: Value = stdout
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .expect("the numbers of the run");
    assert_eq!(numbers["violations"], 0, "{numbers}");
    assert_eq!(numbers["kills"], 10, "{numbers}");
    assert_eq!(numbers["verified"], 100, "{numbers}");
    numbers
}

#[test]
fn ten_kills_on_the_test_log() {
    if crate::program("REKINDLE_BIN", "rekindle").is_some() {
        ten_kills("testlog");
    }
}

#[test]
fn ten_kills_on_the_real_log() {
    let daemon = crate::program("REKINDLE_BIN", "rekindle");
    let server = crate::program(rekindle_tests::servers::REKOR_TILES, "rekor-tiles");
    if daemon.is_some() && server.is_some() {
        ten_kills("rekor-tiles");
    }
}
