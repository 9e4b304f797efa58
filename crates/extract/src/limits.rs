//! Bounds of one extraction.

/// How much is read of one input. Truncation is deterministic: elements count in document order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one decoded document; more is refused. The file around it may have twice as many, since an
    /// envelope holds its payload in base64.
    pub max_document: usize,
    /// Most elements (components, statements, materials …) of one input; the rest is not read and every coverage
    /// becomes partial.
    pub max_nodes: usize,
    /// Most subjects of one statement; the rest is not read and coverage becomes partial.
    pub max_subjects: usize,
    /// Deepest nesting of the JSON; deeper is refused.
    pub max_depth: usize,
}

/// The largest real documents are a CSAF file with 23 MB and SBOMs with 14 MB; almost all are far smaller.
const MAX_DOCUMENT: usize = 16 << 20;
/// Image SBOMs have some ten thousand elements.
const MAX_NODES: usize = 100_000;
/// The most that was seen are 113.
const MAX_SUBJECTS: usize = 1_024;
/// Valid documents stay below 15, the deepest test vector of a standard has 66.
const MAX_DEPTH: usize = 128;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_document: MAX_DOCUMENT,
            max_nodes: MAX_NODES,
            max_subjects: MAX_SUBJECTS,
            max_depth: MAX_DEPTH,
        }
    }
}
