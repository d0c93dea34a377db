//! `breakglass rules list`: the rules in a table.

use std::{process::ExitCode, sync::Arc};

use anyhow::Result;
use detect::{RuleCard, explain, read_rules};
use serde::Serialize;

use super::{folder, many};
use crate::{args::rules::ListRulesArgs, output};

/// Characters of a cell.
const CELL: usize = 44;

/// A rule in the table.
#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    family: String,
    kind: String,
    also: Vec<String>,
    severity: String,
    severity_elsewhere: String,
    confidence: u8,
    maturity: String,
    sight: String,
    evidence: Vec<String>,
    wakes: Vec<String>,
    tags: Vec<String>,
    in_rust: bool,
    rule: String,
}

pub fn run(args: &ListRulesArgs) -> Result<ExitCode> {
    let folders = folder::over_built_in(args.over.rules.as_deref())?;
    let cards = read_rules(folders.into_iter().map(|folder| folder.text))?;
    let rows = cards.iter().filter(|card| is_asked(args, card)).map(row).collect::<Result<Vec<_>>>()?;
    if args.json {
        output::json(&rows)?;
    } else {
        print(&rows, cards.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn is_asked(args: &ListRulesArgs, card: &RuleCard) -> bool {
    let of_kind = |asked: &String| {
        let mut kinds = card.described.also.iter().chain([&card.described.kind]);
        kinds.any(|kind| kind == asked || kind.strip_prefix(asked.as_str()).is_some_and(|rest| rest.starts_with('/')))
    };
    let has_word = |word: &String| {
        let word = word.to_lowercase();
        let mut texts = card.described.tags.iter().chain([&card.id, &card.described.title]);
        texts.any(|text| text.to_lowercase().contains(&word))
    };
    args.family.as_ref().is_none_or(|family| card.described.family == *family)
        && args.kind.as_ref().is_none_or(of_kind)
        && args.severity.is_none_or(|severity| card.severity >= severity)
        && args.maturity.is_none_or(|maturity| card.maturity == maturity)
        && args.needs.is_none_or(|kind| card.described.needs.evidence.contains(&kind))
        && args.word.as_ref().is_none_or(has_word)
}

fn row(card: &Arc<RuleCard>) -> Result<Row> {
    Ok(Row {
        id: card.id.clone(),
        title: card.described.title.clone(),
        family: card.described.family.clone(),
        kind: card.described.kind.clone(),
        also: card.described.also.clone(),
        severity: card.severity.to_string(),
        severity_elsewhere: card.severity_elsewhere.to_string(),
        confidence: card.confidence.percent(),
        maturity: word(&card.maturity)?,
        sight: word(&card.described.needs.sight)?,
        evidence: card.described.needs.evidence.iter().map(word).collect::<Result<_>>()?,
        wakes: explain(card)?.wakes,
        tags: card.described.tags.clone(),
        in_rust: !card.is_data(),
        rule: card.rule().to_string(),
    })
}

/// How the files write a word of a list.
pub fn word<T: Serialize>(word: &T) -> Result<String> {
    let value = serde_json::to_value(word)?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn print(rows: &[Row], of: usize) {
    const HEAD: [&str; 7] = ["RULE", "KIND", "SEVERITY", "MATURITY", "SIGHT", "RESTS ON", "WOKEN BY"];
    let cells: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            let wakes = match row.wakes.as_slice() {
                [one] => one.clone(),
                [one, rest @ ..] => format!("{one} (+{})", rest.len()),
                [] => "nothing".to_owned(),
            };
            [
                format!("{}/{}", row.family, row.id),
                row.kind.clone(),
                format!("{} / {}", row.severity, row.severity_elsewhere),
                row.maturity.clone(),
                row.sight.clone(),
                row.evidence.join(", "),
                wakes,
            ]
        })
        .collect();
    let mut widths = HEAD.map(str::len);
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count().min(CELL));
        }
    }
    let line = |line: &[String; 7]| {
        let cells = line.iter().zip(widths).enumerate().map(|(at, (cell, width))| match at {
            6 => cell.clone(),
            _ => format!("{:<width$}", cut(cell)),
        });
        output::line(cells.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&HEAD.map(str::to_owned));
    cells.iter().for_each(line);
    let shown = rows.len();
    output::line(if shown == of { many(shown, "rule") } else { format!("{shown} of {}", many(of, "rule")) });
}

fn cut(cell: &str) -> String {
    match cell.char_indices().nth(CELL) {
        Some(_) => cell.chars().take(CELL - 1).chain(['…']).collect(),
        None => cell.to_owned(),
    }
}
