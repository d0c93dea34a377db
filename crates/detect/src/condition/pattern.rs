//! Patterns for texts: regular expressions in time linear to the text, of a bounded size.

use regex::{Regex, RegexBuilder};

/// Bytes of a compiled pattern. `\w{3,20}@[a-z.]+` needs a twentieth.
const BYTES: usize = 64 << 10;
/// Characters of a pattern.
const CHARACTERS: usize = 256;
/// Brackets within brackets.
const NESTING: u32 = 16;

/// A checked pattern.
#[derive(Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Compiles a pattern, or says why it is not one.
    pub(crate) fn new(text: &str) -> Result<Self, (String, &'static str)> {
        if text.chars().count() > CHARACTERS {
            return Err((format!("the pattern has more than {CHARACTERS} characters"), "split it into several tests"));
        }
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(BYTES).dfa_size_limit(BYTES).nest_limit(NESTING);
        builder.build().map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => (
                format!("the pattern would take more than {BYTES} bytes, so that one text could hold up a block"),
                "use smaller repetitions: `a{1000}` is a thousand copies of `a`, and repetitions multiply",
            ),
            other => {
                let text = other.to_string();
                let why = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or(&text);
                let why: String = why.chars().take(160).collect();
                (format!("this is not a pattern: {why}"), "see https://docs.rs/regex for what may stand here")
            }
        })
    }

    /// It as it is written.
    pub(crate) fn text(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
