//! Keys and certificates: each supported type end to end, everything else refused.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::{self, HashedRekord, VerifierBytes};
use rekindle_attestation::{
    Attestation, AttestationError, Envelope, KeyAlgorithm, Signature, Verifier, pae,
};

const KEY: &str = include_str!("fixtures/p256.pub.pem");
const CERTIFICATE: &str = include_str!("fixtures/certificate.pem");

fn attest(spki: &[u8], sig: &[u8]) -> Result<Attestation, AttestationError> {
    let envelope = Envelope {
        raw: Bytes::new(),
        payload_type: "text/plain".into(),
        payload: Bytes::from_static(b"hello"),
        signatures: vec![Signature { keyid: None, sig: Bytes::copy_from_slice(sig) }],
    };
    Attestation::new(envelope, Verifier::from_der_public_key(spki)?)
}

fn message() -> Vec<u8> {
    pae("text/plain", b"hello")
}

/// The whole way of one key type; gives the record for more checks.
fn check(algorithm: KeyAlgorithm, spki: &[u8], sig: &[u8]) -> HashedRekord {
    let attestation = attest(spki, sig).unwrap();
    assert_eq!(attestation.verifier().algorithm(), algorithm);
    let record = hashedrekord_v002::from_attestation(&attestation).unwrap();
    assert_eq!(&*record.key_details, algorithm.key_details());
    assert_eq!(&*record.algorithm, algorithm.hash_name());
    assert_eq!(record.verifier, VerifierBytes::PublicKey(Bytes::copy_from_slice(spki)));
    record.verify().unwrap();
    assert_eq!(HashedRekord::parse_leaf(&record.leaf()).unwrap(), record);
    assert_eq!(HashedRekord::parse_request(&record.request()).unwrap(), record);
    let mut other = record.clone();
    other.digest = vec![7; record.digest.len()].into();
    assert_eq!(other.verify().unwrap_err().code(), "signature_invalid");
    record
}

#[test]
fn ecdsa_on_all_three_curves() {
    let cases: [(KeyAlgorithm, &'static EcdsaSigningAlgorithm); 3] = [
        (KeyAlgorithm::EcdsaP256, &ECDSA_P256_SHA256_ASN1_SIGNING),
        (KeyAlgorithm::EcdsaP384, &ECDSA_P384_SHA384_ASN1_SIGNING),
        (KeyAlgorithm::EcdsaP521, &ECDSA_P521_SHA512_ASN1_SIGNING),
    ];
    for (algorithm, scheme) in cases {
        let pair = EcdsaKeyPair::generate(scheme).unwrap();
        let sig = pair.sign(&SystemRandom::new(), &message()).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        check(algorithm, spki.as_ref(), sig.as_ref());
        let wrong = pair.sign(&SystemRandom::new(), b"other").unwrap();
        let error = attest(spki.as_ref(), wrong.as_ref()).unwrap_err();
        assert_eq!(error.code(), "signature_invalid");
        assert!(error.to_string().contains(algorithm.key_details()));
    }
}

#[test]
fn every_one_of_many_signatures_over_a_large_payload_is_checked() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let payload = Bytes::from(vec![b'x'; 16 << 20]);
    let message = pae("text/plain", &payload);
    let sign = |text: &[u8]| {
        let sig = pair.sign(&SystemRandom::new(), text).unwrap();
        Signature { keyid: None, sig: Bytes::copy_from_slice(sig.as_ref()) }
    };
    let mut envelope = Envelope {
        raw: Bytes::new(),
        payload_type: "text/plain".into(),
        payload,
        signatures: (0..16).map(|_| sign(&message)).collect(),
    };
    let verifier = Verifier::from_der_public_key(spki.as_ref()).unwrap();
    let attestation = Attestation::new(envelope.clone(), verifier.clone()).unwrap();
    // The order in the envelope does not count for the id.
    envelope.signatures.reverse();
    let reversed = Attestation::new(envelope.clone(), verifier.clone()).unwrap();
    assert_eq!(attestation.id(), reversed.id());
    envelope.signatures[15] = sign(b"other");
    let error = Attestation::new(envelope, verifier).unwrap_err();
    assert!(error.to_string().starts_with("signature 15 of the envelope does not verify"));
}

#[test]
fn rsa_in_the_three_sizes() {
    for (algorithm, size) in [
        (KeyAlgorithm::Rsa2048, KeySize::Rsa2048),
        (KeyAlgorithm::Rsa3072, KeySize::Rsa3072),
        (KeyAlgorithm::Rsa4096, KeySize::Rsa4096),
    ] {
        let pair = RsaKeyPair::generate(size).unwrap();
        let mut sig = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message(), &mut sig).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        check(algorithm, spki.as_ref(), &sig);
    }
}

