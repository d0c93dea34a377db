//! What speaks for a contract being made to attack, and how much.

use std::collections::BTreeSet;

use alloy_primitives::hex;
use atlas::{Bytecode, CallbackKind, LabelKind, LabelKinds};
use facts::{Address, Code, Selector};

use super::{CALLED, StagedContract};
use crate::{
    MemoryView, Scope, TxCtx,
    condition::{look::Origin, types::Value},
    origins,
};

/// Transactions of a sender up to which the account is new.
const NEW_NONCE_MAX: u64 = 3;
/// Functions of protected contracts in its code from which that is a sign, and a strong one.
const FUNCTIONS: (usize, usize) = (2, 4);
/// Well-known contracts of finance in its code from which that is a sign.
const VENUES_MIN: usize = 2;

/// Functions that tokens, wrapped coins and owned contracts have in common: to call or to have them says nothing.
const COMMON: [[u8; 4]; 24] = [
    hex!("a9059cbb"), // transfer(address,uint256)
    hex!("23b872dd"), // transferFrom(address,address,uint256)
    hex!("095ea7b3"), // approve(address,uint256)
    hex!("70a08231"), // balanceOf(address)
    hex!("dd62ed3e"), // allowance(address,address)
    hex!("18160ddd"), // totalSupply()
    hex!("06fdde03"), // name()
    hex!("95d89b41"), // symbol()
    hex!("313ce567"), // decimals()
    hex!("d0e30db0"), // deposit()
    hex!("2e1a7d4d"), // withdraw(uint256)
    hex!("8da5cb5b"), // owner()
    hex!("715018a6"), // renounceOwnership()
    hex!("f2fde38b"), // transferOwnership(address)
    hex!("01ffc9a7"), // supportsInterface(bytes4)
    hex!("42842e0e"), // safeTransferFrom(address,address,uint256)
    hex!("b88d4fde"), // safeTransferFrom(address,address,uint256,bytes)
    hex!("a22cb465"), // setApprovalForAll(address,bool)
    hex!("6352211e"), // ownerOf(uint256)
    hex!("d505accf"), // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
    hex!("3644e515"), // DOMAIN_SEPARATOR()
    hex!("7ecebe00"), // nonces(address)
    hex!("0dfe1681"), // token0()
    hex!("d21220a7"), // token1()
];

/// Whether many contracts that have nothing to do with one another have this function.
pub(super) fn is_common(selector: Selector) -> bool {
    COMMON.contains(&selector.0)
}

/// A contract that was just deployed.
pub(super) struct Fresh<'a> {
    pub(super) code: &'a Code,
    pub(super) read: &'a Bytecode,
    pub(super) runtime: &'a [u8],
    /// The code that deployed it, with its arguments.
    pub(super) init: &'a [u8],
}

/// One sign.
pub(super) struct Sign {
    pub(super) weight: u64,
    pub(super) says: String,
}

/// All that speaks for it.
pub(super) struct Weighed {
    pub(super) signs: Vec<Sign>,
    pub(super) score: u64,
    /// The protected contracts that it names, in order of place.
    pub(super) concerns: Vec<Address>,
    /// Whether much the same code attacked before.
    pub(super) is_known: bool,
    /// Whether it can act on money that it does not have.
    pub(super) can_borrow: bool,
    /// Whether a sign speaks that honest contracts do not show: known code, money from a mixer or a thief.
    pub(super) is_hostile: bool,
}

impl StagedContract {
    pub(super) fn weigh(&self, ctx: &TxCtx<'_>, fresh: &Fresh<'_>, memory: &MemoryView<'_>) -> Weighed {
        let mut weighed = Weighed {
            signs: Vec::new(),
            score: 0,
            concerns: Vec::new(),
            is_known: false,
            can_borrow: false,
            is_hostile: false,
        };
        targets(ctx, fresh, &mut weighed);
        functions(ctx, fresh, memory, &mut weighed);
        self.loans(fresh, &mut weighed);
        venues(ctx, fresh, &mut weighed);
        sender(ctx, memory, &mut weighed);
        self.relatives(ctx.scope, fresh, &mut weighed);
        weighed.score = weighed.signs.iter().map(|sign| sign.weight).sum();
        weighed
    }

    /// What it has for lenders to call.
    fn loans(&self, fresh: &Fresh<'_>, weighed: &mut Weighed) {
        let of = |kind| self.callbacks.in_code(fresh.read).find(move |callback| callback.kind == kind);
        if let Some(callback) = of(CallbackKind::Loan) {
            weighed.can_borrow = true;
            weighed.sign(2, format!("it can take a flash loan of {} (`{}`)", callback.lender, callback.signature));
        } else if let Some(callback) = of(CallbackKind::Swap) {
            weighed.sign(1, format!("a pool can pay it first and be paid after (`{}`)", callback.signature));
        }
    }

