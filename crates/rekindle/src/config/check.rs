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
    fn an_empty_file_is_the_defaults() {
        let config = parse("r.toml", "").unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:8440");
        assert_eq!(config.submit.in_flight, 512);
    }
}
