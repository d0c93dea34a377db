//! The least amount that a condition asks for keeps smaller ones away from the rule, and nothing else.

use super::*;

/// A rule is woken by amounts that can fit, however it asks for them, and by all that do.
#[test]
fn amounts_that_fit_wake_a_rule() {
    type Form = (&'static str, u64, fn(u64) -> bool);
    let forms: [Form; 9] = [
        ("flow.amount > 99", 100, |amount| amount > 99),
        ("flow.amount >= params.limit", 100, |amount| amount >= 100),
        ("99 < flow.amount", 100, |amount| amount > 99),
        ("params.limit * 2 <= flow.amount", 200, |amount| amount >= 200),
        ("flow.amount / 3 > 33 && flow.amount > 20", 102, |amount| amount / 3 > 33),
        ("33 <= flow.amount / 3", 99, |amount| amount / 3 >= 33),
        ("flow.amount < 100", 0, |amount| amount < 100),
        ("(flow.amount > 200 || flow.amount < 2)", 0, |amount| !(2..=200).contains(&amount)),
        ("!(flow.amount > 99)", 0, |amount| amount <= 99),
    ];
    for (form, at_least, fits) in forms {
        let when = format!("flow.from == address(params.who) && {form}");
        let more = format!("[parameters]\nwho = '{}'\nlimit = 100", account(2));
        let rule = card("a", "flow", "everything", &when, "flow.from", &more);
        let cards = read_rules([rule.clone()]).unwrap();
        let woken = build(&mut Workshop::default(), &cards[0]).unwrap().wakes();
        let whose = Whose::Account(account(2));
        assert_eq!(woken, [Wake::Moved { whose, at_least: U256::from(at_least) }], "{form}");
        let rules = detectors([rule], Protected::everything());
        for amount in 0..=260 {
            let (asset, kind) = (Asset::Erc20(account(9)), FlowKind::Event);
            let amount_moved = U256::from(amount);
            let flow = Flow { asset, from: account(2), to: account(4), amount: amount_moved, kind, frame: 0, at: 0 };
            let tx = TxFacts { flows: vec![flow], ..TxFacts::default() };
            let seen = rules.block(&chain(), &block(vec![tx], vec![]), &mut Memory::default()).unwrap();
            assert_eq!(seen.alerts.len(), usize::from(fits(amount)), "{form} of {amount}");
        }
    }
}
