//! 64-bit numbers as decimal strings: JSON numbers lose digits above 2^53.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `u64` that is written as a decimal string without leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct U64s(pub u64);

impl U64s {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for U64s {
    fn from(number: u64) -> U64s {
        U64s(number)
    }
}

impl From<U64s> for u64 {
    fn from(number: U64s) -> u64 {
        number.0
    }
}

impl fmt::Display for U64s {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is no decimal 64-bit number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no number from 0 to {} in plain decimal without leading zeros", u64::MAX)]
pub struct U64sError {
    /// The text that was given.
    pub text: String,
}

impl U64sError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "number_invalid"
    }
}

impl FromStr for U64s {
    type Err = U64sError;

    fn from_str(text: &str) -> Result<U64s, U64sError> {
        let bad = || U64sError { text: text.into() };
        let number: u64 = text.parse().map_err(|_| bad())?;
        // `parse` takes "+7" and "007" as well; one number has one text.
        if text.starts_with('+') || (text.len() > 1 && text.starts_with('0')) {
            return Err(bad());
        }
        Ok(U64s(number))
    }
}

impl Serialize for U64s {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for U64s {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<U64s, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for U64s {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "U64s".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(0|[1-9][0-9]{0,19})$",
            "description": "64-bit number, decimal"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_text() {
        for number in [0, 1, 10, u64::MAX] {
            assert_eq!(U64s(number).to_string().parse(), Ok(U64s(number)));
        }
        for wrong in ["", "+7", "007", "00", "-1", "1.0", " 1", "18446744073709551616", "0x1"] {
            assert!(wrong.parse::<U64s>().is_err(), "{wrong}");
        }
        assert_eq!(serde_json::to_string(&U64s(u64::MAX)).unwrap(), "\"18446744073709551615\"");
        assert!(serde_json::from_str::<U64s>("7").is_err(), "a JSON number is refused");
    }
}
