//! The story: what the thief does, what the service notices and does about it, and what it comes to.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::{
    attack::{Attack, Traffic},
    desk::{Desk, between, time},
    rpc::Rpc,
    samples::Sample,
    show::Show,
    stage::{ATTACKS, Stage, Vault},
    words::{self, Tone},
};

/// Blocks of honest traffic before the attack.
const CALM_BLOCKS: u64 = 3;
/// How long all of an attack may take: a block a second, on a machine that does other things.
const OVER_WITHIN: Duration = Duration::from_secs(120);

/// What came of the told attack.
pub struct Told {
    /// How long it took.
    pub sample: Sample,
    /// The block of its first transaction.
    pub attack_block: u64,
    /// The block of the pause.
    pub pause_block: u64,
    /// How many of its transactions failed.
    pub failed: usize,
    /// How many took effect.
    pub succeeded: usize,
    /// What is left to the users, in wei.
    pub saved: u128,
    /// What they lost, in wei.
    pub lost: u128,
    /// The case.
    pub case: String,
}

/// Some calm, then the whole attack on the first vault.
pub fn tell(rpc: &Rpc, desk: &Desk, stage: &Stage, traffic: &Traffic, show: &mut Show) -> Result<Told> {
    let vault = &stage.vaults[0];
    let from = rpc.height()?;
    desk.wait_for("a few calm blocks", || Ok((rpc.height()? >= from + CALM_BLOCKS).then_some(())))?;
    let alerts = desk.alerts()?;
    ensure!(alerts == 0, "there are {alerts} alerts before anything happened");
    show.line(rpc.height()?, Tone::Plain, &format!("{} honest transactions, and no alert", traffic.sent()));

    show.chapter("The attack");
    let mut attack = Attack::begin(rpc, vault, ATTACKS)?;
    let mut case = Case::default();
    rpc.stop().wait_for("the end of the attack", OVER_WITHIN, || {
        if let Some(mined) = attack.go_on()? {
            let count = attack.mined.len();
            let (tone, how) =
                if mined.succeeded { (Tone::Bad, "takes 55 ETH") } else { (Tone::Good, "fails: the vault is paused") };
            show.line(mined.block, tone, &format!("transaction {count} of {ATTACKS} {how}"));
        }
        case.read(desk, vault, rpc.height()?, show)?;
        Ok((attack.is_over() && case.is_contained()).then_some(()))
    })?;

    let (id, incident) = case.done()?;
    let sample = sample_of(desk, &id, &incident)?;
    let pause_block = paused_in(rpc, &incident)?;
    let attack_block = attack.mined.first().context("nothing of the attack was mined")?.block;
    let failed = attack.mined.iter().filter(|mined| !mined.succeeded).count();
    let succeeded = attack.mined.len() - failed;
    let saved = vault.left_for_users(rpc)?;
    let lost = vault.stolen(rpc)?;
    let told = Told { sample, attack_block, pause_block, failed, succeeded, saved, lost, case: id };
    show.verdict(&told);
    Ok(told)
}

/// Another vault is attacked with one transaction, and how long it took to pause it.
pub fn sample(rpc: &Rpc, desk: &Desk, vault: &Vault, show: &mut Show) -> Result<Sample> {
    let attack = vault.attack(rpc)?;
    let attacked = rpc.wait_mined(&attack)?;
    let contained = desk.wait_for(&format!("the pause of `{}`", vault.name), || {
        Ok(desk.incident_of(&vault.address)?.filter(|incident| incident["phase"] == "contained"))
    })?;
    let id = contained["id"].as_str().context("an incident has an id")?;
    let sample = sample_of(desk, id, &contained)?;
    let paused = paused_in(rpc, &contained)?;
    show.line(paused, Tone::Good, &format!("{} attacked in block {}, paused in {paused}", vault.name, attacked.block));
    Ok(sample)
}

/// The case of a vault while it grows.
#[derive(Default)]
struct Case {
    id: Option<String>,
    read: u64,
    incident: Option<Value>,
}

