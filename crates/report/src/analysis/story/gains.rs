//! Who lost what, who gained what, and what it cost.

use std::cmp::Reverse;

use facts::{Address, Asset, FlowKind, NetChange, U256};

use super::{
    super::{
        amounts::{percent, share_bp},
        model::{Part, Saying, Sentence},
        rows::Findings,
    },
    alike, own, sentence,
};

/// Assets told in one sentence.
const ASSETS_MAX: usize = 6;

/// Who lost: the others of which something is missing, if the sender's side is there to have taken it.
pub(super) fn lost(findings: &Findings<'_>) -> Vec<Sentence> {
    let Findings { facts, cast, sides, material, .. } = findings;
    let suspected = !material.alerts.is_empty() || !findings.loans.is_empty();
    if !suspected {
        return moved(findings);
    }
    let mut told: Vec<((u8, Reverse<u64>), Sentence)> = Vec::new();
    for net in findings.net.iter().filter(|net| !net.loss().is_zero() && !sides.is_own(net.account)) {
        if !is_victim(findings, net) {
            continue;
        }
        let held = facts.holding(net.account, &net.asset).map(|(before, _)| before);
        let share = held.and_then(|before| share_bp(net.loss(), before));
        let mut parts = vec![cast.part(net.account), own(" lost "), cast.amount(net.loss(), &net.asset)];
        if let Some(share) = share {
            parts.push(own(format!(", {} of what it held", percent(share))));
        }
        parts.push(own("."));
        let frames = facts.flows.iter().filter(|flow| flow.from == net.account && flow.asset == net.asset);
        let sentence = sentence(Saying::Lost, parts, frames.map(|flow| flow.frame).collect());
        // What a reader knows the worth of comes first, and of that those that lost most of what they had.
        let rank = match net.asset {
            Asset::Native => 0,
            Asset::Erc20(token) if material.chain.wrapped_native.contains(&token) => 1,
            Asset::Erc20(token) if cast.token(token).is_some() => 2,
            _ => 3,
        };
        told.push(((rank, Reverse(share.unwrap_or_default())), sentence));
    }
    told.sort_by_key(|(rank, _)| *rank);
    alike(Saying::Lost, told.into_iter().map(|(_, sentence)| sentence).collect(), "WHO LOST AND GAINED")
}

/// Whom the rules name as victims, and what is protected. Where they name nobody: whoever lost and got nothing for it. A
/// contract that burnt what it had issued, as a wrapper of the coin does, has paid a debt.
fn is_victim(findings: &Findings<'_>, net: &NetChange) -> bool {
    let Findings { facts, cast, material, .. } = findings;
    let id = cast.id(net.account);
    if material.protocol.is_some_and(|protocol| protocol.contains(&id)) {
        return true;
    }
    if material.alerts.iter().any(|alert| !alert.victims.is_empty()) {
        return material.alerts.iter().any(|alert| alert.victims.contains(&id));
    }
    let own_paper = |flow: &&facts::Flow| flow.asset.contract() == Some(net.account) && flow.to.is_zero();
    if facts.flows.iter().any(|flow| own_paper(&flow)) {
        return false;
    }
    let mut others = findings.net.iter().filter(|other| other.account == net.account);
    others.all(|other| other.gain().is_zero())
}

