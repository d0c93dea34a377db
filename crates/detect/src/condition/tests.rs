//! What the language accepts, what it refuses and with which words, and what it computes.

mod facit;
mod hostile;

use std::{
    cell::Cell,
    sync::{Arc, LazyLock},
};

use expect_test::{Expect, expect};
use facts::{Address, B256, Flow, FlowKind, Frame, FrameKind, FrameStatus, Log, TxFacts, U256};

use super::{expr::*, template::Template, types::*, *};
use crate::{
    ChainView, Indexed, RuleCard, Scope, TxCtx,
    card::{List, Measure, Sections, Subject, Text},
};

/// What conditions of these tests may refer to: parameters, and one of each thing that is kept, by an account.
pub(super) fn known() -> Known<'static> {
    static KNOWN: LazyLock<(Parameters, Sections, [Shape; 1])> = LazyLock::new(|| {
        let mut sections = Sections::default();
        sections.lists.insert("one".into(), Arc::new(List::Addresses(vec![address(1), address(2)])));
        let one = Shape { name: "one".into(), key: vec![Type::Address], measure: Some(Measure::Sum), entries_max: 9 };
        (parameters(), sections, [one])
    });
    let (parameters, sections, one) = &*KNOWN;
    Known { windows: one, sequences: one, baselines: one, ..Known::of(parameters, &[], sections) }
}

/// Parameters for all conditions of these tests.
pub(super) fn parameters() -> Parameters {
    let card = r#"
        schema = 1
        id = "x"
        title = "x"
        family = "x"
        kind = "rug/owner-drain"
        severity = "high"
        severity_elsewhere = "low"
        confidence = 50
        maturity = "sandbox"
        needs = { sight = "calls", evidence = ["call"] }
        [parameters]
        limit = "1.5 ether"
        count = 3
        word = "vault"
    "#;
    RuleCard::read("x", card, |_| Some(1)).unwrap().parameters
}

