//! The main job, visibly: a local chain, a vault that is robbed over several transactions, and the pause that cuts it
//! short. Everything that is shown was read from the chain or from the service.

mod attack;
mod desk;
mod installation;
mod process;
mod rpc;
mod samples;
mod show;
mod stage;
mod story;
mod words;

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::solidity;
use process::{Children, Stop};
use show::Show;

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
    /// Use the program as the tests build it, instead of building it optimised
    #[arg(long)]
    debug: bool,
}

impl Options {
    /// What the exam runs: the same story with the program that the tests have built.
    pub fn exam() -> Self {
        Self { headless: true, json: false, rounds: 2, debug: true }
    }
}

/// How long the desk stays open for a person who looks at it.
const OPEN_FOR: Duration = Duration::from_secs(600);

/// Runs the demo; an error if the story does not come true.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let stop = Stop::on_signals()?;
    let program = installation::program(root, options.debug)?;
    let anvil = solidity::anvil_path(root)?;
    let mut show = Show::new(options.json);
    let folder = installation::fresh_folder(root)?;
    let mut children = Children::default();

    show.title("A vault is robbed, and the robbery is cut short");
    let chain = children.anvil(&anvil, &folder)?;
    let rpc = rpc::Rpc::new(chain, stop.clone());
    show.setting(&format!("a chain on this machine, a block a second: http://127.0.0.1:{chain}"));
    let stage = stage::set(&rpc, root, usize::from(options.rounds))?;
    show.setting(&format!(
        "{} vaults behind proxies, each with {} of its users' ether; a flaw in `withdrawEther`",
        stage.vaults.len(),
        words::ether(stage.vaults[0].of_users),
    ));
    installation::write(&folder, root, chain, &stage)?;
    let serving = children.serve(&program, &folder, &stop)?;
    let desk = desk::Desk::new(&serving, stop.clone());
    show.setting("`breakglass serve` follows it; the guardian's key may pause alone, and nothing else");
    show.invite(&serving.url, &serving.token, options.headless, &stop)?;

    let traffic = attack::Traffic::start(&rpc, &stage);
    let told = story::tell(&rpc, &desk, &stage, &traffic, &mut show)?;
    let mut samples = vec![told.sample.clone()];
    if stage.vaults.len() > 1 {
        show.chapter("The other vaults, to see how long it takes");
    }
    for vault in &stage.vaults[1..] {
        samples.push(story::sample(&rpc, &desk, vault, &mut show)?);
    }
    traffic.end()?;
    story::export(&desk, &program, &folder, &told, &mut show)?;
    show.samples(&samples);
    if show.wants_to_be_looked_at(options.headless) {
        show.wait(&serving.url, OPEN_FOR, &stop)?;
    }
    children.end_serve().context("the service did not end as it should")?;
    story::prove(&program, &folder, &mut show)?;
    children.end();
    ensure!(told.failed > 0, "every transaction of the attack succeeded: the pause came too late");
    show.last(&told)
}
