//! Reads JSON, and says where in it the fault lies.
//!
//! serde_json tells the line and column at which it stopped, and the way there over the text gives
//! the path. A deserializer that keeps track of the path would wrap the reader of every member of
//! every type, and made a tenth of the Worker's script.

mod objects;

use serde::Deserialize;

pub use objects::from_json;

use crate::error::CaseError;

/// Reads a document of any type.
///
/// # Errors
/// What is wrong and the path to it; the path is empty where it is the whole document.
pub fn read_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, CaseError> {
    from_json(json).map_err(|error| located(json, &error))
}

fn located(json: &str, error: &serde_json::Error) -> CaseError {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = match (error.is_data(), message.strip_suffix(&position)) {
        // The path says where it is, and better. JSON that ends or breaks off has no path.
        (true, Some(message)) => message,
        _ => &message,
    };
    let fault = match missing_field(message) {
        Some(field) => CaseError::new("missing").within(format_args!("{field}")),
        None => CaseError::new(message),
    };
    match path(json.as_bytes(), error).as_str() {
        "" => fault,
        path => fault.within(format_args!("{path}")),
    }
}

/// The field that serde reports as missing, to be shown as part of the path like any other fault.
fn missing_field(message: &str) -> Option<&str> {
    message
        .strip_prefix("missing field `")?
        .split_once('`')
        .map(|(field, _)| field)
}

/// Whether an error that came with the end of an object or a list is about all of it.
fn is_of_whole(error: &serde_json::Error) -> bool {
    let message = error.to_string();
    message.starts_with("missing field") || message.starts_with("invalid length")
}

/// An object or a list that was not read to its end.
enum Open<'a> {
    /// With the key that was read last, as it is written, between its quotation marks.
    Object(Option<&'a [u8]>),
    /// With the number of elements before the present one, and whether that has begun.
    List(usize, bool),
}

/// The path to what was being read when `error` occurred, such as `order.lines[2].amount`.
fn path(json: &[u8], error: &serde_json::Error) -> String {
    let offset = offset(json, error.line(), error.column());
    let (read, unread) = json.split_at_checked(offset).unwrap_or((json, &[]));
    let read = match read.split_last() {
        // It does not belong there, so it closes nothing.
        Some((b'}' | b']' | b',', before)) if error.is_syntax() => before,
        // serde_json reads to the end of an object or a list whose last member was refused after it
        // had been read.
        Some((b'}' | b']', before)) if !is_of_whole(error) => before,
        _ => read,
    };
    let mut open = open(read);
    if let Some(Open::List(_, begun @ false)) = open.last_mut() {
        // An element that is an object or a list is refused before any of it is read.
        let next = unread.iter().find(|byte| !byte.is_ascii_whitespace());
        *begun = matches!(next, Some(b'{' | b'['));
    }
    let mut path = String::new();
    for part in open {
        match part {
            Open::Object(Some(key)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&unescaped(key));
            }
            Open::List(index, true) => path.push_str(&format!("[{index}]")),
            Open::Object(None) | Open::List(_, false) => {}
        }
    }
    path
}

/// How many bytes lie before this line (from 1) and column (in bytes, from 0).
fn offset(json: &[u8], line: usize, column: usize) -> usize {
    let lines = json.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    before.saturating_add(column)
}

/// What is still open where this beginning of a JSON text ends.
fn open(mut read: &[u8]) -> Vec<Open<'_>> {
    let mut open = Vec::new();
    while let Some((byte, rest)) = read.split_first() {
        read = rest;
        match byte {
            b'}' | b']' => {
                open.pop();
                continue;
            }
            b',' => {
                match open.last_mut() {
                    Some(Open::Object(key)) => *key = None,
                    Some(Open::List(index, begun)) => {
                        *index = index.saturating_add(1);
                        *begun = false;
                    }
                    None => {}
                }
                continue;
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => continue,
            _ => {}
        }
        if let Some(Open::List(_, begun)) = open.last_mut() {
            *begun = true;
        }
        match byte {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::List(0, false)),
            b'"' => {
                let (text, rest) = string(read);
                read = rest;
                if let Some(Open::Object(key @ None)) = open.last_mut() {
                    *key = Some(text);
                }
            }
            _ => {}
        }
    }
    open
}

/// A string, whose opening quotation mark was read: what it holds, and what follows it.
fn string(read: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = read.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    match end.and_then(|end| read.split_at_checked(end)) {
        Some((text, rest)) => (text, rest.get(1..).unwrap_or_default()),
        None => (read, &[]),
    }
}

fn unescaped(key: &[u8]) -> String {
    let quoted = [b"\"", key, b"\""].concat();
    serde_json::from_slice(&quoted).unwrap_or_else(|_| String::from_utf8_lossy(key).into_owned())
}
