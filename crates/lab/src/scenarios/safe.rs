//! A Safe on the stage: made by its factory, moved by its owners' signatures.

use anyhow::Result;
use facts::{Address, B256, Bytes, U256};

use super::props::{one, signed};
use crate::{Stage, args, call_data};

/// Where the contracts of Safe stand on this stage.
pub(super) struct SafeRelease {
    factory: Address,
    pub(super) singleton: Address,
    pub(super) multisend: Address,
}

impl SafeRelease {
    /// Deploys them.
    ///
    /// # Errors
    /// If they are not compiled.
    pub(super) fn deploy(stage: &mut Stage<'_>) -> Result<Self> {
        let maker = stage.actor("makers of Safe");
        Ok(Self {
            factory: stage.deploy(maker, "SafeProxyFactory", args![])?,
            singleton: stage.deploy(maker, "Safe", args![])?,
            multisend: stage.deploy(maker, "MultiSendCallOnly", args![])?,
        })
    }

    /// Makes a wallet of these owners, by their names; the block ends.
    ///
    /// # Errors
    /// If a block cannot be made.
    pub(super) fn create(&self, stage: &mut Stage<'_>, owners: &[&str], threshold: u64) -> Result<Safe> {
        let accounts: Vec<Address> = owners.iter().map(|name| stage.stranger(name)).collect();
        let maker = stage.actor("maker of the wallet");
        stage.mine()?;
        let nobody = Address::ZERO;
        let setup = "setup(address[],uint256,address,bytes,address,address,uint256,address)";
        let setup_args = args![accounts, threshold, nobody, Bytes::new(), nobody, nobody, U256::ZERO, nobody];
        let init = call_data(setup, setup_args);
        let ask = "createProxyWithNonce(address,bytes,uint256)";
        let args = args![self.singleton, init, U256::from(stage.next_time())];
        let at = one(stage, self.factory, ask, args.clone())?;
        stage.call(maker, self.factory, ask, args);
        stage.mine()?;
        Ok(Safe { at: Address::from_word(at.into()) })
    }
}

/// A wallet of several owners.
#[derive(Clone, Copy)]
pub(super) struct Safe {
    pub(super) at: Address,
}

/// What it is to do.
pub(super) struct SafeTx {
    pub(super) to: Address,
    pub(super) value: U256,
    pub(super) data: Bytes,
    /// As a delegate call.
    pub(super) delegate: bool,
}

impl SafeTx {
    /// A plain call.
    pub(super) fn call(to: Address, data: Bytes) -> Self {
        Self { to, value: U256::ZERO, data, delegate: false }
    }

    /// Code that runs on the wallet itself.
    pub(super) fn delegate(to: Address, data: Bytes) -> Self {
        Self { to, value: U256::ZERO, data, delegate: true }
    }

    /// Coins for somebody.
    pub(super) fn pay(to: Address, value: U256) -> Self {
        Self { to, value, data: Bytes::new(), delegate: false }
    }
}

impl Safe {
    /// These owners sign, and somebody brings it. Nothing may wait for a block, which is needed to know the nonce.
    ///
    /// # Errors
    /// If something waits, or a signer is not known.
    pub(super) fn exec(self, stage: &mut Stage<'_>, by: Address, tx: &SafeTx, signers: &[&str]) -> Result<B256> {
        let nonce = one(stage, self.at, "nonce()", args![])?;
        let zero = U256::ZERO;
        let nobody = Address::ZERO;
        let mut all = args![tx.to, tx.value, tx.data.clone(), u64::from(tx.delegate), zero, zero, zero, nobody, nobody];
        let mut hashed = all.clone();
        hashed.extend(args![nonce]);
        let ask = "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)";
        let digest = B256::from(one(stage, self.at, ask, hashed)?);
        let mut signatures = Vec::new();
        for name in signers {
            signatures.push((stage.stranger(name), signed(stage, name, digest)?));
        }
        signatures.sort_by_key(|(signer, _)| *signer);
        let signatures: Vec<u8> = signatures.into_iter().flat_map(|(_, signature)| signature.to_vec()).collect();
        all.extend(args![Bytes::from(signatures)]);
        let ask = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)";
        Ok(stage.call(by, self.at, ask, all))
    }
}

/// Several plain calls, as `multiSend` reads them.
pub(super) fn packed(calls: &[SafeTx]) -> Bytes {
    let mut bytes = Vec::new();
    for call in calls {
        bytes.push(0);
        bytes.extend_from_slice(call.to.as_slice());
        bytes.extend_from_slice(&call.value.to_be_bytes::<32>());
        bytes.extend_from_slice(&U256::from(call.data.len()).to_be_bytes::<32>());
        bytes.extend_from_slice(&call.data);
    }
    call_data("multiSend(bytes)", args![Bytes::from(bytes)])
}
