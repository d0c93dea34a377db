//! Why an attack of the past was missed: what there was to see of it, and what a rule would have needed.

use std::collections::BTreeSet;

use case::Alert;
use facts::{Address, Asset, TxFacts, U256};

/// The reason in a sentence, from the facts alone, and the gravest that was said below an alarm.
pub(super) fn missed<'a>(tx: Option<&TxFacts>, alerts: impl IntoIterator<Item = &'a Alert>) -> String {
    let why = tx.map_or_else(|| "nothing of it could be read".to_owned(), reason);
    // That calls alone were seen is said of each of them.
    let gravest = alerts
        .into_iter()
        .filter(|alert| alert.rule.id != "blind-spot")
        .max_by_key(|alert| (alert.severity, alert.confidence));
    let said = gravest
        .map_or_else(|| "no rule spoke".to_owned(), |alert| format!("at most {} by {}", alert.severity, alert.rule.id));
    format!("{why}; {said}")
}

fn reason(tx: &TxFacts) -> String {
    let own = side(tx);
    let moved = |out: bool| -> BTreeSet<Asset> {
        let net = tx.net();
        let of = net.iter().filter(|row| own.contains(&row.account));
        of.filter(|row| if out { row.sent > row.received } else { row.received > row.sent })
            .map(|row| row.asset)
            .collect()
    };
    let (gained, gave) = (moved(false), moved(true));
    let payers: BTreeSet<Address> = tx
        .flows
        .iter()
        .filter(|flow| own.contains(&flow.to) && !own.contains(&flow.from) && flow.amount > U256::ZERO)
        .map(|flow| flow.from)
        .collect();
    match (tx.frames.len(), tx.flows.is_empty(), gained.is_empty(), gave.is_empty()) {
        _ if tx.to.is_none() && gained.is_empty() => {
            "it puts a contract in place and takes nothing yet: the harm comes in a later transaction".to_owned()
        }
        (..=3, true, _, _) => {
            "a plain call that moves nothing that calls tell of: who may make it, and what it set, is in \
                               storage"
                .to_owned()
        }
        (_, true, _, _) => {
            "no value moves by calls: it prepares something, or what it took is a number in storage".to_owned()
        }
        (_, _, true, _) => {
            "nobody who acts for the sender comes out richer: the gain is with an account whose tie to the \
                            sender lies in another transaction, or is a number in storage"
                .to_owned()
        }
        (_, _, false, false) => format!(
            "{} given and {} got, as in an exchange: that it was worth more is in prices, which calls do not tell",
            count(gave.len(), "asset"),
            count(gained.len(), "asset")
        ),
        (..=3, _, false, true) => {
            "a plain payment to whoever asked: that he might not ask for it is in storage".to_owned()
        }
        (_, _, false, true) => format!(
            "{} paid {} to whoever called, as a withdrawal or a claim does: that it was not owed is in storage",
            count(payers.len(), "contract"),
            count(gained.len(), "asset")
        ),
    }
}

/// The sender, what was made for the sender, and whatever the sender calls that calls on for itself and loses nothing.
fn side(tx: &TxFacts) -> BTreeSet<Address> {
    let mut own: BTreeSet<Address> = tx.codes.iter().map(|code| code.address).collect();
    own.insert(tx.from);
    let calls_on = |to: &Address| tx.frames.iter().skip(1).any(|frame| frame.caller == *to && frame.depth == 1);
    let loses = |to: &Address| tx.net().iter().any(|row| row.account == *to && row.sent > row.received);
    own.extend(tx.to.filter(|to| calls_on(to) && !loses(to)));
    own
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("one {what}") } else { format!("{n} {what}s") }
}
