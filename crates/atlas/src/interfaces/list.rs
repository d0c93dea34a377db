//! Lists of signatures, as directories of selectors publish them.

use serde_json::Value as Json;

use super::Interfaces;
use crate::{
    BadRows, ConfigError, RowsRead, Signature, SignatureKind,
    config::one_line,
    csv,
    rows::{Rows, Slip, line_of},
};

/// The largest list that is read, in bytes.
const LIST_BYTES_MAX: usize = 256 << 20;
const FORM: &str = "write `0x` and 8 or 64 hex digits, and a signature such as `transfer(address,uint256)`";

impl Interfaces {
    /// Adds the signatures of a list, behind what is known already. What stands for a signature is computed from it: a
    /// row that claims something else is bad. The forms are known by how they begin:
    ///
    /// - CSV with a header that has `signature`, and may have `id` (or `selector`) and `kind` (`function`, `error`, `event`)
    /// - a line for each: a signature alone, or a kind before it, or its selector before it with a space, `:` or `,` between
    /// - JSON: selectors or topics with a signature or several, bare or in `function`, `event`, `error`, `result`; or
    ///   `results` with `hex_signature` and `text_signature`, as 4byte.directory answers
    ///
    /// Without a kind, 64 digits are an event and everything else is a function.
    pub fn add_list(&mut self, file: &str, text: &str, bad: BadRows) -> Result<RowsRead, ConfigError> {
        let mut rows = Rows { file, bad, found: RowsRead::default() };
        if text.len() > LIST_BYTES_MAX {
            let message = format!("{} bytes are too many", text.len());
            return Err(rows.error(1, message, format!("split it into files below {LIST_BYTES_MAX} bytes")));
        }
        let mut read = Vec::new();
        let body = text.trim_start_matches('\u{feff}').trim_start();
        if body.starts_with(['{', '[']) {
            let json: Json = serde_json::from_str(body).map_err(|error| {
                rows.error(error.line().max(1), format!("not a list of signatures: {error}"), FORM.to_owned())
            })?;
            json_rows(&json, None, text, &mut rows, &mut read)?;
        } else {
            line_rows(text, &mut rows, &mut read)?;
        }
        read.into_iter().for_each(|signature| self.add_signature(signature));
        Ok(rows.found)
    }
}

fn line_rows(text: &str, rows: &mut Rows<'_>, read: &mut Vec<Signature>) -> Result<(), ConfigError> {
    let first = csv::rows(text).next().and_then(|row| row.fields.ok()).unwrap_or_default();
    let column = |names: &[&str]| first.iter().position(|column| names.contains(&column.trim()));
    if let Some(signature_at) = column(&["signature"]) {
        let (id_at, kind_at) = (column(&["id", "selector"]), column(&["kind"]));
        for row in csv::rows(text).skip(1) {
            let taken = match row.fields {
                Ok(fields) if fields.len() == first.len() => {
                    let field = |at: Option<usize>| at.map(|at| fields[at].trim()).filter(|field| !field.is_empty());
                    claim(field(kind_at), field(id_at), fields[signature_at].trim())
                }
                Ok(fields) => {
                    let message = format!("{} fields under a header of {}", fields.len(), first.len());
                    Err((message, "quote a field that holds a comma".to_owned()))
                }
                Err(why) => Err((why.to_owned(), "quote fields as RFC 4180 says".to_owned())),
            };
            rows.row(|| row.line, take(taken, read))?;
        }
        return Ok(());
    }
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim().trim_end_matches([',', ';']);
        if line.is_empty() {
            continue;
        }
        let (before, signature) = match line.split_once([' ', ':', ',', '\t']) {
            // The first comma of a bare signature stands between its types.
            Some((before, rest)) if !before.contains('(') => {
                (Some(before.trim()), rest.trim_start_matches([' ', ':', ',', '\t']))
            }
            _ => (None, line),
        };
        let (kind, id) = match before {
            Some(word @ ("function" | "error" | "event")) => (Some(word), None),
            other => (None, other),
        };
        // Several signatures of one selector stand behind each other.
        let taken = signature
            .split(';')
            .try_fold(0, |taken, signature| take(claim(kind, id, signature.trim()), read).map(|one| taken + one));
        rows.row(|| index + 1, taken)?;
    }
    Ok(())
}

