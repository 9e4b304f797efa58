//! The built program in a process of its own: exit codes, replay, and mistakes in its files.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use rekindle_events::Stage;
use rekindle_syncd::ops::replay::replay;
use rekindle_testlog::{Fault, Fork, What};
use rekindle_tests::daemon::Daemon;
use rekindle_tests::servers::Backend as _;
use rekindle_tests::servers::{Boxed, Setup};
use rekindle_tests::sign::{Signer, documents};
use rekindle_tests::stranger::Stranger;
use serde_json::Value;

/// The program, where `REKINDLE_BIN` names it.
fn rekindle() -> Option<PathBuf> {
    crate::program("REKINDLE_BIN", "rekindle")
}

/// Runs it without holding up the daemon of this very test.
async fn run(program: &PathBuf, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments);
    tokio::task::spawn_blocking(move || command.output()).await.expect("ran").expect("it runs")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn replay_in_a_second_process_gives_the_same_digest() {
    let Some(program) = rekindle() else { return };
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let mut daemon = Daemon::on(log.as_ref()).await;
    let signer = Signer::p256();
    for number in 0..3 {
        let entry = daemon.submit(&signer.sign(&documents::numbered(number))).await;
        daemon.reach(&entry, Stage::Verified).await;
    }
    daemon.quiet(Duration::from_millis(500)).await;
    daemon.end().await;
    let here = replay(daemon.store()).await.expect("a read");
    assert_eq!(here.differences, []);
    let folder = daemon.dir().to_path_buf();
    let _keep = daemon.release();
    let arguments = ["replay", "--data-dir", folder.to_str().expect("UTF-8")];
    let output = run(&program, &arguments).await;
    assert!(output.status.success(), "{}", said(&output));
    let there: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&there["digest"], &there["events"]), (&here.digest.into(), &here.events.into()));
}

#[tokio::test]
async fn log_verify_tells_attack_from_outage() {
    let Some(program) = rekindle() else { return };
    let log = Boxed::start(Setup::default()).await;
    let daemon = Daemon::on(&log).await;
    Stranger::new(&log.options()).post_many(0..5).await;
    daemon.view_of(5).await;
    let url = daemon.url();
    let verify = async || run(&program, &["--server", &url, "log", "verify"]).await;
    let output = verify().await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    log.log.set_fault(Fault::new(What::Cut).on("/checkpoint"));
    let output = verify().await;
    assert_eq!(output.status.code(), Some(3), "an outage: {}", said(&output));
    log.log.clear_faults();
    log.log.fork(Fork { at: 2, same_size: true, ends: false }).expect("a fork");
    let output = verify().await;
    assert_eq!(output.status.code(), Some(1), "an attack: {}", said(&output));
}

#[tokio::test]
async fn mistakes_exit_2_and_name_the_place() {
    let Some(program) = rekindle() else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let config = dir.path().join("rekindle.toml");
    std::fs::write(&config, "[http]\nlisten = \"127.0.0.1:0\"\n\n[[logs]]\nnaem = \"local\"\n")
        .expect("a file");
    let path = config.to_str().expect("UTF-8");
    let output = run(&program, &["config", "check", "--config", path]).await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("naem"), "{}", said(&output));
    for arguments in [
        &["submit", "/nowhere/at-all.json"][..],
        &["scope", "match", "--scope", "componet:openssl", "--hints", "/dev/null"][..],
        &["no-such-command"][..],
    ] {
        let output = run(&program, arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", said(&output));
    }
}
