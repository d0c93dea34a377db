//! The rules that are written in Rust. Each is a file here, a line in the table, and a folder in `data/rules`.

mod announced_change;
mod balance_from_nothing;
pub(crate) mod blind_spot;
mod cashed_later;
mod claims_from_nothing;
mod claims_uncovered;
mod copied_address;
mod delegated_sweep;
pub(crate) mod drain;
mod drawn_for_others;
mod emptied_by_strangers;
mod emptied_to_stranger;
mod failed_privileged_burst;
pub(crate) mod flash_gain;
mod holders_swept;
mod inflated_share;
mod liquidity_pulled;
mod listed_then_sold;
mod lured_owner;
mod minted_and_sold;
mod owner_unasked;
mod payee_replaced;
mod power_taken;
mod price_apart;
mod privileged_change;
mod proposal_tried;
pub(crate) mod reentrancy;
mod rounding_drain;
mod safe_singleton;
mod self_appointed;
mod self_granted;
mod service_refused;
mod signature_used_again;
mod sooner_than_said;
mod staged_contract;
mod stopped_feed;
mod unguarded;
mod unlike_itself;
pub(crate) mod windfall;

use std::sync::Arc;

use crate::{DetectError, Detector, RuleCard, announced, place::suggest};

/// A detector, or why its card does not fit it.
type Built = Result<Box<dyn Detector>, DetectError>;

/// A detector in Rust.
struct BuiltIn {
    /// The id of its card.
    id: &'static str,
    /// Raised whenever its code changes what it says; part of the rule's digest.
    version: u32,
    /// The parameters its card must have, no more and no less.
    parameters: &'static [&'static str],
    /// Reads the parameters.
    build: fn(Arc<RuleCard>) -> Built,
}

