//! The one place that checks signatures, and the strict reading of the keys for it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};

/// DER before the 32 key bytes of an Ed25519 public key (RFC 8410).
const ED25519_PREFIX: &[u8] =
    &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// DER before the uncompressed point of a P-256 public key (RFC 5480).
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// DER before the uncompressed point of a P-384 public key (RFC 5480).
const P384_PREFIX: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

/// The algorithm identifier of an RSA public key (RFC 3279).
const RSA_ALGORITHM: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// First byte of an uncompressed point.
const UNCOMPRESSED: u8 = 0x04;

/// Kinds of keys that logs sign with.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Pure Ed25519 over the note text.
    Ed25519,
    /// ECDSA over SHA-256 (P-256), ASN.1 signatures.
    EcdsaP256,
    /// ECDSA over SHA-384 (P-384), ASN.1 signatures.
    EcdsaP384,
    /// RSA PKCS#1 v1.5 over SHA-256, 2048 to 8192 bits.
    Rsa,
}

/// Reads a DER SubjectPublicKeyInfo and checks that it is a usable key.
pub(crate) fn parse_spki(der: &[u8]) -> Option<(Kind, ParsedPublicKey)> {
    let point =
        |prefix| der.strip_prefix(prefix).filter(|key: &&[u8]| key.first() == Some(&UNCOMPRESSED));
    let (kind, algorithm, key): (Kind, &'static dyn VerificationAlgorithm, &[u8]) =
        if let Some(key) = der.strip_prefix(ED25519_PREFIX) {
            (Kind::Ed25519, &ED25519, (key.len() == 32).then_some(key)?)
        } else if let Some(key) = point(P256_PREFIX) {
            (Kind::EcdsaP256, &ECDSA_P256_SHA256_ASN1, (key.len() == 65).then_some(key)?)
        } else if let Some(key) = point(P384_PREFIX) {
            (Kind::EcdsaP384, &ECDSA_P384_SHA384_ASN1, (key.len() == 97).then_some(key)?)
        } else {
            (Kind::Rsa, &RSA_PKCS1_2048_8192_SHA256, rsa_key(der)?)
        };
    Some((kind, ParsedPublicKey::new(algorithm, key).ok()?))
}

/// The SPKI of an Ed25519 key.
pub(crate) fn ed25519_spki(key: &[u8]) -> Vec<u8> {
    [ED25519_PREFIX, key].concat()
}

/// The SPKI of a P-256 key, from its uncompressed point.
pub(crate) fn p256_spki(point: &[u8]) -> Vec<u8> {
    [P256_PREFIX, point].concat()
}

/// The raw key bytes of an Ed25519 SPKI.
pub(crate) fn ed25519_raw(spki: &[u8]) -> &[u8] {
    spki.strip_prefix(ED25519_PREFIX).unwrap_or(spki)
}

/// The PKCS#1 key inside an RSA SPKI; `None` for any other shape or a length that is not minimal.
fn rsa_key(der: &[u8]) -> Option<&[u8]> {
    let (body, rest) = element(der, 0x30)?;
    let (bits, tail) = element(body.strip_prefix(RSA_ALGORITHM)?, 0x03)?;
    (rest.is_empty() && tail.is_empty()).then_some(())?;
    bits.strip_prefix(&[0])
}

/// Content of a DER element with this tag and two length bytes (RSA keys have 256 to 65535), and
/// what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [t, 0x82, high, low, rest @ ..] = der else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    (*t == tag && length >= 256).then_some(())?;
    rest.split_at_checked(length)
}
