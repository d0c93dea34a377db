//! From a byte in a text to a line and a column, and from TOML's errors to faults that name them.

use std::ops::Range;

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
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            let hint = hint_for(&message);
            self.fault(at, message, hint)
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

/// The closest of `known` to a word, if it is close enough to be meant.
pub(crate) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short = word.len() <= 64;
    let near = known.into_iter().filter(|_| short).map(|known| (strsim::damerau_levenshtein(word, known), known));
    near.min().filter(|(distance, known)| *distance <= 1 + known.len() / 4).map(|(_, known)| known)
}

/// The hint that goes with [`meant`], or the whole list.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match meant(word, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => String::new(),
        None => format!("known are {}", known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// For an unknown key or word, serde lists what it knows; the closest of them is what was meant.
fn hint_for(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    match meant(word, quoted) {
        Some(meant) if message.starts_with("unknown") => format!("did you mean `{meant}`?"),
        _ => String::new(),
    }
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

    #[test]
    fn an_unknown_key_names_the_one_that_was_meant() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Card {
            #[expect(dead_code)]
            severity: Option<String>,
            #[expect(dead_code)]
            title: Option<String>,
        }
        let fault = File::new("x.toml", "title = 'a'\nseverty = 'high'").unwrap().read::<Card>().unwrap_err();
        expect_test::expect![
            "x.toml:2:1: unknown field `severty`, expected `severity` or `title`; did you mean `severity`?"
        ]
        .assert_eq(&fault.to_string());
    }
}
