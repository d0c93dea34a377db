//! What a contract knew of whoever it dealt with: the entries of mappings under somebody's names that were written or
//! looked at while a call ran.
//!
//! Who was unknown before a transaction can have no claim that is older than it. Whether such an account may take more
//! than it brought is then a question of sums.

use facts::{Address, Frame, FrameKind, Read, U256, Write};

use crate::{Indexed, value::ancestors};

/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 16;

/// What was known of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing was looked at under its names, nor written.
    Unasked,
    /// All entries under its names had been empty before the transaction.
    New,
    /// Something stood there before, or a stored value names it.
    Before,
}

/// What the contracts that acted within a call knew of a party. The books of one of them, such as the token that is paid
/// out, and those of the party's own contracts do not count.
pub(crate) fn known(
    facts: &Indexed<'_>,
    call: &Frame,
    except: Option<Address>,
    is_party: impl Fn(Address) -> bool,
) -> Known {
    let counts = |owner: Address| Some(owner) != except && !is_party(owner);
    let mut found = Known::Unasked;
    for write in written(facts, call).iter().filter(|write| counts(write.address)) {
        if names(facts, write.slot, &is_party) {
            if !is_new(facts, write.address, write.slot) {
                return Known::Before;
            }
            found = Known::New;
        }
    }
    for read in looked_at(facts, call).iter().filter(|read| !read.value.is_zero()) {
        let Some(owner) = facts.frames.get(read.frame as usize).map(|frame| frame.target) else { continue };
        let tells = || names(facts, read.slot, &is_party) || holds(read.value, &is_party);
        if counts(owner) && tells() && !is_new(facts, owner, read.slot) {
            return Known::Before;
        }
    }
    found
}

/// The innermost call around a frame that a party made to somebody else, with its place.
pub(crate) fn dealt<'a>(
    facts: &'a Indexed<'_>,
    frame: u32,
    is_party: impl Fn(Address) -> bool,
) -> Option<(u32, &'a Frame)> {
    ancestors(&facts.frames, frame)
        .find(|(_, frame)| frame.kind == FrameKind::Call && is_party(frame.caller) && !is_party(frame.target))
}

/// Writes while a call ran.
pub(crate) fn written<'a>(facts: &'a Indexed<'_>, call: &Frame) -> &'a [Write] {
    let first = facts.writes.partition_point(|write| write.at < call.open);
    let end = facts.writes.partition_point(|write| write.at < call.close);
    facts.writes.get(first..end).unwrap_or_default()
}

fn looked_at<'a>(facts: &'a Indexed<'_>, call: &Frame) -> &'a [Read] {
    let first = facts.reads.partition_point(|read| read.at < call.open);
    let end = facts.reads.partition_point(|read| read.at < call.close);
    facts.reads.get(first..end).unwrap_or_default()
}

/// Whether a slot was empty before the transaction, which filled it.
fn is_new(facts: &Indexed<'_>, owner: Address, slot: U256) -> bool {
    facts.writes_at(owner, slot).next().is_some_and(|first| first.before.is_zero())
}

/// Whether a slot is that of an entry under one of somebody's names.
pub(crate) fn names(facts: &Indexed<'_>, slot: U256, is_party: &impl Fn(Address) -> bool) -> bool {
    facts.is_under(slot, MEMBERS_MAX, &|word| word[..12] == [0; 12] && is_party(Address::from_word(*word)))
}

/// Whether a value is one of somebody's addresses, with something packed beside it or not.
fn holds(value: U256, is_party: &impl Fn(Address) -> bool) -> bool {
    let bytes = value.to_be_bytes::<32>();
    bytes.windows(20).any(|part| is_party(Address::from_slice(part)))
}
