//! Component names: what a person calls a piece of software.

use crate::IdError;
use crate::text_id::{check, text_id};

text_id! {
    /// A component name without namespace and version, such as `openssl`. Case is as its source has it; scopes compare
    /// case-folded.
    Component, "component name", 1024
}

impl Component {
    /// Takes a name; surrounding white space goes.
    ///
    /// # Errors
    /// Empty, longer than [`Component::MAX_BYTES`], or with control characters.
    pub fn parse(name: &str) -> Result<Self, IdError> {
        let name = name.trim();
        check("component name", name, Self::MAX_BYTES)?;
        Ok(Self(name.into()))
    }
}
