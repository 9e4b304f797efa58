//! `rekindle dev --once`, as a newcomer and as a program run it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use assert_cmd::Command;
use assert_cmd::cargo::CommandCargoExt;
use serde_json::Value;

/// Longest line of text for people; only a path of the user's own may be longer.
const WIDTH: usize = 100;

fn dev(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("rekindle").unwrap();
    for name in ["REKINDLE_CONFIG", "REKINDLE_SERVER", "RUST_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    let ended = command.arg("dev").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

fn of_type<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == name).collect()
}

#[test]
fn once_shows_all_of_it_in_json() {
    let (code, stdout, stderr) = dev(&["--once", "--format", "json"]);
    assert_eq!(code, Some(0), "{stderr}\n{stdout}");
    assert_eq!(stderr, "");
    let lines: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    // 1: queued, logged, inclusion_verified, in that order, for each entry that is proven.
    let mut lives: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in of_type(&lines, "event") {
        let event = &line["event"];
        let kind = event["type"].as_str().unwrap().strip_prefix("dev.rekindle.").unwrap();
        if let Some(stage) = kind.strip_prefix("rekor.entry.") {
            let subject = event["data"]["facts"]["subject"].as_str().unwrap().to_owned();
            lives.entry(subject).or_default().push(stage);
        }
    }
    let count = |life: &[&str]| lives.values().filter(|seen| *seen == life).count();
    assert_eq!(count(&["queued.v1", "logged.v1", "inclusion_verified.v1"]), 4, "{lives:?}");
    // 2: the one that the log refused. 3: the one that waits for the convicted log.
    assert_eq!(count(&["queued.v1", "failed.v1"]), 1, "{lives:?}");
    assert_eq!(count(&["queued.v1"]), 1, "{lives:?}");
    assert_eq!(lives.len(), 6);

    // 4: the scope woke openssl, and not its namesakes. 5: evaluateOnly.
    let woke = of_type(&lines, "woke");
    let of = |line: &&&Value| line["document"] == "openvex-openssl";
    let policies: Vec<_> = woke.iter().filter(of).map(|line| &line["trigger"]["policy"]).collect();
    assert_eq!(policies, ["cve-2022-3602", "openssl", "vex-review"]);
    let narrowed = woke.iter().filter(of).find(|line| line["trigger"]["policy"] == "vex-review");
    assert_eq!(narrowed.unwrap()["trigger"]["evaluateOnly"], "component:openssl");
    let slept = of_type(&lines, "slept");
    for policy in ["openssl-sys", "pyopenssl", "log4j", "vex-weekly"] {
        let found = slept.iter().filter(of).find(|line| line["policy"] == policy);
        assert!(found.unwrap()["why"].as_str().unwrap().contains("narrowed"), "{policy}");
    }

    // 6: the fork is convicted, by evidence that stands alone.
    let convicted = of_type(&lines, "convicted");
    assert_eq!(convicted.len(), 1);
    let evidence = convicted[0]["evidence"].to_string();
    let evidence = rekindle_follow::Evidence::from_json(evidence.as_bytes()).unwrap();
    let conviction = evidence.verify().unwrap();
    assert_eq!(conviction.smaller.size, conviction.larger.size);
    assert_ne!(conviction.smaller.root, conviction.larger.root);

    // 7: replay. 8: every named check.
    let replay = of_type(&lines, "replay");
    assert_eq!(replay[0]["differences"], 0);
    assert_eq!(replay[0]["events"], of_type(&lines, "event").len());
    let checks = of_type(&lines, "check");
    assert_eq!(checks.len(), 11);
    assert!(checks.iter().all(|check| check["good"] == true), "{checks:?}");
    assert_eq!(lines.last().unwrap()["type"], "result");
    assert_eq!(lines.last().unwrap()["good"], true);
}

#[test]
fn once_is_plain_text_where_there_is_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("data");
    let path = folder.to_str().unwrap();
    let (code, stdout, stderr) = dev(&["--once", "--data-dir", path]);
    assert_eq!(code, Some(0), "{stderr}\n{stdout}");
    assert_eq!(stderr, "");
    assert!(!stdout.contains('\x1b'));
    let too_wide = |line: &&str| line.chars().count() > WIDTH && !line.contains(path);
    assert_eq!(stdout.lines().find(too_wide), None);
    assert_eq!(stdout.matches('✓').count(), 11, "{stdout}");
    assert!(folder.join("rekindle.db").exists() && folder.join("sbom.dsse.json").exists());

    // A second tour in the same folder would not start from nothing.
    let (code, stdout, stderr) = dev(&["--once", "--data-dir", path]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.starts_with("error[data_dir_used]"), "{stderr}");
}

/// Does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_it_says_to_try_next_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::cargo_bin("rekindle").unwrap();
    command.args(["dev", "--format", "json", "--data-dir", folder.path().to_str().unwrap()]);
    let mut dev = Ended(command.stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(dev.0.stdout.take().unwrap()).lines();
    let ready = lines
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|line| line["type"] == "ready")
        .unwrap();
    let server = ready["url"].as_str().unwrap().trim_end_matches('/');
    let mut tried = 0;
    for suggestion in ready["try"].as_array().unwrap() {
        let line = suggestion["line"].as_str().unwrap();
        let Some((_, arguments)) = line.split_once("rekindle ") else { continue };
        let arguments: Vec<_> = arguments.split(' ').collect();
        if arguments == ["events", "tail"] {
            continue; // it never ends
        }
        let mut command = Command::cargo_bin("rekindle").unwrap();
        let output = command.env("REKINDLE_SERVER", server).args(&arguments).output().unwrap();
        let expected = if arguments[..2] == ["log", "verify"] { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{line}: {output:?}");
        if arguments[0] == "triggers" {
            assert!(String::from_utf8_lossy(&output.stdout).contains("my-curl"), "{output:?}");
        }
        tried += 1;
    }
    assert_eq!(tried, 6);
}
