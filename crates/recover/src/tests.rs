//! Stories of losses, and the ledgers that come of them.

#[path = "../../follow/src/tests/story.rs"]
mod story;

use case::{LossAmounts, Unseen};
use expect_test::{Expect, expect};
use facts::{B256, U256};
use story::{Story, named, tell};

use crate::{Assessment, assess};

fn check(lines: &str, expected: Expect) {
    let Story { incident, exhibits, .. } = tell(lines);
    let unseen = exhibits.iter().filter_map(|exhibit| exhibit.unseen()).collect();
    expected.assert_eq(&shown(&assess(&incident, &exhibits, unseen)));
}

fn shown(assessment: &Assessment) -> String {
    let Assessment { losses, taken } = assessment;
    let amounts = |of: &LossAmounts| {
        let mut text =
            format!("left {}, lost {}, returned {}, outstanding {}", of.left, of.lost, of.returned, of.outstanding);
        for (amount, word) in [(of.unjudged, "unjudged"), (of.unproved, "unproved")] {
            if !amount.is_zero() {
                text += &format!(", {word} {amount}");
            }
        }
        text
    };
    let mut text = String::new();
    losses.rows.iter().for_each(|row| text += &format!("{} {}: {}\n", row.victim, row.asset, amounts(&row.amounts)));
    losses.totals.iter().for_each(|total| text += &format!("sum {}: {}\n", total.asset, amounts(&total.amounts)));
    for taken in taken {
        text += &format!("taken in tx {} from {}: {}\n", U256::from_be_bytes(taken.tx.0), taken.victim, taken.amount);
    }
    losses.unseen.iter().for_each(|unseen| text += &format!("unseen: {}\n", unseen.why));
    named(text)
}

