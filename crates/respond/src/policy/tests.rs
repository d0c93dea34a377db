use case::{Harm, Limits};
use expect_test::{Expect, expect};
use facts::{Address, Bytes, U256};
use proptest::prelude::*;

use super::*;
use crate::story::{self, Story};

/// A case of these alerts with a plan, its pause rehearsed; then what the policy says of it.
fn leave(alerts: &str, then: &str, expected: Expect) {
    let mut told = Story::begin();
    let never = told.policy.automatic;
    told.policy.automatic = Automatic::Never;
    let lines = |text: &str| {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    lines(alerts).iter().for_each(|line| told.happens(line));
    told.happens("run");
    told.policy.automatic = never;
    lines(then).iter().for_each(|line| told.happens(line));
    let incident = told.incident();
    let plan = incident.plan().unwrap().clone();
    let step = plan.plan.steps.iter().find(|step| step.id.starts_with("pause")).unwrap().clone();
    expected.assert_eq(&story::leave_in_words(&told.leave(&incident, &plan, &step)));
}

const DRAIN: &str = "alert drain share=1200";
const ENTERED: &str = "alert entered rule=reentrancy family=calls kind=reentrancy/classic evidence=call,storage";

#[test]
fn two_families_that_share_no_kind_of_fact_are_enough() {
    leave(
        &format!("{DRAIN}\n{ENTERED}"),
        "",
        expect![
            "granted by policy: drain@000000000000 (value) and reentrancy@000000000000 (calls) agree and share no kind of fact"
        ],
    );
}

#[test]
fn one_alert_is_enough_only_from_the_set_confidence() {
    leave(
        "alert sure rule=sure family=invariant evidence=observed conf=95 sev=high",
        "",
        expect!["granted by policy: sure@000000000000 is sure to 95 of 100, and 95 is enough"],
    );
    leave(
        "alert sure rule=sure family=invariant evidence=observed conf=94 sev=high",
        "",
        expect!["0 of 1 people: sure@000000000000 stands alone, below a confidence of 95"],
    );
}

#[test]
fn what_has_not_happened_moves_a_machine_only_where_the_policy_says_so() {
    let sure = "alert sure rule=sure family=invariant evidence=observed conf=95 sev=high";
    for basis in ["simulated", "pending"] {
        let alert = format!("{sure} basis={basis}");
        leave(
            &alert,
            "",
            expect![
                "0 of 1 people: no alert that counts is about eip155:31337:0x0000000000000000000000000000000000000001"
            ],
        );
        leave(&alert, "early", expect!["granted by policy: sure@000000000000 is sure to 95 of 100, and 95 is enough"]);
    }
}

#[test]
fn near_misses_ask_people() {
    // Same family.
    leave(
        &format!("{DRAIN}\n{} family=value", ENTERED.replace(" family=calls", "")),
        "",
        expect!["0 of 1 people: none of 2 alerts confirms another: they share a family or a kind of fact"],
    );
    // A kind of fact in common on the card, though not in the evidence of this alert.
    leave(
        &format!("{DRAIN}\nalert gain rule=flash-gain family=flash evidence=call fp=x"),
        "",
        expect!["0 of 1 people: none of 2 alerts confirms another: they share a family or a kind of fact"],
    );
    // A kind of fact in common in the evidence, though not on the card.
    leave(
        &format!("{DRAIN}\n{ENTERED},flow"),
        "",
        expect!["0 of 1 people: none of 2 alerts confirms another: they share a family or a kind of fact"],
    );
    // Resting on nothing shares nothing, and confirms nothing.
    leave(
        &format!("{DRAIN}\nalert x rule=sure family=invariant evidence=- fp=x"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    // A rule that is no longer in force.
    leave(
        &format!("{DRAIN}\nalert x rule=retired family=old evidence=log conf=100 fp=x"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    // Too mild to count.
    leave(
        &format!("{DRAIN}\nalert x rule=sure family=invariant evidence=observed conf=100 sev=low"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    // About another contract in another transaction: the same attacker ties it to the case and no more.
    leave(
        &format!("{DRAIN}\n{ENTERED} tx=t2 on=stranger"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
}

#[test]
fn another_victim_in_the_same_transaction_confirms() {
    leave(
        &format!("{DRAIN}\n{ENTERED} tx=t1 on=stranger"),
        "",
        expect![
            "granted by policy: drain@000000000000 (value) and reentrancy@000000000000 (calls) agree and share no kind of fact"
        ],
    );
}

#[test]
fn blindness_confirms_nothing_however_sure_of_itself() {
    let blind = "alert b rule=blind-spot family=sight kind=sight/blind evidence=blind conf=100 tx=t1";
    leave(
        &format!("{DRAIN}\n{blind}"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    leave(
        &format!("{DRAIN}\nalert o rule=reentrancy family=calls evidence=call,blind conf=100"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
}

#[test]
fn an_alert_about_sight_confirms_nothing_whatever_it_rests_on() {
    let sight = "alert s rule=sure family=sight kind=sight/blind evidence=observed conf=100 tx=t1";
    leave(
        &format!("{DRAIN}\n{sight}"),
        "",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
}

#[test]
fn a_rehearsal_on_another_chain_or_on_none_is_none() {
    let mut told = Story::begin();
    [DRAIN, ENTERED, "next", "next"].iter().for_each(|line| told.happens(line));
    let mut incident = told.incident();
    let mut says = |on: Option<BlockRef>| {
        incident.plans[0].steps[0].rehearsal.as_mut().unwrap().on = on;
        let plan = incident.plan().unwrap();
        story::leave_in_words(&told.leave(&incident, plan, &plan.plan.steps[0]))
    };
    let here = told.head().clone();
    expect!["never: its rehearsal is out of date: it was not tried on a block of eip155:31337; rehearse it again"]
        .assert_eq(&says(Some(BlockRef { chain: ChainId::eip155(1), ..here.clone() })));
    expect!["never: its rehearsal is out of date: it was not tried on a block of eip155:31337; rehearse it again"]
        .assert_eq(&says(None));
    assert!(says(Some(here)).starts_with("granted by policy"));
}

#[test]
fn what_a_person_called_false_or_a_reorg_took_no_longer_counts() {
    leave(
        &format!("{DRAIN}\n{ENTERED}"),
        "false entered",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    leave(
        &format!("{DRAIN}\n{ENTERED}"),
        "withdraw entered",
        expect!["0 of 1 people: drain@000000000000 stands alone, below a confidence of 95"],
    );
    leave(
        &format!("{DRAIN}\n{ENTERED}"),
        "withdraw entered\nwithdraw drain",
        expect!["never: no alert of the case stands any more; the step waits until the attack is seen again"],
    );
}

#[test]
fn without_an_undo_no_machine_may() {
    leave(
        &format!("{DRAIN} on=Oracle\n{ENTERED} on=Oracle conf=100"),
        "",
        expect!["0 of 1 people: it cannot be taken back, so no machine may do it alone"],
    );
}

#[test]
fn time_and_blocks_run_out() {
    let both = format!("{DRAIN}\n{ENTERED}");
    leave(
        &both,
        "wait 3600",
        expect![
            "granted by policy: drain@000000000000 (value) and reentrancy@000000000000 (calls) agree and share no kind of fact"
        ],
    );
    leave(
        &both,
        "wait 3601",
        expect!["never: it was to be taken until 2026-11-21T04:00:00Z, and it is 2026-11-21T04:00:01Z; plan again"],
    );
    leave(
        &both,
        "head 16",
        expect![
            "granted by policy: drain@000000000000 (value) and reentrancy@000000000000 (calls) agree and share no kind of fact"
        ],
    );
    leave(
        &both,
        "head 17",
        expect![
            "never: its rehearsal is out of date: block 11 is 6 blocks behind the head, 5 are allowed; rehearse it again"
        ],
    );
    leave(
        &both,
        "head 10",
        expect!["never: its rehearsal is out of date: block 11 is above the head 10; rehearse it again"],
    );
    leave(
        &both,
        "head 11 another-branch",
        expect!["never: its rehearsal is out of date: block 11 was lost in a reorg; rehearse it again"],
    );
    leave(
        &both,
        "head 12 another-branch",
        expect!["never: its rehearsal is out of date: block 11 was lost in a reorg; rehearse it again"],
    );
    leave(&both, "headless", expect!["never: the head of eip155:31337 is not known; it waits until it is"]);
}

#[test]
fn a_policy_of_never_and_a_closed_case() {
    leave(
        &format!("{DRAIN}\n{ENTERED}"),
        "never",
        expect!["0 of 1 people: policy `default` lets no machine act on a chain"],
    );
    leave(&format!("{DRAIN}\n{ENTERED}"), "close 1", expect!["never: the case is closed"]);
    leave(&format!("{DRAIN}\n{ENTERED}"), "close 1\napprove alice pause-vault", expect!["never: the case is closed"]);
}

#[test]
fn people_are_counted_once_and_by_name() {
    let takeover = "alert t rule=takeover family=access kind=access/role-takeover evidence=log conf=60";
    leave(takeover, "", expect!["0 of 2 people: takeover@000000000000 stands alone, below a confidence of 95"]);
    leave(
        takeover,
        "approve alice pause-vault",
        expect!["1 of 2 people: takeover@000000000000 stands alone, below a confidence of 95"],
    );
    leave(
        takeover,
        "approve alice pause-vault\napprove alice pause-vault",
        expect!["1 of 2 people: takeover@000000000000 stands alone, below a confidence of 95"],
    );
    leave(
        takeover,
        "approve alice pause-vault\napprove bob pause-vault",
        expect!["granted by people: alice and bob agreed"],
    );
    leave(
        takeover,
        "approve alice pause-vault\napprove bob alarm",
        expect!["1 of 2 people: takeover@000000000000 stands alone, below a confidence of 95"],
    );
    // People do not stand above time and rehearsal.
    leave(
        takeover,
        "approve alice pause-vault\napprove bob pause-vault\nhead 90",
        expect![
            "never: its rehearsal is out of date: block 11 is 79 blocks behind the head, 5 are allowed; rehearse it again"
        ],
    );
    leave(
        takeover,
        "approve alice pause-vault\napprove bob pause-vault\nwait 4000",
        expect!["never: it was to be taken until 2026-11-21T04:00:00Z, and it is 2026-11-21T04:06:40Z; plan again"],
    );
}

#[test]
fn when_the_hour_is_spent_people_are_asked() {
    let mut told = Story::begin();
    told.policy.per_hour_max = 1;
    told.happens(&format!("{DRAIN} on=Vault,Router"));
    told.happens(&format!("{ENTERED} on=Vault,Router"));
    told.happens("run");
    // The hour is over, and so is the plan: the next one pauses what the first did not.
    ["done pause-vault", "wait 3601", "run"].iter().for_each(|line| told.happens(line));
    expect![[r#"
        drain opens case 1: critical logic/accounting
        entered belongs to case 1: same transaction
        plan, as playbook `pause-protocol` is for this incident:
            pause-vault: pause() on Vault by guardian, reversible
            pause-router: halt() on Router by guardian, reversible
            tell: webhook war-room, harmless, after pause-vault and pause-router
        rehearse pause-vault on 11
        rehearse pause-router on 11
        tell waits: it waits until `pause-vault` is done
        policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
        ask people about pause-router, 0 of 1: policy `default` allows 1 automatic steps an hour in a case, and they are spent
        tell waits: it waits until `pause-vault` is done
        take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
        ask people about pause-router, 0 of 1: policy `default` allows 1 automatic steps an hour in a case, and they are spent
        tell waits: it waits until `pause-vault` is done
        await the outcome of pause-vault
        ask people about pause-router, 0 of 1: policy `default` allows 1 automatic steps an hour in a case, and they are spent
        tell waits: it waits until `pause-vault` is done
        plan, as the plan before ran out before it was done:
            pause-router: halt() on Router by guardian, reversible
            tell: webhook war-room, harmless, after pause-router
        rehearse pause-router on 11
        tell waits: it waits until `pause-router` is done
        policy `default` approves pause-router: drain (value) and reentrancy (calls) agree and share no kind of fact
        tell waits: it waits until `pause-router` is done
        take pause-router: drain (value) and reentrancy (calls) agree and share no kind of fact
        tell waits: it waits until `pause-router` is done
        await the outcome of pause-router
        tell waits: it waits until `pause-router` is done
    "#]].assert_eq(told.said());
}

#[test]
fn a_plan_that_is_not_what_was_rehearsed_is_never_taken() {
    let mut told = Story::begin();
    [DRAIN, ENTERED, "next", "next"].iter().for_each(|line| told.happens(line));
    let incident = told.incident();
    let plan = incident.plan().unwrap().clone();
    let step = plan.plan.steps[0].clone();
    let says =
        |incident: &Incident, plan: &PlanState, step: &Step| story::leave_in_words(&told.leave(incident, plan, step));
    assert!(says(&incident, &plan, &step).starts_with("granted by policy"));

    let mut other = plan.clone();
    other.plan.steps[0].limits.gas += 1;
    expect!["never: the plan is not what its digest says; check the book with `breakglass verify`"]
        .assert_eq(&says(&incident, &other, &step));
    let mut swapped = incident.clone();
    swapped.plans[0] = other.clone();
    expect!["never: the plan is not what its digest says; check the book with `breakglass verify`"].assert_eq(&says(
        &swapped,
        &other,
        &other.plan.steps[0],
    ));

    let mut forged = step.clone();
    forged.call = Call::Contract {
        chain: story::chain(),
        to: Address::repeat_byte(9),
        function: "pause()".to_owned(),
        data: Bytes::new(),
        value: U256::ZERO,
        signer: "guardian".to_owned(),
    };
    expect!["never: the step is not of this plan"].assert_eq(&says(&incident, &plan, &forged));

    let mut newer = incident.clone();
    let mut replaced = plan.clone();
    replaced.digest = case::Digest::ZERO;
    newer.plans.push(replaced);
    expect!["never: a newer plan has taken this one's place"].assert_eq(&says(&newer, &plan, &step));
    let mut elsewhere = plan.clone();
    elsewhere.plan.case = case::CaseId::opened_by(&case::Digest::ZERO);
    expect!["never: the plan belongs to another case"].assert_eq(&says(&incident, &elsewhere, &step));
}

#[test]
fn a_transaction_that_calls_itself_harmless_is_held_to_the_law_of_transactions() {
    let pause = |harm: Harm, undo: Option<Call>| {
        let limits =
            Limits { gas: 1, fee_per_gas: U256::ONE, bumps: 0, until: "2026-11-21T04:00:00Z".parse().unwrap() };
        Step::new("s".into(), "t".into(), "contract-call".into(), call("guardian", 1), vec![], harm, undo, 1, limits)
    };
    assert!(Reversible::of(&pause(Harm::Reversible, Some(call("guardian", 1)))).is_some());
    assert!(Reversible::of(&pause(Harm::None, Some(call("guardian", 1)))).is_some());
    assert!(Reversible::of(&pause(Harm::Reversible, None)).is_none());
    assert!(Reversible::of(&pause(Harm::Irreversible, Some(call("guardian", 1)))).is_none());
    assert!(Reversible::of(&pause(Harm::Reversible, Some(call("guardian", 2)))).is_none());
    assert!(Reversible::of(&pause(Harm::Reversible, Some(call("stranger", 1)))).is_none());
    let message = Call::Webhook { endpoint: "war-room".into(), body: serde_json::Value::Null };
    assert!(Reversible::of(&pause(Harm::Reversible, Some(message))).is_none());
}

fn call(signer: &str, at: u8) -> Call {
    Call::Contract {
        chain: story::chain(),
        to: Address::repeat_byte(at),
        function: "pause()".to_owned(),
        data: Bytes::new(),
        value: U256::ZERO,
        signer: signer.to_owned(),
    }
}

#[test]
fn the_policy_reads_from_an_installation() {
    let read = |text: &str| atlas::config::parse::<Policy>("breakglass.toml", text).map_err(|why| why.to_string());
    assert_eq!(read("automatic = \"reversible\"").unwrap().automatic, Automatic::Reversible);
    assert_eq!(read("").unwrap(), Policy::default());
    expect!["unknown value `always` at breakglass.toml:1:13; known are `never`, `reversible`"]
        .assert_eq(&read("automatic = \"always\"").unwrap_err());
    expect!["unknown key `confidence_mn` at breakglass.toml:1:1; did you mean `confidence_min`?"]
        .assert_eq(&read("confidence_mn = 90").unwrap_err());
    expect!["confidence `101` is above 100 at breakglass.toml:1:18"]
        .assert_eq(&read("confidence_min = 101").unwrap_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever happened, leave that no person gave is leave for what is harmless or reversible, in time, in a standing
    /// case, under a policy that allows it, and for a plan of this digest that was rehearsed with success on a block near
    /// the head.
    #[test]
    fn a_machine_may_only_do_what_is_harmless_or_reversible_and_was_rehearsed(
        lines in prop::collection::vec(prop::sample::select(vec![
            "alert a share=1200",
            "alert b rule=reentrancy family=calls evidence=call,storage",
            "alert c rule=reentrancy family=calls evidence=call,storage on=Vault,Oracle,Router",
            "alert d share=2000 on=Oracle,Vault",
            "alert e rule=sure family=invariant evidence=observed conf=99 sev=critical",
            "alert f rule=takeover family=access kind=access/role-takeover evidence=log conf=90",
            "withdraw a", "withdraw b", "next", "next", "next", "run", "run", "rehearsals succeed",
            "rehearsals fail EnforcedPause()", "rehearsals blind no node", "head 12", "head 17", "head 18", "head 12 other",
            "wait 1800", "wait 3601", "never", "false a",
        ]), 1..18),
    ) {
        let mut told = Story::begin();
        told.happens("alert a share=1200 block=9 branch=first tx=t0");
        told.happens("alert b rule=reentrancy family=calls evidence=call,storage block=9 tx=t0");
        for line in lines {
            told.happens(line);
            machine_leave_is_safe(&told)?;
        }
    }
}

fn machine_leave_is_safe(told: &Story) -> Result<(), TestCaseError> {
    for incident in told.incidents() {
        let pairs = incident.plans.iter().flat_map(|plan| plan.plan.steps.iter().map(move |step| (plan, step)));
        for (plan, step) in pairs {
            let Leave::Granted { by, .. } = told.leave(&incident, plan, step) else { continue };
            prop_assert!(matches!(by, Grantor::Policy(_)), "no person approved");
            prop_assert!(step.harm() != Harm::Irreversible);
            prop_assert!(step.harm() == Harm::None || told.policy.automatic == Automatic::Reversible);
            prop_assert!(incident.standing == Standing::Stands && told.now <= step.limits.until);
            prop_assert_eq!(plan.plan.digest().unwrap(), plan.digest);
            let state = plan.state(&step.id).unwrap();
            prop_assert!(state.intent.is_none(), "nothing is taken twice");
            let rehearsal = state.rehearsal.clone().unwrap();
            prop_assert_eq!(rehearsal.verdict, case::Verdict::Succeeds);
            let behind = told.head().number.checked_sub(rehearsal.on.unwrap().number);
            let is_recent = behind.is_some_and(|behind| behind <= told.policy.rehearsal_blocks_max);
            prop_assert!(step.harm() == Harm::None || is_recent);
        }
    }
    Ok(())
}
