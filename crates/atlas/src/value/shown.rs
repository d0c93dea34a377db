//! Values for people: one safe line, however long the value is.

use std::fmt;

use alloy_primitives::hex;

use super::{Field, Value};
use crate::ChainText;

/// How many bytes are written before the rest is counted.
const BYTES_MAX: usize = 128;
/// How many elements are written before the rest is counted.
const ELEMENTS_MAX: usize = 32;
/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 4_096;

impl fmt::Display for Value {
    /// Numbers are decimal, addresses checksummed, bytes hex, texts in quotes with whatever could deceive escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        write(self, &mut line);
        f.write_str(&line)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { self.value.fmt(f) } else { write!(f, "{}: {}", self.name, self.value) }
    }
}

fn write(value: &Value, line: &mut String) {
    if line.len() > LINE_BYTES_MAX {
        if !line.ends_with('…') {
            line.push('…');
        }
        return;
    }
    match value {
        Value::Uint(number) => line.push_str(&number.to_string()),
        Value::Int(number) => line.push_str(&number.to_string()),
        Value::Bool(yes) => line.push_str(if *yes { "true" } else { "false" }),
        Value::Address(address) => line.push_str(&address.to_string()),
        Value::FixedBytes(bytes) | Value::Bytes(bytes) => {
            line.push_str(&hex::encode_prefixed(&bytes[..bytes.len().min(BYTES_MAX)]));
            if bytes.len() > BYTES_MAX {
                line.push_str(&format!("… {} bytes", bytes.len()));
            }
        }
        Value::Text(bytes) => {
            let text = ChainText::read(bytes);
            let shown = text.text.replace('\\', "\\\\").replace('"', "\\\"");
            line.push('"');
            line.push_str(&ChainText { text: shown, ..text }.to_string());
            line.push('"');
        }
        Value::Array(values) => {
            line.push('[');
            for (index, value) in values.iter().take(ELEMENTS_MAX).enumerate() {
                line.push_str(if index > 0 { ", " } else { "" });
                write(value, line);
            }
            if values.len() > ELEMENTS_MAX {
                line.push_str(&format!(", … {} in all", values.len()));
            }
            line.push(']');
        }
        Value::Tuple(fields) => {
            line.push('(');
            for (index, field) in fields.iter().enumerate() {
                line.push_str(if index > 0 { ", " } else { "" });
                if !field.name.is_empty() {
                    line.push_str(&field.name);
                    line.push_str(": ");
                }
                write(&field.value, line);
            }
            line.push(')');
        }
        Value::Hashed(hash) => {
            line.push_str("hash ");
            line.push_str(&hash.to_string());
        }
    }
}
