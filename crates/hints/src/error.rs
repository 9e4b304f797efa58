//! What can be wrong with an id, and with hints read back from JSON.

/// Longest part of a foreign value that a message repeats: enough to recognise it, too little to flood a log.
const SHOWN_CHARS: usize = 80;

/// Why a value cannot be a hint. Such a value is dropped and its dimension becomes partial.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing, or only white space.
    #[error("the {what} is empty; leave it out instead")]
    Empty {
        /// What was to be read.
        what: &'static str,
    },
    /// Longer than any real id.
    #[error("the {what} has {len} bytes, at most {max} are kept; it is probably not an id")]
    TooLong {
        /// What was to be read.
        what: &'static str,
        /// Length in bytes.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// A control character, or outside of ASCII where only ASCII is allowed.
    #[error(
        "the {what} `{found}` holds a character that no {what} may hold; correct it at its source"
    )]
    BadCharacter {
        /// What was to be read.
        what: &'static str,
        /// The value, cut and escaped.
        found: Box<str>,
    },
    /// The value does not follow its own syntax.
    #[error("`{found}` is not a {what}: {why}")]
    Malformed {
        /// What was to be read.
        what: &'static str,
        /// The value, cut and escaped.
        found: Box<str>,
        /// The rule that it breaks.
        why: &'static str,
    },
}

impl IdError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "id_empty",
            Self::TooLong { .. } => "id_too_long",
            Self::BadCharacter { .. } => "id_bad_character",
            Self::Malformed { .. } => "id_malformed",
        }
    }

    pub(crate) fn malformed(what: &'static str, found: &str, why: &'static str) -> Self {
        Self::Malformed { what, found: shown(found), why }
    }
}

/// Why JSON is not a set of hints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HintsError {
    /// Another schema, or none.
    #[error(
        "schema is `{found}`, this version reads `rekindle.hints/1`; use the version that wrote it"
    )]
    Schema {
        /// What `schema` says, cut; empty if there is none.
        found: Box<str>,
    },
    /// A member is missing or has the wrong shape.
    #[error(
        "member `{member}` is {found}, expected {expected}; make the hints again from the attestation"
    )]
    Member {
        /// Name of the member.
        member: &'static str,
        /// What was found, in words.
        found: Box<str>,
        /// What belongs there.
        expected: &'static str,
    },
    /// A value in a list is not one that hints can hold.
    #[error("a value of `{member}` is refused: {source}")]
    Value {
        /// Name of the member.
        member: &'static str,
        /// Why.
        source: IdError,
    },
}

impl HintsError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Schema { .. } => "hints_schema",
            Self::Member { .. } => "hints_member",
            Self::Value { .. } => "hints_value",
        }
    }
}

/// A foreign value for a message: cut, control characters escaped.
pub(crate) fn shown(value: &str) -> Box<str> {
    value.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect::<String>().into()
}
