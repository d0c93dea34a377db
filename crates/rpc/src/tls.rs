//! TLS over ring, installed once for the process.

/// Makes ring the provider of TLS. Whoever installed another one first keeps it.
pub fn install() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // The loser of a race finds a provider installed, which is all that is needed.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}
