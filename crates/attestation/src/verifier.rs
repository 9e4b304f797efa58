//! What a signature is checked with: a public key, or a certificate around one.

use crate::{AttestationError, Certificate, KeyAlgorithm, Spki, signature};

/// Most bytes of PEM text. A certificate of the largest size with its chain is below it.
const MAX_PEM: usize = 256 << 10;

/// A public key or a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verifier {
    /// A bare public key.
    PublicKey(Spki),
    /// A certificate; its key verifies.
    Certificate(Certificate),
}

impl Verifier {
    /// Reads PEM: one `PUBLIC KEY`, or a `CERTIFICATE` that may be followed by its chain (the
    /// first one counts). Private keys and other blocks are refused.
    ///
    /// # Errors
    /// `key_unreadable`, `certificate_unreadable`, `key_type_unsupported`.
    pub fn from_pem(text: &[u8]) -> Result<Verifier, AttestationError> {
        if text.len() > MAX_PEM {
            return Err(unreadable(format!("{} bytes of PEM, more than {MAX_PEM}", text.len())));
        }
        let certificate = text.windows(17).any(|w| w == b"BEGIN CERTIFICATE");
        let blocks = pem::parse_many(text).map_err(|e| {
            let reason = format!("bad PEM: {e}").into();
            if certificate {
                AttestationError::CertificateUnreadable { reason }
            } else {
                AttestationError::KeyUnreadable { reason }
            }
        })?;
        let Some(first) = blocks.first() else {
            return Err(if certificate {
                AttestationError::CertificateUnreadable { reason: "no complete PEM block".into() }
            } else {
                unreadable("no PEM block found")
            });
        };
        match first.tag() {
            "PUBLIC KEY" if blocks.len() == 1 => Verifier::from_der_public_key(first.contents()),
            "PUBLIC KEY" => Err(unreadable("more than one PEM block")),
            "CERTIFICATE" if blocks.iter().all(|b| b.tag() == "CERTIFICATE") => {
                Verifier::from_der_certificate(first.contents())
            }
            "CERTIFICATE" => Err(AttestationError::CertificateUnreadable {
                reason: "a PEM block of another kind follows it".into(),
            }),
            tag if tag.ends_with("PRIVATE KEY") => {
                Err(unreadable("this is a private key; keep it secret and give the public one"))
            }
            tag => Err(unreadable(format!("PEM block `{}`", tag.escape_debug()))),
        }
    }

    /// Reads a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// `key_unreadable`, `key_type_unsupported`.
    pub fn from_der_public_key(der: &[u8]) -> Result<Verifier, AttestationError> {
        Spki::from_der(der).map(Verifier::PublicKey)
    }

    /// Reads a DER certificate.
    ///
    /// # Errors
    /// `certificate_unreadable`, `key_type_unsupported`.
    pub fn from_der_certificate(der: &[u8]) -> Result<Verifier, AttestationError> {
        Certificate::from_der(der).map(Verifier::Certificate)
    }

    /// The DER of the key or the certificate, exactly as given.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        match self {
            Verifier::PublicKey(spki) => spki.der(),
            Verifier::Certificate(certificate) => certificate.der(),
        }
    }

    /// The key, also of a certificate.
    #[must_use]
    pub fn spki(&self) -> &Spki {
        match self {
            Verifier::PublicKey(spki) => spki,
            Verifier::Certificate(certificate) => certificate.spki(),
        }
    }

    /// The key type.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.spki().algorithm()
    }

    /// Checks a signature over `message` (hashed here where the key type asks for it).
    ///
    /// # Errors
    /// `signature_invalid`.
    pub fn verify(&self, message: &[u8], sig: &[u8]) -> Result<(), AttestationError> {
        signature::Message::new(self.spki(), message)
            .verify(sig)
            .map_err(|()| self.invalid("the signature"))
    }

    /// The error for a signature, by its name in the message.
    pub(crate) fn invalid(&self, which: impl Into<Box<str>>) -> AttestationError {
        AttestationError::SignatureInvalid {
            which: which.into(),
            algorithm: self.algorithm().key_details(),
        }
    }
}

fn unreadable(reason: impl Into<Box<str>>) -> AttestationError {
    AttestationError::KeyUnreadable { reason: reason.into() }
}
