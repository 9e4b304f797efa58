//! Package URLs: one parser, one canonical form, and the keys derived from it.
//!
//! Follows the package URL standard 1.0; the rules of the types are the table in `types`. A package URL that only
//! breaks a rule of its type (a missing namespace, say) still has a canonical form; broken syntax has none.

mod parse;
mod types;

use std::collections::BTreeMap;
use std::fmt;

use crate::IdError;
use crate::percent::{encode, encode_into};

/// A package URL, decoded and normalised by the rules of its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// Type, lower-case.
    pub ty: Box<str>,
    /// Namespace, segments joined by `/`, decoded.
    pub namespace: Option<Box<str>>,
    /// Name, decoded.
    pub name: Box<str>,
    /// Version, decoded; opaque.
    pub version: Option<Box<str>>,
    /// Qualifiers by lower-case key, decoded; no empty values.
    pub qualifiers: BTreeMap<Box<str>, Box<str>>,
    /// Path below the package, decoded.
    pub subpath: Option<Box<str>>,
}

impl Purl {
    /// Reads a package URL and normalises it. `pkg://` and other leading slashes are accepted.
    ///
    /// # Errors
    /// Broken syntax: no `pkg:`, no type, no name, a qualifier without key or given twice, bytes that are not UTF-8.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        parse::parse(text)
    }

    /// Type, namespace and name without the rest: `pkg:type/ns/name`. Only for `oci` the place is part of it, as
    /// `?repository_url=`.
    #[must_use]
    pub fn package_key(&self) -> String {
        let mut key = self.path();
        if &*self.ty == "oci"
            && let Some(place) = self.qualifiers.get("repository_url")
        {
            key.push_str("?repository_url=");
            encode_into(&mut key, place);
        }
        key
    }

    /// What a person calls it: the name without namespace, for `git` the last part of the path.
    #[must_use]
    pub fn component_name(&self) -> &str {
        if &*self.ty == types::GIT {
            self.name.rsplit('/').next().unwrap_or(&self.name)
        } else {
            &self.name
        }
    }

    fn path(&self) -> String {
        let mut out = format!("pkg:{}/", self.ty);
        for segment in self.namespace.iter().flat_map(|namespace| namespace.split('/')) {
            encode_into(&mut out, segment);
            out.push('/');
        }
        if &*self.ty == types::GIT {
            for (index, segment) in self.name.split('/').enumerate() {
                out.push_str(if index == 0 { "" } else { "/" });
                encode_into(&mut out, segment);
            }
        } else {
            encode_into(&mut out, &self.name);
        }
        out
    }
}

impl fmt::Display for Purl {
    /// The canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())?;
        if let Some(version) = &self.version {
            write!(f, "@{}", encode(version))?;
        }
        for (index, (key, value)) in self.qualifiers.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            write!(f, "{mark}{key}={}", encode(value))?;
        }
        for (index, segment) in
            self.subpath.iter().flat_map(|subpath| subpath.split('/')).enumerate()
        {
            let mark = if index == 0 { '#' } else { '/' };
            write!(f, "{mark}{}", encode(segment))?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Purl {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
