//! From text to CEL's syntax tree, with limits before the parser sees it: the parser recurses.

use cel::{
    Env,
    common::ast::{IdedExpr, SourceInfo},
};

use crate::{Fault, card::Text};

/// Words, numbers, texts and signs of a condition.
pub(super) const TOKENS: usize = 240;
/// Brackets within brackets. Without optimisation the parser takes some 150 KiB of stack for each, and a thread of a
/// service has 2 MiB.
pub(super) const NESTING: usize = 6;

/// Parses a condition. CEL's macros are left as the calls they are written as; the checker knows them.
pub(super) fn parse(text: &Text) -> Result<(IdedExpr, SourceInfo), Fault> {
    scan(text)?;
    let parser = Env::default().with_optional_support(false).parser();
    parser.parse_with_source_info(&text.text).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        let (line, column) = first.as_ref().map_or((0, 0), |error| error.pos);
        let what = first.map_or_else(String::new, |error| error.msg.lines().next().unwrap_or_default().to_owned());
        let what: String = what.trim_start_matches("Syntax error: ").chars().take(200).collect();
        text.fault(offset(&text.text, line, column), format!("this is not CEL: {what}"), "see data/rules/LANGUAGE.md")
    })
}

/// The byte at a line and column that count from one.
fn offset(text: &str, line: isize, column: isize) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(0), usize::try_from(column).unwrap_or(0));
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// Counts tokens and brackets, stepping over texts and comments.
fn scan(text: &Text) -> Result<(), Fault> {
    let source = &*text.text;
    let (mut at, mut tokens, mut depth) = (0, 0usize, 0usize);
    if source.trim().is_empty() {
        return Err(text.fault(0, "the condition is empty", "write when the rule fires, such as `tx.succeeded`"));
    }
    while let Some(next) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = match next {
            _ if next.is_whitespace() => next.len_utf8(),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => quoted(rest),
            _ if next.is_alphanumeric() || next == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                // The end of a raw text is found by other rules, and nothing here needs one.
                if rest[length..].starts_with(['\'', '"']) {
                    return Err(text.fault(at, "texts take no prefix here", "write a plain text in quotes"));
                }
                length
            }
            _ => next.len_utf8(),
        };
        match next {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens += usize::from(!next.is_whitespace());
        if depth > NESTING || tokens > TOKENS {
            let what =
                format!("the condition is too large: more than {TOKENS} words and signs, or {NESTING} brackets deep");
            return Err(text.fault(at, what, "split it into several rules"));
        }
        at += length;
    }
    Ok(())
}

/// The length of the text that starts here. One that does not end is left to the parser to complain about.
fn quoted(rest: &str) -> usize {
    let quotes = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quotes| rest.starts_with(quotes)).unwrap_or("'");
    let mut skip = false;
    for (at, c) in rest.char_indices().skip(quotes.len()) {
        if !skip && rest[at..].starts_with(quotes) {
            return at + quotes.len();
        }
        skip = !skip && c == '\\';
    }
    rest.len()
}
