//! Every scenario of the repository, looked at by the real program: its timeline is the golden beside it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use expect_test::expect_file;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    schema: u32,
    title: String,
    story: String,
    from: u64,
    to: u64,
}

fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut folders: Vec<PathBuf> = fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

/// What `replay` says about the recording.
fn replayed(folder: &Path, scenario: &Scenario) -> Value {
    let recording = format!("recording:{}", folder.join("recording.jsonl.gz").display());
    let run = Command::new(env!("CARGO_BIN_EXE_breakglass"))
        .args(["replay", "--json", "--rpc", &recording, "--protocol", "protocol.toml"])
        .args(["--from", &scenario.from.to_string(), "--to", &scenario.to.to_string()])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

fn told(scenario: &Scenario, seen: &Value) -> String {
    let mut told = format!("# {}\n\n{}\n\n## Timeline\n\n", scenario.title, scenario.story.trim());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for number in scenario.from..=scenario.to {
        let of_block = |list: &str| -> Vec<Value> {
            seen[list].as_array().unwrap().iter().filter(|item| item["block"] == number).cloned().collect()
        };
        let (alerts, blind) = (of_block("alerts"), of_block("blind"));
        if alerts.is_empty() && blind.is_empty() {
            writeln!(told, "- Block {number}: nothing is noticed").unwrap();
        }
        for alert in alerts {
            let rule = text(&alert["rule"]);
            let rule = rule.split('@').next().unwrap();
            let (severity, says) = (text(&alert["severity"]), text(&alert["message"]));
            writeln!(told, "- Block {number}: **{severity}**, {rule}, {} % sure: {says}", alert["confidence"]).unwrap();
        }
        for blind in blind {
            writeln!(told, "- Block {number}: **blind**: {}", text(&blind["why"])).unwrap();
        }
    }
    for incident in seen["incidents"].as_array().unwrap() {
        let (severity, kind) = (text(&incident["severity"]), text(&incident["kind"]));
        writeln!(told, "\n## Incident: {severity}, {kind}\n").unwrap();
        writeln!(told, "- Since {}", text(&incident["opened_at"])).unwrap();
        for (list, one) in [("txs", "Transaction"), ("attackers", "Attacker"), ("victims", "Victim")] {
            for item in incident[list].as_array().unwrap() {
                writeln!(told, "- {one} `{}`", text(item)).unwrap();
            }
        }
        for loss in incident["losses"].as_array().unwrap() {
            writeln!(told, "- Lost {} of `{}`", text(&loss["amount"]), text(&loss["asset"])).unwrap();
        }
    }
    told
}

#[test]
fn every_scenario_reads_as_it_is_expected_to() {
    let folders = folders();
    assert!(!folders.is_empty(), "there is no scenario");
    for folder in folders {
        let scenario: Scenario = toml::from_str(&fs::read_to_string(folder.join("scenario.toml")).unwrap()).unwrap();
        assert_eq!(scenario.schema, 1, "{}", folder.display());
        let seen = replayed(&folder, &scenario);
        assert_eq!(seen["blocks"], scenario.to - scenario.from + 1);
        expect_file![folder.canonicalize().unwrap().join("expected.md")].assert_eq(&told(&scenario, &seen));
    }
}
