//! Parsing with the line, the mistake and the nearest right word.

use super::Config;
use crate::exit::Failure;

/// Parses a configuration file.
pub(crate) fn parse(path: &str, text: &str) -> Result<Config, Failure> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let message = error.message();
        let hint = nearest_of(message).map(|word| format!("; did you mean `{word}`?"));
        Failure::usage(
            "config_invalid",
            format!("{path}:{line}: {message}{}", hint.unwrap_or_default()),
        )
    })
}

/// The known field nearest to an unknown one, out of the parser's own message.
fn nearest_of(message: &str) -> Option<&str> {
    let mut words = message.split('`').skip(1).step_by(2);
    let found = words.next().filter(|_| message.starts_with("unknown field"))?;
    words
        .map(|word| (distance(found, word), word))
        .filter(|(far, word)| *far <= 2.max(word.len() / 3))
        .min()
        .map(|(_, word)| word)
}

/// Where in the file a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// A key of a table.
    Key(&'static str, &'static str),
    /// A key of the n-th table of an array, counted from 0.
    Nth(&'static str, usize, &'static str),
}

impl Place {
    /// The key's own name.
    pub(super) fn key(self) -> &'static str {
        match self {
            Place::Key(_, key) | Place::Nth(_, _, key) => key,
        }
    }
}

/// The line of a value, as far as it can be found: none when it comes from a default or from the
/// environment.
pub(super) fn line_of(text: &str, place: Place) -> Option<usize> {
    let (table, nth, key) = match place {
        Place::Key(table, key) => (table, 0, key),
        Place::Nth(table, nth, key) => (table, nth, key),
    };
    let (mut inside, mut seen) = (false, 0);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if let Some(header) = line.strip_prefix('[') {
            let name = header.trim_start_matches('[').split(']').next().unwrap_or_default().trim();
            // A table below this one, such as [logs.follow], belongs to it.
            let below = name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
            if name == table {
                inside = seen == nth;
                seen += 1;
            } else if !below {
                inside = false;
            }
        } else if inside && names(line, key) {
            return Some(number + 1);
        }
    }
    None
}

/// Whether a line sets this key, by itself or in an inline table.
fn names(line: &str, key: &str) -> bool {
    line.split(['{', ',', '#']).any(|part| {
        part.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// Edit distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let change = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_told_with_line_and_nearest_word() {
        let failure =
            parse("r.toml", "data_dir = \"d\"\n[http]\nlisen = \"127.0.0.1:1\"\n").unwrap_err();
        insta::assert_snapshot!(failure.text, @"r.toml:3: unknown field `lisen`, expected `listen` or `hosts`; did you mean `listen`?");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_line() {
        let text = "[http]\nlisten = \"x\"\n[[logs]]\nname = \"a\"\n[[logs]]\nname = \"b\"\n\
                    follow = { interval = \"1s\", entries = \"x\" }\n";
        assert_eq!(line_of(text, Place::Key("http", "listen")), Some(2));
        assert_eq!(line_of(text, Place::Nth("logs", 0, "name")), Some(4));
        assert_eq!(line_of(text, Place::Nth("logs", 1, "name")), Some(6));
        assert_eq!(line_of(text, Place::Nth("logs", 1, "entries")), Some(7));
        assert_eq!(line_of(text, Place::Nth("logs", 0, "entries")), None);
        assert_eq!(line_of(text, Place::Key("submit", "deadline")), None);
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        let config = parse("r.toml", "").unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:8440");
        assert_eq!(config.submit.in_flight, 512);
    }
}