#[test]
fn pure_ed25519_verifies_but_cannot_go_into_a_v2_log() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let attestation = attest(spki.as_ref(), pair.sign(&message()).as_ref()).unwrap();
    assert_eq!(attestation.verifier().algorithm(), KeyAlgorithm::Ed25519);
    let error = hashedrekord_v002::from_attestation(&attestation).unwrap_err();
    assert_eq!(error.code(), "key_type_unsupported");
    assert!(error.to_string().contains("PKIX_ED25519"));
    let forged = HashedRekord {
        algorithm: "SHA2_512".into(),
        digest: vec![0; 64].into(),
        signature: vec![0; 64].into(),
        key_details: "PKIX_ED25519".into(),
        verifier: VerifierBytes::PublicKey(Bytes::copy_from_slice(spki.as_ref())),
    };
    assert_eq!(forged.verify().unwrap_err().code(), "key_type_unsupported");
    let error = HashedRekord::parse_request(&forged.request()).unwrap_err();
    assert_eq!(error.code(), "key_type_unsupported");
}

#[test]
fn a_certificate_gives_key_window_and_identities() {
    let chain = format!("{CERTIFICATE}{CERTIFICATE}");
    for text in [CERTIFICATE, &chain] {
        let Verifier::Certificate(c) = Verifier::from_pem(text.as_bytes()).unwrap() else {
            panic!("not a certificate");
        };
        assert_eq!(c.identities(), ["ci@example.org", "https://example.org/build/1"]);
        assert_eq!((c.not_before(), c.not_after()), (1_795_434_152, 2_110_794_152));
        assert_eq!(c.spki(), Verifier::from_pem(KEY.as_bytes()).unwrap().spki());
        assert_eq!(Verifier::from_der_certificate(c.der()).unwrap().der(), c.der());
    }
}

#[test]
fn unreadable_keys_and_certificates() {
    let der = Verifier::from_pem(KEY.as_bytes()).unwrap().der().to_vec();
    let certificate = Verifier::from_pem(CERTIFICATE.as_bytes()).unwrap().der().to_vec();
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    for bad in [&[][..], &der[..der.len() - 1], &longer(&der), &certificate, b"text", &[0; 5000]] {
        assert_eq!(Verifier::from_der_public_key(bad).unwrap_err().code(), "key_unreadable");
    }
    for bad in [
        &[][..],
        &certificate[..certificate.len() - 1],
        &longer(&certificate),
        &der,
        &[0x30; 60_000],
    ] {
        let error = Verifier::from_der_certificate(bad).unwrap_err();
        assert_eq!(error.code(), "certificate_unreadable");
    }
    // A point that is not on the curve, and one in compressed form.
    let mut off = der.clone();
    *off.last_mut().unwrap() ^= 1;
    assert_eq!(Verifier::from_der_public_key(&off).unwrap_err().code(), "key_unreadable");
    for (text, expected) in [
        (String::new(), "key_unreadable"),
        (KEY.replace("PUBLIC", "EC PRIVATE"), "key_unreadable"),
        (KEY.replace("PUBLIC", "RSA PUBLIC"), "key_unreadable"),
        (format!("{KEY}{KEY}"), "key_unreadable"),
        (KEY.replace("MFkw", "!Fkw"), "key_unreadable"),
        (COMPRESSED.to_owned(), "key_unreadable"),
        ("x".repeat(300_000), "key_unreadable"),
        (format!("{CERTIFICATE}{KEY}"), "certificate_unreadable"),
        (CERTIFICATE.replace("MII", "AII"), "certificate_unreadable"),
        (CERTIFICATE.replace("MII", "!II"), "certificate_unreadable"),
        (CERTIFICATE[..200].to_owned(), "certificate_unreadable"),
        (SECP256K1.to_owned(), "key_type_unsupported"),
        (RSA_1024.to_owned(), "key_type_unsupported"),
        (ED448.to_owned(), "key_type_unsupported"),
    ] {
        let error = Verifier::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
    }
}

#[test]
fn every_cut_and_flip_of_a_certificate_is_handled() {
    let der = Verifier::from_pem(CERTIFICATE.as_bytes()).unwrap().der().to_vec();
    for i in 0..der.len() {
        assert!(Verifier::from_der_certificate(&der[..i]).is_err());
        let mut changed = der.clone();
        changed[i] ^= 0x55;
        drop(Verifier::from_der_certificate(&changed));
    }
}

const COMPRESSED: &str = "-----BEGIN PUBLIC KEY-----
MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACi3U3UTmbzb6OttyC4Z+wARmtWLrw
BtAoMaikuSrc/0I=
-----END PUBLIC KEY-----
";
const SECP256K1: &str = "-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEw53VDzxcpIJTkjpbbVaIGyhsH1yPtL+T
o6YsKHQvyzqvfKYLKVTNvGFZwc8RCtmkRbsD8UwZiGKYRa8MfntbQg==
-----END PUBLIC KEY-----
";
const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDPEka6kzEf45mT7DvJSZCM9cQW
L30tZAooQhlzLLK2zzg9TXMoGCmIuv3wdua72vKavhriYwdt4w0YcAmw2A4F4uGw
bQRJGbX7RIwcsFBFLwUF0W4IIQ/5/N5wqnmGmqR1fw6649Ufcp3byv+KEtsiSYaJ
/7WcxfFoDUw7kQI3MwIDAQAB
-----END PUBLIC KEY-----
";
const ED448: &str = "-----BEGIN PUBLIC KEY-----
MEMwBQYDK2VxAzoAQLB5HQnnEiS6Gj1lgZecbbvOAeOyDV8Mz/kfIUirTm2zrx/3
CgEBadXWrAjdT9LWy9Z6USrsYjQA
-----END PUBLIC KEY-----
";
