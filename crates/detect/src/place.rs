//! From a byte in a text to a line and a column, and from TOML's errors to faults that name them.

use std::ops::Range;

use atlas::config;
use serde::de::DeserializeOwned;

use crate::{Fault, Place};

/// Bytes of one file of a rule. The largest of ours is a tenth of it.
pub(crate) const FILE_BYTES: usize = 256 << 10;

/// A file's name and text, to point into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> File<'a> {
    /// A file that is not too large to read.
    pub(crate) fn new(name: &'a str, text: &'a str) -> Result<Self, Fault> {
        let file = Self { name, text };
        if text.len() > FILE_BYTES {
            let what = format!("the file has `{}` bytes, more than `{FILE_BYTES}`", text.len());
            return Err(file.fault(0, what, "split it into several rules"));
        }
        Ok(file)
    }

    /// The place of a byte.
    pub(crate) fn place(&self, at: usize) -> Place {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// A fault at a byte.
    pub(crate) fn fault(&self, at: usize, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        Fault { place: self.place(at), what: what.into(), hint: hint.into() }
    }

    /// Reads the file as TOML.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        config::parse(self.name, self.text).map_err(|error| Fault {
            place: Place { file: error.file, line: error.line, column: error.column },
            what: error.message,
            hint: error.hint.unwrap_or_default(),
        })
    }

    /// For each byte of a decoded TOML string, and for its end, the byte of the file it comes from. `span` is the
    /// string's, quotes included.
    pub(crate) fn map_string(&self, span: Range<usize>, decoded: &str) -> Vec<usize> {
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let quotes =
            ["'''", "\"\"\"", "'", "\""].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or_default();
        let escapes = quotes.starts_with('"');
        let mut at = span.start + quotes.len();
        if quotes.len() == 3 {
            at += ["\r\n", "\n"].into_iter().find(|end| self.text[at..].starts_with(end)).map_or(0, str::len);
        }
        let mut map = Vec::with_capacity(decoded.len() + 1);
        for character in decoded.chars() {
            at = self.skip_folded(at, escapes);
            map.extend(std::iter::repeat_n(at, character.len_utf8()));
            at = (at + self.width(at, character, escapes)).min(span.end);
        }
        map.push(at);
        map
    }

    /// A backslash at the end of a line hides the white space after it.
    fn skip_folded(&self, at: usize, escapes: bool) -> usize {
        let Some(rest) = self.text.get(at..).and_then(|rest| rest.strip_prefix('\\')).filter(|_| escapes) else {
            return at;
        };
        let trimmed = rest.trim_start();
        let hidden = rest.len() - trimmed.len();
        if rest[..hidden].contains('\n') { self.skip_folded(at + 1 + hidden, escapes) } else { at }
    }

    /// How many bytes of the file make the next character of the string.
    fn width(&self, at: usize, decoded: char, escapes: bool) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let mut characters = rest.chars();
        match (characters.next(), characters.next()) {
            (Some('\\'), Some('x')) if escapes => 4,
            (Some('\\'), Some('u')) if escapes => 6,
            (Some('\\'), Some('U')) if escapes => 10,
            (Some('\\'), Some(_)) if escapes => 2,
            (Some('\r'), Some('\n')) if decoded == '\n' => 2,
            (Some(character), _) => character.len_utf8(),
            (None, _) => 0,
        }
    }
}

/// Which of `known` was meant, or all of them.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    config::suggest(word, &known.into_iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each word of the decoded string stands in the file.
    fn check(text: &str, words: &[(&str, usize, usize)]) {
        #[derive(serde::Deserialize)]
        struct One {
            x: toml::Spanned<String>,
        }
        let file = File::new("x.toml", text).unwrap();
        let one: One = file.read().unwrap();
        let decoded = one.x.get_ref();
        let map = file.map_string(one.x.span(), decoded);
        assert_eq!(map.len(), decoded.len() + 1);
        for (word, line, column) in words {
            let at = decoded.find(word).unwrap();
            let place = file.place(map[at]);
            assert_eq!((place.line, place.column), (*line, *column), "{word} in {text:?}");
        }
    }

    #[test]
    fn a_place_in_a_string_is_a_place_in_the_file() {
        check("x = 'a b'", &[("a", 1, 6), ("b", 1, 8)]);
        check("x = \"a\\n\\u00e4 b\"", &[("a", 1, 6), ("b", 1, 16)]);
        check("# é\nx = '''\né == b &&\n  c'''", &[("b", 3, 6), ("c", 4, 3)]);
        check("x = '''\r\na\r\n  c'''", &[("a", 2, 1), ("c", 3, 3)]);
        check("x = '''a\nb'''", &[("a", 1, 8), ("b", 2, 1)]);
        check("x = \"\"\"a \\\n   b\\tc\"\"\"", &[("a", 1, 8), ("b", 2, 4), ("c", 2, 7)]);
    }
}
