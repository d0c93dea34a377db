//! What build tools leave behind: contracts with their ABIs, their storage layouts and their code.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, hex};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    Abi, AtlasError,
    abi::{self, Entry},
    config::{Text, one_line},
    layout::{Layout, LayoutJson},
};

/// The largest file that is read, in bytes. Build-info of large projects has some tens of megabytes, with syntax trees.
pub const ARTIFACT_BYTES_MAX: usize = 512 << 20;
/// The most contracts of one file.
pub const CONTRACTS_MAX: usize = 20_000;

/// A contract as a build tool describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name; empty when the file does not say it: Foundry names the file after it.
    pub name: String,
    /// The file of its source, where that is known.
    pub source: Option<String>,
    /// Where it stands, for a collection of deployed contracts.
    pub address: Option<Address>,
    /// What it declares.
    pub abi: Abi,
    /// How its storage is laid out, where the tool was asked to say it.
    pub layout: Option<Layout>,
    /// Its deployed code, with zeros where values are filled in at deployment; none where libraries are not linked.
    pub runtime: Option<Bytes>,
    /// The code that creates it, without arguments.
    pub init: Option<Bytes>,
}

impl Artifact {
    /// Nothing but what a contract declares.
    pub fn named(abi: Abi) -> Self {
        let (source, address, layout, runtime, init) = (None, None, None, None, None);
        Self { name: String::new(), source, address, abi, layout, runtime, init }
    }

    /// Reads whatever a build tool wrote: a Foundry artifact, a Hardhat artifact, Hardhat's or Foundry's build-info, the
    /// output of `solc --standard-json`, an array of `{address, name, abi}`, or a bare ABI.
    pub fn parse_all(file: &str, text: &str) -> Result<Vec<Self>, AtlasError> {
        let place = Text { file, text };
        if text.len() > ARTIFACT_BYTES_MAX {
            let message = format!("{} bytes are too many", text.len());
            Err(place.error(0..0, message).hint("give the artifact of one contract, without the syntax trees"))?;
        }
        let json = text.trim_start_matches('\u{feff}').trim_start();
        let skipped = text.len() - json.len();
        let bad = |error: serde_json::Error| {
            let start = skipped + abi::offset(json, error.line(), error.column());
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            place.error(start..start, format!("not an artifact: {what}")).hint(REMEDY)
        };
        if json.starts_with('[') {
            // An ABI has entries with a type or inputs, a collection has entries with an ABI.
            let entries: Vec<Probe> = serde_json::from_str(json).map_err(bad)?;
            if entries.first().is_none_or(|entry| entry.abi.is_none()) {
                return Ok(vec![Self::named(Abi::parse(file, text)?)]);
            }
            let contracts: Vec<ContractJson> = serde_json::from_str(json).map_err(bad)?;
            return limited(&place, contracts.into_iter().map(|contract| (None, contract)).collect());
        }
        let json: ContractJson = serde_json::from_str(json).map_err(bad)?;
        let ContractJson { output, contracts, .. } = json;
        let contract = ContractJson { output: None, contracts: None, ..json };
        match (output.map(|output| output.contracts).or(contracts), contract) {
            (Some(sources), _) => {
                let each = sources.into_iter().flat_map(|(source, contracts)| {
                    let named = move |(name, contract): (String, ContractJson)| {
                        (Some(source.clone()), ContractJson { contract_name: Some(name), ..contract })
                    };
                    contracts.into_iter().map(named)
                });
                limited(&place, each.collect())
            }
            (None, contract) if contract.abi.is_some() => limited(&place, vec![(None, contract)]),
            _ => Err(place.error(0..0, "there is no contract in it").hint(REMEDY))?,
        }
    }
}

const REMEDY: &str = "give a Foundry or Hardhat artifact, build-info, solc's standard JSON output, or an ABI";

fn limited(place: &Text<'_>, contracts: Vec<(Option<String>, ContractJson)>) -> Result<Vec<Artifact>, AtlasError> {
    if contracts.len() > CONTRACTS_MAX {
        let message = format!("{} contracts are more than {CONTRACTS_MAX}", contracts.len());
        Err(place.error(0..0, message).hint("give the artifacts of the contracts that matter"))?;
    }
    contracts.into_iter().map(|(source, contract)| contract.read(place.file, source)).collect()
}

#[derive(Deserialize)]
struct Probe {
    abi: Option<IgnoredAny>,
}

type Sources = BTreeMap<String, BTreeMap<String, ContractJson>>;

#[derive(Deserialize)]
struct OutputJson {
    #[serde(default)]
    contracts: Sources,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ContractJson {
    /// What a file has that describes many contracts. Without `flatten`, which would keep whatever else is there.
    output: Option<OutputJson>,
    contracts: Option<Sources>,
    #[serde(alias = "name")]
    contract_name: Option<String>,
    source_name: Option<String>,
    address: Option<Address>,
    abi: Option<Vec<Entry>>,
    storage_layout: Option<LayoutJson>,
    bytecode: Option<CodeJson>,
    deployed_bytecode: Option<CodeJson>,
    evm: Option<EvmJson>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct EvmJson {
    bytecode: Option<CodeJson>,
    deployed_bytecode: Option<CodeJson>,
}

/// Hardhat writes the code itself, the others an object around it.
#[derive(Deserialize)]
#[serde(untagged)]
enum CodeJson {
    Text(String),
    Object { object: Option<String> },
}

impl CodeJson {
    /// None for an interface, and for code with places for libraries in it.
    fn read(self) -> Option<Bytes> {
        let text = match self {
            Self::Text(text) => text,
            Self::Object { object } => object?,
        };
        hex::decode(text).ok().filter(|code| !code.is_empty()).map(Bytes::from)
    }
}

impl ContractJson {
    fn read(self, file: &str, source: Option<String>) -> Result<Artifact, AtlasError> {
        let entries = self.abi.unwrap_or_default();
        let name = self.contract_name.map(|name| one_line(&name, 200)).unwrap_or_default();
        let told = if name.is_empty() { file.to_owned() } else { format!("{file}` of `{name}") };
        if entries.len() > abi::ENTRIES_MAX {
            return Err(AtlasError::Abi { file: told, entry: abi::ENTRIES_MAX, message: abi::too_many(entries.len()) });
        }
        let evm = self.evm.unwrap_or_default();
        let read = |code: Option<CodeJson>| code.and_then(CodeJson::read);
        Ok(Artifact {
            abi: Abi::of(&told, &entries)?,
            layout: self.storage_layout.map(|layout| layout.read(&told)).transpose()?,
            runtime: read(self.deployed_bytecode.or(evm.deployed_bytecode)),
            init: read(self.bytecode.or(evm.bytecode)),
            source: source.or(self.source_name).map(|source| one_line(&source, 400)),
            address: self.address,
            name,
        })
    }
}

#[cfg(test)]
mod tests;
