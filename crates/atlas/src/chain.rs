//! A chain: its names, its native asset, and which rules its blocks run by.

use std::{collections::BTreeMap, ops::Range};

use alloy_primitives::Address;
use facts::ChainId;
use serde::Deserialize;

use crate::{
    AtlasError, Fork, address,
    config::{ConfigError, Spanned, Text, nearest},
};

/// What is known about one chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// CAIP-2 id.
    pub id: ChainId,
    /// Its name, for people.
    pub name: String,
    /// SLIP-44 coin type of the native asset, for CAIP-19 ids; 60 for ether on whichever chain.
    pub slip44: u32,
    /// Symbol of the native asset.
    pub symbol: String,
    /// Decimals of the native asset.
    pub decimals: u8,
    /// Contracts that wrap the native asset one to one: deposits and withdrawals are movements without a transfer.
    pub wrapped_native: Vec<Address>,
    /// The usual time between blocks, in milliseconds.
    pub block_time_ms: u64,
    /// Its forks, oldest first; empty when the schedule is unknown.
    pub forks: Vec<(Fork, Activation)>,
    /// Whether its header hashes as Ethereum's does.
    pub header_form: HeaderForm,
    /// Whether its blocks can be executed by Ethereum's rules.
    pub execution: Execution,
    /// Where this came from.
    pub provenance: Provenance,
}

/// When a fork begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// With the block of this number.
    Block(u64),
    /// With the first block of at least this time, in seconds since 1970 UTC.
    Time(u64),
}

impl Activation {
    /// Whether a block of this number and time is at or after it.
    pub fn reached(self, number: u64, timestamp: u64) -> bool {
        match self {
            Self::Block(first) => number >= first,
            Self::Time(first) => timestamp >= first,
        }
    }
}

/// Whether the hash of a header can be computed from Ethereum's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderForm {
    /// It can.
    Ethereum,
    /// The header has other fields; its hash has to be believed.
    Other,
}

/// Whether a block of the chain can be executed by Ethereum's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    /// It can.
    Ethereum,
    /// It cannot, because of fees, system transactions or precompiles of its own. What its blocks did has to be taken
    /// from the node's traces or logs.
    Other {
        /// What differs.
        why: String,
    },
}

/// Where knowledge came from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The source, and what was taken from it.
    pub source: String,
    /// The source's licence.
    pub licence: String,
    /// The day it was compared with its source; none when it was written down from memory.
    pub checked: Option<String>,
}

impl Chain {
    /// A development chain whose node itself declares its fork. All its blocks run by that fork.
    pub fn devnet(id: ChainId, fork: Fork) -> Self {
        Self {
            name: id.to_string(),
            id,
            slip44: 60,
            symbol: "ETH".to_owned(),
            decimals: 18,
            wrapped_native: Vec::new(),
            block_time_ms: 1_000,
            forks: vec![(fork, Activation::Block(0))],
            header_form: HeaderForm::Ethereum,
            execution: Execution::Ethereum,
            provenance: Provenance {
                source: "declared by the node".to_owned(),
                licence: "none".to_owned(),
                checked: None,
            },
        }
    }

    /// This chain, with every block run by the fork that its node declares. For a chain without a schedule.
    pub fn declared(mut self, fork: Fork) -> Self {
        self.forks = vec![(fork, Activation::Block(0))];
        self
    }

    /// The fork in force at a block, by its number and time; `None` when the schedule is unknown or begins later.
    /// A chain that runs by [`Execution::Other`] has none.
    pub fn fork_at(&self, number: u64, timestamp: u64) -> Option<Fork> {
        let reached = |(_, activation): &&(Fork, Activation)| activation.reached(number, timestamp);
        self.forks.iter().rev().find(reached).map(|(fork, _)| *fork)
    }

