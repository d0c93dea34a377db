//! The kinds of attack an alert may point to.

/// Not an attack: something could not be seen.
pub(crate) const BLIND: &str = "sight/blind";

/// Every kind, by group. The last is not an attack: something could not be seen.
const GROUPS: &[(&str, &[&str])] = &[
    ("reentrancy", &["classic", "cross-function", "cross-contract", "read-only", "token-callback"]),
    ("price", &["spot-manipulation", "oracle-stale", "oracle-compromise", "donation-inflation"]),
    ("price", &["first-depositor", "rounding"]),
    ("access", &["missing-check", "role-takeover", "ownership-transfer", "malicious-upgrade", "initializer"]),
    ("access", &["delegatecall", "tx-origin"]),
    ("governance", &["flash-vote", "malicious-proposal", "timelock-bypass"]),
    ("key", &["compromised-admin", "compromised-signer", "blind-signing", "eip7702-delegation"]),
    ("bridge", &["forged-proof", "validator-compromise", "mint-without-lock", "replay"]),
    ("signature", &["replay", "malleability", "missing-nonce", "permit-phish"]),
    ("token", &["infinite-mint", "fee-on-transfer", "rebase", "hidden-backdoor", "blacklist-abuse"]),
    ("arithmetic", &["overflow", "unsafe-cast", "precision-loss"]),
    ("logic", &["accounting", "liquidation", "reward-claim", "storage-collision", "self-transfer"]),
    ("wallet", &["approval-drain", "setapprovalforall", "permit2", "address-poisoning", "fake-token"]),
    ("wallet", &["drainer-contract"]),
    ("identity", &["unauthorised-attempt", "credential-registry-change", "owner-added", "ens-hijack"]),
    ("dos", &["griefing", "gas", "unbounded-loop"]),
    ("rug", &["liquidity-pull", "owner-drain"]),
    ("sight", &["blind"]),
];

/// Every kind as text.
pub(crate) fn all() -> Vec<String> {
    GROUPS.iter().flat_map(|(group, kinds)| kinds.iter().map(move |kind| format!("{group}/{kind}"))).collect()
}

/// Whether there is such a kind.
pub(crate) fn is_known(kind: &str) -> bool {
    let Some((group, kind)) = kind.split_once('/') else { return false };
    GROUPS.iter().any(|(known, kinds)| *known == group && kinds.contains(&kind))
}
