//! Keys, checkpoints and receipts: published values, and every way to be wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rekindle_proof::signer::{
    EcdsaP256Signer, Ed25519Signer, NoteSigner, sign_checkpoint, sign_note,
};
use rekindle_proof::{Checkpoint, Hash, LogId, LogKey, Origin, Receipt, SignedCheckpoint, hash};

const ED25519: &str = "MCowBQYDK2VwAyEAREvJyNZGjX6B3DAIuD3BTg9rIwV00GY8Xg5FU+IFDUQ=";
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeLw7gX40qy1z7JUhGMAaaDITbV7p2D+C5G9xPEsy/PVAo9H0mgS4NYzpGirkXxBht+IvvL19WR1X9ANXha5ldQ==";
const P384: &str = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE6XNE7sFRgCAqbf3zPYJf7v8lyy9Jiz2A8/G/7qZi6xh6qnyvqY1CNvHf6S0gsyqTqurBWVam3bSll38XRm8w8/HCQrCD/Keb7ZG/nP32Czt0jehkL7nwmkO6eB4WeeFH";
const RSA: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs7ieTaJ8PAkzCks++ubDNW4Nc4hi7+/JUmSvqq6pIWAfjGrVXI/Z6ROUOnNgvjkW6pOP/KkO1YQfuLtP86X5LD43aIsfH/3VQ0L8X4W64x/JgmA9TWQa+w4OeXaFdGw+lEnGy2rlAL3kIYn/BAbmoAZhyWXQFkPYg6vlypN0H6qQH8hct0SXn7y6casIk7GB7TQt/+OqkkQ55ojM91cXUq6YYsvAjBjQwEvGGXqLvwOhtbD+eMc2fpw7GlAgiiQpq4khzWrtuZJ0Hd/BFZNpHH+UAddQ4Jvv7dbXDinavVzEbvJssQAN9nB39UPHpUQn9mojAuh/qg+vDNyEH3liIQIDAQAB";

/// Signatures over [`TEXT`] made with another program and the private halves of those keys.
const TEXT: &str = "testkey\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n";
const P256_SIG: &str = "MEUCIQCN5Ez5RVPpXTr6xLJlme4/Bqt9+nU4di1fC2r0GFsaHQIgICA2D4X2GEMBl9/uhkavDVHmlSaBoYvTy1xv0qekupw=";
const P384_SIG: &str = "MGUCMQC2pMzx7Jzqa0upbkg9k1IO8ZW0fnOdJoYBhZamGYl2u9DXLSr7aB2VRTP8NZGG0FACMEKJAa2CGJMDDFseoydLspqP/hVwcRIaGZ/SMW6pH8Z4TT7puFenZvo4fDpbTmL1vQ==";
const RSA_SIG: &str = "npSNti+OQ6tcC2LQLxLW1y9HQxEKsZP1x8mtpmSyXQIIWRaVvvKKqCMplmGYV69yvqzwnltE8JIcb+4LddbY8UW8kLihYtF4ktjI2lYLt5aGdndZAUS706zdl6nXbKWeC8CpxbshcPOmioX7UVhmNN8wFZxNsGAwC4Uc34rLoXgjnzWEzvDvL6hqbR9gz5RsPGJBBk7Yoq6G73Xc9GQ2pDLC+sA777mcj2bhTGaIw0zq0zbXQabnV2jLo/g1xzEgiO9ZteOORGm6hEE9TPw+OYE5macEvYreKUrrSp0rGnbdxGG5msmURv+6p0JU8+idHE3q3N5pWrd++AXE2LZymg==";

