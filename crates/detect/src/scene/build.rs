//! From the short form to facts.

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use facts::*;

use super::{block_ref, short::*};
use crate::{card::parse_amount, condition::selector_of};

/// A word of a case that is not what it has to be.
#[derive(Debug)]
pub(super) struct Bad {
    pub(super) text: String,
    pub(super) why: String,
}

/// The words of a case that stand for accounts.
#[derive(Debug, Default)]
pub(super) struct Words(BTreeMap<String, Address>);

/// What rules are answered that ask something in a block.
#[derive(Debug, Clone)]
pub(super) struct Replies {
    ran: Vec<TxFacts>,
    returned: Bytes,
}

impl Replies {
    /// The answer to a question, if the case has one.
    pub(super) fn to(&self, question: &Question) -> Option<Answer> {
        match &question.ask {
            Ask::Run(_) if !self.ran.is_empty() => {
                let ran = Ran { on: question.at.clone(), txs: self.ran.clone(), after: BTreeMap::new() };
                Some(Answer::Ran(Box::new(ran)))
            }
            Ask::View(_) if !self.returned.is_empty() => Some(Answer::View(Ok(self.returned.clone()))),
            _ => None,
        }
    }
}

pub(super) type Made<T> = Result<T, Bad>;

pub(super) fn bad<T>(text: &str, why: impl Into<String>) -> Made<T> {
    Err(Bad { text: text.to_owned(), why: why.into() })
}

pub(super) fn amount(text: &str) -> Made<U256> {
    parse_amount(text).or_else(|why| bad(text, format!("is not an amount: {why}")))
}

fn amounts(texts: [&String; 2]) -> Made<[U256; 2]> {
    Ok([amount(texts[0])?, amount(texts[1])?])
}

/// A file of a case is far too small for more.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The time of a block that is given none, in seconds.
pub(super) fn time_of(number: u64) -> u64 {
    number.saturating_mul(12).saturating_add(1_700_000_000)
}

impl Words {
    /// The words that were used, with the accounts they stand for.
    pub(super) fn names(&self) -> impl Iterator<Item = (&String, &Address)> {
        self.0.iter()
    }

    pub(super) fn account(&mut self, word: &str) -> Address {
        if word == "zero" {
            return Address::ZERO;
        }
        if let Ok(address) = word.parse() {
            return address;
        }
        let address = Address::from_slice(&keccak256(word)[12..]);
        self.0.insert(word.to_owned(), address);
        address
    }

    /// An account, a number or a 32-byte value as a word.
    pub(super) fn word(&mut self, text: &str) -> Made<B256> {
        if text.len() == 66 && text.starts_with("0x") {
            return text.parse().or_else(|_| bad(text, "is not a word of 32 bytes in hex"));
        }
        Ok(match parse_amount(text) {
            Ok(number) if !text.starts_with("0x") => number.into(),
            _ => self.account(text).into_word(),
        })
    }

    pub(super) fn block(&mut self, number: u64, short: &ShortBlock) -> Made<BlockFacts> {
        let txs =
            short.tx.iter().enumerate().map(|(index, tx)| self.tx(number, index, tx)).collect::<Made<Vec<_>>>()?;
        Ok(BlockFacts {
            block: block_ref(number, 0),
            timestamp: short.timestamp.unwrap_or_else(|| time_of(number)),
            sight: short.sight,
            of: short.of.unwrap_or_else(|| small(txs.len())),
            txs,
            observed: self.observed(short)?,
            blind: short.blind.clone(),
        })
    }

    /// What rules are answered that ask something in a block.
    pub(super) fn replies(&mut self, number: u64, short: &ShortBlock) -> Made<Replies> {
        let (mut ran, mut returned) = (Vec::new(), Vec::new());
        for (index, tx) in short.ran.iter().enumerate() {
            ran.push(TxFacts { hash: B256::ZERO, ..self.tx(number, index, tx)? });
        }
        for word in &short.returned {
            returned.extend(self.word(word)?.0);
        }
        Ok(Replies { ran, returned: returned.into() })
    }

