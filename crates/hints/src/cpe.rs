//! CPE names: the 2.3 formatted string and the 2.2 URI, both into one canonical 2.3 form (NISTIR 7695).

use std::fmt;

use crate::IdError;
use crate::percent::decode;

const WHAT: &str = "CPE name";
/// Attributes of a name: part, vendor, product, version, update, edition, language, software edition, target
/// software, target hardware, other.
const ATTRIBUTES: usize = 11;
const PRODUCT: usize = 2;

/// A CPE name; its text is the canonical formatted string, lower-case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpe {
    /// Each as it stands in the formatted string: `*` any, `-` not applicable, other punctuation quoted.
    attributes: [Box<str>; ATTRIBUTES],
}

impl Cpe {
    /// Reads either binding.
    ///
    /// # Errors
    /// Neither `cpe:2.3:` nor `cpe:/`, a wrong number of attributes, an unknown part, or a broken attribute.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let text = text.trim_ascii();
        let bad = |why| IdError::malformed(WHAT, text, why);
        if text.chars().any(|letter| letter.is_control() || letter.is_whitespace())
            || !text.is_ascii()
        {
            return Err(bad("a CPE name is ASCII without white space"));
        }
        let folded = text.to_ascii_lowercase();
        let attributes = if let Some(list) = folded.strip_prefix("cpe:2.3:") {
            let fields = fields(list);
            if fields.len() != ATTRIBUTES {
                return Err(bad("a formatted string has 11 attributes"));
            }
            fields.into_iter().map(formatted).collect::<Option<Vec<_>>>()
        } else if let Some(list) = folded.strip_prefix("cpe:/") {
            uri(list)
        } else {
            return Err(bad("it starts with `cpe:2.3:` or `cpe:/`"));
        };
        let attributes =
            attributes.ok_or_else(|| bad("an attribute breaks the rules of quoting"))?;
        let attributes: [Box<str>; ATTRIBUTES] =
            attributes.try_into().map_err(|_| bad("it has too many attributes"))?;
        if !["a", "o", "h", "*", "-"].contains(&&*attributes[0]) {
            return Err(bad("the part is `a`, `o` or `h`"));
        }
        Ok(Self { attributes })
    }

    /// The product without quoting; `None` if it is not one name: any, not applicable, or with wildcards.
    #[must_use]
    pub fn product(&self) -> Option<String> {
        let text = &*self.attributes[PRODUCT];
        let mut out = String::with_capacity(text.len());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => out.extend(letters.next()),
                '*' | '?' => return None,
                plain => out.push(plain),
            }
        }
        (text != "-" && !out.is_empty()).then_some(out)
    }
}

impl fmt::Display for Cpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cpe:2.3")?;
        self.attributes.iter().try_for_each(|attribute| write!(f, ":{attribute}"))
    }
}

