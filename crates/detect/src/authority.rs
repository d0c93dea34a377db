//! Whether a contract asked who was calling before it did what it did.
//!
//! A contract that lets only some people do something has to compare the caller with something: an address in its storage,
//! an entry of a mapping under that address, the answer of another contract that it asks about it, a signature, or an
//! address in its code. The first four can be seen in what was executed; of the last one only that the code looked at its
//! caller at all.

pub(crate) mod signatures;

use std::collections::BTreeSet;

use alloy_primitives::keccak256;
use facts::{Address, B256, Frame, FrameKind, Read, TxFacts, U256};

use crate::{Indexed, indexed::is_name, ledger::books::written, value::ancestors};

/// The precompiled contract that recovers a signer (`ecrecover`), and the one for P-256 (EIP-7951).
const SIGNATURES: [Address; 2] = [Address::with_last_byte(1), {
    let mut bytes = [0; 20];
    bytes[18] = 1;
    Address::new(bytes)
}];
/// Links of a chain of hashes from which it is taken for a proof of membership.
const PROOF_LINKS_MIN: usize = 2;
/// Members of a struct that stands under one key of a mapping.
const MEMBERS_MAX: u64 = 16;
/// Words of a call in which a branch is looked for: a tree of 2^256 leaves has none longer.
const BRANCH_WORDS_MAX: usize = 288;
/// Calls with a branch that are looked into; what comes later is taken for honest.
const BRANCHES_MAX: usize = 4096;

/// Whether a call checked a signature that nothing else in the transaction had checked: each such payment was agreed to
/// by somebody. The same signature again is a copy.
pub(crate) fn signed_once(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(outer) = facts.frames.get(entry as usize) else { return false };
    let checks = |frame: &&Frame| SIGNATURES.contains(&frame.target) && frame.output.len() == 32;
    let inside = facts.frames.get(entry as usize..outer.end as usize).unwrap_or_default();
    let mut own = inside.iter().filter(checks).peekable();
    own.peek().is_some()
        && own.all(|check| facts.same_calls(check).filter(|other| other.output.len() == 32).nth(1).is_none())
}

/// Whether the same caller had this contract check a signature before it made the call `entry`, of somebody whom the
/// contract's storage names, and nothing else in the transaction had it checked: wallets are asked in one call and told in the
/// next (ERC-4337).
pub(crate) fn signed_before(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(told) = facts.frames.get(entry as usize) else { return false };
    let is_same = |frame: &Frame| (frame.parent, frame.caller) == (told.parent, told.caller);
    let mut asked = facts.frames_of(told.target).filter(|(index, frame)| *index < entry && is_same(frame));
    asked.any(|(index, asked)| {
        let is_named = |signer: Address| {
            let names = |word: &B256| holds(word, signer);
            reads_within(facts, asked).any(|read| names(&B256::from(read.value)) || named_key(facts, read.slot, &names))
        };
        let within = |checked: &signatures::Checked| (index..asked.end).contains(&checked.frame);
        signed_once(facts, index) && signatures::checked(facts).filter(within).any(|checked| is_named(checked.signer))
    })
}

/// Whether the call `entry` used up what had been agreed to before this transaction: something that stood under a hash, as
/// of a message, and not under anybody's name, is gone.
pub(crate) fn uses_up(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(call) = facts.frames.get(entry as usize) else { return false };
    written(facts, call).iter().any(|write| {
        let is_used_up = !write.before.is_zero() && write.after.is_zero();
        is_used_up
            && facts.key(write.slot).is_some_and(|key| key.words.iter().any(|word| word[..4] != [0; 4]))
            && !facts.is_under(write.slot, 1, &is_name)
            && facts.writes_at(write.address, write.slot).next().is_some_and(|first| first.at == write.at)
    })
}

/// Whether a chain of hashes was computed, as of the branch of a Merkle tree: that is a question, too. The hashes that
/// lead to an entry of a mapping within a mapping are no such chain.
pub(crate) fn proves_membership(facts: &TxFacts) -> bool {
    let reads = facts.reads.iter().map(|read| read.slot);
    let mut used: BTreeSet<U256> = reads.chain(facts.writes.iter().map(|write| write.slot)).collect();
    // What is hashed to a slot was computed before it.
    let (mut unread, mut known) = (Vec::new(), BTreeSet::new());
    for key in facts.keys.iter().rev() {
        let slot = U256::from_be_bytes(key.hash.0);
        if used.range(slot..=slot.saturating_add(U256::from(MEMBERS_MAX - 1))).next().is_some() {
            // Under a mapping's own place, the other word is a key. What was hashed to a key was not hashed to find a slot.
            match key.words.iter().any(is_place) {
                true => known.extend(key.words),
                false => used.extend(key.words.map(|word| U256::from_be_bytes(word.0))),
            }
        } else {
            unread.push(key);
        }
    }
    let linked: BTreeSet<B256> = facts.keys.iter().flat_map(|key| key.words).collect();
    let links = unread.iter().filter(|key| linked.contains(&key.hash)).count();
    let is_branch = |key: &&&facts::MappingKey| key.words.iter().all(|word| word[..12] != [0; 12]);
    let mut branches = unread.iter().filter(is_branch).peekable();
    // A short chain is a proof if what it ends in was looked for in a mapping.
    branches.peek().is_some() && (links >= PROOF_LINKS_MIN || branches.any(|key| known.contains(&key.hash)))
}

