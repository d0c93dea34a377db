//! A multisig wallet (Safe) that holds an office: what it does is in its transaction's words, and who does it is whoever
//! signed. The account that sends it is only who carried it there.

use alloy_primitives::U512;
use facts::{Address, Frame, FrameKind, KeyedMap, Selector, U256};

use super::{Act, DAY_S, UnlikeItself, acts_of, hour_sign};
use crate::{Indexed, MemoryView, TxCtx, authority::signatures};

/// `execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)`.
pub(super) const EXEC: Selector = Selector::new([0x6a, 0x76, 0x12, 0x02]);
/// Executions of one transaction that are looked into.
const EXECUTIONS_MAX: usize = 16;
/// Calls of one execution that are looked into.
const CALLS_MAX: usize = 64;
/// Bytes of a signature, and signatures of one execution that are looked into.
const SIGNATURE: usize = 65;
const SIGNATURES_MAX: usize = 64;
/// Times the most that was ever sent along.
const VALUE_TIMES_MIN: u64 = 10;

/// One transaction of a wallet.
pub(super) struct Execution {
    pub(super) safe: Address,
    /// The frame that carried it out.
    pub(super) frame: u32,
    /// Whom it called, or whose code it ran as its own.
    to: Address,
    delegates: bool,
    value: U256,
    function: Option<Selector>,
    signers: Vec<Address>,
    /// The contract to which it did what only some may, if it did.
    pub(super) office: Option<Address>,
}

/// What is kept of a wallet: each a set under its name.
const SETS: [&[u8]; 5] = [b"to", b"function", b"lent", b"signer", b"brought"];

/// Whether a call hands a wallet a transaction to carry out.
pub(super) fn is_execution(frame: &Frame) -> bool {
    frame.kind == FrameKind::Call && frame.selector() == Some(EXEC)
}

/// What wallets carried out.
pub(super) fn executions(rule: &UnlikeItself, facts: &Indexed<'_>) -> Vec<Execution> {
    let changed: KeyedMap<Address, ()> = facts.changes.iter().map(|change| (change.contract, ())).collect();
    let frames = (0u32..).zip(&facts.frames).filter(|(_, frame)| frame.effective && is_execution(frame));
    let executions = frames.take(EXECUTIONS_MAX).filter_map(|(index, frame)| Execution::of(facts, index, frame));
    executions
        .map(|mut execution| {
            execution.office = execution.office(rule, facts, &changed);
            execution
        })
        .collect()
}

impl Execution {
    fn of(facts: &Indexed<'_>, index: u32, frame: &Frame) -> Option<Self> {
        let input = frame.input.get(4..)?;
        let word = |at: usize| input.get(at * 32..at * 32 + 32).map(U256::from_be_slice);
        let bytes = |at: usize| {
            let from = usize::try_from(word(at)?).ok()?;
            let length = usize::try_from(U256::from_be_slice(input.get(from..from.checked_add(32)?)?)).ok()?;
            // What is longer than what was kept of it still begins here.
            input.get(from + 32..).map(|rest| rest.get(..length).unwrap_or(rest))
        };
        let safe = frame.target;
        let recovered = signatures::checked(facts)
            .filter(|checked| checked.by == safe && (index..frame.end).contains(&checked.frame))
            .map(|checked| checked.signer);
        let mut signers: Vec<Address> = recovered.take(SIGNATURES_MAX).collect();
        // Contracts that sign, and who approved beforehand or carries it there himself, are named and not recovered.
        let named = bytes(9).unwrap_or_default().chunks_exact(SIGNATURE).take(SIGNATURES_MAX);
        signers.extend(named.filter(|one| one[64] <= 1).map(|one| Address::from_slice(&one[12..32])));
        signers.sort_unstable();
        signers.dedup();
        let data = bytes(2).unwrap_or_default();
        Some(Self {
            safe,
            frame: index,
            to: Address::from_word(word(0)?.into()),
            value: word(1)?,
            delegates: word(3)? == U256::ONE,
            function: data.first_chunk::<4>().map(|selector| Selector::from(*selector)),
            signers,
            office: None,
        })
    }

    /// The contract that the wallet told to do what only some may: it was named among the rule's functions and looked at its
    /// caller, or who may do what with it changed, there or where it passed the word on.
    fn office(&self, rule: &UnlikeItself, facts: &Indexed<'_>, changed: &KeyedMap<Address, ()>) -> Option<Address> {
        let outer = facts.frames.get(self.frame as usize)?;
        let inside = (self.frame..outer.end).zip(facts.frames.get(self.frame as usize..outer.end as usize)?);
        let told = inside.filter(|(_, frame)| {
            frame.effective && frame.kind == FrameKind::Call && frame.caller == self.safe && frame.target != self.safe
        });
        let does = |(index, frame): &(u32, &Frame)| {
            let is_named = frame.selector().is_some_and(|selector| rule.functions.contains(&selector));
            let passes_on = || {
                let within = facts.frames.get(*index as usize..frame.end as usize).unwrap_or_default();
                within.iter().any(|inner| inner.parent == Some(*index) && changed.contains_key(&inner.target))
            };
            (is_named && frame.asks_caller) || changed.contains_key(&frame.target) || passes_on()
        };
        told.filter(|(_, frame)| !facts.is_new(frame.target)).take(CALLS_MAX).find(does).map(|(_, frame)| frame.target)
    }

