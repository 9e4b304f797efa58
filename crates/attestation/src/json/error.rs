//! Where and why a text is not strict JSON.

/// Longest part of a duplicate key that a message repeats, in characters.
const SHOWN_KEY: usize = 64;

/// What is wrong, see [`JsonError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// A byte sequence that is not UTF-8.
    #[error("the text is not UTF-8; save it as UTF-8")]
    NotUtf8,
    /// The same key twice in one object; holds its first characters.
    #[error("key `{0}` appears twice in one object; readers would differ about its value")]
    DuplicateKey(Box<str>),
    /// More nested arrays and objects than allowed.
    #[error("nested deeper than {limit} levels; flatten the document")]
    TooDeep {
        /// Most levels.
        limit: usize,
    },
    /// More values or objects than allowed.
    #[error("more than {limit} values; split the document")]
    TooManyValues {
        /// Most values of that kind.
        limit: usize,
    },
    /// Something else stands where this was expected.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A thing that JSON does not allow there.
    #[error("not valid JSON: {0}")]
    Syntax(&'static str),
    /// The text ends inside a value.
    #[error("the text ends too early; it may have been cut off")]
    Unfinished,
    /// Something follows the value.
    #[error("there is something after the end of the value; hand in one document at a time")]
    TrailingData,
}

impl JsonErrorKind {
    pub(super) fn duplicate(key: &str) -> JsonErrorKind {
        let shown: String = key.chars().take(SHOWN_KEY).flat_map(char::escape_debug).collect();
        JsonErrorKind::DuplicateKey(shown.into())
    }
}

/// Why a text is not strict JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct JsonError {
    kind: JsonErrorKind,
    offset: usize,
    line: usize,
    column: usize,
}

impl JsonError {
    pub(super) fn at(bytes: &[u8], offset: usize, kind: JsonErrorKind) -> JsonError {
        let before = &bytes[..offset.min(bytes.len())];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
        // Count characters, not bytes: continuation bytes are 10xxxxxx.
        let column = 1 + before[start..].iter().filter(|&&b| b & 0xc0 != 0x80).count();
        JsonError { kind, offset, line, column }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &JsonErrorKind {
        &self.kind
    }

    /// Bytes before the fault.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Line of the fault, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of the fault in characters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The stable code: `not_utf8`, `duplicate_key`, `too_deep`, `too_many_values`, or
    /// `not_json` for all the rest.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            JsonErrorKind::NotUtf8 => "not_utf8",
            JsonErrorKind::DuplicateKey(_) => "duplicate_key",
            JsonErrorKind::TooDeep { .. } => "too_deep",
            JsonErrorKind::TooManyValues { .. } => "too_many_values",
            JsonErrorKind::Expected(_)
            | JsonErrorKind::Syntax(_)
            | JsonErrorKind::Unfinished
            | JsonErrorKind::TrailingData => "not_json",
        }
    }
}
