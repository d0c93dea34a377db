//! What can be wrong with knowledge that is handed in.

use crate::config::ConfigError;

/// A text that was not taken into the atlas. Each names its file and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtlasError {
    /// A TOML text that a person has to correct.
    #[error(transparent)]
    Text(#[from] ConfigError),
}
