//! Stories of money, and the trails that come of them.

mod story;

use case::{MoneyTraced, Unseen};
use expect_test::{Expect, expect};
use facts::{Address, Asset, B256, Flow, FlowKind, U256};
use proptest::prelude::*;
use story::{Story, address, named, tell};

use crate::trace;

fn check(lines: &str, expected: Expect) {
    let Story { incident, exhibits, taken } = tell(lines);
    expected.assert_eq(&shown(&trace(&incident, &exhibits, &taken, Vec::new())));
}

fn shown(money: &MoneyTraced) -> String {
    let mut text = String::new();
    for trail in &money.trails {
        text += &format!("{} {} taken from", trail.taken, trail.asset);
        trail.from.iter().for_each(|from| text += &format!(" {} ({})", from.account, from.amount));
        text += "\n";
        for hop in &trail.hops {
            let tx = U256::from_be_bytes(hop.tx.0);
            text += &format!("  tx {tx}: {} -> {} {} {}\n", hop.from, hop.to, hop.amount, hop.asset);
        }
        for rest in &trail.rests {
            let holding = &rest.holding;
            text +=
                &format!("  rests with {} ({:?}): {} {}\n", holding.account, rest.place, holding.amount, holding.asset);
        }
    }
    money.unseen.iter().for_each(|unseen| text += &format!("unseen: {}\n", unseen.why));
    named(text)
}

