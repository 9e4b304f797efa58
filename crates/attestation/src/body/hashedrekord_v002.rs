//! `hashedrekord` 0.0.2, the only kind a Rekor v2 log takes: digest, signature, verifier.
//!
//! For a DSSE envelope the digest is the key type's hash of the PAE, and the content is the
//! one signature (Sigstore's Rekor v2 specification, 4.3 and 6.1.4). The leaf is the RFC 8785
//! form of the entry; all values are ASCII, so only the order of keys matters.

use bytes::Bytes;

use crate::{Attestation, AttestationError, KeyAlgorithm, Signed, Verifier, base64, signature};

mod read;

/// Most bytes of a leaf: an entry bundle gives its length in 16 bits.
pub const MAX_LEAF: usize = 65_535;
/// Most bytes of a request body that is read: twice the largest leaf, for white space.
pub const MAX_REQUEST: usize = 2 * MAX_LEAF;

const INSTEAD: &str = "ECDSA P-256, P-384, P-521 or RSA 2048, 3072, 4096";

/// DER bytes of the verifier as the entry stores them; not parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifierBytes {
    /// A SubjectPublicKeyInfo.
    PublicKey(Bytes),
    /// An X.509 leaf certificate.
    Certificate(Bytes),
}

/// The values of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedRekord {
    /// The hash as Sigstore names it: `SHA2_256`, `SHA2_384` or `SHA2_512`.
    pub algorithm: Box<str>,
    /// The digest that was signed.
    pub digest: Bytes,
    /// The raw signature.
    pub signature: Bytes,
    /// The key type as Sigstore's `PublicKeyDetails`.
    pub key_details: Box<str>,
    /// The key or certificate.
    pub verifier: VerifierBytes,
}

/// The entry that a Rekor v2 log will store for an attestation.
///
/// # Errors
/// `key_type_unsupported` for pure Ed25519, `too_many_signatures` for more than one,
/// `entry_too_large` if no log could hold the leaf.
pub fn from_attestation(a: &Attestation) -> Result<HashedRekord, AttestationError> {
    let algorithm = a.verifier().algorithm();
    if !algorithm.signs_digest() {
        return Err(unsupported(algorithm.key_details()));
    }
    let [one] = a.signatures() else {
        return Err(AttestationError::TooManySignatures {
            found: a.signatures().len(),
            allowed: 1,
            why: "in a hashedrekord 0.0.2 entry",
        });
    };
    let (hash, digest) = match a.signed() {
        Signed::Dsse { .. } => {
            (algorithm.hash_name().into(), signature::digest(algorithm, &a.pae()).into())
        }
        Signed::Message(message) => (message.algorithm.clone(), message.digest.clone()),
    };
    let der = Bytes::copy_from_slice(a.verifier().der());
    let record = HashedRekord {
        algorithm: hash,
        digest,
        signature: one.sig.clone(),
        key_details: algorithm.key_details().into(),
        verifier: match a.verifier() {
            Verifier::PublicKey(_) => VerifierBytes::PublicKey(der),
            Verifier::Certificate(_) => VerifierBytes::Certificate(der),
        },
    };
    match record.leaf().len() {
        0..=MAX_LEAF => Ok(record),
        size => Err(AttestationError::EntryTooLarge { size, limit: MAX_LEAF }),
    }
}

impl HashedRekord {
    /// The canonical leaf. Its hash in the tree is SHA-256(0x00 || leaf).
    #[must_use]
    pub fn leaf(&self) -> Bytes {
        let (field, der) = self.verifier.parts();
        let text = format!(
            concat!(
                r#"{{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{{"hashedRekordV002":"#,
                r#"{{"data":{{"algorithm":"{}","digest":"{}"}},"signature":{{"content":"{}","#,
                r#""verifier":{{"keyDetails":"{}","{}":{{"rawBytes":"{}"}}}}}}}}}}}}"#
            ),
            self.algorithm,
            base64::encode(&self.digest),
            base64::encode(&self.signature),
            self.key_details,
            field,
            base64::encode(der),
        );
        text.into()
    }

