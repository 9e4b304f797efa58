//! Evidence: it convinces a stranger, and nothing that was changed does.

mod support;

use rekindle_follow::{Evidence, EvidenceError, Position};
use support::{Log, signer};

fn fork_at_one_size() -> Evidence {
    Evidence::new(&Log::honest(9).at(9), &Log::forked(9, 5).at(9), None).unwrap()
}

fn fork_at_two_sizes() -> Evidence {
    let (log, fork) = (Log::honest(20), Log::forked(20, 3));
    Evidence::new(&fork.at(17), &log.at(10), Some(fork.split(10, 17))).unwrap()
}

#[test]
fn a_stranger_reads_it_back_and_convicts() {
    let evidence = fork_at_one_size();
    let read = Evidence::from_json(evidence.to_json().as_bytes()).unwrap();
    assert_eq!(read, evidence);
    let conviction = read.verify_against(signer(1).log_key()).unwrap();
    assert_eq!(conviction.smaller, Position { size: 9, root: Log::honest(9).root(9) });
    assert_eq!((conviction.larger.size, conviction.contained), (9, Log::forked(9, 5).root(9)));
    assert_eq!(conviction.log, signer(1).log_key().id());

    let evidence = fork_at_two_sizes();
    let read = Evidence::from_json(evidence.to_json().as_bytes()).unwrap();
    assert_eq!(read, evidence);
    let conviction = read.verify().unwrap();
    assert_eq!((conviction.smaller.size, conviction.larger.size), (10, 17));
    assert_eq!(conviction.contained, Log::forked(20, 3).root(10));
    assert_eq!(read.origin().as_str(), "log.example");
    assert_eq!(read.notes()[0].claim().unwrap().size, 10);
    assert!(read.split().is_some() && read.spki() == signer(1).log_key().spki());
}

#[test]
fn the_json_form_is_pinned() {
    let json = fork_at_two_sizes().to_json();
    assert!(
        json.starts_with(
            r#"{"schema":"rekindle.evidence/1","origin":"log.example","publicKey":"MCow"#
        ),
        "{json}"
    );
    assert!(
        json.contains(r#""notes":["log.example\n10\n"#) && json.contains(r#""split":{"prefix":["#)
    );
    assert!(!fork_at_one_size().to_json().contains("split"));
    assert!(!json.contains('\n'));
}

#[test]
fn another_key_is_another_log() {
    let error = fork_at_one_size().verify_against(signer(2).log_key()).unwrap_err();
    assert_eq!(error.code(), "evidence_other_key");
}

#[test]
fn honest_logs_cannot_be_convicted() {
    let log = Log::honest(20);
    let fork = Log::forked(20, 3);
    let code = |result: Result<Evidence, EvidenceError>| result.unwrap_err().code();
    let frozen = log.note(9, log.root(9), &["Log frozen"]);
    assert_eq!(code(Evidence::new(&log.at(9), &frozen, None)), "evidence_same_tree");
    assert_eq!(code(Evidence::new(&log.at(9), &log.at(17), None)), "evidence_no_hashes");
    assert_eq!(
        code(Evidence::new(&log.at(9), &log.at(17), Some(log.split(9, 17)))),
        "evidence_consistent"
    );
    assert_eq!(
        code(Evidence::new(&log.at(9), &log.at(17), Some(fork.split(9, 17)))),
        "evidence_other_hashes"
    );
    assert_eq!(
        code(Evidence::new(&log.at(9), &log.at(17), Some(log.split(8, 17)))),
        "evidence_hashes"
    );
    let elsewhere = Log { signer: signer(2), ..Log::forked(20, 3) };
    assert_eq!(code(Evidence::new(&log.at(9), &elsewhere.at(9), None)), "checkpoint_no_signature");
}

#[test]
fn changed_evidence_convicts_nobody() {
    let json = fork_at_two_sizes().to_json();
    let (a, b) = (json.find(r#""prefix""#).unwrap(), json.find(r#"],"suffix""#).unwrap());
    let cases = [
        ("size", json.replacen(r"\n10\n", r"\n11\n", 1), "checkpoint_bad_signature"),
        ("origin", json.replace("log.example", "log.elsewhere"), "checkpoint_no_signature"),
        (
            "only the named origin",
            json.replacen("log.example", "log.elsewhere", 1),
            "checkpoint_no_signature",
        ),
        ("schema", json.replacen("evidence/1", "evidence/2", 1), "evidence_malformed"),
        ("unknown field", json.replacen('{', r#"{"more":1,"#, 1), "evidence_malformed"),
        (
            "double field",
            json.replacen('{', r#"{"origin":"log.example","#, 1),
            "evidence_malformed",
        ),
        ("cut", json[..json.len() - 1].to_owned(), "evidence_malformed"),
        ("trailing", format!("{json}x"), "evidence_malformed"),
        ("key", json.replacen("MCow", "MCox", 1), "log_key_unsupported"),
        ("prefix emptied", format!(r#"{}"prefix":[{}"#, &json[..a], &json[b..]), "evidence_hashes"),
        ("not hex", json.replacen(r#""prefix":[""#, r#""prefix":["zz"#, 1), "evidence_malformed"),
    ];
    for (case, json, expected) in cases {
        let result = Evidence::from_json(json.as_bytes()).and_then(|e| e.verify());
        assert_eq!(result.unwrap_err().code(), expected, "{case}");
    }
    assert_eq!(Evidence::from_json(&vec![b' '; 3 << 20]).unwrap_err().code(), "evidence_malformed");
}

#[test]
fn notes_in_the_wrong_order_are_refused() {
    let json: String = fork_at_two_sizes().to_json();
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["notes"].as_array_mut().unwrap().reverse();
    let evidence = Evidence::from_json(value.to_string().as_bytes()).unwrap();
    assert_eq!(evidence.verify().unwrap_err().code(), "evidence_order");
}
