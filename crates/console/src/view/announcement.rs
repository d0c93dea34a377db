//! Announcements.

use case::{Fit, HeldAnnouncement, Planned, PlannedChange};
use facts::{AccountId, Address, B256, ChainId, Selector, U256};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ActorView, SeverityWord, word};
use crate::book::Borne;

word! {
    /// How an alert bears on an announcement.
    FitWord = Fit {
        /// It is about just what was announced: for information.
        Excused,
        /// A change was done as it was announced.
        Done,
        /// Something was done otherwise than it was announced.
        Deviates,
        /// The window ended and it was not seen to happen.
        Absent,
    }
}

/// What becomes of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhatWord {
    /// The proxy runs the code at `account`.
    Implementation,
    /// The proxy asks the beacon at `account` for its code.
    Beacon,
    /// `account` owns it.
    Owner,
    /// `account` administers the proxy.
    Admin,
    /// `account` is given `role`.
    RoleGranted,
    /// `account` loses `role`.
    RoleRevoked,
    /// The function with `selector` is called.
    Call,
    /// It pays `account` so much of `token`, or of the native coin, and no more than `at_most`.
    Payout,
}

/// One change that is announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannedView {
    /// The contract that changes: an address on the announcement's chain, or CAIP-10.
    pub contract: String,
    /// What becomes of it.
    pub what: WhatWord,
    /// The account that comes in, loses its role or is paid; none for a call.
    #[serde(default)]
    pub account: Option<String>,
    /// The role's id, 32 bytes in hex, for roles.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub role: Option<B256>,
    /// The function's selector, 4 bytes in hex, for a call.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub selector: Option<Selector>,
    /// The token that is paid, an address; the native coin if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How much is paid at most, in all payments together: base units, decimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<String>,
    /// The keccak-256 of the call data by which it is done, if it has to be done by no other. For a call the call's own
    /// data; otherwise those of any call around the change.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub calldata_hash: Option<B256>,
}

impl PlannedView {
    fn new(chain: &ChainId, change: &PlannedChange) -> Self {
        let shown = |address| AccountId { chain: chain.clone(), address }.to_string();
        let (what, role, selector) = match change.what {
            Planned::Implementation(_) => (WhatWord::Implementation, None, None),
            Planned::Beacon(_) => (WhatWord::Beacon, None, None),
            Planned::Owner(_) => (WhatWord::Owner, None, None),
            Planned::Admin(_) => (WhatWord::Admin, None, None),
            Planned::RoleGranted { role, .. } => (WhatWord::RoleGranted, Some(role), None),
            Planned::RoleRevoked { role, .. } => (WhatWord::RoleRevoked, Some(role), None),
            Planned::Call(selector) => (WhatWord::Call, None, Some(selector)),
            Planned::Payout { .. } => (WhatWord::Payout, None, None),
        };
        let (token, at_most) = match change.what {
            Planned::Payout { token, at_most, .. } => (token.map(shown), Some(at_most.to_string())),
            _ => (None, None),
        };
        Self {
            contract: shown(change.contract),
            what,
            account: change.what.account().map(shown),
            role,
            selector,
            token,
            at_most,
            calldata_hash: change.data,
        }
    }

    /// The change in the words of the case.
    ///
    /// # Errors
    /// What is missing or cannot be read.
    pub(crate) fn read(&self, chain: &ChainId) -> Result<PlannedChange, String> {
        let account = || {
            let account = self.account.as_ref().ok_or("`account` is missing: the account that comes in")?;
            address(chain, account)
        };
        let role = || self.role.ok_or_else(|| "`role` is missing: its id, 32 bytes in hex".to_owned());
        let what = match self.what {
            WhatWord::Implementation => Planned::Implementation(account()?),
            WhatWord::Beacon => Planned::Beacon(account()?),
            WhatWord::Owner => Planned::Owner(account()?),
            WhatWord::Admin => Planned::Admin(account()?),
            WhatWord::RoleGranted => Planned::RoleGranted { role: role()?, account: account()? },
            WhatWord::RoleRevoked => Planned::RoleRevoked { role: role()?, account: account()? },
            WhatWord::Call => Planned::Call(self.selector.ok_or("`selector` is missing: 4 bytes in hex")?),
            WhatWord::Payout => Planned::Payout {
                token: self.token.as_ref().map(|token| address(chain, token)).transpose()?,
                to: account()?,
                at_most: self.amount()?,
            },
        };
        Ok(PlannedChange { contract: address(chain, &self.contract)?, what, data: self.calldata_hash })
    }

