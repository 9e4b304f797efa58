//! A policy: a consumer's registered interest, and what it says about events that a producer narrowed.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::PolicyError;
use crate::scope::Scope;
use crate::text;

/// Longest policy id in bytes: an id goes into URLs, event subjects and table keys.
pub const MAX_POLICY_ID_BYTES: usize = 128;

/// Most event kinds in `on`; there are about twenty kinds in all.
pub const MAX_KINDS: usize = 64;

/// Longest event kind in bytes.
const MAX_KIND_BYTES: usize = 64;

/// The name of a policy: 1 to 128 bytes of printable ASCII without space. Ordered bytewise; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(Arc<str>);

/// What to do with a policy that has no interest in the axis to which a producer narrowed an event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum OnScoped {
    /// Wake it, to be evaluated for the event's scope only.
    #[default]
    Narrow,
    /// Do not wake it.
    Skip,
    /// Wake it in full, as if the event had no scope.
    Full,
}

/// A consumer's registered interest: the thing that is computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub id: PolicyId,
    /// Counts changes from 1; whoever stores policies assigns it.
    pub revision: u64,
    /// Which entities it is about.
    pub scope: Scope,
    /// Event kinds that fire it beyond [`Policy::DEFAULT_ON`]; sorted, no duplicates.
    pub on: Vec<Box<str>>,
    /// What an event means to it that a producer narrowed along an axis in which it has no interest.
    pub on_scoped: OnScoped,
}

impl Policy {
    /// The event kinds that fire every policy.
    pub const DEFAULT_ON: [&str; 4] = [
        "rekor.entry.inclusion_verified",
        "rekor.entry.suspect",
        "rekor.entry.reinstated",
        "rekor.entry.hints_revised",
    ];

    /// A policy of revision 1 with default behaviour.
    pub const fn new(id: PolicyId, scope: Scope) -> Self {
        Self { id, revision: 1, scope, on: Vec::new(), on_scoped: OnScoped::Narrow }
    }

    /// The same with further event kinds, sorted and without duplicates.
    ///
    /// # Errors
    /// [`PolicyError::BadKind`] and [`PolicyError::TooManyKinds`].
    pub fn with_on<S: AsRef<str>>(
        mut self,
        kinds: impl IntoIterator<Item = S>,
    ) -> Result<Self, PolicyError> {
        self.on = Vec::new();
        for kind in kinds {
            let kind = kind.as_ref();
            if !is_kind(kind) {
                return Err(PolicyError::BadKind { found: text::shown(kind) });
            }
            self.on.push(kind.into());
        }
        self.on.sort_unstable();
        self.on.dedup();
        if self.on.len() > MAX_KINDS {
            return Err(PolicyError::TooManyKinds { found: self.on.len(), limit: MAX_KINDS });
        }
        Ok(self)
    }

    /// Whether an event of that kind may wake this policy.
    pub fn fires_on(&self, kind: &str) -> bool {
        Self::DEFAULT_ON.contains(&kind) || self.on.iter().any(|named| **named == *kind)
    }

    /// `{id, revision, scope, on, onScoped}`, the scope as its canonical string.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "revision": self.revision,
            "scope": self.scope,
            "on": self.on,
            "onScoped": self.on_scoped,
        })
    }

    /// Reads `{id, scope, on, onScoped, revision}`. `on` and `onScoped` may be absent; `revision` too, then it is 1.
    /// The scope stands in string or object form.
    ///
    /// # Errors
    /// [`PolicyError`] for the first bad member; unknown members are refused, because a misspelt one would be lost.
    pub fn from_json(json: &Value) -> Result<Self, PolicyError> {
        let bad = |member, expected| PolicyError::BadMember { member, expected };
        let object = json.as_object().ok_or_else(|| bad("", "an object with id and scope"))?;
        let known = ["id", "scope", "on", "onScoped", "revision"];
        if let Some(found) = object.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(PolicyError::UnknownMember { found: text::shown(found) });
        }
        let id = object.get("id").and_then(Value::as_str).ok_or_else(|| bad("id", "a string"))?;
        let scope = object
            .get("scope")
            .ok_or_else(|| bad("scope", "a scope, for example \"component:openssl\""))?;
        let mut policy = Self::new(id.parse()?, Scope::from_json(scope)?);
        if let Some(kinds) = object.get("on") {
            let expected = || bad("on", "a list of event kinds");
            let list = kinds.as_array().ok_or_else(expected)?;
            let kinds: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            policy = policy.with_on(kinds.ok_or_else(expected)?)?;
        }
        if let Some(word) = object.get("onScoped") {
            policy.on_scoped =
                word.as_str().ok_or_else(|| bad("onScoped", "narrow, skip or full"))?.parse()?;
        }
        if let Some(revision) = object.get("revision") {
            policy.revision = revision
                .as_u64()
                .or_else(|| revision.as_str()?.parse().ok())
                .ok_or_else(|| bad("revision", "a whole number"))?;
        }
        Ok(policy)
    }
}

impl PolicyId {
    /// Checks and takes an id.
    ///
    /// # Errors
    /// [`PolicyError::BadId`].
    pub fn new(id: &str) -> Result<Self, PolicyError> {
        let length = 1..=MAX_POLICY_ID_BYTES;
        if !length.contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(PolicyError::BadId { found: text::shown(id) });
        }
        Ok(Self(id.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OnScoped {
    /// `narrow`, `skip` or `full`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Skip => "skip",
            Self::Full => "full",
        }
    }
}

impl FromStr for OnScoped {
    type Err = PolicyError;

    fn from_str(word: &str) -> Result<Self, PolicyError> {
        [Self::Narrow, Self::Skip, Self::Full]
            .into_iter()
            .find(|setting| setting.as_str() == word)
            .ok_or_else(|| PolicyError::BadOnScoped { found: text::shown(word) })
    }
}

impl fmt::Display for OnScoped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PolicyId {
    type Err = PolicyError;

    fn from_str(id: &str) -> Result<Self, PolicyError> {
        Self::new(id)
    }
}

impl Borrow<str> for PolicyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyId({})", self.0)
    }
}

impl Serialize for PolicyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PolicyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::new(&id).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(serde::de::Error::custom)
    }
}

/// Lower-case words joined by dots.
fn is_kind(kind: &str) -> bool {
    kind.len() <= MAX_KIND_BYTES
        && kind.split('.').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
}
