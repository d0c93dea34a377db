//! Who takes part, and how each of them is written, so that no two look the same.

use std::collections::{BTreeMap, BTreeSet};

use atlas::{Bytecode, Selectors};
use facts::{AccountId, Address, Asset, AssetId, TxFacts, U256};

use super::{
    amounts::amount,
    material::Material,
    model::{AccountRow, LabelRow, Part, TokenRow},
    proxies,
};

/// Precompiled contracts and those that every block calls, by their last bytes and by their standards.
const SYSTEM: &[(&str, &str)] = &[
    ("0x0000000000000000000000000000000000000001", "ecrecover"),
    ("0x0000000000000000000000000000000000000002", "sha256"),
    ("0x0000000000000000000000000000000000000003", "ripemd160"),
    ("0x0000000000000000000000000000000000000004", "identity"),
    ("0x0000000000000000000000000000000000000005", "modexp"),
    ("0x0000000000000000000000000000000000000006", "bn254 add"),
    ("0x0000000000000000000000000000000000000007", "bn254 mul"),
    ("0x0000000000000000000000000000000000000008", "bn254 pairing"),
    ("0x0000000000000000000000000000000000000009", "blake2f"),
    ("0x000000000000000000000000000000000000000a", "blob point evaluation"),
    ("0x0000000000000000000000000000000000000100", "p256 verify"),
    ("0x000f3df6d732807ef1319fb7b8bb8522d0beac02", "beacon roots (EIP-4788)"),
    ("0x0000f90827f1c53a10cb7a02335b175320002935", "block hashes (EIP-2935)"),
    ("0x00000961ef480eb55e80d19ad83579a64c007002", "withdrawal requests (EIP-7002)"),
    ("0x0000bbddc7ce488642fb579f8b00f3a590007251", "consolidation requests (EIP-7251)"),
];

/// Labels of one account that are told.
const LABELS_MAX: usize = 8;
/// Functions of unknown code that are told.
const FUNCTIONS_MAX: usize = 64;

/// Everybody, by address.
pub(super) struct Cast<'a> {
    material: &'a Material<'a>,
    rows: BTreeMap<Address, AccountRow>,
    behind: BTreeMap<Address, (Address, &'static str)>,
    /// Accounts with code that was made here, or was called by a function without a name.
    unnamed: BTreeSet<Address>,
}

impl<'a> Cast<'a> {
    pub(super) fn of(material: &'a Material<'a>, facts: &TxFacts) -> Self {
        let unnamed = unnamed(facts, material.selectors);
        let mut cast = Self { material, rows: BTreeMap::new(), behind: proxies::seen(facts), unnamed };
        let mut tokens = BTreeSet::new();
        for address in parts(facts) {
            cast.rows.entry(address).or_default();
        }
        for flow in &facts.flows {
            tokens.extend(flow.asset.contract());
        }
        tokens.iter().for_each(|token| cast.role(*token, "token"));
        cast.role(material.sender.account(), "sender");
        if let Some(to) = facts.to {
            cast.role(to, "recipient");
        }
        facts.codes.iter().for_each(|code| cast.role(code.address, "created"));
        if let Some(builder) = material.builder.filter(|builder| cast.rows.contains_key(builder)) {
            cast.role(builder, "builder");
        }
        let addresses: Vec<Address> = cast.rows.keys().copied().collect();
        for address in addresses {
            cast.describe(address);
        }
        cast.shorten();
        cast
    }

    /// Notes what an account does here.
    pub(super) fn role(&mut self, address: Address, role: &'static str) {
        let row = self.rows.entry(address).or_default();
        if !row.roles.contains(&role) {
            row.roles.push(role);
        }
    }

    /// Whether it took part.
    pub(super) fn knows(&self, address: Address) -> bool {
        self.rows.contains_key(&address)
    }

    /// Whose code an account runs: its own, or what it hands its calls on to.
    pub(super) fn code_of(&self, address: Address) -> Address {
        self.behind.get(&address).map_or(address, |(code, _)| *code)
    }