/// Whether every payment that a branch was shown for was shown one of its own. The same branch for the same payment again
/// is a copy, as the same signature is: what it shows has been paid.
pub(crate) fn proves_each(facts: &Indexed<'_>) -> bool {
    proves_membership(facts) && !is_shown_again(facts)
}

/// Whether a contract was twice shown the same branch, and paid the same to the same both times.
fn is_shown_again(facts: &Indexed<'_>) -> bool {
    let is_hash = |word: &B256| word[..12] != [0; 12];
    let hashed: BTreeSet<B256> = facts.keys.iter().flat_map(|key| key.words).filter(is_hash).collect();
    let mut shown = BTreeSet::new();
    let mut looked_at = 0;
    for frame in facts.frames.iter().filter(|frame| frame.kind == FrameKind::Call && frame.effective) {
        // All that is no plain number has to be the same, and some of it has to have been hashed.
        let words = frame.input.get(4..).unwrap_or_default().chunks_exact(32).take(BRANCH_WORDS_MAX);
        let branch: Vec<B256> = words.map(B256::from_slice).filter(|word| !is_place(word)).collect();
        if !branch.iter().any(|word| hashed.contains(word)) {
            continue;
        }
        looked_at += 1;
        if looked_at > BRANCHES_MAX {
            return false;
        }
        let first = facts.flows.partition_point(|flow| flow.at < frame.open);
        let within = facts.flows.get(first..).unwrap_or_default().iter().take_while(|flow| flow.at <= frame.close);
        let mut paid = within.filter(|flow| flow.from == frame.target && !flow.amount.is_zero());
        // A call that pays several people holds calls that pay one.
        let (Some(one), None) = (paid.next(), paid.next()) else { continue };
        if !shown.insert((frame.target, branch, one.to, one.asset, one.amount)) {
            return true;
        }
    }
    false
}

/// Whether a word may be the place of a mapping among a contract's variables.
fn is_place(word: &B256) -> bool {
    word[..24] == [0; 24]
}

/// How a call was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guard {
    /// The contract never looked at who called it.
    Open,
    /// It looked, and nothing that can be seen names the caller: an address in its code does, or nothing.
    Asked,
    /// Something that it consulted names the caller, or it checked a signature.
    Named,
}

/// The frame by which a contract was entered: code it borrows by delegate call still acts as the contract.
pub(crate) fn entry_of(facts: &TxFacts, index: u32) -> u32 {
    let borrowed = |frame: &Frame| matches!(frame.kind, FrameKind::DelegateCall | FrameKind::CallCode);
    ancestors(&facts.frames, index).find(|(_, frame)| !borrowed(frame)).map_or(index, |(at, _)| at)
}

/// How the contract that was entered by the frame `entry` let its caller in.
pub(crate) fn guard(facts: &Indexed<'_>, entry: u32) -> Guard {
    let Some(asked) = consulted(facts, entry) else { return Guard::Named };
    if asked.others || !asked.own.is_empty() {
        return Guard::Named;
    }
    if asked.looks { Guard::Asked } else { Guard::Open }
}

/// Whether somebody on the way to a frame, not made for it, had asked his own caller: a contract may compare its caller
/// with an address in its code, which cannot be seen.
pub(crate) fn vouched_for(facts: &Indexed<'_>, entry: u32, mut guard: impl FnMut(u32) -> Guard) -> bool {
    ancestors(&facts.frames, entry)
        .skip(1)
        .any(|(index, frame)| !facts.is_new(frame.target) && guard(entry_of(facts, index)) == Guard::Named)
}

/// Whether the contract that was entered by the frame `entry` knew its caller by a hash of his address (ERC-734), from
/// before this transaction.
pub(crate) fn known_by_hash(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(outer) = facts.frames.get(entry as usize) else { return false };
    let (contract, caller) = (outer.target, outer.caller);
    let hashes = [keccak256(caller.into_word()), keccak256(caller)];
    reads_within(facts.facts(), outer).any(|read| {
        let is_own = facts.frames.get(read.frame as usize).is_some_and(|frame| frame.target == contract);
        is_own
            && !read.value.is_zero()
            && named_key(facts, read.slot, &|word: &B256| hashes.contains(word))
            && facts.writes_at(contract, read.slot).next().is_none()
    })
}

