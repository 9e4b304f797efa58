//! How values are written: one form for comparing and printing, so that a printed scope parses to itself.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Longest part of a foreign value that an error message repeats: enough to recognise it, too little to flood a log.
const SHOWN_BYTES: usize = 80;

/// Cuts a value for an error message, at a character boundary.
pub(crate) fn shown(value: &str) -> Box<str> {
    if value.len() <= SHOWN_BYTES {
        return value.into();
    }
    let mut end = SHOWN_BYTES;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &value[..end]).into()
}

/// Whether a byte may stand in a value as it is. `,` and `;` separate, `*` is the wildcard.
const fn plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'*')
}

/// Percent-encodes what a value must not hold and leaves `%` alone: for URIs and ids, which bring their own encoding.
/// Two hexadecimal digits after `%` become upper-case, so that `%2c` and `%2C` are one value.
pub(crate) fn keep_percent(value: &str) -> Cow<'_, str> {
    if value.bytes().all(|byte| plain(byte) && byte != b'%') {
        return Cow::Borrowed(value);
    }
    let bytes = value.as_bytes();
    let mut out = String::with_capacity(value.len() + 8);
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        if byte == b'%'
            && let Some(pair) = bytes.get(index..index + 2)
            && pair.iter().all(u8::is_ascii_hexdigit)
        {
            out.push('%');
            out.extend(pair.iter().map(|digit| char::from(digit.to_ascii_uppercase())));
            index += 2;
        } else {
            push(&mut out, byte);
        }
    }
    Cow::Owned(out)
}

/// Lower-cases and percent-encodes a name. Folding goes character by character, so a prefix of a name folds to a prefix.
pub(crate) fn fold(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| plain(byte) && byte != b'%' && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len() + 8);
    let mut utf8 = [0_u8; 4];
    for folded in name.chars().flat_map(char::to_lowercase) {
        for &byte in folded.encode_utf8(&mut utf8).as_bytes() {
            if byte == b'%' {
                out.push_str("%25");
            } else {
                push(&mut out, byte);
            }
        }
    }
    Cow::Owned(out)
}

/// Percent-encodes what a value must not hold, and `%`; case stays.
pub(crate) fn encode(value: &str) -> Cow<'_, str> {
    if value.bytes().all(|byte| plain(byte) && byte != b'%') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + 8);
    for byte in value.bytes() {
        if byte == b'%' {
            out.push_str("%25");
        } else {
            push(&mut out, byte);
        }
    }
    Cow::Owned(out)
}

/// Undoes percent-encoding. A `%` without two hexadecimal digits stands for itself. `None`: the bytes are not UTF-8.
pub(crate) fn decode(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        let pair = if byte == b'%' { value.get(index..index + 2) } else { None };
        match pair.filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            Some(pair) => {
                out.push(u8::from_str_radix(pair, 16).ok()?);
                index += 2;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

fn push(out: &mut String, byte: u8) {
    if plain(byte) {
        out.push(char::from(byte));
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_decodes_back() {
        for name in ["OpenSSL", "red hat, inc; 100%", "Ünïcode*", "%2C", ""] {
            let lower: String = name.chars().flat_map(char::to_lowercase).collect();
            let folded = fold(name);
            assert_eq!(decode(&folded).as_deref(), Some(lower.as_str()));
            assert!(folded.bytes().all(plain));
        }
    }

    #[test]
    fn percent_is_kept_and_upper_cased() {
        assert_eq!(keep_percent("a%2cb,c d%zz"), "a%2Cb%2Cc%20d%zz");
        assert_eq!(keep_percent("a%2Cb%2Cc%20d%zz"), "a%2Cb%2Cc%20d%zz");
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        assert!(shown(&"ü".repeat(100)).len() < 90);
        assert_eq!(&*shown("openssl"), "openssl");
    }
}
