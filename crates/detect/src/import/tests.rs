//! Exports of our own making, in the forms that each tool writes, and what becomes of them.

use std::sync::Arc;

use expect_test::{Expect, expect, expect_file};
use proptest::prelude::*;

use super::*;
use crate::{Scene, built_in, read_rules};

const ERC20: &str = r#"[
  { "type": "event", "name": "Transfer", "anonymous": false, "inputs": [
    { "name": "from", "type": "address", "indexed": true }, { "name": "to", "type": "address", "indexed": true },
    { "name": "value", "type": "uint256", "indexed": false } ] },
  { "type": "function", "name": "mint", "inputs": [ { "name": "to", "type": "address" }, { "name": "amount", "type": "uint256" } ] } ]"#;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

fn run(format: Format, files: &[(&str, &str)]) -> Result<Imported, Fault> {
    let sources: Vec<_> = files.iter().map(|(name, text)| source(name, text)).collect();
    import(format, &sources, &[source("erc20.json", ERC20)], Paused::LeftBehind)
}

/// The report, and the conditions of the rules.
fn tell(format: Format, files: &[(&str, &str)]) -> String {
    let imported = match run(format, files) {
        Ok(imported) => imported,
        Err(fault) => return format!("{fault}\n"),
    };
    let mut told = String::new();
    for item in &imported.items {
        told += &format!("{} ({}) => {}\n", item.name, item.at, item.rules.join(", "));
        for Left { what, why, instead } in &item.left {
            told += &format!("  left: {what}: {why}; {instead}\n");
        }
    }
    for rule in &imported.rules {
        let card = rule.card.split("[condition]").nth(1).unwrap();
        let facts: Vec<&str> =
            rule.card.lines().filter(|line| line.starts_with("kind") || line.starts_with("sev")).collect();
        told += &format!("\n{} {}\n{}\n", rule.folder, facts.join(" "), card.trim());
    }
    told
}

fn check(format: Format, files: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&tell(format, files));
}

#[test]
fn sentinels_of_defender_become_rules() {
    let export = include_str!("tests/defender.json");
    expect_file!["tests/defender.txt"].assert_eq(&tell(Format::Defender, &[("defender.json", export)]));
}

#[test]
fn a_serverless_file_becomes_rules() {
    let file = include_str!("tests/serverless.yml");
    expect_file!["tests/serverless.txt"].assert_eq(&tell(Format::Defender, &[("serverless.yml", file)]));
}

