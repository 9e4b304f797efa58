//! Each kind of bad input through the command line: a stable code, exit 2, nothing stored.

mod support;

use std::time::{Duration, Instant};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;
use support::{Desk, Signer, World, envelope, pem, sparse, vex};

/// Nothing listens there: what is refused before anything is sent never gets that far.
const NOBODY: &str = "http://127.0.0.1:1";

fn desk(signer: &Signer) -> Desk {
    let mut desk = Desk::new();
    desk.server = Some(NOBODY.into());
    desk.write("pub.pem", signer.public_pem());
    desk
}

#[test]
fn bad_documents_are_refused_before_anything_is_sent() {
    let signer = Signer::new();
    let desk = desk(&signer);
    let good = signer.vex("openssl");
    let text = good.to_string();

    let mut unsigned = good.clone();
    unsigned["signatures"] = json!([]);
    let mut wrong_base64 = good.clone();
    wrong_base64["payload"] = json!("@@@@");
    let mut other = Signer::new().vex("openssl");
    other["payload"] = good["payload"].clone();
    let twice = text.replacen('{', "{\"payloadType\":\"x\",", 1);
    let cases = [
        ("hello", "not_json"),
        ("", "not_json"),
        (&text[..text.len() / 2], "not_json"),
        ("[]", "envelope_malformed"),
        (&unsigned.to_string(), "no_signatures"),
        (&wrong_base64.to_string(), "bad_base64"),
        (&other.to_string(), "signature_invalid"),
        (&twice, "duplicate_key"),
        (&"[".repeat(100_000), "too_deep"),
        (&format!("{{\"payload\":{}", "{\"a\":".repeat(100_000)), "too_deep"),
    ];
    for (document, code) in cases {
        desk.write("bad.json", document);
        desk.run(&["submit", "bad.json", "--key", "pub.pem"]).refused(code).names(&["bad.json"]);
        let piped = desk.run_with(&["submit", "-", "--key", "pub.pem"], document.as_bytes());
        assert_eq!(piped.exit, 2, "{}", piped.err);
    }

    // One bad line: the good ones before it stay here too.
    desk.write("lines.jsonl", format!("{text}\n\n{unsigned}\n{text}\n"));
    let said = desk.run(&["submit", "lines.jsonl", "--key", "pub.pem"]);
    said.refused("no_signatures").names(&["lines.jsonl:3"]);
    desk.write("none.jsonl", "\n\n");
    desk.run(&["submit", "none.jsonl", "--key", "pub.pem"]).refused("no_document");
}

#[test]
fn a_hundred_megabytes_are_refused_quickly() {
    let signer = Signer::new();
    let desk = desk(&signer);
    sparse(&desk.path("big.json"), 100 << 20);
    sparse(&desk.path("big.jsonl"), 1 << 30);
    let begun = Instant::now();
    let limit = ["the limit"];
    for args in [
        &["submit", "big.json", "--key", "pub.pem"][..],
        &["submit", "big.jsonl", "--key", "pub.pem"],
        &["submit", "pub.pem", "--key", "big.json"],
        &["hints", "big.json"],
        &["scope", "match", "--scope", "component:x", "--hints", "big.json"],
        &["policies", "import", "big.json"],
    ] {
        desk.run(args).refused("document_too_large").names(&limit);
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    for depth in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        desk.write("deep.json", depth);
        assert_eq!(desk.run(&["hints", "deep.json"]).exit, 2);
    }
}

