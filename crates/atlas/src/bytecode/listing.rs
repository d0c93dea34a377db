//! Code to read: one instruction a line, with names beside what has one.

use std::fmt;

use alloy_primitives::{Address, Bytes, hex};

use super::{
    metadata, opcode,
    walk::{Code, Step},
};
use crate::{ChainText, Selectors};

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The place of the instruction, in bytes.
    pub at: usize,
    /// The instruction; none where the byte is not one, as in data, or at the compiler's note.
    pub name: Option<&'static str>,
    /// What it pushes, or the bytes that are no instruction.
    pub data: Bytes,
    /// What that may stand for. Safe to print on one line.
    pub note: Option<String>,
}

/// The instructions of code from its beginning, one after the other, whether they can run or not. `name` knows
/// addresses. It is read as it is asked for: take as many lines as are wanted.
pub fn listing<'a>(
    bytes: &'a [u8],
    selectors: &'a Selectors,
    name: impl Fn(Address) -> Option<String> + 'a,
) -> impl Iterator<Item = Line> + 'a {
    let (end, note) = metadata::split(bytes);
    // Only the steps are asked for; the places to jump to need not be known.
    let code = Code::new(&bytes[..end]);
    let lines = code.steps(0).map(move |step| line(&step, selectors, &name));
    let last = note.map(|note| Line {
        at: end,
        name: None,
        data: Bytes::copy_from_slice(&bytes[end..]),
        note: Some(match (note.compiler, note.source) {
            (Some(compiler), Some(source)) => format!("{compiler}, {source}"),
            (Some(compiler), None) => compiler.to_string(),
            (None, Some(source)) => source.to_string(),
            (None, None) => "the compiler's note".to_owned(),
        }),
    });
    lines.chain(last)
}

fn line(step: &Step<'_>, selectors: &Selectors, name: &impl Fn(Address) -> Option<String>) -> Line {
    let known = opcode::opcode_name(step.byte);
    let data = match known {
        Some(_) => Bytes::copy_from_slice(step.data),
        None => Bytes::copy_from_slice(&[step.byte]),
    };
    Line { at: step.at, name: known, note: note(step, selectors, name), data }
}

fn note(step: &Step<'_>, selectors: &Selectors, name: &impl Fn(Address) -> Option<String>) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(step.data) {
        let known = selectors.selector(four.into()).or_else(|| selectors.error(four.into()))?;
        return Some(known.text().to_owned());
    }
    if let Ok(topic) = <[u8; 32]>::try_from(step.data) {
        if let Some(event) = selectors.topic(topic.into()) {
            return Some(event.text().to_owned());
        }
        if let Some(known) = crate::slots::known_slot(topic.into()) {
            return Some(known.to_owned());
        }
    }
    if let Ok(account) = <[u8; 20]>::try_from(step.data)
        && let Some(name) = name(account.into())
    {
        return Some(ChainText::read(name.as_bytes()).to_string());
    }
    let end = step.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let text = &step.data[..end];
    let reads = text.len() >= 4 && text.iter().all(|byte| (b' '..=b'~').contains(byte));
    reads.then(|| format!("\"{}\"", String::from_utf8_lossy(text).escape_debug()))
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}  {}", self.at, self.name.unwrap_or("-"))?;
        if !self.data.is_empty() {
            write!(f, " {}", hex::encode_prefixed(&self.data))?;
        }
        self.note.as_ref().map_or(Ok(()), |note| write!(f, "  ; {note}"))
    }
}