/// Splits at colons that are not quoted.
fn fields(list: &str) -> Vec<&str> {
    let mut out = Vec::with_capacity(ATTRIBUTES);
    let mut start = 0;
    let mut quoted = false;
    for (index, byte) in list.bytes().enumerate() {
        match byte {
            _ if quoted => quoted = false,
            b'\\' => quoted = true,
            b':' => {
                out.push(&list[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    out.push(&list[start..]);
    out
}

/// One attribute of a formatted string in its canonical quoting.
fn formatted(text: &str) -> Option<Box<str>> {
    if matches!(text, "*" | "-") {
        return Some(text.into());
    }
    let mut value = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(Letter::Plain(letters.next()?)),
            '*' | '?' => value.push(Letter::Wild(letter)),
            plain => value.push(Letter::Plain(plain)),
        }
    }
    bind(&value)
}

/// A decoded character: itself, or a wildcard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Plain(char),
    Wild(char),
}

/// Writes an attribute: letters, digits and `._-` plain, other characters quoted, wildcards at the ends only.
fn bind(value: &[Letter]) -> Option<Box<str>> {
    let first = value.iter().position(|letter| matches!(letter, Letter::Plain(_)))?;
    let last = value.iter().rposition(|letter| matches!(letter, Letter::Plain(_)))?;
    let mut out = String::with_capacity(value.len());
    for (index, letter) in value.iter().enumerate() {
        match *letter {
            Letter::Wild(_) if index > first && index < last => return None,
            Letter::Wild(wild) => out.push(wild),
            // A hyphen that is the whole value would read as "not applicable".
            Letter::Plain('-') if value.len() == 1 => out.push_str("\\-"),
            Letter::Plain(plain) => {
                if !plain.is_ascii_alphanumeric() && !matches!(plain, '.' | '_' | '-') {
                    out.push('\\');
                }
                out.push(plain);
            }
        }
    }
    Some(out.into())
}

/// The attributes of a 2.2 URI: up to seven parts, the sixth may pack five.
fn uri(list: &str) -> Option<Vec<Box<str>>> {
    /// Parts of a URI: the attributes up to the language.
    const PARTS: usize = 7;
    const EDITION: usize = 5;
    let parts: Vec<_> = list.split(':').collect();
    if parts.len() > PARTS {
        return None;
    }
    let mut out = vec![Box::from("*"); ATTRIBUTES];
    for (index, part) in parts.into_iter().enumerate() {
        match part.strip_prefix('~') {
            Some(packed) if index == EDITION => {
                // edition, then software edition, target software, target hardware, other.
                let packed: Vec<_> = packed.split('~').collect();
                if packed.len() != 5 {
                    return None;
                }
                for (place, text) in [EDITION, 7, 8, 9, 10].into_iter().zip(packed) {
                    out[place] = uri_attribute(text)?;
                }
            }
            _ => out[index] = uri_attribute(part)?,
        }
    }
    Some(out)
}

fn uri_attribute(text: &str) -> Option<Box<str>> {
    match text {
        "" => return Some("*".into()),
        "-" => return Some("-".into()),
        _ => {}
    }
    let decoded = decode(text)?;
    if !decoded.is_ascii() {
        return None;
    }
    let letters: Vec<_> = decoded
        .chars()
        .map(|letter| match letter {
            // The 2.2 form writes wildcards as these two control codes.
            '\u{1}' => Letter::Wild('?'),
            '\u{2}' => Letter::Wild('*'),
            plain => Letter::Plain(plain.to_ascii_lowercase()),
        })
        .collect();
    if letters
        .iter()
        .any(|letter| matches!(letter, Letter::Plain(plain) if plain.is_control() || *plain == ' '))
    {
        return None;
    }
    bind(&letters)
}

#[cfg(test)]
mod tests {
    use super::Cpe;

    #[test]
    fn both_bindings_become_one_form() {
        for (written, canonical, product) in [
            (
                "cpe:/a:OpenSSL:openssl:3.0.11",
                "cpe:2.3:a:openssl:openssl:3.0.11:*:*:*:*:*:*:*",
                Some("openssl"),
            ),
            (
                "CPE:2.3:a:Apache:log4j:2.14.1:rc1:*:*:*:*:*:*",
                "cpe:2.3:a:apache:log4j:2.14.1:rc1:*:*:*:*:*:*",
                Some("log4j"),
            ),
            (
                "cpe:/a:hp:openview_network_manager:7.51::~~~linux~~",
                "cpe:2.3:a:hp:openview_network_manager:7.51:*:*:*:*:linux:*:*",
                Some("openview_network_manager"),
            ),
            (
                "cpe:/a:foo%5cbar:big%24money:2010%02:-",
                r"cpe:2.3:a:foo\\bar:big\$money:2010*:-:*:*:*:*:*:*",
                Some("big$money"),
            ),
            (
                r"cpe:2.3:a:x:notepad\+\+:1.0\:2:-:*:*:*:*:*:*",
                r"cpe:2.3:a:x:notepad\+\+:1.0\:2:-:*:*:*:*:*:*",
                Some("notepad++"),
            ),
            ("cpe:/o:redhat", "cpe:2.3:o:redhat:*:*:*:*:*:*:*:*:*", None),
            ("cpe:2.3:o:x:lib*:-:*:*:*:*:*:*:*", "cpe:2.3:o:x:lib*:-:*:*:*:*:*:*:*", None),
        ] {
            let cpe = Cpe::parse(written).unwrap();
            assert_eq!(cpe.to_string(), canonical);
            assert_eq!(cpe.product().as_deref(), product);
            assert_eq!(Cpe::parse(canonical).unwrap(), cpe);
        }
    }

    #[test]
    fn broken_names_are_refused() {
        for bad in [
            "",
            "cpe:",
            "cpe:2.3:a:x",
            "cpe:/z:x",
            "cpe:2.3:a:x:a*b:-:*:*:*:*:*:*:*",
            "cpe:/a:x y",
            "cpe:/a:b:c:d:e:f:g:h",
        ] {
            assert!(Cpe::parse(bad).is_err(), "{bad}");
        }
    }
}
