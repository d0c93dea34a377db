//! An ABI as compilers write it: the bare array, or a Foundry or Hardhat artifact around it.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    AtlasError, Signature, SignatureKind,
    config::{Text, one_line},
    signature::{NAME_BYTES_MAX, SIGNATURE_BYTES_MAX, is_identifier},
};

/// The largest file that is read, in bytes. Artifacts carry bytecode and a syntax tree beside the ABI.
pub const ABI_BYTES_MAX: usize = 8 << 20;
/// The most entries of an ABI. The largest contract in use has a few hundred.
pub const ENTRIES_MAX: usize = 4_096;

/// What a contract declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Abi {
    signatures: Vec<Arc<Signature>>,
}

impl Abi {
    /// Reads an ABI. Names that are not identifiers are refused: an ABI may come from a stranger.
    pub fn parse(file: &str, text: &str) -> Result<Self, AtlasError> {
        const REMEDY: &str = "give a Foundry or Hardhat artifact, or the ABI array itself";
        let place = Text { file, text };
        if text.len() > ABI_BYTES_MAX {
            let message = format!("an ABI of {} bytes is longer than {ABI_BYTES_MAX}", text.len());
            Err(place.error(0..0, message).hint("give the ABI array alone, without the rest of the artifact"))?;
        }
        let json = text.trim_start_matches('\u{feff}').trim_start();
        let skipped = text.len() - json.len();
        let entries = if json.starts_with('[') {
            serde_json::from_str(json)
        } else {
            serde_json::from_str(json).map(|Artifact { abi }| abi)
        };
        let entries: Vec<Entry> = entries.map_err(|error| {
            let start = skipped + offset(json, error.line(), error.column());
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            place.error(start..start, format!("not an ABI: {what}")).hint(REMEDY)
        })?;
        if entries.len() > ENTRIES_MAX {
            let message = format!("an ABI of {} entries is longer than {ENTRIES_MAX}", entries.len());
            Err(place.error(0..0, message).hint(REMEDY))?;
        }
        let mut signatures = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let read = entry.signature().map_err(|message| AtlasError::Abi {
                file: file.to_owned(),
                entry: index + 1,
                message,
            })?;
            signatures.extend(read.map(Arc::new));
        }
        Ok(Self { signatures })
    }

    /// All functions, events and errors, in the order of the file.
    pub fn signatures(&self) -> &[Arc<Signature>] {
        &self.signatures
    }

    /// Whether a function of this signature is declared.
    pub fn declares(&self, function: &Signature) -> bool {
        self.functions().any(|declared| declared == function)
    }

    /// The declared functions.
    pub fn functions(&self) -> impl Iterator<Item = &Signature> {
        self.signatures.iter().map(Arc::as_ref).filter(|signature| signature.kind() == SignatureKind::Function)
    }
}

#[derive(Deserialize)]
struct Artifact {
    abi: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    // A missing type means a function, by the ABI's specification.
    #[serde(default = "function", rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    inputs: Vec<Param>,
}

#[derive(Deserialize)]
struct Param {
    #[serde(rename = "type")]
    ty: String,
    #[serde(default)]
    components: Vec<Param>,
}

fn function() -> String {
    "function".to_owned()
}

impl Entry {
    /// The signature; none for what has no name, such as a constructor.
    fn signature(&self) -> Result<Option<Signature>, String> {
        let kind = match self.kind.as_str() {
            "function" => SignatureKind::Function,
            "event" => SignatureKind::Event,
            "error" => SignatureKind::Error,
            "constructor" | "fallback" | "receive" => return Ok(None),
            other => return Err(format!("`{}` is no kind of entry", one_line(other, 80))),
        };
        if !is_identifier(&self.name) {
            let shown = one_line(&self.name, 80);
            return Err(format!("`{shown}` is not a name of at most {NAME_BYTES_MAX} letters, digits, `_` and `$`"));
        }
        let mut text = self.name.clone();
        write_types(&self.inputs, &mut text)?;
        Signature::parse(kind, &text).map(Some).map_err(|error| error.to_string())
    }
}

fn write_types(params: &[Param], text: &mut String) -> Result<(), String> {
    text.push('(');
    for (index, param) in params.iter().enumerate() {
        if text.len() > SIGNATURE_BYTES_MAX {
            return Err(format!("its signature is longer than {SIGNATURE_BYTES_MAX} bytes"));
        }
        if index > 0 {
            text.push(',');
        }
        match param.ty.strip_prefix("tuple") {
            Some(arrays) => {
                write_types(&param.components, text)?;
                text.push_str(arrays);
            }
            None => text.push_str(&param.ty),
        }
    }
    text.push(')');
    Ok(())
}

/// The byte at a line and column, as `serde_json` counts them: both from 1, columns in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + column.saturating_sub(1)
}

#[cfg(test)]
mod tests;