#[test]
fn monitors_of_the_open_source_monitor_become_rules() {
    let files = [
        ("networks/mainnet.json", include_str!("tests/network.json")),
        ("monitors/token.json", include_str!("tests/monitor.json")),
        ("triggers/slack.json", r#"{ "token_slack": { "name": "Slack", "trigger_type": "slack", "config": {} } }"#),
    ];
    expect_file!["tests/monitor.txt"].assert_eq(&tell(Format::Monitor, &files));
}

#[test]
fn what_forta_says_becomes_rules_where_it_says_what_it_looks_for() {
    let files = [
        ("bot-config.json", include_str!("tests/bot-config.json")),
        ("alerts.json", include_str!("tests/forta-alerts.json")),
        ("forta.config.json", r#"{ "agentId": "0xabc", "jsonRpcUrl": "https://example.org" }"#),
    ];
    expect_file!["tests/forta.txt"].assert_eq(&tell(Format::Forta, &files));
}

#[test]
fn alerts_of_tenderly_become_rules() {
    let files =
        [("alerts.json", include_str!("tests/tenderly.json")), ("tenderly.yaml", include_str!("tests/tenderly.yaml"))];
    expect_file!["tests/tenderly.txt"].assert_eq(&tell(Format::Tenderly, &files));
}

/// Facts in which the token of the fixtures moves `value` to the first of `to`.
fn transfer(to: &str, value: &str, call: &str) -> String {
    format!(
        "about = 'x'\n[[block]]\n[[block.tx]]\nfrom = 'alice'\nto = '0x5555555555555555555555555555555555555555'\n\
         calls = [{{ call = '{call}', args = ['{to}', '{value}'] }}]\n\
         logs = [{{ address = '0x5555555555555555555555555555555555555555', event = 'Transfer(address,address,uint256)', \
         topics = ['alice', '{to}'], words = ['{value}'] }}]\n[expect]\nalerts = []\n"
    )
}

#[test]
fn an_imported_rule_fires_when_the_monitor_did() {
    let monitor = |match_conditions: &str| {
        let text = format!(
            r#"{{ "name": "Token", "paused": false, "networks": ["mainnet"], "addresses": [ {{
               "address": "0x5555555555555555555555555555555555555555", "contract_spec": {ERC20} }} ],
               "match_conditions": {match_conditions}, "triggers": [] }}"#
        );
        run(Format::Monitor, &[("m.json", &text)]).unwrap()
    };
    let fires = |imported: &Imported, scene: &str| {
        let scene = Scene::read("hit-x.toml", scene).unwrap();
        let blind = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
        let cards = read_rules(blind.chain(imported.rules.clone())).unwrap();
        let ours: Vec<_> = cards.iter().filter(|card| card.described.family == "imported").collect();
        ours.iter().map(|card| scene.play(cards.iter().map(Arc::clone), &card.id).unwrap().len()).sum::<usize>()
    };
    let event = r#"{ "functions": [], "events": [ { "signature": "Transfer(address,address,uint256)",
        "expression": "value > 1000 AND (to == 0x0F06aB75c7DD497981b75CD82F6566e3a5CAd8f2 OR value >= 5000)" } ],
        "transactions": [ { "status": "Success", "expression": null } ] }"#;
    let imported = monitor(event);
    let account = "0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2";
    for (to, value, count) in [(account, "1001", 1), (account, "1000", 0), ("bob", "1001", 0), ("bob", "5000", 1)] {
        assert_eq!(fires(&imported, &transfer(to, value, "transfer(address,uint256)")), count, "{to} {value}");
    }
    // Another layout of the same event, such as that of an NFT, is no match and no trouble.
    let nft = transfer("bob", "5000", "x(address,uint256)")
        .replace("topics = ['alice', 'bob'], words = ['5000']", "topics = ['alice', 'bob', '5000']");
    assert_eq!(fires(&imported, &nft), 0);

    let function = r#"{ "functions": [ { "signature": "mint(address, uint256)", "expression": "amount >= 7" } ], "events": [],
        "transactions": [] }"#;
    let imported = monitor(function);
    for (value, call, count) in
        [("7", "mint(address,uint256)", 1), ("6", "mint(address,uint256)", 0), ("7", "burn(address,uint256)", 0)]
    {
        assert_eq!(fires(&imported, &transfer("bob", value, call)), count, "{value} {call}");
    }
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused_with_their_place() {
    check(
        Format::Monitor,
        &[("a.json", "{ \"name\": \"x\",\n  \"paused\": }")],
        expect![[r#"
        a.json:2:13: this is not JSON: expected value; export it again, or mend the file
    "#]],
    );
    check(
        Format::Tenderly,
        &[("a.yaml", "actions:\n  x: [1, 2\n")],
        expect![[r#"
        a.yaml:3:1: this is not YAML: while parsing a flow sequence, expected ',' or ']'
    "#]],
    );
    check(
        Format::Tenderly,
        &[("a.yaml", "a: &x 1\nb: *x\n")],
        expect![[r#"
        a.yaml:2:4: aliases (`*name`) are not read here; write out what it stands for
    "#]],
    );
    check(
        Format::Tenderly,
        &[("a.yaml", "a: 1\na: 2\n")],
        expect![[r#"
        a.yaml:2:4: the key `a` stands twice; keep one of them
    "#]],
    );
    check(
        Format::Defender,
        &[("a.json", "{}")],
        expect![[r#"
        a.json:1:1: there is nothing of OpenZeppelin Defender in it; check that the format is the right one: defender, monitor, forta, tenderly
    "#]],
    );
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(tell(Format::Monitor, &[("deep.json", &deep)]).starts_with("deep.json:1:"), "deep JSON");
    assert!(tell(Format::Monitor, &[("deep.yaml", &"- ".repeat(100_000))]).contains("nest too deep"), "deep YAML");
    let huge = "x".repeat(9 << 20);
    assert!(tell(Format::Monitor, &[("huge.json", &huge)]).contains("bytes, more than"), "huge");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is changed in an export: rules that pass the checker and a report, or a fault; never a panic.
    #[test]
    fn no_export_makes_the_reader_panic(which in 0usize..5, at in 0usize..8_000, with in "\\PC{0,12}", drop in 0usize..40) {
        let (format, text) = [
            (Format::Defender, include_str!("tests/defender.json")),
            (Format::Defender, include_str!("tests/serverless.yml")),
            (Format::Monitor, include_str!("tests/monitor.json")),
            (Format::Forta, include_str!("tests/bot-config.json")),
            (Format::Tenderly, include_str!("tests/tenderly.json")),
        ][which];
        let at = text.floor_char_boundary(at % text.len());
        let end = text.floor_char_boundary((at + drop).min(text.len()));
        let changed = format!("{}{with}{}", &text[..at], &text[end..]);
        if let Ok(imported) = run(format, &[("x", &changed)]) {
            for rule in imported.rules {
                prop_assert!(crate::check_rules([rule]).faults.is_empty());
            }
        }
    }

    /// An expression of any characters: said or refused.
    #[test]
    fn no_expression_makes_the_reader_panic(text in "[a-z0-9x$.()'\" <>=!&|^*+-]{0,60}") {
        let _ = expression::read(&text);
    }
}
