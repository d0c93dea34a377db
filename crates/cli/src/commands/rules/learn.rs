//! `breakglass rules learn`: from a confirmed attack, a rule.

use std::{fs, process::ExitCode, sync::Arc, time::Instant};

use anyhow::{Context as _, Result, bail};
use atlas::Atlas;
use detect::{Detectors, RuleText, Scope, built_in, learn, read_rules};
use engine::{Attacked, Backtest, BacktestReport, Bundle, Label, Proof, Replay, Stretch};
use respond::TriageRules;
use serde_json::json;
use store::Known;

use super::code;
use crate::{
    args::rules::LearnArgs,
    commands::{blocks, evidence},
    output,
};

/// Words of a name that stay in a rule's id.
const NAME_MAX: usize = 48;

pub fn run(args: &LearnArgs) -> Result<ExitCode> {
    let bundle = bundle(args)?;
    let told = bundle.attack()?;
    let case = bundle.manifest.case.to_string();
    let name = match &args.name {
        Some(name) => slug(name),
        None => slug(&format!("{} {case}", told.kind)),
    };
    if name.is_empty() {
        bail!("--name has no letter or digit in it: name the rule in words");
    }
    let drafts = learn(&told.lesson(name, case))?;
    let report = try_on(args, &bundle, &told, &drafts)?;
    // A rule that says what nobody asked for is none; one of the drafts, from the most general on, may say nothing.
    let said: Vec<u64> = (1..=drafts.len()).map(|which| pages(&report, &drafts[which - 1].numbered(which).1)).collect();
    let found = said.iter().position(|pages| *pages == 0);
    let Some(which) = found else {
        tell(args, &report, &said, None)?;
        return Ok(code(false));
    };
    let folder = write(args, &drafts[which], &report, &said[..which])?;
    tell(args, &report, &said, Some((which, &folder)))?;
    Ok(code(true))
}

/// The bundle of the case, which holds.
fn bundle(args: &LearnArgs) -> Result<Bundle> {
    let (bundle, problems) = match (&args.bundle, &args.case) {
        (Some(path), _) => {
            let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Bundle::from_bytes(&bytes)?
        }
        (None, Some(case)) => (evidence::gather(case, &args.source)?, Vec::new()),
        (None, None) => bail!("name a case, or a bundle with --bundle"),
    };
    let verdict = bundle.prove(&Known::default(), problems);
    if verdict.outcome() == Proof::Broken {
        let first = verdict.broken.first().map(|line| format!("{}: {}", line.at, line.says)).unwrap_or_default();
        bail!("the evidence does not hold, and nothing is learnt from it: {first}");
    }
    Ok(bundle)
}

/// All drafts over the honest traffic, at once. What belongs to the attack is no mistake.
fn try_on(args: &LearnArgs, bundle: &Bundle, told: &Attacked, drafts: &[RuleText]) -> Result<BacktestReport> {
    let texts = (1..).zip(drafts).map(|(which, draft)| draft.numbered(which).0);
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("/blind-spot"));
    let cards = read_rules(texts.chain(blind_spot))?;
    let detectors = Arc::new(Detectors::new(cards, Scope::everything())?);
    let label =
        |tx: &facts::TxFacts| Label { name: bundle.manifest.case.to_string(), tx: Some(tx.hash), ..Label::default() };
    let backtest = Backtest::new(Arc::clone(&detectors), None, told.txs.iter().map(label).collect());
    let mut replay =
        Replay::new(Atlas::embedded(), detectors, TriageRules::default(), Instant::now()).testing(backtest);
    match args.from {
        Some(from) => {
            let chain = bundle.manifest.blocks.first().map(|block| &block.chain);
            blocks::of_chain(&mut replay, (chain, &args.source.rpc), Stretch { from, to: args.to.0 }, None)?;
        }
        None => blocks::of_files(&mut replay, &args.honest)?,
    }
    replay.finish_backtest().1.context("the back-test was not carried along: report this as a bug")
}

fn pages(report: &BacktestReport, id: &str) -> u64 {
    report.rules.iter().find(|row| row.id == id).map_or(0, |row| row.pages + row.blind)
}

/// Writes the rule that is proposed; `before` is how often each more general draft took honest traffic for the attack.
fn write(args: &LearnArgs, rule: &RuleText, report: &BacktestReport, before: &[u64]) -> Result<String> {
    let folder = args.out.join(&rule.folder);
    let shown = folder.display().to_string();
    if folder.exists() {
        bail!("`{shown}` is there already: nothing was written; give another --name");
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make `{shown}`"))?;
    let mut tried = format!(
        "\n**Tried on.** {} blocks with {} transactions, none of which it took for the attack.\n",
        report.blocks, report.transactions
    );
    if !before.is_empty() {
        let said = before.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        tried += &format!(
            "\n**Tightened.** Drafts that ask for less cried there, from the most general on: {said} times. So this one asks \
             for more than a copy of the attack may do.\n"
        );
    }
    for (name, text) in [("rule.toml", rule.card.clone()), ("page.md", format!("{}{tried}", rule.page))] {
        fs::write(folder.join(name), text).with_context(|| format!("cannot write `{shown}/{name}`"))?;
    }
    Ok(shown)
}

fn tell(args: &LearnArgs, report: &BacktestReport, said: &[u64], found: Option<(usize, &str)>) -> Result<()> {
    let (blocks, transactions) = (report.blocks, report.transactions);
    if args.source.desk.json {
        return output::json(&json!({
            "drafts": said.len(), "mistakes": said, "chosen": found.map(|(which, _)| which + 1),
            "folder": found.map(|(_, folder)| folder), "blocks": blocks, "transactions": transactions,
        }));
    }
    for (which, mistakes) in (1..).zip(said) {
        let silent = if *mistakes == 0 { "silent".to_owned() } else { format!("{mistakes} mistakes") };
        output::line(format!(
            "draft {which} of {}: {silent} in {transactions} transactions of {blocks} blocks",
            said.len()
        ));
    }
    match found {
        Some((which, folder)) => {
            output::line(format!("wrote {folder}: draft {}, incubating", which + 1));
            output::line(format!("read it: breakglass rules explain <id> --rules {}", args.out.display()));
        }
        None => output::line(
            "nothing was written: even the most particular draft cries at honest traffic, which does all that this attack is \
             known by; write the rule by hand with `breakglass rules new`",
        ),
    }
    Ok(())
}

/// Words in kebab case, as an id has them.
fn slug(words: &str) -> String {
    let mut slug = String::new();
    for c in words.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(NAME_MAX);
    slug.trim_matches('-').to_owned()
}
