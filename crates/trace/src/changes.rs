//! Who may do what, and how that changed: from events, and from the storage writes that prove it without one.

use std::cell::OnceCell;

use facts::{Address, B256, Change, ChangeKind, Code, Frame, KeyedMap, Log, MappingKey, U256, Write};
use revm::primitives::{b256, ruint::uint};

/// Slots whose name says what they hold.
const NAMED: [(U256, ChangeKind); 7] = [
    // EIP-1967: `keccak256("eip1967.proxy.implementation") - 1`.
    (uint!(0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc_U256), ChangeKind::Implementation),
    // EIP-1822: `keccak256("PROXIABLE")`.
    (uint!(0xc5f16f0fcc639fa48a6947836d9850f504798523bf8c9a3a87d5876cf622bcf7_U256), ChangeKind::Implementation),
    // OpenZeppelin before EIP-1967: `keccak256("org.zeppelinos.proxy.implementation")`.
    (uint!(0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3_U256), ChangeKind::Implementation),
    // EIP-1967: `keccak256("eip1967.proxy.admin") - 1`.
    (uint!(0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103_U256), ChangeKind::Admin),
    // OpenZeppelin before EIP-1967: `keccak256("org.zeppelinos.proxy.admin")`.
    (uint!(0x10d6a54a4754c8869d6886b5f5d7fbfa5b4522237ea5c60d11bc4e7a1ff9390b_U256), ChangeKind::Admin),
    // EIP-1967: `keccak256("eip1967.proxy.beacon") - 1`.
    (uint!(0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50_U256), ChangeKind::Beacon),
    // OpenZeppelin 5, ERC-7201 name `openzeppelin.storage.Ownable`.
    (uint!(0x9016d09d72d40fdae2fd8ceac6b6234c7706214fd39c1cd1e609a0528c199300_U256), ChangeKind::Owner),
];
/// OpenZeppelin 5, ERC-7201 name `openzeppelin.storage.AccessControl`.
const ACCESS_CONTROL: B256 = b256!("02dd7bc7dec4dceedda775e58dd541e08a116c6c53815c0bd028192f7b626800");

/// `RoleGranted(bytes32,address,address)`.
const ROLE_GRANTED: B256 = b256!("2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d");
/// `RoleRevoked(bytes32,address,address)`.
const ROLE_REVOKED: B256 = b256!("f6391f5c32d9c69d2a47ea670b442974b53935d1edc7fd64eb21e047a839171b");
/// `OwnershipTransferred(address,address)`: ERC-173.
const OWNERSHIP: B256 = b256!("8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0");
/// `AdminChanged(address,address)`: EIP-1967.
const ADMIN_CHANGED: B256 = b256!("7e644d79422f17c01e4894b5f4f588d331ebfa28653d42ae832dc59e38c9798f");
/// `Upgraded(address)`: EIP-1967.
const UPGRADED: B256 = b256!("bc7cd75a20ee27fd9adebab32cf741dc4b2f81a16e3e5c1ab0a4ec9bfd4d8b3b");
/// `BeaconUpgraded(address)`: EIP-1967.
const BEACON_UPGRADED: B256 = b256!("1cf3b03a6cf19fa2baba4df148e9dcabedea7f8a5c07840e207e5c089be95d3e");

/// Slots below this may be plain variables; everything else is a mapping, an array or a named slot.
const PLAIN_SLOT_MAX: u64 = 0x1_0000;
/// Values below this are flags and counters, not somebody's address.
const PRECOMPILES_MAX: u64 = 0x1_0000;

/// Everything about the transaction that bears on privileges.
pub(crate) struct Sources<'a> {
    pub(crate) frames: &'a [Frame],
    pub(crate) writes: &'a [Write],
    pub(crate) keys: &'a [MappingKey],
    pub(crate) logs: &'a [Log],
    pub(crate) codes: &'a [Code],
}

/// What has to be looked up for many writes, put in order when the first of them asks. Most transactions ask nothing.
struct Lookup<'a> {
    sources: &'a Sources<'a>,
    /// Of each slot the first and the last write.
    slots: OnceCell<KeyedMap<(Address, U256), [&'a Write; 2]>>,
    keys: OnceCell<KeyedMap<B256, [B256; 2]>>,
}

impl<'a> Lookup<'a> {
    fn ends(&self, write: &Write) -> Option<[&'a Write; 2]> {
        let slots = self.slots.get_or_init(|| {
            let mut slots: KeyedMap<_, [&Write; 2]> = KeyedMap::default();
            for write in self.sources.writes {
                slots.entry((write.address, write.slot)).or_insert([write, write])[1] = write;
            }
            slots
        });
        slots.get(&(write.address, write.slot)).copied()
    }

    fn words(&self, hash: B256) -> Option<[B256; 2]> {
        let keys = self.keys.get_or_init(|| self.sources.keys.iter().map(|key| (key.hash, key.words)).collect());
        keys.get(&hash).copied()
    }
}

