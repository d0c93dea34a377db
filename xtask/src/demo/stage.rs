//! The setting: vaults with the money of honest users, and for each a thief who has paid in a little of his own.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{rpc::Rpc, words};

/// One ether in wei.
pub const ETHER: u128 = 1_000_000_000_000_000_000;
/// What each of two users pays into each vault.
const DEPOSIT: u128 = 200 * ETHER;
/// What one transaction of the attack withdraws each time it re-enters.
const SLICE: u128 = 5 * ETHER;
/// What the thief pays in first: a slice for each transaction.
const STAKE: u128 = SLICE * ATTACKS as u128;
/// How often it re-enters.
const ROUNDS: u128 = 10;
/// How many transactions the thief needs to empty a vault.
pub const ATTACKS: usize = 8;
/// What a vault answers while it is paused.
const PAUSED: &str = "EnforcedPause()";

/// A vault, and who will rob it.
pub struct Vault {
    /// Its name in the protocol.
    pub name: String,
    /// The proxy, which holds the money.
    pub address: String,
    /// The contract that robs it.
    pub attacker: String,
    /// The account that calls that contract.
    pub thief: String,
    /// What its users paid in, in wei.
    pub of_users: u128,
}

/// Everything before the curtain.
pub struct Stage {
    pub vaults: Vec<Vault>,
    /// Two who pay in and send each other money.
    pub users: Vec<String>,
    /// The dollar of the vaults.
    pub token: String,
}

impl Vault {
    /// Sends one transaction of the attack; its hash.
    pub fn attack(&self, rpc: &Rpc) -> Result<String> {
        rpc.send(&self.thief, Some(&self.attacker), 0, &call(rpc, "attack(uint256)", &[word(ROUNDS)])?)
    }

    /// What is in the vault and belongs to its users, in wei: all but what the thief has booked there himself.
    pub fn left_for_users(&self, rpc: &Rpc) -> Result<u128> {
        Ok(rpc.balance(&self.address)?.saturating_sub(self.booked_by_thief(rpc)?))
    }

    /// What the thief holds beyond his own, in wei: all he took out, less what he was booked for.
    pub fn stolen(&self, rpc: &Rpc) -> Result<u128> {
        let own = STAKE.saturating_sub(self.booked_by_thief(rpc)?);
        Ok(rpc.balance(&self.attacker)?.saturating_sub(own))
    }

    /// What the vault answered to a transaction of the attack that failed.
    pub fn refusal(&self, rpc: &Rpc, hash: &str) -> Result<String> {
        let output = rpc.output(hash)?;
        let paused = call(rpc, PAUSED, &[])?;
        Ok(if output == paused { PAUSED.to_owned() } else { output })
    }

    /// Whether the vault says that it is paused.
    pub fn is_paused(&self, rpc: &Rpc) -> Result<bool> {
        Ok(rpc.view(&self.address, &call(rpc, "paused()", &[])?)? == 1)
    }

    fn booked_by_thief(&self, rpc: &Rpc) -> Result<u128> {
        rpc.view(&self.address, &call(rpc, "etherOf(address)", &[padded(&self.attacker)])?)
    }
}

impl Stage {
    /// What was set up, in words.
    pub fn says(&self) -> String {
        let held = self.vaults.first().map_or(0, |vault| vault.of_users);
        let how_many = match self.vaults.len() {
            1 => "one behind a proxy, with".to_owned(),
            several => format!("{several} behind proxies, each with"),
        };
        format!("{how_many} {} of its users, and a flaw in `withdrawEther`", words::ether(held))
    }
}

