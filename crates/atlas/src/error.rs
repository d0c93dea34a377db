//! What can be wrong with knowledge that is handed in.

use crate::config::ConfigError;

/// A text that was not taken into the atlas. Each names its file and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtlasError {
    /// A text that a person has to correct, at a known place.
    #[error(transparent)]
    Text(#[from] ConfigError),
    /// An entry of an ABI that no compiler would write.
    #[error("{message}, in entry {entry} of `{file}`; give the file that the compiler wrote")]
    Abi {
        /// The file as the caller named it.
        file: String,
        /// Which entry of the array, from 1.
        entry: usize,
        /// What is wrong.
        message: String,
    },
    /// An ABI for a contract that the protocol does not name.
    #[error("`{file}` is the ABI of `{contract}`, which is no contract of the protocol; {hint}")]
    NoContract {
        /// The ABI's file.
        file: String,
        /// The name that was given.
        contract: String,
        /// What to do.
        hint: String,
    },
    /// A function that a protocol relies on and the contract's ABI does not have.
    #[error("`{function}` of contract `{contract}` is not in its ABI `{file}`; {hint}")]
    NoFunction {
        /// The ABI's file.
        file: String,
        /// The contract.
        contract: String,
        /// The function.
        function: String,
        /// What to do.
        hint: String,
    },
    /// A storage layout that no compiler would write.
    #[error("{message}, in the storage layout of `{file}`; give what the compiler wrote")]
    Layout {
        /// The file as the caller named it.
        file: String,
        /// What is wrong.
        message: String,
    },
}
