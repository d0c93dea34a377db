//! An ABI as compilers write it: the bare array, or a Foundry or Hardhat artifact around it.

mod item;
mod list;

use std::sync::Arc;

use serde::Deserialize;

pub use item::{AbiItem, AbiParam};

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
    items: Vec<Arc<AbiItem>>,
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
            Err(place.error(0..0, too_many(entries.len())).hint(REMEDY))?;
        }
        Self::of(file, &entries)
    }

    pub(crate) fn of(file: &str, entries: &[Entry]) -> Result<Self, AtlasError> {
        let mut abi = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let read =
                entry.item().map_err(|message| AtlasError::Abi { file: file.to_owned(), entry: index + 1, message })?;
            if let Some(item) = read {
                abi.signatures.push(Arc::new(item.signature().clone()));
                abi.items.push(Arc::new(item));
            }
        }
        Ok(abi)
    }

    /// All of them with the names of their arguments, in the order of the file.
    pub fn items(&self) -> &[Arc<AbiItem>] {
        &self.items
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

pub(crate) fn too_many(entries: usize) -> String {
    format!("an ABI of {entries} entries is longer than {ENTRIES_MAX}")
}

#[derive(Deserialize)]
pub(crate) struct Entry {
    // A missing type means a function, by the ABI's specification.
    #[serde(default = "function", rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    inputs: Vec<Param>,
    #[serde(default)]
    outputs: Option<Vec<Param>>,
    #[serde(default)]
    anonymous: bool,
}

#[derive(Deserialize)]
struct Param {
    #[serde(default)]
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default)]
    indexed: bool,
    #[serde(default)]
    components: Vec<Param>,
}

fn function() -> String {
    "function".to_owned()
}

impl Entry {
    /// What is declared; none for what has no name, such as a constructor.
    fn item(&self) -> Result<Option<AbiItem>, String> {
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
        let signature = signature(kind, &self.name, &self.inputs)?;
        let outputs = match &self.outputs {
            Some(params) if kind == SignatureKind::Function => {
                let types = signature_of_outputs(params)?.inputs().to_vec();
                Some((types, params.iter().map(Param::named).collect()))
            }
            _ => None,
        };
        let inputs = self.inputs.iter().map(Param::named).collect();
        Ok(Some(AbiItem::new(signature, inputs, outputs, self.anonymous)))
    }
}

impl Param {
    /// A name that is no identifier is left out: nothing depends on it.
    fn named(&self) -> AbiParam {
        AbiParam {
            name: if is_identifier(&self.name) { self.name.clone() } else { String::new() },
            indexed: self.indexed,
            components: self.components.iter().map(Self::named).collect(),
        }
    }
}

fn signature(kind: SignatureKind, name: &str, params: &[Param]) -> Result<Signature, String> {
    let mut text = name.to_owned();
    write_types(params, &mut text)?;
    Signature::parse(kind, &text).map_err(|error| error.to_string())
}

/// What a function returns is read like what one would take.
fn signature_of_outputs(params: &[Param]) -> Result<Signature, String> {
    signature(SignatureKind::Function, "returns", params)
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
pub(crate) fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + column.saturating_sub(1)
}

#[cfg(test)]
mod tests;
