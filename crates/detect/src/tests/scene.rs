//! Blocks in few words: the short form in which the cases of rules are written.
//!
//! An account is a word (`vault`, `mallory`; `zero` is the zero address) or an address in hex. Frames are listed in
//! order with their depth; positions, parents and net changes follow from the lists.

mod short;

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use facts::*;
use short::*;

use crate::{ChainView, Scope as Protected, card::parse_amount, condition::selector_of};

/// What a case comes to.
pub(super) struct Scene {
    pub(super) blocks: Vec<BlockFacts>,
    pub(super) scope: Protected,
    pub(super) expected: Vec<String>,
    names: Vec<(String, String)>,
}

impl Scene {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let file: CaseFile = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut words = Words::default();
        let mut blocks = Vec::new();
        let mut number = 0;
        for block in &file.block {
            number = block.number.unwrap_or(number + 1);
            blocks.push(words.block(number, block));
        }
        let contracts = file
            .protocol
            .iter()
            .map(|(word, name)| (AccountId { chain: chain().id, address: words.account(word) }, name.clone()));
        let contracts: Vec<_> = contracts.collect();
        let names = words.0.into_iter().map(|(word, address)| (format!("{{{word}}}"), address.to_string()));
        let names = names.chain([("{zero}".to_owned(), Address::ZERO.to_string())]).collect();
        Ok(Self { blocks, scope: Protected::protecting(contracts), expected: file.expect.alerts, names })
    }

    /// An alert in one line, with words for addresses.
    pub(super) fn tell(&self, alert: &case::Alert) -> String {
        let mut line = format!(
            "{} {} {} {}% {}: {}",
            alert.seen_at.number, alert.severity, alert.kind, alert.confidence, alert.subject.address, alert.message
        );
        for (word, accounts) in [("by", &alert.attackers), ("of", &alert.victims)] {
            if !accounts.is_empty() {
                let accounts: Vec<_> = accounts.iter().map(|account| account.address.to_string()).collect();
                line += &format!("; {word} {}", accounts.join(", "));
            }
        }
        for loss in &alert.losses {
            let asset = loss.asset.as_str().split('/').nth(1).unwrap_or_default();
            let share = loss.share_bp.map_or_else(String::new, |share| format!(" ({share} bp)"));
            line += &format!("; lost {} {asset} of {}{share}", loss.amount, loss.account.address);
        }
        self.names.iter().fold(line, |line, (word, address)| line.replace(address.as_str(), word))
    }
}

/// The chain of all cases.
pub(super) fn chain() -> ChainView {
    ChainView { id: ChainId::eip155(1), slip44: 60, wrapped: Vec::new() }
}

/// A block's reference: hashes follow from the number and from which of several branches it is on.
pub(super) fn block_ref(number: u64, branch: u8) -> BlockRef {
    let hash = |number: u64| B256::from(U256::from(number) << 8 | U256::from(branch));
    BlockRef { chain: chain().id, number, hash: hash(number), parent: hash(number.saturating_sub(1)) }
}

#[derive(Default)]
struct Words(BTreeMap<String, Address>);

