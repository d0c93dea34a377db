//! The words of the language that learnt rules are made of, each where it holds and where it does not.

use std::sync::Arc;

use crate::*;

/// How often a rule with this condition speaks in a scene.
fn told(on: &str, when: &str, lists: &str, scene: &str) -> usize {
    let card = format!(
        r#"schema = 1
id = "it"
title = "x"
family = "x"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "low"
confidence = 50
maturity = "sandbox"
needs = {{ sight = "executed", evidence = ["call", "flow", "storage"] }}
{lists}
[condition]
on = "{on}"
where = "everything"
when = "{when}"
subject = "tx.from"
message = "x"
"#
    );
    let text = RuleText { folder: "x/it".into(), card, page: "x".into(), ..RuleText::default() };
    let cards = read_rules(built_in().into_iter().chain([text])).unwrap();
    let of = |id: &str| Arc::clone(cards.iter().find(|card| card.id == id).unwrap());
    let scene = Scene::read("scene.toml", &format!("about = 'x'\n{scene}\n[expect]\nalerts = []\n")).unwrap();
    scene.play([of("it"), of("blind-spot")], "it").unwrap().len()
}

const PAID: &str = r#"
[[block]]
[[block.tx]]
from = "ada"
to = "vault"
calls = [{ to = "vault", call = "take()" }, { from = "vault", to = "ada", depth = 1, value = "90" }]
entries = [{ address = "vault", under = "ada", before = "100", after = "10", frame = 0, at = 1 }]
flows = [{ from = "vault", to = "ada", amount = "90", frame = 1, at = 2 }]
balances = [["vault", "100", "10"]]

[[block.tx]]
from = "mallory"
to = "purse"
calls = [{ to = "purse", call = "take()" }, { from = "purse", to = "mallory", depth = 1, value = "50" }]
entries = [{ address = "purse", under = "mallory", before = "100", after = "10", frame = 0, at = 1 }]
flows = [{ from = "purse", to = "mallory", amount = "50", frame = 1, at = 2 }]
"#;

#[test]
fn a_booked_payment_is_one_that_stands_under_somebodys_name_to_the_unit() {
    assert_eq!(told("flow", "flow.booked()", "", PAID), 1);
    assert_eq!(told("flow", "!flow.booked() && flow.amount == 50", "", PAID), 1);
}

#[test]
fn a_share_is_known_where_the_holding_is_proved() {
    assert_eq!(told("flow", "flow.share_bp() != null && flow.share_bp() == 9000", "", PAID), 1);
    assert_eq!(told("flow", "flow.share_bp() == null && flow.amount == 50", "", PAID), 1);
}

#[test]
fn a_function_was_called_where_a_call_lasted_that_may_have_changed_something() {
    let lists = "[list.steps]\nitems = ['take()']";
    let scene = |call: &str| {
        format!(
            "[[block]]\n[[block.tx]]\nfrom = 'ada'\nto = 'tool'\ncalls = [{{ to = 'tool', call = 'go()' }}, {call}]\n"
        )
    };
    let of = |call: &str| told("tx", "tx.called(list.steps)", lists, &scene(call));
    assert_eq!(of("{ from = 'tool', to = 'vault', depth = 1, call = 'take()' }"), 1);
    assert_eq!(of("{ from = 'tool', to = 'vault', depth = 1, call = 'give()' }"), 0);
    assert_eq!(of("{ from = 'tool', to = 'vault', depth = 1, kind = 'static-call', call = 'take()' }"), 0);
    assert_eq!(of("{ from = 'tool', to = 'vault', depth = 1, call = 'take()', status = 'revert' }"), 0);
}

#[test]
fn entered_again_is_what_the_detector_takes_for_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/rules/calls/reentrancy/cases/");
    let scene = |name: &str| {
        let text = std::fs::read_to_string(format!("{folder}{name}.toml")).unwrap();
        text.lines().skip(1).take_while(|line| *line != "[expect]").collect::<Vec<_>>().join("\n")
    };
    assert_eq!(told("tx", "tx.reentered()", "", &scene("hit-balance-written-late")), 1);
    assert_eq!(told("tx", "tx.reentered()", "", &scene("near-miss-lock-and-order")), 0);
}

#[test]
fn a_contract_is_known_by_the_shape_of_its_code_from_its_deployment_on() {
    let code = "5b".repeat(100);
    let bytes: Vec<u8> = vec![0x5b; 100];
    let lists = |shape| format!("[list.codes]\nitems = ['{shape}']");
    let scene = format!(
        "[[block]]\n[[block.tx]]\nfrom = 'ada'\ncalls = [{{ kind = 'create', to = 'tool', output = '0x{code}' }}]\ncodes = [{{ address = 'tool', creator = 'ada' }}]\n[[block.tx]]\nfrom = 'ada'\nto = 'tool'\ncalls = [{{ to = 'tool', call = 'go()' }}]\n[[block.tx]]\nfrom = 'ada'\nto = 'other'\ncalls = [{{ to = 'other', call = 'go()' }}]\n"
    );
    let is_it = "call.selector != null && codeshape(call.to) != null && codeshape(call.to) in list.codes";
    assert_eq!(told("call", is_it, &lists(atlas::bytecode::shape(&bytes)), &scene), 1);
    assert_eq!(told("call", is_it, &lists(atlas::bytecode::shape(&bytes[1..])), &scene), 0);
}