    /// What of it the wallet has a set of.
    fn members(&self, carrier: Address) -> [Vec<Vec<u8>>; 5] {
        let to = self.to.to_vec();
        let function =
            self.function.iter().map(|function| [self.to.as_slice(), function.as_slice()].concat()).collect();
        let signers = self.signers.iter().map(|signer| signer.to_vec()).collect();
        let (called, lent) = if self.delegates { (Vec::new(), vec![to]) } else { (vec![to], Vec::new()) };
        [called, function, lent, signers, vec![carrier.to_vec()]]
    }

    /// What is unlike what the wallet did before, in words; and from now on it did this as well.
    pub(super) fn judge(
        &self,
        rule: &UnlikeItself,
        ctx: &TxCtx<'_>,
        memory: &mut MemoryView<'_>,
    ) -> Option<(usize, Vec<String>)> {
        let safe = self.safe.as_slice();
        let (acts_key, most_key): (&[&[u8]], &[&[u8]]) = (&[b"safe", safe], &[b"most", safe]);
        let since_key: &[&[u8]] = &[b"since", safe];
        let mut acts = memory.last(acts_key).map(acts_of).unwrap_or_default();
        let act = Act { time: ctx.timestamp, gas_price: 0, nonce: 0 };
        let most = memory.last(most_key).map(U256::from_be_slice).unwrap_or_default();
        let members = self.members(ctx.facts.from);
        // A busy wallet does more in a day than is kept of its acts.
        let since = memory.last(since_key).and_then(|bytes| Some(u64::from_be_bytes(*bytes.first_chunk()?)));
        let days = act.time.saturating_sub(since.unwrap_or(act.time)) / DAY_S;
        let mut signs = Vec::new();
        if acts.len() >= rule.acts_min && days >= rule.days_min {
            signs.extend(hour_sign(&acts, &act, rule.hours_apart_min));
            for (set, members) in SETS.into_iter().zip(&members) {
                let key: &[&[u8]] = &[set, safe];
                let known = memory.distinct(key);
                let unknown: Vec<_> = members.iter().filter(|member| !memory.contains(key, member)).collect();
                // Those who sign take turns; whoever goes somewhere new every other time has no usual place.
                let has_usual = known * if set == b"signer" { 1 } else { 3 } <= acts.len();
                if has_usual && let Some(first) = unknown.first() {
                    signs.extend(self.sign(ctx, set, first, unknown.len(), known));
                }
            }
            let is_much = U512::from(self.value) > U512::from(most) * U512::from(VALUE_TIMES_MIN);
            if is_much {
                signs.push(format!("it sent {} wei along, and never more than {most} before", self.value));
            }
        }
        let judged = (acts.len(), signs);
        for (set, members) in SETS.into_iter().zip(&members) {
            for member in members {
                memory.insert(&[set, safe], member);
            }
        }
        if since.is_none() {
            memory.set_last(since_key, &act.time.to_be_bytes());
        }
        memory.set_last(most_key, &most.max(self.value).to_be_bytes::<32>());
        acts.push(act);
        let kept = acts.len().saturating_sub(super::KEPT);
        memory.set_last(acts_key, &acts.iter().skip(kept).flat_map(Act::bytes).collect::<Vec<u8>>());
        Some(judged).filter(|(_, signs)| signs.len() >= rule.signs_min)
    }

    fn sign(&self, ctx: &TxCtx<'_>, set: &[u8], member: &[u8], count: usize, known: usize) -> Option<String> {
        let account = || member.first_chunk::<20>().map(|bytes| Address::from(*bytes));
        let others = match count {
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        match set {
            b"to" => Some(format!("it never called {} before, and {known} others", account()?)),
            // A place where it never was has no usual function.
            b"function" if known == 0 => None,
            b"function" => {
                let function = ctx.scope.function(self.function?);
                Some(format!("it never called {function} of {} before, and {known} other functions", self.to))
            }
            b"lent" => Some(format!("it ran code of {} as its own, and never did before", account()?)),
            b"signer" => Some(format!("{}{others} signed, and never did before; {known} others did", account()?)),
            _ => Some(format!("{} carried it there, and {known} others before", account()?)),
        }
    }
}
