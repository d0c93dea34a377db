//! Honest people, who go about their business all the time.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};

use super::{
    rpc::Rpc,
    stage::{ETHER, Stage, call},
};

/// How often somebody honest does something.
const EVERY: Duration = Duration::from_millis(400);
/// What they pay in at once.
const DEPOSIT: u128 = ETHER / 100;

/// Honest people: they pay in, and send each other money.
pub struct Traffic {
    over: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<String>>>,
    thread: thread::JoinHandle<Result<()>>,
}

impl Traffic {
    pub fn start(rpc: &Rpc, stage: &Stage) -> Self {
        let (over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (ended, hashes) = (Arc::clone(&over), Arc::clone(&sent));
        let (rpc, users) = (rpc.clone(), stage.users.clone());
        let vaults: Vec<String> = stage.vaults.iter().map(|vault| vault.address.clone()).collect();
        let work = move || {
            let deposit = call(&rpc, "depositEther()", &[])?;
            for turn in 0.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let (from, to) = (&users[turn % 2], &users[(turn + 1) % 2]);
                let hash = match turn % 3 {
                    // A deposit into a vault that is paused meanwhile fails, as it should.
                    0 => rpc.send(from, Some(&vaults[turn / 3 % vaults.len()]), DEPOSIT, &deposit)?,
                    _ => rpc.send(from, Some(to), 1_000_000, "0x")?,
                };
                of(&hashes).push(hash);
                thread::sleep(EVERY);
            }
            Ok(())
        };
        Self { over, sent, thread: thread::spawn(work) }
    }

    /// The hashes of what was sent so far.
    pub fn sent(&self) -> Vec<String> {
        of(&self.sent).clone()
    }

    /// Lets them go home; the hashes of all they sent.
    pub fn end(self) -> Result<Vec<String>> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the honest traffic broke off"))??;
        Ok(of(&self.sent).clone())
    }
}

/// A list whose holder died is still the list of what was sent.
fn of(hashes: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    hashes.lock().unwrap_or_else(PoisonError::into_inner)
}
