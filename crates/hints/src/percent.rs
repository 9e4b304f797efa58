//! Percent-encoding as package URLs use it.

/// Encodes everything except letters, digits and `.-_~:`.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                // A nibble is below 16, so there always is a digit.
                out.push(char::from_digit(nibble.into(), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

/// [`encode_into`] as a new string.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode_into(&mut out, text);
    out
}

/// Decodes `%xx`; a `%` without two hexadecimal digits stands for itself. `None`: the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let pair = bytes
            .get(index + 1..index + 3)
            .and_then(|pair| Some((digit(pair[0])?, digit(pair[1])?)));
        match pair {
            Some((high, low)) if byte == b'%' => {
                out.push(high << 4 | low);
                index += 3;
            }
            _ => {
                out.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is below 16 and fits.
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn encodes_all_but_the_plain_characters() {
        assert_eq!(encode("sha256:a/b @c,~"), "sha256:a%2Fb%20%40c%2C~");
        assert_eq!(decode("sha256%3Aa%2fb%").as_deref(), Some("sha256:a/b%"));
        assert_eq!(decode("%ff"), None);
    }
}