/// What the sender's side came out with, and what it cost.
pub(super) fn gained(findings: &Findings<'_>) -> Vec<Sentence> {
    let Findings { facts, cast, sides, fees, material, .. } = findings;
    let mut told = Vec::new();
    let suspected = !material.alerts.is_empty() || !findings.loans.is_empty();
    let balance = sides.balance(facts);
    if suspected && !balance.is_empty() {
        let list = |parts: &mut Vec<Part>, of: Vec<(Asset, U256)>| {
            let more = of.len().saturating_sub(ASSETS_MAX);
            for (index, (asset, amount)) in of.iter().take(ASSETS_MAX).enumerate() {
                parts.push(own(if index > 0 { ", " } else { " " }));
                parts.push(cast.amount(*amount, asset));
            }
            if more > 0 {
                parts.push(own(format!(" and {more} more assets")));
            }
        };
        let gains: Vec<(Asset, U256)> =
            balance.iter().filter(|(_, gain, _)| !gain.is_zero()).map(|(asset, gain, _)| (*asset, *gain)).collect();
        // As above: what a reader knows the worth of comes first.
        let unknown = |asset: &Asset| asset.contract().is_some_and(|token| cast.token(token).is_none());
        let mut gains = gains;
        gains.sort_by_key(|(asset, _)| unknown(asset));
        let losses: Vec<(Asset, U256)> =
            balance.iter().filter(|(.., loss)| !loss.is_zero()).map(|(asset, _, loss)| (*asset, *loss)).collect();
        let mut parts = vec![own("The sender's side")];
        if !gains.is_empty() {
            parts.push(own(" gained"));
            list(&mut parts, gains.clone());
        }
        if !losses.is_empty() {
            parts.push(own(if gains.is_empty() { " came out with less:" } else { " and gave" }));
            list(&mut parts, losses);
        }
        if !findings.loans.is_empty() {
            parts.push(own(", after paying back what was borrowed with its fees"));
        }
        parts.push(own("."));
        let mut frames: Vec<u32> = Vec::new();
        for (asset, _) in gains.iter().take(ASSETS_MAX) {
            let into = facts.flows.iter().filter(|flow| flow.asset == *asset && sides.is_own(flow.to));
            frames.extend(into.filter(|flow| !sides.is_own(flow.from)).map(|flow| flow.frame).take(2));
        }
        told.push(sentence(Saying::Gained, parts, frames));
        told.extend(keepers(findings, &gains));
    }
    if fees.gas.is_zero() && fees.blobs.is_zero() {
        return told;
    }
    let mut parts = vec![own("It cost "), cast.amount(fees.gas, &Asset::Native), own(" of gas")];
    if !fees.blobs.is_zero() {
        parts.push(own(" and "));
        parts.push(cast.amount(fees.blobs, &Asset::Native));
        parts.push(own(" for blobs"));
    }
    if !fees.builder.is_zero() {
        parts.push(own(", and "));
        parts.push(cast.amount(fees.builder, &Asset::Native));
        parts.push(own(" went to the block's builder"));
    }
    let native = balance.iter().find(|(asset, ..)| *asset == Asset::Native).map(|(_, gain, _)| *gain);
    if let Some(gain) = native.filter(|gain| suspected && !gain.is_zero()) {
        let cost = fees.gas.saturating_add(fees.blobs);
        match gain.checked_sub(cost) {
            Some(left) => {
                parts.push(own(": "));
                parts.push(cast.amount(left, &Asset::Native));
                parts.push(own(" of the gain are left after that"));
            }
            None => parts.push(own(": more than it gained in coin")),
        }
    }
    parts.push(own("."));
    let paid = facts.flows.iter().filter(|flow| !fees.builder.is_zero() && Some(flow.to) == material.builder);
    told.push(sentence(Saying::Gained, parts, paid.map(|flow| flow.frame).collect()));
    told
}

/// Where on the sender's side the gains rest.
fn keepers(findings: &Findings<'_>, gains: &[(Asset, U256)]) -> Option<Sentence> {
    let Findings { cast, sides, .. } = findings;
    let mut keepers: Vec<Address> = Vec::new();
    for net in findings.net.iter().filter(|net| sides.is_own(net.account) && !net.gain().is_zero()) {
        if gains.iter().any(|(asset, _)| *asset == net.asset) && !keepers.contains(&net.account) {
            keepers.push(net.account);
        }
    }
    if keepers.is_empty() {
        return None;
    }
    let mut parts = vec![own("It rests with ")];
    for (index, keeper) in keepers.iter().take(ASSETS_MAX).enumerate() {
        if index > 0 {
            parts.push(own(", "));
        }
        parts.push(cast.part(*keeper));
    }
    if keepers.len() > ASSETS_MAX {
        parts.push(own(format!(" and {} more", keepers.len() - ASSETS_MAX)));
    }
    parts.push(own("."));
    Some(sentence(Saying::Gained, parts, Vec::new()))
}

/// What moved, where nobody is suspected of anything.
fn moved(findings: &Findings<'_>) -> Vec<Sentence> {
    let Findings { facts, cast, .. } = findings;
    let told = facts.flows.iter().filter(|flow| flow.kind != FlowKind::Call || flow.frame > 0).map(|flow| {
        let amount = cast.amount(flow.amount, &flow.asset);
        let parts = match (flow.from.is_zero(), flow.to.is_zero()) {
            (true, _) => vec![amount, own(" were minted for "), cast.part(flow.to), own(".")],
            (_, true) => vec![amount, own(" of "), cast.part(flow.from), own(" were burnt.")],
            _ => vec![amount, own(" went from "), cast.part(flow.from), own(" to "), cast.part(flow.to), own(".")],
        };
        sentence(Saying::Moved, parts, vec![flow.frame])
    });
    alike(Saying::Moved, told.collect(), "MOVEMENTS")
}
