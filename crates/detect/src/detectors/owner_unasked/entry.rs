//! What registries of names and identities say when somebody is put in place.

use alloy_primitives::keccak256;
use facts::{Address, B256, Log, U256};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The owner of a name.
    Name,
    /// The owner of a name below another.
    SubName,
    /// Who answers for a name.
    Resolver,
    /// The owner of an identity.
    Owner,
    /// Who may speak for an identity.
    Delegate,
    /// What is true of an identity.
    Attribute,
    /// A key of a contract that is an identity.
    Key,
    /// What is kept in a contract that is an identity.
    Data,
    /// What somebody vouches for in a contract that is an identity.
    Claim,
    /// Who may give names out.
    Controller,
    /// Who may act for an owner, in all that is his.
    Operator,
}

/// The events, by their signatures: ENS's registry and registrars, ERC-1056, ERC-734, ERC-725 and ERC-735.
pub(super) const FORMS: [(&str, Form); 13] = [
    ("Transfer(bytes32,address)", Form::Name),
    ("NewOwner(bytes32,bytes32,address)", Form::SubName),
    ("NewResolver(bytes32,address)", Form::Resolver),
    ("DIDOwnerChanged(address,address,uint256)", Form::Owner),
    ("DIDDelegateChanged(address,bytes32,address,uint256,uint256)", Form::Delegate),
    ("DIDAttributeChanged(address,bytes32,bytes,uint256,uint256)", Form::Attribute),
    ("KeyAdded(bytes32,uint256,uint256)", Form::Key),
    ("DataChanged(bytes32,bytes)", Form::Data),
    ("ClaimAdded(bytes32,uint256,uint256,address,bytes,bytes,string)", Form::Claim),
    ("ClaimChanged(bytes32,uint256,uint256,address,bytes,bytes,string)", Form::Claim),
    ("ControllerAdded(address)", Form::Controller),
    ("ControllerChanged(address,bool)", Form::Controller),
    ("ApprovalForAll(address,address,bool)", Form::Operator),
];

impl Form {
    /// Whether it is a place that one account holds at a time, free until somebody is the first.
    pub(super) fn is_place(self) -> bool {
        matches!(self, Self::Name | Self::SubName)
    }

    /// Whether whoever is put in is an account.
    pub(super) fn names_next(self) -> bool {
        !matches!(self, Self::Resolver | Self::Attribute | Self::Key | Self::Data)
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Name | Self::SubName | Self::Resolver => "identity/ens-hijack",
            Self::Attribute | Self::Data | Self::Claim => "identity/credential-registry-change",
            Self::Owner | Self::Delegate | Self::Key | Self::Controller | Self::Operator => "identity/owner-added",
        }
    }
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) form: Form,
    pub(super) registry: Address,
    /// The name or identity; the contract, where it is one itself.
    pub(super) identity: B256,
    /// Who was put in, where that is an account.
    pub(super) next: Option<Address>,
    /// The key or the name of what changed, where that is no account.
    word: B256,
    pub(super) frame: u32,
    pub(super) at: u32,
}

impl Entry {
    /// Reads an event. What takes somebody away, or has ended by `now`, puts nobody in.
    pub(super) fn read(form: Form, log: &Log, now: u64) -> Option<Self> {
        let topic = |at: usize| log.topics.get(at).copied();
        let word = |at: usize| log.data.get(at * 32..at * 32 + 32).map(B256::from_slice);
        let account = |word: B256| (word[..12] == [0; 12]).then(|| Address::from_word(word));
        let lasts = |word: B256| U256::from_be_bytes(word.0) > U256::from(now);
        let itself = log.address.into_word();
        let (identity, what) = match form {
            Form::Name | Form::Resolver | Form::Owner => (topic(1)?, word(0)?),
            Form::SubName => (keccak256([topic(1)?.as_slice(), topic(2)?.as_slice()].concat()), word(0)?),
            Form::Delegate => (topic(1)?, word(1).filter(|_| word(2).is_some_and(lasts))?),
            Form::Attribute => (topic(1)?, word(0).filter(|_| word(2).is_some_and(lasts))?),
            Form::Key => (itself, topic(1).filter(|_| log.topics.len() == 4)?),
            Form::Data => (itself, topic(1)?),
            Form::Claim => (itself, topic(3)?),
            Form::Controller if log.data.is_empty() => (itself, topic(1)?),
            Form::Controller => (itself, topic(1).filter(|_| word(0).is_some_and(|flag| !flag.is_zero()))?),
            Form::Operator => (topic(1)?, topic(2).filter(|_| word(0).is_some_and(|flag| !flag.is_zero()))?),
        };
        let next = match form {
            Form::Attribute | Form::Key | Form::Data => None,
            _ => Some(account(what)?),
        };
        let is_of_account = matches!(form, Form::Owner | Form::Delegate | Form::Attribute | Form::Operator);
        if next.is_some_and(|next| next.is_zero()) || (is_of_account && account(identity).is_none()) {
            return None;
        }
        Some(Self { form, registry: log.address, identity, next, word: what, frame: log.frame, at: log.at })
    }

    /// The account that the identity is, which has the first say in it.
    pub(super) fn itself(&self) -> Option<Address> {
        matches!(self.form, Form::Owner | Form::Delegate | Form::Attribute | Form::Operator)
            .then(|| Address::from_word(self.identity))
    }

    /// What happened to whom, as the beginning of a sentence.
    pub(super) fn says(&self) -> String {
        let next = self.next.map_or_else(|| self.word.to_string(), |next| next.to_string());
        match self.form {
            Form::Name | Form::SubName | Form::Owner => format!("{next} was made the owner of"),
            Form::Resolver => format!("{next} was made to answer for"),
            Form::Delegate => format!("{next} was made to speak for"),
            Form::Attribute => format!("the attribute {next} was set of"),
            Form::Key => format!("the key {next} was added to"),
            Form::Data => format!("the data {next} were changed of"),
            Form::Claim => format!("a claim of {next} was put into"),
            Form::Controller => format!("{next} was made a controller of"),
            Form::Operator => format!("{next} was made the operator of"),
        }
    }

    /// Of what.
    pub(super) fn whose(&self) -> String {
        match self.form {
            Form::Name | Form::SubName | Form::Resolver => format!("the name {}", self.identity),
            Form::Owner | Form::Delegate | Form::Attribute => {
                format!("the identity {}", Address::from_word(self.identity))
            }
            Form::Key | Form::Data | Form::Claim => "an identity".to_owned(),
            Form::Controller => "names".to_owned(),
            Form::Operator => format!("all that {} has", Address::from_word(self.identity)),
        }
    }
}