#[test]
fn keys_and_certificates_that_cannot_be_used() {
    let signer = Signer::new();
    let desk = desk(&signer);
    desk.write("vex.json", signer.vex("openssl").to_string());
    desk.write("junk.pem", "hello");
    desk.write("cert.pem", pem("CERTIFICATE", b"this is no DER"));
    desk.write("half.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    desk.write("private.pem", pem("PRIVATE KEY", &[0x30, 0]));
    let key = |file| desk.run(&["submit", "vex.json", "--key", file]);
    let certificate = |file| desk.run(&["submit", "vex.json", "--certificate", file]);
    key("junk.pem").refused("key_unreadable").names(&["junk.pem"]);
    key("private.pem").refused("key_unreadable").names(&["private key"]);
    key("missing.pem").refused("file_unreadable").names(&["missing.pem"]);
    key(".").refused("file_unreadable");
    certificate("cert.pem").refused("certificate_unreadable").names(&["cert.pem"]);
    certificate("half.pem").refused("certificate_unreadable");
    certificate("pub.pem").refused("key_unreadable").names(&["--key"]);
}

#[test]
fn an_unknown_dimension_is_answered_with_the_nearest_one() {
    let signer = Signer::new();
    let desk = desk(&signer);
    desk.write("vex.json", signer.vex("openssl").to_string());
    let typo = "componet:openssl";
    for args in [
        &["scope", "match", "--scope", typo, "--hints", "vex.json"][..],
        &["submit", "vex.json", "--key", "pub.pem", "--scope", typo],
        &["policies", "put", "p", "--scope", typo],
    ] {
        let said = desk.run(args);
        said.refused("unknown_dimension").names(&["--scope", "`componet`", "`component`"]);
    }
    desk.run(&["scope", "match", "--scope", "", "--hints", "vex.json"]).refused("empty_scope");
}

#[test]
fn a_configuration_mistake_is_told_by_line_and_nearest_word() {
    let desk = Desk::new();
    let log = "[[logs]]\nname = \"a\"\napi = \"rekor-v2\"\nread_url = \"http://127.0.0.1:1\"\n\
               origin = \"o\"\npublic_key = \"none.pem\"\n";
    let cases: [(&str, &[&str]); 10] = [
        ("[http]\nlisen = \"127.0.0.1:1\"\n", &["c.toml:2", "`lisen`", "did you mean `listen`?"]),
        ("[htp]\nlisten = \"x\"\n", &["c.toml:1", "did you mean `http`?"]),
        ("data_dir = \n", &["c.toml:1"]),
        ("[http]\nlisten = \"here\"\n", &["c.toml:2", "`here`", "127.0.0.1:8440"]),
        ("[http]\nlisten = \"0.0.0.0:1\"\n", &["c.toml:2", "tokens"]),
        ("[submit]\ndeadline = \"7y\"\n", &["c.toml:2", "`7y`"]),
        ("[submit]\nin_flight = 0\n", &["c.toml:2", "in_flight"]),
        ("[store]\nurl = \"mysql://x\"\n", &["c.toml:2", "sqlite:"]),
        (log, &["c.toml:6", "none.pem"]),
        ("[[keys]]\nid = \"k\"\nfile = \"none.pem\"\n", &["c.toml:3", "none.pem"]),
    ];
    for (text, words) in cases {
        desk.write("c.toml", text);
        for command in [&["config", "check"][..], &["serve"]] {
            let said = desk.run(&[command, &["--config", "c.toml"]].concat());
            said.refused("config_invalid").names(words);
        }
    }
    assert!(!desk.path("rekindle-data").exists(), "a refused configuration leaves nothing behind");
    desk.run(&["serve", "--config", "gone.toml"])
        .refused("config_unreadable")
        .names(&["gone.toml"]);
    desk.run(&["serve"]).refused("config_missing").names(&["--config"]);
}

#[test]
fn what_the_daemon_refuses_keeps_its_code_and_stores_nothing() {
    let signer = Signer::new();
    let world = World::start();
    let desk = &world.desk;
    desk.write("pub.pem", signer.public_pem());
    let good = signer.vex("openssl");
    desk.write("good.json", good.to_string());

    let mut two = good.clone();
    two["signatures"] = json!([good["signatures"][0], good["signatures"][0]]);
    desk.write("two.json", two.to_string());
    desk.run(&["submit", "two.json", "--key", "pub.pem"]).refused("too_many_signatures");

    let edwards = Ed25519KeyPair::generate().unwrap();
    let spki: PublicKeyX509Der<'_> = edwards.public_key().as_der().unwrap();
    desk.write("ed.pem", pem("PUBLIC KEY", spki.as_ref()));
    let signed =
        envelope(vex("zlib").to_string().as_bytes(), |pae| edwards.sign(pae).as_ref().to_vec());
    desk.write("ed.json", signed.to_string());
    let said = desk.run(&["submit", "ed.json", "--key", "ed.pem"]);
    said.refused("key_type_unsupported").names(&["ed.json"]);

    desk.run(&["submit", "good.json"]).refused("verifier_unknown").names(&["--key PEM"]);
    let named =
        |extra: &[&str]| desk.run(&[&["submit", "good.json", "--key", "pub.pem"], extra].concat());
    named(&["--log", "elsewhere"]).refused("log_unknown").names(&["elsewhere", "local"]);
    named(&["--deadline", "7y"]).refused("field_invalid").names(&["--deadline", "`7y`"]);
    named(&["--timeout", "soon"]).refused("field_invalid").names(&["--timeout"]);
    assert_eq!(named(&["--urgency", "asap"]).exit, 2);
    desk.write("p.ndjson", "{\"id\":\"a\",\"scope\":\"component:a\"}\n{\"id\":\"b\"}\n");
    let said = desk.run(&["policies", "import", "p.ndjson"]);
    assert_eq!(said.exit, 2, "{}", said.err);
    said.names(&["p.ndjson", "line 2"]);
    desk.run(&["entries", "show", "../logs"]).refused("not_found").names(&["`../logs`"]);
    desk.run(&["entries", "show", ".."]).refused("field_invalid");
    desk.run(&["entries", "list", "--digest", "sha256:zz"]).refused("id_malformed");
    desk.run(&["events", "list", "--type", "rekor.entry.loged"]).refused("field_invalid");
    assert_eq!(desk.run(&["queue", "list", "--state", "lost"]).exit, 2);

    for list in [&["entries", "list"][..], &["policies", "list"]] {
        let said = desk.run(list);
        assert_eq!((said.exit, said.out.as_str()), (0, ""), "{}", said.err);
    }

    // The second of three is refused: what went before it is told, and it stays.
    let third = signer.vex("curl");
    desk.write("some.jsonl", format!("{good}\n{two}\n{third}\n"));
    let said = desk.run(&["submit", "some.jsonl", "--key", "pub.pem"]);
    assert_eq!((said.exit, said.code()), (2, "too_many_signatures"), "{}", said.err);
    let id = said.lines()[0]["id"].as_str().unwrap().to_owned();
    said.names(&[&id, "some.jsonl:1", "some.jsonl:2", "1 of 3"]);
    assert_eq!(desk.run(&["entries", "list"]).lines().len(), 1);
}
