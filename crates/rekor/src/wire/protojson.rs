//! The corners of the protobuf JSON mapping that the log's messages use, as `serde` helpers.
//!
//! 64-bit numbers are written as strings and read as strings or numbers; bytes are standard base64
//! (URL-safe and unpadded are read too, as the mapping demands); `null` means the default value.

/// 64-bit numbers: `"735"`, read also as `735` and `null`.
pub mod int64 {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::{Deserializer, Error};
    use serde::{Deserialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Unsigned(u64),
        Signed(i64),
    }

    /// Writes the number as a string.
    pub fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    /// Reads a string or a number; `null` is zero.
    pub fn deserialize<'de, T: FromStr + Default, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        let text = match Option::<Form>::deserialize(from)? {
            None => return Ok(T::default()),
            Some(Form::Text(text)) => text,
            Some(Form::Unsigned(number)) => number.to_string(),
            Some(Form::Signed(number)) => number.to_string(),
        };
        // Digits only: Rust would also take a plus sign.
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number = if plain { text.parse().ok() } else { None };
        number.ok_or_else(|| D::Error::custom("not a 64-bit number of the expected sign"))
    }
}

/// Bytes as base64 text.
pub mod bytes64 {
    use base64::Engine as _;
    use base64::alphabet::{STANDARD, URL_SAFE};
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    use bytes::Bytes;
    use serde::de::{Deserializer, Error};
    use serde::{Deserialize, Serializer};

    const EITHER: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const READ: GeneralPurpose = GeneralPurpose::new(&STANDARD, EITHER);
    const READ_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, EITHER);

    /// Standard base64 with padding.
    pub fn encode(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    /// Either alphabet, with or without padding; `None` for anything else.
    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let engine = if text.contains(['-', '_']) { &READ_URL } else { &READ };
        engine.decode(text).ok()
    }

    /// Writes standard base64.
    pub fn serialize<S: Serializer>(value: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(value))
    }

    /// Reads base64; `null` is no bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = Option::<String>::deserialize(from)?.unwrap_or_default();
        decode(&text).map(Bytes::from).ok_or_else(|| D::Error::custom("not base64"))
    }
}

/// A list of hashes, each 32 bytes in base64.
pub mod hashes64 {
    use rekindle_proof::Hash;
    use serde::de::{Deserializer, Error};
    use serde::{Deserialize, Serializer};

    /// Writes standard base64 strings.
    pub fn serialize<S: Serializer>(value: &[Hash], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(value.iter().map(|hash| super::bytes64::encode(hash.as_bytes())))
    }

    /// Reads the list; `null` is the empty one.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Option::<Vec<String>>::deserialize(from)?.unwrap_or_default();
        let hash = |text: &String| super::bytes64::decode(text)?.try_into().ok().map(Hash);
        texts
            .iter()
            .map(|text| {
                hash(text).ok_or_else(|| D::Error::custom("not a hash of 32 bytes in base64"))
            })
            .collect()
    }
}

/// A message field that may be `null`, which means its default.
pub(crate) fn or_default<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: serde::Deserialize<'de> + Default,
    D: serde::Deserializer<'de>,
{
    Ok(<Option<T> as serde::Deserialize>::deserialize(from)?.unwrap_or_default())
}
