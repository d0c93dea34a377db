//! The same attack again, and yet not the same: what an attacker changes who copies one.

/// How a scenario is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variation {
    /// Its name in reports.
    pub name: &'static str,
    /// Goes into every address, so that no two plays share one.
    pub salt: u64,
    /// Amounts are multiplied by this…
    pub times: u64,
    /// …and divided by this.
    pub over: u64,
    /// The attacker's contract stands behind a proxy (EIP-1167).
    pub cloned: bool,
    /// The attacker calls its contract through another contract.
    pub relayed: bool,
    /// The attacker's contract is deployed and used in one transaction.
    pub launched: bool,
    /// Into how many transactions the attack is split, where it can be.
    pub parts: u64,
    /// The parts lie in blocks of their own, with other people's transactions between.
    pub noisy: bool,
    /// The loot goes to an account that takes no other part.
    pub payee: bool,
    /// Steps whose order is free come in another one.
    pub turned: bool,
}

impl Variation {
    /// As it is told.
    pub const PLAIN: Self = Self {
        name: "as told",
        salt: 0,
        times: 1,
        over: 1,
        cloned: false,
        relayed: false,
        launched: false,
        parts: 1,
        noisy: false,
        payee: false,
        turned: false,
    };

    /// The ten mutations, each with addresses of its own.
    pub const MUTATIONS: [Self; 10] = [
        Self { name: "other addresses", salt: 1, ..Self::PLAIN },
        Self { name: "larger", salt: 2, times: 7, ..Self::PLAIN },
        Self { name: "smaller", salt: 3, over: 5, ..Self::PLAIN },
        Self { name: "behind a proxy", salt: 4, cloned: true, ..Self::PLAIN },
        Self { name: "through a relay", salt: 5, relayed: true, ..Self::PLAIN },
        Self { name: "deployed and used at once", salt: 6, launched: true, ..Self::PLAIN },
        Self { name: "split", salt: 7, parts: 3, ..Self::PLAIN },
        Self { name: "amid other traffic", salt: 8, parts: 2, noisy: true, ..Self::PLAIN },
        Self { name: "paid to another account", salt: 9, payee: true, times: 3, ..Self::PLAIN },
        Self { name: "in another order", salt: 10, turned: true, cloned: true, parts: 2, ..Self::PLAIN },
    ];
}
