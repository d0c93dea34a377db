//! What actors sign: digests, and delegations of their accounts (EIP-7702).

use alloy_primitives::keccak256;
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use anyhow::{Context as _, Result};
use facts::{Address, Authorization, B256, Signature, U256};

use super::Stage;

impl Stage<'_> {
    /// The key of the account of this name in this play.
    pub(super) fn key(&self, name: &str) -> PrivateKeySigner {
        let seed = keccak256(format!("{name} of play {}", self.variation.salt));
        // A hash is a valid key but for one in 2^128.
        PrivateKeySigner::from_bytes(&seed).unwrap_or_else(|_| unreachable!("a hash below the order of the curve"))
    }

    /// An actor's signature over a digest, with `v` 27 or 28.
    ///
    /// # Errors
    /// If nobody is called so.
    pub fn sign(&self, name: &str, digest: B256) -> Result<(U256, B256, B256)> {
        let signature = self.signature(name, digest)?;
        let v = U256::from(27 + u64::from(signature.y_parity));
        Ok((v, signature.r.into(), signature.s.into()))
    }

    /// An actor's signed delegation of its account to code (EIP-7702), for its present nonce. `sends` says that the actor
    /// itself sends the transaction that carries it.
    ///
    /// # Errors
    /// If nobody is called so.
    pub fn authorize(&mut self, name: &str, code: Address, sends: bool) -> Result<Authorization> {
        let account = self.actors.get(name).with_context(|| format!("nobody is called `{name}`"))?.address();
        let nonce = self.world.nonce(account) + u64::from(sends);
        if !sends {
            self.world.spend_nonce(account);
        }
        let chain_id = U256::from(31_337);
        // EIP-7702: keccak256(0x05 || rlp([chain_id, address, nonce])).
        let inner = delegation_digest(chain_id, code, nonce);
        let signature = self.signature(name, inner)?;
        Ok(Authorization { chain_id, address: code, nonce, signature })
    }

    /// Says that a transaction of `of` carried its own delegation, which spends a nonce more.
    pub fn spend_nonce(&mut self, of: Address) {
        self.world.spend_nonce(of);
    }

    fn signature(&self, name: &str, digest: B256) -> Result<Signature> {
        let signer = self.actors.get(name).with_context(|| format!("nobody is called `{name}`"))?;
        let signed = signer.sign_hash_sync(&digest)?;
        Ok(Signature { r: signed.r(), s: signed.s(), y_parity: u8::from(signed.v()) })
    }
}

/// What a delegation's signature is over.
pub(crate) fn delegation_digest(chain_id: U256, code: Address, nonce: u64) -> B256 {
    let mut list = Vec::new();
    for item in [chain_id.to_be_bytes_trimmed_vec(), code.to_vec(), U256::from(nonce).to_be_bytes_trimmed_vec()] {
        match item.as_slice() {
            [byte] if *byte < 0x80 => list.push(*byte),
            bytes => {
                // None is longer than 32 bytes.
                list.push(0x80 + u8::try_from(bytes.len()).unwrap_or(u8::MAX));
                list.extend_from_slice(bytes);
            }
        }
    }
    let mut message = vec![5, 0xc0 + u8::try_from(list.len()).unwrap_or(u8::MAX)];
    message.extend(list);
    keccak256(message)
}
