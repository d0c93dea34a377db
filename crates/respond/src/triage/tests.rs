use case::{Incident, Severity, Standing};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::story::{self, Story};

fn check(story: &str, expected: Expect) {
    expected.assert_eq(&story::tell(story));
}

#[test]
fn an_attack_in_several_transactions_is_one_case() {
    check(
        "alert drain1   block=10 tx=t1 share=200
         alert entered  rule=reentrancy family=calls evidence=call,storage tx=t1 fp=other
         alert drain2   block=11 tx=t2 share=400
         alert elsewhere rule=outflow on=Router by=mallory block=12 tx=t3
         alert imitator rule=outflow on=Vault by=eve block=13 tx=t4 fp=third
         again drain1",
        expect![[r#"
            drain1 opens case 1: high logic/accounting
            entered belongs to case 1: same transaction
            drain2 belongs to case 1: same fingerprint, which rises to critical
            elsewhere belongs to case 1: same attacker mallory
            imitator belongs to case 1: same victim Vault
            drain1 is suppressed: already in case case 1
        "#]],
    );
}

#[test]
fn what_has_nothing_in_common_is_another_case() {
    check(
        "alert drain on=Vault by=mallory
         alert other on=Router by=eve tx=t9
         alert third on=Token by=bob tx=t8 rule=outflow",
        expect![[r#"
            drain opens case 1: high logic/accounting
            other opens case 2: high logic/accounting
            third opens case 3: high logic/accounting
        "#]],
    );
}

#[test]
fn the_window_ends_and_only_a_fingerprint_reaches_beyond_it() {
    check(
        "alert first secs=1000
         alert within rule=outflow secs=87400 tx=t2 by=eve
         alert beyond rule=outflow secs=200000 tx=t3 by=mallory fp=x
         alert same secs=900000 tx=t4 by=eve",
        expect![[r#"
            first opens case 1: high logic/accounting
            within belongs to case 1: same victim Vault
            beyond opens case 2: high logic/accounting
            same belongs to case 1: same fingerprint
        "#]],
    );
}

#[test]
fn the_mild_opens_no_case_and_says_why() {
    check(
        "alert low sev=low
         alert info sev=info tx=t2
         alert medium sev=medium tx=t3 conf=10
         alert joins sev=low tx=t3 rule=outflow",
        expect![[r#"
            low is suppressed: severity low opens no case: the mildest that does is medium
            info is suppressed: severity info opens no case: the mildest that does is medium
            medium opens case 1: medium logic/accounting
            joins belongs to case 1: same transaction
        "#]],
    );
}

#[test]
fn a_loss_that_can_be_felt_makes_a_case_worse_but_a_remark_makes_none() {
    check(
        "alert a sev=low share=10000",
        expect![[r#"
        a is suppressed: severity low opens no case: the mildest that does is medium
    "#]],
    );
    check(
        "alert a sev=medium share=299",
        expect![[r#"
        a opens case 1: medium logic/accounting
    "#]],
    );
    check(
        "alert a sev=medium share=300",
        expect![[r#"
        a opens case 1: high logic/accounting
    "#]],
    );
    check(
        "alert a sev=high share=1000",
        expect![[r#"
        a opens case 1: critical logic/accounting
    "#]],
    );
    check(
        "alert a sev=medium share=10000 on=stranger",
        expect![[r#"
        a opens case 1: medium logic/accounting
    "#]],
    );
}

#[test]
fn a_reorg_withdraws_and_what_comes_back_finds_its_case() {
    check(
        "alert a block=10
         withdraw a
         phase
         alert a2 block=10 branch=b
         alert unlike rule=outflow block=11 tx=t5 branch=b
         again a
         withdraw a2",
        expect![[r#"
            a opens case 1: high logic/accounting
            a is withdrawn from case 1: block 10 was lost in a reorg, and no alert of the case stands any more
            drain says so is Analysis, severity high
            a2 belongs to case 1: seen again after a reorg had withdrawn it
            unlike belongs to case 1: same attacker mallory
            a belongs to case 1: same fingerprint
            a2 is withdrawn from case 1: block 10 was lost in a reorg; other alerts of the case stand
        "#]],
    );
}

#[test]
fn a_withdrawn_alert_makes_nobody_suspect() {
    check(
        "alert a block=10
         withdraw a
         alert b rule=outflow tx=t2 block=11
         withdraw a",
        expect![[r#"
            a opens case 1: high logic/accounting
            a is withdrawn from case 1: block 10 was lost in a reorg, and no alert of the case stands any more
            b opens case 2: high logic/accounting
        "#]],
    );
}

#[test]
fn what_a_person_closed_stays_closed() {
    check(
        "alert a
         close 1
         again a
         alert b block=20 tx=t2
         alert c block=21 tx=t3",
        expect![[r#"
            a opens case 1: high logic/accounting
            a is suppressed: already in case case 1
            b opens case 2: high logic/accounting
            c belongs to case 2: same fingerprint
        "#]],
    );
    check(
        "alert a
         withdraw a
         close 1
         again a",
        expect![[r#"
            a opens case 1: high logic/accounting
            a is withdrawn from case 1: block 10 was lost in a reorg, and no alert of the case stands any more
            a is suppressed: it opened case case 1, which a person has closed
        "#]],
    );
}

#[test]
fn one_missed_block_is_a_hiccup_and_three_are_an_outage() {
    let blind = "rule=blind-spot family=sight kind=sight/blind on=- by=- tx=- evidence=blind conf=100";
    check(
        &format!(
            "alert b1 {blind} sev=medium block=10
             again b1
             alert b2 {blind} sev=medium block=20
             alert b3 {blind} sev=medium block=30
             alert b4 {blind} sev=medium block=31"
        ),
        expect![[r#"
            b1 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
            b1 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
            b2 is suppressed: blind in 2 of the 3 blocks within 600 s that open a case
            b3 opens case 1: medium sight/blind
            b4 belongs to case 1: same fingerprint
        "#]],
    );
    check(
        &format!(
            "alert b1 {blind} sev=medium block=10
             alert b2 {blind} sev=medium block=100
             alert b3 {blind} sev=medium block=200"
        ),
        expect![[r#"
            b1 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
            b2 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
            b3 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
        "#]],
    );
    check(
        &format!("alert b1 {blind} sev=high"),
        expect![[r#"
        b1 opens case 1: high sight/blind
    "#]],
    );
    check(
        &format!(
            "alert drain on=Vault
             alert b1 {blind} sev=medium subject=Vault"
        ),
        expect![[r#"
            drain opens case 1: high logic/accounting
            b1 is suppressed: blind in 1 of the 3 blocks within 600 s that open a case
        "#]],
    );
}

#[test]
fn nobody_and_the_attacker_himself_are_no_victims() {
    check(
        "alert a on=- by=mallory subject=nobody
         alert b on=- by=eve subject=nobody rule=outflow tx=t2
         alert c on=- by=bob subject=mallory rule=takeover tx=t3",
        expect![[r#"
            a opens case 1: high logic/accounting
            b opens case 2: high logic/accounting
            c opens case 3: high logic/accounting
        "#]],
    );
}

#[test]
fn a_flood_is_dammed_but_what_makes_it_worse_gets_through() {
    let mut told = Story::begin();
    told.rules.alerts_per_case_max = 3;
    for n in 0..5 {
        told.alert("flood", story::alert(&format!("block={n} tx=t{n} sev=medium")));
    }
    assert_eq!(told.incident().alerts.len(), 3);
    told.alert("worse", story::alert("block=9 tx=t9 share=5000"));
    assert_eq!((told.incident().alerts.len(), told.incident().severity), (4, Severity::Critical));
}

/// Cases as sets of the alerts they hold, with their severity.
fn cases(told: &Story) -> Vec<(Vec<AlertId>, Severity, Standing)> {
    let set = |case: Incident| {
        let mut ids: Vec<AlertId> = case.alerts.iter().map(|held| held.id).collect();
        ids.sort();
        (ids, case.severity, case.standing)
    };
    let mut cases: Vec<_> = told.incidents().into_iter().map(set).collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One matter, told in any order and with repeats, is one case of the same alerts and the same severity.
    #[test]
    fn the_order_of_a_matters_alerts_does_not_matter(
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
        severities in prop::collection::vec(prop::sample::select(vec!["medium", "high", "critical"]), 7),
        shares in prop::collection::vec(0_u16..2_000, 7),
    ) {
        let alerts: Vec<Alert> = (0..7)
            .map(|n| story::alert(&format!("block={n} tx=t{} sev={} share={} fp=one", n / 2, severities[n], shares[n])))
            .collect();
        let (mut straight, mut mixed) = (Story::begin(), Story::begin());
        alerts.iter().for_each(|alert| straight.alert("a", alert.clone()));
        for n in order.iter().chain(&order) {
            mixed.alert("a", alerts[*n].clone());
        }
        prop_assert_eq!(cases(&straight).len(), 1);
        prop_assert_eq!(cases(&straight), cases(&mixed));
    }

    /// Whatever is handed in, no alert stands in two cases, and none opens two.
    #[test]
    fn no_alert_is_in_two_cases(
        picks in prop::collection::vec((0..4_u64, 0..3_u8, 0..3_u8, 0..4_u8, story::severities()), 1..25),
    ) {
        let mut told = Story::begin();
        for (block, by, on, tx, severity) in picks {
            let who = ["mallory", "eve", "bob"][usize::from(by)];
            let on = ["Vault", "Router", "stranger"][usize::from(on)];
            told.alert("a", story::alert(&format!("block={block} by={who} on={on} tx=t{tx} sev={severity}")));
        }
        let mut ids: Vec<AlertId> = told.incidents().iter().flat_map(|case| case.alerts.iter().map(|held| held.id)).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
    }
}