    fn observed(&mut self, short: &ShortBlock) -> Made<Vec<Observed>> {
        let mut observed = short.observed.clone();
        for (name, answer) in &short.answers {
            let answer = match answer {
                ShortAnswer::One(word) if word == "revert" => Answer::View(Err("it reverted".into())),
                ShortAnswer::One(word) if word == "blind" => Answer::Blind("it could not be asked".into()),
                ShortAnswer::One(word) => Answer::View(Ok(self.word(word)?.0.to_vec().into())),
                ShortAnswer::Words(words) => {
                    let words = words.iter().map(|word| self.word(word)).collect::<Made<Vec<_>>>()?;
                    Answer::View(Ok(words.concat().into()))
                }
            };
            observed.push(Observed { name: name.clone(), answer });
        }
        Ok(observed)
    }

    fn tx(&mut self, number: u64, index: usize, short: &ShortTx) -> Made<TxFacts> {
        let from = self.account(&short.from);
        let to = short.to.as_ref().map(|to| self.account(to));
        let mut tx = TxFacts {
            index: small(index),
            hash: keccak256(format!("{number}/{index}")),
            from,
            to,
            nonce: short.nonce,
            gas_price: short.gas_price.into(),
            gas_used: short.gas_used,
            ..TxFacts::default()
        };
        for call in &short.calls {
            let frame = self.call(&tx, call)?;
            tx.frames.push(frame);
        }
        nest(&mut tx.frames, &short.calls);
        let mut at = tx.frames.first().map_or(0, |frame| frame.close);
        let mut next = |given: Option<u32>| {
            given.unwrap_or_else(|| {
                at = at.saturating_add(1);
                at
            })
        };
        tx.logs = short.logs.iter().map(|log| self.log(log, next(log.at))).collect::<Made<_>>()?;
        tx.flows = short.flows.iter().map(|flow| self.flow(flow, next(flow.at))).collect::<Made<_>>()?;
        tx.changes = short.changes.iter().map(|change| self.change(change, next(None))).collect::<Made<_>>()?;
        for code in &short.codes {
            let (address, creator) = (self.account(&code.address), self.account(&code.creator));
            tx.codes.push(Code { address, creator, hash: keccak256(address), size: 100, frame: code.frame });
        }
        for write in &short.writes {
            let address = self.account(&write.address);
            let [slot, before, after] = [&write.slot, &write.before, &write.after].map(|text| self.word(text));
            let [slot, before, after] = [slot?, before?, after?].map(|word| U256::from_be_bytes(word.0));
            tx.writes.push(Write { address, slot, before, after, frame: write.frame, at: write.at });
        }
        for entry in &short.entries {
            let address = self.account(&entry.address);
            let mut place = B256::with_last_byte(entry.mapping);
            for name in entry.within.iter().chain([&entry.under]) {
                let words = [self.account(name).into_word(), place];
                place = keccak256(words.concat());
                tx.keys.push(MappingKey { hash: place, words });
            }
            let [before, after] = amounts([&entry.before, &entry.after])?;
            tx.writes.push(Write { address, slot: place.into(), before, after, frame: entry.frame, at: entry.at });
        }
        tx.writes.sort_by_key(|write| write.at);
        for read in &short.reads {
            let slot = match &read.of {
                Some((contract, account)) => {
                    let (contract, account) = (self.account(contract), self.account(account));
                    let key = entry_of(contract, account);
                    tx.keys.push(key.clone());
                    key.hash.into()
                }
                None => U256::from_be_bytes(self.word(&read.slot)?.0),
            };
            let value = if read.value.is_empty() { B256::ZERO } else { self.word(&read.value)? };
            tx.reads.push(Read { slot, value: value.into(), frame: read.frame, at: read.at });
        }
        for (hash, first, second) in &short.keys {
            let [hash, first, second] = [hash, first, second].map(|text| self.word(text));
            tx.keys.push(MappingKey { hash: hash?, words: [first?, second?] });
        }
        for (account, code, nonce) in &short.delegations {
            let (account, code) = (self.account(account), self.account(code));
            tx.delegations.push(Delegation { account, code, nonce: *nonce });
        }
        for (token, account, before, after) in &short.holdings {
            let (address, account) = (self.account(token), self.account(account));
            let key = entry_of(address, account);
            let slot = key.hash.into();
            tx.keys.push(key);
            let [before, after] = amounts([before, after])?;
            tx.writes.push(Write { address, slot, before, after, frame: 0, at: next(None) });
        }
        for (account, before, after) in &short.balances {
            let [before, after] = amounts([before, after])?;
            tx.balances.push((self.account(account), before, after));
        }
        tx.balances.sort();
        Ok(tx)
    }

