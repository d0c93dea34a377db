//! Reading JSON that nests as deep as calls do.
//!
//! A call that calls is an object in a list in an object, and the EVM goes 1,024 calls deep (yellow paper, section 9.4.1).
//! Reading goes down with it, so how deep a text goes is counted before it is read, and what goes deep is read where there
//! is room for it.

use std::thread;

use serde_json::value::RawValue;

use crate::wire::WireError;

/// Calls from the transaction to the innermost one.
const CALLS_MAX: usize = 1_025;
/// Levels of JSON: two for each call, two around them, and one more call for a self-destruct, which is told as a call of
/// the innermost.
const LEVELS_MAX: usize = 2 * (CALLS_MAX + 1) + 2;
/// Levels that any thread has room for; serde_json's own limit.
const LEVELS_ORDINARY: usize = 120;
/// Room for a level: a reader that was not optimised takes up to nine kilobytes for each.
const BYTES_PER_LEVEL: usize = 24 * 1024;

/// Reads a text by `read`, with room for its depth. Its result is small beside its text and taken apart here as well.
pub(super) fn read<T: Send>(
    json: &RawValue,
    read: impl FnOnce(&RawValue) -> Result<T, WireError> + Send,
) -> Result<T, WireError> {
    let levels = levels(json.get());
    if levels <= LEVELS_ORDINARY {
        return read(json);
    }
    if levels > LEVELS_MAX {
        return Err(refused(format!(
            "it nests {levels} levels deep, and {CALLS_MAX} calls within each other, which is as deep as the EVM goes, \
             take {LEVELS_MAX}: ask another node"
        )));
    }
    thread::scope(|scope| {
        let reader = thread::Builder::new().name("deep-json".to_owned()).stack_size(levels * BYTES_PER_LEVEL);
        let reader = reader.spawn_scoped(scope, || read(json));
        let reader = reader.map_err(|error| refused(format!("no thread could be started to read it: {error}")))?;
        reader.join().unwrap_or_else(|_| Err(refused("its reader failed".to_owned())))
    })
}

fn refused(why: String) -> WireError {
    WireError::Shape { what: "call trace", field: ".".to_owned(), why }
}

/// How deep lists and objects stand within each other.
fn levels(text: &str) -> usize {
    let (mut level, mut deepest) = (0usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' => level = level.saturating_sub(1),
            b'"' => while bytes.next().is_some_and(|byte| byte != b'"' && (byte != b'\\' || bytes.next().is_some())) {},
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use facts::Address;

    use super::*;
    use crate::trace::{CallTrace, call_from, calls_from};

    /// Calls within each other, as geth tells them.
    fn nested(calls: usize) -> String {
        let head = format!(
            r#"{{"type":"CALL","from":"{}","to":"{}","gas":"0x5","gasUsed":"0x2","input":"0x01""#,
            Address::repeat_byte(1),
            Address::repeat_byte(2)
        );
        let mut text = String::new();
        for _ in 1..calls {
            text.push_str(&head);
            text.push_str(r#","calls":["#);
        }
        text.push_str(&head);
        text.push('}');
        text.push_str(&"]}".repeat(calls - 1));
        text
    }

    fn raw(text: String) -> Box<RawValue> {
        RawValue::from_string(text).unwrap()
    }

    fn depth(mut call: &CallTrace) -> usize {
        let mut depth = 1;
        while let Some(inner) = call.calls.first() {
            (call, depth) = (inner, depth + 1);
        }
        depth
    }

    #[test]
    fn as_deep_as_the_machine_goes() {
        for calls in [1, 59, 60, 64, 1_024, 1_025] {
            assert_eq!(depth(&call_from(&raw(nested(calls))).unwrap()), calls);
            let block = calls_from(&raw(format!(r#"[{{"result":{}}}]"#, nested(calls)))).unwrap();
            assert_eq!(depth(&block[0].1), calls);
        }
    }

    #[test]
    fn deeper_than_any_machine_is_refused_before_it_is_read() {
        for calls in [1_028, 200_000] {
            let said = call_from(&raw(nested(calls))).unwrap_err().to_string();
            assert!(said.contains("levels deep") && said.contains("ask another node"), "{said}");
        }
    }

    #[test]
    fn brackets_in_words_are_no_levels() {
        assert_eq!(levels(r#"{"a":["[[[{{{","\"[[[",["\\"]]}"#), 3);
        assert_eq!(levels("7"), 0);
    }
}
