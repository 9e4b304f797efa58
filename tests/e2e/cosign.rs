//! cosign, which nobody here wrote, signs a real DSSE envelope; it goes in and is proved there.

use std::path::Path;
use std::process::Command;

use rekindle_attestation::Verifier;
use rekindle_events::Stage;
use rekindle_tests::daemon::{self, Daemon};
use rekindle_tests::servers::{COSIGN, Setup};
use rekindle_tests::sign::documents;
use reqwest::{Method, header};
use serde_json::{Value, json};

/// Runs cosign in a folder of its own.
fn cosign(program: &Path, dir: &Path, arguments: &[&str]) {
    let mut command = Command::new(program);
    command.current_dir(dir).env("HOME", dir).env("COSIGN_PASSWORD", "").args(arguments);
    let output = command.output().expect("cosign runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

#[tokio::test]
async fn what_cosign_signs_goes_in_and_is_proved() {
    let Some(program) = crate::program(COSIGN, "cosign") else { return };
    let Some(log) = crate::backend(Setup::default()).await else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).expect("a file");
    let purl = "pkg:deb/debian/openssl@3.0.11-1";
    let vex = documents::openvex("CVE-2026-0001", &[purl])["predicate"].to_string();
    write("predicate.json", &vex);
    write("artifact", "an artifact\n");
    cosign(&program, path, &["generate-key-pair"]);
    // An empty configuration: it signs and talks to nobody.
    cosign(&program, path, &["signing-config", "create", "--out", "sign.json"]);
    let attest = ["attest-blob", "--key", "cosign.key", "--type", "openvex", "--yes"];
    let files = ["--predicate", "predicate.json", "--signing-config", "sign.json"];
    let out = ["--bundle", "bundle.json", "artifact"];
    cosign(&program, path, &[&attest[..], &files[..], &out[..]].concat());
    let read = |name: &str| std::fs::read_to_string(path.join(name)).expect("a file");
    let text = read("bundle.json");
    let bundle: Value = serde_json::from_str(&text).expect("JSON");
    let public_key = read("cosign.pub");

    let hint = bundle["verificationMaterial"]["publicKey"]["hint"].as_str().expect("a hint");
    let verifier = Verifier::from_pem(public_key.as_bytes()).expect("a public key");
    let mut setup = daemon::Setup::of(log.options());
    setup.keys = vec![(hint.to_owned(), verifier)];
    let daemon = Daemon::start(setup).await;
    daemon.policy("openssl", &json!({"scope": "component:openssl"})).await;
    daemon.policy("log4j", &json!({"scope": "component:log4j"})).await;

    // The bundle as cosign wrote it; its key is found by the hint.
    let request = daemon
        .request(Method::POST, "/v1/submissions")
        .header(header::CONTENT_TYPE, "application/vnd.dev.sigstore.bundle.v0.3+json")
        .body(text);
    let said = daemon.say(request).await;
    assert_eq!(said.status, 202, "{}", said.body);
    let entry = said.body["entries"][0]["id"].as_str().expect("an entry").to_owned();
    // The same envelope with the key beside it is the same attestation.
    let body = json!({
        "envelope": bundle["dsseEnvelope"],
        "verifier": {"publicKey": public_key},
    });
    let again = daemon.post(&body).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &said.body["id"]));

    daemon.reach(&entry, Stage::Verified).await;
    let history = daemon.history(&entry).await;
    let kinds: Vec<_> = history.iter().map(|event| &event["data"]["facts"]["kind"]).collect();
    assert_eq!(
        kinds,
        ["rekor.entry.queued", "rekor.entry.logged", "rekor.entry.inclusion_verified"]
    );
    let hints = &history[0]["data"]["hints"];
    assert_eq!(hints["vulnerabilityIds"], json!(["CVE-2026-0001"]));
    assert_eq!(hints["components"], json!(["openssl"]));
    let woken: Vec<_> = daemon.triggers().await.into_iter().map(|t| t.row.policy).collect();
    assert_eq!(woken, ["openssl"]);
}
