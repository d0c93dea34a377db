//! Changes of who may do what, in words.

use facts::{Address, B256, Change, ChangeKind, U256};

use super::{cast::Cast, model::Part};

/// What changed, in parts of a sentence that begins with the contract.
pub(super) fn parts(cast: &Cast<'_>, change: &Change) -> Vec<Part> {
    let own = |text: &str| Part::Own(text.to_owned());
    let mut parts = vec![cast.part(change.contract)];
    let mut moved = |what: &str| {
        parts.push(own(&format!(" has another {what}: ")));
        match change.before {
            Some(before) => parts.push(holder(cast, before)),
            None => parts.push(own("an unknown one")),
        }
        parts.push(own(" → "));
        parts.push(holder(cast, change.after));
    };
    match change.kind {
        ChangeKind::Owner => moved("owner"),
        ChangeKind::Admin => moved("proxy admin"),
        ChangeKind::Implementation => moved("code behind it"),
        ChangeKind::Beacon => moved("beacon"),
        ChangeKind::RoleGranted(role) => {
            parts.push(own(&format!(" granted the role {} to ", named_role(role))));
            parts.push(holder(cast, change.after));
        }
        ChangeKind::RoleRevoked(role) => {
            parts.push(own(&format!(" revoked the role {} from ", named_role(role))));
            parts.push(holder(cast, change.after));
        }
    }
    if !change.announced {
        parts.push(own(", without an event that says so"));
    }
    parts
}

/// What has to do with a privilege, on one line without the contract: for tables.
pub(super) fn holder(cast: &Cast<'_>, word: B256) -> Part {
    if word.is_zero() {
        return Part::Own("nobody".to_owned());
    }
    if word[..12].iter().all(|byte| *byte == 0) {
        return cast.part(Address::from_word(word));
    }
    Part::Own(format!("{:#x}", U256::from_be_bytes(word.0)))
}

/// A role by the name that contracts give it, which is hashed into its id; else by its id.
fn named_role(role: B256) -> String {
    if role.is_zero() {
        return "DEFAULT_ADMIN_ROLE".to_owned();
    }
    const NAMES: [&str; 12] = [
        "MINTER_ROLE",
        "PAUSER_ROLE",
        "GUARDIAN_ROLE",
        "UPGRADER_ROLE",
        "PROPOSER_ROLE",
        "EXECUTOR_ROLE",
        "CANCELLER_ROLE",
        "TIMELOCK_ADMIN_ROLE",
        "OPERATOR_ROLE",
        "MANAGER_ROLE",
        "BURNER_ROLE",
        "ADMIN_ROLE",
    ];
    let named = NAMES.iter().find(|name| alloy_primitives::keccak256(name) == role);
    named.map_or_else(|| role.to_string(), |name| (*name).to_owned())
}
