//! Comma-separated values, as RFC 4180 has them, with lines that begin with `#` left out.

use std::borrow::Cow;

/// The most columns and the longest line, in bytes. The widest file in use has eight columns.
const COLUMNS_MAX: usize = 32;
const LINE_BYTES_MAX: usize = 16 << 10;

/// A row with the line on which it begins, from 1.
pub(crate) struct CsvRow<'a> {
    pub(crate) line: usize,
    pub(crate) fields: Result<Vec<Cow<'a, str>>, &'static str>,
}

/// The rows of a text. A row that is broken ends with its line.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = CsvRow<'_>> {
    let mut lines = text.split_inclusive('\n').enumerate();
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (at, line) = lines.next()?;
            let from = rest;
            rest = &rest[line.len()..];
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            // A quoted field may hold line breaks: as many lines are taken as it needs.
            let (fields, len) = fields(from);
            let mut taken = line.len();
            while taken < len {
                let Some((_, more)) = lines.next() else { break };
                rest = &rest[more.len()..];
                taken += more.len();
            }
            return Some(CsvRow { line: at + 1, fields });
        }
    })
}

/// The fields of the row at the head of a text, and how many bytes it has.
fn fields(text: &str) -> (Result<Vec<Cow<'_, str>>, &'static str>, usize) {
    let line = text.find('\n').map_or(text.len(), |end| end + 1);
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        if fields.len() == COLUMNS_MAX {
            return (Err("there are more than 32 columns"), line);
        }
        if at > LINE_BYTES_MAX || line > LINE_BYTES_MAX {
            return (Err("the line is longer than 16384 bytes"), line);
        }
        let (field, end) = match text[at..].strip_prefix('"') {
            Some(quoted) => match unquoted(quoted) {
                Some((field, len)) => (field, at + 1 + len),
                None => return (Err("a quote is not closed"), line),
            },
            None => {
                let len = text[at..].find([',', '\n']).unwrap_or(text.len() - at);
                (Cow::Borrowed(text[at..at + len].trim_end_matches('\r')), at + len)
            }
        };
        fields.push(field);
        let behind = text[end..].strip_prefix('\r').unwrap_or(&text[end..]);
        at = text.len() - behind.len();
        match behind.bytes().next() {
            Some(b',') => at += 1,
            Some(b'\n') => return (Ok(fields), at + 1),
            None => return (Ok(fields), at),
            Some(_) => return (Err("something stands behind a closing quote"), line),
        }
    }
}

/// What is quoted, with doubled quotes as one, and how many bytes it takes with the closing quote.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let near = &text[..text.floor_char_boundary(text.len().min(LINE_BYTES_MAX))];
    let mut at = 0;
    let mut doubled = false;
    loop {
        let quote = at + near[at..].find('"')?;
        if near[quote + 1..].starts_with('"') {
            doubled = true;
            at = quote + 2;
            continue;
        }
        let inner = &near[..quote];
        let field = if doubled { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
        return Some((field, quote + 1));
    }
}
