//! Every rule against its own cases, in Rust or in data.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::scene::{Scene, chain};
use crate::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/rules")
}

/// Folders in a folder, or files, in order.
fn entries(of: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn rule_folders() -> Vec<PathBuf> {
    let families = entries(&folder()).into_iter().filter(|path| path.is_dir());
    families.flat_map(|family| entries(&family)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_folder_is_in_the_binary() {
    let on_disk: BTreeSet<_> = rule_folders()
        .iter()
        .map(|rule| format!("data/rules/{}/{}", name(rule.parent().unwrap()), name(rule)))
        .collect();
    let embedded: BTreeSet<_> = built_in().into_iter().map(|text| text.folder).collect();
    assert_eq!(on_disk, embedded);
}

#[test]
fn every_rule_does_what_its_cases_say() {
    let cards = read_rules(built_in()).unwrap();
    let blind_spot = cards.iter().find(|card| card.id == "blind-spot").unwrap();
    let mut wrong = Vec::new();
    for rule in rule_folders() {
        let card = cards.iter().find(|card| card.id == name(&rule)).unwrap();
        let cases = entries(&rule.join("cases"));
        let count = |kind: &str| cases.iter().filter(|case| name(case).starts_with(kind)).count();
        let (hits, misses) = (count("hit-"), count("near-miss-"));
        if hits + misses != cases.len() {
            wrong.push(format!("{}: a case is named hit-… or near-miss-…", card.id));
        }
        if card.maturity == Maturity::Stable && (hits == 0 || misses == 0) {
            wrong.push(format!("{}: a stable rule has a hit and a near miss", card.id));
        }
        for case in cases {
            let text = std::fs::read_to_string(&case).unwrap();
            let scene = Scene::read(&text).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            assert_eq!(name(&case).starts_with("hit-"), !scene.expected.is_empty(), "{}", case.display());
            let told = play(&scene, [Arc::clone(card), Arc::clone(blind_spot)], &card.id);
            if told != scene.expected {
                wrong.push(format!("{}\n  expected {:#?}\n  but {told:#?}", case.display(), scene.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The alerts of one rule, in words.
fn play(scene: &Scene, cards: [Arc<RuleCard>; 2], rule: &str) -> Vec<String> {
    let detectors = Detectors::new(cards, scene.scope.clone()).unwrap();
    let mut memory = Memory::default();
    let mut told = Vec::new();
    for block in &scene.blocks {
        let seen = detectors.block(&chain(), block, &mut memory).unwrap();
        for alert in &seen.alerts {
            alert.id().unwrap();
            let is_ours = alert.rule.id == rule;
            assert!(is_ours || alert.kind == "sight/blind", "{alert:?}");
            if is_ours {
                told.push(scene.tell(alert));
            }
        }
    }
    told
}

#[test]
fn without_a_protocol_no_rule_in_data_is_worse_than_low() {
    for card in read_rules(built_in()).unwrap().iter().filter(|card| card.is_data()) {
        assert!(card.severity_elsewhere <= case::Severity::Low, "{}", card.id);
    }
}

#[test]
fn every_page_answers_the_same_questions() {
    for text in built_in() {
        for part in ["What it sees.", "Why it matters.", "First three checks", "False alarms.", "Response."] {
            assert!(text.page.contains(part), "{}/page.md has no part `{part}`", text.folder);
        }
    }
}