/// What a contract consulted that names whoever called it.
pub(crate) struct Consulted<'a> {
    /// Its own storage.
    pub(crate) own: Vec<&'a Read>,
    /// Whether the answer of another contract does, or a signature was checked.
    pub(crate) others: bool,
    /// Whether its code looked at its caller, or at the sender of the transaction, at all.
    looks: bool,
}

/// What the contract that was entered by the frame `entry` consulted about its caller; nothing if there is no such frame.
pub(crate) fn consulted<'a>(facts: &Indexed<'a>, entry: u32) -> Option<Consulted<'a>> {
    let facts_alone = facts.facts();
    let outer = facts_alone.frames.get(entry as usize)?;
    let (contract, caller) = (outer.target, outer.caller);
    let own = |index: u32| {
        (entry..outer.end).contains(&index)
            && facts.frames.get(index as usize).is_some_and(|frame| frame.target == contract)
    };
    let inside = || (entry..outer.end).zip(facts.frames.get(entry as usize..outer.end as usize).unwrap_or_default());
    let acts = inside().filter(|(_, frame)| frame.target == contract);
    let (mut asks_caller, mut asks_origin) = (false, false);
    for (_, frame) in acts {
        asks_caller |= frame.asks_caller;
        asks_origin |= frame.asks_origin;
    }
    let names = |word: &B256| holds(word, caller) || (asks_origin && holds(word, facts.from));
    let reads = reads_within(facts_alone, outer).filter(|read| own(read.frame));
    let stored = |read: &&Read| names(&B256::from(read.value)) || named_key(facts, read.slot, &names);
    let consults = |frame: &Frame| {
        frame.caller == contract
            && (SIGNATURES.contains(&frame.target)
                // Before there were static calls, and where an owner is asked for, the answer names the caller.
                || frame.output.chunks_exact(32).take(8).any(|word| word[..12] == [0; 12] && word[12..] == **caller)
                || (frame.kind == FrameKind::StaticCall
                    && frame.input.get(4..).unwrap_or_default().chunks_exact(32).any(|word| {
                        word[..12] == [0; 12] && (word[12..] == **caller || (asks_origin && word[12..] == **facts.from))
                    })))
    };
    let own = reads.filter(stored).collect();
    let others = inside().any(|(_, frame)| consults(frame));
    Some(Consulted { own, others, looks: asks_caller || asks_origin })
}

/// Reads while a frame was open. Reads are in order, and all of a frame lie between its beginning and its end.
fn reads_within<'a>(facts: &'a TxFacts, frame: &Frame) -> impl Iterator<Item = &'a Read> + use<'a> {
    let (open, close) = (frame.open, frame.close);
    let first = facts.reads.partition_point(|read| read.at < open);
    facts.reads.get(first..).unwrap_or_default().iter().take_while(move |read| read.at < close)
}

/// Whether something that was read is an office rather than a balance: a place that holds one account, or a flag under
/// its name.
pub(crate) fn is_office(facts: &Indexed<'_>, read: &Read) -> bool {
    facts.key(read.slot).is_none() || read.value == U256::ONE
}

/// Whether it was for its sender, and not for who called it, that the contract entered by `entry` did what it did:
/// `tx.origin` stands in its storage, and the caller does not.
pub(crate) fn obeys_origin_alone(facts: &Indexed<'_>, entry: u32) -> bool {
    let Some(outer) = facts.frames.get(entry as usize) else { return false };
    let within = || facts.frames.get(entry as usize..outer.end as usize).unwrap_or_default();
    let asks_origin = within().iter().any(|frame| frame.target == outer.target && frame.asks_origin);
    if !asks_origin || outer.caller == facts.from {
        return false;
    }
    let Some(asked) = consulted(facts, entry) else { return false };
    let names = |read: &Read, account| {
        holds(&B256::from(read.value), account) || named_key(facts, read.slot, &|word: &B256| holds(word, account))
    };
    !asked.others
        && asked.own.iter().any(|read| names(read, facts.from))
        && !asked.own.iter().any(|read| names(read, outer.caller))
}

/// Whether a word holds an address, at whatever place: small values are packed beside it.
fn holds(word: &B256, account: Address) -> bool {
    word.windows(20).any(|part| part == account.as_slice())
}

/// Whether a slot is that of a mapping's entry under a key that names somebody, or of a member of it.
fn named_key(facts: &Indexed<'_>, slot: U256, names: &impl Fn(&B256) -> bool) -> bool {
    facts.is_under(slot, MEMBERS_MAX, names)
}

/// Whether anybody on the way from the sender to the frame `entry` is this account.
pub(crate) fn on_the_way(facts: &TxFacts, entry: u32, account: Address) -> bool {
    facts.from == account || ancestors(&facts.frames, entry).any(|(_, frame)| frame.caller == account)
}
