//! What rules keep over time, told as stories: a card, blocks in short, and what is said.

use expect_test::{Expect, expect};

use crate::{RuleText, Scene, built_in, read_rules};

/// A rule `x/it` with these sections.
pub(super) fn rule(sections: &str) -> RuleText {
    let card = format!(
        r#"schema = 1
id = "it"
title = "x"
family = "x"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "medium"
confidence = 50
maturity = "sandbox"
needs = {{ sight = "calls", evidence = ["call", "flow", "log", "storage", "observed"] }}
{sections}"#
    );
    RuleText { folder: "x/it".into(), card, page: "x".into(), ..RuleText::default() }
}

/// What the rule says of the blocks, or what is wrong with it.
fn told(sections: &str, blocks: &str) -> String {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
    let cards = match read_rules(blind_spot.chain([rule(sections)])) {
        Ok(cards) => cards,
        Err(error) => return error.to_string(),
    };
    let scene = Scene::read("case.toml", &format!("about = 'x'\nexpect = {{ alerts = [] }}\n{blocks}")).unwrap();
    let mut lines = Vec::new();
    match scene.play(cards, "it") {
        Ok(alerts) => lines.extend(alerts),
        Err(error) => lines.push(error.to_string()),
    }
    lines.join("\n")
}

#[track_caller]
fn check(sections: &str, blocks: &str, expected: Expect) {
    expected.assert_eq(&told(sections, blocks));
}

/// A block with one transaction for each flow of the native coin, `from to amount`.
pub(super) fn flows(flows: &[&str]) -> String {
    let tx = |flow: &&str| {
        let [from, to, amount] = flow.split(' ').collect::<Vec<_>>()[..] else { panic!("{flow}") };
        format!(
            "[[block.tx]]\nfrom = '{from}'\nto = '{to}'\ncalls = [{{}}]\nflows = [{{ from = '{from}', to = '{to}', amount = '{amount}' }}]\n"
        )
    };
    format!("[[block]]\n{}", flows.iter().map(tx).collect::<String>())
}

fn window(measure: &str, value: &str, when: &str, message: &str) -> String {
    format!(
        r#"
[window.out]
on = "flow"
key = ["flow.from"]
{value}
measure = "{measure}"
blocks = 3
[condition]
on = "flow"
where = "everything"
when = "{when}"
subject = "flow.from"
message = "{message}"
"#
    )
}