/// The changes of a transaction, in the order of events. What a contract is born with is no change.
pub(crate) fn changes(sources: &Sources<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = sources.logs.iter().filter_map(announced).collect();
    let mut announcements: KeyedMap<(Address, ChangeKind), usize> = KeyedMap::default();
    for (at, change) in changes.iter().enumerate() {
        announcements.entry((change.contract, change.kind)).or_insert(at);
    }
    let lookup = Lookup { sources, slots: OnceCell::new(), keys: OnceCell::new() };
    for write in sources.writes {
        let Some((kind, before, after)) = proved(write, &lookup) else { continue };
        let announcement = announcements.get(&(write.address, kind)).and_then(|at| changes.get_mut(*at));
        match announcement {
            Some(change) => change.before = change.before.or(before),
            None => changes.push(Change {
                contract: write.address,
                kind,
                before,
                after,
                announced: false,
                frame: write.frame,
                at: write.at,
            }),
        }
    }
    if !changes.is_empty() {
        let born: KeyedMap<Address, ()> = sources.codes.iter().map(|code| (code.address, ())).collect();
        changes.retain(|change| !born.contains_key(&change.contract));
        changes.sort_by_key(|change| change.at);
    }
    changes
}

/// The change that an event announces.
fn announced(log: &Log) -> Option<Change> {
    let topics = log.topics.as_slice();
    let word = |at: usize| log.data.get(at * 32..at * 32 + 32).map(B256::from_slice);
    let (kind, before, after) = match (*topics.first()?, topics) {
        (ROLE_GRANTED, &[_, role, account, ..]) => (ChangeKind::RoleGranted(role), None, account),
        (ROLE_REVOKED, &[_, role, account, ..]) => (ChangeKind::RoleRevoked(role), None, account),
        (OWNERSHIP, &[_, before, after]) => (ChangeKind::Owner, Some(before), after),
        (OWNERSHIP, &[_]) => (ChangeKind::Owner, Some(word(0)?), word(1)?),
        (ADMIN_CHANGED, &[_]) => (ChangeKind::Admin, Some(word(0)?), word(1)?),
        (UPGRADED, &[_, after]) => (ChangeKind::Implementation, None, after),
        (BEACON_UPGRADED, &[_, after]) => (ChangeKind::Beacon, None, after),
        _ => return None,
    };
    Some(Change { contract: log.address, kind, before, after, announced: true, frame: log.frame, at: log.at })
}

/// The change that a storage write proves, with the values before and after.
fn proved(write: &Write, lookup: &Lookup<'_>) -> Option<(ChangeKind, Option<B256>, B256)> {
    if let Some((_, kind)) = NAMED.iter().find(|(slot, _)| *slot == write.slot) {
        return Some((*kind, Some(write.before.into()), write.after.into()));
    }
    if write.slot < U256::from(PLAIN_SLOT_MAX) { handed_over(write, lookup) } else { role(write, lookup) }
}

/// A plain variable that held the caller's own address and is left with another: the caller handed something over.
/// Locks hold the caller for a while and give it back, so only what the transaction leaves behind counts.
fn handed_over(write: &Write, lookup: &Lookup<'_>) -> Option<(ChangeKind, Option<B256>, B256)> {
    let caller = lookup.sources.frames.get(write.frame as usize)?.caller;
    if write.after.bit_len() > 160 || write.after < U256::from(PRECOMPILES_MAX) {
        return None;
    }
    let [first, last] = lookup.ends(write)?;
    let before = B256::from(first.before);
    (last.at == write.at && before == caller.into_word() && first.before != write.after).then_some((
        ChangeKind::Owner,
        Some(before),
        B256::from(write.after),
    ))
}

/// An entry of AccessControl's `roles[role].members[account]` that was set or cleared.
fn role(write: &Write, lookup: &Lookup<'_>) -> Option<(ChangeKind, Option<B256>, B256)> {
    let granted = match (write.before.is_zero(), write.after.is_zero()) {
        (true, false) if write.after == U256::ONE => true,
        (false, true) if write.before == U256::ONE => false,
        _ => return None,
    };
    let [account, base] = lookup.words(write.slot.into())?;
    if account[..12] != [0; 12] || Address::from_word(account).is_zero() {
        return None;
    }
    let [role, table] = lookup.words(base)?;
    // Any nested mapping has this shape. Only the standard's own table, or its own first role, is proof enough.
    let is_roles =
        table == ACCESS_CONTROL || (role.is_zero() && U256::from_be_bytes(table.0) < U256::from(PLAIN_SLOT_MAX));
    let kind = if granted { ChangeKind::RoleGranted(role) } else { ChangeKind::RoleRevoked(role) };
    is_roles.then_some((kind, None, account))
}
