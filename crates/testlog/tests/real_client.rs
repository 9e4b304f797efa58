//! A real client, cosign, against the test log: it attests and then verifies its own bundle.
//!
//! Runs where `REKINDLE_COSIGN` names the program; elsewhere it says so and passes.

mod support;

use std::path::Path;
use std::process::Command;

use rekindle_testlog::{KeyKind, Options, TestLog};

/// Runs cosign in a folder of its own; standard output and error together.
fn cosign(program: &Path, dir: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(program);
    command.current_dir(dir).env("HOME", dir).env("COSIGN_PASSWORD", "").args(arguments);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn cosign_attests_and_verifies() {
    let Some(program) = std::env::var_os("REKINDLE_COSIGN") else {
        println!("skipped: no cosign");
        return;
    };
    for kind in [KeyKind::Ed25519, KeyKind::EcdsaP256] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        let options = Options { key: kind, ..Options::new(path.join("log")) };
        let log = TestLog::start(options).await.unwrap();
        std::fs::write(path.join("log.pub.pem"), log.public_key_pem()).unwrap();
        std::fs::write(path.join("file"), "an artifact\n").unwrap();
        std::fs::write(
            path.join("predicate.json"),
            r#"{"@context":"https://openvex.dev/ns/v0.2.0"}"#,
        )
        .unwrap();

        let run = |arguments: &[&str]| {
            let (good, said) = cosign(Path::new(&program), path, arguments);
            assert!(good, "{arguments:?}: {said}");
            said
        };
        let start = "start-time=2024-01-01T00:00:00Z";
        let trust =
            format!("url=http://rekor-local,public-key=log.pub.pem,{start},origin=rekor-local");
        let service = format!("url={},api-version=2,{start},operator=local", log.write_url());
        run(&["generate-key-pair"]);
        run(&["trusted-root", "create", "--rekor", &trust, "--out", "root.json"]);
        run(&[
            "signing-config",
            "create",
            "--rekor",
            &service,
            "--rekor-config",
            "ANY",
            "--out",
            "sign.json",
        ]);
        let material =
            ["--trusted-root", "root.json", "--bundle", "bundle.json", "--type", "openvex"];
        let attest = ["attest-blob", "--key", "cosign.key", "--predicate", "predicate.json"];
        let attest =
            [&attest[..], &["--signing-config", "sign.json", "--yes"], &material[..], &["file"]]
                .concat();
        run(&attest);
        assert_eq!(log.size(), 1);

        let verify =
            ["verify-blob-attestation", "--key", "cosign.pub", "--insecure-ignore-tlog=false"];
        let verify =
            [&verify[..], &["--use-signed-timestamps=false"], &material[..], &["file"]].concat();
        assert!(run(&verify).contains("Verified OK"));

        // With one hash of the bundle's checkpoint changed it does not.
        let bundle = std::fs::read_to_string(path.join("bundle.json")).unwrap();
        let broken = bundle.replacen("rekor-local\\n1\\n", "rekor-local\\n2\\n", 1);
        assert_ne!(bundle, broken);
        std::fs::write(path.join("bundle.json"), broken).unwrap();
        let (good, said) = cosign(Path::new(&program), path, &verify);
        assert!(!good, "{said}");
    }
}
