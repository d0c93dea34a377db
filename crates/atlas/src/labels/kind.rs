//! What kinds of account there are.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

use crate::config;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)*) => {
        /// A kind of account.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum LabelKind {
            $($(#[doc = $doc])+ $kind,)*
        }

        impl LabelKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its name in files and rules.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// An exchange that keeps its customers' funds, or an account of one.
    Exchange = "exchange",
    /// Moves value between chains.
    Bridge = "bridge",
    /// Breaks the trail of funds.
    Mixer = "mixer",
    /// On a sanctions list.
    Sanctioned = "sanctioned",
    /// Took part in an exploit or a theft.
    Exploiter = "exploiter",
    /// Deceives people into signing or paying.
    Phishing = "phishing",
    /// Empties wallets that were deceived.
    Drainer = "drainer",
    /// Called malicious, without saying in which way.
    Malicious = "malicious",
    /// Refused by a token's issuer.
    Blocked = "blocked",
    /// Lends within one transaction.
    FlashLender = "flash-lender",
    /// Lends against collateral.
    Lending = "lending",
    /// Swaps along a path of pools.
    DexRouter = "dex-router",
    /// A pool, or a contract that keeps pools.
    DexPool = "dex-pool",
    /// Another part of a decentralised exchange.
    Dex = "dex",
    /// Wraps the chain's own coin.
    WrappedNative = "wrapped-native",
    /// A token that follows a currency.
    Stablecoin = "stablecoin",
    /// Another token.
    Token = "token",
    /// Tells prices.
    Oracle = "oracle",
    /// Votes on or carries out changes of a protocol.
    Governance = "governance",
    /// Signed by several.
    Multisig = "multisig",
    /// Stakes, or keeps stakes.
    Staking = "staking",
    /// Trades collections.
    Marketplace = "marketplace",
    /// Carries out operations or approvals of wallets.
    WalletSystem = "wallet-system",
    /// Deploys contracts of somebody known.
    Deployer = "deployer",
    /// Extracts value by the order of transactions.
    Mev = "mev",
    /// Gambling.
    Gambling = "gambling",
    /// Nobody can spend what is sent there.
    Burn = "burn",
    /// Part of the chain itself.
    System = "system",
    /// Said to be something else: see its name and tags.
    Other = "other",
}

impl fmt::Display for LabelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is no kind of account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of account")]
pub struct UnknownKind(String);

impl FromStr for LabelKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let known = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        known.ok_or_else(|| UnknownKind(config::one_line(text, 80)))
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelKinds(u32);

impl LabelKinds {
    /// Those of which funds should neither come nor go there: sanctioned, exploiter, phishing, drainer, malicious.
    pub const HOSTILE: Self = Self::of(&[
        LabelKind::Sanctioned,
        LabelKind::Exploiter,
        LabelKind::Phishing,
        LabelKind::Drainer,
        LabelKind::Malicious,
    ]);

    /// These kinds.
    pub const fn of(kinds: &[LabelKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    /// These and those.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this kind is among them.
    pub fn has(self, kind: LabelKind) -> bool {
        self.any_of(Self::of(&[kind]))
    }

    /// Whether any of those is among these.
    pub fn any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = LabelKind> {
        LabelKind::ALL.iter().copied().filter(move |kind| self.has(*kind))
    }
}

impl From<LabelKind> for LabelKinds {
    fn from(kind: LabelKind) -> Self {
        Self::of(&[kind])
    }
}

impl fmt::Display for LabelKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        self.iter().try_for_each(|kind| write!(f, "{}{kind}", std::mem::replace(&mut between, " ")))
    }
}

static TAGS: LazyLock<BTreeMap<String, LabelKinds>> = LazyLock::new(|| {
    let table = include_str!("../../../../data/label-tags.toml");
    let kinds: BTreeMap<String, Vec<String>> = config::parse("label-tags.toml", table).expect("a test reads it");
    let mut tags = BTreeMap::new();
    for (kind, of) in kinds {
        let kind: LabelKind = kind.parse().expect("a test reads the kinds in it");
        for tag in of {
            let known: &mut LabelKinds = tags.entry(tag).or_default();
            *known = known.with(kind.into());
        }
    }
    tags
});

/// The kinds that a tag of an explorer or a dataset stands for; none for one that says nothing of a kind.
pub(super) fn kinds_of_tag(tag: &str) -> LabelKinds {
    TAGS.get(tag).copied().unwrap_or_default()
}