    /// Reads a chain file.
    pub fn parse(file: &str, text: &str) -> Result<Self, AtlasError> {
        let text = Text { file, text };
        let raw: ChainToml = text.parse()?;
        let bad = |span: Range<usize>, message: String| text.error(span, message);
        if *raw.schema.get_ref() != 1 {
            let message = format!("schema {} is not known", raw.schema.get_ref());
            Err(bad(raw.schema.span(), message).hint("this version reads `schema = 1`"))?;
        }
        if !(1..=60_000).contains(raw.block_time_ms.get_ref()) {
            let message = format!("a block time of {} ms cannot be", raw.block_time_ms.get_ref());
            Err(bad(raw.block_time_ms.span(), message).hint("write 1 to 60000 milliseconds"))?;
        }
        let execution = match (raw.execution.get_ref(), raw.execution_why) {
            (ExecutionToml::Ethereum, None) => Execution::Ethereum,
            (ExecutionToml::Other, Some(why)) if raw.forks.is_empty() => Execution::Other { why },
            (ExecutionToml::Other, Some(_)) => Err(bad(raw.execution.span(), "`other` with forks".to_owned())
                .hint("remove `[forks]`: they name Ethereum's rules, by which this chain does not run"))?,
            (ExecutionToml::Other, None) => {
                Err(bad(raw.execution.span(), "`other` without a reason".to_owned()).hint("add `execution_why`"))?
            }
            (ExecutionToml::Ethereum, Some(_)) => {
                Err(bad(raw.execution.span(), "`execution_why` explains nothing".to_owned())
                    .hint("remove it, or write `execution = \"other\"`"))?
            }
        };
        let wrapped = raw.wrapped_native.iter().map(|written| address(&text, written));
        Ok(Self {
            wrapped_native: wrapped.collect::<Result<_, _>>()?,
            forks: schedule(&text, raw.forks)?,
            id: raw.id,
            name: raw.name,
            slip44: raw.slip44,
            symbol: raw.symbol,
            decimals: raw.decimals,
            block_time_ms: raw.block_time_ms.into_inner(),
            header_form: raw.header,
            execution,
            provenance: raw.provenance,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainToml {
    schema: Spanned<u32>,
    id: ChainId,
    name: String,
    slip44: u32,
    symbol: String,
    decimals: u8,
    wrapped_native: Vec<Spanned<String>>,
    block_time_ms: Spanned<u64>,
    header: HeaderForm,
    execution: Spanned<ExecutionToml>,
    execution_why: Option<String>,
    provenance: Provenance,
    #[serde(default)]
    forks: BTreeMap<Spanned<String>, Activation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ExecutionToml {
    Ethereum,
    Other,
}

/// Orders the forks, and refuses a schedule in which a later one begins earlier or the clock comes before the height.
fn schedule(
    text: &Text<'_>,
    forks: BTreeMap<Spanned<String>, Activation>,
) -> Result<Vec<(Fork, Activation)>, ConfigError> {
    let mut named = Vec::with_capacity(forks.len());
    for (name, activation) in forks {
        let fork: Fork = name.get_ref().parse().map_err(|error: crate::UnknownFork| {
            let error = text.error(name.span(), error.to_string());
            match nearest(name.get_ref(), Fork::ALL.iter().map(|fork| fork.name())) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("a later fork needs a later version"),
            }
        })?;
        named.push((fork, activation, name.span()));
    }
    named.sort_by_key(|(fork, ..)| *fork);
    for pair in named.windows(2) {
        let ((before, begins, _), (fork, activation, span)) = (&pair[0], &pair[1]);
        if before == fork {
            return Err(text.error(span.clone(), format!("`{fork}` is here twice")).hint("remove one of them"));
        }
        let in_order = match (begins, activation) {
            (Activation::Block(a), Activation::Block(b)) | (Activation::Time(a), Activation::Time(b)) => a <= b,
            (Activation::Block(_), Activation::Time(_)) => true,
            (Activation::Time(_), Activation::Block(_)) => false,
        };
        if !in_order {
            let error = text.error(span.clone(), format!("`{fork}` begins before `{before}`"));
            return Err(error.hint("forks begin in their order, those by block before those by time"));
        }
    }
    Ok(named.into_iter().map(|(fork, activation, _)| (fork, activation)).collect())
}

#[cfg(test)]
mod tests;
