//! The thief: a transaction a block.

use anyhow::Result;

use super::{
    rpc::{Mined, Rpc},
    stage::Vault,
};

/// An attack under way: the next transaction is sent when the one before it is mined.
pub struct Attack<'a> {
    rpc: &'a Rpc,
    vault: &'a Vault,
    most: usize,
    waiting: Option<String>,
    /// What became of those that were mined.
    pub hits: Vec<Hit>,
}

/// One transaction of the attack, on the chain.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Where it is, and whether it took effect.
    pub mined: Mined,
    /// What the attacking contract held more afterwards, in wei.
    pub loot: u128,
    /// What the vault answered to one that failed, as the node tells it.
    pub refusal: Option<String>,
}

impl<'a> Attack<'a> {
    /// Sends the first transaction of at most `most`.
    pub fn begin(rpc: &'a Rpc, vault: &'a Vault, most: usize) -> Result<Self> {
        let waiting = Some(vault.attack(rpc)?);
        Ok(Self { rpc, vault, most, waiting, hits: Vec::new() })
    }

    /// Looks whether one was mined, and sends the next; what became of it.
    pub fn go_on(&mut self) -> Result<Option<Hit>> {
        let Some(hash) = &self.waiting else { return Ok(None) };
        let Some(mined) = self.rpc.mined(hash)? else { return Ok(None) };
        let hash = hash.clone();
        self.waiting = None;
        if self.hits.len() + 1 < self.most {
            self.waiting = Some(self.vault.attack(self.rpc)?);
        }
        let held = |block| self.rpc.balance_at(&self.vault.attacker, block);
        let loot = held(mined.block)?.saturating_sub(held(mined.block.saturating_sub(1))?);
        let refusal = if mined.succeeded { None } else { Some(self.vault.refusal(self.rpc, &hash)?) };
        let hit = Hit { mined, loot, refusal };
        self.hits.push(hit.clone());
        Ok(Some(hit))
    }

    /// Whether nothing more is to be sent or waited for.
    pub fn is_over(&self) -> bool {
        self.waiting.is_none()
    }
}
