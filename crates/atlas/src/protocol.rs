//! What is protected: the contracts of a protocol, and what stops each of them.

use std::collections::BTreeMap;

use facts::{AccountId, Address, ChainId};
use serde::Deserialize;

use crate::{
    Abi, AtlasError, Selectors, Signature, SignatureKind, address,
    config::{ConfigError, Spanned, Text, nearest},
};

/// The most contracts of one protocol.
pub const CONTRACTS_MAX: usize = 1_000;
/// The longest name of a protocol, contract or signer, in characters.
pub const NAME_CHARS_MAX: usize = 80;

/// A protocol, as `protocol.toml` describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    name: String,
    contracts: Vec<Contract>,
    by_account: BTreeMap<AccountId, usize>,
    warnings: Vec<String>,
}

/// One protected contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its name in the protocol; no two are the same.
    pub name: String,
    /// Where it is.
    pub account: AccountId,
    /// The file of its ABI, as it is written in `protocol.toml`: relative to that file.
    pub abi: Option<String>,
    /// The function that stops it. It takes no arguments.
    pub pause: Option<Signature>,
    /// The function that lets it go on.
    pub unpause: Option<Signature>,
    /// The signer that may call them, by its name in `breakglass.toml`.
    pub signer: Option<String>,
    /// What it declares, once its ABI was handed in.
    pub interface: Option<Abi>,
}

impl Contract {
    /// Whether what stops it can be undone. Without that no machine may stop it alone.
    pub fn can_be_undone(&self) -> bool {
        self.pause.is_some() && self.unpause.is_some()
    }
}

