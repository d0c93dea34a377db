//! Whether what was done is what was announced, and what is not the same.

use alloy_primitives::keccak256;
use case::{Planned, Timestamp};
use facts::{Address, TxFacts, U256};

use super::{Deed, Item, Moment, done_in, payout, seconds};
use crate::{MemoryView, value::ancestors};

/// How a deed and an announced change go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fitting {
    /// It is what was announced.
    Fits,
    /// It is meant to be, and is not.
    Deviates(Vec<Slip>),
}

/// What is not as announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// Another account comes in than the announced one.
    Account(Address),
    /// Nobody who may do it did.
    Who,
    /// It was done with other call data.
    Data,
    /// The call data are longer than what is kept of them, and cannot be compared.
    DataUnseen,
    /// It was done before the window.
    Early(Timestamp),
    /// It was done after the window.
    Late(Timestamp),
    /// It was done before, in this block.
    Again(u64),
    /// So much was paid with it, and that is more than was announced.
    TooMuch(U256),
}

impl Slip {
    /// Whether it is another change, rather than the same at another time.
    pub(super) fn is_grave(self) -> bool {
        !matches!(self, Slip::Early(_) | Slip::Late(_) | Slip::Again(_))
    }
}

/// When, as the window has it.
pub(super) enum When {
    Early,
    Within,
    Late,
}

/// The announced change that a deed goes best with. None if none of them is about it: what was done is not announced then,
/// and there is nothing to compare it with.
pub(super) fn fitting<'a>(
    items: impl Iterator<Item = Item<'a>>,
    at: &Moment<'_>,
    facts: &TxFacts,
    deed: &Deed,
    memory: &MemoryView<'_>,
) -> Option<(Item<'a>, Fitting)> {
    let about = items.filter(|item| item.change.what.is_about(deed.what));
    let fitted = about.filter_map(|item| Some((item, one(&item, at, facts, deed, memory)?)));
    fitted.min_by_key(|(_, fitting)| match fitting {
        Fitting::Fits => 0,
        Fitting::Deviates(slips) => slips.len(),
    })
}

impl When {
    pub(super) fn of(item: &Item<'_>, at: &Moment<'_>) -> Self {
        let announcement = &item.held.announcement;
        match at.time {
            early if early < seconds(announcement.from) => Self::Early,
            late if late > seconds(announcement.until) => Self::Late,
            _ => Self::Within,
        }
    }
}

fn one(item: &Item<'_>, at: &Moment<'_>, facts: &TxFacts, deed: &Deed, memory: &MemoryView<'_>) -> Option<Fitting> {
    if deed.is_payout() {
        return payout::fitting(item, at, facts, deed, memory);
    }
    let (announcement, when) = (&item.held.announcement, When::of(item, at));
    let mut slips = Vec::new();
    if let Some(account) = deed.what.account()
        && deed.what != item.change.what
    {
        slips.push(Slip::Account(account));
    }
    if !ways(facts, deed).any(|caller| announcement.by.contains(&caller)) {
        slips.push(Slip::Who);
    }
    slips.extend(data_slip(item, facts, deed));
    // Another change at another time, or after the announced one is done, has nothing to do with the announcement.
    match (slips.is_empty(), when, done_in(item, memory)) {
        (true, When::Within, None) => Some(Fitting::Fits),
        (true, When::Within, Some(block)) => Some(Fitting::Deviates(vec![Slip::Again(block)])),
        (true, When::Early, _) => Some(Fitting::Deviates(vec![Slip::Early(announcement.from)])),
        (true, When::Late, None) => Some(Fitting::Deviates(vec![Slip::Late(announcement.until)])),
        (false, When::Within, None) => Some(Fitting::Deviates(slips)),
        (true, When::Late, Some(_)) | (false, ..) => None,
    }
}

/// Everybody on the way from the sender to a deed.
pub(super) fn ways<'a>(facts: &'a TxFacts, deed: &Deed) -> impl Iterator<Item = Address> + use<'a> {
    // Where no calls could be seen, the sender is all that is known.
    ancestors(&facts.frames, deed.frame).map(|(_, frame)| frame.caller).chain([facts.from])
}

pub(super) fn data_slip(item: &Item<'_>, facts: &TxFacts, deed: &Deed) -> Option<Slip> {
    let expected = item.change.data?;
    let mut is_clipped = facts.frames.is_empty();
    for (_, frame) in ancestors(&facts.frames, deed.frame) {
        if !frame.clipped && keccak256(&frame.input) == expected {
            return None;
        }
        is_clipped |= frame.clipped;
        // What is announced of a call is that call's own data.
        if matches!(deed.what, Planned::Call(_)) {
            break;
        }
    }
    Some(if is_clipped { Slip::DataUnseen } else { Slip::Data })
}
