//! Product keys: one text for whatever names a product.

use crate::cpe::Cpe;
use crate::percent::encode;
use crate::purl::Purl;
use crate::text_id::{check, text_id};
use crate::vulnerability::OTHER;
use crate::{Component, Digest, IdError};

const WHAT: &str = "product key";

/// Schemes of names that stand as they are written.
const VERBATIM: [&str; 7] = ["urn:", "swh:1:", "gitoid:", "swid:", "csaf:", "iri:", OTHER];

text_id! {
    /// A product key: a canonical package URL or CPE 2.3 name, `swid:…`, `urn:…`, `csaf:…`, `iri:…` for any other
    /// identifier, `name@version` for an element that has none, `other:…` for one that is broken.
    ProductKey, "product key", 1024
}

impl ProductKey {
    /// Reads an identifier as a document gives it, and normalises it.
    ///
    /// # Errors
    /// Empty, too long, or with control characters. Broken `pkg:` and `cpe:` names and identifiers with white space
    /// are no error; they become `other:…`.
    pub fn parse(id: &str) -> Result<Self, IdError> {
        let id = id.trim_ascii();
        check(WHAT, id, Self::MAX_BYTES)?;
        let starts = |prefix: &str| {
            id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if starts("pkg:") {
            Purl::parse(id).map_or_else(|_| Self::other(id), |purl| Self::stored(&purl.to_string()))
        } else if starts("cpe:") {
            Cpe::parse(id).map_or_else(|_| Self::other(id), |cpe| Self::stored(&cpe.to_string()))
        } else if id.starts_with(OTHER) {
            Self::stored(id)
        } else if id.chars().any(char::is_whitespace) {
            Self::other(id)
        } else if VERBATIM.iter().any(|scheme| starts(scheme)) {
            Self::stored(id)
        } else {
            Self::stored(&format!("iri:{id}"))
        }
    }

    /// The key of a package URL that is parsed already.
    ///
    /// # Errors
    /// Too long.
    pub fn from_purl(purl: &Purl) -> Result<Self, IdError> {
        Self::stored(&purl.to_string())
    }

    /// The key of a SWID tag id, which is opaque: `swid:` and the id percent-encoded.
    ///
    /// # Errors
    /// Empty or too long.
    pub fn from_swid(tag_id: &str) -> Result<Self, IdError> {
        check(WHAT, tag_id, Self::MAX_BYTES)?;
        Self::stored(&format!("swid:{}", encode(tag_id)))
    }

    /// The key of an element that has only a name: `group/name@version`, missing parts left out.
    ///
    /// # Errors
    /// No name, too long, or with control characters.
    pub fn from_name(
        group: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Result<Self, IdError> {
        check(WHAT, name, Self::MAX_BYTES)?;
        let mut out = String::new();
        if let Some(group) = group.map(str::trim).filter(|group| !group.is_empty()) {
            out.push_str(group);
            out.push('/');
        }
        out.push_str(name.trim());
        if let Some(version) = version.map(str::trim).filter(|version| !version.is_empty()) {
            out.push('@');
            out.push_str(version);
        }
        Self::stored(&out)
    }

    /// The package URL, if it is one.
    #[must_use]
    pub fn purl(&self) -> Option<Purl> {
        self.0.starts_with("pkg:").then(|| Purl::parse(&self.0).ok()).flatten()
    }

    /// Whether it is broken and kept only so that nobody misses it.
    #[must_use]
    pub fn is_other(&self) -> bool {
        self.0.starts_with(OTHER)
    }

    /// The component name that a package URL or a CPE name holds.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        if let Some(purl) = self.purl() {
            return Component::parse(purl.component_name()).ok();
        }
        if self.0.starts_with("cpe:") {
            return Component::parse(&Cpe::parse(&self.0).ok()?.product()?).ok();
        }
        None
    }

    /// The digest that is the version of a `pkg:oci`.
    #[must_use]
    pub fn oci_digest(&self) -> Option<Digest> {
        let purl = self.purl().filter(|purl| &*purl.ty == "oci")?;
        Digest::parse(&purl.version?).ok()
    }

    fn other(id: &str) -> Result<Self, IdError> {
        Self::stored(&format!("{OTHER}{id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Component, ProductKey};

    #[test]
    fn identifiers_become_keys() {
        for (written, key, component) in [
            (
                "pkg:deb/Debian/OpenSSL@3.0.11-1?arch=amd64",
                "pkg:deb/debian/openssl@3.0.11-1?arch=amd64",
                Some("openssl"),
            ),
            ("pkg:/oci/api", "pkg:oci/api", Some("api")),
            ("pkg:deb", "other:pkg:deb", None),
            ("cpe:/a:x:y", "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", Some("y")),
            ("cpe:x", "other:cpe:x", None),
            ("[ERROR] CVE type  not mapped", "other:[ERROR] CVE type  not mapped", None),
            ("urn:cdx:1234/1#a", "urn:cdx:1234/1#a", None),
            ("https://example.com/p", "iri:https://example.com/p", None),
            ("iri:https://example.com/p", "iri:https://example.com/p", None),
        ] {
            let parsed = ProductKey::parse(written).unwrap();
            assert_eq!(parsed.as_str(), key);
            assert_eq!(parsed.component().as_ref().map(Component::as_str), component);
            assert_eq!(ProductKey::parse(key).unwrap(), parsed, "canonical keys stay");
        }
        assert!(ProductKey::parse(&format!("pkg:npm/{}", "x".repeat(1024))).is_err());
        assert!(ProductKey::parse("a\u{0}").is_err());
    }

    #[test]
    fn names_stand_where_there_is_no_identifier() {
        let key =
            |group, version| ProductKey::from_name(group, "lib", version).unwrap().to_string();
        assert_eq!(key(Some("org"), Some("1")), "org/lib@1");
        assert_eq!(key(None, None), "lib");
        assert_eq!(key(Some(""), Some("")), "lib");
        assert_eq!(ProductKey::from_swid("a b/c").unwrap().as_str(), "swid:a%20b%2Fc");
    }

    #[test]
    fn an_oci_version_is_a_digest() {
        let hex = "a".repeat(64);
        let key = ProductKey::parse(&format!("pkg:oci/x@sha256%3A{}", hex.to_uppercase())).unwrap();
        assert_eq!(key.oci_digest().unwrap().as_str(), format!("sha256:{hex}"));
        assert_eq!(ProductKey::parse("pkg:oci/x@v1").unwrap().oci_digest(), None);
    }
}
