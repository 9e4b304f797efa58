//! The two token forms with a grammar of their own: strings and numbers.

use super::{Fault, JsonErrorKind};

/// Reads the string whose opening quote is at `start`; gives the text and the place after it.
/// The caller has checked that `bytes` is UTF-8.
pub(super) fn read(bytes: &[u8], start: usize) -> Result<(String, usize), Fault> {
    let mut out = Vec::new();
    let mut at = start + 1;
    loop {
        let run = at;
        while let Some(&b) = bytes.get(at) {
            if b == b'"' || b == b'\\' || b < 0x20 {
                break;
            }
            at += 1;
        }
        out.extend_from_slice(&bytes[run..at]);
        match bytes.get(at) {
            Some(b'"') => break,
            Some(b'\\') => at = escape(bytes, at, &mut out)?,
            Some(_) => return Err((at, JsonErrorKind::Syntax("a control character in a string"))),
            None => return Err((at, JsonErrorKind::Unfinished)),
        }
    }
    // Runs end at ASCII bytes and escapes add whole characters, so this cannot fail; an error
    // is still better than a panic.
    let text = String::from_utf8(out).map_err(|_| (start, JsonErrorKind::NotUtf8))?;
    Ok((text, at + 1))
}

/// Decodes the escape whose backslash is at `at`; gives the place after it.
fn escape(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Fault> {
    let plain = match bytes.get(at + 1) {
        Some(b @ (b'"' | b'\\' | b'/')) => *b,
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return unicode(bytes, at, out),
        Some(_) => return Err((at, JsonErrorKind::Syntax("an unknown escape"))),
        None => return Err((at + 1, JsonErrorKind::Unfinished)),
    };
    out.push(plain);
    Ok(at + 2)
}

fn unicode(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Fault> {
    const LONE: JsonErrorKind = JsonErrorKind::Syntax("half of a surrogate pair");
    let first = hex4(bytes, at + 2)?;
    let (code, end) = if (0xd800..0xdc00).contains(&first) {
        if bytes.get(at + 6) != Some(&b'\\') || bytes.get(at + 7) != Some(&b'u') {
            return Err((at, LONE));
        }
        let second = hex4(bytes, at + 8)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err((at, LONE));
        }
        (0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00), at + 12)
    } else {
        (first, at + 6)
    };
    let c = char::from_u32(code).ok_or((at, LONE))?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(end)
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    let mut value = 0;
    for i in at..at + 4 {
        let b = *bytes.get(i).ok_or((bytes.len(), JsonErrorKind::Unfinished))?;
        let digit = char::from(b).to_digit(16);
        value = value * 16 + digit.ok_or((i, JsonErrorKind::Syntax("an unknown escape")))?;
    }
    Ok(value)
}

/// Longest number in bytes. An f64 needs at most 24; more digits carry nothing.
const MAX_NUMBER: usize = 1024;

/// Checks the grammar of the number at `start`; gives the place after it.
pub(super) fn number_end(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    let zero = bytes.get(at) == Some(&b'0');
    let integer = at;
    at = digits(bytes, at)?;
    if zero && at > integer + 1 {
        return Err((integer, JsonErrorKind::Syntax("a number that starts with zero")));
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    if at - start > MAX_NUMBER {
        return Err((start, JsonErrorKind::Syntax("a number with too many digits")));
    }
    Ok(at)
}

/// Skips at least one digit.
fn digits(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let count = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    match count {
        0 if start >= bytes.len() => Err((start, JsonErrorKind::Unfinished)),
        0 => Err((start, JsonErrorKind::Expected("a digit"))),
        n => Ok(start + n),
    }
}
