//! Whose code an account runs: what has to be read to know it, and what the answers say.
//!
//! Nothing is asked here. [`ProxyReader::asks`] says what to read at the block in question; once the answers are handed
//! in it may ask for more, twice at most. An account may lead to another proxy: whoever follows has a limit
//! ([`HOPS_MAX`]), because a ring costs nothing to make.
//!
//! Standards: EIP-1167, EIP-1822, EIP-1967, EIP-2535, EIP-897, EIP-7702; OpenZeppelin's slots before EIP-1967; Safe's
//! proxy, which keeps its singleton in slot 0.

use alloy_primitives::{Address, Bytes, Selector, U256};
use facts::{Answer, Ask, TxRequest};

use crate::{
    Bytecode,
    bytecode::{Form, Standard, op},
    slots::{ADMIN, BEACON, IMPLEMENTATION, PROXIABLE, ZOS_ADMIN, ZOS_IMPLEMENTATION},
};

/// How many proxies are followed one after the other.
pub const HOPS_MAX: usize = 4;
/// A proxy that keeps its target in slot 0 is short: Safe's has 170 bytes.
const SLOT_ZERO_BYTES_MAX: usize = 512;
/// `implementation()`, of EIP-897 and of beacons.
const IMPLEMENTATION_CALL: [u8; 4] = [0x5c, 0x60, 0xda, 0x1b];
/// `facetAddress(bytes4)` of EIP-2535.
const FACET_CALL: [u8; 4] = [0xcd, 0xff, 0xac, 0xc6];
/// Gas for a view; a proxy's own take a few thousand.
const VIEW_GAS: u64 = 100_000;

/// An account that runs the code of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// By which standard.
    pub kind: ProxyKind,
    /// Whose code it runs; none for a diamond, where it depends on the function: see [`facet_ask`].
    pub implementation: Option<Address>,
    /// The beacon that names the implementation.
    pub beacon: Option<Address>,
    /// Who may change the implementation, where the proxy keeps it in a slot of the standard.
    pub admin: Option<Address>,
}

/// How a proxy names its implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// It stands in its code and cannot change.
    Minimal(Standard),
    /// An account borrows the code until it signs something else (EIP-7702).
    Delegation,
    /// A slot of EIP-1967.
    Eip1967,
    /// A beacon, named in a slot of EIP-1967.
    Beacon,
    /// The slot of EIP-1822.
    Eip1822,
    /// OpenZeppelin's slot before EIP-1967.
    ZeppelinOs,
    /// Slot 0, as Safe's proxies have it.
    SlotZero,
    /// A contract for each function (EIP-2535).
    Diamond,
    /// It says so itself when asked (EIP-897). The contract may lie.
    Claimed,
}

/// What came of the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// It runs its own code.
    Own,
    /// It runs another's.
    Proxy(Proxy),
    /// It could not be found out, and why.
    Blind(String),
}

/// Finds out about one account.
#[derive(Debug, Clone)]
pub struct ProxyReader {
    address: Address,
    form: Form,
    borrows: bool,
    short: bool,
    answers: Vec<(Ask, Answer)>,
}

impl ProxyReader {
    /// About the account at this address, with this code at the block in question.
    pub fn new(address: Address, code: &Bytecode) -> Self {
        Self {
            address,
            form: code.form.clone(),
            borrows: code.has(op::DELEGATECALL) || code.has(op::CALLCODE),
            short: code.code_len <= SLOT_ZERO_BYTES_MAX && code.functions.len() <= 2,
            answers: Vec::new(),
        }
    }

    /// What has to be read next, all at the same block; nothing when everything is known.
    pub fn asks(&self) -> Vec<Ask> {
        let wanted = match self.form {
            Form::Plain if self.borrows => self.wanted(),
            _ => Vec::new(),
        };
        wanted.into_iter().filter(|ask| self.answer_to(ask).is_none()).collect()
    }

    /// Hands in what came of something that was asked.
    pub fn answer(&mut self, ask: Ask, answer: Answer) {
        self.answers.push((ask, answer));
    }

    /// What the answers say. Something that was asked and not answered is blind.
    pub fn resolved(&self) -> Resolved {
        let proxy = |kind, implementation| {
            Resolved::Proxy(Proxy { kind, implementation: Some(implementation), beacon: None, admin: None })
        };
        match &self.form {
            Form::Minimal(minimal) => return proxy(ProxyKind::Minimal(minimal.standard), minimal.target),
            Form::Delegation(account) => return proxy(ProxyKind::Delegation, *account),
            Form::Plain if self.borrows => {}
            _ => return Resolved::Own,
        }
        if let Some(missing) = self.asks().first() {
            return Resolved::Blind(format!("{} was not read", told(missing)));
        }
        let found = self.found();
        let blind = self.answers.iter().find_map(|(ask, answer)| match answer {
            Answer::Blind(why) => Some(format!("{} could not be read: {why}", told(ask))),
            _ => None,
        });
        match (found, blind) {
            (Some(proxy), _) => Resolved::Proxy(proxy),
            // A slot that was not seen may have named one.
            (None, Some(why)) => Resolved::Blind(why),
            (None, None) => Resolved::Own,
        }
    }

