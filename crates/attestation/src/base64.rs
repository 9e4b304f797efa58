//! Base64 as it is read and written here: padded, no white space, canonical.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::AttestationError;

/// Standard alphabet with padding: what the log prints and what this crate emits.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Standard or URL-safe alphabet (the DSSE specification allows both), padded. One text may
/// not mix the two.
pub(crate) fn decode_either(text: &str, field: &str) -> Result<Vec<u8>, AttestationError> {
    let url_safe = text.bytes().any(|b| b == b'-' || b == b'_');
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    engine.decode(text).map_err(|e| bad(field, &e))
}

/// Standard alphabet only.
pub(crate) fn decode_standard(text: &str, field: &str) -> Result<Vec<u8>, AttestationError> {
    STANDARD.decode(text).map_err(|e| bad(field, &e))
}

fn bad(field: &str, reason: &base64::DecodeError) -> AttestationError {
    AttestationError::BadBase64 { field: field.into(), reason: reason.to_string().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_padded_and_nothing_else() {
        assert_eq!(decode_either("+/8=", "f").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode_either("-_8=", "f").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode_either("", "f").unwrap(), [0u8; 0]);
        for bad in ["-/8=", "+/8", "+/8=\n", " +/8=", "+/9=", "A", "====", "é==="] {
            assert_eq!(decode_either(bad, "f").unwrap_err().code(), "bad_base64", "{bad:?}");
        }
        assert!(decode_standard("-_8=", "f").is_err());
    }
}