/// Deploys and pays in, then lets the chain make a block a second.
pub fn set(rpc: &Rpc, root: &Path, vaults: usize) -> Result<Stage> {
    let accounts = rpc.ask("eth_accounts", json!([]))?;
    let account = |index: usize| -> Result<String> {
        Ok(accounts[index].as_str().with_context(|| format!("the chain has no account {index}"))?.to_owned())
    };
    let (admin, guardian) = (account(0)?, account(1)?);
    let users = vec![account(3)?, account(4)?];
    let code = |name: &str, arguments: &str| Ok::<_, anyhow::Error>(format!("{}{arguments}", bytecode(root, name)?));

    let token = made(rpc, vec![rpc.send(&admin, None, 0, &code("DemoToken", &padded(&admin))?)?])?.remove(0);
    let logic = made(rpc, vec![rpc.send(&admin, None, 0, &code("Vault", "")?)?])?.remove(0);
    let price = word(2_000 * ETHER);
    let parties = [padded(&admin), padded(&guardian), padded(&token), price];
    let init = call(rpc, "initialize(address,address,address,uint256)", &parties)?;
    let arguments = [padded(&logic), word(64), bytes(init.trim_start_matches("0x"))].concat();
    let proxies = (0..vaults).map(|_| rpc.send(&admin, None, 0, &code("VaultProxy", &arguments)?));
    let proxies = made(rpc, proxies.collect::<Result<_>>()?)?;

    let mut deposits = Vec::new();
    let mut attackers = Vec::new();
    for (index, vault) in proxies.iter().enumerate() {
        for user in &users {
            deposits.push(rpc.send(user, Some(vault), DEPOSIT, &call(rpc, "depositEther()", &[])?)?);
        }
        let arguments = [padded(vault), word(SLICE)].concat();
        attackers.push(rpc.send(&account(10 + index)?, None, 0, &code("Attacker", &arguments)?)?);
    }
    rpc.all_done(&deposits)?;
    let attackers = made(rpc, attackers)?;
    let mut stakes = Vec::new();
    let mut set = Vec::new();
    for (index, (address, attacker)) in proxies.into_iter().zip(attackers).enumerate() {
        let thief = account(10 + index)?;
        stakes.push(rpc.send(&thief, Some(&attacker), STAKE, &call(rpc, "stake()", &[])?)?);
        let name = if index == 0 { "Vault".to_owned() } else { format!("Vault {}", index + 1) };
        set.push(Vault { name, address, attacker, thief, of_users: 0 });
    }
    rpc.all_done(&stakes)?;
    for vault in &mut set {
        vault.of_users = vault.left_for_users(rpc)?;
        ensure!(vault.of_users == DEPOSIT * users.len() as u128, "`{}` does not hold what was paid in", vault.name);
    }
    rpc.ask("evm_setAutomine", json!([false]))?;
    rpc.ask("evm_setIntervalMining", json!([1]))?;
    Ok(Stage { vaults: set, users, token })
}

/// Waits for contracts; their addresses.
fn made(rpc: &Rpc, hashes: Vec<String>) -> Result<Vec<String>> {
    let done = rpc.all_done(&hashes)?;
    done.into_iter().map(|mined| mined.contract.context("a transaction made no contract")).collect()
}

fn artifact(root: &Path, name: &str) -> Result<Value> {
    let path = root.join(format!("contracts/artifacts/{name}.json"));
    let text = fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("`{}` is no artifact", path.display()))
}

fn bytecode(root: &Path, name: &str) -> Result<String> {
    let artifact = artifact(root, name)?;
    let code = artifact["bytecode"].as_str().with_context(|| format!("the artifact of `{name}` has no bytecode"))?;
    Ok(format!("0x{}", code.trim_start_matches("0x")))
}

/// The interface of a contract, as JSON.
pub fn abi(root: &Path, name: &str) -> Result<Value> {
    Ok(artifact(root, name)?["abi"].take())
}

/// A call's data. The node hashes the signature.
pub fn call(rpc: &Rpc, signature: &str, words: &[String]) -> Result<String> {
    let hash = rpc.ask("web3_sha3", json!([format!("0x{}", hex::encode(signature))]))?;
    let hash = hash.as_str().context("a hash is text")?;
    let selector = hash.get(..10).with_context(|| format!("`{hash}` is no hash"))?;
    Ok(format!("{selector}{}", words.concat()))
}

/// A number as the ABI writes it.
pub fn word(number: u128) -> String {
    format!("{number:064x}")
}

/// Bytes as the ABI writes them: their length, and whole words.
fn bytes(hex: &str) -> String {
    let tail = "0".repeat((64 - hex.len() % 64) % 64);
    format!("{}{hex}{tail}", word(hex.len() as u128 / 2))
}

/// An address as the ABI writes it.
pub fn padded(address: &str) -> String {
    format!("{:0>64}", address.trim_start_matches("0x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_fill_whole_words() {
        assert_eq!(bytes("aabb"), format!("{}aabb{}", word(2), "0".repeat(60)));
        assert_eq!(bytes(&"11".repeat(32)), format!("{}{}", word(32), "11".repeat(32)));
    }
}
