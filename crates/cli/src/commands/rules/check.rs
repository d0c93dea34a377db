//! `breakglass rules check`: every fault of every rule, with its place, its line and what to do.

use std::process::ExitCode;

use anyhow::Result;
use detect::{Fault, Maturity, Place, Scene, Sign, check_rules};
use serde::Serialize;

use super::{
    code,
    folder::{self, Folder},
    many,
};
use crate::{args::rules::CheckRulesArgs, output};

/// What a page has to answer, so that every responder finds it in the same place.
const PARTS: [&str; 5] = ["What it sees", "Why it matters", "First three checks", "False alarms", "Response"];
/// Characters of a line that are shown around a fault.
const LINE: usize = 100;

#[derive(Serialize)]
struct Checked {
    rules: usize,
    cases: usize,
    faults: Vec<Told>,
}

/// A fault, as it is told.
#[derive(Serialize)]
pub struct Told {
    file: String,
    line: usize,
    column: usize,
    what: String,
    hint: String,
    /// The line it is in.
    excerpt: String,
}

pub fn run(args: &CheckRulesArgs) -> Result<ExitCode> {
    let folders = folder::asked(&args.which)?;
    let faults = faults(&folders);
    let checked = Checked {
        rules: folders.len(),
        cases: folders.iter().map(|folder| folder.cases.len()).sum(),
        faults: faults.iter().map(|fault| told(fault, &folders)).collect(),
    };
    if args.json {
        output::json(&checked)?;
    } else {
        checked.faults.iter().for_each(print);
        output::line(match checked.faults.len() {
            0 => format!("{} and {} are right", many(checked.rules, "rule"), many(checked.cases, "case")),
            count => format!("{} in {}", many(count, "fault"), many(checked.rules, "rule")),
        });
    }
    Ok(code(checked.faults.is_empty()))
}

/// All that is wrong with some rules: cards, conditions, pages and cases, in order of files and places.
pub fn faults(folders: &[Folder]) -> Vec<Fault> {
    let checked = check_rules(folders.iter().map(|folder| folder.text.clone()));
    let mut faults = checked.faults;
    for folder in folders {
        let card = checked.cards.iter().find(|card| card.file == format!("{}/rule.toml", folder.text.folder));
        faults.extend(of_page(folder));
        faults.extend(of_cases(folder, card.is_some_and(|card| card.maturity == Maturity::Stable)));
    }
    faults.sort_by_key(|fault| (fault.place.file.clone(), fault.place.line, fault.place.column));
    faults
}

/// A page without a part that a responder looks for. A page that is not there is told with the card.
fn of_page(folder: &Folder) -> Vec<Fault> {
    if folder.text.page.trim().is_empty() {
        return Vec::new();
    }
    let missing = PARTS.iter().filter(|part| !folder.text.page.contains(&format!("**{part}")));
    let fault = |part: &&str| Fault {
        place: Place { file: format!("{}/page.md", folder.text.folder), line: 1, column: 1 },
        what: format!("the page has no part `{part}`"),
        hint: format!("write a paragraph that begins with `**{part}**`"),
    };
    missing.map(fault).collect()
}

fn of_cases(folder: &Folder, is_stable: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut signs = Vec::new();
    for case in &folder.cases {
        let at = |what: &str, hint: &str| Fault {
            place: Place { file: case.file.clone(), line: 1, column: 1 },
            what: what.to_owned(),
            hint: hint.to_owned(),
        };
        let Some(sign) = Sign::of(case.name()) else {
            faults.push(at("this is neither a hit nor a near miss", "call it `hit-….toml` or `near-miss-….toml`"));
            continue;
        };
        signs.push(sign);
        match Scene::read(&case.file, &case.text) {
            Err(fault) => faults.push(fault),
            Ok(scene) if (sign == Sign::Hit) == scene.expected.is_empty() => faults.push(match sign {
                Sign::Hit => at("a hit expects no alert", "`breakglass rules test --update` writes what comes"),
                Sign::NearMiss => at("a near miss expects an alert", "call it `hit-…`, or change the facts"),
            }),
            Ok(_) => {}
        }
    }
    if is_stable && !(signs.contains(&Sign::Hit) && signs.contains(&Sign::NearMiss)) {
        faults.push(Fault {
            place: Place { file: format!("{}/rule.toml", folder.text.folder), line: 1, column: 1 },
            what: "a stable rule has a hit and a near miss".into(),
            hint: "add the case that is missing, or call the rule `incubating`".into(),
        });
    }
    faults
}

pub fn told(fault: &Fault, folders: &[Folder]) -> Told {
    let Fault { place, what, hint } = fault;
    let text = folders.iter().find_map(|folder| text_of(folder, &place.file)).unwrap_or_default();
    Told {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
        what: what.clone(),
        hint: hint.clone(),
        excerpt: text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default().to_owned(),
    }
}

fn text_of<'a>(folder: &'a Folder, file: &str) -> Option<&'a str> {
    let rest = file.strip_prefix(&folder.text.folder).and_then(|rest| rest.strip_prefix('/'));
    match rest {
        Some("rule.toml") => Some(&folder.text.card),
        Some("page.md") => Some(&folder.text.page),
        _ => folder.cases.iter().find(|case| case.file == file).map(|case| case.text.as_str()),
    }
}

/// A fault with its line and a caret under its place.
pub fn print(fault: &Told) {
    output::line(format!("error: {}", output::inline(&fault.what)));
    output::line(format!("  --> {}:{}:{}", fault.file, fault.line, fault.column));
    if !fault.excerpt.trim().is_empty() {
        let number = fault.line.to_string();
        let margin = " ".repeat(number.len());
        let (shown, under) = excerpt(&fault.excerpt, fault.column);
        output::line(format!("{margin}  |"));
        output::line(format!("{number}  | {shown}"));
        output::line(format!("{margin}  | {}^", " ".repeat(under)));
    }
    if !fault.hint.is_empty() {
        output::line(format!("  help: {}", output::inline(&fault.hint)));
    }
    output::line("");
}

/// The part of a line that is shown, and how far in it the column is. A tab takes the room of a space.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    let at = column.saturating_sub(1).min(line.chars().count());
    let from = if at < LINE { 0 } else { at - LINE / 2 };
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown: String = line.chars().skip(from).take(LINE).map(plain).collect();
    let cut = usize::from(from > 0);
    if from > 0 {
        shown.insert(0, '…');
    }
    if line.chars().count() > from + LINE {
        shown.push('…');
    }
    (shown, at - from + cut)
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn the_caret_stands_under_its_column_in_long_lines_too() {
        let at = |line: &str, column| {
            let (shown, under) = excerpt(line, column);
            shown.chars().nth(under)
        };
        assert_eq!(at("\tab c", 3), Some('b'));
        let long = format!("{}x{}", "é".repeat(500), "-".repeat(500));
        assert_eq!(at(&long, 501), Some('x'));
        assert_eq!(at("short", 99), None);
        assert!(excerpt(&long, 501).0.chars().count() <= 102);
    }
}