#[test]
fn a_window_holds_the_transaction_at_hand_and_slides() {
    let blocks = [
        flows(&["alice bob 5", "carol bob 50", "alice bob 6"]),
        flows(&["alice bob 7"]),
        flows(&[]),
        flows(&["alice bob 1"]),
    ]
    .concat();
    let value = "value = 'flow.amount'";
    check(
        &window("sum", value, "window.out(flow.from) > 10", "{window.out(flow.from)} left {flow.from}"),
        &blocks,
        expect![[r#"
            1 medium rug/owner-drain 50% {carol}: 50 left {carol}
            1 medium rug/owner-drain 50% {alice}: 11 left {alice}
            2 medium rug/owner-drain 50% {alice}: 18 left {alice}"#]],
    );
    check(
        &window("count", "", "window.out(flow.from) >= 3", "{window.out(flow.from)} times"),
        &blocks,
        expect!["2 medium rug/owner-drain 50% {alice}: 3 times"],
    );
    check(
        &window("rate", &format!("{value}\nper = 1"), "window.out(flow.from) > 6", "{window.out(flow.from)} a block"),
        &blocks,
        expect![[r#"
            1 medium rug/owner-drain 50% {carol}: 50/3 a block"#]],
    );
    check(
        &window("rate", &format!("{value}\nper = 1"), "window.out(flow.from) >= 6", "{window.out(flow.from)} a block"),
        &blocks,
        expect![[r#"
            1 medium rug/owner-drain 50% {carol}: 50/3 a block
            2 medium rug/owner-drain 50% {alice}: 18/3 a block"#]],
    );
    check(
        &window(
            "quantile",
            &format!("{value}\nquantile_bp = 5000"),
            "window.out(flow.from) == 6",
            "half are at most 6",
        ),
        &blocks,
        expect!["2 medium rug/owner-drain 50% {alice}: half are at most 6"],
    );
    for (measure, seen) in [("min", "5 5 1"), ("max", "5 6 7"), ("first", "5 5 7"), ("last", "5 6 7 1")] {
        let said = told(
            &window(
                measure,
                value,
                "flow.from != address('0x0000000000000000000000000000000000000001')",
                "{window.out(flow.from)}",
            ),
            &blocks,
        );
        let said: Vec<_> =
            said.lines().filter(|line| line.contains("alice")).map(|line| line.rsplit(' ').next().unwrap()).collect();
        for value in seen.split(' ') {
            assert!(said.contains(&value), "{measure}: {said:?}");
        }
    }
}

#[test]
fn different_values_are_counted_once() {
    check(
        r#"
[window.victims]
on = "flow"
when = "flow.amount > 1"
key = ["flow.to"]
value = "flow.from"
measure = "distinct"
seconds = 60
[condition]
on = "flow"
where = "everything"
when = "window.victims(flow.to) >= 2"
subject = "flow.to"
message = "{window.victims(flow.to)} accounts paid {flow.to}"
"#,
        &[flows(&["a thief 5", "a thief 6"]), flows(&["b thief 1", "b thief 2", "a thief 9", "c bob 4"])].concat(),
        expect![[r#"
            2 medium rug/owner-drain 50% {thief}: 2 accounts paid {thief}
            2 medium rug/owner-drain 50% {thief}: 2 accounts paid {thief}"#]],
    );
}

#[test]
fn what_there_was_no_room_for_is_blind_and_not_silent() {
    let sections = window("sum", "value = 'flow.amount'\nkeys_max = 1", "window.out(flow.from) > 10", "much left");
    check(
        &sections,
        &[flows(&["alice bob 11", "carol bob 11"]), flows(&["alice bob 1"])].concat(),
        expect![[r#"
            1 medium rug/owner-drain 50% {alice}: much left
            1 low sight/blind 50% {bob}: rule it could not judge this transaction: what the rule keeps in mind is incomplete: more happened than it has room for; raise `keys_max` or `entries_max`
            2 medium rug/owner-drain 50% {alice}: much left"#]],
    );
}

#[test]
fn a_rule_is_silent_while_it_cools_down_or_until_it_is_clear() {
    let rule = |more: &str| {
        format!(
            r#"
[condition]
on = "flow"
where = "everything"
when = "flow.amount > 10"
{more}
subject = "flow.from"
message = "{{flow.amount}} left"
"#
        )
    };
    let blocks = [
        flows(&["a x 11", "b x 12"]),
        flows(&["a x 13"]),
        flows(&["a x 5"]),
        flows(&["a x 3", "a x 14"]),
        flows(&["b x 15"]),
    ]
    .concat();
    check(
        &rule("cooldown_blocks = 3"),
        &blocks,
        expect![[r#"
            1 medium rug/owner-drain 50% {a}: 11 left
            1 medium rug/owner-drain 50% {b}: 12 left
            4 medium rug/owner-drain 50% {a}: 14 left
            5 medium rug/owner-drain 50% {b}: 15 left"#]],
    );
    check(
        &rule("clear = 'flow.amount < 4'"),
        &blocks,
        expect![[r#"
            1 medium rug/owner-drain 50% {a}: 11 left
            1 medium rug/owner-drain 50% {b}: 12 left
            4 medium rug/owner-drain 50% {a}: 14 left"#]],
    );
}

const PROBE_THEN_DRAIN: &str = r#"
[sequence.prepared]
blocks = 5
[[sequence.prepared.step]]
name = "probe"
on = "flow"
when = "flow.amount == 1"
key = ["flow.to"]
[[sequence.prepared.step]]
name = "load"
on = "flow"
when = "flow.amount == 2"
key = ["flow.to"]
[sequence.prepared.reset]
on = "flow"
when = "flow.amount == 9"
key = ["flow.to"]
[condition]
on = "flow"
where = "everything"
when = "flow.amount == 3 && sequence.prepared(flow.to)"
subject = "flow.to"
message = "as prepared"
"#;

#[test]
fn steps_come_in_order_each_in_a_later_transaction_within_the_span() {
    let hit = "as prepared";
    for (blocks, fires) in [
        (vec![vec!["a v 1"], vec!["a v 2"], vec!["a v 3"]], true),
        (vec![vec!["a v 1", "a v 2", "a v 3"]], true),
        (vec![vec!["a v 2"], vec!["a v 1"], vec!["a v 3"]], false),
        (vec![vec!["a v 1"], vec!["a w 2"], vec!["a v 3"]], false),
        (vec![vec!["a v 1"], vec!["a v 9"], vec!["a v 2"], vec!["a v 3"]], false),
        (vec![vec!["a v 1"], vec!["a v 2"], vec![], vec![], vec![], vec!["a v 3"]], false),
        // A later beginning counts: the first probe is too old, the second is not.
        (vec![vec!["a v 1"], vec![], vec![], vec!["a v 1"], vec!["a v 2"], vec!["a v 3"]], true),
    ] {
        let text: String = blocks.iter().map(|block| flows(block)).collect();
        assert_eq!(told(PROBE_THEN_DRAIN, &text).contains(hit), fires, "{blocks:?}");
    }
}

#[test]
fn a_finding_names_the_transaction_of_each_step() {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
    let cards = read_rules(blind_spot.chain([rule(PROBE_THEN_DRAIN)])).unwrap();
    let blocks = [flows(&["a v 1"]), flows(&["a v 2"]), flows(&["a v 3"])].concat();
    let scene = Scene::read("x", &format!("about = 'x'\nexpect = {{ alerts = [] }}\n{blocks}")).unwrap();
    let detectors = crate::Detectors::new(cards, scene.scope.clone()).unwrap();
    let mut memory = crate::Memory::default();
    let mut alerts = Vec::new();
    for block in &scene.blocks {
        alerts.extend(detectors.block(&super::chain(), block, &mut memory).unwrap().alerts);
    }
    let [alert] = &alerts[..] else { panic!("{alerts:?}") };
    let steps: Vec<_> = alert.evidence.iter().map(|evidence| (evidence.tx.unwrap(), evidence.says.as_str())).collect();
    let hash = |block: usize| scene.blocks[block].txs[0].hash;
    assert_eq!(
        steps,
        [(hash(2), "as prepared"), (hash(0), "step `probe` in block 1"), (hash(1), "step `load` in block 2")]
    );
}

const QUESTIONS: &str = r#"
[[question]]
name = "assets"
chain = "eip155:1"
address = "0x0303030303030303030303030303030303030303"
call = "totalAssets()"
[[question]]
name = "total-supply"
chain = "eip155:1"
address = "0x0303030303030303030303030303030303030303"
call = "totalSupply()"
"#;

fn answers(pairs: &[(&str, &str)]) -> String {
    let block = |(assets, supply): &(&str, &str)| {
        format!("[[block]]\nanswers = {{ 'it/assets' = {assets}, 'it/total-supply' = '{supply}' }}\n")
    };
    pairs.iter().map(block).collect()
}

#[test]
fn two_answers_are_compared_after_each_block_with_hysteresis() {
    check(
        &format!(
            r#"{QUESTIONS}
[condition]
on = "block"
where = "everything"
when = "answer.assets.value * 10000 < answer.total_supply.value * 9900"
clear = "answer.assets.value >= answer.total_supply.value"
subject = "answer.assets.address"
message = "{{answer.assets.value}} of {{answer.total_supply.value}}"
"#
        ),
        &answers(&[
            ("'100'", "100"),
            ("'98'", "100"),
            ("'97'", "100"),
            ("'99'", "100"),
            ("'98'", "100"),
            ("'100'", "100"),
            ("'98'", "100"),
            ("'blind'", "100"),
            ("'revert'", "100"),
        ]),
        expect![[r#"
            2 medium rug/owner-drain 50% 0x0303030303030303030303030303030303030303: 98 of 100
            7 medium rug/owner-drain 50% 0x0303030303030303030303030303030303030303: 98 of 100
            8 low sight/blind 50% 0x0303030303030303030303030303030303030303: rule it could not judge this block without an answer to it/assets: a field was not seen
            9 low sight/blind 50% 0x0303030303030303030303030303030303030303: rule it could not judge this block: a value is null; guard it with `!= null`"#]],
    );
}

#[test]
fn an_answer_is_compared_with_what_it_was_and_read_word_by_word() {
    check(
        &format!(
            r#"{QUESTIONS}
[window.before]
on = "block"
value = "number(answer.assets.word(1))"
measure = "max"
blocks = 3
[condition]
on = "block"
where = "everything"
when = "fall_bp(window.before(), number(answer.assets.word(1))) >= 1000"
subject = "answer.assets.address"
message = "fell by {{fall_bp(window.before(), number(answer.assets.word(1)))}} bp"
"#
        ),
        &answers(&[
            ("['1', '1000']", "0"),
            ("['1', '950']", "0"),
            ("['1', '900']", "0"),
            ("['1', '890']", "0"),
            ("['1', '890']", "0"),
            ("['1']", "0"),
        ]),
        expect![[r#"
            3 medium rug/owner-drain 50% 0x0303030303030303030303030303030303030303: fell by 1000 bp
            6 low sight/blind 50% 0x0303030303030303030303030303030303030303: rule it could not judge this block: the data is shorter than the word that was asked for; guard it with `size()`"#]],
    );
}

#[test]
fn lists_labels_and_origins_tell_accounts_apart() {
    let made = "[[block]]\n[[block.tx]]\nfrom = 'dev'\nto = 'factory'\ncalls = [{}]\ncodes = [{ address = 'new', creator = 'factory' }]\nflows = [{ from = 'mixer', to = 'dev2', amount = '7' }]\n";
    let rule = |when: &str, more: &str| {
        format!(
            r#"{more}
[condition]
on = "flow"
where = "everything"
when = "{when}"
subject = "flow.to"
key = ["entity(flow.to)"]
message = "to {{flow.to}} of {{entity(flow.to)}}, by {{creator(flow.to)}}, paid by {{funder(flow.from)}}"
"#
        )
    };
    let blocks = format!("{made}{}[labels]\nmixer = ['mixer']\n", flows(&["dev2 new 5", "mixer bob 5"]));
    check(
        &rule("creator(flow.to) != null && label(funder(flow.from), 'mixer')", ""),
        &blocks,
        expect!["2 medium rug/owner-drain 50% {new}: to {new} of {dev}, by {factory}, paid by {mixer}"],
    );
    let scene = Scene::read("x", &format!("about = 'x'\nexpect = {{ alerts = [] }}\n{blocks}")).unwrap();
    let bob = scene.blocks[1].txs[1].to.unwrap();
    check(
        &rule("flow.to in list.friends", &format!("[list.friends]\nitems = ['{bob}']\n")),
        &blocks,
        expect!["2 medium rug/owner-drain 50% {bob}: to {bob} of {bob}, by none, paid by none"],
    );
    // Without labels of its own a case is told by those in the binary, which know Tornado Cash.
    let tornado = "0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936";
    check(
        &rule("label(flow.from, 'mixer')", ""),
        &flows(&[&format!("{tornado} bob 5"), "exchange bob 5"]),
        expect!["1 medium rug/owner-drain 50% {bob}: to {bob} of {bob}, by none, paid by none"],
    );
}

#[test]
fn a_rule_that_would_take_too_long_is_refused_with_the_number() {
    let window = |name: &str| {
        format!("[window.{name}]\non = 'tx'\nmeasure = 'count'\nblocks = 9000\nentries_max = 8192\nkeys_max = 1\n")
    };
    let asks = |name: &str| format!("window.{name}() > 1 && window.{name}() < 9 && window.{name}() != 7");
    let names = ["a", "b", "c", "d", "e"];
    let sections = names.map(window).concat();
    let when = names.map(asks).join(" && ");
    let told = told(
        &format!(
            "{sections}[condition]\non = 'tx'\nwhere = 'everything'\nwhen = '{when}'\nsubject = 'tx.from'\nmessage = 'x'\n"
        ),
        "[[block]]\n",
    );
    assert!(told.contains("the rule may take `1229") && told.contains("more than 100000"), "{told}");
}
