//! Types and looks whose content is not read: only their family is known.

use rekindle_hints::Family;
use serde_json::Value;

use crate::select::below;

/// Type prefixes; a type belongs to the first that it is below.
const TYPES: [(&str, Family); 19] = [
    ("https://spdx.dev/Document", Family::Sbom),
    ("https://slsa.dev/verification_summary", Family::Verdict),
    ("https://in-toto.io/attestation/svr", Family::Verdict),
    ("https://in-toto.io/attestation/test-result", Family::Verdict),
    ("https://in-toto.io/attestation/link", Family::Provenance),
    ("https://in-toto.io/Link", Family::Provenance),
    ("https://in-toto.io/attestation/runtime-trace", Family::Provenance),
    ("https://in-toto.io/attestation/release", Family::Release),
    ("https://github.com/npm/attestation/tree/main/specs/publish", Family::Release),
    ("https://schemas.conda.org/attestations-publish-1.schema.json", Family::Release),
    ("https://chainloop.dev/attestation", Family::Provenance),
    ("https://witness.testifysec.com/attestation-collection", Family::Provenance),
    ("https://scout.docker.com/vulnerabilities", Family::Scan),
    ("https://scout.docker.com/virus", Family::Scan),
    ("https://scout.docker.com/sbom", Family::Sbom),
    ("https://scout.docker.com/provenance", Family::Provenance),
    ("https://scout.docker.com/tests", Family::Verdict),
    ("https://gradle.com/attestation/resolved-dependencies", Family::Provenance),
    ("https://gradle.com/attestation/policyscan", Family::Verdict),
];

/// The family by type, else by look.
pub(crate) fn family(ty: &str, content: Option<&Value>) -> Family {
    let named = TYPES.into_iter().find(|(base, _)| below(ty, base)).map(|(_, family)| family);
    // Package indexes publish under their own hosts.
    let named = named.or_else(|| ty.contains("/attestations/publish/").then_some(Family::Release));
    named.or_else(|| content.and_then(by_look)).unwrap_or(Family::Other)
}

fn by_look(content: &Value) -> Option<Family> {
    if let Value::String(text) = content {
        // SPDX tag-value, as cosign attaches it.
        return text.trim_start().starts_with("SPDXVersion:").then_some(Family::Sbom);
    }
    let has = |member: &str| content.get(member).is_some();
    if content.get("document").is_some_and(|document| document.get("csaf_version").is_some()) {
        Some(Family::Vex)
    } else if has("spdxVersion") || (has("@graph") && has("@context")) {
        Some(Family::Sbom)
    } else if content.get("critical").is_some_and(|critical| critical.get("image").is_some()) {
        Some(Family::Signature)
    } else {
        None
    }
}