    fn wanted(&self) -> Vec<Ask> {
        let mut wanted: Vec<Ask> = [IMPLEMENTATION, BEACON, ADMIN, PROXIABLE, ZOS_IMPLEMENTATION, ZOS_ADMIN]
            .map(|slot| self.slot(slot.into()))
            .to_vec();
        if self.short {
            wanted.push(self.slot(U256::ZERO));
        }
        if wanted.iter().any(|ask| self.answer_to(ask).is_none()) {
            return wanted;
        }
        // The slots of the standards settle it; otherwise the contract itself is asked.
        match (self.found_in_slots(), self.beacon()) {
            (None, Some(beacon)) => wanted.push(view(beacon, &IMPLEMENTATION_CALL)),
            (None, None) => {
                wanted.push(view(self.address, &IMPLEMENTATION_CALL));
                wanted.push(facet_ask(self.address, FACET_CALL.into()));
            }
            _ => {}
        }
        wanted
    }

    fn found(&self) -> Option<Proxy> {
        let of = |kind, implementation, beacon| Proxy { kind, implementation, beacon, admin: self.admin() };
        if let Some((kind, implementation)) = self.found_in_slots() {
            return Some(of(kind, Some(implementation), self.beacon()));
        }
        if let Some(beacon) = self.beacon() {
            let implementation = self.viewed(&view(beacon, &IMPLEMENTATION_CALL));
            return Some(of(ProxyKind::Beacon, implementation, Some(beacon)));
        }
        // A diamond answers for its own look-up; a contract that answers everything with anything is not one.
        if self.viewed(&facet_ask(self.address, FACET_CALL.into())).is_some() {
            return Some(of(ProxyKind::Diamond, None, None));
        }
        let claimed = self.viewed(&view(self.address, &IMPLEMENTATION_CALL))?;
        Some(of(ProxyKind::Claimed, Some(claimed), None))
    }

    fn found_in_slots(&self) -> Option<(ProxyKind, Address)> {
        let kinds = [
            (IMPLEMENTATION, ProxyKind::Eip1967),
            (PROXIABLE, ProxyKind::Eip1822),
            (ZOS_IMPLEMENTATION, ProxyKind::ZeppelinOs),
        ];
        let named = kinds.into_iter().find_map(|(slot, kind)| Some((kind, self.account_in(slot.into())?)));
        // Whatever else a contract keeps in slot 0 is not often an account: a beacon is asked before it.
        named.or_else(|| {
            let zero = self.short.then(|| self.account_in(U256::ZERO)).flatten()?;
            self.beacon().is_none().then_some((ProxyKind::SlotZero, zero))
        })
    }

    fn beacon(&self) -> Option<Address> {
        self.account_in(BEACON.into())
    }

    fn admin(&self) -> Option<Address> {
        self.account_in(ADMIN.into()).or_else(|| self.account_in(ZOS_ADMIN.into()))
    }

    fn account_in(&self, slot: U256) -> Option<Address> {
        match self.answer_to(&self.slot(slot))? {
            Answer::Slot(value) => account(*value),
            _ => None,
        }
    }

    fn viewed(&self, ask: &Ask) -> Option<Address> {
        match self.answer_to(ask)? {
            Answer::View(Ok(output)) => account_of(output),
            _ => None,
        }
    }

    fn answer_to(&self, ask: &Ask) -> Option<&Answer> {
        self.answers.iter().find(|(asked, _)| asked == ask).map(|(_, answer)| answer)
    }

    fn slot(&self, slot: U256) -> Ask {
        Ask::Slot { address: self.address, slot }
    }
}

/// What to ask for the contract behind a function of a diamond.
pub fn facet_ask(diamond: Address, selector: Selector) -> Ask {
    let mut input = [0; 36];
    input[..4].copy_from_slice(&FACET_CALL);
    input[4..8].copy_from_slice(selector.as_slice());
    view(diamond, &input)
}

/// The contract that [`facet_ask`] asked for; none when the function is not there or was not answered.
pub fn facet(answer: &Answer) -> Option<Address> {
    match answer {
        Answer::View(Ok(output)) => account_of(output),
        _ => None,
    }
}

fn view(to: Address, input: &[u8]) -> Ask {
    let input = Bytes::copy_from_slice(input);
    Ask::View(TxRequest { to: Some(to), input, gas_limit: Some(VIEW_GAS), ..TxRequest::default() })
}

fn account_of(output: &[u8]) -> Option<Address> {
    let word: [u8; 32] = output.try_into().ok()?;
    account(U256::from_be_bytes(word))
}

/// A word as an account: not zero, no longer than an address, and no small number.
fn account(word: U256) -> Option<Address> {
    (64..=160).contains(&word.bit_len()).then(|| Address::from_word(word.into()))
}

fn told(ask: &Ask) -> String {
    match ask {
        Ask::Slot { address, slot } => format!("slot {slot:#x} of {address}"),
        Ask::View(request) => format!("`{}` of {}", request.input, request.to.unwrap_or_default()),
        Ask::Run(_) | Ask::Probe(_) => "a run".to_owned(),
    }
}

#[cfg(test)]
mod tests;
