//! One entry of an ABI.

use alloy_dyn_abi::DynSolType;

use crate::{Signature, SignatureKind};

/// A function, an error or an event, with what is known of its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbiItem {
    signature: Signature,
    inputs: Vec<AbiParam>,
    outputs: Option<(Vec<DynSolType>, Vec<AbiParam>)>,
    anonymous: bool,
}

/// The name of an argument. Its type stands in the signature, at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbiParam {
    /// Its name; empty when it has none, or one that no compiler takes.
    pub name: String,
    /// Whether an event has it as a topic.
    pub indexed: bool,
    /// The members of a struct, also of one inside an array.
    pub components: Vec<AbiParam>,
}

impl AbiParam {
    pub(crate) fn nameless() -> Self {
        Self { name: String::new(), indexed: false, components: Vec::new() }
    }
}

impl AbiItem {
    pub(super) fn new(
        signature: Signature,
        inputs: Vec<AbiParam>,
        outputs: Option<(Vec<DynSolType>, Vec<AbiParam>)>,
        anonymous: bool,
    ) -> Self {
        Self { signature, inputs, outputs, anonymous }
    }

    /// One of which only the signature is known.
    pub fn bare(signature: Signature) -> Self {
        Self { signature, inputs: Vec::new(), outputs: None, anonymous: false }
    }

    /// Its signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The names of its arguments; empty when only the signature is known.
    pub fn inputs(&self) -> &[AbiParam] {
        &self.inputs
    }

    /// Whether an event is logged without its own topic.
    pub fn anonymous(&self) -> bool {
        self.anonymous
    }

    /// Whether only the signature is known, of something that has arguments.
    pub fn is_bare(&self) -> bool {
        self.inputs.is_empty() && !self.signature.inputs().is_empty()
    }

    /// For an event, which arguments are topics. Two events that differ in nothing else have the same first topic.
    pub fn indexed(&self) -> Vec<bool> {
        self.inputs.iter().map(|param| param.indexed).collect()
    }

    pub(crate) fn outputs(&self) -> Option<(&[DynSolType], &[AbiParam])> {
        self.outputs.as_ref().map(|(types, names)| (types.as_slice(), names.as_slice()))
    }

    /// Whether it is a function, an error or an event.
    pub fn kind(&self) -> SignatureKind {
        self.signature.kind()
    }
}
