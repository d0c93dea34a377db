//! Rules in data that use every construct of the language, on nothing but nonces, and speak of all they keep.

use crate::RuleText;

fn rule(id: &str, severity: &str, sections: &str, on: &str, when: &str, message: &str) -> RuleText {
    let card = format!(
        r#"schema = 1
id = "{id}"
title = "x"
family = "x"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "{severity}"
confidence = 50
maturity = "sandbox"
needs = {{ sight = "logs", evidence = ["call", "flow", "observed"] }}
{sections}
[condition]
on = "{on}"
where = "everything"
when = "{when}"
subject = "address('0x0202020202020202020202020202020202020202')"
message = "{message}"
"#
    );
    RuleText { folder: format!("x/{id}"), card, page: "x".into(), ..RuleText::default() }
}

/// One rule for each construct, and some that use several.
pub(super) fn rules() -> Vec<RuleText> {
    let mut rules = Vec::new();
    for measure in ["count", "sum", "rate", "distinct", "quantile", "min", "max", "first", "last"] {
        let value = if measure == "count" { "" } else { "value = 'tx.nonce'" };
        let more = if measure == "quantile" { "quantile_bp = 7500" } else { "" };
        for (unit, span) in [("blocks", 4), ("seconds", 30)] {
            let window = format!(
                "[window.it]\non = 'tx'\nkey = ['tx.nonce % 3']\n{value}\n{more}\nmeasure = '{measure}'\n{unit} = {span}\nentries_max = 3\nkeys_max = 2"
            );
            let id = format!("window-{measure}-{unit}");
            rules.push(rule(&id, "low", &window, "tx", "tx.nonce % 2 == 0", "{window.it(tx.nonce % 3)}"));
        }
    }
    let of_block = "[window.all]\non = 'block'\nvalue = 'block.number'\nmeasure = 'sum'\nblocks = 3";
    rules.push(rule("of-block", "low", of_block, "block", "window.all() % 2 == 0", "{window.all()}"));
    let steps = r#"
[sequence.it]
blocks = 6
keys_max = 2
[[sequence.it.step]]
name = "one"
on = "tx"
when = "tx.nonce % 5 == 1"
key = ["tx.nonce % 2"]
[[sequence.it.step]]
name = "two"
on = "tx"
when = "tx.nonce % 5 == 2"
key = ["tx.nonce % 2"]
[sequence.it.reset]
on = "tx"
when = "tx.nonce % 11 == 0"
key = ["tx.nonce % 2"]"#;
    rules.push(rule("sequence", "low", steps, "tx", "sequence.it(tx.nonce % 2)", "prepared"));
    for (id, more) in [("learner", ""), ("hourly", "every_seconds = 60\nseason = 'hour-of-day'")] {
        let baseline = format!(
            "[baseline.it]\non = 'tx'\nkey = ['tx.nonce % 2']\nvalue = 'tx.nonce'\nkeep = 5\nleast = 3\nleast_seconds = 0\nkeys_max = 3\n{more}"
        );
        rules.push(rule(
            id,
            "low",
            &baseline,
            "tx",
            "baseline.it(tx.nonce % 2).above(tx.nonce, 300) || baseline.it(tx.nonce % 2).rise(tx.nonce) > 100 || baseline.it(tx.nonce % 2).fall(tx.nonce) > 100",
            "{baseline.it(tx.nonce % 2).median} {baseline.it(tx.nonce % 2).spread} {baseline.it(tx.nonce % 2).score(tx.nonce)} {baseline.it(tx.nonce % 2).rise(tx.nonce)} {baseline.it(tx.nonce % 2).fall(tx.nonce)} {baseline.it(tx.nonce % 2).count}",
        ));
    }
    let mut cooling = rule("cooling", "low", "", "tx", "tx.nonce % 3 == 0", "{tx.nonce}");
    cooling.card += "key = ['tx.nonce % 2']\ncooldown_blocks = 3\n";
    rules.push(cooling);
    let mut latched = rule("latched", "low", "", "tx", "tx.nonce > 70", "{tx.nonce}");
    latched.card += "key = ['tx.nonce % 2']\nclear = 'tx.nonce < 20'\n";
    rules.push(latched);
    // Its alerts are what others do not learn from.
    rules.push(rule("loud", "high", "", "tx", "tx.nonce == 53", "{tx.nonce}"));
    let origins = "{flow.to} {funder(flow.to)} {creator(flow.to)} {entity(flow.to)} {codehash(flow.to)}";
    rules.push(rule("origins", "low", "", "flow", "flow.amount > 0", origins));
    rules
}
