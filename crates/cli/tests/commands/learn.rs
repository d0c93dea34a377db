//! From a recorded exploit, a rule that knows it again and leaves honest blocks alone.

use tempfile::TempDir;

use crate::{
    breakglass,
    files::{exploit, mainnet},
};

#[test]
fn a_rule_is_learnt_from_a_recorded_exploit_and_knows_it_again() {
    let (Some(attack), Some(honest)) = (exploit(), mainnet()) else { return };
    let folder = TempDir::new().unwrap();
    let (attack, honest) = (attack.to_str().unwrap(), honest.to_str().unwrap());
    let run = |arguments: &[&str]| breakglass(folder.path(), arguments);
    let report = run(&["replay", attack, "--json"]).json();
    let incidents = report["incidents"].as_array().unwrap();
    let case = incidents.iter().find(|incident| incident["severity"] == "critical").unwrap();
    let case = case["id"].as_str().unwrap();
    run(&["evidence", case, "--replay", attack, "--out", "attack.tar.gz"]).text();

    let learn = ["rules", "learn", "--bundle", "attack.tar.gz", "--honest", honest, attack, "--name", "lent shares"];
    let made = run(&[&learn[..], &["--json"]].concat()).json();
    let chosen = usize::try_from(made["chosen"].as_u64().unwrap()).unwrap();
    assert_eq!(made["mistakes"][chosen - 1], 0, "{made}");
    assert!(made["transactions"].as_u64().unwrap() > 100, "{made}");
    let rule = folder.path().join("rules/learnt/learnt-lent-shares");
    let page = std::fs::read_to_string(rule.join("page.md")).unwrap();
    assert!(page.contains("flashLoan") && page.contains("**Tried on.**"), "{page}");
    run(&["rules", "check", "rules"]).text();
    // What is there is not written over.
    run(&learn).refused("is there already");

    let report = run(&["replay", attack, "--rules", "rules", "--json"]).json();
    let alerts = report["alerts"].as_array().unwrap();
    let own = alerts.iter().filter(|alert| alert["rule"].as_str().unwrap().starts_with("learnt-lent-shares@")).count();
    assert!(own >= 1, "{report:#}");
    let report = run(&["replay", honest, "--rules", "rules", "--json"]).json();
    assert!(!report["alerts"].to_string().contains("learnt-lent-shares"), "{report:#}");
}

#[test]
fn a_bundle_that_does_not_hold_teaches_nothing() {
    let Some(attack) = exploit() else { return };
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("attack.tar.gz"), b"rubbish").unwrap();
    let honest = attack.to_str().unwrap();
    breakglass(folder.path(), &["rules", "learn", "--bundle", "attack.tar.gz", "--honest", honest]).refused("");
    assert!(!folder.path().join("rules").exists());
}
