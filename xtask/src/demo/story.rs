//! The story: what the thief does, what the service notices and does about it, and what it comes to.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{
    attack::{Attack, Hit},
    case::Case,
    desk::Desk,
    rpc::{Mined, Rpc},
    samples::Sample,
    show::Show,
    stage::{ATTACKS, Stage, Vault},
    traffic::Traffic,
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
    /// The case.
    pub case: String,
    hits: Vec<Hit>,
    pause: Mined,
    /// What is left to the users, in wei.
    saved: u128,
    /// What they lost, in wei.
    lost: u128,
}

/// Some calm, then the whole attack on the first vault.
pub fn tell(rpc: &Rpc, desk: &Desk, stage: &Stage, traffic: &Traffic, show: &mut Show) -> Result<Told> {
    let vault = &stage.vaults[0];
    let from = rpc.height()?;
    show.chapter("A calm day");
    desk.wait_for("a few calm blocks", || Ok((rpc.height()? >= from + CALM_BLOCKS).then_some(())))?;
    let alerts = desk.alerts()?.len();
    ensure!(alerts == 0, "there are {alerts} alerts before anything happened");
    let honest = rpc.count_done(&traffic.sent())?;
    show.line(rpc.height()?, Tone::Plain, &format!("{honest} honest transactions, no alert"));

    show.chapter("The attack");
    let mut attack = Attack::begin(rpc, vault, ATTACKS)?;
    let mut case = Case::new(desk, vault);
    let over = rpc.stop().wait_for("the pause and the end of the attack", OVER_WITHIN, || {
        if let Some(hit) = attack.go_on()? {
            show_hit(&hit, attack.hits.len(), show);
        }
        case.show(rpc.height()?, show)?;
        Ok((attack.is_over() && case.contained().is_some() && case.lost().is_some()).then_some(()))
    });
    over.with_context(|| case.says())?;

    let told = Told {
        sample: case.sample()?,
        case: case.id().context("a case has an id")?.to_owned(),
        pause: pause(rpc, vault, &case)?,
        saved: vault.left_for_users(rpc)?,
        lost: vault.stolen(rpc)?,
        hits: attack.hits,
    };
    show.outcome(&told.rows());
    let counted = case.lost().context("the case has no ledger")?;
    ensure!(
        counted == told.lost,
        "the ledger of the case says that {} were lost, the chain says {}",
        words::ether(counted),
        words::ether(told.lost)
    );
    Ok(told)
}

/// Another vault is attacked with one transaction, and how long it took to pause it.
pub fn sample(rpc: &Rpc, desk: &Desk, vault: &Vault, show: &mut Show) -> Result<Sample> {
    let attacked = rpc.wait_mined(&vault.attack(rpc)?)?;
    let mut case = Case::new(desk, vault);
    desk.wait_for(&format!("the pause of `{}`", vault.name), || {
        case.read()?;
        Ok(case.contained().map(|_| ()))
    })?;
    let paused = pause(rpc, vault, &case)?;
    let says = format!("{} attacked in block {}, paused in {}", vault.name, attacked.block, paused.block);
    show.line(paused.block, Tone::Plain, &says);
    case.sample()
}

/// What became of the honest people: none of them is to be the subject of an alert.
pub fn honest(rpc: &Rpc, desk: &Desk, sent: &[String], show: &mut Show) -> Result<()> {
    let alerts = desk.alerts()?;
    let about = alerts.iter().filter(|alert| sent.iter().any(|hash| alert["tx"] == hash.as_str())).count();
    ensure!(about == 0, "{about} alerts are about honest transactions");
    let says = format!("{} honest transactions in all; none of the {} alerts is about them", sent.len(), alerts.len());
    show.chapter("Everybody else");
    show.line(rpc.height()?, Tone::Plain, &says);
    Ok(())
}

fn show_hit(hit: &Hit, number: usize, show: &mut Show) {
    let (tone, how) = match &hit.refusal {
        None => (Tone::Bad, format!("takes {}", words::ether(hit.loot))),
        Some(why) => (Tone::Plain, format!("fails: the vault answers `{why}`")),
    };
    show.line(hit.mined.block, tone, &format!("attack {number} of {ATTACKS} {how}"));
}

/// The pause, as the chain has it.
fn pause(rpc: &Rpc, vault: &Vault, case: &Case<'_>) -> Result<Mined> {
    for hash in case.sent() {
        if let Some(mined) = rpc.mined(hash)? {
            ensure!(mined.succeeded, "the pause failed on the chain");
            ensure!(vault.is_paused(rpc)?, "`{}` does not say that it is paused", vault.name);
            return Ok(mined);
        }
    }
    bail!("no transaction of the plan is on the chain")
}

impl Told {
    /// The block of the first transaction of the attack.
    fn attack_block(&self) -> u64 {
        self.hits.first().map_or(0, |hit| hit.mined.block)
    }

    fn failed(&self) -> usize {
        self.hits.iter().filter(|hit| !hit.mined.succeeded).count()
    }

    /// What a person reads at the end.
    fn rows(&self) -> [(&'static str, String); 5] {
        let from = self.attack_block();
        let later = match self.pause.block.saturating_sub(from) {
            1 => "one block".to_owned(),
            more => format!("{more} blocks"),
        };
        let rival = self.hits.iter().find(|hit| hit.mined.block == self.pause.block);
        let ahead = match rival {
            Some(hit) if self.pause.index < hit.mined.index => ", ahead of the thief's transaction there",
            _ => "",
        };
        [
            ("noticed", format!("{} ms after the block came", self.sample.durable_ms())),
            ("paused", format!("in block {}, {later} after the attack began{ahead}", self.pause.block)),
            ("attack", format!("{} of {} transactions failed", self.failed(), self.hits.len())),
            ("saved", words::ether(self.saved)),
            ("lost", words::ether(self.lost)),
        ]
    }

    /// The line that scripts read.
    pub fn json(&self) -> Value {
        json!({
            "noticed_ms": self.sample.durable_ms(),
            "attack_block": self.attack_block(),
            "pause_block": self.pause.block,
            "saved": self.saved.to_string(),
            "lost": self.lost.to_string(),
            "case": self.case,
        })
    }

    /// Whether the story came true. Who is patient lets the pause come later than in the next block.
    pub fn judge(&self, patient: bool) -> Result<()> {
        let (attack, pause) = (self.attack_block(), self.pause.block);
        ensure!(self.failed() > 0, "every transaction of the attack succeeded: the pause came too late");
        ensure!(self.saved > 0, "nothing was left to save when the pause came");
        ensure!(
            patient || pause == attack + 1,
            "the attack began in block {attack} and the pause came in {pause}, not in the next one: the machine may be busy"
        );
        Ok(())
    }
}
