//! `breakglass rules explain RULE`: all there is to know about one rule.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Result, bail};
use atlas::Taxonomy;
use detect::{Explanation, RuleCard, Scene, explain, read_rules};
use serde_json::json;

use super::{folder, list::word};
use crate::{args::rules::ExplainArgs, output};

pub fn run(args: &ExplainArgs) -> Result<ExitCode> {
    let folders = folder::over_built_in(args.over.rules.as_deref())?;
    let cards = read_rules(folders.iter().map(|folder| folder.text.clone()))?;
    let wanted = args.rule.rsplit('/').next().unwrap_or_default();
    let Some(card) = cards.iter().find(|card| card.id == wanted) else {
        let ids: Vec<&str> = cards.iter().map(|card| card.id.as_str()).collect();
        bail!("there is no rule `{wanted}`; {}", atlas::config::suggest(wanted, &ids));
    };
    let file = format!("{}/rule.toml", card.file.trim_end_matches("/rule.toml"));
    let folder = folders.iter().find(|folder| format!("{}/rule.toml", folder.text.folder) == file);
    let (page, cases) = folder.map_or(("", &[][..]), |folder| (folder.text.page.as_str(), folder.cases.as_slice()));
    let cases: Vec<(String, String)> = cases
        .iter()
        .map(|case| {
            let about = Scene::read(&case.file, &case.text).map(|scene| scene.about);
            (case.name().to_owned(), about.unwrap_or_else(|fault| format!("it cannot be read: {fault}")))
        })
        .collect();
    let explained = explain(card)?;
    if args.json {
        output::json(&as_json(card, page, &cases, &explained)?)?;
    } else {
        print(card, page, &cases, &explained)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(
    card: &Arc<RuleCard>,
    page: &str,
    cases: &[(String, String)],
    explained: &Explanation,
) -> Result<serde_json::Value> {
    let condition = explained.condition.as_ref().map(|words| {
        json!({ "text": words.text, "on": words.on, "place": words.place, "all_of": words.all_of, "message": words.message })
    });
    let cases: Vec<_> = cases.iter().map(|(file, about)| json!({ "file": file, "about": about })).collect();
    Ok(json!({
        "rule": card.rule().to_string(),
        "card": card.as_ref(),
        "page": page,
        "condition": condition,
        "wakes": explained.wakes,
        "costs": explained.costs,
        "blinded_by": explained.blinded_by,
        "cases": cases,
    }))
}

fn print(card: &Arc<RuleCard>, page: &str, cases: &[(String, String)], explained: &Explanation) -> Result<()> {
    let kinds = Taxonomy::embedded();
    output::line(page.trim_end());
    heading("The card");
    row("rule", &card.rule().to_string());
    row("family", &card.described.family);
    row("points to", &format!("{}  {}", card.described.kind, kinds.describe(&card.described.kind).unwrap_or_default()));
    card.described
        .also
        .iter()
        .for_each(|kind| row("or to", &format!("{kind}  {}", kinds.describe(kind).unwrap_or_default())));
    row("severity", &format!("{} for what is protected, {} elsewhere", card.severity, card.severity_elsewhere));
    row("confidence", &format!("{} %", card.confidence.percent()));
    row("maturity", &word(&card.maturity)?);
    row("needs sight", &word(&card.described.needs.sight)?);
    let evidence = card.described.needs.evidence.iter().map(word).collect::<Result<Vec<_>>>()?;
    row("rests on", &evidence.join(", "));
    for (name, value) in card.parameters.listed() {
        row("parameter", &format!("{name} = {value}"));
    }
    card.described.references.iter().for_each(|link| row("see", link));
    row("file", &card.file);
    if let Some(words) = &explained.condition {
        heading("When it fires");
        output::line(format!("It looks at {}, {}. It fires if", words.on, words.place));
        let last = words.all_of.len().saturating_sub(1);
        for (at, part) in words.all_of.iter().enumerate() {
            output::line(format!("  - {part}{}", if at < last { ", and" } else { "." }));
        }
        output::line("\nand then says");
        output::line(format!("  {}", words.message));
        output::line("\nIts condition, as it is written:");
        words.text.lines().for_each(|line| output::line(format!("  {}", line.trim_end())));
    }
    section("What wakes it", &explained.wakes);
    section("What it costs", &explained.costs);
    section("What would blind it", &explained.blinded_by);
    heading("Its cases");
    if cases.is_empty() {
        output::line("none: nothing shows what it does");
    }
    cases.iter().for_each(|(file, about)| output::line(format!("  {file}\n      {about}")));
    Ok(())
}

fn heading(text: &str) {
    output::line(format!("\n{text}\n{}", "-".repeat(text.chars().count())));
}

fn section(title: &str, lines: &[String]) {
    heading(title);
    lines.iter().for_each(|line| output::line(format!("  - {line}")));
}

fn row(name: &str, value: &str) {
    output::line(format!("  {name:<12} {value}"));
}
