//! A public key in its DER SubjectPublicKeyInfo, recognised strictly.

use bytes::Bytes;
use der::asn1::{AnyRef, UintRef};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Sequence};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::{AttestationError, KeyAlgorithm, signature};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Most bytes of a DER key. RSA with 4096 bits has 550.
const MAX_KEY: usize = 4096;
/// What the messages recommend.
const SUPPORTED: &str = "ECDSA P-256, P-384, P-521, RSA 2048, 3072, 4096 or Ed25519";

/// A public key of a known type, as DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spki {
    der: Bytes,
    algorithm: KeyAlgorithm,
    /// The bit string's content: an uncompressed point, a PKCS #1 key, or 32 bytes.
    key: Bytes,
}

impl Spki {
    /// Reads DER; nothing but one complete, canonical key is taken.
    ///
    /// # Errors
    /// `key_unreadable`, or `key_type_unsupported` for a readable key of another kind or size.
    pub fn from_der(der: &[u8]) -> Result<Spki, AttestationError> {
        if der.len() > MAX_KEY {
            return Err(unreadable(format!("{} bytes, more than {MAX_KEY}", der.len())));
        }
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|e| unreadable(e.to_string()))?;
        let again = info.to_der().map_err(|e| unreadable(e.to_string()))?;
        if again != der {
            return Err(unreadable("it is not canonical DER"));
        }
        let key = info
            .subject_public_key
            .as_bytes()
            .ok_or_else(|| unreadable("the key is not a whole number of bytes"))?;
        let algorithm = recognise(info.algorithm.oid, info.algorithm.parameters, key)?;
        signature::check_key(algorithm, key)
            .map_err(|()| unreadable(format!("not a valid {algorithm} key")))?;
        Ok(Spki { der: Bytes::copy_from_slice(der), algorithm, key: Bytes::copy_from_slice(key) })
    }

    /// The DER bytes, exactly as given.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key type.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The raw key inside: an uncompressed point, a PKCS #1 key, or 32 bytes of Ed25519.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }
}

/// RSAPublicKey of PKCS #1.
#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn recognise(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<KeyAlgorithm, AttestationError> {
    match oid {
        EC_PUBLIC_KEY => {
            let curve = parameters
                .and_then(|p| p.decode_as::<ObjectIdentifier>().ok())
                .ok_or_else(|| unreadable("the curve is not named by its identifier"))?;
            let (algorithm, coordinate) = match curve {
                P256 => (KeyAlgorithm::EcdsaP256, 32),
                P384 => (KeyAlgorithm::EcdsaP384, 48),
                P521 => (KeyAlgorithm::EcdsaP521, 66),
                other => return Err(unsupported(format!("ECDSA on curve {other}"))),
            };
            if key.len() != 1 + 2 * coordinate || key[0] != 4 {
                return Err(unreadable("the point is not in uncompressed form"));
            }
            Ok(algorithm)
        }
        RSA => {
            if !parameters.is_some_and(AnyRef::is_null) {
                return Err(unreadable("the RSA parameters are not NULL"));
            }
            let rsa = RsaKey::from_der(key).map_err(|e| unreadable(e.to_string()))?;
            if rsa.exponent.as_bytes().len() > 4 {
                return Err(unsupported("RSA with an exponent above 32 bits".into()));
            }
            let modulus = rsa.modulus.as_bytes();
            let first = modulus.first().copied().unwrap_or(0);
            match (modulus.len() * 8).saturating_sub(first.leading_zeros() as usize) {
                2048 => Ok(KeyAlgorithm::Rsa2048),
                3072 => Ok(KeyAlgorithm::Rsa3072),
                4096 => Ok(KeyAlgorithm::Rsa4096),
                bits => Err(unsupported(format!("RSA with {bits} bits"))),
            }
        }
        ED25519 => {
            if parameters.is_some() || key.len() != 32 {
                return Err(unreadable("an Ed25519 key has 32 bytes and no parameters"));
            }
            Ok(KeyAlgorithm::Ed25519)
        }
        other => Err(unsupported(other.to_string())),
    }
}

fn unreadable(reason: impl Into<Box<str>>) -> AttestationError {
    AttestationError::KeyUnreadable { reason: reason.into() }
}

fn unsupported(found: String) -> AttestationError {
    AttestationError::KeyTypeUnsupported { found: found.into(), why: "here", instead: SUPPORTED }
}
