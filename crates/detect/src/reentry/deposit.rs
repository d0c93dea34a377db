//! A second entry that does nothing but pay in.

use facts::{Asset, U256};

use crate::Indexed;

/// Whether a second entry did nothing to the contract but bring it coins and book just so many: whatever the first entry
/// does later, that deposit is what it would have been after it.
pub(crate) fn only_deposits(facts: &Indexed<'_>, inner: u32) -> bool {
    let Some(frame) = facts.frames.get(inner as usize) else { return false };
    let (contract, paid) = (frame.target, frame.value);
    if paid.is_zero() {
        return false;
    }
    let inside = |at: u32| (inner..frame.end).contains(&at);
    let first = facts.flows.partition_point(|flow| flow.at < frame.open);
    let mut flows = facts.flows[first..].iter().take_while(|flow| flow.at <= frame.close);
    // Nothing else moves: neither out of the contract, nor something that it issues.
    let moves_alone = flows.all(|flow| flow.to == contract && flow.asset == Asset::Native && flow.amount == paid);
    let mut booked = 0;
    let mut writes = facts.writes.iter().filter(|write| write.address == contract && inside(write.frame));
    let books_it = writes.all(|write| {
        booked += 1;
        write.after.checked_sub(write.before) == Some(paid)
    });
    let calls = facts.frames_by(contract).any(|(at, call)| inside(at) && call.value > U256::ZERO);
    moves_alone && books_it && booked > 0 && !calls
}