/// Recursion ends with the depth that the JSON reader allows.
fn json_rows(
    json: &Json,
    kind: Option<&str>,
    text: &str,
    rows: &mut Rows<'_>,
    read: &mut Vec<Signature>,
) -> Result<(), ConfigError> {
    let bare = |json: &Json| json.as_str().or_else(|| json.get("name")?.as_str()).map(str::to_owned);
    match json {
        Json::Array(entries) => {
            entries.iter().try_for_each(|entry| match (entry.as_str(), entry.get("text_signature")) {
                (Some(signature), _) => rows.row(|| line_of(text, signature), take(claim(kind, None, signature), read)),
                (None, Some(Json::String(signature))) => {
                    let id = entry.get("hex_signature").and_then(Json::as_str);
                    rows.row(|| line_of(text, signature), take(claim(kind, id, signature), read))
                }
                _ => json_rows(entry, kind, text, rows, read),
            })
        }
        Json::Object(entries) => entries.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
            (kind @ ("function" | "event" | "error"), value) => json_rows(value, Some(kind), text, rows, read),
            ("result" | "results", value) => json_rows(value, kind, text, rows, read),
            (id, Json::Array(several)) if id.starts_with("0x") => several.iter().try_for_each(|one| {
                let signature = bare(one).ok_or_else(|| slip("an entry without a signature".to_owned()));
                let taken = signature.and_then(|signature| claim(kind, Some(id), &signature));
                rows.row(|| line_of(text, id), take(taken, read))
            }),
            (id, value) if id.starts_with("0x") => {
                let signature = bare(value).ok_or_else(|| slip("an entry without a signature".to_owned()));
                let taken = signature.and_then(|signature| claim(kind, Some(id), &signature));
                rows.row(|| line_of(text, id), take(taken, read))
            }
            // `ok`, `count`, `next` and whatever else an answer has around its list.
            (_, Json::Array(_) | Json::Object(_)) => {
                rows.row(|| line_of(text, key), Err(slip(format!("`{}` is no selector", one_line(key, 80)))))
            }
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

fn take(claimed: Result<Signature, Slip>, read: &mut Vec<Signature>) -> Result<usize, Slip> {
    read.push(claimed?);
    Ok(1)
}

/// A signature, if what is said to stand for it does.
fn claim(kind: Option<&str>, id: Option<&str>, text: &str) -> Result<Signature, Slip> {
    let digits = id.map(|id| id.strip_prefix("0x").unwrap_or(id));
    // Some lists say behind an event how many of its values are indexed; the log says so itself.
    let kind = kind.map(|kind| kind.split(':').next().unwrap_or(kind));
    let kind = match (kind, digits.map(str::len)) {
        (Some("function"), _) | (None, None | Some(8)) => SignatureKind::Function,
        (Some("error"), _) => SignatureKind::Error,
        (Some("event"), _) | (None, Some(64)) => SignatureKind::Event,
        (Some(other), _) => return Err(slip(format!("`{}` is no kind of signature", one_line(other, 80)))),
        (None, Some(_)) => {
            return Err(slip(format!("`{}` is no selector", one_line(id.unwrap_or_default(), 80))));
        }
    };
    let signature = Signature::parse(kind, text).map_err(|error| slip(error.to_string()))?;
    let whole = alloy_primitives::hex::encode(signature.topic());
    match digits {
        Some(digits) if !matches!(digits.len(), 8 | 64) || !whole.starts_with(&digits.to_ascii_lowercase()) => {
            let hint = format!("it hashes to `0x{}`: correct one of the two", &whole[..digits.len().clamp(8, 64)]);
            Err((format!("`{signature}` does not stand behind `{}`", one_line(id.unwrap_or_default(), 80)), hint))
        }
        _ => Ok(signature),
    }
}

fn slip(message: String) -> Slip {
    (message, FORM.to_owned())
}
