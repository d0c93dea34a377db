//! Texts that people write: TOML in, or an error that says where and what to do.
//!
//! Every file a person edits (installation, protocol, chains, rule cards, playbooks) is read through [`parse`], so that
//! all of them refuse in one form: ``unknown key `listne` at breakglass.toml:4:1; did you mean `listen`?``
//!
//! A type that derives `Deserialize` with `deny_unknown_fields` needs nothing else. What serde cannot judge (a checksum,
//! a duplicate) is found afterwards on [`Spanned`] values and told with [`Text::error`]. `#[serde(flatten)]` and
//! `#[serde(untagged)]` lose both place and key, so a type that is read here uses neither.

use std::ops::Range;

use serde::de::DeserializeOwned;
pub use toml::Spanned;

/// A text longer than this is refused before it is parsed, in bytes. The longest honest file is a few kilobytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Messages are cut to this many characters: some quote what was written.
const MESSAGE_CHARS_MAX: usize = 400;

/// A text that cannot be used, with its place and, where one is known, its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at {file}:{line}:{column}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct ConfigError {
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ConfigError {
    /// The same error with a remedy.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Reads `text` as a `T`. `file` is only a name for errors; nothing is opened.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    Text { file, text }.parse()
}

/// A text and the name of the file it came from, to make errors with a place.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The file's name, for errors.
    pub file: &'a str,
    /// What it says.
    pub text: &'a str,
}

impl Text<'_> {
    /// Reads the text as a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        if self.text.len() > TEXT_BYTES_MAX {
            let message = format!("{} bytes are too many", self.text.len());
            return Err(self.error(0..0, message).hint(format!("keep the file below {TEXT_BYTES_MAX} bytes")));
        }
        toml::from_str(self.text).map_err(|error| self.toml_error(&error))
    }

    /// An error at these bytes of the text.
    pub fn error(&self, span: Range<usize>, message: impl AsRef<str>) -> ConfigError {
        let (line, column) = place(self.text, span.start);
        let message = one_line(message.as_ref(), MESSAGE_CHARS_MAX);
        ConfigError { file: self.file.to_owned(), line, column, message, hint: None }
    }

    /// What `toml` or serde found wrong, in the words of whoever wrote the file.
    pub fn toml_error(&self, error: &toml::de::Error) -> ConfigError {
        let found = error.message();
        let at = |message: &str| self.error(error.span().unwrap_or(0..0), message);
        if let Some((word, expected)) = unknown(found, "unknown field ") {
            return at(&format!("unknown key `{word}`")).hint(suggest(word, &expected));
        }
        if let Some((word, expected)) = unknown(found, "unknown variant ") {
            return at(&format!("unknown value `{word}`")).hint(suggest(word, &expected));
        }
        if let Some(key) = found.strip_prefix("missing field ") {
            return at(&format!("missing key {key}")).hint(format!("add {key} to this table"));
        }
        at(found)
    }
}

/// `did you mean`, for the known word nearest to `word`; or all the known words, when none is near.
pub fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "nothing may be written here".to_owned(),
        None => format!("known are {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// The known word nearest to `word`, if one is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distance is quadratic in length and no known word is long.
    if word.len() > 80 {
        return None;
    }
    let score = |known: &str| (strsim::damerau_levenshtein(word, known), known.len());
    let near = known.into_iter().min_by_key(|known| score(known))?;
    let allowed = (word.chars().count().max(near.chars().count()) / 3).max(1);
    (score(near).0 <= allowed).then_some(near)
}

/// Takes serde's message apart: "unknown field `a`, expected one of `b`, `c`". The word may hold any character.
fn unknown<'a>(message: &'a str, prefix: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let rest = message.strip_prefix(prefix)?.strip_prefix('`')?;
    let (word, expected) = rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no "))?;
    Some((word, expected.split('`').skip(1).step_by(2).collect()))
}

fn place(text: &str, byte: usize) -> (usize, usize) {
    let byte = text.floor_char_boundary(byte.min(text.len()));
    let before = &text[..byte];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// A text from elsewhere as part of a message: on one line, cut to `chars_max`, its terminal codes escaped.
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::new();
    for char in text.trim_end().chars().take(chars_max) {
        if char.is_control() { line.extend(char.escape_default()) } else { line.push(char) }
    }
    line
}

#[cfg(test)]
mod tests;
