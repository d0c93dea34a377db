//! Announcements: what somebody said beforehand would be changed on a chain, by whom, and when.
//!
//! An announcement excuses one change and nothing else: the contract, the new value, who does it and the window are all
//! part of it. Whatever differs from it is not announced. A payout is such a change, too: out of which contract, of what,
//! to whom, and how much at most.

mod held;
#[cfg(test)]
mod tests;

pub use held::{AnnouncementMade, AnnouncementWithdrawn, HeldAnnouncement};

use std::{fmt, str::FromStr};

use facts::{Address, B256, ChainId, Change, ChangeKind, Flow, Selector, U256};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de};

use crate::{Ctx, Digest, DigestError};

/// Accounts that may do it, and changes, of one announcement: a migration has a dozen, and whoever needs more announces twice.
const ITEMS_MAX: usize = 16;
/// Characters of a title or a reference.
const TEXT_MAX: usize = 300;
/// The longest window. An announcement that is always open announces nothing.
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The furthest that a window may end in the future.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(400 * 24);

/// An announcement by the digest of what it says, who said it and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AnnouncementId(String);

impl AnnouncementId {
    /// The id of what is announced in these circumstances.
    ///
    /// # Errors
    /// If JSON cannot write it.
    pub fn of(announcement: &Announcement, ctx: &Ctx) -> Result<Self, DigestError> {
        Ok(Self(format!("an-{}", Digest::of(&(announcement, ctx))?.short())))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AnnouncementId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("an-").unwrap_or_default();
        let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if digits.len() == 12 && digits.bytes().all(hex) {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        Err(format!("`{shown}` is not the id of an announcement: expected `an-` and 12 hex digits"))
    }
}

impl fmt::Display for AnnouncementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AnnouncementId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AnnouncementId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What is announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// One line for a person.
    pub title: String,
    /// The chain it happens on.
    pub chain: ChainId,
    /// Who may do it: the sender of the transaction, or a multisig, a timelock or another contract on the way to it.
    pub by: Vec<Address>,
    /// What changes, each once.
    pub changes: Vec<PlannedChange>,
    /// From when on it may happen, by the time of blocks.
    pub from: Timestamp,
    /// Until when it has to have happened, by the time of blocks.
    pub until: Timestamp,
    /// Where to read more: a ticket, a proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One change that is announced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// The contract that changes.
    pub contract: Address,
    /// What becomes of it.
    pub what: Planned,
    /// The keccak-256 of the call data by which it is done, if it has to be done by no other: the call data of the
    /// contract's own call, or of one around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<B256>,
}

/// What becomes of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Planned {
    /// The proxy runs this code (EIP-1967, EIP-1822).
    Implementation(Address),
    /// The proxy asks this beacon for its code.
    Beacon(Address),
    /// It has this owner (ERC-173).
    Owner(Address),
    /// The proxy has this administrator.
    Admin(Address),
    /// This account is given a role (AccessControl).
    RoleGranted {
        /// The role's id.
        role: B256,
        /// Who is given it.
        account: Address,
    },
    /// This account loses a role.
    RoleRevoked {
        /// The role's id.
        role: B256,
        /// Who loses it.
        account: Address,
    },
    /// This function of it is called: a parameter that is set, say.
    Call(Selector),
    /// It pays out: deposits that move to the next version, a treasury that is emptied into another.
    Payout {
        /// The token's contract; none for the chain's own coin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Address>,
        /// Who is paid.
        to: Address,
        /// How much at most, in base units, in all payments together.
        #[serde(with = "crate::decimal")]
        at_most: U256,
    },
}

impl Planned {
    /// The change as it is seen on a chain.
    pub fn seen(change: &Change) -> Self {
        let account = Address::from_word(change.after);
        match change.kind {
            ChangeKind::Implementation => Self::Implementation(account),
            ChangeKind::Beacon => Self::Beacon(account),
            ChangeKind::Owner => Self::Owner(account),
            ChangeKind::Admin => Self::Admin(account),
            ChangeKind::RoleGranted(role) => Self::RoleGranted { role, account },
            ChangeKind::RoleRevoked(role) => Self::RoleRevoked { role, account },
        }
    }

    /// The payment as it is seen on a chain.
    pub fn paid(flow: &Flow) -> Self {
        Self::Payout { token: flow.asset.contract(), to: flow.to, at_most: flow.amount }
    }

    /// The account that comes in, loses its role or is paid; none for a call.
    pub fn account(self) -> Option<Address> {
        match self {
            Self::Payout { to, .. } => Some(to),
            Self::Implementation(account) | Self::Beacon(account) | Self::Owner(account) | Self::Admin(account) => {
                Some(account)
            }
            Self::RoleGranted { account, .. } | Self::RoleRevoked { account, .. } => Some(account),
            Self::Call(_) => None,
        }
    }

