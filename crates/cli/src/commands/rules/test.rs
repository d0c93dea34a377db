//! `breakglass rules test`: play the cases, and show what came instead of what was expected.

mod diff;

use std::{fs, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result};
use detect::{RuleCard, Scene, built_in, check_rules};
use serde::Serialize;

use super::{
    check, code,
    folder::{self, Case, Folder},
    many,
};
use crate::{args::rules::TestRulesArgs, output};

#[derive(Serialize)]
struct Tested {
    rules: usize,
    cases: usize,
    /// Rules without a case: nothing says what they do.
    without_cases: Vec<String>,
    failed: Vec<Failed>,
}

/// A case in which something else came.
#[derive(Serialize)]
struct Failed {
    file: String,
    about: String,
    expected: Vec<String>,
    came: Vec<String>,
}

pub fn run(args: &TestRulesArgs) -> Result<ExitCode> {
    let folders = folder::asked(&args.which)?;
    let checked = check_rules(folders.iter().map(|folder| folder.text.clone()));
    let unreadable: Vec<_> = folders
        .iter()
        .flat_map(|folder| &folder.cases)
        .filter_map(|case| Scene::read(&case.file, &case.text).err())
        .collect();
    if !checked.faults.is_empty() || !unreadable.is_empty() {
        let faults = checked.faults.iter().chain(&unreadable).map(|fault| check::told(fault, &folders));
        if args.json {
            output::json(&serde_json::json!({ "faults": faults.collect::<Vec<_>>() }))?;
        } else {
            faults.for_each(|fault| check::print(&fault));
            output::line("nothing was played: the rules or their cases are not right");
        }
        return Ok(code(false));
    }
    let blind_spot = blind_spot(&checked.cards)?;
    let mut tested = Tested { rules: folders.len(), cases: 0, without_cases: Vec::new(), failed: Vec::new() };
    let mut updated = 0;
    for folder in &folders {
        let Some(card) = card_of(&checked.cards, folder) else { continue };
        if folder.cases.is_empty() {
            tested.without_cases.push(card.id.clone());
        }
        for case in &folder.cases {
            tested.cases += 1;
            let scene = Scene::read(&case.file, &case.text)?;
            let came = scene.play([Arc::clone(card), Arc::clone(&blind_spot)], &card.id)?;
            if came == scene.expected {
                continue;
            }
            if args.update {
                update(case, &scene, &came)?;
                updated += 1;
            }
            let Scene { about, expected, .. } = scene;
            tested.failed.push(Failed { file: case.file.clone(), about, expected, came });
        }
    }
    if args.json {
        output::json(&tested)?;
        return Ok(code(tested.failed.is_empty()));
    }
    print(&tested);
    if args.update {
        output::line(format!("{} written: read the difference before you keep it", many(updated, "case")));
        return Ok(code(true));
    }
    Ok(code(tested.failed.is_empty()))
}

/// The card of a folder's rule.
fn card_of<'a>(cards: &'a [Arc<RuleCard>], folder: &Folder) -> Option<&'a Arc<RuleCard>> {
    let file = format!("{}/rule.toml", folder.text.folder);
    cards.iter().find(|card| card.file == file)
}

/// The rule that every set has to have: a person's own, or the one in the program.
fn blind_spot(cards: &[Arc<RuleCard>]) -> Result<Arc<RuleCard>> {
    const ID: &str = "blind-spot";
    let ours = || detect::read_rules(built_in().into_iter().filter(|text| text.folder.ends_with(ID)));
    match cards.iter().find(|card| card.id == ID) {
        Some(card) => Ok(Arc::clone(card)),
        None => ours()?.pop().context("the program has no blind spot: it was built wrong"),
    }
}

fn update(case: &Case, scene: &Scene, came: &[String]) -> Result<()> {
    let path = case
        .path
        .as_ref()
        .with_context(|| format!("`{}` is in the program and cannot be written: name a folder of rules", case.file))?;
    fs::write(path, scene.expecting(&case.text, came)).with_context(|| format!("cannot write `{}`", path.display()))
}

fn print(tested: &Tested) {
    for failed in &tested.failed {
        output::line(format!("FAILED {}", failed.file));
        output::line(format!("  {}", output::inline(&failed.about)));
        for line in diff::lines(&failed.expected, &failed.came) {
            output::line(format!("  {line}"));
        }
        output::line("");
    }
    if !tested.without_cases.is_empty() {
        output::line(format!("without a case: {}", tested.without_cases.join(", ")));
    }
    let held = tested.cases - tested.failed.len();
    let (cases, rules) = (many(tested.cases, "case"), many(tested.rules, "rule"));
    output::line(format!("{held} of {cases} of {rules} came as expected"));
}
