//! To know names: of chains, functions, events, slots and accounts; and what code, pools and proxies say of themselves.
//!
//! Pure look-ups over data in the binary (`data/chains`, `data/labels`, …) with a user's texts laid over it. Nothing here
//! opens a file, asks a node or knows the time. What is not known is `None`, and never a guess; a fork least of all.
//!
//! Not here: execution (`trace`), thresholds and rules (`detect`), who may sign (`act`), escaping (`report` and the UI).
//! Names from a chain or an ABI that come out of here are as hostile as they went in.
//!
//! Read first: [`Chain`], [`Interfaces`], [`Bytecode`], [`Labels`], [`Protocol`]; [`config`] for how files are refused.

mod abi;
mod address;
mod artifact;
mod atlas;
mod attacker_code;
pub mod bytecode;
mod callbacks;
mod chain;
pub mod config;
mod csv;
mod decode;
mod error;
mod fork;
mod interfaces;
mod labels;
mod layout;
pub mod pools;
mod protocol;
pub mod proxy;
mod reason;
mod rows;
mod selectors;
mod signature;
pub mod slots;
mod taxonomy;
mod value;

pub use abi::{Abi, AbiItem, AbiParam};
pub use address::address;
pub use artifact::{ARTIFACT_BYTES_MAX, Artifact};
pub use atlas::Atlas;
pub use attacker_code::{AttackerCode, KnownCode, Likeness};
pub use bytecode::Bytecode;
pub use callbacks::{Callback, CallbackKind, Callbacks};
pub use chain::{Activation, Chain, Execution, HeaderForm, Provenance};
pub use config::ConfigError;
pub use error::AtlasError;
pub use fork::{Fork, UnknownFork};
pub use interfaces::{CANDIDATES_MAX, Fit, Interfaces, Reading};
pub use labels::{
    LABEL_FILE_BYTES_MAX, LABELS_MAX, Label, LabelFile, LabelKind, LabelKinds, LabelSource, Labels, LabelsBuilder,
};
pub use layout::{Layout, Layouts, SlotNames, SlotValue, ValueChange, erc7201_slot};
pub use protocol::{Contract, Protocol};
pub use reason::{ChainText, Reason, panic_meaning};
pub use rows::{BadRows, RowsRead};
pub use selectors::{Decoded, Selectors};
pub use signature::{Signature, SignatureError, SignatureKind};
pub use taxonomy::Taxonomy;
pub use value::{Field, Value};