    fn amount(&self) -> Result<U256, String> {
        let text = self.at_most.as_ref().ok_or("`at_most` is missing: how much is paid, in base units")?;
        let is_number = text.bytes().all(|digit| digit.is_ascii_digit());
        let amount = is_number.then(|| U256::from_str_radix(text, 10).ok()).flatten();
        let shown: String = text.chars().take(80).collect();
        amount.ok_or_else(|| format!("`{shown}` is no amount: expected base units, such as `1000000`"))
    }
}

/// An address on this chain, alone or as CAIP-10.
///
/// # Errors
/// If it is none, or one of another chain.
pub(crate) fn address(chain: &ChainId, text: &str) -> Result<Address, String> {
    let shown: String = text.chars().take(80).collect();
    let bare = match text.rsplit_once(':') {
        None => text,
        Some((of, bare)) if of == chain.as_str() => bare,
        Some(_) => return Err(format!("`{shown}` is not on `{chain}`: an announcement is about one chain")),
    };
    bare.parse().map_err(|_| format!("`{shown}` is not an address: expected 20 bytes in hex"))
}

/// Where an announcement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnnouncementState {
    /// Its window has not begun.
    Upcoming,
    /// Its window is open.
    Open,
    /// All of it was done as announced.
    Done,
    /// Something was done otherwise.
    Deviated,
    /// It was not seen to happen, or not all of it.
    Absent,
    /// Its window has ended; the next block decides.
    Over,
    /// It was withdrawn before it was done.
    Withdrawn,
}

/// An alert that bears on an announcement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BorneView {
    /// The alert's id.
    pub alert: String,
    /// How.
    pub fit: FitWord,
    /// How bad.
    pub severity: SeverityWord,
    /// What it says, 320 characters at most; it may hold text from a chain.
    pub says: String,
    /// The height of the block in which it was seen.
    pub block: u64,
    /// The transaction, if it is about one.
    pub tx: Option<String>,
    /// Whether it does not stand any more.
    pub withdrawn: bool,
}

/// An announcement, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AnnouncementView {
    /// Its id.
    pub id: String,
    /// One line for a person.
    pub title: String,
    /// The chain, CAIP-2.
    pub chain: String,
    /// Who may do it, CAIP-10: the sender, or a contract on the way.
    pub by: Vec<String>,
    /// What changes, each once.
    pub changes: Vec<PlannedView>,
    /// From when on, by the time of blocks, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until when, by the time of blocks, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Where to read more.
    pub reference: Option<String>,
    /// Who announced it.
    pub announced_by: ActorView,
    /// When, in UTC: it excuses nothing that was before.
    #[schema(value_type = String, format = DateTime)]
    pub announced_at: Timestamp,
    /// The newest block that had been looked at then: it holds for later ones.
    pub after_block: u64,
    /// When it was withdrawn, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
    /// Where it stands.
    pub state: AnnouncementState,
    /// How many of its changes were done as announced.
    pub done: u64,
    /// The newest alerts that bear on it, 100 at most.
    pub alerts: Vec<BorneView>,
}

impl AnnouncementView {
    pub(crate) fn new(held: &HeldAnnouncement, borne: &[Borne], now: Timestamp) -> Self {
        let announcement = &held.announcement;
        let chain = &announcement.chain;
        let standing = |fit: Fit| borne.iter().filter(move |one| one.fit == fit && !one.withdrawn).count();
        let done = standing(Fit::Done);
        let state = match held.withdrawn {
            _ if standing(Fit::Deviates) > 0 => AnnouncementState::Deviated,
            _ if done >= announcement.changes.len() => AnnouncementState::Done,
            Some(_) => AnnouncementState::Withdrawn,
            None if standing(Fit::Absent) > 0 => AnnouncementState::Absent,
            None if now < announcement.from => AnnouncementState::Upcoming,
            None if now <= announcement.until => AnnouncementState::Open,
            None => AnnouncementState::Over,
        };
        let account = |address: &Address| AccountId { chain: chain.clone(), address: *address }.to_string();
        let shown = |one: &Borne| BorneView {
            alert: one.alert.to_string(),
            fit: one.fit.into(),
            severity: one.severity.into(),
            says: one.says.clone(),
            block: one.block,
            tx: one.tx.map(|tx| tx.to_string()),
            withdrawn: one.withdrawn,
        };
        Self {
            id: held.id.to_string(),
            title: announcement.title.clone(),
            chain: chain.to_string(),
            by: announcement.by.iter().map(account).collect(),
            changes: announcement.changes.iter().map(|change| PlannedView::new(chain, change)).collect(),
            from: announcement.from,
            until: announcement.until,
            reference: announcement.reference.clone(),
            announced_by: (&held.who).into(),
            announced_at: held.at,
            after_block: held.after,
            withdrawn_at: held.withdrawn,
            state,
            done: done as u64,
            alerts: borne.iter().rev().take(100).map(shown).collect(),
        }
    }
}