    /// The account as an id.
    pub(super) fn id(&self, address: Address) -> AccountId {
        AccountId { chain: self.material.chain.id.clone(), address }
    }

    /// The asset as an id.
    pub(super) fn asset(&self, asset: &Asset) -> AssetId {
        AssetId::of(&self.material.chain.id, asset, self.material.chain.slip44)
    }

    /// How an account is written: by its name, else by its shortened address.
    pub(super) fn name(&self, address: Address) -> String {
        match self.rows.get(&address) {
            Some(AccountRow { name: Some(name), .. }) => name.clone(),
            Some(row) => row.short.clone(),
            None => address.to_string(),
        }
    }

    /// The account in a sentence.
    pub(super) fn part(&self, address: Address) -> Part {
        Part::Account(self.id(address), self.name(address))
    }

    /// An amount in a sentence.
    pub(super) fn amount(&self, units: U256, asset: &Asset) -> Part {
        Part::Amount(self.asset(asset), units, self.amount_text(units, asset))
    }

    /// An amount with its unit: whole units where the decimals are known, else base units, which is then said.
    pub(super) fn amount_text(&self, units: U256, asset: &Asset) -> String {
        match asset {
            Asset::Native => format!("{} {}", amount(units, self.material.chain.decimals), self.material.chain.symbol),
            Asset::Erc20(token) => match self.token(*token) {
                Some((symbol, decimals)) => format!("{} {symbol}", amount(units, decimals)),
                None => format!("{} base units of {}", amount(units, 0), self.name(*token)),
            },
            Asset::Erc721(token, id) => format!("{} no. {id}", self.collection(*token)),
            Asset::Erc1155(token, id) => format!("{} of {} no. {id}", amount(units, 0), self.collection(*token)),
        }
    }

    /// Symbol and decimals of a fungible token. What wraps the coin one to one has its decimals, whatever it is called.
    pub(super) fn token(&self, token: Address) -> Option<(String, u8)> {
        let chain = self.material.chain;
        match self.material.tokens.get(&token) {
            Some(known) => Some((known.symbol.clone(), known.decimals)),
            None if chain.wrapped_native.contains(&token) => {
                Some((format!("wrapped {}", chain.symbol), chain.decimals))
            }
            None => None,
        }
    }

    fn collection(&self, token: Address) -> String {
        self.material.tokens.get(&token).map_or_else(|| self.name(token), |known| known.symbol.clone())
    }

    /// Everybody, for the document.
    pub(super) fn accounts(&self) -> BTreeMap<AccountId, AccountRow> {
        self.rows.iter().map(|(address, row)| (self.id(*address), row.clone())).collect()
    }

    /// The tokens that took part and whose amounts can be told in whole units.
    pub(super) fn tokens(&self) -> BTreeMap<AssetId, TokenRow> {
        let named = self.rows.keys().filter_map(|token| Some((token, self.token(*token)?)));
        named
            .map(|(token, (symbol, decimals))| (self.asset(&Asset::Erc20(*token)), TokenRow { symbol, decimals }))
            .collect()
    }

    fn describe(&mut self, address: Address) {
        let material = self.material;
        let id = self.id(address);
        let protected = material.protocol.and_then(|protocol| protocol.contract_at(&id));
        let labels: Vec<_> = material.labels.of(&material.chain.id, address).take(LABELS_MAX).collect();
        let is_known = protected.is_some() || !labels.is_empty() || self.behind.contains_key(&address);
        let is_unknown = !is_known && self.unnamed.contains(&address);
        let system = system(address);
        let code = material.codes.get(&address);
        let Some(row) = self.rows.get_mut(&address) else { return };
        row.labels = labels
            .iter()
            .map(|label| LabelRow {
                name: if label.name.is_empty() { label.tags } else { label.name }.to_owned(),
                source: label.source.name.clone(),
                date: label.source.date.clone(),
            })
            .collect();
        row.name = protected
            .map(|contract| contract.name.clone())
            .or_else(|| labels.iter().find(|label| !label.name.is_empty()).map(|label| label.name.to_owned()))
            .or_else(|| system.map(str::to_owned))
            .or_else(|| address.is_zero().then(|| "nobody".to_owned()));
        if system.is_some() {
            row.roles.push("system");
        }
        if let Some((behind, standard)) = self.behind.get(&address) {
            row.implementation = Some(AccountId { chain: material.chain.id.clone(), address: *behind });
            row.proxy = Some(standard);
        }
        row.code_bytes = code.map(|code| code.len());
        if let Some(code) = code.filter(|_| is_unknown) {
            row.functions = functions(code, material.selectors);
        }
    }