    /// Code that attacked before.
    fn relatives(&self, scope: &Scope, fresh: &Fresh<'_>, weighed: &mut Weighed) {
        let Some(like) = scope.attacker_code().closest(fresh.read) else { return };
        if like.share_bp < self.similarity_bp_min {
            return;
        }
        let share = crate::value::percent(like.share_bp);
        let says = format!("{share} of its instructions are those of code that attacked: {}", like.known.name);
        weighed.sign(if like.share_bp >= 9_500 { 6 } else { 4 }, says);
        (weighed.is_known, weighed.is_hostile) = (true, true);
    }
}

impl Weighed {
    fn sign(&mut self, weight: u64, says: String) {
        self.signs.push(Sign { weight, says });
    }
}

/// Protected contracts that stand in its code or in what it was made with.
fn targets(ctx: &TxCtx<'_>, fresh: &Fresh<'_>, weighed: &mut Weighed) {
    if ctx.scope.is_everything() {
        return;
    }
    let protects = |account: &Address| ctx.protects(*account);
    for bytes in [fresh.runtime, fresh.init] {
        for (_, account) in Bytecode::addresses_in(bytes, protects) {
            if !weighed.concerns.contains(&account) {
                weighed.concerns.push(account);
            }
        }
    }
    if let Some(first) = weighed.concerns.first().copied() {
        let name = ctx.scope.name(&ctx.chain.id, first).unwrap_or_default().to_owned();
        let more = match weighed.concerns.len() {
            1 => String::new(),
            n => format!(" and {} other protected contracts", n - 1),
        };
        let weight = if more.is_empty() { 3 } else { 4 };
        weighed.sign(weight, format!("{first} ({name}){more} stand in its code or in what it was made with"));
    }
}

/// Functions of protected contracts that it knows.
fn functions(ctx: &TxCtx<'_>, fresh: &Fresh<'_>, memory: &MemoryView<'_>, weighed: &mut Weighed) {
    let known = |selector: &&Selector| memory.contains(CALLED, selector.as_slice());
    let found: Vec<&Selector> = fresh.read.mentions.iter().filter(known).collect();
    if found.len() < FUNCTIONS.0 {
        return;
    }
    let names: Vec<String> = found.iter().take(4).map(|selector| ctx.scope.function(**selector)).collect();
    let says =
        format!("it knows {} functions that protected contracts are called by: {}", found.len(), names.join(", "));
    weighed.sign(if found.len() >= FUNCTIONS.1 { 3 } else { 2 }, says);
}

/// Lenders, pools and markets that many know.
fn venues(ctx: &TxCtx<'_>, fresh: &Fresh<'_>, weighed: &mut Weighed) {
    const LENDERS: LabelKinds = LabelKinds::of(&[LabelKind::FlashLender]);
    const VENUES: LabelKinds = LabelKinds::of(&[
        LabelKind::FlashLender,
        LabelKind::Lending,
        LabelKind::DexRouter,
        LabelKind::DexPool,
        LabelKind::Dex,
    ]);
    const HIDING: LabelKinds = LabelKinds::of(&[LabelKind::Mixer]);
    let is = |account: &&Address, kinds| ctx.scope.labelled(&ctx.chain.id, **account, kinds);
    let named = &fresh.read.addresses;
    if let Some(mixer) = named.iter().find(|account| is(account, HIDING)) {
        weighed.is_hostile = true;
        weighed.sign(3, format!("{mixer}, which breaks the trail of funds, stands in its code"));
    }
    if let Some(lender) = named.iter().find(|account| is(account, LENDERS)) {
        weighed.sign(1, format!("{lender}, which gives flash loans, stands in its code"));
    }
    let venues = named.iter().filter(|account| is(account, VENUES)).count();
    if venues >= VENUES_MIN {
        weighed.sign(1, format!("{venues} well-known contracts of lending and exchange stand in its code"));
    }
}

/// Who put it there, and with whose money.
fn sender(ctx: &TxCtx<'_>, memory: &MemoryView<'_>, weighed: &mut Weighed) {
    const HIDDEN: LabelKinds = LabelKinds::of(&[LabelKind::Mixer]).with(LabelKinds::HOSTILE);
    const BRIDGE: LabelKinds = LabelKinds::of(&[LabelKind::Bridge]);
    let sender = ctx.facts.from;
    let is = |account, kinds| ctx.scope.labelled(&ctx.chain.id, account, kinds);
    if is(sender, LabelKinds::HOSTILE) {
        weighed.is_hostile = true;
        weighed.sign(4, format!("its sender {sender} is known for attacks"));
    }
    let mut account = sender;
    let mut seen = BTreeSet::from([sender]);
    // A mixer pays an account, and that one pays the next.
    for step in 1..=3 {
        let Value::Address(funder) = origins::of(memory, Origin::Funder, account) else { break };
        if !seen.insert(funder) {
            break;
        }
        if is(funder, HIDDEN) {
            weighed.is_hostile = true;
            weighed
                .sign(3, format!("its sender's first funds came from {funder}, a mixer or a thief, in {step} steps"));
            break;
        }
        if is(funder, BRIDGE) {
            weighed.sign(1, format!("its sender's first funds came over the bridge {funder}"));
            break;
        }
        account = funder;
    }
    if ctx.facts.nonce <= NEW_NONCE_MAX {
        weighed.sign(1, format!("its sender is new: {} transactions before this one", ctx.facts.nonce));
    }
}
