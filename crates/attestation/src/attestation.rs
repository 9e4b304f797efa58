//! An attestation: an envelope whose signatures were verified with the verifier it came with.

use std::borrow::Cow;

use bytes::Bytes;

use crate::{AttestationError, AttestationId, Envelope, Signature, Verifier, pae, signature};

/// What a signature covers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// A DSSE payload; the signed bytes are its PAE.
    Dsse {
        /// What the payload is, a media type.
        payload_type: Box<str>,
        /// The decoded payload.
        payload: Bytes,
    },
    /// Only the digest of a message is known. Not constructed yet.
    Message(MessageDigest),
}

/// The digest of a message that was signed directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDigest {
    /// The hash as Sigstore names it, such as `SHA2_256`.
    pub algorithm: Box<str>,
    /// The digest's bytes.
    pub digest: Bytes,
}

/// The exact signed bytes that were handed in, with the key or certificate that verifies them.
/// Holding one means: every signature was verified over the PAE with this verifier.
#[derive(Clone, Debug)]
pub struct Attestation {
    id: AttestationId,
    raw: Bytes,
    signed: Signed,
    signatures: Vec<Signature>,
    verifier: Verifier,
}

impl Attestation {
    /// Verifies every signature of the envelope and computes the id.
    ///
    /// # Errors
    /// `no_signatures` for an envelope put together without one, `signature_invalid` for the
    /// first signature that does not verify.
    pub fn new(envelope: Envelope, verifier: Verifier) -> Result<Attestation, AttestationError> {
        let Envelope { raw, payload_type, payload, signatures } = envelope;
        if signatures.is_empty() {
            return Err(AttestationError::NoSignatures);
        }
        let message = pae(&payload_type, &payload);
        let check = signature::Message::new(verifier.spki(), &message);
        for (index, signature) in signatures.iter().enumerate() {
            check
                .verify(&signature.sig)
                .map_err(|()| verifier.invalid(format!("signature {index} of the envelope")))?;
        }
        let raw_signatures: Vec<&[u8]> = signatures.iter().map(|s| s.sig.as_ref()).collect();
        let id = AttestationId::compute(&message, &raw_signatures, verifier.der());
        Ok(Attestation {
            id,
            raw,
            signed: Signed::Dsse { payload_type, payload },
            signatures,
            verifier,
        })
    }

    /// Its name: equal for equal signed bytes, signatures and verifier.
    #[must_use]
    pub fn id(&self) -> AttestationId {
        self.id
    }

    /// The JSON text as it was handed in.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// What the signatures cover.
    #[must_use]
    pub fn signed(&self) -> &Signed {
        &self.signed
    }

    /// The signatures in the order of the envelope; at least one.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The key or certificate that every signature was verified with.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The payload, if it is known (a message signature has only a digest).
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        match &self.signed {
            Signed::Dsse { payload, .. } => Some(payload),
            Signed::Message(_) => None,
        }
    }

    /// The payload's media type, if there is a payload.
    #[must_use]
    pub fn payload_type(&self) -> Option<&str> {
        match &self.signed {
            Signed::Dsse { payload_type, .. } => Some(payload_type),
            Signed::Message(_) => None,
        }
    }

    /// The bytes that were signed: the PAE, or for a message signature the digest.
    #[must_use]
    pub fn pae(&self) -> Cow<'_, [u8]> {
        match &self.signed {
            Signed::Dsse { payload_type, payload } => Cow::Owned(pae(payload_type, payload)),
            Signed::Message(message) => Cow::Borrowed(&message.digest),
        }
    }
}
