use case::Digest;

use super::*;
use crate::story::account;

fn alert(number: u8, words: &str) -> MarkedAlert {
    let given: BTreeMap<&str, &str> = words.split_whitespace().map(|word| word.split_once('=').unwrap()).collect();
    let mark = match given["mark"] {
        "useful" => Mark::Useful,
        "false" => Mark::False,
        _ => Mark::Known,
    };
    MarkedAlert {
        id: Digest([number; 32]),
        rule: (*given.get("rule").unwrap_or(&"drain")).to_owned(),
        subject: account(given.get("on").unwrap_or(&"Vault")),
        by: given.get("by").map(|by| account(by)).into_iter().collect(),
        share_bp: given.get("share").map(|share| share.parse().unwrap()),
        mark,
    }
}

fn tuned(lines: &[&str]) -> RuleTuning {
    let alerts: Vec<_> = (0..).zip(lines).map(|(number, words)| alert(number, words)).collect();
    let parameter = |rule: &str, name: &str| (rule == "drain" && name == "share_bp_min").then_some(300);
    let [one] = &tune(&alerts, &parameter)[..] else { panic!("one rule") };
    one.clone()
}

#[test]
fn what_one_account_does_to_another_again_and_again_is_proposed_as_an_exception_and_no_wider() {
    let told = tuned(&["mark=false by=bob", "mark=known by=bob", "mark=false by=bob", "mark=useful by=mallory"]);
    let [proposed] = &told.exceptions[..] else { panic!("{told:#?}") };
    assert_eq!((&proposed.exception.subject, &proposed.exception.by), (&account("Vault"), &Some(account("bob"))));
    assert_eq!((proposed.count, proposed.evidence.len()), (3, 3));
    assert_eq!(proposed.exception.why, "2 alerts marked false and 1 marked known, none useful");
    assert_eq!(told.parameters, [], "what the exception takes care of makes the rule no blunter");
}

#[test]
fn an_exception_under_which_a_useful_alert_would_fall_is_not_proposed_and_that_is_said() {
    let told = tuned(&[
        "mark=false by=bob share=400",
        "mark=false by=eve share=350",
        "mark=false by=ann share=310",
        "mark=useful by=mallory share=900",
    ]);
    assert_eq!(told.exceptions, []);
    assert_eq!(told.remarks.len(), 1, "{told:#?}");
    assert!(told.remarks[0].contains("3 alerts were not needed there, and 1 were useful"), "{told:#?}");
    let [value] = &told.parameters[..] else { panic!("{told:#?}") };
    assert_eq!((value.now, value.proposed, value.wrong_max, value.useful_min), (300, 401, 400, Some(900)));
}

#[test]
fn a_value_that_would_hide_something_useful_is_not_proposed() {
    let told = tuned(&[
        "mark=false by=bob share=400",
        "mark=false by=eve share=350",
        "mark=false by=ann share=310",
        "mark=useful by=mallory share=380",
    ]);
    assert_eq!(told.parameters, []);
    assert!(told.remarks.iter().any(|says| says.contains("no value of `share_bp_min` tells them apart")), "{told:#?}");
    let blind = tuned(&[
        "mark=false by=bob share=400",
        "mark=false by=eve",
        "mark=false by=ann share=310",
        "mark=useful by=mallory share=900",
    ]);
    assert_eq!(blind.parameters, []);
    assert!(blind.remarks.iter().any(|says| says.contains("do not all say which share")), "{blind:#?}");
}

#[test]
fn two_marks_are_chance() {
    let told = tuned(&["mark=false by=bob share=400", "mark=false by=bob share=350"]);
    assert_eq!((told.exceptions.len(), told.parameters.len(), told.wrong), (0, 0, 2));
}