impl Protocol {
    /// Reads `protocol.toml`.
    pub fn parse(file: &str, text: &str) -> Result<Self, AtlasError> {
        let text = Text { file, text };
        let raw: ProtocolToml = text.parse()?;
        if *raw.schema.get_ref() != 1 {
            let message = format!("schema {} is not known", raw.schema.get_ref());
            Err(text.error(raw.schema.span(), message).hint("this version reads `schema = 1`"))?;
        }
        let listed = raw.contract.get_ref().len();
        if !(1..=CONTRACTS_MAX).contains(&listed) {
            let message = format!("{listed} contracts cannot be protected by one file");
            Err(text.error(raw.contract.span(), message).hint(format!("list 1 to {CONTRACTS_MAX} as `[[contract]]`")))?;
        }
        let mut protocol = Self {
            name: name(&text, &raw.name)?,
            contracts: Vec::with_capacity(listed),
            by_account: BTreeMap::new(),
            warnings: Vec::new(),
        };
        for contract in raw.contract.into_inner() {
            protocol.add(&text, contract)?;
        }
        Ok(protocol)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its contracts, in the order of the file.
    pub fn contracts(&self) -> &[Contract] {
        &self.contracts
    }

    /// The contract at this account.
    pub fn contract_at(&self, account: &AccountId) -> Option<&Contract> {
        self.by_account.get(account).map(|index| &self.contracts[*index])
    }

    /// The contract of this name.
    pub fn contract(&self, name: &str) -> Option<&Contract> {
        self.contracts.iter().find(|contract| contract.name == name)
    }

    /// Whether this account is protected.
    pub fn contains(&self, account: &AccountId) -> bool {
        self.by_account.contains_key(account)
    }

    /// The protected addresses on a chain, in ascending order.
    pub fn addresses_on(&self, chain: &ChainId) -> impl Iterator<Item = Address> {
        self.by_account.keys().filter(move |account| account.chain == *chain).map(|account| account.address)
    }

    /// What is allowed but leaves the protocol worse guarded than its file may suggest, each with its place.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Hands in the text of a contract's ABI. What stops the contract has to be in it.
    pub fn with_abi(mut self, contract: &str, file: &str, text: &str) -> Result<Self, AtlasError> {
        let abi = Abi::parse(file, text)?;
        let known = self.contracts.iter().map(|contract| contract.name.as_str());
        let hint = match nearest(contract, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name it in the protocol first".to_owned(),
        };
        let Some(found) = self.contracts.iter_mut().find(|known| known.name == contract) else {
            let (file, contract) = (file.to_owned(), contract.to_owned());
            return Err(AtlasError::NoContract { file, contract, hint });
        };
        let missing = [&found.pause, &found.unpause].into_iter().flatten().find(|function| !abi.declares(function));
        if let Some(function) = missing {
            let hint = match nearest(function.text(), abi.functions().map(Signature::text)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "behind a proxy, give the ABI of the implementation".to_owned(),
            };
            return Err(AtlasError::NoFunction {
                file: file.to_owned(),
                contract: contract.to_owned(),
                function: function.to_string(),
                hint,
            });
        }
        found.interface = Some(abi);
        Ok(self)
    }

    /// These signatures together with those of the ABIs that were handed in.
    pub fn name_more(&self, selectors: Selectors) -> Selectors {
        self.contracts.iter().filter_map(|contract| contract.interface.as_ref()).fold(selectors, Selectors::with)
    }

    fn add(&mut self, text: &Text<'_>, raw: ContractToml) -> Result<(), ConfigError> {
        let name_span = raw.name.span();
        let at = text.error(name_span.clone(), "");
        let contract = Contract {
            name: name(text, &raw.name)?,
            account: AccountId { chain: chain(text, raw.chain)?, address: address(text, &raw.address)? },
            abi: raw.abi.map(|file| path(text, file)).transpose()?,
            pause: raw.pause.map(|written| function(text, &written)).transpose()?,
            unpause: raw.unpause.map(|written| function(text, &written)).transpose()?,
            signer: raw.signer.map(|written| name(text, &written)).transpose()?,
            interface: None,
        };
        if self.contract(&contract.name).is_some() {
            let error = text.error(name_span, format!("contract `{}` is here twice", contract.name));
            return Err(error.hint("give each contract a name of its own"));
        }
        if let Some(other) = self.contract_at(&contract.account) {
            let error = text.error(raw.address.span(), format!("`{}` is `{}` already", contract.account, other.name));
            return Err(error.hint("remove one of the two"));
        }
        let mut warn = |what: &str| {
            let Contract { name, .. } = &contract;
            self.warnings.push(format!("contract `{name}` {what}, at {}:{}:{}", at.file, at.line, at.column));
        };
        match (&contract.pause, &contract.unpause) {
            (Some(_), None) => warn("has `pause` without `unpause`: no machine may pause alone"),
            (None, Some(_)) => warn("has `unpause` without `pause`: nothing here stops it"),
            _ => {}
        }
        if contract.pause.is_some() && contract.signer.is_none() {
            warn("has `pause` without `signer`: nobody is named who may pause");
        }
        self.by_account.insert(contract.account.clone(), self.contracts.len());
        self.contracts.push(contract);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtocolToml {
    schema: Spanned<u32>,
    name: Spanned<String>,
    contract: Spanned<Vec<ContractToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractToml {
    name: Spanned<String>,
    chain: Spanned<ChainId>,
    address: Spanned<String>,
    abi: Option<Spanned<String>>,
    pause: Option<Spanned<String>>,
    unpause: Option<Spanned<String>>,
    signer: Option<Spanned<String>>,
}

fn name(text: &Text<'_>, written: &Spanned<String>) -> Result<String, ConfigError> {
    let name = written.get_ref();
    let length = name.chars().count();
    if name.trim() != name || !(1..=NAME_CHARS_MAX).contains(&length) || name.chars().any(char::is_control) {
        let error = text.error(written.span(), "this name cannot be used");
        return Err(
            error.hint(format!("write 1 to {NAME_CHARS_MAX} characters, without control characters or outer spaces"))
        );
    }
    Ok(name.clone())
}

fn chain(text: &Text<'_>, written: Spanned<ChainId>) -> Result<ChainId, ConfigError> {
    if written.get_ref().evm_number().is_none() {
        let error = text.error(written.span(), format!("`{}` is not an EVM chain", written.get_ref()));
        return Err(error.hint("write `eip155:` and the chain's number"));
    }
    Ok(written.into_inner())
}

fn path(text: &Text<'_>, written: Spanned<String>) -> Result<String, ConfigError> {
    let path = written.get_ref();
    if path.is_empty() || path.len() > 4_096 || path.chars().any(char::is_control) {
        let error = text.error(written.span(), "this is not the name of a file");
        return Err(error.hint("write the path of the ABI, relative to this file"));
    }
    Ok(written.into_inner())
}

/// A function that this file can call: one without arguments.
fn function(text: &Text<'_>, written: &Spanned<String>) -> Result<Signature, ConfigError> {
    let read = Signature::parse(SignatureKind::Function, written.get_ref()).map_err(|error| {
        text.error(written.span(), error.to_string()).hint("write a function's signature, such as `pause()`")
    })?;
    if !read.inputs().is_empty() {
        let error = text.error(written.span(), format!("`{read}` takes arguments, which are not written here"));
        return Err(error.hint("name a function without arguments, such as `pause()`"));
    }
    Ok(read)
}

#[cfg(test)]
mod tests;
