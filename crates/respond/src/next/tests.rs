use expect_test::{Expect, expect};

use crate::story::{self, Story};

fn check(story: &str, expected: Expect) {
    expected.assert_eq(&story::tell(story));
}

const ATTACK: &str = "alert drain share=1200
    alert entered rule=reentrancy family=calls kind=reentrancy/classic evidence=call,storage";

#[test]
fn an_attack_is_contained_without_a_person() {
    check(
        &format!(
            "{ATTACK}
             run
             sent pause-vault
             run
             done pause-vault
             phase
             run
             done tell
             next"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            drain says so is Contained, severity critical
            rehearse tell on 11
            policy `default` approves tell: a message changes nothing on chain
            take tell: a message changes nothing on chain
            await the outcome of tell
            nothing to do
        "#]],
    );
}

#[test]
fn a_reorg_of_the_pause_is_waited_out_and_nothing_is_sent_twice() {
    check(
        &format!(
            "{ATTACK}
             run
             done pause-vault
             lost pause-vault
             phase
             run
             done pause-vault
             phase"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            drain says so is Containment, severity critical
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            drain says so is Contained, severity critical
        "#]],
    );
}

#[test]
fn a_rehearsal_that_fails_sends_nothing_and_a_person_is_told() {
    check(
        &format!(
            "{ATTACK}
             rehearsals fail reverted with EnforcedPause()
             run
             run
             head 12
             run
             approve alice pause-vault
             rehearsals succeed
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            refuse pause-vault: the rehearsal failed, so nothing was sent: reverted with EnforcedPause(); see what stands in its way, then approve it to have it rehearsed again
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
            rehearse pause-vault on 12
            tell waits: it waits until `pause-vault` is done
            take pause-vault: alice agreed
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn a_rehearsal_that_could_not_be_held_is_no_success() {
    check(
        &format!(
            "{ATTACK}
             rehearsals blind the node does not answer
             run
             approve alice pause-vault
             run
             head 12
             approve alice pause-vault
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            refuse pause-vault: it could not be rehearsed, so nothing was sent: the node does not answer; see what stands in its way, then approve it to have it rehearsed again
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
            refuse pause-vault: it could not be rehearsed, so nothing was sent: the node does not answer; see what stands in its way, then approve it to have it rehearsed again
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
            rehearse pause-vault on 12
            tell waits: it waits until `pause-vault` is done
            refuse pause-vault: it could not be rehearsed, so nothing was sent: the node does not answer; see what stands in its way, then approve it to have it rehearsed again
            tell waits: it waits until `pause-vault` is done
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn an_old_rehearsal_is_repeated_before_the_intent_and_not_while_people_think() {
    check(
        "never
         alert drain share=1200
         run
         head 60
         run
         approve alice pause-vault
         run",
        expect![[r#"
            drain opens case 1: critical logic/accounting
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            ask people about pause-vault, 0 of 1: policy `default` lets no machine act on a chain
            tell waits: it waits until `pause-vault` is done
            ask people about pause-vault, 0 of 1: policy `default` lets no machine act on a chain
            tell waits: it waits until `pause-vault` is done
            rehearse pause-vault on 60
            tell waits: it waits until `pause-vault` is done
            take pause-vault: alice agreed
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn what_cannot_be_taken_back_waits_for_people() {
    check(
        "alert drain share=1200 on=Oracle
         alert entered rule=reentrancy family=calls evidence=call,storage on=Oracle conf=100
         run
         approve alice pause-oracle
         run",
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-oracle: stop() on Oracle by guardian, irreversible
                tell: webhook war-room, harmless, after pause-oracle
            rehearse pause-oracle on 11
            tell waits: it waits until `pause-oracle` is done
            ask people about pause-oracle, 0 of 1: it cannot be taken back, so no machine may do it alone
            tell waits: it waits until `pause-oracle` is done
            take pause-oracle: alice agreed
            tell waits: it waits until `pause-oracle` is done
            await the outcome of pause-oracle
            tell waits: it waits until `pause-oracle` is done
        "#]],
    );
}

#[test]
fn a_withdrawn_case_waits_and_goes_on_when_the_attack_is_seen_again() {
    check(
        &format!(
            "{ATTACK}
             next
             withdraw drain
             withdraw entered
             run
             alert drain2 share=1200 branch=b
             alert entered2 rule=reentrancy family=calls evidence=call,storage branch=b
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            drain is withdrawn from case 1: block 10 was lost in a reorg; other alerts of the case stand
            entered is withdrawn from case 1: block 10 was lost in a reorg, and no alert of the case stands any more
            pause-vault waits: no alert of the case stands any more; the step waits until the attack is seen again
            tell waits: no alert of the case stands any more; the step waits until the attack is seen again
            drain2 belongs to case 1: seen again after a reorg had withdrawn it
            entered2 belongs to case 1: seen again after a reorg had withdrawn it
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn leave_of_a_policy_ends_with_its_reasons() {
    check(
        &format!(
            "{ATTACK}
             next
             next
             next
             withdraw entered
             run
             approve alice pause-vault
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            entered is withdrawn from case 1: block 10 was lost in a reorg; other alerts of the case stand
            ask people about pause-vault, 0 of 1: drain stands alone, below a confidence of 95
            tell waits: it waits until `pause-vault` is done
            take pause-vault: alice agreed
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn a_plan_that_nobody_answered_in_time_is_made_anew() {
    check(
        "never
         alert drain share=1200
         run
         wait 3601
         run",
        expect![[r#"
            drain opens case 1: critical logic/accounting
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            ask people about pause-vault, 0 of 1: policy `default` lets no machine act on a chain
            tell waits: it waits until `pause-vault` is done
            plan, as the plan before ran out before it was done:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            ask people about pause-vault, 0 of 1: policy `default` lets no machine act on a chain
            tell waits: it waits until `pause-vault` is done
        "#]],
    );
}

#[test]
fn a_second_victim_gets_a_plan_and_the_first_is_not_paused_twice() {
    check(
        &format!(
            "{ATTACK}
             webhooks
             run
             alert more share=500 on=Router tx=t2 block=11
             alert deep rule=reentrancy family=calls evidence=call,storage on=Router tx=t2 block=11
             next
             done pause-vault
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
            rehearse pause-vault on 11
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            await the outcome of pause-vault
            more belongs to case 1: same attacker mallory
            deep belongs to case 1: same transaction
            await the outcome of pause-vault
            plan, as the plan before does not cover halt() on Router:
                pause-router: halt() on Router by guardian, reversible
            rehearse pause-router on 11
            policy `default` approves pause-router: drain (value) and reentrancy (calls) agree and share no kind of fact
            take pause-router: drain (value) and reentrancy (calls) agree and share no kind of fact
            await the outcome of pause-router
        "#]],
    );
}

#[test]
fn a_step_whose_forerunner_failed_is_refused() {
    check(
        &format!(
            "{ATTACK}
             run
             failed pause-vault
             run"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            refuse tell: it needs `pause-vault`, which failed: reverted; decide by hand
            nothing to do
        "#]],
    );
}

#[test]
fn what_the_installation_lacks_is_said() {
    check(
        "alert drain share=1200 on=Bridge\nrun",
        expect![[r#"
        drain opens case 1: critical logic/accounting
        no plan: playbook `pause-protocol`: step `pause` on contract `Bridge` needs the signer `council`, which this installation does not have; add `[signer.council]` to breakglass.toml, or name another `signer` in protocol.toml
    "#]],
    );
    check(
        "alert drain share=1200 on=Token\nwebhooks\nrun",
        expect![[r#"
        drain opens case 1: critical logic/accounting
        no plan: playbook `observe`: step `page` needs the webhook `war-room`, which this installation does not have; add `[webhook.war-room]` to breakglass.toml, or write `optional = true` in the playbook
    "#]],
    );
    check(
        "alert drain sev=medium on=stranger\nrun",
        expect![[r#"
        drain opens case 1: medium logic/accounting
        plan, as playbook `observe` is for this incident:
            page: webhook war-room, harmless
        rehearse page on 11
        policy `default` approves page: a message changes nothing on chain
        take page: a message changes nothing on chain
        await the outcome of page
    "#]],
    );
}

#[test]
fn nobody_is_asked_for_ever() {
    let mut told = Story::begin();
    ["never", "alert drain share=1200"].iter().for_each(|line| told.happens(line));
    for _ in 0..super::PLANS_MAX {
        told.happens("run");
        told.happens("wait 3601");
    }
    assert_eq!(told.incident().plans.len(), super::PLANS_MAX);
    told.clear();
    told.happens("run");
    expect![[r#"
        no plan: 24 plans were made of this case and none came to an end; decide by hand
        refuse pause-vault: it was to be taken until 2026-11-22T03:00:23Z, and it is 2026-11-22T03:00:24Z; plan again
        refuse tell: it was to be taken until 2026-11-22T03:00:23Z, and it is 2026-11-22T03:00:24Z; plan again
        nothing to do
    "#]]
    .assert_eq(told.said());
}

#[test]
fn a_restart_anywhere_comes_to_the_same_end() {
    // Each action is derived from the folded entries alone, so that running in one go and folding anew before each step
    // write the same.
    let story = |steps: &str| story::tell(&format!("{ATTACK}\n{steps}"));
    let (one_go, by_steps) = (story("run"), story("next\nnext\nnext\nnext\nnext"));
    assert!(by_steps.starts_with(one_go.trim_end()), "{one_go}\n--\n{by_steps}");
}

#[test]
fn a_closed_case_is_left_alone_but_for_what_is_on_its_way() {
    check(
        &format!(
            "{ATTACK}
             run
             close 1
             next
             done pause-vault
             next"
        ),
        expect![[r#"
            drain opens case 1: critical logic/accounting
            entered belongs to case 1: same transaction
            plan, as playbook `pause-protocol` is for this incident:
                pause-vault: pause() on Vault by guardian, reversible
                tell: webhook war-room, harmless, after pause-vault
            rehearse pause-vault on 11
            tell waits: it waits until `pause-vault` is done
            policy `default` approves pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            take pause-vault: drain (value) and reentrancy (calls) agree and share no kind of fact
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            tell waits: it waits until `pause-vault` is done
            await the outcome of pause-vault
            nothing to do
        "#]],
    );
}
