use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{RuleText, Scope, built_in, read_rules};

/// A card that is right, for others to spoil.
const GOOD: &str = r#"schema = 1
id = "big-call"
title = "A big call"
family = "value"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "low"
confidence = 50
maturity = "sandbox"
references = ["https://example.org/a"]

[needs]
sight = "calls"
evidence = ["call"]

[parameters]
limit = "1.5 ether"

[condition]
on = "call"
where = "everything"
when = '''
call.value > params.limit
  && call.succeeded
'''
subject = "call.to"
message = "{tx.from} sent {call.value}"
"#;

/// What is said about the good card after a change.
fn spoiled(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let text = RuleText {
        folder: "value/big-call".into(),
        card: GOOD.replace(from, to),
        page: "a page".into(),
        ..RuleText::default()
    };
    let built = read_rules(built_in().into_iter().chain([text]))
        .and_then(|cards| crate::Detectors::new(cards, Scope::everything()));
    built.map_or_else(|error| error.to_string(), |_| "accepted".into())
}

/// `refusals.txt` lists a change to the good card, `from => to`, and what is said of it; `⏎` is a line break.
#[test]
fn a_card_that_is_not_right_is_refused_with_place_and_remedy() {
    let mut told = String::new();
    for change in include_str!("tests/refusals.txt").lines().filter_map(|line| line.strip_prefix("> ")) {
        let (from, to) = change.split_once(" => ").unwrap();
        told += &format!("> {change}\n  {}\n", spoiled(&from.replace('⏎', "\n"), &to.replace('⏎', "\n")));
    }
    assert!(!told.contains("accepted"), "{told}");
    expect_test::expect_file!["tests/refusals.txt"].assert_eq(&told);
    assert_eq!(spoiled("sandbox", "sandbox"), "accepted");
}

#[test]
fn what_is_too_large_or_in_the_wrong_place_is_refused() {
    let refused = |text: RuleText| read_rules([text]).unwrap_err().to_string();
    let text =
        RuleText { folder: "value/big-call".into(), card: GOOD.into(), page: "a page".into(), ..RuleText::default() };
    let huge = "x".repeat(1 << 20);
    let card = refused(RuleText { card: GOOD.replace("call.succeeded", &huge), ..text.clone() });
    assert!(card.starts_with("value/big-call/rule.toml:1:1: the file has `10"), "{card}");
    let long = refused(RuleText { card: GOOD.replace("call.succeeded", &huge[..5000]), ..text.clone() });
    assert!(long.starts_with("value/big-call/rule.toml:22:8: `50") && long.contains("more than the `4096`"), "{long}");
    let deep = refused(RuleText { card: format!("{GOOD}\ndeep = {}", "[".repeat(100_000)), ..text.clone() });
    assert!(deep.starts_with("value/big-call/rule.toml:"), "{}", &deep[..200.min(deep.len())]);
    let lost = refused(RuleText { folder: "value/other".into(), ..text.clone() });
    assert_eq!(
        lost,
        "value/other/rule.toml:1:1: rule `big-call` lies in the folder `value/other`; move it to `value/big-call`, family and rule"
    );
    let bare = refused(RuleText { page: " \n".into(), ..text });
    assert!(bare.starts_with("value/big-call/page.md:1:1: the rule has no page"), "{bare}");
}

#[test]
fn the_digest_follows_what_shapes_alerts_and_nothing_else() {
    let hash = |card: &str, version: Option<u32>| RuleCard::read("x", card, |_| version).unwrap().hash;
    let good = hash(GOOD, None);
    assert_eq!(hash(&format!("# a comment\n{GOOD}\n"), None), good);
    let changes = [
        ("1.5 ether", "2 ether"),
        ("confidence = 50", "confidence = 51"),
        ("&& call.s", "|| call.s"),
        ("sent", "gave"),
    ];
    let mut seen: BTreeSet<_> = changes.iter().map(|(from, to)| hash(&GOOD.replace(from, to), None)).collect();
    seen.insert(good);
    assert_eq!(seen.len(), 5);
    let code = &GOOD[..GOOD.find("[condition]").unwrap()];
    assert_ne!(hash(code, Some(1)), hash(code, Some(2)), "a new version of the code is another rule");
}

#[test]
fn a_users_rule_takes_the_place_of_ours() {
    let mut user = built_in().into_iter().find(|text| text.folder.ends_with("blind-spot")).unwrap();
    user.folder = "rules/sight/blind-spot".into();
    user.card = user.card.replace("repeat_blocks = 300", "repeat_blocks = 7");
    let count = built_in().len();
    let cards = read_rules(built_in().into_iter().chain([user])).unwrap();
    assert_eq!(cards.len(), count);
    let card = cards.iter().find(|card| card.id == "blind-spot").unwrap();
    assert_eq!(
        (card.parameters.number("repeat_blocks", 1..=10).unwrap(), card.file.as_str()),
        (7, "rules/sight/blind-spot/rule.toml")
    );
}

#[test]
fn amounts_are_read_exactly() {
    let read = |text: &str| parse_amount(text).map(|amount| amount.to_string()).unwrap_or_else(|why| why);
    for (text, expected) in [
        ("0", "0"),
        ("1_000", "1000"),
        ("1.5 ether", "1500000000000000000"),
        ("0.000000000000000001 ether", "1"),
        ("30 gwei", "30000000000"),
        ("7 wei", "7"),
        ("1.5", "`1.5` has more than 0 digits after the point"),
        ("1. ether", "`1.` is not a decimal number"),
        (".5 ether", "`.5` is not a decimal number"),
        ("1e18", "`1e18` is not a decimal number"),
        ("-1", "`-1` is not a decimal number"),
        ("1 eth", "has the unknown unit `eth`"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert!(read(&"9".repeat(80)).ends_with("does not fit into 256 bits"));
}

#[test]
fn a_standing_question_is_asked_of_its_chain_only() {
    let question = "\n[[question]]\nname = \"assets\"\nchain = \"eip155:1\"\naddress = \"0x0202020202020202020202020202020202020202\"\ncall = \"totalAssets()\"\n";
    let card = RuleCard::read("x", &format!("{GOOD}{question}"), |_| None).unwrap();
    let at = |chain| facts::BlockRef {
        chain: facts::ChainId::eip155(chain),
        number: 1,
        hash: facts::B256::ZERO,
        parent: facts::B256::ZERO,
    };
    let (name, question) = card.questions[0].at(&at(1)).unwrap();
    let facts::Ask::View(request) = question.ask else { panic!("{question:?}") };
    assert_eq!((name.as_str(), request.input.to_string().as_str()), ("big-call/assets", "0x01e1d114"));
    assert!(card.questions[0].at(&at(2)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any cut, any change of a character: a card or a fault with a place, never a panic.
    #[test]
    fn no_card_makes_the_reader_panic(at in 0usize..GOOD.len(), with in "\\PC{0,8}", cut: bool) {
        let at = GOOD.floor_char_boundary(at);
        let rest = if cut { "" } else { GOOD[at..].char_indices().nth(1).map_or("", |(next, _)| &GOOD[at + next..]) };
        let text = RuleText { folder: "value/big-call".into(), card: format!("{}{with}{rest}", &GOOD[..at]), page: "a".into(), ..RuleText::default() };
        match read_rules([text]).and_then(|cards| crate::data_rule::build(&mut crate::workshop::Workshop::default(), &cards[0]).map(|_| ())) {
            Ok(()) => {}
            Err(crate::DetectError::Rule(fault)) => prop_assert!(fault.place.line >= 1 && fault.place.column >= 1),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
