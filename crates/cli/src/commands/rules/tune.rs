//! `breakglass rules tune`: what people thought of alerts, drawn together into proposals. It writes nothing but what it is
//! asked to, and that into a folder of its own: what is in force changes when a person puts it in place.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use case::{AlertId, Mark};
use detect::{RuleCard, RuleText, read_rules};
use facts::AccountId;
use respond::{Exception, ExceptionsFile, MarkedAlert, ProposedValue, RuleTuning, tune};
use serde_json::{Value, json};

use super::super::case::{Desk, asking, write_new};
use crate::{
    args::rules::TuneArgs,
    output::{self, inline},
    rules,
};

/// Marked alerts that are read: years of a careful team.
const ALERTS_MAX: usize = 20_000;
/// Alerts on one page of the API.
const PAGE: u32 = 500;
/// Basis points are the only values proposed: a whole.
const BP: u64 = 10_000;

pub fn run(args: &TuneArgs) -> Result<ExitCode> {
    let texts = rules::texts(args.over.rules.as_deref())?;
    let cards = read_rules(texts.iter().cloned())?;
    let (from, mut marked) = asking(async {
        let desk = Desk::open(&args.desk).await?;
        let mut marked = Vec::new();
        for mark in [Mark::Useful, Mark::False, Mark::Known] {
            read(&desk, mark, &mut marked).await?;
        }
        Ok((desk.name(), marked))
    })?;
    if let Some(rule) = &args.rule {
        marked.retain(|alert| alert.rule == *rule);
    }
    let card = |rule: &str| cards.iter().find(|card| Some(card.id.as_str()) == rule.split('/').next());
    let parameter = |rule: &str, name: &str| number(card(rule)?, name);
    let told = tune(&marked, &parameter);
    if let Some(folder) = &args.write {
        write(folder, &told, &texts)?;
    }
    if args.desk.json {
        output::json(&json!({ "from": from, "marked": marked.len(), "rules": told }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if told.is_empty() {
        output::line("no alert is marked: `breakglass alerts mark` says whether one was useful, false or known");
    }
    told.iter().for_each(print);
    Ok(ExitCode::SUCCESS)
}

fn number(card: &RuleCard, name: &str) -> Option<u64> {
    card.parameters.names().any(|one| one == name).then(|| card.parameters.number(name, 0..=BP).ok()).flatten()
}

/// Reads the alerts with a mark.
async fn read(desk: &Desk, mark: Mark, marked: &mut Vec<MarkedAlert>) -> Result<()> {
    let word = serde_json::to_value(mark)?;
    let word = word.as_str().unwrap_or_default().replace('-', "_");
    let mut after = String::new();
    loop {
        let page = desk.get(&format!("/api/v1/alerts?mark={word}&limit={PAGE}{after}")).await?;
        let Some(items) = page["items"].as_array() else { bail!("`{}` answers without a list", desk.name()) };
        for item in items.iter().filter(|item| item["withdrawn"] != true) {
            marked.push(alert(item, mark).context("an alert cannot be read: is the service of this version?")?);
        }
        if marked.len() > ALERTS_MAX {
            bail!("more than {ALERTS_MAX} alerts are marked: look at one rule with --rule");
        }
        match page["next"].as_str().filter(|next| !items.is_empty() && next.bytes().all(|c| c.is_ascii_alphanumeric()))
        {
            Some(next) => after = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

fn alert(item: &Value, mark: Mark) -> Result<MarkedAlert> {
    let text = |field: &str| item[field].as_str().with_context(|| format!("it has no `{field}`"));
    let accounts = item["attackers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(MarkedAlert {
        id: text("id")?.parse::<AlertId>()?,
        rule: text("rule")?.split('@').next().unwrap_or_default().to_owned(),
        subject: text("subject")?.parse::<AccountId>()?,
        by: accounts.map(str::parse).collect::<Result<_, _>>()?,
        share_bp: item["losses"].as_array().into_iter().flatten().filter_map(|loss| loss["share_bp"].as_u64()).max(),
        mark,
    })
}

fn print(told: &RuleTuning) {
    let RuleTuning { rule, useful, wrong, known, .. } = told;
    output::line(format!("{}  {useful} useful, {wrong} false, {known} known", inline(rule)));
    for proposed in &told.exceptions {
        let Exception { subject, by, why, .. } = &proposed.exception;
        let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        output::line(format!("  an exception about {subject}{by}: {} alerts; {why}", proposed.count));
        proposed.evidence.iter().for_each(|id| output::line(format!("    {id}")));
    }
    for proposed in &told.parameters {
        let ProposedValue { parameter, now, proposed: to, wrong_max, useful_min, evidence } = proposed;
        let useful = useful_min.map_or("nothing was useful".to_owned(), |min| format!("useful ones begin at {min}"));
        output::line(format!("  {parameter}: {now} -> {to}; false alerts reach {wrong_max}, and {useful}"));
        evidence.iter().for_each(|id| output::line(format!("    {id}")));
    }
    told.remarks.iter().for_each(|says| output::line(format!("  {says}")));
    if told.exceptions.is_empty() && told.parameters.is_empty() && told.remarks.is_empty() {
        output::line("  nothing is proposed: there is too little to go by");
    }
}

/// Writes what is proposed into a folder of its own.
fn write(folder: &Path, told: &[RuleTuning], texts: &[RuleText]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let mut listed = fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    if listed.next().is_some() {
        bail!("`{}` is not empty: give a new folder", folder.display());
    }
    let exceptions: Vec<Exception> =
        told.iter().flat_map(|told| &told.exceptions).map(|proposed| proposed.exception.clone()).collect();
    if !exceptions.is_empty() {
        let text =
            toml::to_string(&ExceptionsFile { schema: 1, exceptions }).context("exceptions cannot be written")?;
        write_new(&folder.join("exceptions.toml"), text.as_bytes())?;
    }
    for told in told {
        for proposed in &told.parameters {
            let ends = format!("/{}", told.rule.split('/').next().unwrap_or_default());
            // Of two with one id the later is in force.
            let text = texts.iter().rev().find(|text| text.folder.ends_with(&ends));
            let text = text.with_context(|| format!("the card of `{}` is not there", told.rule))?;
            let mut parts = text.folder.rsplit('/');
            let (rule, family) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let place = folder.join("rules").join(family).join(rule);
            fs::create_dir_all(&place).with_context(|| format!("cannot make `{}`", place.display()))?;
            write_new(&place.join("rule.toml"), changed(&text.card, proposed)?.as_bytes())?;
            write_new(&place.join("page.md"), text.page.as_bytes())?;
            for (name, beside) in &text.files {
                write_new(&place.join(name), beside.as_bytes())?;
            }
        }
    }
    output::note(format!("written to `{}`: look at it, and put in place what you agree with", folder.display()));
    Ok(())
}

/// A card with another value of a parameter; the rest stays as it is written.
fn changed(card: &str, proposed: &ProposedValue) -> Result<String> {
    let ProposedValue { parameter, now, proposed, .. } = proposed;
    let of_it = |line: &&str| line.split('=').next().map(str::trim) == Some(parameter);
    let Some(line) = card.lines().find(of_it) else {
        bail!("the card does not say `{parameter}` on a line of its own: set it to {proposed} by hand");
    };
    let other = line.replacen(&now.to_string(), &proposed.to_string(), 1);
    Ok(card.replacen(line, &other, 1))
}