    /// The body to post to `/api/v2/log/entries`; always the same bytes for the same values.
    #[must_use]
    pub fn request(&self) -> Bytes {
        let (field, der) = self.verifier.parts();
        let text = format!(
            concat!(
                r#"{{"hashedRekordRequestV002":{{"digest":"{}","signature":{{"content":"{}","#,
                r#""verifier":{{"{}":{{"rawBytes":"{}"}},"keyDetails":"{}"}}}}}}}}"#
            ),
            base64::encode(&self.digest),
            base64::encode(&self.signature),
            field,
            base64::encode(der),
            self.key_details,
        );
        text.into()
    }

    /// Reads a leaf; only bytes that [`leaf`](Self::leaf) would print are taken.
    ///
    /// # Errors
    /// `leaf_malformed`, `bad_base64`, or the codes of strict JSON.
    pub fn parse_leaf(body: &[u8]) -> Result<HashedRekord, AttestationError> {
        read::leaf(body)
    }

    /// Reads a create request as a server does: keys in `camelCase` or `snake_case`, unknown
    /// fields refused; the hash follows from `keyDetails`.
    ///
    /// # Errors
    /// `request_malformed`, `bad_base64`, `key_type_unsupported`, or the codes of strict JSON.
    pub fn parse_request(body: &[u8]) -> Result<HashedRekord, AttestationError> {
        read::request(body)
    }

    /// Checks the signature over the digest with the stored key, as the log's server does
    /// before it takes an entry. No chain, window or identity is looked at.
    ///
    /// # Errors
    /// `key_type_unsupported`, `key_unreadable`, `certificate_unreadable`, `request_malformed`
    /// if the fields contradict each other, `signature_invalid`.
    pub fn verify(&self) -> Result<(), AttestationError> {
        let algorithm = digest_algorithm(&self.key_details)?;
        let verifier = match &self.verifier {
            VerifierBytes::PublicKey(der) => Verifier::from_der_public_key(der)?,
            VerifierBytes::Certificate(der) => Verifier::from_der_certificate(der)?,
        };
        let contradiction = |reason: String| {
            Err(AttestationError::RequestMalformed { reason: reason.into_boxed_str() })
        };
        if verifier.algorithm() != algorithm {
            let found = verifier.algorithm();
            return contradiction(format!("`keyDetails` is {algorithm}, the key is {found}"));
        }
        if &*self.algorithm != algorithm.hash_name() {
            return contradiction(format!("the hash is not {}", algorithm.hash_name()));
        }
        if self.digest.len() != algorithm.hash_length() {
            return contradiction(format!(
                "the digest has {} bytes, {} has {}",
                self.digest.len(),
                algorithm.hash_name(),
                algorithm.hash_length()
            ));
        }
        signature::verify_digest(verifier.spki(), &self.digest, &self.signature).map_err(|()| {
            AttestationError::SignatureInvalid {
                which: "the entry's signature".into(),
                algorithm: algorithm.key_details(),
            }
        })
    }
}

impl VerifierBytes {
    /// The DER bytes.
    #[must_use]
    pub fn der(&self) -> &Bytes {
        self.parts().1
    }

    /// The JSON field and the DER bytes.
    fn parts(&self) -> (&'static str, &Bytes) {
        match self {
            VerifierBytes::PublicKey(der) => ("publicKey", der),
            VerifierBytes::Certificate(der) => ("x509Certificate", der),
        }
    }
}

/// The key type of `keyDetails`, if the log can take it.
fn digest_algorithm(key_details: &str) -> Result<KeyAlgorithm, AttestationError> {
    KeyAlgorithm::from_key_details(key_details)
        .filter(|a| a.signs_digest())
        .ok_or_else(|| unsupported(key_details))
}

fn unsupported(found: &str) -> AttestationError {
    let shown: String = found.chars().take(64).flat_map(char::escape_debug).collect();
    AttestationError::KeyTypeUnsupported {
        found: shown.into(),
        why: "by a Rekor v2 log",
        instead: INSTEAD,
    }
}
