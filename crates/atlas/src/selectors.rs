//! Functions, events and errors by the bytes that stand for them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock},
};

use alloy_primitives::{B256, Selector};

use crate::{
    Abi, AtlasError, Reason, Signature, SignatureKind,
    config::{ConfigError, Text},
    decode,
};

static KNOWN: LazyLock<Selectors> = LazyLock::new(|| {
    let text = Text { file: "known.txt", text: include_str!("../../../data/selectors/known.txt") };
    Selectors::default().with_list(&text).expect("a test reads the list in the binary")
});

/// The signatures that are known.
///
/// Four bytes are few: strangers can make functions that share them. A signature that was known first stays, so a
/// later ABI cannot give `transfer(address,uint256)` another name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selectors {
    functions: BTreeMap<Selector, Arc<Signature>>,
    errors: BTreeMap<Selector, Arc<Signature>>,
    events: BTreeMap<B256, Arc<Signature>>,
}

/// A call or an error in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// What was called or thrown.
    pub signature: Arc<Signature>,
    /// Its arguments as texts; `None` when the data does not hold what the signature says, as when another function has
    /// the same four bytes.
    pub args: Option<Vec<String>>,
}

impl Selectors {
    /// The signatures in the binary: token, proxy, role, pause, flash-loan, multisig and exchange standards.
    pub fn embedded() -> Self {
        KNOWN.clone()
    }

    /// The same, for look-ups alone.
    pub fn embedded_ref() -> &'static Self {
        &KNOWN
    }

    /// Reads a list of our own: lines of `function`, `event` or `error` and a canonical signature.
    pub fn parse(file: &str, text: &str) -> Result<Self, AtlasError> {
        Ok(Self::default().with_list(&Text { file, text })?)
    }

    /// Adds what an ABI declares: a Foundry or Hardhat artifact, or the bare array.
    pub fn with_abi(self, file: &str, text: &str) -> Result<Self, AtlasError> {
        Ok(self.with(&Abi::parse(file, text)?))
    }

    /// Adds what an ABI declares.
    pub fn with(mut self, abi: &Abi) -> Self {
        abi.signatures().iter().for_each(|signature| self.add(signature.clone()));
        self
    }

    /// The function with this selector.
    pub fn selector(&self, selector: Selector) -> Option<&Signature> {
        self.functions.get(&selector).map(Arc::as_ref)
    }

    /// The custom error with this selector.
    pub fn error(&self, selector: Selector) -> Option<&Signature> {
        self.errors.get(&selector).map(Arc::as_ref)
    }

    /// The event with this first topic.
    pub fn topic(&self, topic: B256) -> Option<&Signature> {
        self.events.get(&topic).map(Arc::as_ref)
    }

    /// All signatures: functions, errors, events.
    pub fn iter(&self) -> impl Iterator<Item = &Signature> {
        self.functions.values().chain(self.errors.values()).chain(self.events.values()).map(Arc::as_ref)
    }

    /// A call in words, from its input with the selector at its head; `None` when its function is not known.
    pub fn decode_call(&self, input: &[u8]) -> Option<Decoded> {
        let (selector, data) = input.split_first_chunk::<4>()?;
        decoded(self.functions.get(selector)?, data)
    }

    /// Why a call reverted, from its output. See [`Reason`] for what of it is hostile.
    pub fn decode_revert(&self, output: &[u8]) -> Reason {
        let custom = || {
            let (selector, data) = output.split_first_chunk::<4>()?;
            decoded(self.errors.get(selector)?, data)
        };
        match Reason::built_in(output) {
            Reason::Raw { head, len } => custom().map_or(Reason::Raw { head, len }, Reason::Custom),
            understood => understood,
        }
    }

    fn add(&mut self, signature: Arc<Signature>) {
        match signature.kind() {
            SignatureKind::Function => drop(self.functions.entry(signature.selector()).or_insert(signature)),
            SignatureKind::Error => drop(self.errors.entry(signature.selector()).or_insert(signature)),
            SignatureKind::Event => drop(self.events.entry(signature.topic()).or_insert(signature)),
        }
    }

    /// Reads lines of a kind and a canonical signature; `#` begins a comment.
    fn with_list(mut self, text: &Text<'_>) -> Result<Self, ConfigError> {
        let mut start = 0;
        for line in text.text.split_inclusive('\n') {
            let span = start..start + line.len();
            start = span.end;
            let said = line.split('#').next().unwrap_or_default().trim();
            if said.is_empty() {
                continue;
            }
            let bad = |message: String| {
                text.error(span.clone(), message).hint("write `function`, `event` or `error` and a signature")
            };
            let (kind, signature) = said.split_once(' ').ok_or_else(|| bad(format!("`{said}` is one word")))?;
            let kind = match kind {
                "function" => SignatureKind::Function,
                "event" => SignatureKind::Event,
                "error" => SignatureKind::Error,
                _ => return Err(bad(format!("`{kind}` is no kind"))),
            };
            let read = Signature::parse(kind, signature).map_err(|error| bad(error.to_string()))?;
            if read.text() != signature {
                return Err(bad(format!("`{signature}` is written `{read}`")));
            }
            self.add(Arc::new(read));
        }
        Ok(self)
    }
}

fn decoded(signature: &Arc<Signature>, data: &[u8]) -> Option<Decoded> {
    Some(Decoded { args: decode::arguments(signature.inputs(), data), signature: signature.clone() })
}

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.args {
            Some(args) => write!(f, "{}({})", self.signature.name(), args.join(", ")),
            None => write!(f, "{} with data that does not fit it", self.signature),
        }
    }
}

#[cfg(test)]
mod tests;