#[test]
fn what_left_is_not_all_lost_where_a_part_was_booked() {
    check(
        "tx 1
           vault -> thief 55 ETH
           alert vault lost 50 ETH to thief
           alert vault lost 48 ETH to thief
         tx 2
           vault -> thief 55 ETH
           alert vault lost 50 ETH to thief",
        expect![[r#"
            vault ETH: left 110, lost 100, returned 0, outstanding 100
            sum ETH: left 110, lost 100, returned 0, outstanding 100
            taken in tx 1 from vault: 50
            taken in tx 2 from vault: 50
        "#]],
    );
}

#[test]
fn what_comes_back_later_is_no_longer_missing() {
    check(
        "tx 1
           thief -> vault 10 ETH
         tx 2
           vault -> thief 60 ETH
           alert vault lost 60 ETH to thief
         tx 3
           thief -> vault 20 ETH
           alert vault lost to thief
         tx 4
           thief -> vault 45 ETH",
        expect![[r#"
            vault ETH: left 60, lost 60, returned 60, outstanding 0
            sum ETH: left 60, lost 60, returned 60, outstanding 0
            taken in tx 2 from vault: 60
        "#]],
    );
}

#[test]
fn what_nobody_judged_counts_and_says_so() {
    check(
        "tx 1
           vault -> thief 5 ETH
           vault -> thief 7 USDC
           alice -> thief 3 USDC
           alert vault lost 5 ETH to thief",
        expect![[r#"
            vault USDC: left 7, lost 7, returned 0, outstanding 7, unjudged 7
            vault ETH: left 5, lost 5, returned 0, outstanding 5
            sum USDC: left 7, lost 7, returned 0, outstanding 7, unjudged 7
            sum ETH: left 5, lost 5, returned 0, outstanding 5
            taken in tx 1 from vault: 5
            taken in tx 1 from vault: 7
        "#]],
    );
}

#[test]
fn what_only_an_alert_says_counts_and_is_unproved() {
    check(
        "tx 1
           vault -> thief 5 ETH
           alert vault lost 5 ETH to thief
           alert vault lost 6 ETH and 2 USDC to thief in 9",
        expect![[r#"
            vault USDC: left 0, lost 2, returned 0, outstanding 2, unproved 2
            vault ETH: left 5, lost 11, returned 0, outstanding 11, unproved 6
            sum USDC: left 0, lost 2, returned 0, outstanding 2, unproved 2
            sum ETH: left 5, lost 11, returned 0, outstanding 11, unproved 6
            taken in tx 1 from vault: 5
        "#]],
    );
}

#[test]
fn an_alert_that_says_more_than_the_facts_is_named_and_outweighs_only_poor_facts() {
    check(
        "tx 1
           vault -> thief 5 ETH
           alert vault lost 6 ETH to thief
         tx 2
           unseen
           bob -> thief 5 ETH
           alert bob lost 6 ETH to thief",
        expect![[r#"
            vault ETH: left 5, lost 5, returned 0, outstanding 5
            bob ETH: left 5, lost 6, returned 0, outstanding 6, unproved 1
            sum ETH: left 10, lost 11, returned 0, outstanding 11, unproved 1
            taken in tx 1 from vault: 5
            taken in tx 2 from bob: 5
            unseen: an alert says that vault lost 6 of ETH, and the facts show that 5 left it: the smaller amount counts
            unseen: its calls were not seen, so coin that moved inside it is not counted; look at it with a node that traces
        "#]],
    );
}

#[test]
fn several_victims_add_up_and_what_one_issues_itself_costs_it_nothing() {
    check(
        "tx 1
           alice -> thief 7 USDC
           bob -> thief 3 USDC
           usdc -> thief 1000 USDC
           alert alice lost 7 USDC to thief
           alert bob lost 3 USDC to thief
           alert usdc lost to thief",
        expect![[r#"
            alice USDC: left 7, lost 7, returned 0, outstanding 7
            bob USDC: left 3, lost 3, returned 0, outstanding 3
            sum USDC: left 10, lost 10, returned 0, outstanding 10
            taken in tx 1 from alice: 7
            taken in tx 1 from bob: 3
        "#]],
    );
}

#[test]
fn a_withdrawn_alert_counts_for_nothing() {
    let mut story = tell("tx 1\n vault -> thief 5 ETH\n alert vault lost 5 ETH to thief");
    story.incident.alerts[0].withdrawn = true;
    let assessment = assess(&story.incident, &[], Vec::new());
    assert_eq!(assessment, Assessment::default());
}

#[test]
fn what_could_not_be_had_is_said_once() {
    let story = tell("tx 1\n vault -> thief 5 ETH\n alert vault lost 5 ETH to thief");
    let gap = Unseen { tx: Some(B256::with_last_byte(1)), why: "its facts are not kept in the book".into() };
    expect![[r#"
        vault ETH: left 0, lost 5, returned 0, outstanding 5, unproved 5
        sum ETH: left 0, lost 5, returned 0, outstanding 5, unproved 5
        unseen: its facts are not kept in the book
    "#]]
    .assert_eq(&shown(&assess(&story.incident, &[], vec![gap.clone(), gap])));
}

#[test]
fn a_crowd_of_victims_is_cut_to_a_written_length_and_the_sums_stay() {
    let mut story = tell("tx 1\n alice -> thief 1 USDC\n alert alice lost 1 USDC to thief");
    let first = story.incident.alerts[0].clone();
    for number in 0..1_500u64 {
        let mut held = first.clone();
        let loss = &mut held.alert.losses[0];
        loss.account.address = facts::Address::from_word(B256::from(U256::from(number) + U256::from(1_000_000)));
        loss.amount = U256::MAX >> 12;
        story.incident.alerts.push(held);
    }
    let losses = assess(&story.incident, &story.exhibits, Vec::new()).losses;
    assert_eq!((losses.rows.len(), losses.rows_left_out), (1_000, 501));
    assert_eq!(losses.totals[0].amounts.lost, U256::ONE + (U256::MAX >> 12) * U256::from(1_500));
    let event = case::Event::LossesAssessed(Box::new(losses));
    assert!(event.parts().unwrap().1.to_string().len() < 1 << 20, "it fits into a line of the book");
}
