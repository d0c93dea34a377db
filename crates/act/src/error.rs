//! What goes wrong, by what a caller does about it.

use case::DigestError;

/// Why something could not be done. What the world answered to a step that was taken is an [`Outcome`](crate::Outcome),
/// never an error.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Nobody answered, or the answer made no sense. Nothing is known; ask again.
    #[error("{what} did not answer: {why}")]
    Unreachable {
        /// Whom we asked, without secrets.
        what: String,
        /// What happened instead.
        why: String,
    },
    /// It cannot be done at this moment and may be later, such as while another step holds the signer.
    #[error("step `{step}` cannot be taken now: {why}")]
    NotNow {
        /// The step.
        step: String,
        /// Why, and what ends it.
        why: String,
    },
    /// The fee is too low for the node or for replacing what is pending; the next bump may do.
    #[error("step `{step}` offers too low a fee: {why}")]
    Underpriced {
        /// The step.
        step: String,
        /// What the node said.
        why: String,
    },
    /// It is not done as it stands; a person has to look.
    #[error("step `{step}` is not taken: {why}")]
    Refused {
        /// The step.
        step: String,
        /// Why, and what a person can do.
        why: String,
    },
    /// A part of the installation cannot be used, such as a keystore.
    #[error("{what}: {why}")]
    Setup {
        /// The part, such as `signer.guardian`.
        what: String,
        /// Why, with the file and the remedy.
        why: String,
    },
    /// A value has no canonical form and so cannot be signed or bound.
    #[error(transparent)]
    Canonical(#[from] DigestError),
}

/// Whether the same call may be made again after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail the same way.
    Never,
    /// After a pause.
    Later,
    /// With the next bump.
    WithHigherFee,
}

impl ActError {
    /// Whether the same call may be made again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. } | Self::NotNow { .. } => Retry::Later,
            Self::Underpriced { .. } => Retry::WithHigherFee,
            Self::Refused { .. } | Self::Setup { .. } | Self::Canonical(_) => Retry::Never,
        }
    }

    pub(crate) fn refused(step: &case::Step, why: impl Into<String>) -> Self {
        Self::Refused { step: step.id.clone(), why: why.into() }
    }

    pub(crate) fn not_now(step: &case::Step, why: impl Into<String>) -> Self {
        Self::NotNow { step: step.id.clone(), why: why.into() }
    }

    pub(crate) fn setup(what: &str, why: impl Into<String>) -> Self {
        Self::Setup { what: what.to_owned(), why: why.into() }
    }
}
