//! How much of a stranger's input is read before it is refused.

/// Bounds on one document that somebody hands in.
///
/// The defaults are the one input limit of Rekindle; an operator may raise
/// [`max_document`](Self::max_document), the other two follow from real documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a decoded payload. The JSON around it may be larger by what base64 and
    /// the envelope's other fields cost, see [`Limits::max_raw`].
    pub max_document: usize,
    /// Deepest nesting of arrays and objects. Real documents stay below 30.
    pub max_depth: usize,
    /// Most signatures in one envelope.
    pub max_signatures: usize,
}

/// Room for everything in an envelope or bundle that is not the payload: signatures,
/// certificates, inclusion proofs, timestamps, white space.
const RAW_SLACK: usize = 1 << 20;

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_document: 16 << 20, max_depth: 128, max_signatures: 16 }
    }
}

impl Limits {
    /// Most bytes of the JSON text: base64 of [`max_document`](Self::max_document) bytes and
    /// 1 MiB for all the rest.
    #[must_use]
    pub fn max_raw(&self) -> usize {
        self.max_document.div_ceil(3).saturating_mul(4).saturating_add(RAW_SLACK)
    }
}
