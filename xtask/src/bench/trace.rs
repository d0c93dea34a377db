//! Telling what a transaction did, against `cast run`: the last of a block of 200, on a chain of anvil's. All are asked in
//! turns, so that whatever else the machine does falls on each of them alike.

mod table;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::{
    demo::{
        desk::Desk,
        installation::{self, Folder, Profile},
        process::Children,
        rpc::Rpc,
        stage::{self, ETHER, Stage, call, padded, word},
        stop::Stop,
    },
    progress, solidity,
};
use table::Times;

/// Transactions of the block.
const TXS: usize = 200;
/// Accounts that call, beside those of the setting.
const CROWD: usize = 100;
/// The first account of the crowd: those before are the setting's.
const FIRST: usize = 30;
/// How often each is asked: enough for a steady median on a machine with other work.
const TURNS: usize = 25;
/// How long the service may take to have seen the block.
const SEEN_WITHIN: Duration = Duration::from_secs(30);
/// The chain.
const CHAIN: &str = "eip155:31337";

/// Whoever tells the transaction.
struct Tellers<'a> {
    cast: PathBuf,
    program: PathBuf,
    node: String,
    tx: String,
    desk: &'a Desk,
    folder: &'a Path,
}

/// Measures and prints.
pub fn run(root: &Path, json: bool) -> Result<()> {
    let stop = Stop::on_signals()?;
    let program = installation::program(root, Profile::Release)?;
    let (anvil, cast) = (solidity::anvil_path(root)?, solidity::cast_path(root)?);
    let folder = Folder::fresh(&program)?;
    let folder = &folder.path;
    let mut children = Children::new(stop.clone());
    // First come, first mined: the thief's transaction has to be the last.
    let accounts = (FIRST + CROWD).to_string();
    let how = ["--accounts", &accounts, "--order", "fifo", "--gas-limit", "300000000"];
    let port = children.anvil(&anvil, folder, &how)?;
    let rpc = Rpc::new(port, stop.clone());
    let stage = progress::step("Set up a vault with users", || stage::set(&rpc, root, 1))?;
    rpc.ask("evm_setIntervalMining", json!([0]))?;
    installation::write(folder, root, port, &stage)?;
    let serving = children.serve(&program, folder)?;
    let desk = Desk::new(&serving, stop.clone());
    let tx = progress::step("Mine a block of 200 calls, of which the last is an attack", || crowded(&rpc, &stage))?;
    stop.wait_for("the block at the service", SEEN_WITHIN, || Ok(desk.trace(CHAIN, &tx).ok()))?;

    let node = format!("http://127.0.0.1:{port}");
    let tellers = Tellers { cast, program, node, tx, desk: &desk, folder };
    let times = progress::step("Ask for the last of them, in turns", || tellers.in_turns(&stop))?;
    children.end_serve().context("the service did not end as it should")?;
    children.end();
    table::tell(&times, TXS, json)
}

/// A block of calls, mined at once; the hash of its last transaction.
fn crowded(rpc: &Rpc, stage: &Stage) -> Result<String> {
    let accounts = rpc.ask("eth_accounts", json!([]))?;
    let vault = stage.vaults.first().context("there is no vault")?;
    let (deposit, withdraw) = (call(rpc, "depositEther()", &[])?, call(rpc, "withdrawEther(uint256)", &[word(ETHER)])?);
    let approve = call(rpc, "approve(address,uint256)", &[padded(&vault.address), word(ETHER)])?;
    let mut sent = Vec::with_capacity(TXS);
    for turn in 0..TXS - 1 {
        let from = accounts[FIRST + turn % CROWD].as_str().context("the chain has too few accounts")?;
        let (to, wei, data) = match turn / CROWD {
            0 => (&vault.address, 2 * ETHER, &deposit),
            _ if turn % 2 == 0 => (&vault.address, 0, &withdraw),
            _ => (&stage.token, 0, &approve),
        };
        // Less gas than the demo gives: the block has to hold them all.
        let tx = json!({ "from": from, "to": to, "value": format!("{wei:#x}"), "data": data, "gas": "0x3d090" });
        let hash = rpc.ask("eth_sendTransaction", json!([tx]))?;
        sent.push(hash.as_str().context("a hash is text")?.to_owned());
    }
    let last = vault.attack(rpc)?;
    sent.push(last.clone());
    rpc.ask("evm_mine", json!([]))?;
    for (index, hash) in sent.iter().enumerate() {
        let mined = rpc.mined(hash)?.with_context(|| format!("`{hash}` was not mined with the others"))?;
        ensure!(mined.succeeded, "transaction {index} of the block failed: `{hash}`");
        ensure!(mined.index == index as u64, "the block holds its transactions in another order");
    }
    Ok(last)
}

impl Tellers<'_> {
    /// What each took, turn by turn. The first turn is not counted: programs come from the disk then.
    fn in_turns(&self, stop: &Stop) -> Result<Times> {
        let mut times = Times::default();
        for turn in 0..=TURNS {
            stop.check()?;
            let (cast, unlimited) = (self.cast(&[])?, self.cast(&["--no-rate-limit"])?);
            let (ours, desk) = (self.ours()?, self.desk()?);
            if turn > 0 {
                times.cast.push(cast);
                times.cast_unlimited.push(unlimited);
                times.ours.push(ours);
                times.desk.push(desk);
            }
        }
        Ok(times)
    }

    /// `cast run`, kept from asking the world for names: it would wait for what it may not reach, which we never ask.
    fn cast(&self, how: &[&str]) -> Result<Duration> {
        let mut cast = Command::new(&self.cast);
        cast.args(["run", &self.tx, "--rpc-url", &self.node]).args(how).env("FOUNDRY_OFFLINE", "true");
        self.timed(cast, "Transaction successfully executed.")
    }

    fn ours(&self) -> Result<Duration> {
        let mut ours = Command::new(&self.program);
        ours.args(["trace", &self.tx, "--rpc", &self.node]);
        self.timed(ours, "ENTERED AGAIN")
    }

    /// Runs a program to its end. An error is quick as well, so what it says has to hold something of the transaction.
    fn timed(&self, mut program: Command, part: &str) -> Result<Duration> {
        program.current_dir(self.folder).stdin(Stdio::null());
        let start = Instant::now();
        let output = program.output().with_context(|| format!("{program:?} cannot be started"))?;
        let took = start.elapsed();
        let said = String::from_utf8_lossy(&output.stdout);
        let is_told = output.status.success() && said.contains(part);
        ensure!(
            is_told,
            "{program:?} did not tell the transaction:\n{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(took)
    }

    fn desk(&self) -> Result<Duration> {
        let start = Instant::now();
        let analysis = self.desk.trace(CHAIN, &self.tx)?;
        let took = start.elapsed();
        ensure!(analysis["sight"] == "executed", "the service did not see the transaction: {}", analysis["sight"]);
        Ok(took)
    }
}
