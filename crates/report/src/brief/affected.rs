//! Who is affected, by how much, and where the money went.

use case::{Hop, LossAmounts, Place};
use facts::{AccountId, U256};

use crate::{
    CaseFile,
    amount::{account, amount},
    code,
    markdown::listed,
};

/// Accounts and rows that are told one by one.
const TOLD: usize = 50;

pub(super) fn victims(file: &CaseFile<'_>) -> Vec<String> {
    accounts(file, &file.incident.victims())
}

pub(super) fn attackers(file: &CaseFile<'_>) -> Vec<String> {
    accounts(file, &file.incident.attackers())
}

fn accounts(file: &CaseFile<'_>, ids: &[AccountId]) -> Vec<String> {
    listed(ids, TOLD, |id| account(file, id))
}

/// What people here call those that are affected.
pub(super) fn own_names(file: &CaseFile<'_>) -> Vec<String> {
    let mut accounts = file.incident.victims();
    accounts.push(file.incident.subject.clone());
    let mut names: Vec<String> = accounts.iter().filter_map(|account| file.names.account(account)).collect();
    names.sort();
    names.dedup();
    names
}

/// Victim, lost, returned, still missing, remarks; the sums last.
pub(super) fn losses(file: &CaseFile<'_>) -> Vec<Vec<String>> {
    let Some(losses) = &file.incident.ledger.losses else { return Vec::new() };
    let cells = |who: String, asset, amounts: &LossAmounts| {
        let cell = |of: U256| if of.is_zero() { "0".to_owned() } else { amount(file, of, asset) };
        let remark = |of: U256, what: &str| (!of.is_zero()).then(|| format!("{} {what}", amount(file, of, asset)));
        let remarks = [remark(amounts.unjudged, "not judged"), remark(amounts.unproved, "not proved")];
        let remarks = remarks.into_iter().flatten().collect::<Vec<_>>().join(", ");
        vec![who, cell(amounts.lost), cell(amounts.returned), cell(amounts.outstanding), remarks]
    };
    let mut rows: Vec<Vec<String>> =
        losses.rows.iter().take(TOLD).map(|row| cells(account(file, &row.victim), &row.asset, &row.amounts)).collect();
    let more = losses.rows.len().saturating_sub(TOLD) as u64 + losses.rows_left_out;
    if more > 0 {
        rows.push(vec![format!("and {more} more"), String::new(), String::new(), String::new(), String::new()]);
    }
    let sums = losses.totals.iter().take(TOLD);
    rows.extend(sums.map(|total| cells("**all**".to_owned(), &total.asset, &total.amounts)));
    rows
}

/// Where taken money rests: amount, with whom, what kind of place.
pub(super) fn rests(file: &CaseFile<'_>) -> Vec<Vec<String>> {
    let Some(money) = &file.incident.ledger.money else { return Vec::new() };
    let mut rows = Vec::new();
    let mut more = money.trails_left_out;
    for rest in money.trails.iter().flat_map(|trail| &trail.rests) {
        if rows.len() == TOLD {
            more += 1;
            continue;
        }
        let place = match rest.place {
            Place::Attacker => "named as an attacker",
            Place::Victim => "came back",
            Place::Burnt => "burnt",
            Place::Other => "not judged: an exchange, a bridge, a mixer, a pool or a person",
        };
        let holding = &rest.holding;
        let held = amount(file, holding.amount, &holding.asset);
        rows.push(vec![held, account(file, &holding.account), place.to_owned()]);
    }
    more += money.trails.iter().map(|trail| trail.rests_left_out).sum::<u64>();
    if more > 0 {
        rows.push(vec![format!("and {more} more"), String::new(), String::new()]);
    }
    rows
}

/// Each movement of taken money: in which transaction, how much, from whom to whom.
pub(super) fn hops(file: &CaseFile<'_>) -> Vec<String> {
    let Some(money) = &file.incident.ledger.money else { return Vec::new() };
    let line = |hop: &Hop| {
        let (from, to) = (account(file, &hop.from), account(file, &hop.to));
        format!("{} from {from} to {to}, in {}", amount(file, hop.amount, &hop.asset), code(&hop.tx.to_string()))
    };
    let mut lines = listed(money.trails.iter().flat_map(|trail| &trail.hops), TOLD, line);
    let more: u64 = money.trails.iter().map(|trail| trail.hops_left_out).sum();
    if more > 0 {
        lines.push(format!("and {more} more, which the case file only counts"));
    }
    lines
}