    pub(super) fn call_data(&mut self, call: &str, args: &[String]) -> Made<Vec<u8>> {
        let mut input = match selector_of(call) {
            Ok(selector) => selector.to_vec(),
            Err(_) => return bad(call, "is not a function's signature, such as `pause()`"),
        };
        for argument in args {
            input.extend(self.word(argument)?.0);
        }
        Ok(input)
    }

    fn call(&mut self, tx: &TxFacts, short: &ShortCall) -> Made<Frame> {
        let first = tx.frames.is_empty();
        let caller = short.from.as_ref().map_or(tx.from, |from| self.account(from));
        let target = short.to.as_ref().map_or_else(|| tx.to.unwrap_or_default(), |to| self.account(to));
        let code = short.code.as_ref().map_or(target, |code| self.account(code));
        let input = match &short.call {
            Some(call) => self.call_data(call, &short.args)?,
            None => short.input.clone().unwrap_or_default().to_vec(),
        };
        let mut output = short.output.clone().unwrap_or_default().to_vec();
        if let Some(reason) = &short.reason {
            output = vec![0x08, 0xc3, 0x79, 0xa0];
            output.extend(U256::from(32).to_be_bytes::<32>());
            output.extend(U256::from(reason.len()).to_be_bytes::<32>());
            output.extend(reason.as_bytes());
        }
        Ok(Frame {
            parent: None,
            end: 0,
            depth: short.depth.unwrap_or(u16::from(!first)),
            kind: short.kind,
            caller,
            target,
            code,
            value: if short.value.is_empty() { U256::ZERO } else { amount(&short.value)? },
            input: input.into(),
            output: output.into(),
            clipped: false,
            asks_caller: short.asks_caller,
            asks_origin: short.asks_origin,
            gas_limit: 1_000_000,
            gas_used: short.gas,
            status: short.status,
            effective: true,
            open: 0,
            close: 0,
        })
    }

    fn log(&mut self, short: &ShortLog, at: u32) -> Made<Log> {
        let mut topics: Vec<B256> = short.event.iter().map(keccak256).collect();
        for topic in &short.topics {
            topics.push(self.word(topic)?);
        }
        let mut data = Vec::new();
        for word in &short.words {
            data.extend(self.word(word)?.0);
        }
        Ok(Log { address: self.account(&short.address), topics, data: data.into(), frame: short.frame, at })
    }

    fn flow(&mut self, short: &ShortFlow, at: u32) -> Made<Flow> {
        let asset = match &short.asset {
            ShortAsset::Native => Asset::Native,
            ShortAsset::Erc20(token) => Asset::Erc20(self.account(token)),
            ShortAsset::Erc721(token, id) => Asset::Erc721(self.account(token), amount(id)?),
            ShortAsset::Erc1155(token, id) => Asset::Erc1155(self.account(token), amount(id)?),
        };
        let usual = if asset == Asset::Native { FlowKind::Call } else { FlowKind::Event };
        Ok(Flow {
            asset,
            from: self.account(&short.from),
            to: self.account(&short.to),
            amount: amount(&short.amount)?,
            kind: short.kind.unwrap_or(usual),
            frame: short.frame,
            at,
        })
    }

    fn change(&mut self, short: &ShortChange, at: u32) -> Made<Change> {
        Ok(Change {
            contract: self.account(&short.contract),
            kind: short.kind,
            before: short.before.as_ref().map(|before| self.word(before)).transpose()?,
            after: self.word(&short.after)?,
            announced: short.announced,
            frame: short.frame,
            at,
        })
    }
}

/// Parents, ends, positions and lasting effect, from the depths.
fn nest(frames: &mut [Frame], short: &[ShortCall]) {
    for at in 0..frames.len() {
        let depth = frames[at].depth;
        let end = (at + 1..frames.len()).find(|next| frames[*next].depth <= depth).unwrap_or(frames.len());
        let parent = (0..at).rev().find(|before| frames[*before].depth < depth);
        frames[at].end = small(end);
        frames[at].parent = parent.map(small);
        frames[at].open = short[at].open.unwrap_or_else(|| small(at * 2));
        frames[at].close = short[at].close.unwrap_or_else(|| small(end * 2 + 1));
        let around = parent.is_none_or(|parent| frames[parent].effective);
        frames[at].effective = around && frames[at].succeeded();
    }
}

/// The entry of a contract's mapping under an account.
fn entry_of(contract: Address, account: Address) -> MappingKey {
    let hash = keccak256([account.as_slice(), contract.as_slice()].concat());
    MappingKey { hash, words: [account.into_word(), B256::ZERO] }
}
