//! Reading a scope: the string form and the JSON object form. Both end in the same builder.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::dimension::Dimension;
use crate::error::{At, ScopeError};
use crate::scope::{Builder, MAX_SCOPE_BYTES, Scope};
use crate::text;

impl Scope {
    /// Reads the string form: `component:openssl,component:zlib;vuln:CVE-2026-0001`, `*` or `-`.
    ///
    /// `,` means "or" between atoms of one dimension, `;` means "and" between dimensions. In values `,`, `;`, `*`,
    /// white space and everything outside ASCII are percent-encoded.
    ///
    /// # Errors
    /// [`ScopeError`] with the byte offset of the first mistake.
    pub fn parse(input: &str) -> Result<Self, ScopeError> {
        match input {
            "*" => return Ok(Self::everything()),
            "-" => return Ok(Self::nothing()),
            _ if input.len() > MAX_SCOPE_BYTES => {
                return Err(ScopeError::TooLong { length: input.len(), limit: MAX_SCOPE_BYTES });
            }
            _ => {}
        }
        let mut builder = Builder::default();
        let mut offset = 0;
        for clause in input.split(';') {
            let mut current = None;
            for atom in clause.split(',') {
                let at = || At::Byte(offset);
                let (dimension, value) = split(atom, offset)?;
                match current {
                    None => {
                        builder.clause(dimension, at)?;
                        current = Some(dimension);
                    }
                    Some(clause) if clause != dimension => {
                        return Err(ScopeError::MixedDimensions {
                            clause,
                            found: dimension,
                            at: at(),
                        });
                    }
                    Some(_) => {}
                }
                let start = offset + atom.len() - value.len();
                if let Some(bad) = value.bytes().position(|byte| !byte.is_ascii_graphic()) {
                    let reason =
                        "white space, control and non-ASCII characters are percent-encoded".into();
                    let (value, at) = (text::shown(value), At::Byte(start + bad));
                    return Err(ScopeError::BadValue { dimension, value, reason, at });
                }
                builder.value(value, || At::Byte(start))?;
                offset += atom.len() + 1;
            }
        }
        builder.finish()
    }

    /// Reads the object form `{"component":["openssl"],"vuln":["CVE-2026-0001"]}`, or a string in string form.
    ///
    /// Values are written as in the string form; `,`, `;`, spaces and non-ASCII may also stand as they are. A single
    /// string stands for a list of one. The empty object narrows nothing and equals `*`; an empty list is refused.
    ///
    /// # Errors
    /// [`ScopeError`] with a JSON pointer to the mistake.
    pub fn from_json(json: &Value) -> Result<Self, ScopeError> {
        let object = match json {
            Value::String(text) => return Self::parse(text),
            Value::Object(object) if object.is_empty() => return Ok(Self::everything()),
            Value::Object(object) => object,
            _ => {
                let at = At::Pointer("".into());
                return Err(ScopeError::BadJson { expected: "an object or a string", at });
            }
        };
        let mut builder = Builder::default();
        for (name, values) in object {
            let at = || pointer(name, None);
            builder.clause(known(name, at)?, at)?;
            let list = match values {
                Value::Array(list) if list.is_empty() => {
                    return Err(ScopeError::Empty { at: at() });
                }
                Value::Array(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            for (index, value) in list.iter().enumerate() {
                let at = || pointer(name, Some(index));
                let Value::String(value) = value else {
                    return Err(ScopeError::BadJson { expected: "a list of strings", at: at() });
                };
                builder.value(value, at)?;
            }
        }
        builder.finish()
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(input: &str) -> Result<Self, ScopeError> {
        Self::parse(input)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(serde::de::Error::custom)
    }
}

/// Splits `dimension:value`.
fn split(atom: &str, offset: usize) -> Result<(Dimension, &str), ScopeError> {
    if atom.is_empty() {
        return Err(ScopeError::Empty { at: At::Byte(offset) });
    }
    let Some((name, value)) = atom.split_once(':') else {
        return Err(ScopeError::MissingDimension {
            found: text::shown(atom),
            at: At::Byte(offset),
        });
    };
    Ok((known(name, || At::Byte(offset))?, value))
}

fn known(name: &str, at: impl FnOnce() -> At) -> Result<Dimension, ScopeError> {
    Dimension::from_name(name).ok_or_else(|| ScopeError::UnknownDimension {
        found: text::shown(name),
        nearest: Dimension::nearest(name),
        at: at(),
    })
}

/// A JSON pointer to a member, or to one of its values.
fn pointer(name: &str, index: Option<usize>) -> At {
    let name = text::shown(name).replace('~', "~0").replace('/', "~1");
    let index = index.map_or_else(String::new, |index| format!("/{index}"));
    At::Pointer(format!("/{name}{index}").into())
}
