//! Seals: the heads of all streams at one moment, so that no stream and no tail can vanish unseen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, DigestError, Stream};

/// The last line of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The stream.
    pub stream: Stream,
    /// The number of its last line.
    pub seq: u64,
    /// The digest of its last line.
    pub digest: Digest,
}

/// The heads that moved since the seal before, linked to it and signed with the installation's key. All seals up to one
/// name the heads of all streams at its moment; and a quiet minute costs nothing however many cases there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Digest of the seal before it; zero for the first.
    pub prev: Digest,
    /// When, in UTC.
    pub at: Timestamp,
    /// Heads of the streams that grew since the seal before, ordered by stream.
    pub heads: Vec<Head>,
    /// The Ed25519 public key that signed, 64 hex digits.
    pub key: String,
    /// The Ed25519 signature over [`Seal::signed_bytes`], 128 hex digits.
    pub signature: String,
}

impl Seal {
    /// What the signature is over: the canonical form with an empty signature.
    ///
    /// # Errors
    /// If JSON cannot write it, which does not happen for a well-formed seal.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, DigestError> {
        crate::canonical(&Self { signature: String::new(), ..self.clone() })
    }

    /// The digest the next seal is linked to.
    ///
    /// # Errors
    /// As [`Seal::signed_bytes`].
    pub fn digest(&self) -> Result<Digest, DigestError> {
        Digest::of(self)
    }
}
