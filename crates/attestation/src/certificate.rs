//! An X.509 certificate: its key, its window and the identities it names. Nothing is trusted:
//! no chain, no clock, no root.

use bytes::Bytes;
use der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::{AttestationError, Spki};

/// Most bytes of a DER certificate. The base64 of a larger one cannot fit into a log entry of
/// 65,535 bytes.
const MAX_CERTIFICATE: usize = 49_152;

/// A certificate that was read, not checked against any root or clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Bytes,
    spki: Spki,
    not_before: i64,
    not_after: i64,
    identities: Vec<String>,
}

impl Certificate {
    /// Reads one DER certificate without anything after it.
    ///
    /// # Errors
    /// `certificate_unreadable`, or `key_type_unsupported` for a key of another kind or size.
    pub fn from_der(der: &[u8]) -> Result<Certificate, AttestationError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(unreadable(format!("{} bytes, more than {MAX_CERTIFICATE}", der.len())));
        }
        let parsed =
            x509_cert::Certificate::from_der(der).map_err(|e| unreadable(e.to_string()))?;
        let tbs = parsed.tbs_certificate();
        let key = tbs.subject_public_key_info().to_der().map_err(|e| unreadable(e.to_string()))?;
        let spki = Spki::from_der(&key).map_err(|e| match e {
            AttestationError::KeyUnreadable { reason } => unreadable(format!("its key: {reason}")),
            other => other,
        })?;
        let names = tbs
            .get_extension::<SubjectAltName>()
            .map_err(|e| unreadable(format!("its subject alternative name: {e}")))?;
        let validity = tbs.validity();
        Ok(Certificate {
            der: Bytes::copy_from_slice(der),
            spki,
            not_before: seconds(validity.not_before),
            not_after: seconds(validity.not_after),
            identities: names.map(|(_, names)| identities(&names)).unwrap_or_default(),
        })
    }

    /// The DER bytes, exactly as given.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certified key.
    #[must_use]
    pub fn spki(&self) -> &Spki {
        &self.spki
    }

    /// Start of the window, inclusive, in Unix seconds.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of the window, inclusive, in Unix seconds.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// E-mail addresses and URIs of the subject alternative name, in the certificate's order.
    #[must_use]
    pub fn identities(&self) -> &[String] {
        &self.identities
    }
}

fn identities(names: &SubjectAltName) -> Vec<String> {
    let text = |name: &GeneralName| match name {
        GeneralName::Rfc822Name(text) | GeneralName::UniformResourceIdentifier(text) => {
            Some(text.as_str().to_owned())
        }
        _ => None,
    };
    names.0.iter().filter_map(text).collect()
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    // X.509 years end at 9999, far below i64::MAX.
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn unreadable(reason: impl Into<Box<str>>) -> AttestationError {
    AttestationError::CertificateUnreadable { reason: reason.into() }
}
