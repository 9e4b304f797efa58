//! The table of answers, with bodies as a real rekor-tiles 2.3.0 server sent them.

use std::time::Duration;

use bytes::Bytes;
use rekindle_proof::{LogKey, Origin};
use rekindle_rekor::wire::v2::{ErrorBody, TransparencyLogEntry};
use rekindle_rekor::{Answer, MAX_REASON, MAX_WAIT, Place, RawAnswer, read_answer};

const CREATED: &str = include_str!("data/created.json");
const LOG_KEY: &str = include_str!("data/log.pub.pem");
const HTML: &str = "<html><head><title>429</title></head></html>";

fn raw(status: u16, body: impl Into<Bytes>) -> RawAnswer {
    RawAnswer { status, log_index: None, retry_after: None, body: body.into() }
}

fn error(code: i64, message: &str) -> Vec<u8> {
    ErrorBody::new(code, message).to_json()
}

fn key() -> LogKey {
    LogKey::from_pem(Origin::new("rekor-local").unwrap(), LOG_KEY.as_bytes()).unwrap()
}

#[test]
fn a_real_answer_becomes_a_receipt_that_verifies() {
    let Answer::Logged(receipt) = read_answer(&raw(201, CREATED)) else { panic!("not logged") };
    let leaf = receipt.body.clone();
    let verified = receipt.clone().verify(&leaf, &key()).unwrap();
    assert_eq!((verified.index(), verified.checkpoint().size()), (0, 1));

    // Printed and read again it is the same receipt.
    let entry = TransparencyLogEntry::from_receipt(&receipt, ("hashedrekord", "0.0.2"));
    assert_eq!(entry, TransparencyLogEntry::parse(CREATED.as_bytes()).unwrap());
    assert_eq!(TransparencyLogEntry::parse(&entry.to_json()).unwrap(), entry);
    assert_eq!(entry.into_receipt().unwrap().verify(&leaf, &key()).unwrap().index(), 0);
}

#[test]
fn the_table() {
    let plain_frozen = "This log has been frozen, please switch to the latest log.";
    let full = "reached max pushback; retry";
    let cases: Vec<(u16, Vec<u8>, &str)> = vec![
        (200, CREATED.into(), "unclear"),
        (201, CREATED.into(), "logged"),
        (201, b"{}".to_vec(), "unclear"),
        (201, HTML.into(), "unclear"),
        (204, vec![], "unclear"),
        (307, vec![], "busy"),
        (400, error(3, "invalid hashedrekord request"), "refused"),
        (400, error(3, "http: request body too large"), "refused"),
        (400, HTML.into(), "unclear"),
        (401, HTML.into(), "busy"),
        (403, HTML.into(), "busy"),
        (404, error(5, "Not Found"), "busy"),
        (405, plain_frozen.into(), "frozen"),
        (405, HTML.into(), "busy"),
        (408, vec![], "unclear"),
        (
            409,
            error(6, "an equivalent entry already exists in the transparency log with index 7"),
            "known",
        ),
        (409, HTML.into(), "unclear"),
        (413, HTML.into(), "refused"),
        (422, error(3, "no"), "refused"),
        (429, HTML.into(), "busy"),
        (499, error(1, "cancelled"), "unclear"),
        (500, error(2, "failed to integrate entry"), "unclear"),
        (500, error(13, "panic"), "unclear"),
        (501, error(12, "Method Not Allowed"), "busy"),
        (502, HTML.into(), "unclear"),
        (503, error(14, full), "busy"),
        (503, HTML.into(), "unclear"),
        (504, HTML.into(), "unclear"),
    ];
    for (status, body, name) in cases {
        let said = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(read_answer(&raw(status, body)).name(), name, "{status} {said}");
    }
}

#[test]
fn known_trusts_the_header_before_the_message() {
    let body = || {
        Bytes::from(error(
            6,
            "an equivalent entry already exists in the transparency log with index 7",
        ))
    };
    let with = |header: &str| RawAnswer { log_index: Some(header.to_owned()), ..raw(409, body()) };
    let place = |raw: &RawAnswer| match read_answer(raw) {
        Answer::Known(Place::Index(at)) => Some(at),
        _ => None,
    };
    assert_eq!(place(&raw(409, body())), Some(7));
    assert_eq!(place(&with("18446744073709551615")), Some(u64::MAX));
    for bad in ["", "+7", "-1", "7a", "18446744073709551616"] {
        assert_eq!(place(&with(bad)), None, "{bad}");
    }
}