impl Words {
    fn account(&mut self, word: &str) -> Address {
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
    fn word(&mut self, text: &str) -> B256 {
        if text.len() == 66 && text.starts_with("0x") {
            return text.parse().unwrap();
        }
        match parse_amount(text) {
            Ok(number) if !text.starts_with("0x") => number.into(),
            _ => self.account(text).into_word(),
        }
    }

    fn block(&mut self, number: u64, short: &ShortBlock) -> BlockFacts {
        let txs: Vec<_> = short.tx.iter().enumerate().map(|(index, tx)| self.tx(number, index, tx)).collect();
        BlockFacts {
            block: block_ref(number, 0),
            timestamp: short.timestamp.unwrap_or(1_700_000_000 + 12 * number),
            sight: short.sight,
            of: short.of.unwrap_or(txs.len() as u32),
            txs,
            observed: short.observed.clone(),
            blind: short.blind.clone(),
        }
    }

    fn tx(&mut self, number: u64, index: usize, short: &ShortTx) -> TxFacts {
        let from = self.account(&short.from);
        let to = short.to.as_ref().map(|to| self.account(to));
        let mut tx = TxFacts {
            index: index as u32,
            hash: keccak256(format!("{number}/{index}")),
            from,
            to,
            gas_price: short.gas_price.into(),
            gas_used: short.gas_used,
            ..TxFacts::default()
        };
        for call in &short.calls {
            let frame = self.call(&tx, call);
            tx.frames.push(frame);
        }
        nest(&mut tx.frames, &short.calls);
        let mut at = tx.frames.first().map_or(0, |frame| frame.close);
        let mut next = |given: Option<u32>| {
            given.unwrap_or_else(|| {
                at += 1;
                at
            })
        };
        tx.logs = short.logs.iter().map(|log| self.log(log, next(log.at))).collect();
        tx.flows = short.flows.iter().map(|flow| self.flow(flow, next(flow.at))).collect();
        tx.changes = short.changes.iter().map(|change| self.change(change, next(None))).collect();
        for code in &short.codes {
            let (address, creator) = (self.account(&code.address), self.account(&code.creator));
            tx.codes.push(Code { address, creator, hash: keccak256(address), size: 100, frame: code.frame });
        }
        for write in &short.writes {
            let address = self.account(&write.address);
            let [slot, before, after] =
                [&write.slot, &write.before, &write.after].map(|text| U256::from_be_bytes(self.word(text).0));
            tx.writes.push(Write { address, slot, before, after, frame: write.frame, at: write.at });
        }
        for read in &short.reads {
            let slot = U256::from_be_bytes(self.word(&read.slot).0);
            tx.reads.push(Read { slot, frame: read.frame, at: read.at });
        }
        for (token, account, before, after) in &short.holdings {
            let (address, account) = (self.account(token), self.account(account));
            let hash = keccak256([account.as_slice(), address.as_slice()].concat());
            tx.keys.push(MappingKey { hash, words: [account.into_word(), B256::ZERO] });
            let [before, after] = [before, after].map(|text| parse_amount(text).unwrap());
            tx.writes.push(Write { address, slot: hash.into(), before, after, frame: 0, at: next(None) });
        }
        for (account, before, after) in &short.balances {
            let [before, after] = [before, after].map(|text| parse_amount(text).unwrap());
            tx.balances.push((self.account(account), before, after));
        }
        tx.balances.sort();
        tx.net = net(&tx.flows);
        tx
    }

    fn call(&mut self, tx: &TxFacts, short: &ShortCall) -> Frame {
        let first = tx.frames.is_empty();
        let caller = short.from.as_ref().map_or(tx.from, |from| self.account(from));
        let target = short.to.as_ref().map_or_else(|| tx.to.unwrap_or_default(), |to| self.account(to));
        let code = short.code.as_ref().map_or(target, |code| self.account(code));
        let mut input = short.input.clone().unwrap_or_default().to_vec();
        if let Some(call) = &short.call {
            input = selector_of(call).unwrap().to_vec();
            input.extend(short.args.iter().flat_map(|argument| self.word(argument).0));
        }
        let mut output = short.output.clone().unwrap_or_default().to_vec();
        if let Some(reason) = &short.reason {
            output = vec![0x08, 0xc3, 0x79, 0xa0];
            output.extend(U256::from(32).to_be_bytes::<32>());
            output.extend(U256::from(reason.len()).to_be_bytes::<32>());
            output.extend(reason.as_bytes());
        }
        Frame {
            parent: None,
            end: 0,
            depth: short.depth.unwrap_or(u16::from(!first)),
            kind: short.kind,
            caller,
            target,
            code,
            value: if short.value.is_empty() { U256::ZERO } else { parse_amount(&short.value).unwrap() },
            input: input.into(),
            output: output.into(),
            clipped: false,
            gas_limit: 1_000_000,
            gas_used: 50_000,
            status: short.status,
            effective: true,
            open: 0,
            close: 0,
        }
    }

    fn log(&mut self, short: &ShortLog, at: u32) -> Log {
        let event = short.event.iter().map(keccak256);
        let topics = event.chain(short.topics.iter().map(|topic| self.word(topic))).collect();
        let data: Vec<u8> = short.words.iter().flat_map(|word| self.word(word).0).collect();
        Log { address: self.account(&short.address), topics, data: data.into(), frame: short.frame, at }
    }

    fn flow(&mut self, short: &ShortFlow, at: u32) -> Flow {
        let asset = match &short.asset {
            ShortAsset::Native => Asset::Native,
            ShortAsset::Erc20(token) => Asset::Erc20(self.account(token)),
            ShortAsset::Erc721(token, id) => Asset::Erc721(self.account(token), parse_amount(id).unwrap()),
            ShortAsset::Erc1155(token, id) => Asset::Erc1155(self.account(token), parse_amount(id).unwrap()),
        };
        let usual = if asset == Asset::Native { FlowKind::Call } else { FlowKind::Event };
        Flow {
            asset,
            from: self.account(&short.from),
            to: self.account(&short.to),
            amount: parse_amount(&short.amount).unwrap(),
            kind: short.kind.unwrap_or(usual),
            frame: short.frame,
            at,
        }
    }

    fn change(&mut self, short: &ShortChange, at: u32) -> Change {
        Change {
            contract: self.account(&short.contract),
            kind: short.kind,
            before: short.before.as_ref().map(|before| self.word(before)),
            after: self.word(&short.after),
            announced: short.announced,
            frame: short.frame,
            at,
        }
    }
}

/// Parents, ends, positions and lasting effect, from the depths.
fn nest(frames: &mut [Frame], short: &[ShortCall]) {
    for at in 0..frames.len() {
        let depth = frames[at].depth;
        let end = (at + 1..frames.len()).find(|next| frames[*next].depth <= depth).unwrap_or(frames.len());
        let parent = (0..at).rev().find(|before| frames[*before].depth < depth);
        frames[at].end = end as u32;
        frames[at].parent = parent.map(|parent| parent as u32);
        frames[at].open = short[at].open.unwrap_or(at as u32 * 2);
        frames[at].close = short[at].close.unwrap_or(end as u32 * 2 + 1);
        let around = parent.is_none_or(|parent| frames[parent].effective);
        frames[at].effective = around && frames[at].succeeded();
    }
}

fn net(flows: &[Flow]) -> Vec<NetChange> {
    let mut net: BTreeMap<(Address, Asset), (U256, U256)> = BTreeMap::new();
    for flow in flows {
        let sent = net.entry((flow.from, flow.asset)).or_default();
        sent.1 = sent.1.saturating_add(flow.amount);
        let received = net.entry((flow.to, flow.asset)).or_default();
        received.0 = received.0.saturating_add(flow.amount);
    }
    let changes = net.into_iter();
    changes.map(|((account, asset), (received, sent))| NetChange { account, asset, received, sent }).collect()
}
