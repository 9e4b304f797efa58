//! Content digests: `algorithm:value` in one spelling.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::IdError;
use crate::percent::encode_into;
use crate::text_id::{check, text_id};

const WHAT: &str = "digest";

text_id! {
    /// A digest as `algorithm:lower-case hex`, with the algorithm names of in-toto (`sha256`, `gitCommit`). Entries
    /// that are no hashes stand as `name:percent-encoded value`.
    Digest, "digest", 1024
}

/// Canonical name and hexadecimal digits; two lengths where an algorithm has two.
const KNOWN: [(&str, [usize; 2]); 27] = [
    ("md5", [32, 32]),
    ("ripemd160", [40, 40]),
    ("sha1", [40, 40]),
    ("sha224", [56, 56]),
    ("sha256", [64, 64]),
    ("sha384", [96, 96]),
    ("sha512", [128, 128]),
    ("sha512_224", [56, 56]),
    ("sha512_256", [64, 64]),
    ("sha3_224", [56, 56]),
    ("sha3_256", [64, 64]),
    ("sha3_384", [96, 96]),
    ("sha3_512", [128, 128]),
    ("blake2b", [128, 64]),
    ("blake2s", [64, 64]),
    ("blake2b_256", [64, 64]),
    ("blake2b_384", [96, 96]),
    ("blake2b_512", [128, 128]),
    ("blake3", [64, 64]),
    ("sm3", [64, 64]),
    ("streebog_256", [64, 64]),
    ("streebog_512", [128, 128]),
    // Git objects have 64 digits in repositories that use SHA-256.
    ("gitCommit", [40, 64]),
    ("gitTree", [40, 64]),
    ("gitBlob", [40, 64]),
    ("gitTag", [40, 64]),
    ("dirHash", [64, 64]),
];

impl Digest {
    /// Makes a digest from one entry of a digest set: any common spelling of the algorithm, and its value.
    ///
    /// # Errors
    /// An unusable name, or a value that is not hexadecimal or has a wrong length for a known algorithm.
    pub fn new(algorithm: &str, value: &str) -> Result<Self, IdError> {
        let algorithm = algorithm.trim_ascii();
        let value = value.trim_ascii();
        check(WHAT, value, Self::MAX_BYTES)?;
        if let Some(object) = algorithm.strip_prefix("gitoid:") {
            return gitoid(object, value);
        }
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        if algorithm.is_empty() || !algorithm.bytes().all(usable) {
            return Err(IdError::malformed(
                WHAT,
                algorithm,
                "an algorithm name has letters, digits and `._+-` only",
            ));
        }
        let Some((name, lengths)) = known(algorithm) else {
            return other(algorithm, value);
        };
        if name == "dirHash"
            && let Some(h1) = value.strip_prefix("h1:")
        {
            return binary(name, h1);
        }
        if !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(IdError::malformed(
                WHAT,
                value,
                "the value of this algorithm is hexadecimal",
            ));
        }
        if !lengths.contains(&value.len()) {
            return Err(IdError::malformed(
                WHAT,
                value,
                "the value has a wrong length for its algorithm",
            ));
        }
        Ok(Self(format!("{name}:{}", value.to_ascii_lowercase()).into()))
    }

    /// Reads `algorithm:value`, Go's `h1:base64` or the SRI form `sha512-base64`.
    ///
    /// # Errors
    /// No algorithm in front, or as for [`Digest::new`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim_ascii();
        check(WHAT, text, Self::MAX_BYTES)?;
        if let Some(hash) = text.strip_prefix("h1:") {
            return binary("dirHash", hash);
        }
        if let Some(rest) = text.strip_prefix("gitoid:") {
            let object = rest.strip_prefix("blob:").unwrap_or(rest);
            let object = object.split(':').next().unwrap_or_default();
            return gitoid(object, text);
        }
        if let Some((algorithm, value)) = text.split_once(':') {
            return Self::new(algorithm, value);
        }
        let sri =
            text.split_once('-').filter(|(name, _)| ["sha256", "sha384", "sha512"].contains(name));
        match sri {
            // SRI may append options after `?`.
            Some((name, value)) => binary(name, value.split('?').next().unwrap_or(value)),
            None => Err(IdError::malformed(WHAT, text, "write `algorithm:hex`")),
        }
    }

    /// The algorithm in front of the value.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.0.rsplit_once(':').map_or(&*self.0, |(algorithm, _)| algorithm)
    }

    /// The value behind the algorithm: lower-case hex, or percent-encoded text.
    #[must_use]
    pub fn value(&self) -> &str {
        self.0.rsplit_once(':').map_or("", |(_, value)| value)
    }

    /// For a `sha1` the `gitCommit` of the same value: producers write commits under both names. The caller knows
    /// whether it belongs to a git reference.
    #[must_use]
    pub fn git_commit_alias(&self) -> Option<Self> {
        self.0.strip_prefix("sha1:").map(|hex| Self(format!("gitCommit:{hex}").into()))
    }
}

