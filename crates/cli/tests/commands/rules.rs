//! Rules from the first word to the site: begun, checked, played, told, listed, written out.

use std::{fs, path::Path};

use expect_test::expect;
use serde_json::json;
use tempfile::TempDir;

use crate::breakglass;

fn begun() -> TempDir {
    let folder = TempDir::new().unwrap();
    breakglass(folder.path(), &["rules", "new", "value/fee-drain"]).text();
    folder
}

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join("rules/value/fee-drain").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_rule_that_was_just_begun_is_right_and_does_what_its_cases_say() {
    let folder = begun();
    for paths in
        [&[][..], &["rules"], &["rules/value"], &["rules/value/fee-drain"], &["rules/value/fee-drain/rule.toml"]]
    {
        let checked = breakglass(folder.path(), &[&["rules", "check"], paths].concat());
        assert_eq!(checked.text(), "1 rule and 2 cases are right\n", "{paths:?}");
        let tested = breakglass(folder.path(), &[&["rules", "test"], paths].concat());
        assert_eq!(tested.text(), "2 of 2 cases of 1 rule came as expected\n", "{paths:?}");
    }
    let inside = breakglass(&folder.path().join("rules/value/fee-drain"), &["rules", "check", "."]);
    assert_eq!(inside.text(), "1 rule and 2 cases are right\n");
    breakglass(folder.path(), &["check", "--rules", "rules"]).refused("cannot read `breakglass.toml`");
    breakglass(folder.path(), &["init"]).text();
    breakglass(folder.path(), &["check", "--rules", "rules"]).text();
    for (name, says) in [
        ("value/fee-drain", "is there already: nothing was written"),
        ("fee-drain", "does not name a rule"),
        ("value/../drain", "does not name a rule"),
        ("value/Fee", "is not a word in kebab case"),
        ("value/drain", "is a detector in Rust and cannot have a condition"),
    ] {
        breakglass(folder.path(), &["rules", "new", name]).refused(says);
    }
}

