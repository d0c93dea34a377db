//! Texts in code: pushed, or standing between the code.

use super::{
    opcode::op,
    walk::{Code, Marks},
};

/// Shorter runs of letters are chance.
const CHARS_MIN: usize = 6;
/// The longest text that is kept.
const CHARS_MAX: usize = 512;
/// How many are kept.
const STRINGS_MAX: usize = 256;
/// A text longer than a word is pushed in pieces, with a few instructions between them.
const STEPS_BETWEEN: usize = 12;

pub(super) fn find(code: &Code<'_>, live: &Marks) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // Bytes that cannot run, gathered until something can.
    let mut dead = String::new();
    // How many instructions ago the last text ended in a full word.
    let mut since = usize::MAX;
    for step in code.steps(0) {
        if found.len() >= STRINGS_MAX {
            break;
        }
        since = since.saturating_add(1);
        if !live.has(step.at) {
            for byte in &code.bytes[step.at..step.next()] {
                if is_text(*byte) && dead.len() < CHARS_MAX {
                    dead.push(char::from(*byte));
                } else {
                    take(&mut dead, &mut found);
                }
            }
            continue;
        }
        take(&mut dead, &mut found);
        if step.byte < op::PUSH4 || step.byte > op::PUSH32 {
            continue;
        }
        // A text stands at the high end of its word, with zeros behind it.
        let end = step.data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let text = &step.data[..end];
        let goes_on = since <= STEPS_BETWEEN;
        if text.is_empty() || !text.iter().all(|byte| is_text(*byte)) || text.len() < CHARS_MIN && !goes_on {
            continue;
        }
        let text = text.iter().copied().map(char::from);
        match found.last_mut().filter(|last| goes_on && last.len() < CHARS_MAX) {
            Some(last) => last.extend(text),
            None => found.push(text.collect()),
        }
        since = if end == 32 { 0 } else { usize::MAX };
    }
    take(&mut dead, &mut found);
    found.truncate(STRINGS_MAX);
    found
}

fn take(run: &mut String, found: &mut Vec<String>) {
    let run = std::mem::take(run);
    // Nearly every row of bytes has letters in it; a text has more than signs.
    if run.len() >= CHARS_MIN && run.bytes().filter(|byte| byte.is_ascii_alphabetic()).count() * 2 > run.len() {
        found.push(run);
    }
}

fn is_text(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}
