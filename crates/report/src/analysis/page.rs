//! What every readable form is made of: names, amounts and words, out of the document and nothing else.

use atlas::ChainText;
use facts::{AccountId, Address, AssetId, B256, ChangeKind, FrameKind, FrameStatus, Sight, U256};

use super::{
    amounts::{amount, grouped},
    model::{AccountRow, Analysis, CallRow, ChangeRow, Told},
};

/// Characters of a call with its arguments. The document has them all.
const CALL_CHARS_MAX: usize = 320;
/// Characters of any other text of strangers on a line.
const TEXT_CHARS_MAX: usize = 600;

/// A document being shown.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) told: &'a Told,
}

impl Page<'_> {
    fn row(&self, account: &AccountId) -> Option<&AccountRow> {
        self.told.accounts.get(account)
    }

    /// How an account is written.
    pub(super) fn name(&self, account: &AccountId) -> String {
        match self.row(account) {
            Some(AccountRow { name: Some(name), .. }) => clean(name),
            Some(row) => row.short.clone(),
            None => account.address.to_string(),
        }
    }

    /// The symbol of an asset, or what stands for it.
    pub(super) fn symbol(&self, asset: &AssetId) -> String {
        if *asset == self.analysis.coin.asset {
            return clean(&self.analysis.coin.symbol);
        }
        match self.told.tokens.get(asset) {
            Some(token) => clean(&token.symbol),
            None => self.token(asset).map_or_else(
                || clean(asset.as_str()),
                |(token, id)| {
                    let name = self.name(&token);
                    id.map_or(name.clone(), |id| format!("{name} no. {id}"))
                },
            ),
        }
    }

    /// An amount without its unit, and whether it is in whole units.
    pub(super) fn number(&self, units: U256, asset: &AssetId) -> (String, bool) {
        if *asset == self.analysis.coin.asset {
            return (amount(units, self.analysis.coin.decimals), true);
        }
        match self.told.tokens.get(asset) {
            Some(token) => (amount(units, token.decimals), true),
            None => (amount(units, 0), !asset.as_str().contains("/erc20:")),
        }
    }

    /// An amount with its unit.
    pub(super) fn amount(&self, units: U256, asset: &AssetId) -> String {
        match self.number(units, asset) {
            (number, true) => format!("{number} {}", self.symbol(asset)),
            (number, false) => format!("{number} base units of {}", self.symbol(asset)),
        }
    }

    /// The contract of a token, and the number of one of a collection.
    fn token(&self, asset: &AssetId) -> Option<(AccountId, Option<String>)> {
        let (chain, rest) = asset.as_str().split_once('/')?;
        let (_, rest) = rest.split_once(':')?;
        let (address, id) = match rest.split_once('/') {
            Some((address, id)) => (address, Some(id.to_owned())),
            None => (rest, None),
        };
        Some((AccountId { chain: chain.parse().ok()?, address: address.parse().ok()? }, id))
    }

    /// A function with its arguments, in which accounts that take part are called by their names.
    pub(super) fn function(&self, call: &CallRow) -> String {
        let text = match (&call.function, call.selector, call.kind) {
            (_, _, FrameKind::Create | FrameKind::Create2) => {
                return format!("{} bytes of init code", grouped(&call.input_bytes.to_string()));
            }
            (Some(function), ..) => self.renamed(&clean_long(function)),
            (None, Some(selector), _) if call.input_bytes > 4 => {
                format!("{selector}({} bytes)", grouped(&(call.input_bytes - 4).to_string()))
            }
            (None, Some(selector), _) => format!("{selector}()"),
            (None, None, _) if call.input_bytes == 0 => String::new(),
            (None, None, _) => format!("({} bytes)", grouped(&call.input_bytes.to_string())),
        };
        cut(&text, CALL_CHARS_MAX)
    }

    /// What a call returned, in few words.
    pub(super) fn output(&self, call: &CallRow) -> Option<String> {
        let output = call.output.as_ref().filter(|_| call.status == FrameStatus::Success)?;
        match output.len() {
            0 => None,
            32 => Some(self.word(B256::from_slice(output))),
            bytes => Some(format!("{}{} bytes", if call.cut { "at least " } else { "" }, grouped(&bytes.to_string()))),
        }
    }

    /// A word: an account that takes part by its name, a number that looks like one in decimal, else in hex.
    pub(super) fn word(&self, word: B256) -> String {
        let number = U256::from_be_bytes(word.0);
        let account = AccountId { chain: self.analysis.chain.clone(), address: Address::from_word(word) };
        if word[..12].iter().all(|byte| *byte == 0) && word[12] != 0 && self.row(&account).is_some() {
            return self.name(&account);
        }
        if number.bit_len() <= 128 { grouped(&number.to_string()) } else { format!("{number:#x}") }
    }

    /// A word that is a slot's place: short where it is long.
    pub(super) fn place(word: B256) -> String {
        let text = format!("{:#x}", U256::from_be_bytes(word.0));
        if text.len() > 18 { format!("{}…{}", &text[..8], &text[text.len() - 4..]) } else { text }
    }

    /// What a call that enters a contract runs; without call data it is the receiving of coins.
    pub(super) fn entry(function: &Option<String>) -> String {
        function.as_deref().map_or_else(|| "a plain transfer".to_owned(), clean)
    }

    /// A change of a privilege, without its contract.
    pub(super) fn privilege(&self, change: &ChangeRow) -> String {
        let holder = |word: B256| if word.is_zero() { "nobody".to_owned() } else { self.word(word) };
        let moved = || {
            let before = change.before.map_or_else(|| "unknown".to_owned(), holder);
            format!("{before} → {}", holder(change.after))
        };
        match change.kind {
            ChangeKind::RoleGranted(role) => format!("role {} granted to {}", Self::place(role), holder(change.after)),
            ChangeKind::RoleRevoked(role) => {
                format!("role {} revoked from {}", Self::place(role), holder(change.after))
            }
            ChangeKind::Owner => format!("owner {}", moved()),
            ChangeKind::Admin => format!("proxy admin {}", moved()),
            ChangeKind::Implementation => format!("implementation {}", moved()),
            ChangeKind::Beacon => format!("beacon {}", moved()),
        }
    }

    /// Whether a call only runs the code behind a proxy on the same words, and ended as the proxy did: then both are one
    /// to a reader.
    pub(super) fn passes_on(&self, call: &CallRow) -> bool {
        let parent = call.parent.and_then(|parent| self.told.calls.get(parent as usize));
        call.kind == FrameKind::DelegateCall
            && parent.is_some_and(|parent| {
                parent.input == call.input && parent.status == call.status && parent.kind != FrameKind::DelegateCall
            })
    }

    /// For each of the first calls, the frame of the code behind it that it only hands on to; and how much less deep it is
    /// shown, because those frames are not shown.
    pub(super) fn folded(&self, first: usize) -> Vec<Folded> {
        let calls = &self.told.calls[..first.min(self.told.calls.len())];
        let mut folded: Vec<Folded> = vec![Folded::default(); calls.len()];
        for (index, call) in calls.iter().enumerate() {
            let parent = call.parent.map(|parent| parent as usize).filter(|parent| *parent < index);
            let above = parent.map_or(0, |parent| folded[parent].above + usize::from(folded[parent].hidden));
            folded[index].above = above;
            let Some(parent) = parent.filter(|_| self.passes_on(call)) else { continue };
            if folded[parent].behind.is_none() {
                folded[parent].behind = Some(index);
                folded[index].hidden = true;
            }
        }
        folded
    }

    /// Puts names in place of the addresses that stand in a text of ours.
    pub(super) fn renamed(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("0x") {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let digits = rest[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
            let taken = 2 + digits;
            let account = (digits == 40).then(|| rest[..taken].parse().ok()).flatten();
            let known = account
                .map(|address| AccountId { chain: self.analysis.chain.clone(), address })
                .filter(|account| self.row(account).is_some());
            match known {
                Some(account) => out.push_str(&self.name(&account)),
                None => out.push_str(&rest[..taken]),
            }
            rest = &rest[taken..];
        }
        out.push_str(rest);
        out
    }
}

