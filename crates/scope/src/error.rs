//! What can be wrong with a scope or a policy, and where.

use std::fmt;

use crate::Dimension;

/// Where in the input a scope is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Byte offset in the string form, from 0.
    Byte(usize),
    /// JSON pointer in the object form, such as `/vuln/1`.
    Pointer(Box<str>),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Pointer(pointer) => write!(f, "`{pointer}`"),
        }
    }
}

/// Why a scope was refused. A scope is refused as a whole: half a scope would wake the wrong policies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// Nothing was written where a scope, a clause or an atom must stand.
    #[error(
        "{at}: empty scope, clause or atom; write `dimension:value`, `*` for everything or `-` for nothing"
    )]
    Empty {
        /// Where.
        at: At,
    },
    /// An atom has no `dimension:` in front.
    #[error(
        "{at}: `{found}` has no dimension; write `dimension:value`, for example `component:{found}`"
    )]
    MissingDimension {
        /// The atom as written, cut if long.
        found: Box<str>,
        /// Where.
        at: At,
    },
    /// The word before the colon is not a dimension.
    #[error("{at}: unknown dimension `{found}`{}; known are component, digest, predicate, purl, status, vuln", suggestion(.nearest))]
    UnknownDimension {
        /// The word as written, cut if long.
        found: Box<str>,
        /// The dimension that was probably meant, if one is close.
        nearest: Option<Dimension>,
        /// Where.
        at: At,
    },
    /// Two clauses share a dimension; whether "and" or "or" was meant is not for us to guess.
    #[error(
        "{at}: dimension `{dimension}` stands in two clauses; join its atoms with `,` (or) in one clause"
    )]
    DuplicateDimension {
        /// The dimension.
        dimension: Dimension,
        /// Where the second clause starts.
        at: At,
    },
    /// The atoms of one clause have different dimensions.
    #[error(
        "{at}: a clause about `{clause}` holds a `{found}` atom; separate dimensions with `;` (and)"
    )]
    MixedDimensions {
        /// The clause's dimension, from its first atom.
        clause: Dimension,
        /// The other one.
        found: Dimension,
        /// Where.
        at: At,
    },
    /// A value does not fit its dimension.
    #[error("{at}: bad {dimension} value `{value}`: {reason}")]
    BadValue {
        /// The dimension.
        dimension: Dimension,
        /// The value as written, cut if long.
        value: Box<str>,
        /// What is wrong and what to write instead.
        reason: Box<str>,
        /// Where.
        at: At,
    },
    /// A value is longer than any key that hints can hold.
    #[error("{at}: a {dimension} value of {length} bytes; the limit is {limit}")]
    ValueTooLong {
        /// The dimension.
        dimension: Dimension,
        /// Bytes in canonical form.
        length: usize,
        /// The limit in bytes.
        limit: usize,
        /// Where.
        at: At,
    },
    /// The whole scope is too long.
    #[error(
        "the scope has {length} bytes; the limit is {limit}: use a trailing `*`, or several policies"
    )]
    TooLong {
        /// Bytes in string form.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The JSON is neither a scope object nor a scope string.
    #[error("{at}: expected {expected}; the object form is like {{\"component\":[\"openssl\"]}}")]
    BadJson {
        /// What should stand there.
        expected: &'static str,
        /// Where.
        at: At,
    },
}

impl ScopeError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty_scope",
            Self::MissingDimension { .. } => "missing_dimension",
            Self::UnknownDimension { .. } => "unknown_dimension",
            Self::DuplicateDimension { .. } => "duplicate_dimension",
            Self::MixedDimensions { .. } => "mixed_dimensions",
            Self::BadValue { .. } => "bad_value",
            Self::ValueTooLong { .. } => "value_too_long",
            Self::TooLong { .. } => "scope_too_long",
            Self::BadJson { .. } => "bad_scope_json",
        }
    }

    /// Where the input is wrong; `None` if it is wrong as a whole.
    pub fn at(&self) -> Option<&At> {
        match self {
            Self::Empty { at }
            | Self::MissingDimension { at, .. }
            | Self::UnknownDimension { at, .. }
            | Self::DuplicateDimension { at, .. }
            | Self::MixedDimensions { at, .. }
            | Self::BadValue { at, .. }
            | Self::ValueTooLong { at, .. }
            | Self::BadJson { at, .. } => Some(at),
            Self::TooLong { .. } => None,
        }
    }
}

/// Why a policy was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The id cannot be used.
    #[error("bad policy id `{found}`: 1 to 128 printable ASCII characters without space")]
    BadId {
        /// The id as written, cut if long.
        found: Box<str>,
    },
    /// The scope cannot be read.
    #[error("scope: {0}")]
    Scope(#[from] ScopeError),
    /// An event kind in `on` cannot be one.
    #[error(
        "bad event kind `{found}` in `on`: write lower-case words joined by dots, such as rekor.entry.logged"
    )]
    BadKind {
        /// The kind as written, cut if long.
        found: Box<str>,
    },
    /// `on` names too many event kinds.
    #[error("`on` names {found} event kinds; the limit is {limit}")]
    TooManyKinds {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// `onScoped` is not one of its words.
    #[error("bad `onScoped` value `{found}`: write narrow, skip or full")]
    BadOnScoped {
        /// The word as written, cut if long.
        found: Box<str>,
    },
    /// The JSON has a member that a policy has not.
    #[error("a policy has no member `{found}`; known are id, scope, on, onScoped, revision")]
    UnknownMember {
        /// The member's name, cut if long.
        found: Box<str>,
    },
    /// A member is missing or of the wrong type.
    #[error("policy member `{member}`: expected {expected}")]
    BadMember {
        /// The member's name.
        member: &'static str,
        /// What should stand there.
        expected: &'static str,
    },
}

impl PolicyError {
    /// Stable code for machines; a scope error keeps its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadId { .. } => "bad_policy_id",
            Self::Scope(error) => error.code(),
            Self::BadKind { .. } => "bad_event_kind",
            Self::TooManyKinds { .. } => "too_many_event_kinds",
            Self::BadOnScoped { .. } => "bad_on_scoped",
            Self::UnknownMember { .. } => "unknown_policy_member",
            Self::BadMember { .. } => "bad_policy_member",
        }
    }
}

fn suggestion(nearest: &Option<Dimension>) -> String {
    nearest.map_or_else(String::new, |dimension| format!(", did you mean `{dimension}`?"))
}