#[test]
fn through_the_attack_contract_to_its_owner_and_on() {
    check(
        "tx 1
           vault -> thief 55 ETH
           taken vault 50 ETH
           alert vault lost 50 ETH to thief and robber
         tx 2
           thief -> robber 55 ETH
         tx 3
           robber -> mixer 10 ETH
           robber -> bob 20 ETH",
        expect![[r#"
            50 ETH taken from vault (50)
              tx 1: vault -> thief 50 ETH
              tx 2: thief -> robber 50 ETH
              tx 3: robber -> mixer 5 ETH
              tx 3: robber -> bob 20 ETH
              rests with robber (Attacker): 25 ETH
              rests with bob (Other): 20 ETH
              rests with mixer (Other): 5 ETH
        "#]],
    );
}

#[test]
fn a_flash_loan_is_repaid_with_itself() {
    check(
        "tx 1
           lender -> thief 1000 USDC
           thief -> vault 1000 USDC
           vault -> thief 1050 USDC
           thief -> lender 1001 USDC
           thief -> robber 49 USDC
           taken vault 50 USDC
           alert vault lost 50 USDC to thief and robber",
        expect![[r#"
            50 USDC taken from vault (50)
              tx 1: vault -> thief 50 USDC
              tx 1: thief -> lender 1 USDC
              tx 1: thief -> robber 49 USDC
              rests with robber (Attacker): 49 USDC
              rests with lender (Other): 1 USDC
        "#]],
    );
}

#[test]
fn coin_stays_the_same_money_when_it_is_wrapped_and_unwrapped() {
    check(
        "tx 1
           vault -> thief 30 ETH
           taken vault 30 ETH
           thief -> weth 30 ETH
           zero -> thief 30 WETH wrap
           thief -> pool 10 WETH
         tx 2
           thief -> robber 20 WETH
           weth -> robber 15 ETH
           robber -> mixer 15 ETH
           robber -> zero 15 WETH unwrap",
        expect![[r#"
            30 ETH taken from vault (30)
              tx 1: vault -> thief 30 ETH
              tx 1: thief -> weth 30 ETH
              tx 1: weth -> thief 30 WETH
              tx 1: thief -> pool 10 WETH
              tx 2: thief -> robber 20 WETH
              tx 2: weth -> robber 15 ETH
              tx 2: robber -> mixer 15 ETH
              rests with mixer (Other): 15 ETH
              rests with pool (Other): 10 WETH
              rests with robber (Other): 5 WETH
        "#]],
    );
}

#[test]
fn a_victim_that_unwraps_before_it_pays_is_followed_past_that() {
    check(
        "tx 1
           weth -> vault 8 ETH
           vault -> zero 8 WETH unwrap
           vault -> thief 8 ETH
           taken vault 8 WETH",
        expect![[r#"
            8 WETH taken from vault (8)
              tx 1: weth -> vault 8 ETH
              tx 1: vault -> thief 8 ETH
              rests with thief (Other): 8 ETH
        "#]],
    );
}

#[test]
fn what_reaches_a_victim_has_come_back_and_what_is_burnt_is_gone() {
    check(
        "tx 1
           vault -> thief 100 USDC
           taken vault 100 USDC
         tx 2
           thief -> vault 60 USDC
           thief -> zero 5 USDC
         tx 3
           vault -> alice 60 USDC",
        expect![[r#"
            100 USDC taken from vault (100)
              tx 1: vault -> thief 100 USDC
              tx 2: thief -> vault 60 USDC
              tx 2: thief -> zero 5 USDC
              rests with vault (Victim): 60 USDC
              rests with thief (Other): 35 USDC
              rests with zero (Burnt): 5 USDC
        "#]],
    );
}

#[test]
fn several_assets_and_victims_each_have_their_own_way() {
    check(
        "tx 1
           alice -> thief 7 USDC
           bob -> thief 3 USDC
           bob -> robber 1 NFT#42
           taken alice 7 USDC
           taken bob 3 USDC
           taken bob 1 NFT#42
         tx 2
           thief -> pool 8 USDC
           pool -> thief 2 ETH",
        expect![[r#"
            10 USDC taken from alice (7) bob (3)
              tx 1: alice -> thief 7 USDC
              tx 1: bob -> thief 3 USDC
              tx 2: thief -> pool 8 USDC
              rests with pool (Other): 8 USDC
              rests with thief (Other): 2 USDC
            1 NFT#42 taken from bob (1)
              tx 1: bob -> robber 1 NFT#42
              rests with robber (Other): 1 NFT#42
        "#]],
    );
}

#[test]
fn what_a_transaction_out_of_turn_says_does_not_matter() {
    let lines = "tx 1\n vault -> thief 9 ETH\n taken vault 9 ETH\n tx 2\n thief -> robber 4 ETH";
    let mut story = tell(lines);
    let told = trace(&story.incident, &story.exhibits, &story.taken, Vec::new());
    story.exhibits.reverse();
    assert_eq!(trace(&story.incident, &story.exhibits, &story.taken, Vec::new()), told);
}

#[test]
fn what_could_not_be_had_is_said_and_nothing_taken_is_no_trail() {
    let story = tell("tx 1\n vault -> thief 9 ETH");
    let gap = Unseen { tx: Some(B256::with_last_byte(7)), why: "its facts are not kept in the book".into() };
    let money = trace(&story.incident, &story.exhibits, &[], vec![gap.clone(), gap]);
    expect![[r#"
        unseen: its facts are not kept in the book
    "#]]
    .assert_eq(&shown(&money));
}

#[test]
fn a_crowd_is_cut_to_a_written_length_and_the_sums_stay() {
    let mut story = tell("tx 1\n vault -> thief 5000 ETH\n taken vault 5000 ETH");
    let flows = &mut story.exhibits[0].tx.flows;
    for at in 1..=3_000u32 {
        let to = Address::from_word(B256::from(U256::from(at) + U256::from(1_000_000)));
        let (asset, from, amount) = (Asset::Native, address("thief"), U256::ONE);
        flows.push(Flow { asset, from, to, amount, kind: FlowKind::Call, frame: 0, at });
    }
    let money = trace(&story.incident, &story.exhibits, &story.taken, Vec::new());
    let trail = &money.trails[0];
    assert_eq!((trail.hops.len(), trail.hops_left_out), (1_000, 2_001));
    assert_eq!((trail.rests.len(), trail.rests_left_out), (500, 2_501));
    assert_eq!(trail.rests[0].holding.amount, U256::from(2_000), "the largest comes first");
    assert_eq!(rested(&money), U256::from(5_000));
    let event = case::Event::MoneyTraced(Box::new(money));
    assert!(event.parts().unwrap().1.to_string().len() < 1 << 20, "it fits into a line of the book");
}

fn rested(money: &MoneyTraced) -> U256 {
    let of = |trail: &case::Trail| {
        trail.rests.iter().fold(trail.rests_left_out_amount, |sum, rest| sum + rest.holding.amount)
    };
    money.trails.iter().map(of).sum()
}

proptest! {
    /// Whatever moves between whomever, and is wrapped and unwrapped: what was taken rests somewhere, to the last unit.
    #[test]
    fn nothing_is_lost_or_made_on_the_way(
        moves in proptest::collection::vec((0usize..9, 0usize..9, 0u64..1_000, 0u8..5, 0u64..6), 1..60),
        share in 0u64..1_500,
    ) {
        let who = ["vault", "thief", "robber", "alice", "pool", "lender", "mixer", "zero", "weth"];
        let mut lines = String::new();
        let mut number = 0;
        for (from, to, amount, kind, next) in moves {
            if next == 0 || number == 0 {
                number += 1;
                lines += &format!("tx {number}\n");
                for taken in ["vault ? ETH", "vault ? USDC", "vault ? WETH", "weth ? ETH"] {
                    lines += &format!(" taken {}\n", taken.replace('?', &share.to_string()));
                }
            }
            let (from, to) = (who[from], who[to]);
            lines += &match kind {
                0 => format!(" {from} -> {to} {amount} ETH\n"),
                1 => format!(" {from} -> {to} {amount} USDC\n"),
                2 => format!(" {from} -> {to} {amount} WETH\n"),
                3 => format!(" {from} -> weth {amount} ETH\n zero -> {from} {amount} WETH wrap\n"),
                _ => format!(" weth -> {from} {amount} ETH\n {from} -> zero {amount} WETH unwrap\n"),
            };
        }
        let story = tell(&lines);
        let money = trace(&story.incident, &story.exhibits, &story.taken, Vec::new());
        for trail in &money.trails {
            let rests = trail.rests.iter().fold(trail.rests_left_out_amount, |sum, rest| sum + rest.holding.amount);
            prop_assert_eq!(rests, trail.taken, "{}\n{}", trail.asset, lines);
        }
        let again: MoneyTraced = serde_json::from_value(serde_json::to_value(&money).unwrap()).unwrap();
        prop_assert_eq!(again, money);
    }
}
