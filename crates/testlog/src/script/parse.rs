//! Fault scripts in TOML: strict, so that a misspelt fault is not silently no fault.

use std::fmt;

use serde::Deserialize;

use super::{Fault, Script, What, When};
use crate::options::TestLogError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default)]
    fault: Vec<FaultForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    what: WhatForm,
    #[serde(default)]
    when: WhenForm,
    count: Option<u64>,
    retry_after: Option<u64>,
    at: Option<u64>,
    same_size: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WhenForm {
    after: Option<u64>,
    every: Option<u64>,
    path: Option<String>,
}

/// A fault's name; its own type so that an error points at the line.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WhatForm(What);

impl TryFrom<String> for WhatForm {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = What::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, what)| Self(*what)).ok_or_else(|| {
            let known: Vec<&str> = What::NAMES.iter().map(|(name, _)| *name).collect();
            format!("`{name}` is no fault; known are {}", known.join(", "))
        })
    }
}

impl Script {
    /// Reads a script of `[[fault]]` tables.
    ///
    /// ```
    /// use rekindle_testlog::{Script, What};
    ///
    /// let script = Script::parse("[[fault]]\nwhat = '429'\nretry_after = 2\nwhen = { after = 3 }\n")?;
    /// assert_eq!(script.faults[0].what, What::TooMany);
    /// # Ok::<(), rekindle_testlog::TestLogError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TestLogError> {
        let form: Form = toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end()))?;
        let faults = form.fault.into_iter().enumerate().map(|(at, fault)| fault.check(at + 1));
        Ok(Self { faults: faults.collect::<Result<_, _>>()? })
    }
}

impl FaultForm {
    fn check(self, number: usize) -> Result<Fault, TestLogError> {
        let what = self.what.0;
        let fork = what == What::Fork;
        if self.when.every == Some(0) {
            return Err(wrong(format_args!(
                "fault {number}: every = 0 never comes; use 1 for each request"
            )));
        }
        if self.count == Some(0) {
            return Err(wrong(format_args!(
                "fault {number}: count = 0 never comes; leave the fault out"
            )));
        }
        if self.retry_after.is_some() && !matches!(what, What::TooMany | What::Pushback) {
            return Err(wrong(format_args!(
                "fault {number}: retry_after belongs to 429 and 503 only"
            )));
        }
        if (self.at.is_some() || self.same_size.is_some()) && !fork {
            return Err(wrong(format_args!(
                "fault {number}: at and same_size belong to fork only"
            )));
        }
        Ok(Fault {
            what,
            when: When {
                after: self.when.after.unwrap_or(0),
                every: self.when.every.unwrap_or(1),
                path: self.when.path,
            },
            // A fork happens once; a second one would replace the first.
            count: self.count.or(fork.then_some(1)),
            retry_after: self.retry_after,
            at: self.at,
            same_size: self.same_size.unwrap_or(false),
        })
    }
}

fn wrong(why: impl fmt::Display) -> TestLogError {
    TestLogError::Script { why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_every_field() {
        for (name, what) in What::NAMES {
            let script = Script::parse(&format!("[[fault]]\nwhat = '{name}'\n")).unwrap();
            assert_eq!(script.faults[0].what, what);
        }
        let text = "[[fault]]\nwhat = 'fork'\nat = 3\nsame_size = true\nwhen = { after = 1, every = 2, path = '/tile' }\n";
        let fault = &Script::parse(text).unwrap().faults[0];
        assert_eq!((fault.at, fault.same_size, fault.count), (Some(3), true, Some(1)));
        assert_eq!(fault.when, When { after: 1, every: 2, path: Some("/tile".to_owned()) });
        assert_eq!(Script::parse("").unwrap(), Script::default());
    }

    #[test]
    fn mistakes_are_named() {
        for (text, says) in [
            ("[[fault]]\nwhat = 'slow'", "`slow` is no fault; known are 429"),
            ("[[fault]]\nwhat = 'cut'\nwen = {}", "unknown field `wen`"),
            ("[[fault]]\nwhat = 'cut'\nwhen = { every = 0 }", "fault 1: every = 0"),
            ("[[fault]]\nwhat = 'cut'\ncount = 0", "count = 0"),
            ("[[fault]]\nwhat = 'cut'\nretry_after = 1", "429 and 503 only"),
            ("[[fault]]\nwhat = 'cut'\nat = 1", "fork only"),
            ("[[fault]]\n", "missing field `what`"),
            ("[[faults]]\nwhat = 'cut'", "unknown field `faults`"),
        ] {
            let said = Script::parse(text).unwrap_err().to_string();
            assert!(said.contains(says), "{text}: {said}");
        }
        let said = Script::parse("[[fault]]\nwhat = 'cut'\n\n[[fault]]\nwhat = 'slow'")
            .unwrap_err()
            .to_string();
        assert!(said.contains("line 5"), "{said}");
    }
}