/// A published checkpoint: cosigned by a stranger, then signed by the log.
const PUBLISHED: &str = "log2025-alpha1.rekor.sigstage.dev\n736\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n\u{2014} witness.example O8PH5AAAAABopO8+4O9uzScQrNEnGdKLYXSPoUjH1Se4n92W+wT/j5Kel/4J2XWE4bEe9bpIVUD6EGOeUDFkSWz/rbDhvVcJ/2OrDw==\n\u{2014} log2025-alpha1.rekor.sigstage.dev 8w1amdbj1mjNN674dHAkD92+QZoEgBC7o0mXYSTRluDjQrOPjrps3zQB9ut+ShLepyZPsWBDi5IB3yXyjgjQT6OG9A8=\n";
const PUBLISHED_KEY: &str = "MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=";

fn der(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

fn origin(text: &str) -> Origin {
    Origin::new(text).unwrap()
}

fn key(name: &str, spki: &str) -> LogKey {
    LogKey::new(origin(name), &der(spki)).unwrap()
}

fn signer(name: &str) -> Ed25519Signer {
    Ed25519Signer::from_seed(origin(name), &[3; 32]).unwrap()
}

fn tree(name: &str, size: u64, root: Hash) -> Checkpoint {
    Checkpoint { origin: origin(name), size, root, extensions: vec![] }
}

#[test]
fn key_ids_are_the_published_ones() {
    let id = |name, spki| hex::encode(key(name, spki).key_id());
    assert_eq!(id("testkey", ED25519), "e4de82e3");
    assert_eq!(id("testkey", P256), "8f92d720");
    assert_eq!(id("testkey", RSA), "adf42d0b");
    let local = key("rekor-local", ED25519);
    assert_eq!(local.vkey(), "rekor-local+d80b4420+AURLycjWRo1+gdwwCLg9wU4PayMFdNBmPF4ORVPiBQ1E");
    assert_eq!(
        STANDARD.encode(local.id().as_bytes()),
        "2AtEIMfG6Y41yK0tcwRTBS2tjhOrjKGIpDkHFgp65g0="
    );
    let v2 = key(
        "log2025-1.rekor.sigstore.dev",
        "MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=",
    );
    assert_eq!(
        v2.vkey(),
        "log2025-1.rekor.sigstore.dev+cf119915+AbfK5adZJxsI323FwGD2AJJ9F4i89cfDuLdGJBIYntuO"
    );
    let v1 = key(
        "rekor.sigstore.dev - 1193050959916656506",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==",
    );
    assert_eq!(
        v1.id().to_string(),
        "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d"
    );
    assert_eq!(v1.id().to_string().parse::<LogId>().unwrap(), v1.id());
    // A v1 log names an Ed25519 key by its SPKI alone.
    assert_ne!(key("a - 1", ED25519).id(), key("a", ED25519).id());
    assert_eq!(key("a - 1", ED25519).id(), key("b - 2", ED25519).id());
}

#[test]
fn vkey_and_pem_round_trip() {
    for spki in [ED25519, P256, P384] {
        let key = key("testkey", spki);
        assert_eq!(LogKey::from_vkey(&key.vkey()).unwrap(), key);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
        assert_eq!(LogKey::from_pem(origin("testkey"), pem.as_bytes()).unwrap(), key);
        let twice = pem.repeat(2);
        assert_eq!(
            LogKey::from_pem(origin("a"), twice.as_bytes()).unwrap_err().code(),
            "log_key_not_pem"
        );
        let other = pem.replace("PUBLIC", "PRIVATE");
        assert_eq!(
            LogKey::from_pem(origin("a"), other.as_bytes()).unwrap_err().code(),
            "log_key_not_pem"
        );
    }
    let good = key("testkey", ED25519).vkey();
    for bad in [
        "",
        "a+b",
        &good.replace("testkey", "testkez"),
        &good.replace("e4de", "E4DE"),
        &good[..good.len() - 4],
    ] {
        assert!(LogKey::from_vkey(bad).is_err(), "{bad}");
    }
}

#[test]
fn only_whole_known_keys_are_taken() {
    for spki in [ED25519, P256, P384, RSA] {
        let good = der(spki);
        for bad in [&good[1..], &good[..good.len() - 1], &[&good[..], &[0]].concat()] {
            assert_eq!(LogKey::new(origin("a"), bad).unwrap_err().code(), "log_key_unsupported");
        }
    }
    let mut off_curve = der(P256);
    off_curve[90] ^= 1;
    assert!(LogKey::new(origin("a"), &off_curve).is_err());
    assert!(LogKey::new(origin("a"), &[]).is_err());
}

#[test]
fn signatures_of_another_program_verify() {
    for (spki, sig) in [(P256, P256_SIG), (P384, P384_SIG), (RSA, RSA_SIG)] {
        let (key, sig) = (key("testkey", spki), der(sig));
        assert!(key.verify_note_sig(TEXT.as_bytes(), &sig));
        assert!(!key.verify_note_sig(b"other\n", &sig));
        let note = format!(
            "{TEXT}\n\u{2014} testkey {}\n",
            STANDARD.encode([&key.key_id()[..], &sig].concat())
        );
        assert_eq!(SignedCheckpoint::new(note.into()).verify(&key).unwrap().size(), 1);
    }
}

#[test]
fn a_published_cosigned_checkpoint() {
    let name = "log2025-alpha1.rekor.sigstage.dev";
    let log = key(name, PUBLISHED_KEY);
    let seen = SignedCheckpoint::new(PUBLISHED.into()).verify(&log).unwrap();
    assert_eq!((seen.size(), seen.origin().as_str(), seen.log()), (736, name, log.id()));
    assert_eq!(seen.signed().note(), PUBLISHED.as_bytes());
    assert_eq!(
        seen.checkpoint().print(),
        PUBLISHED.split_inclusive("\n\n").next().unwrap().trim_end().to_owned() + "\n"
    );
    let code = |text: String| SignedCheckpoint::new(text.into()).verify(&log).unwrap_err().code();
    assert_eq!(code(PUBLISHED.replace("\n736\n", "\n737\n")), "checkpoint_bad_signature");
    assert_eq!(code(PUBLISHED.replace("8w1amd", "8w1bmd")), "checkpoint_no_signature");
    let (text, line) =
        (PUBLISHED.split_inclusive("\n\n").next().unwrap(), PUBLISHED.lines().last().unwrap());
    assert_eq!(
        code(format!("{text}{}\n", line.replace(name, "other.example"))),
        "checkpoint_no_signature"
    );
    // A good signature does not outweigh a bad one under the same name and id.
    let bad = line.replace("jQT6OG9A8=", "jQT6OG9A4=");
    assert_ne!(bad, line);
    assert_eq!(code(format!("{PUBLISHED}{bad}\n")), "checkpoint_bad_signature");
    assert!(SignedCheckpoint::new(format!("{PUBLISHED}{line}\n").into()).verify(&log).is_ok());
}

#[test]
fn checkpoint_texts_print_back_or_are_refused() {
    let root = hash::empty_root().to_base64();
    for good in [
        format!("a\n0\n{root}\n"),
        format!("a - 5\n18446744073709551615\n{root}\nTimestamp: 1\nmore\n"),
    ] {
        assert_eq!(Checkpoint::parse(&good).unwrap().print(), good);
    }
    for bad in [
        String::new(),
        "\n".into(),
        format!("a\n1\n{root}"),
        format!("\n1\n{root}\n"),
        format!("a\n01\n{root}\n"),
        format!("a\n+1\n{root}\n"),
        format!("a\n-1\n{root}\n"),
        format!("a\n\n{root}\n"),
        "a\n1\n".into(),
        "a\n1\nAAAA\n".into(),
        format!("a\n18446744073709551616\n{root}\n"),
        format!("a\n1\n{root}\n\nx\n"),
        format!("a\n1\n{root}\n\n"),
        format!("a\n1 \n{root}\n"),
        format!("a\n1\n{}\n", root.trim_end_matches('=')),
    ] {
        assert_eq!(Checkpoint::parse(&bad).unwrap_err().code(), "checkpoint_malformed", "{bad:?}");
    }
}

#[test]
fn what_we_sign_we_verify_with_both_kinds_of_keys() {
    let tree = tree("log.example", 7, hash::leaf(b"r"));
    let ed = signer("log.example");
    let signed = sign_checkpoint(&tree, &ed);
    assert_eq!(signed, sign_checkpoint(&tree, &ed));
    assert_eq!(signed.clone().verify(ed.log_key()).unwrap().checkpoint(), &tree);
    assert_eq!(signed.claim().unwrap(), tree);
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .unwrap();
    let ec = EcdsaP256Signer::from_pkcs8(origin("log.example"), pkcs8.as_ref()).unwrap();
    let ec_key = LogKey::new(origin("log.example"), &ec.public_spki()).unwrap();
    assert_eq!(sign_checkpoint(&tree, &ec).verify(&ec_key).unwrap().root(), tree.root);
    assert_eq!(signed.verify(&ec_key).unwrap_err().code(), "checkpoint_no_signature");
    // The log's line may stand behind another one of the same name.
    let note = sign_note(&tree.print(), &[&ec, &ed as &dyn NoteSigner]);
    assert!(SignedCheckpoint::new(note.print().into()).verify(ed.log_key()).is_ok());
    let wrong = EcdsaP256Signer::from_pkcs8(origin("a"), b"no").unwrap_err();
    assert_eq!(wrong.code(), "signing_key_unusable");
    assert!(Ed25519Signer::from_pkcs8(origin("a"), pkcs8.as_ref()).is_err());
}

#[test]
fn a_v1_log_signs_under_its_host_name() {
    let name = "rekor.example - 42";
    let signed = sign_checkpoint(&tree(name, 1, hash::leaf(b"")), &signer(name));
    assert!(std::str::from_utf8(signed.note()).unwrap().contains("\u{2014} rekor.example "));
    assert!(signed.clone().verify(signer(name).log_key()).is_ok());
    // Another tree of the same host and key is another log.
    let other = signed.verify(signer("rekor.example - 43").log_key()).unwrap_err();
    assert_eq!(other.code(), "checkpoint_other_origin");
}

#[test]
fn a_receipt_fails_at_the_first_wrong_step() {
    let log = signer("log.example");
    let (body, sibling) = (Bytes::from_static(b"ours"), hash::leaf(b"theirs"));
    let root = hash::node(&hash::leaf(&body), &sibling);
    let good = Receipt {
        log: log.log_key().id(),
        body: body.clone(),
        index: 0,
        path: vec![sibling],
        checkpoint: sign_checkpoint(&tree("log.example", 2, root), &log),
    };
    let verified = good.clone().verify(&body, log.log_key()).unwrap();
    assert_eq!(
        (verified.index(), verified.leaf_hash(), verified.checkpoint().root()),
        (0, hash::leaf(&body), root)
    );
    assert_eq!(verified.receipt(), &good);
    let code =
        |receipt: Receipt, leaf: &[u8]| receipt.verify(leaf, log.log_key()).unwrap_err().code();
    // Each case is wrong in its own step and in all later ones; the earliest step is named.
    let mut bad = Receipt { path: vec![], ..good.clone() };
    assert_eq!(code(bad.clone(), &body), "wrong_proof_length");
    assert_eq!(code(Receipt { index: 1, ..good.clone() }, &body), "root_mismatch");
    assert_eq!(code(Receipt { index: 2, ..good.clone() }, &body), "index_beyond_tree");
    bad.body = Bytes::from_static(b"ours ");
    assert_eq!(code(bad.clone(), &body), "receipt_other_body");
    bad.checkpoint = SignedCheckpoint::new(Bytes::from_static(b"nothing"));
    assert_eq!(code(bad.clone(), &body), "note_not_signed");
    bad.log = LogId::new([0; 32]);
    assert_eq!(code(bad, &body), "receipt_other_log");
}