fn address(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

/// A call of `transfer(address,uint256)` that failed inside one that did not, a log, and two flows.
pub(super) fn tx() -> TxFacts {
    let frame = |depth: u16, target: u8, status, input: &[u8], output: &[u8]| Frame {
        parent: depth.checked_sub(1).map(u32::from),
        end: 2,
        depth,
        kind: FrameKind::Call,
        caller: address(1),
        target: address(target),
        code: address(target),
        value: U256::from(7),
        input: input.to_vec().into(),
        output: output.to_vec().into(),
        clipped: false,
        asks_caller: false,
        asks_origin: false,
        gas_limit: 100,
        gas_used: 50,
        status,
        effective: status == FrameStatus::Success,
        open: 0,
        close: 9,
    };
    let transfer = [&[0xa9, 0x05, 0x9c, 0xbb][..], &address(3).into_word().0, &U256::from(42).to_be_bytes::<32>()];
    let reason = [
        &[0x08, 0xc3, 0x79, 0xa0][..],
        &U256::from(32).to_be_bytes::<32>(),
        &U256::from(9).to_be_bytes::<32>(),
        b"not owner\0\0",
    ];
    let flow = |asset, amount: u64| Flow {
        asset,
        from: address(2),
        to: address(1),
        amount: U256::from(amount),
        kind: FlowKind::Call,
        frame: 0,
        at: 1,
    };
    TxFacts {
        hash: B256::repeat_byte(9),
        from: address(1),
        to: Some(address(2)),
        frames: vec![
            frame(0, 2, FrameStatus::Success, &[], &[]),
            frame(1, 3, FrameStatus::Revert, &transfer.concat(), &reason.concat()),
        ],
        logs: vec![Log {
            address: address(3),
            topics: vec![B256::repeat_byte(5), address(1).into_word()],
            data: U256::MAX.to_be_bytes::<32>().into(),
            ..Log::default()
        }],
        flows: vec![flow(facts::Asset::Native, 100), flow(facts::Asset::Erc20(address(3)), 200)],
        ..TxFacts::default()
    }
}

/// Computes a condition on every item of [`tx`] that `on` names. Address 2 is protected.
pub(super) fn run(source: &str, on: Subject) -> Result<Vec<Result<bool, Trouble>>, Fault> {
    let text = Text::bare(source);
    let condition = Arc::new(compile(&text, on, known())?);
    let condition = Bound::condition(condition, &text, &parameters())?;
    let (tx, steps) = (tx(), Cell::new(STEPS));
    let chain = ChainView { id: facts::ChainId::eip155(1), slip44: 60, wrapped: Vec::new() };
    let block = facts::BlockRef { chain: chain.id.clone(), number: 8, hash: B256::ZERO, parent: B256::ZERO };
    let scope = Scope::everything();
    let ctx = TxCtx {
        chain: &chain,
        block: &block,
        timestamp: 99,
        scope: &scope,
        facts: &Indexed::new(&tx),
        woken: Default::default(),
    };
    let protects = |account: Address| account == address(2);
    let items: Vec<_> = match on {
        Subject::Tx => vec![Item::Tx(&tx)],
        Subject::Call => tx.frames.iter().map(Item::Call).collect(),
        Subject::Log => tx.logs.iter().map(Item::Log).collect(),
        Subject::Flow => tx.flows.iter().map(Item::Flow).collect(),
        Subject::Change | Subject::Observed | Subject::Block => Vec::new(),
    };
    let holds = |item| condition.holds(&mut Scene::of(&ctx, item, &protects, &steps));
    Ok(items.into_iter().map(holds).collect())
}

#[track_caller]
fn holds(on: Subject, source: &str, expected: &[bool]) {
    let computed = run(source, on).unwrap_or_else(|fault| panic!("{source}: {fault}"));
    let expected: Vec<_> = expected.iter().map(|holds| Ok(*holds)).collect();
    assert_eq!(computed, expected, "{source}");
}

#[track_caller]
fn troubles(source: &str, trouble: Trouble) {
    assert_eq!(
        run(source, Subject::Tx).unwrap_or_else(|fault| panic!("{source}: {fault}")),
        [Err(trouble)],
        "{source}"
    );
}

#[test]
fn conditions_read_transactions_calls_logs_and_flows() {
    holds(Subject::Tx, "tx.from == address('0x0101010101010101010101010101010101010101')", &[true]);
    holds(Subject::Tx, "tx.value == 7 && block.number == 8u && block.timestamp < 100", &[true]);
    holds(Subject::Tx, "block.chain == 'eip155:1' && has(tx.to) && tx.selector == null", &[true]);
    holds(Subject::Call, "call.selector == selector('transfer(address,uint256)')", &[false, true]);
    holds(Subject::Call, "call.selector in [selector('0xa9059cbb'), selector('pause()')]", &[false, true]);
    holds(Subject::Call, "size(call.input) == 68 && number(call.word(1)) == 42", &[false, true]);
    holds(Subject::Call, "call.status == 'revert' && call.reason.startsWith('not own')", &[false, true]);
    holds(Subject::Call, "call.succeeded ? call.depth == 0 : call.error == selector('Error(string)')", &[true, true]);
    holds(Subject::Call, "protected(call.to) || call.value > 7", &[true, false]);
    holds(Subject::Log, "number(log.word(0)) == max_uint(256) && log.topic2 == null", &[true]);
    holds(Subject::Log, "address(log.topic1) == tx.from && address(log.topic0) == null", &[true]);
    holds(Subject::Flow, "flow.asset == 'native' && flow.amount * 100 >= 10000", &[true, false]);
    holds(Subject::Flow, "flow.asset != 'native' ? flow.token != null : flow.token == null", &[true, true]);
    holds(Subject::Tx, "tx.calls.exists(c, c.to == address('0x0303030303030303030303030303030303030303'))", &[true]);
    holds(Subject::Tx, "tx.flows.all(f, f.amount >= 100) && tx.flows.exists_one(f, f.amount > 100)", &[true]);
    holds(Subject::Tx, "tx.calls.exists(c, tx.logs.exists(l, l.address == c.to)) && size(tx.logs) == 1", &[true]);
    holds(Subject::Tx, "!(tx.changes.exists(c, c.announced)) // nothing changed", &[true]);
}

#[test]
fn amounts_are_exact() {
    holds(Subject::Tx, "ether('1.5') == amount('1500000000000000000') && params.limit == ether('1.5')", &[true]);
    holds(Subject::Tx, "gwei('0.000000001') == 1 && amount('30 gwei') == gwei('30')", &[true]);
    holds(
        Subject::Tx,
        "amount('115792089237316195423570985008687907853269984665640564039457584007913129639935') == max_uint(256)",
        &[true],
    );
    holds(Subject::Tx, "max_uint(8) == 255 && (7 * params.count + 1) / 2 == 11 && 7 % 4 == 3 && 10 - 3 == 7", &[true]);
    troubles("tx.value * max_uint(256) > 0", Trouble::Overflow);
    troubles("tx.value + max_uint(256) > 0", Trouble::Overflow);
    troubles("tx.value - 8 < 0", Trouble::Underflow);
    troubles("tx.value / block.number / (tx.value - 7) == 1", Trouble::DivisionByZero);
    troubles("tx.value % (tx.value - 7) == 1", Trouble::DivisionByZero);
}

#[test]
fn what_cannot_be_computed_is_never_an_answer() {
    troubles("tx.value - 8 < 0 || true", Trouble::Underflow);
    troubles("!(tx.value - 8 < 0 && false)", Trouble::Underflow);
    troubles("tx.calls.exists(c, number(c.word(5)) == 1) || true", Trouble::ShortData);
    troubles("tx.logs.exists(l, number(l.topic3) > 5)", Trouble::Null);
    // A guard on the left is what makes the right side safe.
    holds(Subject::Tx, "true || tx.value - 8 < 0", &[true]);
    holds(Subject::Tx, "tx.value > 8 && tx.value - 8 < 5", &[false]);
    holds(Subject::Tx, "tx.logs.exists(l, l.topic3 != null && number(l.topic3) > 5)", &[false]);
}

/// `refusals.txt` lists conditions and what the checker says of them; `⏎` stands for a line break.
#[test]
fn refusals_name_the_place_and_the_remedy() {
    let mut told = String::new();
    for source in include_str!("tests/refusals.txt").lines().filter_map(|line| line.strip_prefix("> ")) {
        let fault = run(&source.replace('⏎', "\n"), Subject::Call);
        let fault = fault.map_or_else(|fault| fault.to_string(), |computed| format!("accepted: {computed:?}"));
        told += &format!("> {source}\n  {fault}\n");
    }
    assert!(!told.contains("accepted"), "{told}");
    expect_test::expect_file!["tests/refusals.txt"].assert_eq(&told);
}

#[test]
fn a_condition_wakes_on_what_it_requires() {
    let wakes = |source: &str, on: Subject| {
        let condition = Arc::new(compile(&Text::bare(source), on, known()).unwrap());
        let bound = Bound::condition(condition, &Text::bare(source), &parameters()).unwrap();
        bound.wakes(on.record()).into_iter().map(|wake| format!("{wake:?}")).collect::<Vec<_>>().join(" ")
    };
    let check = |source: &str, on: Subject, expected: Expect| expected.assert_eq(&wakes(source, on));
    check(
        "call.to == address('0x0303030303030303030303030303030303030303') && call.value > 1",
        Subject::Call,
        expect!["Call(Some(Account(0x0303030303030303030303030303030303030303)), None)"],
    );
    check(
        "call.value > 1 && (selector('pause()') == call.selector && call.succeeded)",
        Subject::Call,
        expect!["Call(None, Some(0x8456cb59))"],
    );
    check(
        "log.topic0 in [topic('A()'), topic('B()')] && protected(log.address)",
        Subject::Log,
        expect![
            "Log(Some(Protected), Some(0xf446c1d0ceceeffa77e664bc78fba57853bda372d626a510062480375fa80e90)) Log(Some(Protected), Some(0x32e7c5bfd249b266ab4d31294ee820eab4c1c0369993b86443567913a7e6194c))"
        ],
    );
    check("call.selector == selector('pause()') || call.value > 1", Subject::Call, expect!["Tx"]);
    check(
        "flow.amount >= params.limit && flow.asset == 'native'",
        Subject::Flow,
        expect!["Flow(Native { at_least: 1500000000000000000 })"],
    );
    check("flow.amount > 5", Subject::Flow, expect!["Flow(Any)"]);
    check("change.announced", Subject::Change, expect!["Change"]);
    check("observed.value < 5", Subject::Observed, expect!["Block"]);
    assert_ne!(keys::wakes(&Expr::Constant(Value::Bool(true)), Record::Tx, &[]), []);
}

#[test]
fn a_message_is_filled_with_values_and_bounded() {
    let template = |text: &str| {
        let template = Arc::new(Template::compile(&Text::bare(text), Subject::Call, known())?);
        Bound::template(template, &Text::bare(text), &parameters())
    };
    let fill = |text: &str| {
        let (template, tx, steps) = (template(text).unwrap(), tx(), Cell::new(STEPS));
        let chain = ChainView { id: facts::ChainId::eip155(1), slip44: 60, wrapped: Vec::new() };
        let block = facts::BlockRef { chain: chain.id.clone(), number: 8, hash: B256::ZERO, parent: B256::ZERO };
        let scope = Scope::everything();
        let ctx = TxCtx {
            chain: &chain,
            block: &block,
            timestamp: 99,
            scope: &scope,
            facts: &Indexed::new(&tx),
            woken: Default::default(),
        };
        let protects = |_: Address| false;
        template.fill(&mut Scene::of(&ctx, Item::Call(&tx.frames[1]), &protects, &steps))
    };
    expect!["0x0101010101010101010101010101010101010101 called 0xa9059cbb with 42 wei: not owner"]
        .assert_eq(&fill("{tx.from} called {call.selector} with {number(call.word(1))} wei: {call.reason}"));
    expect!["(the data is shorter than the word that was asked for; guard it with `size()`), none"]
        .assert_eq(&fill("{call.word(9)}, {tx.selector}"));
    assert!(fill("{call.input}").len() <= 130);
    for (text, why) in [
        ("{tx.frm}", "rule.cel:1:5: a tx has no `frm`; did you mean `from`?"),
        ("a } b", "rule.cel:1:3: this brace stands alone; write `{tx.from}` for a value"),
        ("a {tx.from", "rule.cel:1:3: this brace stands alone; write `{tx.from}` for a value"),
        ("{tx.calls}", "rule.cel:1:5: this is a list of calls, but something that can be written down is needed"),
        ("{}", "rule.cel:1:2: the condition is empty; write when the rule fires, such as `tx.succeeded`"),
    ] {
        assert_eq!(template(text).unwrap_err().to_string(), why);
    }
}

#[test]
fn the_reference_is_the_language() {
    expect_test::expect_file!["../../../../data/rules/LANGUAGE.md"].assert_eq(&language());
}

/// Every example on the page is a rule that the checker takes.
#[test]
fn every_example_in_the_reference_is_a_rule() {
    let head = r#"schema = 1
id = "it"
title = "x"
family = "x"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "medium"
confidence = 50
maturity = "sandbox"
needs = { sight = "calls", evidence = ["call", "flow", "log", "storage", "observed"] }
"#;
    let examples: Vec<_> = reference::KEPT.split("```toml\n").skip(1).collect();
    assert_eq!(examples.len(), 8);
    for example in examples {
        let card = format!("{head}{}", example.split("```").next().unwrap());
        let text = crate::RuleText { folder: "x/it".into(), card, page: "x".into(), ..crate::RuleText::default() };
        let checked = crate::check_rules([text]);
        assert!(checked.faults.is_empty(), "{}\n{example}", checked.faults[0]);
    }
}
