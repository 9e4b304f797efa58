//! The name that a log goes by: the first line of its checkpoints.

use std::fmt;
use std::str::FromStr;

use crate::hash::shorten;

/// Longest origin in bytes. Real ones are host names; this keeps names usable as database keys.
pub(crate) const MAX_ORIGIN: usize = 255;

/// The first line of a log's checkpoints, which names the log.
///
/// Non-empty, one line, no control characters. The key name on its signature lines is usually the
/// same text; a Rekor v1 log writes `host - tree id` as origin and signs as `host`, see
/// [`Origin::key_name`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Box<str>);

/// A text that cannot be an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Empty, longer than a name can be, or with a character that no name has.
    #[error("`{text}` is not an origin: {why}; use the first line of the log's checkpoint")]
    Invalid {
        /// What was given, cut to a printable length.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl OriginError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "origin_invalid",
        }
    }
}

impl Origin {
    /// Checks the text. The key name inside it must be one that a signature line can carry.
    pub fn new(text: &str) -> Result<Origin, OriginError> {
        let origin = Origin(text.into());
        let why = if text.is_empty() {
            "it is empty"
        } else if text.len() > MAX_ORIGIN {
            "it is longer than 255 bytes"
        } else if text.chars().any(char::is_control) {
            "it has a control character"
        } else if text != text.trim() {
            "it has white space at an end"
        } else if !is_key_name(origin.key_name()) {
            "its key name has white space or a plus sign"
        } else {
            return Ok(origin);
        };
        Err(OriginError::Invalid { text: shorten(text), why })
    }

    /// The origin as it stands in a checkpoint.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name on signature lines: the origin itself, or the host of a `host - tree id` origin.
    pub fn key_name(&self) -> &str {
        self.v1_parts().map_or(&*self.0, |(host, _)| host)
    }

    /// The decimal tree id of a `host - tree id` origin, which only Rekor v1 writes.
    pub fn tree_id(&self) -> Option<&str> {
        self.v1_parts().map(|(_, tree)| tree)
    }

    fn v1_parts(&self) -> Option<(&str, &str)> {
        let (host, tree) = self.0.split_once(" - ")?;
        let decimal = !tree.is_empty() && tree.bytes().all(|b| b.is_ascii_digit());
        decimal.then_some((host, tree))
    }
}

/// Key names of signed notes: non-empty, no Unicode white space, no plus sign.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        Origin::new(text)
    }
}

impl AsRef<str> for Origin {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_and_v2_names() {
        let v2 = Origin::new("log2025-1.rekor.sigstore.dev").unwrap();
        assert_eq!((v2.key_name(), v2.tree_id()), ("log2025-1.rekor.sigstore.dev", None));
        let v1 = Origin::new("rekor.sigstore.dev - 1193050959916656506").unwrap();
        assert_eq!(
            (v1.key_name(), v1.tree_id()),
            ("rekor.sigstore.dev", Some("1193050959916656506"))
        );
    }

    #[test]
    fn names_that_no_note_can_carry() {
        for bad in [
            "",
            "a\nb",
            " a",
            "a ",
            "a b",
            "a+b",
            "a+b - 5",
            "a - b",
            " - 5",
            "a\u{a0}b",
            &"x".repeat(256),
        ] {
            assert_eq!(Origin::new(bad).unwrap_err().code(), "origin_invalid", "{bad:?}");
        }
    }
}