    /// Whether both are about the same thing, whatever the account.
    pub fn is_about(self, other: Self) -> bool {
        match (self, other) {
            (Self::RoleGranted { role, .. }, Self::RoleGranted { role: its, .. })
            | (Self::RoleRevoked { role, .. }, Self::RoleRevoked { role: its, .. }) => role == its,
            (Self::Call(selector), Self::Call(its)) => selector == its,
            (Self::Payout { token, .. }, Self::Payout { token: its, .. }) => token == its,
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }

    /// The word for what changes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Implementation(_) => "implementation",
            Self::Beacon(_) => "beacon",
            Self::Owner(_) => "owner",
            Self::Admin(_) => "admin",
            Self::RoleGranted { .. } => "role-granted",
            Self::RoleRevoked { .. } => "role-revoked",
            Self::Call(_) => "call",
            Self::Payout { .. } => "payout",
        }
    }
}

impl fmt::Display for PlannedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contract = self.contract;
        match self.what {
            Planned::RoleGranted { role, account } => write!(f, "role {role} of {contract} is granted to {account}"),
            Planned::RoleRevoked { role, account } => write!(f, "role {role} of {contract} is taken from {account}"),
            Planned::Call(selector) => match self.data {
                Some(data) => write!(f, "{selector} of {contract} is called with data of hash {data}"),
                None => write!(f, "{selector} of {contract} is called"),
            },
            Planned::Payout { token: Some(token), to, at_most } => {
                write!(f, "at most {at_most} base units of {token} go from {contract} to {to}")
            }
            Planned::Payout { token: None, to, at_most } => {
                write!(f, "at most {at_most} base units of the native coin go from {contract} to {to}")
            }
            Planned::Implementation(to) | Planned::Beacon(to) | Planned::Owner(to) | Planned::Admin(to) => {
                write!(f, "{} of {contract} becomes {to}", self.what.word())
            }
        }
    }
}

impl Announcement {
    /// Whether it can be announced at this time.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check(&self, now: Timestamp) -> Result<(), String> {
        line("title", &self.title)?;
        if let Some(reference) = &self.reference {
            line("reference", reference)?;
        }
        for (what, count) in [("accounts that may do it", self.by.len()), ("changes", self.changes.len())] {
            if !(1..=ITEMS_MAX).contains(&count) {
                return Err(format!("{count} {what}: give 1 to {ITEMS_MAX}, and announce the rest on its own"));
            }
        }
        if self.by.iter().any(|by| by.is_zero()) || self.changes.iter().any(|change| change.contract.is_zero()) {
            return Err("the zero address does nothing and is no contract: give the account itself".to_owned());
        }
        for (at, change) in self.changes.iter().enumerate() {
            if self.changes.iter().take(at).any(|other| other.is_same(change)) {
                return Err(format!("`{change}` is announced twice: each change happens once"));
            }
            self.check_payout(change)?;
        }
        if self.until <= now {
            return Err(format!(
                "the window ended at {}, and now it is {now}: what has happened cannot be announced any more; mark its \
                 alert as `known`",
                self.until
            ));
        }
        if self.until <= self.from {
            return Err(format!("the window ends at {} and begins at {}: turn them round", self.until, self.from));
        }
        if self.from.duration_until(self.until) > WINDOW_MAX {
            let days = WINDOW_MAX.as_hours() / 24;
            return Err(format!("the window is longer than {days} days: announce it when it is nearer"));
        }
        if now.duration_until(self.until) > AHEAD_MAX {
            return Err("the window ends more than 400 days from now: announce it when it is nearer".to_owned());
        }
        Ok(())
    }

    /// A payout has to say something: a contract is on the way to whatever it pays, and anybody may have called it.
    fn check_payout(&self, change: &PlannedChange) -> Result<(), String> {
        let Planned::Payout { to, at_most, .. } = change.what else { return Ok(()) };
        if self.by.contains(&change.contract) && change.data.is_none() {
            return Err(format!(
                "`{change}`, by itself: it pays whoever may call it; name who has it pay, or give the call data"
            ));
        }
        if to.is_zero() || to == change.contract || at_most.is_zero() {
            return Err(format!("`{change}` is no payout: give another account and an amount"));
        }
        Ok(())
    }
}

impl PlannedChange {
    /// Whether both are the same change; of payouts, whether the same asset goes the same way.
    fn is_same(&self, other: &Self) -> bool {
        let is_paid = matches!(self.what, Planned::Payout { .. }) && self.what.account() == other.what.account();
        let is_same = self.what == other.what || (is_paid && self.what.is_about(other.what));
        self.contract == other.contract && is_same
    }
}

fn line(what: &str, text: &str) -> Result<(), String> {
    let fits = (1..=TEXT_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !fits || text.trim() != text {
        return Err(format!("the {what} has to be one line of 1 to {TEXT_MAX} characters"));
    }
    Ok(())
}

/// How an alert bears on an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearing {
    /// The announcement.
    pub id: AnnouncementId,
    /// How.
    pub fit: Fit,
}

/// How something bears on an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// An alert of another rule about just what was announced: for information.
    Excused,
    /// A change was done as it was announced.
    Done,
    /// Something was done otherwise than it was announced.
    Deviates,
    /// The window ended and it was not seen to happen.
    Absent,
}
