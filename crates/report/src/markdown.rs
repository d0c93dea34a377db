//! Hostile text in Markdown: as code, in one line, with nothing in it that ends the code or deceives the eye.

use std::fmt::Write as _;

use atlas::ChainText;
use case::Timestamp;

/// Characters of one piece of foreign text; the whole of it stands in the book.
const CHARS_MAX: usize = 240;

/// Foreign text as a code span. What would end the span, the line or the cell of a table, what begins a tag, and what is
/// invisible or turns the direction of writing is shown by its number, as `\u{60}`.
pub fn code(text: &str) -> String {
    let read = ChainText::read(text.as_bytes());
    let mut shown = String::with_capacity(text.len().min(CHARS_MAX) + 2);
    let mut left = CHARS_MAX;
    // `ChainText` shows what is invisible by its number already.
    for char in read.to_string().trim().chars() {
        if left == 0 {
            shown.push('…');
            break;
        }
        left -= 1;
        match char {
            '`' | '|' | '<' => {
                // Writing to a text cannot fail.
                let _ = write!(shown, "{}", char.escape_unicode());
            }
            char => shown.push(char),
        }
    }
    if shown.is_empty() { "(nothing)".to_owned() } else { format!("`{shown}`") }
}

/// A moment as people write it, in UTC, with milliseconds where there are any.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', " UTC")
}

/// A list with a last word about what does not fit.
pub(crate) fn listed<T>(items: impl IntoIterator<Item = T>, most: usize, line: impl Fn(T) -> String) -> Vec<String> {
    let mut items = items.into_iter();
    let mut lines: Vec<String> = items.by_ref().take(most).map(line).collect();
    let more = items.count();
    if more > 0 {
        lines.push(format!("and {more} more, which the case file lists"));
    }
    lines
}