impl Case {
    /// Shows what was written since.
    fn read(&mut self, desk: &Desk, vault: &Vault, head: u64, show: &mut Show) -> Result<()> {
        let incident = match &self.id {
            Some(id) => Some(desk.incident(id)?),
            None => desk.incident_of(&vault.address)?,
        };
        let Some(incident) = incident else { return Ok(()) };
        let id = incident["id"].as_str().context("an incident has an id")?.to_owned();
        if self.id.is_none()
            && let Some(first) = incident["alerts"].get(0)
        {
            let noticed = between(time(&first["received_at"])?, time(&first["raised_at"])?);
            show.line(head, Tone::Alarm, &format!("noticed {noticed} ms after the block came"));
        }
        for entry in desk.entries(&id, self.read)? {
            self.read = entry["seq"].as_u64().context("an entry has a number")?;
            if let Some((tone, says)) = words::entry(&entry) {
                show.line(head, tone, &says);
            }
        }
        self.id = Some(id);
        self.incident = Some(incident);
        Ok(())
    }

    fn is_contained(&self) -> bool {
        self.incident.as_ref().is_some_and(|incident| incident["phase"] == "contained")
    }

    fn done(self) -> Result<(String, Value)> {
        self.id.zip(self.incident).context("no case was opened")
    }
}

/// How long it took from the block to the alert and to the signed pause, by what stands in the book.
fn sample_of(desk: &Desk, id: &str, incident: &Value) -> Result<Sample> {
    let first = incident["alerts"].get(0).context("the case has no alert")?;
    let received = time(&first["received_at"])?;
    let entries = desk.entries(id, 0)?;
    let signed = entries
        .iter()
        .find(|entry| entry["kind"] == "case.receipt/1" && entry["payload"]["tx"].is_string())
        .context("no transaction was sent")?;
    Ok(Sample {
        durable_ms: between(received, time(&first["raised_at"])?),
        signed_ms: between(received, time(&signed["at"])?),
    })
}

/// The block of the pause, as the chain has it.
fn paused_in(rpc: &Rpc, incident: &Value) -> Result<u64> {
    let steps = incident["plan"]["steps"].as_array().context("the case has no plan")?;
    let hashes = steps.iter().filter_map(|step| step["txs"].as_array()).flatten().filter_map(Value::as_str);
    for hash in hashes {
        if let Some(mined) = rpc.mined(hash)? {
            ensure!(mined.succeeded, "the pause failed on the chain");
            return Ok(mined.block);
        }
    }
    bail!("no transaction of the plan is on the chain")
}

/// Takes the case out of the book, and has the export proved.
pub fn export(desk: &Desk, program: &Path, folder: &Path, told: &Told, show: &mut Show) -> Result<()> {
    let path = folder.join(format!("{}.json", told.case));
    fs::write(&path, desk.export(&told.case)?).with_context(|| format!("`{}` cannot be written", path.display()))?;
    let says = verify(program, folder, &path)?;
    show.setting(&format!("case {} exported to {}: {says}", told.case, path.display()));
    Ok(())
}

/// Has the whole book proved, after the service has ended.
pub fn prove(program: &Path, folder: &Path, show: &mut Show) -> Result<()> {
    let path = folder.join("breakglass.db");
    let says = verify(program, folder, &path)?;
    show.setting(&format!("the book in {}: {says}", path.display()));
    Ok(())
}

fn verify(program: &Path, folder: &Path, path: &Path) -> Result<String> {
    let run = Command::new(program).arg("verify").arg(path).args(["--json"]).current_dir(folder).output();
    let run = run.with_context(|| format!("`{}` cannot be started", program.display()))?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    if !run.status.success() {
        bail!("`breakglass verify {}` says no: {said}{}", path.display(), String::from_utf8_lossy(&run.stderr));
    }
    let report: Value = serde_json::from_str(said.trim()).context("`breakglass verify --json` printed no JSON")?;
    let seals = report["seals"].as_u64().context("a report counts seals")?;
    let seals = if seals == 1 { "one seal".to_owned() } else { format!("{seals} seals") };
    Ok(format!("{} lines under {seals}, everything holds", report["entries"]))
}
