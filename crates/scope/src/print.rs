//! Writing a scope: the canonical string and the canonical object.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::scope::{Form, Scope};

impl fmt::Display for Scope {
    /// The canonical string: dimensions by name, values bytewise, no duplicates. Parsing it gives this scope again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clauses = match &self.0 {
            Form::Everything => return f.write_str("*"),
            Form::Nothing => return f.write_str("-"),
            Form::Clauses(clauses) => clauses,
        };
        for (index, clause) in clauses.iter().enumerate() {
            let mut separator = if index == 0 { "" } else { ";" };
            for term in &clause.terms {
                write!(f, "{separator}{}:{}", clause.dimension, term.value)?;
                separator = ",";
            }
        }
        Ok(())
    }
}

impl Scope {
    /// The object form, members and values sorted; `*` and `-` stay strings.
    pub fn to_json(&self) -> Value {
        let Form::Clauses(clauses) = &self.0 else {
            return Value::String(self.to_string());
        };
        let members = clauses.iter().map(|clause| {
            let values = clause.terms.iter().map(|term| Value::from(&*term.value)).collect();
            (clause.dimension.as_str().to_owned(), Value::Array(values))
        });
        Value::Object(members.collect::<Map<_, _>>())
    }
}

impl Serialize for Scope {
    /// As the canonical string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
