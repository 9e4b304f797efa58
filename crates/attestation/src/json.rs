//! Strict JSON (RFC 8259): UTF-8 only, no duplicate keys, no lone surrogates, bounded depth,
//! nothing after the value.
//!
//! Depth is counted before anything is built and the parser keeps its own stack, so that
//! neither 100,000 brackets nor any `max_depth` overflow the thread's stack.

mod error;
mod text;

pub use error::{JsonError, JsonErrorKind};

use serde_json::{Map, Number, Value};

/// Deepest nesting that is ever taken, whatever the caller asks for: dropping or walking a
/// [`Value`] recurses once for each level.
pub const MAX_DEPTH: usize = 512;
/// Most values in one document. Each costs 32 bytes or more, whatever its text; documents of
/// 64 MiB stay far below.
pub const MAX_VALUES: usize = 4_000_000;
/// Most objects in one document: the first key of an object costs about 640 bytes.
pub const MAX_OBJECTS: usize = 1_000_000;
/// Most values in an envelope or a bundle: a few dozen fields and 16 signatures.
pub(crate) const MAX_ENVELOPE_VALUES: usize = 10_000;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads one JSON value. A byte order mark is refused. `max_depth` is the number of arrays and
/// objects that may be open at once, at most [`MAX_DEPTH`].
///
/// # Errors
/// A [`JsonError`] with the place of the first fault.
pub fn parse(bytes: &[u8], max_depth: usize) -> Result<Value, JsonError> {
    parse_bounded(bytes, max_depth, MAX_VALUES)
}

/// [`parse`] for documents that people wrote: one byte order mark at the start is skipped.
///
/// # Errors
/// A [`JsonError`]; offsets count the byte order mark.
pub fn parse_document(bytes: &[u8], max_depth: usize) -> Result<Value, JsonError> {
    let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    run(bytes, start, max_depth, MAX_VALUES)
}

/// [`parse`] with a smaller bound on the number of values.
pub(crate) fn parse_bounded(
    bytes: &[u8],
    max_depth: usize,
    max_values: usize,
) -> Result<Value, JsonError> {
    run(bytes, 0, max_depth, max_values)
}

fn run(
    bytes: &[u8],
    start: usize,
    max_depth: usize,
    max_values: usize,
) -> Result<Value, JsonError> {
    let fail = |at, kind| JsonError::at(bytes, at, kind);
    if let Err(e) = std::str::from_utf8(bytes) {
        return Err(fail(e.valid_up_to(), JsonErrorKind::NotUtf8));
    }
    if bytes[start..].starts_with(BOM) {
        return Err(fail(start, JsonErrorKind::Syntax("a byte order mark")));
    }
    let max_depth = max_depth.min(MAX_DEPTH);
    check_depth(bytes, max_depth).map_err(|(at, kind)| fail(at, kind))?;
    let mut parser =
        Parser { bytes, at: start, values: 0, objects: 0, max_values, stack: Vec::new() };
    match parser.document() {
        Ok(value) => Ok(value),
        Err((at, kind)) => Err(fail(at, kind)),
    }
}

type Fault = (usize, JsonErrorKind);

/// Looks only at brackets outside of strings, without allocation.
fn check_depth(bytes: &[u8], max_depth: usize) -> Result<(), Fault> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, &b) in bytes.iter().enumerate() {
        if in_string {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match b {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > max_depth {
                    return Err((at, JsonErrorKind::TooDeep { limit: max_depth }));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// A container that is not closed yet.
enum Open {
    Array(Vec<Value>),
    /// The key belongs to the value that is read next.
    Object(Map<String, Value>, String),
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
    objects: usize,
    max_values: usize,
    stack: Vec<Open>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Value, Fault> {
        loop {
            // Either a finished value, or a container was opened and its first value follows.
            let Some(mut value) = self.value()? else { continue };
            loop {
                let Some(open) = self.stack.pop() else {
                    return match self.peek() {
                        None => Ok(value),
                        Some(_) => Err((self.at, JsonErrorKind::TrailingData)),
                    };
                };
                match self.attach(open, value)? {
                    Some(closed) => value = closed,
                    None => break,
                }
            }
        }
    }

    /// Puts a value into its container; gives the container back if it ends here.
    fn attach(&mut self, open: Open, value: Value) -> Result<Option<Value>, Fault> {
        match open {
            Open::Array(mut items) => {
                items.push(value);
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.stack.push(Open::Array(items));
                        Ok(None)
                    }
                    Some(b']') => {
                        self.at += 1;
                        Ok(Some(Value::Array(items)))
                    }
                    _ => Err(self.expected("`,` or `]`")),
                }
            }
            Open::Object(mut fields, key) => {
                fields.insert(key, value);
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        let key = self.key(&fields)?;
                        self.stack.push(Open::Object(fields, key));
                        Ok(None)
                    }
                    Some(b'}') => {
                        self.at += 1;
                        Ok(Some(Value::Object(fields)))
                    }
                    _ => Err(self.expected("`,` or `}`")),
                }
            }
        }
    }

    fn value(&mut self) -> Result<Option<Value>, Fault> {
        let first = self.peek();
        self.values += 1;
        if self.values > self.max_values {
            return Err((self.at, JsonErrorKind::TooManyValues { limit: self.max_values }));
        }
        match first {
            Some(b'{') => self.open_object(),
            Some(b'[') => {
                self.at += 1;
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Some(Value::Array(Vec::new())));
                }
                self.stack.push(Open::Array(Vec::new()));
                Ok(None)
            }
            Some(b'"') => self.string().map(|s| Some(Value::String(s))),
            Some(b'-' | b'0'..=b'9') => self.number().map(|n| Some(Value::Number(n))),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn open_object(&mut self) -> Result<Option<Value>, Fault> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err((self.at, JsonErrorKind::TooManyValues { limit: MAX_OBJECTS }));
        }
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Some(Value::Object(Map::new())));
        }
        let fields = Map::new();
        let key = self.key(&fields)?;
        self.stack.push(Open::Object(fields, key));
        Ok(None)
    }

    /// Reads `"key":`, which must not be in `fields` yet. Keys are compared decoded.
    fn key(&mut self, fields: &Map<String, Value>) -> Result<String, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key"));
        }
        let start = self.at;
        let key = self.string()?;
        if fields.contains_key(&key) {
            return Err((start, JsonErrorKind::duplicate(&key)));
        }
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok(key)
    }

    fn string(&mut self) -> Result<String, Fault> {
        let (text, end) = text::read(self.bytes, self.at)?;
        self.at = end;
        Ok(text)
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let start = self.at;
        let end = text::number_end(self.bytes, start)?;
        self.at = end;
        // The grammar was checked; what can fail is an exponent beyond f64.
        serde_json::from_slice(&self.bytes[start..end])
            .map_err(|_| (start, JsonErrorKind::Syntax("a number out of range")))
    }

    fn literal(&mut self, word: &'static str, value: Value) -> Result<Option<Value>, Fault> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(Some(value))
    }

    /// The next byte that is not white space, without taking it.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn expected(&self, what: &'static str) -> Fault {
        let end = self.at >= self.bytes.len();
        let kind = if end { JsonErrorKind::Unfinished } else { JsonErrorKind::Expected(what) };
        (self.at, kind)
    }
}

#[cfg(test)]
mod tests;
