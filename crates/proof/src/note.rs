//! C2SP signed notes, read strictly: what is printed back are the very bytes that came in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::shorten;
use crate::origin::is_key_name;

/// Largest note in bytes: a checkpoint with 100 signatures of the largest RSA keys stays below it.
pub const MAX_NOTE: usize = 128 * 1024;

/// Most signature lines. The specification asks for at least 16; real logs carry up to a dozen.
pub const MAX_SIGNATURES: usize = 100;

/// Bytes in front of each signature that name its key.
const KEY_ID: usize = 4;

/// How each signature line starts: an em dash and a space.
const SIGNATURE_START: &str = "\u{2014} ";

/// A signed note: a text and the signatures over it, none of them checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, with its final line feed.
    pub text: Box<str>,
    /// All signature lines, in their order.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key, not authenticated by itself.
    pub name: Box<str>,
    /// First four bytes of the key's id.
    pub key_id: [u8; 4],
    /// The signature, without the key id.
    pub sig: Vec<u8>,
}

/// Bytes that are not a signed note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than any note.
    #[error("the note has {length} bytes, at most {max} are read; this is not a checkpoint")]
    TooLarge {
        /// Bytes that were given.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// More signature lines than are read.
    #[error("the note has more than {max} signature lines; this is not a checkpoint of a sane log")]
    TooManySignatures {
        /// The limit.
        max: usize,
    },
    /// Not UTF-8, or with a control character other than line feed.
    #[error("the note is not plain text at byte {at}; fetch it again, as bytes")]
    NotText {
        /// Offset of the first bad byte.
        at: usize,
    },
    /// No empty line between text and signatures, or no signature, or no final line feed.
    #[error(
        "the note is not a text, an empty line and signature lines that each end in a line feed; it was cut or changed, fetch it again"
    )]
    NotSigned,
    /// A signature line of another form.
    #[error(
        "`{line}` is not a signature line: expected an em dash, a name and base64; fetch the note again"
    )]
    BadSignatureLine {
        /// The line, cut to a printable length.
        line: String,
    },
}

impl NoteError {
    /// Stable machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "note_too_large",
            Self::TooManySignatures { .. } => "note_too_many_signatures",
            Self::NotText { .. } => "note_not_text",
            Self::NotSigned => "note_not_signed",
            Self::BadSignatureLine { .. } => "note_signature_line",
        }
    }
}

impl Note {
    /// Reads a note. Text and signatures are split at the last empty line.
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLarge { length: bytes.len(), max: MAX_NOTE });
        }
        let whole =
            std::str::from_utf8(bytes).map_err(|e| NoteError::NotText { at: e.valid_up_to() })?;
        if let Some(at) = bytes.iter().position(|b| *b < 0x20 && *b != b'\n') {
            return Err(NoteError::NotText { at });
        }
        let split = whole.rfind("\n\n").ok_or(NoteError::NotSigned)?;
        let (text, lines) = (&whole[..=split], &whole[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NotSigned)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures { max: MAX_SIGNATURES });
            }
            signatures.push(
                parse_line(line)
                    .ok_or_else(|| NoteError::BadSignatureLine { line: shorten(line) })?,
            );
        }
        Ok(Note { text: text.into(), signatures })
    }

    /// The bytes of the note; for a parsed one the bytes that it was parsed from.
    pub fn print(&self) -> Vec<u8> {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            let value = STANDARD.encode([&signature.key_id[..], &signature.sig].concat());
            out.push_str(SIGNATURE_START);
            out.push_str(&signature.name);
            out.push(' ');
            out.push_str(&value);
            out.push('\n');
        }
        out.into_bytes()
    }
}

fn parse_line(line: &str) -> Option<NoteSignature> {
    let (name, value) = line.strip_prefix(SIGNATURE_START)?.split_once(' ')?;
    // The strict decoder takes one text for each value, so printing gives the line back.
    let value = STANDARD.decode(value).ok()?;
    let (key_id, sig) = value.split_first_chunk::<KEY_ID>()?;
    (is_key_name(name) && !sig.is_empty()).then(|| NoteSignature {
        name: name.into(),
        key_id: *key_id,
        sig: sig.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "a\n\nb\n\n\u{2014} key.example AAAAAAE=\n\u{2014} other AAAAAAI=\n";

    #[test]
    fn splits_at_the_last_empty_line_and_prints_back() {
        let note = Note::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(&*note.text, "a\n\nb\n");
        assert_eq!(note.signatures.len(), 2);
        assert_eq!(&*note.signatures[1].name, "other");
        assert_eq!((note.signatures[1].key_id, &note.signatures[1].sig[..]), ([0; 4], &[2][..]));
        assert_eq!(note.print(), GOOD.as_bytes());
    }

    #[test]
    fn other_forms_are_refused() {
        let line = "\u{2014} k AAAAAAE=\n";
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"".to_vec(), "note_not_signed"),
            (b"text\n\n".to_vec(), "note_not_signed"),
            (b"text\n".to_vec(), "note_not_signed"),
            (format!("t\n\n{}", line.trim_end()).into_bytes(), "note_not_signed"),
            (format!("t\r\n\n{line}").into_bytes(), "note_not_text"),
            (format!("t\0\n\n{line}").into_bytes(), "note_not_text"),
            ([b"t\xff\n\n".as_slice(), line.as_bytes()].concat(), "note_not_text"),
            (b"t\n\n- k AAAAAAE=\n".to_vec(), "note_signature_line"),
            ("t\n\n\u{2014} k AAAAAAF=\n".as_bytes().to_vec(), "note_signature_line"),
            ("t\n\n\u{2014} k AAAAAA==\n".as_bytes().to_vec(), "note_signature_line"),
            ("t\n\n\u{2014} k AAAAAAE\n".as_bytes().to_vec(), "note_signature_line"),
            ("t\n\n\u{2014} k+ AAAAAAE=\n".as_bytes().to_vec(), "note_signature_line"),
            ("t\n\n\u{2014} k  AAAAAAE=\n".as_bytes().to_vec(), "note_signature_line"),
            ("t\n\n\u{2014}  AAAAAAE=\n".as_bytes().to_vec(), "note_signature_line"),
            (format!("t\n\n{}", line.repeat(101)).into_bytes(), "note_too_many_signatures"),
            (vec![b'a'; MAX_NOTE + 1], "note_too_large"),
        ];
        for (bytes, code) in cases {
            assert_eq!(
                Note::parse(&bytes).unwrap_err().code(),
                code,
                "{:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
        assert!(Note::parse(format!("t\n\n{}", line.repeat(100)).as_bytes()).is_ok());
    }
}
