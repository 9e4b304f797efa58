//! Two ways to print: aligned text for people, one JSON object a line for programs.

use std::io::{IsTerminal, Write};

use serde_json::Value;

use crate::cli::Format;

/// Text never gets wider: it fits a terminal and a README.
const WIDTH: usize = 100;

/// How a piece of text looks where there is colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Name,
}

/// A column: text, width, look. Longer text is cut.
pub(super) type Column<'a> = (&'a str, usize, Tone);

/// Where results go.
pub(super) struct Printer {
    json: bool,
    colour: bool,
}

impl Printer {
    pub(super) fn new(format: Format) -> Printer {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Printer {
            json: format == Format::Json,
            colour: std::io::stdout().is_terminal() && !no_colour,
        }
    }

    /// A line for programs.
    pub(super) fn json(&self, value: &Value) {
        if self.json {
            put(&value.to_string());
        }
    }

    /// A line for people, wrapped.
    pub(super) fn text(&self, tone: Tone, line: &str) {
        self.row(&[], (line, tone));
    }

    /// A remark below a heading, indented and wrapped.
    pub(super) fn note(&self, tone: Tone, line: &str) {
        self.row(&[("", 3, Tone::Plain)], (line, tone));
    }

    /// A line for people that is never wrapped: commands and signed notes.
    pub(super) fn raw(&self, line: &str) {
        if !self.json {
            put(line);
        }
    }

    /// A numbered heading after an empty line.
    pub(super) fn heading(&self, number: usize, title: &str) {
        self.raw("");
        let number = number.to_string();
        self.row(&[(&number, 3, Tone::Name)], (title, Tone::Bold));
    }

    /// Columns, then text that is never wrapped.
    pub(super) fn cell(&self, columns: &[Column<'_>], last: &str) {
        self.raw(&format!("{}{last}", self.columns(columns)));
    }

    /// Columns, then text that is wrapped below itself.
    pub(super) fn row(&self, columns: &[Column<'_>], last: (&str, Tone)) {
        if self.json {
            return;
        }
        let mut line = self.columns(columns);
        let used = columns.iter().map(|(_, width, _)| width).sum();
        let (text, tone) = last;
        let mut lines = wrap(text, WIDTH.saturating_sub(used)).into_iter();
        line.push_str(&self.paint(tone, &lines.next().unwrap_or_default()));
        put(line.trim_end());
        for more in lines {
            put(&format!("{}{}", " ".repeat(used), self.paint(tone, &more)));
        }
    }

    fn columns(&self, columns: &[Column<'_>]) -> String {
        let mut line = String::new();
        for (text, width, tone) in columns {
            let text = cut(text, width.saturating_sub(1));
            let padding = width.saturating_sub(text.chars().count());
            line.push_str(&self.paint(*tone, &text));
            line.push_str(&" ".repeat(padding));
        }
        line
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Name => "36",
        };
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// A reader that went away (`| head`) is no reason to panic; the exit code still tells all.
fn put(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Breaks at spaces; a word that is too long gets a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_spaces_and_cuts_columns() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable a", 4), ["unbreakable", "a"]);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
    }
}