    /// Gives every account a short form that no other account of the transaction has, and tells equal names apart:
    /// whoever poisons addresses makes them look alike at both ends.
    fn shorten(&mut self) {
        let mut count: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for address in self.rows.keys() {
            for ends in ENDS {
                *count.entry((ends, short(*address, ends))).or_default() += 1;
            }
        }
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for row in self.rows.values() {
            row.name.iter().for_each(|name| *names.entry(name.clone()).or_default() += 1);
        }
        let material = self.material;
        for (address, row) in &mut self.rows {
            let unique = |ends: &usize| count.get(&(*ends, short(*address, *ends))) == Some(&1);
            row.short = match ENDS.iter().find(|ends| unique(ends)) {
                Some(ends) => short(*address, *ends),
                None => address.to_string(),
            };
            if let Some(name) = row.name.as_mut().filter(|name| names.get(*name).is_some_and(|same| *same > 1)) {
                *name = format!("{name} {}", row.short);
            }
            // What a token calls itself is no name that could stand alone.
            if let Some(token) = material.tokens.get(address).filter(|_| row.name.is_none()) {
                row.name = Some(format!("{} {}", token.symbol, row.short));
            }
        }
    }
}

/// Digits that a short form keeps at each end.
const ENDS: [usize; 4] = [4, 6, 9, 14];

fn short(address: Address, ends: usize) -> String {
    let text = address.to_string();
    format!("{}…{}", &text[..ends + 2], &text[text.len() - ends..])
}

/// Whose code nobody has named: made here, or called by a function that no list has.
fn unnamed(facts: &TxFacts, names: &Selectors) -> BTreeSet<Address> {
    let called =
        facts.frames.iter().filter(|frame| frame.selector().is_some_and(|selector| names.selector(selector).is_none()));
    called.map(|frame| frame.code).chain(facts.codes.iter().map(|code| code.address)).collect()
}

/// The functions that code tells apart, by name where that is known.
fn functions(code: &[u8], names: &Selectors) -> Vec<String> {
    let read = Bytecode::read(code);
    let named = |selector| names.selector(selector).map_or_else(|| format!("{selector}"), ToString::to_string);
    read.functions.into_iter().take(FUNCTIONS_MAX).map(|(selector, _)| named(selector)).collect()
}

/// What a precompiled or system contract is.
pub(super) fn system(address: Address) -> Option<&'static str> {
    let bytes = address.as_slice();
    // Most addresses end the search here.
    if bytes[0] != 0 {
        return None;
    }
    let is = |(known, _): &&(&str, &str)| known.parse() == Ok(address);
    SYSTEM.iter().find(is).map(|(_, name)| *name)
}

/// Everybody that the facts name. Nobody (the zero address) is one of them where tokens are minted or burnt.
fn parts(facts: &TxFacts) -> impl Iterator<Item = Address> + '_ {
    let called = facts.frames.iter().flat_map(|frame| [frame.caller, frame.target, frame.code]);
    let moved = facts.flows.iter().flat_map(|flow| [flow.from, flow.to]);
    let wrote = facts.logs.iter().map(|log| log.address).chain(facts.writes.iter().map(|write| write.address));
    let given = facts.delegations.iter().flat_map(|given| [given.account, given.code]);
    let changed = facts.changes.iter().map(|change| change.contract);
    [facts.from].into_iter().chain(facts.to).chain(called).chain(moved).chain(wrote).chain(given).chain(changed)
}