/// Looks a spelling up: case, `-` and `_` do not count.
fn known(algorithm: &str) -> Option<(&'static str, [usize; 2])> {
    let fold = |name: &str| {
        name.bytes()
            .filter(|byte| !b"-_".contains(byte))
            .map(|byte| byte.to_ascii_lowercase())
            .collect::<Vec<_>>()
    };
    let wanted = fold(algorithm);
    // `dirHash1` names the first version of `dirHash`, the only one there is.
    let wanted = if wanted == b"dirhash1" { b"dirhash".to_vec() } else { wanted };
    KNOWN.into_iter().find(|(name, _)| fold(name) == wanted)
}

fn binary(name: &str, base64: &str) -> Result<Digest, IdError> {
    let bytes = STANDARD.decode(base64);
    let bytes = bytes.map_err(|_| IdError::malformed(WHAT, base64, "the value is not base64"))?;
    Digest::new(name, &hex::encode(bytes))
}

/// `gitoid:blob:sha256:<hex>` is the hash of a blob with git's header, so it never stands as a plain `sha256`.
fn gitoid(object: &str, value: &str) -> Result<Digest, IdError> {
    let hex = value.rsplit(':').next().unwrap_or(value);
    match object {
        "sha1" | "sha256" => {
            let plain = Digest::new(object, hex)?;
            Ok(Digest(format!("gitoid:{plain}").into()))
        }
        _ => Err(IdError::malformed(WHAT, value, "a gitoid is of sha1 or sha256")),
    }
}

/// An unknown algorithm or no hash at all: legal in a digest set, kept readable.
fn other(name: &str, value: &str) -> Result<Digest, IdError> {
    let mut out = format!("{name}:");
    if value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        out.push_str(&value.to_ascii_lowercase());
    } else if value.contains('%') {
        // Encoded already: encoding is done once.
        out.push_str(value);
    } else {
        encode_into(&mut out, value);
    }
    Digest::stored(&out)
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn spellings_fold_to_one() {
        let hex = "AB".repeat(32);
        let lower = hex.to_lowercase();
        for (name, canonical) in [
            ("sha256", "sha256"),
            ("SHA-256", "sha256"),
            ("sha-256", "sha256"),
            ("SHA3-256", "sha3_256"),
            ("BLAKE2b-256", "blake2b_256"),
            ("BLAKE3", "blake3"),
            ("Streebog-256", "streebog_256"),
            ("dirHash1", "dirHash"),
            ("GITCOMMIT", "gitCommit"),
            ("sha512_256", "sha512_256"),
        ] {
            let digest = Digest::new(name, &hex).unwrap();
            assert_eq!(digest.as_str(), format!("{canonical}:{lower}"), "{name}");
            assert_eq!(Digest::parse(digest.as_str()).unwrap(), digest);
        }
    }

    #[test]
    fn wrong_lengths_and_letters_are_refused() {
        for (name, value) in [
            ("sha256", "abcd".to_owned()),
            ("sha1", "g".repeat(40)),
            ("", "ab".into()),
            ("a b", "ab".into()),
            ("sha256", String::new()),
        ] {
            assert!(Digest::new(name, &value).is_err(), "{name} {value}");
        }
        assert!(Digest::parse("ab".repeat(32).as_str()).is_err());
    }

    #[test]
    fn other_forms_are_decoded() {
        let h1 = Digest::parse("h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        assert_eq!(h1.as_str(), format!("dirHash:{}", "00".repeat(32)));
        let sri = Digest::parse(&format!("sha512-{}==", "A".repeat(86))).unwrap();
        assert_eq!(sri.as_str(), format!("sha512:{}", "00".repeat(64)));
        let oid = format!("gitoid:blob:sha256:{}", "1".repeat(64));
        let canonical = format!("gitoid:sha256:{}", "1".repeat(64));
        assert_eq!(Digest::new("gitoid:sha256", &oid).unwrap().as_str(), canonical);
        assert_eq!(Digest::parse(&oid).unwrap().as_str(), canonical);
        assert_eq!(Digest::parse(&canonical).unwrap().as_str(), canonical);
        let arn = Digest::new("arn", "arn:aws:x/y z").unwrap();
        assert_eq!(arn.as_str(), "arn:arn:aws:x%2Fy%20z");
        assert_eq!(Digest::parse(arn.as_str()).unwrap(), arn);
    }

    #[test]
    fn a_commit_has_two_names() {
        let sha1 = Digest::new("sha1", &"a".repeat(40)).unwrap();
        assert_eq!(
            sha1.git_commit_alias().unwrap().as_str(),
            format!("gitCommit:{}", "a".repeat(40))
        );
        assert_eq!(Digest::new("md5", &"a".repeat(32)).unwrap().git_commit_alias(), None);
    }
}
