//! Texts that nobody means well with.

use proptest::prelude::*;

use super::{known, run};
use crate::{
    card::{Subject, Text},
    condition::template::Template,
};

#[test]
fn deep_and_long_conditions_are_refused_before_they_hurt() {
    let cases = [
        format!("{}tx.succeeded{}", "(".repeat(2000), ")".repeat(2000)),
        format!("{}tx.succeeded", "!".repeat(4000)),
        format!("{}1 == 1", "-".repeat(4000)),
        format!("tx{}", ".from".repeat(800)),
        format!("1 {} == 1", "+ 1".repeat(1000)),
        format!("true {}", "&& true".repeat(600)),
        format!("true {}", "? true : true".repeat(300)),
        format!("{}true{}", "tx.calls.exists(a, ".repeat(200), ")".repeat(200)),
        "[".repeat(4000),
        "'".repeat(4001),
        format!("tx.selector in [{}]", "selector('a()'),".repeat(79)),
    ];
    for source in cases {
        let fault = run(&source, Subject::Tx).unwrap_err();
        assert!(fault.to_string().len() < 600, "{fault}");
    }
}

/// What the limits let through must fit on a small stack.
#[test]
fn the_largest_allowed_conditions_fit_on_a_small_stack() {
    let cases = [
        format!("1 {} == 1", "+ 1".repeat(118)),
        format!("tx{}", ".from".repeat(118)),
        format!("{}tx.succeeded", "!".repeat(230)),
        format!("true {}", "&& tx.succeeded".repeat(40)),
        format!("true {}", "? true : true".repeat(50)),
        format!("{}true{}", "(".repeat(6), ")".repeat(6)),
        format!("{}1{} == 1", "size(".repeat(6), ")".repeat(6)),
        "tx.from == ".repeat(45),
        "(1+".repeat(6),
    ];
    let small = std::thread::Builder::new().stack_size(1536 << 10);
    let run = move || cases.iter().map(|source| run(source, Subject::Tx).is_ok()).filter(|ok| *ok).count();
    assert!(small.spawn(run).unwrap().join().unwrap() >= 2);
}

/// Words of the language, thrown together.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "tx",
        "call",
        ".",
        "value",
        "to",
        "from",
        "calls",
        "exists",
        "(",
        ")",
        "[",
        "]",
        ",",
        "x",
        "==",
        "!=",
        "&&",
        "||",
        "!",
        "-",
        "+",
        "*",
        "/",
        "%",
        "<",
        ">=",
        "in",
        "null",
        "true",
        "1",
        "18446744073709551616",
        "5u",
        "1.5",
        "'a'",
        "\"b\"",
        "'''",
        "address",
        "selector",
        "topic",
        "ether",
        "amount",
        "max_uint",
        "number",
        "size",
        "word",
        "params",
        "limit",
        "?",
        ":",
        "{",
        "}",
        "\\",
        "é",
        "\u{202e}",
        "\0",
        "//",
        "\n",
        "has",
        "protected",
        "`",
        "0x",
        "b'a'",
        "matches",
        "window",
        "sequence",
        "baseline",
        "answer",
        "list",
        "one",
        "above",
        "rise",
        "median",
        "label",
        "creator",
        "entity",
        "rise_bp",
        "'mixer'",
        "'(a+)+$'",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_the_checker_panic(source in prop_oneof![soup(), "\\PC{0,200}", "[ -~]{0,120}"]) {
        for on in [Subject::Tx, Subject::Call, Subject::Change, Subject::Block] {
            if let Err(fault) = run(&source, on) {
                prop_assert!(fault.place.line >= 1 && fault.place.column >= 1);
            }
        }
        let text = Text::bare(&source);
        if let Err(fault) = Template::compile(&text, Subject::Call, known()) {
            prop_assert!(fault.place.line >= 1, "{}", fault);
        }
    }
}

/// Sentences that are nearly right, so that many of them are computed.
fn sentence() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["tx.from", "tx.to", "tx.value", "call.to", "null", "creator(call.to)", "''"]);
    let number = prop::sample::select(vec![
        "window.one(K)",
        "baseline.one(K).median",
        "baseline.one(K).rise(N)",
        "tx.value",
        "rise_bp(N, N)",
        "0",
        "max_uint(256)",
        "number(call.word(1))",
    ]);
    let test = prop::sample::select(vec![
        "N > N",
        "N == N",
        "sequence.one(K)",
        "baseline.one(K).above(N, N)",
        "K in list.one",
        "K == K",
        "label(K, 'mixer')",
        "call.reason.matches('(?i)o{1,9}w')",
        "tx.calls.exists(c, N > N)",
        "T && T",
        "T || !T",
        "T ? T : T",
        "entity(K) == K",
    ]);
    (prop::collection::vec(test, 1..6), prop::collection::vec(number, 1..8), prop::collection::vec(key, 1..8)).prop_map(
        |(tests, numbers, keys)| {
            let mut text = "T".to_owned();
            for (hole, words) in [("T", tests), ("N", numbers), ("K", keys)] {
                let mut words = words.into_iter().cycle();
                for _ in 0..24 {
                    let Some(word) = words.next().filter(|_| text.contains(hole)) else { break };
                    text = text.replacen(hole, &format!("({word})"), 1);
                }
                text = text.replace(hole, if hole == "T" { "true" } else { "0" });
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// What the checker lets through is computed, or in trouble that has a name; and its cost has a bound.
    #[test]
    fn no_condition_panics_when_it_is_computed(source in sentence()) {
        if let Ok(computed) = run(&source, Subject::Call) {
            prop_assert_eq!(computed.len(), 2);
        }
    }
}

#[test]
fn many_of_the_sentences_are_computed() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let sentences = (0..300).map(|_| sentence().new_tree(&mut runner).unwrap().current());
    let computed = sentences.filter(|source| run(source, Subject::Call).is_ok()).count();
    assert!(computed > 30, "{computed}");
}
