//! For what cannot be carried over: which of our rules looks at the same matter, and what kind of attack a name speaks of.

/// Words in names and descriptions, the kind of attack they speak of, and the rule of ours that looks at it.
const WORDS: &[(&[&str], &str, &str)] = &[
    (&["flashloan", "flash loan", "flash-loan", "flash_loan"], "price/spot-manipulation", "flash-gain"),
    (&["reentr", "re-entr"], "reentrancy/classic", "reentrancy"),
    (
        &["upgrad", "implementation", "beacon", "adminchanged", "diamondcut", "proxy"],
        "access/malicious-upgrade",
        "implementation-upgraded",
    ),
    (
        &["ownershiptransfer", "transferownership", "ownership", "newowner", "pendingowner"],
        "access/ownership-transfer",
        "privileged-change",
    ),
    (
        &["rolegranted", "rolerevoked", "grantrole", "revokerole", "role", "admin", "privileg", "guardian", "minter"],
        "access/role-takeover",
        "privileged-change",
    ),
    (&["initializ", "initialis"], "access/initializer", "privileged-change"),
    (
        &["proposal", "governance", "governor", "vote", "timelock", "queue"],
        "governance/malicious-proposal",
        "privileged-change",
    ),
    (
        &["addedowner", "removedowner", "changedthreshold", "enabledmodule", "signer", "threshold"],
        "key/compromised-signer",
        "privileged-change",
    ),
    (&["approvalforall", "setapprovalforall"], "wallet/setapprovalforall", "unlimited-approval"),
    (&["approv", "allowance", "permit"], "wallet/approval-drain", "unlimited-approval"),
    (&["mint"], "token/infinite-mint", "drain"),
    (&["oracle", "price", "feed"], "price/oracle-compromise", "drain"),
    (&["bridge", "relay", "crosschain", "cross-chain"], "bridge/mint-without-lock", "drain"),
    (&["fail", "unauthor", "revert"], "identity/unauthorised-attempt", "failed-privileged-burst"),
    (
        &["withdraw", "outflow", "drain", "exploit", "attack", "large", "transfer", "balance"],
        "rug/owner-drain",
        "drain",
    ),
    (&["pause", "blacklist", "freez"], "dos/griefing", "privileged-change"),
];

/// The kind of attack that some words speak of, and the rule of ours that is nearest; none if they say nothing to us.
pub(super) fn nearest(words: &str) -> Option<(&'static str, &'static str)> {
    let words = words.to_lowercase();
    let found = WORDS.iter().find(|(of, ..)| of.iter().any(|word| words.contains(word)));
    found.map(|(_, kind, rule)| (*kind, *rule))
}

/// What to do by hand about something that words describe.
pub(super) fn instead(words: &str) -> String {
    match nearest(words) {
        Some((_, rule)) => format!("our rule `{rule}` looks at the same matter: `breakglass rules explain {rule}`"),
        None => {
            "look for the matter with `breakglass rules list --word …`, or begin a rule with `breakglass rules new`"
                .to_owned()
        }
    }
}
