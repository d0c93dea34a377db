//! The means: what was borrowed, what was manipulated, what was entered again.

use facts::{Address, AssetId, B256, U256};

use super::{
    super::{
        amounts::{grouped, percent, share_bp},
        model::{Part, Saying, Sentence},
        reentry::Reentry,
        rows::Findings,
    },
    alike, own, sentence,
};

/// A pool's price that moved less is trade, in basis points.
const MOVED_BP_MIN: u64 = 500;

pub(super) fn borrowed(findings: &Findings<'_>) -> Vec<Sentence> {
    let cast = findings.cast;
    let told = findings.loans.iter().map(|loan| {
        let mut parts = vec![
            cast.part(loan.borrower),
            own(" borrowed "),
            cast.amount(loan.amount, &loan.asset),
            own(" from "),
            cast.part(loan.lender),
        ];
        if loan.fee.is_zero() {
            parts.push(own(" and paid it back within the same call, without a fee."));
        } else {
            parts.push(own(" and paid it back within the same call, with a fee of "));
            parts.push(cast.amount(loan.fee, &loan.asset));
            parts.push(own("."));
        }
        sentence(Saying::Borrowed, parts, vec![loan.frame])
    });
    alike(Saying::Borrowed, told.collect(), "BORROWED")
}

pub(super) fn manipulated(findings: &Findings<'_>) -> Vec<Sentence> {
    let cast = findings.cast;
    let mut told = Vec::new();
    for reading in findings.readings {
        let moved = share_bp(reading.worst.abs_diff(reading.first), reading.first);
        let direction = if reading.worst > reading.first { "more" } else { "less" };
        let by = moved.map_or_else(|| "out of nothing".to_owned(), |moved| format!("{} {direction}", percent(moved)));
        let parts = vec![
            own("What "),
            cast.part(reading.account.address),
            own(" answers to "),
            Part::Own(reading.function.clone()),
            own(format!(
                " changed under way from {} to {}, {by}.",
                grouped(&reading.first.to_string()),
                grouped(&reading.worst.to_string()),
            )),
        ];
        told.push(sentence(Saying::Manipulated, parts, vec![reading.worst_frame, reading.first_frame]));
    }
    for price in findings.prices {
        let Some(moved) = price.moved_bp.filter(|moved| *moved >= MOVED_BP_MIN) else { continue };
        let left = price.left_bp.map(percent).unwrap_or_default();
        let before = price.before.clone().unwrap_or_default();
        let parts = vec![
            own("The price of "),
            symbol(findings, &price.base),
            own(" in pool "),
            cast.part(price.pool.address),
            own(format!(" was moved by {}, from {before} to {} ", percent(moved), price.worst)),
            symbol(findings, &price.quote),
            own(format!(", and ended {left} away from where it began.")),
        ];
        told.push(sentence(Saying::Manipulated, parts, vec![price.frame]));
    }
    alike(Saying::Manipulated, told, "PRICES")
}

fn symbol(findings: &Findings<'_>, asset: &AssetId) -> Part {
    let token = asset.as_str().split_once("/erc20:").and_then(|(_, token)| token.parse().ok());
    match token {
        Some(token) => match findings.cast.token(token) {
            Some((symbol, _)) => Part::Foreign(symbol),
            None => findings.cast.part(token),
        },
        None => Part::Own(asset.to_string()),
    }
}

/// Re-entries, those of one contract by one caller into one function told together, the dangerous first.
pub(super) fn reentered(findings: &Findings<'_>) -> Vec<Sentence> {
    let cast = findings.cast;
    let mut groups: Vec<Vec<&Reentry>> = Vec::new();
    for held in findings.reentries {
        let alike = |group: &&mut Vec<&Reentry>| {
            let first = group[0];
            first.account == held.account
                && first.by == held.by
                && findings.function(first.frame) == findings.function(held.frame)
                && findings.function(first.outer) == findings.function(held.outer)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(held),
            None => groups.push(vec![held]),
        }
    }
    // A callback that disturbs nothing is how half of all contracts work: only what could matter is told.
    let rests = |group: &Vec<&Reentry>| group.iter().find_map(|held| held.stale_slot);
    let matters = |group: &Vec<&Reentry>| rests(group).is_some();
    let told = groups.iter().filter(|group| matters(group)).map(|group| {
        let first = group[0];
        let times = match group.len() {
            1 => "again".to_owned(),
            more => format!("again {more} times"),
        };
        let named = |frame| findings.function(frame).map_or_else(String::new, |function| format!(" by {function}"));
        let running = findings.function(first.outer).unwrap_or_else(|| "an earlier call".to_owned());
        let mut parts = vec![
            cast.part(first.by),
            own(" entered "),
            cast.part(first.account),
            own(format!(" {times}{} while its {running} was not done", named(first.frame))),
        ];
        if let Some(slot) = rests(group) {
            parts.push(own(format!(
                ": what it then wrote into {} rests on what it had read before",
                place(findings, first.account, slot)
            )));
        }
        parts.push(own("."));
        let frames = [first.outer, first.frame].into_iter().chain(group.iter().skip(1).map(|held| held.frame));
        sentence(Saying::Reentered, parts, frames.collect())
    });
    alike(Saying::Reentered, told.collect(), "ENTERED AGAIN")
}

/// A slot by its name, where it has one.
fn place(findings: &Findings<'_>, account: Address, slot: B256) -> String {
    let mut rows = findings.storage.iter();
    let row = rows.find(|row| row.account.address == account && row.slot == slot);
    if let Some(name) = row.and_then(|row| row.name.clone()) {
        return name;
    }
    let text = format!("{:#x}", U256::from_be_bytes(slot.0));
    if text.len() > 18 { format!("slot {}…{}", &text[..8], &text[text.len() - 4..]) } else { format!("slot {text}") }
}
