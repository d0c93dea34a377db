//! Every rule against its own cases, in Rust or in data.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

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
        let cases = rule.join("cases");
        let cases = if cases.is_dir() { entries(&cases) } else { Vec::new() };
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
            let scene = Scene::read(&case.display().to_string(), &text)
                .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            let told = scene.play([Arc::clone(card), Arc::clone(blind_spot)], &card.id).unwrap();
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&case, scene.expecting(&text, &told)).unwrap();
                continue;
            }
            assert_eq!(Sign::of(&name(&case)) == Some(Sign::Hit), !scene.expected.is_empty(), "{}", case.display());
            if told != scene.expected {
                wrong.push(format!("{}\n  expected {:#?}\n  but {told:#?}", case.display(), scene.expected));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_of_the_default_set_is_built_without_a_fault() {
    // Where nothing is protected the service builds not all of them, and rests on this.
    let checked = check_rules(built_in());
    assert_eq!((checked.faults, checked.cards.len()), (Vec::new(), built_in().len()));
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

#[test]
fn a_case_that_is_not_right_is_refused_with_its_place() {
    let refused = |text: &str| {
        Scene::read("hit-x.toml", text).map(|_| "read".to_owned()).unwrap_or_else(|fault| fault.to_string())
    };
    let case = |tx: &str| format!("about = ''\nexpect = {{ alerts = [] }}\n[[block]]\n[[block.tx]]\nfrom = 'a'\n{tx}");
    assert_eq!(refused(&case("")), "read");
    for (tx, says) in [
        (
            "calls = [{ value = '1.5' }]",
            "hit-x.toml:6:21: `1.5` is not an amount: `1.5` has more than 0 digits after the point",
        ),
        ("calls = [{ call = 'no' }]", "hit-x.toml:6:20: `no` is not a function's signature, such as `pause()`"),
        ("clals = []", "hit-x.toml:6:1: unknown key `clals`; did you mean `calls`?"),
    ] {
        assert_eq!(refused(&case(tx)), says);
    }
    let word = format!("0x{}", "g".repeat(64));
    assert!(refused(&case(&format!("reads = [{{ slot = \"{word}\" }}]"))).contains("is not a word of 32 bytes"));
}

#[test]
fn a_case_can_be_given_other_alerts_and_keeps_the_rest_of_its_text() {
    let text = "# why\nabout = 'x'\n\n[expect]\nalerts = [ # two\n  'a',\n]\n# end\n";
    let scene = Scene::read("hit-x.toml", text).unwrap();
    assert_eq!(scene.expecting(text, &[]), "# why\nabout = 'x'\n\n[expect]\nalerts = []\n# end\n");
    let other = scene.expecting(text, &["it's \"1\"".to_owned(), "b".to_owned()]);
    assert_eq!(Scene::read("hit-x.toml", &other).unwrap().expected, ["it's \"1\"", "b"]);
}
