//! The main job, visibly: a local chain, a vault that is robbed over several transactions, and the pause that cuts it
//! short. Everything that is shown was read from the chain or from the service.

mod attack;
mod case;
pub(crate) mod desk;
pub(crate) mod installation;
pub(crate) mod process;
mod proof;
pub(crate) mod rpc;
mod samples;
mod show;
pub(crate) mod stage;
pub(crate) mod stop;
mod story;
mod traffic;
mod visitor;
mod words;

pub use samples::{Sample, Spread};

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use crate::{solidity, ui};
use installation::Profile;
use process::Children;
use show::Show;
use stop::Stop;

/// How the demo is run.
#[derive(Args, Clone)]
pub struct Options {
    /// No browser and no questions
    #[arg(long)]
    headless: bool,
    /// End with one line of JSON on stdout; the story goes to stderr
    #[arg(long)]
    json: bool,
    /// How many vaults are attacked, one after the other; the first is the story, the others are samples
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=10))]
    rounds: u8,
    /// Build the program optimised, as for production, which takes minutes the first time
    #[arg(long)]
    release: bool,
    /// The block after the first of the attack is what the story promises. A machine with other work may miss it.
    #[arg(skip)]
    patient: bool,
}

impl Options {
    /// What the exam runs: the same story, on a machine that may be busy.
    pub fn exam() -> Self {
        Self { headless: true, json: false, rounds: 2, release: false, patient: true }
    }

    /// What the benchmark runs: as many attacks as there is room for, with the program as it is in production.
    pub fn bench() -> Self {
        Self { headless: true, json: true, rounds: 10, release: true, patient: true }
    }
}

/// How long the desk stays open for a person who looks at it.
const OPEN_FOR: Duration = Duration::from_secs(600);

/// Runs the demo; an error if the story does not come true.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let stop = Stop::on_signals()?;
    let played = play(root, options, &stop)?;
    if options.json {
        show::last_line(&played.json)?;
    }
    played.verdict
}

/// How long it took from the block to the pause, over several attacks.
pub fn measure(root: &Path) -> Result<Vec<Sample>> {
    let stop = Stop::on_signals()?;
    let played = play(root, &Options::bench(), &stop)?;
    played.verdict?;
    Ok(played.samples)
}

/// What came of it.
struct Played {
    /// The line that scripts read.
    json: Value,
    samples: Vec<Sample>,
    /// Whether the story came true.
    verdict: Result<()>,
}

fn play(root: &Path, options: &Options, stop: &Stop) -> Result<Played> {
    if !options.headless {
        ui::build_if_older(root)?;
    }
    let profile = if options.release { Profile::Release } else { Profile::Dev };
    let program = installation::program(root, profile)?;
    let anvil = solidity::anvil_path(root)?;
    stop.check()?;

    let mut show = Show::new(options.json);
    let folder = installation::Folder::fresh(&program)?;
    // Before the children, so that it is let go after them.
    let folder = &folder.path;
    let mut children = Children::new(stop.clone());

    show.title("A vault is robbed, and the robbery is cut short");
    let chain = children.anvil(&anvil, folder, &["--accounts", "30"])?;
    let rpc = rpc::Rpc::new(chain, stop.clone());
    show.setting("chain", &format!("on this machine, a block a second: http://127.0.0.1:{chain}"));
    let stage = stage::set(&rpc, root, usize::from(options.rounds))?;
    show.setting("vaults", &stage.says());
    installation::write(folder, root, chain, &stage)?;
    let serving = children.serve(&program, folder)?;
    let desk = desk::Desk::new(&serving, stop.clone());
    show.setting("service", &format!("`breakglass serve` follows the chain ({}); it may pause alone", profile.name()));
    visitor::invite(&mut show, &serving, options.headless, stop)?;

    let traffic = traffic::Traffic::start(&rpc, &stage);
    let told = story::tell(&rpc, &desk, &stage, &traffic, &mut show)?;
    let mut samples = vec![told.sample.clone()];
    if stage.vaults.len() > 1 {
        show.chapter("The same again, to see how long it takes");
    }
    for vault in &stage.vaults[1..] {
        samples.push(story::sample(&rpc, &desk, vault, &mut show)?);
    }
    story::honest(&rpc, &desk, &traffic.end()?, &mut show)?;
    show.samples(&samples);

    show.chapter("What can be proved");
    let case = proof::export(&desk, folder, &told.case)?;
    show.setting("case", &format!("{} exported to {}", told.case, proof::near(root, &case)));
    visitor::stay(&show, &serving, options.headless, OPEN_FOR, stop)?;
    children.end_serve().context("the service did not end as it should")?;
    for line in proof::verify(&program, folder, &case)? {
        show.setting("verify", &line);
    }
    children.end();
    let verdict = told.judge(options.patient);
    Ok(Played { json: told.json(), samples, verdict })
}
