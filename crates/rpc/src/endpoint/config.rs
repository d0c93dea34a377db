//! What has to be known to use an endpoint.

use crate::limits::Limits;

/// Whether an endpoint is ours, or anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Trust {
    /// Our own node, or one we have a contract with. Asked first.
    #[default]
    Trusted,
    /// A public endpoint: asked when no trusted one answers, and to check the trusted ones.
    Public,
}

/// What has to be known to use an endpoint.
#[derive(Clone)]
pub struct EndpointConfig {
    /// `http(s)://`, `ws(s)://`, `ipc:PATH` or a plain path, `recording:PATH`. May hold keys; it is never shown.
    pub url: String,
    /// Whose it is.
    pub trust: Trust,
    /// How much may be asked of it.
    pub limits: Limits,
}

impl EndpointConfig {
    /// A trusted endpoint with default limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), trust: Trust::default(), limits: Limits::default() }
    }
}