/// How a call is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Folded {
    /// The frame of the code behind it that it only hands on to, which is shown with it.
    pub(super) behind: Option<usize>,
    /// It is shown with the call that made it.
    pub(super) hidden: bool,
    /// How many frames around it are not shown.
    pub(super) above: usize,
}

/// How it was seen, in words that say how far it can be relied on.
pub(super) fn sight(analysis: &Analysis) -> &'static str {
    match analysis.sight {
        Sight::Executed if analysis.blind.is_empty() => {
            "executed here after what came before it in its block; status, gas and logs are the chain's own"
        }
        Sight::Executed => "executed here, and NOT proved",
        Sight::Calls => "as the node's own call trace tells it: nothing was executed here",
        Sight::Logs => "as its receipt tells it: nothing was executed here",
        Sight::Header => "only its block's header",
    }
}

/// How far it is known who sent it.
pub(super) fn proved(told: &Told) -> &'static str {
    match &told.sender.signed {
        Some(signed) if *signed == told.sender.named => "recovered from the signature",
        Some(_) => "who signed it: NOT whom the source names",
        None => "as the source names it: there is no signature to check",
    }
}

/// How a call ended.
pub(super) fn outcome(status: FrameStatus) -> &'static str {
    match status {
        FrameStatus::Success => "success",
        FrameStatus::Revert => "reverted",
        FrameStatus::OutOfGas => "out of gas",
        FrameStatus::Refused => "refused before its code ran",
        FrameStatus::Fault => "a fault of its code",
    }
}

/// The form of a transaction.
pub(super) fn form(kind: Option<u8>) -> Option<&'static str> {
    match kind? {
        3 => Some("blob transaction (EIP-4844)"),
        4 => Some("set-code transaction (EIP-7702)"),
        _ => None,
    }
}

/// Text of strangers on one line, with whatever deceives or moves the cursor shown by its number.
pub(super) fn clean(text: &str) -> String {
    cut(&ChainText::read(text.as_bytes()).to_string(), TEXT_CHARS_MAX)
}

/// The same for a text that is cut elsewhere.
fn clean_long(text: &str) -> String {
    ChainText::read(text.as_bytes()).to_string()
}

pub(super) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Seconds since 1970 as people write a moment, in UTC.
pub(super) fn moment(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|seconds| case::Timestamp::from_second(seconds).ok());
    at.map_or_else(|| format!("{seconds} s after 1970"), |at| at.to_string().replace('T', " ").replace('Z', " UTC"))
}
