//! Rules over the recording of a scenario: what they would have said, what changes with other rules, and what gate they pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use expect_test::expect;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, breakglass};

fn scenario() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/vault-drained").canonicalize().unwrap()
}

fn backtest(folder: &Path, more: &[&str]) -> Ran {
    let recording = format!("recording:{}", scenario().join("recording.jsonl.gz").display());
    let protocol = scenario().join("protocol.toml").display().to_string();
    let words = ["rules", "backtest", "--rpc", &recording, "--from", "7", "--to", "11", "--protocol", &protocol];
    breakglass(folder, &[&words, more].concat())
}

/// The transaction of the first alert that wakes somebody.
fn attack(report: &Value) -> (String, u64) {
    let page = &report["page_list"][0];
    (page["tx"].as_str().unwrap().to_owned(), page["block"].as_u64().unwrap())
}

#[test]
fn what_rules_would_have_said_is_counted_and_labelled_attacks_are_no_false_alarms() {
    let folder = TempDir::new().unwrap();
    let report = backtest(folder.path(), &["--json"]).json();
    let (tx, block) = attack(&report);
    assert!(report["pages"]["blocks"].as_u64().unwrap() > 0 && report["pages"]["share"]["low"].as_f64().unwrap() > 0.0);
    assert_eq!(backtest(folder.path(), &["--gate"]).code, 1, "an alarm that nobody explains does not pass");

    let label = format!(
        "[[attack]]\nname = \"the theft\"\nblock = {block}\n\n[[attack]]\nname = \"elsewhere\"\nblock = 999999\n"
    );
    fs::write(folder.path().join("attacks.toml"), label).unwrap();
    let labelled = backtest(folder.path(), &["--attacks", "attacks.toml", "--json"]).json();
    let outcomes: Vec<_> =
        labelled["attacks"].as_array().unwrap().iter().map(|attack| attack["outcome"].clone()).collect();
    assert_eq!(outcomes, ["noticed", "not-there"], "{labelled}");
    assert_eq!(labelled["attacks"][0]["lead_seconds"], 0);
    assert!(labelled["pages"]["blocks"].as_u64() < report["pages"]["blocks"].as_u64());

    for (text, says) in [
        ("[[attack]]\nname = \"x\"\n", "attack 1 names either its transaction"),
        ("[[attack]]\nblock = 1\nkind = \"price/roundign\"\n", "did you mean `price/rounding`?"),
        ("[[attack]]\nblokc = 1\n", "did you mean `block`?"),
    ] {
        fs::write(folder.path().join("attacks.toml"), text).unwrap();
        backtest(folder.path(), &["--attacks", "attacks.toml"]).refused(says);
    }
    fs::write(folder.path().join("attacks.toml"), format!("[[attack]]\ntx = \"{tx}\"\n")).unwrap();
    let page = backtest(folder.path(), &["--attacks", "attacks.toml", "--format", "markdown"]);
    for says in ["## Back-test of the rules", "noticed in its own block", "### Cost", "Clopper-Pearson at 95 %"] {
        assert!(page.text().contains(says), "{says}: {}", page.out);
    }
}

#[test]
fn two_sets_of_rules_are_compared_on_the_same_blocks() {
    let folder = TempDir::new().unwrap();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/rules/value/drain");
    let mine = folder.path().join("mine/value/drain");
    fs::create_dir_all(&mine).unwrap();
    fs::copy(rules.join("page.md"), mine.join("page.md")).unwrap();
    let card = fs::read_to_string(rules.join("rule.toml")).unwrap();
    fs::write(mine.join("rule.toml"), card.replace("confidence = ", "confidence = 1 # ")).unwrap();
    let compared = backtest(folder.path(), &["--rules", "mine", "--against-built-in", "--json"]).json();
    let compared = &compared["comparison"];
    let number = |key: &str| compared[key].as_u64().unwrap();
    assert_eq!((number("appear"), number("disappear")), (0, 0), "{compared}");
    assert!(number("changed") > 0 && compared["changes"][0]["how"] == "differs", "{compared}");
    let text = backtest(folder.path(), &["--rules", "mine", "--against-built-in"]);
    assert!(text.text().contains(" -> ") && text.text().contains("blind       nowhere"), "{}", text.out);
    let same = backtest(folder.path(), &["--against-built-in", "--json"]).json();
    expect!["[\"0\", \"0\", \"0\"]"]
        .assert_eq(&format!("{:?}", ["appear", "disappear", "changed"].map(|key| same["comparison"][key].to_string())));
    let usage = breakglass(folder.path(), &["rules", "backtest"]);
    assert_eq!(usage.code, 2);
    assert!(usage.err.contains("<PATHS>"), "{}", usage.err);
}
