//! What happens on the chain: honest people all the time, and a thief who takes a transaction a block.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};

use super::{
    rpc::{Mined, Rpc},
    stage::{ATTACKS, ETHER, Stage, Vault, call},
};

/// How often somebody honest does something.
const EVERY: Duration = Duration::from_millis(400);
/// What they pay in at once.
const DEPOSIT: u128 = ETHER / 100;

/// Honest people: they pay in, and send each other money.
pub struct Traffic {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: thread::JoinHandle<Result<()>>,
}

impl Traffic {
    pub fn start(rpc: &Rpc, stage: &Stage) -> Self {
        let (over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (ended, count) = (Arc::clone(&over), Arc::clone(&sent));
        let (rpc, users) = (rpc.clone(), stage.users.clone());
        let vaults: Vec<String> = stage.vaults.iter().map(|vault| vault.address.clone()).collect();
        let work = move || {
            let deposit = call(&rpc, "depositEther()", &[])?;
            for turn in 0.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let (from, to) = (&users[turn % 2], &users[(turn + 1) % 2]);
                match turn % 3 {
                    // A deposit into a vault that is paused meanwhile fails, as it should.
                    0 => rpc.send(from, Some(&vaults[turn / 3 % vaults.len()]), DEPOSIT, &deposit)?,
                    _ => rpc.send(from, Some(to), 1_000_000, "0x")?,
                };
                count.fetch_add(1, Ordering::Relaxed);
                thread::sleep(EVERY);
            }
            Ok(())
        };
        Self { over, sent, thread: thread::spawn(work) }
    }

    /// How many honest transactions were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Lets them go home.
    pub fn end(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the honest traffic broke off"))?
    }
}

/// An attack under way: the next transaction is sent when the one before it is mined.
pub struct Attack<'a> {
    rpc: &'a Rpc,
    vault: &'a Vault,
    most: usize,
    waiting: Option<String>,
    /// What became of those that were mined.
    pub mined: Vec<Mined>,
}

impl<'a> Attack<'a> {
    /// Sends the first transaction of at most `most`.
    pub fn begin(rpc: &'a Rpc, vault: &'a Vault, most: usize) -> Result<Self> {
        let waiting = Some(vault.attack(rpc)?);
        Ok(Self { rpc, vault, most: most.min(ATTACKS), waiting, mined: Vec::new() })
    }

    /// Looks whether one was mined, and sends the next; what became of it.
    pub fn go_on(&mut self) -> Result<Option<Mined>> {
        let Some(hash) = &self.waiting else { return Ok(None) };
        let Some(mined) = self.rpc.mined(hash)? else { return Ok(None) };
        self.mined.push(mined.clone());
        self.waiting = None;
        if self.mined.len() < self.most {
            self.waiting = Some(self.vault.attack(self.rpc)?);
        }
        Ok(Some(mined))
    }

    /// Whether nothing more is to be sent or waited for.
    pub fn is_over(&self) -> bool {
        self.waiting.is_none()
    }
}