/// All of them, in order of their ids.
const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        id: announced::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(announced_change::AnnouncedChange::new(card)),
    },
    BuiltIn {
        id: balance_from_nothing::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(balance_from_nothing::BalanceFromNothing::new(card)),
    },
    BuiltIn {
        id: blind_spot::ID,
        version: 1,
        parameters: &["repeat_blocks"],
        build: |card| boxed(blind_spot::BlindSpot::new(card)),
    },
    BuiltIn {
        id: cashed_later::ID,
        version: 1,
        parameters: &["share_bp_min"],
        build: |card| boxed(cashed_later::CashedLater::new(card)),
    },
    BuiltIn {
        id: claims_from_nothing::ID,
        version: 1,
        parameters: &["lent_bp_min", "repeats_min", "share_bp_min", "sold_bp_min"],
        build: |card| boxed(claims_from_nothing::ClaimsFromNothing::new(card)),
    },
    BuiltIn {
        id: claims_uncovered::ID,
        version: 1,
        parameters: &["claims_min", "power_blocks", "share_bp_min", "uncovered_bp_min"],
        build: |card| boxed(claims_uncovered::ClaimsUncovered::new(card)),
    },
    BuiltIn {
        id: copied_address::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(copied_address::CopiedAddress::new(card)),
    },
    BuiltIn {
        id: delegated_sweep::ID,
        version: 1,
        parameters: &["share_bp_min"],
        build: |card| boxed(delegated_sweep::DelegatedSweep::new(card)),
    },
    BuiltIn {
        id: drain::ID,
        version: 2,
        parameters: &["share_bp_critical", "share_bp_elsewhere", "share_bp_min", "victims_elsewhere"],
        build: |card| boxed(drain::Drain::new(card)),
    },
    BuiltIn {
        id: drawn_for_others::ID,
        version: 1,
        parameters: &["left_bp_max", "others_min"],
        build: |card| boxed(drawn_for_others::DrawnForOthers::new(card)),
    },
    BuiltIn {
        id: emptied_by_strangers::ID,
        version: 1,
        parameters: &["payers_min", "share_bp_min", "stranger_blocks", "window_blocks"],
        build: |card| boxed(emptied_by_strangers::EmptiedByStrangers::new(card)),
    },
    BuiltIn {
        id: emptied_to_stranger::ID,
        version: 1,
        parameters: &["assets_min", "payers_min", "payments_min", "seconds", "share_bp_min", "usual_bp_max"],
        build: |card| boxed(emptied_to_stranger::EmptiedToStranger::new(card)),
    },
    BuiltIn {
        id: failed_privileged_burst::ID,
        version: 1,
        parameters: &["at_least", "window_blocks", "functions", "errors", "reasons"],
        build: |card| boxed(failed_privileged_burst::FailedPrivilegedBurst::new(card)),
    },
    BuiltIn {
        id: flash_gain::ID,
        version: 2,
        parameters: &["losses_critical", "share_bp_min"],
        build: |card| boxed(flash_gain::FlashGain::new(card)),
    },
    BuiltIn {
        id: holders_swept::ID,
        version: 1,
        parameters: &["dust_wei", "holders_min", "mostly_bp", "seconds", "share_bp_min"],
        build: |card| boxed(holders_swept::HoldersSwept::new(card)),
    },
    BuiltIn {
        id: inflated_share::ID,
        version: 1,
        parameters: &["gift_times_min", "units_max"],
        build: |card| boxed(inflated_share::InflatedShare::new(card)),
    },
    BuiltIn {
        id: liquidity_pulled::ID,
        version: 1,
        parameters: &["payers_min", "share_bp_min", "window_blocks"],
        build: |card| boxed(liquidity_pulled::LiquidityPulled::new(card)),
    },
    BuiltIn {
        id: listed_then_sold::ID,
        version: 1,
        parameters: &["listed_min", "share_bp_blocked", "share_bp_min"],
        build: |card| boxed(listed_then_sold::ListedThenSold::new(card)),
    },
    BuiltIn {
        id: lured_owner::ID,
        version: 1,
        parameters: &["share_bp_min"],
        build: |card| boxed(lured_owner::LuredOwner::new(card)),
    },
    BuiltIn {
        id: minted_and_sold::ID,
        version: 1,
        parameters: &["seconds", "share_bp_min", "times_min"],
        build: |card| boxed(minted_and_sold::MintedAndSold::new(card)),
    },
    BuiltIn {
        id: owner_unasked::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(owner_unasked::OwnerUnasked::new(card)),
    },
    BuiltIn {
        id: payee_replaced::ID,
        version: 1,
        parameters: &["entries_min", "senders_min"],
        build: |card| boxed(payee_replaced::PayeeReplaced::new(card)),
    },
    BuiltIn {
        id: power_taken::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(power_taken::PowerTaken::new(card)),
    },
    BuiltIn {
        id: price_apart::ID,
        version: 1,
        parameters: &["apart_bp_min", "jump_bp_min", "moved_bp_min", "seconds_min", "seen_min"],
        build: |card| boxed(price_apart::PriceApart::new(card)),
    },
    BuiltIn {
        id: privileged_change::ID,
        version: 1,
        parameters: &["unannounced_confidence"],
        build: |card| boxed(privileged_change::PrivilegedChange::new(card)),
    },
    BuiltIn {
        id: proposal_tried::ID,
        version: 1,
        parameters: &["share_bp_min"],
        build: |card| boxed(proposal_tried::ProposalTried::new(card)),
    },
    BuiltIn { id: reentrancy::ID, version: 3, parameters: &[], build: |card| boxed(reentrancy::Reentrancy::new(card)) },
    BuiltIn {
        id: rounding_drain::ID,
        version: 1,
        parameters: &["rounds_min"],
        build: |card| boxed(rounding_drain::RoundingDrain::new(card)),
    },
    BuiltIn {
        id: safe_singleton::ID,
        version: 1,
        parameters: &["releases"],
        build: |card| boxed(safe_singleton::SafeSingleton::new(card)),
    },
    BuiltIn {
        id: self_appointed::ID,
        version: 1,
        parameters: &["share_bp_member", "share_bp_owner"],
        build: |card| boxed(self_appointed::SelfAppointed::new(card)),
    },
    BuiltIn {
        id: self_granted::ID,
        version: 1,
        parameters: &[],
        build: |card| boxed(self_granted::SelfGranted::new(card)),
    },
    BuiltIn {
        id: service_refused::ID,
        version: 1,
        parameters: &["entries_min", "gas_min", "refusals_min", "window_blocks"],
        build: |card| boxed(service_refused::ServiceRefused::new(card)),
    },
    BuiltIn {
        id: signature_used_again::ID,
        version: 1,
        parameters: &["soon_seconds"],
        build: |card| boxed(signature_used_again::SignatureUsedAgain::new(card)),
    },
    BuiltIn {
        id: sooner_than_said::ID,
        version: 1,
        parameters: &["cut_times_min", "delay_s_min"],
        build: |card| boxed(sooner_than_said::SoonerThanSaid::new(card)),
    },
    BuiltIn {
        id: staged_contract::ID,
        version: 1,
        parameters: &["score_trial", "score_medium", "score_high", "similarity_bp_min"],
        build: |card| boxed(staged_contract::StagedContract::new(card)),
    },
    BuiltIn {
        id: stopped_feed::ID,
        version: 1,
        parameters: &["fall_bp_min", "silent_s_min", "silent_times_min", "updates_min"],
        build: |card| boxed(stopped_feed::StoppedFeed::new(card)),
    },
    BuiltIn {
        id: unguarded::ID,
        version: 1,
        parameters: &["share_bp_min"],
        build: |card| boxed(unguarded::Unguarded::new(card)),
    },
    BuiltIn {
        id: unlike_itself::ID,
        version: 2,
        parameters: &[
            "acts_min",
            "days_min",
            "functions",
            "gas_times_min",
            "hours_apart_min",
            "nonce_times_min",
            "signs_min",
        ],
        build: |card| boxed(unlike_itself::UnlikeItself::new(card)),
    },
    BuiltIn {
        id: windfall::ID,
        version: 1,
        parameters: &["repeats_min", "score_critical", "score_high", "share_bp_min"],
        build: |card| boxed(windfall::Windfall::new(card)),
    },
];

fn boxed<D: Detector + 'static>(detector: Result<D, DetectError>) -> Built {
    Ok(Box::new(detector?))
}

/// The version of the code behind a card, if it is written in Rust.
pub(crate) fn version(id: &str) -> Option<u32> {
    find(id).map(|built_in| built_in.version)
}

/// The detector of a card.
pub(crate) fn build(card: &Arc<RuleCard>) -> Built {
    if card.crossing.is_some() {
        return boxed(crate::crossing::Crossing::new(Arc::clone(card)));
    }
    let Some(built_in) = find(&card.id) else {
        let what = format!("there is no detector `{}`", card.id);
        return Err(card.parameters.fault("", what, suggest(&card.id, BUILT_IN.iter().map(|built_in| built_in.id))));
    };
    if let Some(unknown) = card.parameters.names().find(|name| !built_in.parameters.contains(name)) {
        let what = format!("parameter `{unknown}` is not one of this rule's");
        return Err(card.parameters.fault(unknown, what, suggest(unknown, built_in.parameters.iter().copied())));
    }
    (built_in.build)(Arc::clone(card))
}

fn find(id: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|built_in| built_in.id == id)
}