#[test]
fn pauses_are_bounded_and_texts_are_tame() {
    let wait = |header: &str| match read_answer(&RawAnswer {
        retry_after: Some(header.into()),
        ..raw(429, HTML)
    }) {
        Answer::Busy { wait, .. } => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait("5"), Some(Duration::from_secs(5)));
    assert_eq!(wait("86400"), Some(MAX_WAIT));
    assert_eq!(wait("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    assert_eq!(wait("-5"), None);

    let long = format!("a\u{1b}[31m\n{}", "x".repeat(9000));
    let Answer::Refused { reason, .. } = read_answer(&raw(400, error(3, &long))) else { panic!() };
    assert_eq!(reason.chars().count(), MAX_REASON);
    assert!(!reason.contains(char::is_control));
}

#[test]
fn values_said_twice_must_agree() {
    let change = |from: &str, to: &str| {
        let text = CREATED.replacen(from, to, 1);
        assert_ne!(text, CREATED, "{from}");
        TransparencyLogEntry::parse(text.as_bytes()).and_then(TransparencyLogEntry::into_receipt)
    };
    for (from, to, code) in [
        ("\"logIndex\":\"0\"", "\"logIndex\":\"1\"", "answer_contradicts_itself"),
        ("\"treeSize\":\"1\"", "\"treeSize\":\"2\"", "answer_contradicts_itself"),
        ("\"rootHash\":\"Kn", "\"rootHash\":\"Kp", "answer_contradicts_itself"),
        ("\"keyId\":\"Fc8u", "\"keyId\":\"", "answer_field"),
        ("rekor-local\\n1\\n", "rekor-local\\nx\\n", "answer_field"),
        ("\"inclusionProof\":{", "\"other\":{", "answer_without_proof"),
        ("\"canonicalizedBody\":\"", "\"body\":\"", "answer_field"),
        ("\"hashes\":[]", "\"hashes\":[\"AAAA\"]", "answer_not_an_entry"),
        ("\"treeSize\":\"1\"", "\"treeSize\":\"+1\"", "answer_not_an_entry"),
        ("\"treeSize\":\"1\"", "\"treeSize\":1.0", "answer_not_an_entry"),
    ] {
        assert_eq!(change(from, to).unwrap_err().code(), code, "{from} -> {to}");
    }
    // Absent and null are zero; numbers may be numbers; names may be in the other style.
    for (from, to) in [
        ("\"logIndex\":\"0\", \"logId\"", "\"logId\""),
        ("\"treeSize\":\"1\"", "\"treeSize\":1"),
        ("\"treeSize\":\"1\"", "\"tree_size\":\"1\""),
        ("\"treeSize\":\"1\", ", ""),
        ("\"hashes\":[], ", ""),
        ("\"hashes\":[]", "\"hashes\":null"),
        ("\"integratedTime\":\"0\"", "\"integratedTime\":null"),
        (
            "\"kindVersion\":{\"kind\":\"hashedrekord\", \"version\":\"0.0.2\"}",
            "\"kindVersion\":null",
        ),
    ] {
        assert!(change(from, to).is_ok(), "{from} -> {to}");
    }
}

#[test]
fn stored_answers_read_back_and_nothing_else_does() {
    let raw = RawAnswer { log_index: Some("3".into()), ..raw(409, vec![0, 159, 146, 150]) };
    let stored = raw.to_bytes();
    assert_eq!(stored, r#"{"status":409,"logIndex":"3","retryAfter":null,"body":"AJ+Slg=="}"#);
    assert_eq!(RawAnswer::from_bytes(&stored).unwrap(), raw);
    let spaced = String::from_utf8_lossy(&stored).replace(',', ", ");
    assert_eq!(
        RawAnswer::from_bytes(spaced.as_bytes()).unwrap_err().code(),
        "raw_answer_malformed"
    );
}
