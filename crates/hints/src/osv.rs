//! The database prefixes of the OSV schema, in the case that the schema lists.

/// Prefixes without their final `-`. Private ones (`x_…`) are not listed and stay as written.
const PREFIXES: [&str; 55] = [
    "ALBA",
    "ALEA",
    "ALPINE",
    "ALSA",
    "ASB-A",
    "BELL",
    "BIT",
    "CGA",
    "CLEANSTART",
    "CURL",
    "CVE",
    "DEBIAN",
    "DHI",
    "DLA",
    "DRUPAL",
    "DSA",
    "DTSA",
    "ECHO",
    "EEF",
    "ELA",
    "FreeBSD",
    "GHSA",
    "GO",
    "GSD",
    "HSEC",
    "JLSEC",
    "KUBE",
    "LBSEC",
    "LSN",
    "MAL",
    "MGASA",
    "MINI",
    "OESA",
    "openSUSE-SU",
    "OSEC",
    "OSV",
    "PHSA",
    "PSF",
    "PUB-A",
    "PYSEC",
    "RHBA",
    "RHEA",
    "RHSA",
    "RLSA",
    "ROOT",
    "RSEC",
    "RUSTSEC",
    "RXSA",
    "SUSE-FU",
    "SUSE-OU",
    "SUSE-RU",
    "SUSE-SU",
    "UBUNTU",
    "USN",
    "V8",
];

/// The prefix as listed, and the entry behind it.
fn split(id: &str) -> Option<(&'static str, &str)> {
    PREFIXES.into_iter().find_map(|prefix| {
        let start = id.get(..prefix.len())?;
        let rest = id.get(prefix.len()..)?;
        let entry = rest.strip_prefix('-')?;
        (start.eq_ignore_ascii_case(prefix) && !entry.is_empty()).then_some((prefix, entry))
    })
}

/// The entry behind a listed prefix.
pub(crate) fn entry(id: &str) -> Option<&str> {
    split(id).map(|(_, entry)| entry)
}

/// The id with its prefix in the listed case; other ids as they are.
pub(crate) fn listed_case(id: &str) -> String {
    split(id).map_or_else(|| id.to_owned(), |(prefix, entry)| format!("{prefix}-{entry}"))
}
