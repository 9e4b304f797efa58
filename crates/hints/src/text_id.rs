//! What all ids share: a text with one spelling, compared bytewise, checked when read back.

use crate::error::{IdError, shown};

/// Makes a newtype over text. `stored` takes canonical text back (JSON) and checks only length and characters.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Most bytes that one value may have.
            pub const MAX_BYTES: usize = $max;

            /// The canonical text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes text that is canonical already, such as from stored hints. Nothing is normalised.
            ///
            /// # Errors
            /// Empty, too long, or with control characters.
            pub fn stored(text: &str) -> Result<Self, crate::IdError> {
                crate::text_id::check($what, text, Self::MAX_BYTES)?;
                Ok(Self(text.into()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::stored(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_id;

/// Not empty, not longer than `max` bytes, no control characters.
pub(crate) fn check(what: &'static str, text: &str, max: usize) -> Result<(), IdError> {
    if text.trim_ascii().is_empty() {
        return Err(IdError::Empty { what });
    }
    if text.len() > max {
        return Err(IdError::TooLong { what, len: text.len(), max });
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::BadCharacter { what, found: shown(text) });
    }
    Ok(())
}