#[test]
fn every_fault_of_every_file_is_told_at_once_with_its_place() {
    let folder = begun();
    breakglass(folder.path(), &["rules", "new", "value/other"]).text();
    change(folder.path(), "rule.toml", "flow.amount >= params.min_amount", "flow.amuont >= params.min_amount");
    change(folder.path(), "rule.toml", "subject = \"flow.from\"", "subject = \"flow.amount\"");
    change(folder.path(), "page.md", "**Response.**", "**Then.**");
    change(folder.path(), "cases/hit-first.toml", "args =", "agrs =");
    let other = folder.path().join("rules/value/other");
    let card = fs::read_to_string(other.join("rule.toml")).unwrap();
    fs::write(other.join("rule.toml"), card.replace("\"sandbox\" ", "\"stable\" ")).unwrap();
    fs::remove_file(other.join("cases/near-miss-first.toml")).unwrap();
    let checked = breakglass(folder.path(), &["rules", "check"]);
    assert_eq!(checked.code, 1, "{}", checked.err);
    expect![[r#"
        error: unknown key `agrs`
          --> rules/value/fee-drain/cases/hit-first.toml:11:40
            |
        11  | calls = [{ call = "withdraw(uint256)", agrs = ["10000000000000000000"] }]
            |                                        ^
          help: did you mean `args`?

        error: the page has no part `Response`
          --> rules/value/fee-drain/page.md:1:1
           |
        1  | # Fee drain
           | ^
          help: write a paragraph that begins with `**Response**`

        error: a flow has no `amuont`
          --> rules/value/fee-drain/rule.toml:24:32
            |
        24  | flow.asset == "native" && flow.amuont >= params.min_amount
            |                                ^
          help: did you mean `amount`?

        error: this is a number, but an address is needed
          --> rules/value/fee-drain/rule.toml:27:17
            |
        27  | subject = "flow.amount"
            |                 ^

        error: a stable rule has a hit and a near miss
          --> rules/value/other/rule.toml:1:1
           |
        1  | schema = 1
           | ^
          help: add the case that is missing, or call the rule `incubating`

        5 faults in 2 rules
    "#]]
    .assert_eq(&checked.out);
    let json = breakglass(folder.path(), &["rules", "check", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, told["faults"].as_array().unwrap().len()), (1, 5));
    assert_eq!(told["faults"][2]["line"], 24);
    assert!(told["faults"][2]["excerpt"].as_str().unwrap().contains("amuont"), "{told}");
    let tested = breakglass(folder.path(), &["rules", "test"]);
    assert_eq!((tested.code, tested.out.contains("nothing was played")), (1, true), "{}", tested.out);
    breakglass(folder.path(), &["rules", "check", "absent"]).refused("cannot list `absent`");
    fs::create_dir(folder.path().join("empty")).unwrap();
    breakglass(folder.path(), &["rules", "check", "empty"]).refused("there is no rule in `empty`");
}

#[test]
fn what_came_instead_is_shown_and_can_be_kept() {
    let folder = begun();
    change(folder.path(), "rule.toml", "confidence = 40", "confidence = 55");
    let tested = breakglass(folder.path(), &["rules", "test"]);
    assert_eq!(tested.code, 1);
    expect![[r#"
        FAILED rules/value/fee-drain/cases/hit-first.toml
          ten ether leave the vault for a stranger
          - 1 medium logic/accounting 40% {vault}: 10000000000000000000 wei left {vault} for {mallory}; by {mallory}; of {vault}
          + 1 medium logic/accounting 55% {vault}: 10000000000000000000 wei left {vault} for {mallory}; by {mallory}; of {vault}
          ?                           ^^

        1 of 2 cases of 1 rule came as expected
    "#]].assert_eq(&tested.out);
    let json = breakglass(folder.path(), &["rules", "test", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, told["failed"].as_array().unwrap().len()), (1, 1));
    let updated = breakglass(folder.path(), &["rules", "test", "--update"]);
    assert!(updated.text().ends_with("1 case written: read the difference before you keep it\n"), "{}", updated.out);
    assert_eq!(breakglass(folder.path(), &["rules", "test"]).text(), "2 of 2 cases of 1 rule came as expected\n");
    let case = fs::read_to_string(folder.path().join("rules/value/fee-drain/cases/hit-first.toml")).unwrap();
    assert!(case.contains("logic/accounting 55%") && case.starts_with("about = \"ten ether"), "{case}");
    let empty = TempDir::new().unwrap();
    assert!(breakglass(empty.path(), &["rules", "test"]).text().contains("came as expected"));
}

#[test]
fn rules_are_listed_and_told() {
    let folder = begun();
    let list = |filters: &[&str]| {
        let rows =
            breakglass(folder.path(), &[&["rules", "list", "--rules", "rules", "--json"], filters].concat()).json();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = list(&[]);
    assert!(all.contains(&"fee-drain".to_owned()) && all.contains(&"blind-spot".to_owned()), "{all:?}");
    assert_eq!(list(&["--maturity", "sandbox"]), ["fee-drain"]);
    assert_eq!(list(&["--family", "sight"]), ["blind-spot"]);
    assert!(list(&["--kind", "reentrancy"]).contains(&"reentrancy".to_owned()));
    assert!(list(&["--severity", "critical", "--word", "drain"]).is_empty());
    assert!(list(&["--needs", "observed"]).iter().all(|id| id != "drain"));
    breakglass(folder.path(), &["rules", "list", "--maturity", "old"]).refused("unknown variant `old`");
    let table = breakglass(folder.path(), &["rules", "list", "--rules", "rules", "--word", "fee"]);
    let first = table.text().lines().nth(1).unwrap();
    assert!(first.starts_with("value/fee-drain") && first.ends_with("a protected contract"), "{first}");

    let told = breakglass(folder.path(), &["rules", "explain", "fee-drain", "--rules", "rules"]);
    for says in [
        "**What it sees.**",
        "  - the flow’s amount is at least 10,000,000,000,000,000,000, and",
        "of a protected contract",
        "near-miss-first.toml\n      one wei less, and as much within the protocol",
    ] {
        assert!(told.text().contains(says), "{says}: {}", told.out);
    }
    let told = breakglass(folder.path(), &["rules", "explain", "drain", "--json"]).json();
    assert_eq!((&told["condition"], &told["card"]["family"]), (&json!(null), &json!("value")));
    assert!(!told["cases"].as_array().unwrap().is_empty(), "{told}");
    breakglass(folder.path(), &["rules", "explain", "drian"]).refused("did you mean `drain`?");
}

#[test]
fn the_pages_become_a_site_and_nothing_else_is_written_over() {
    let folder = begun();
    let docs = ["rules", "docs", "--rules", "rules", "--out", "site"];
    breakglass(folder.path(), &docs).text();
    let page = fs::read_to_string(folder.path().join("site/rules/fee-drain.html")).unwrap();
    assert!(page.contains("<h2>First three checks</h2>") && page.contains("one wei less"), "{page}");
    fs::remove_dir_all(folder.path().join("rules/value")).unwrap();
    breakglass(folder.path(), &["rules", "new", "calls/odd"]).text();
    breakglass(folder.path(), &docs).text();
    assert!(!folder.path().join("site/rules/fee-drain.html").exists(), "a page without a rule stays");
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    breakglass(folder.path(), &["rules", "docs", "--out", "mine"]).refused("holds something else");
}

const MONITOR: &str = r#"{ "name": "Big transfers", "paused": false, "networks": ["mainnet"], "triggers": ["slack"],
  "addresses": [ { "address": "0x5555555555555555555555555555555555555555" } ],
  "match_conditions": { "functions": [], "transactions": [ { "status": "Success", "expression": null } ],
    "events": [ { "signature": "Transfer(address,address,uint256)", "expression": "value > 1000" } ] } }"#;
const ERC20: &str = r#"[ { "type": "event", "name": "Transfer", "inputs": [ { "name": "from", "type": "address", "indexed": true },
  { "name": "to", "type": "address", "indexed": true }, { "name": "value", "type": "uint256", "indexed": false } ] } ]"#;

#[test]
fn what_another_monitor_watched_for_becomes_rules_that_are_right() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("big.json"), MONITOR).unwrap();
    fs::write(folder.path().join("erc20.json"), ERC20).unwrap();
    let import = |more: &[&str]| {
        let words = ["rules", "import", "monitor", "big.json", "--out", "rules"];
        breakglass(folder.path(), &[&words, more].concat())
    };
    let without = import(&["--json"]).json();
    assert_eq!(without["rules"], 0);
    let why = without["items"][0]["left"].to_string();
    assert!(why.contains("which arguments of the event are indexed") && why.contains("--abi"), "{why}");
    let with = import(&["--abi", "erc20.json"]);
    for says in ["=> imported/monitor-big-transfers-event-transfer", "left: the triggers slack", "1 item became 1 rule"]
    {
        assert!(with.text().contains(says), "{says}: {}", with.out);
    }
    let report = fs::read_to_string(folder.path().join("rules/IMPORT-monitor.md")).unwrap();
    assert!(report.contains("whom to tell is not part of a rule"), "{report}");
    assert_eq!(breakglass(folder.path(), &["rules", "check"]).text(), "1 rule and 0 cases are right\n");
    assert!(breakglass(folder.path(), &["rules", "test"]).text().contains("without a case: monitor-big-transfers"));
    let told =
        breakglass(folder.path(), &["rules", "explain", "monitor-big-transfers-event-transfer", "--rules", "rules"]);
    assert!(told.text().contains("OpenZeppelin Monitor, the monitor “Big transfers” in `big.json`"), "{}", told.out);
    import(&["--abi", "erc20.json"]).refused("is there already: nothing was written");
    import(&["--abi", "erc20.json", "--replace"]).text();
    fs::write(folder.path().join("big.json"), "{ \"name\": }").unwrap();
    import(&[]).refused("big.json:1:");
    breakglass(folder.path(), &["rules", "import", "forta", "absent.json", "--out", "rules"])
        .refused("cannot read `absent.json`");
}
