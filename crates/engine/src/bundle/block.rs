//! Proving one block of a bundle: its hash and roots from its bytes, its state from the trie, its facts by execution.

use std::collections::BTreeMap;

use alloy_primitives::keccak256;
use anyhow::{Context as _, Result, ensure};
use atlas::{Atlas, Chain, Fork};
use case::Digest;
use facts::{B256, Block, BlockFacts, Bytes, Header, Observed, StateRead};
use rpc::wire::{self, raw};
use trace::merkle::Nodes;

use super::{
    Bundle, Verdict,
    manifest::{self, BlockWords, ChainWords},
};
use crate::{BlockRecord, Codes, Lens, Stands, execute};

/// A block that holds, with what execution makes of it.
pub(super) struct Proven {
    pub(super) header: Header,
    pub(super) facts: BlockFacts,
    pub(super) chain: Chain,
}

/// Proves a block. What does not hold is written into the verdict, and then there is nothing to go on with.
pub(super) fn prove(
    bundle: &Bundle,
    words: &BlockWords,
    detectors: &std::sync::Arc<detect::Detectors>,
    verdict: &mut Verdict,
) -> Option<Proven> {
    let at = format!("block {} of {}", words.number, words.chain);
    match try_prove(bundle, words, detectors, &at, verdict) {
        Ok(proven) => Some(proven),
        Err(error) => {
            verdict.broken(at, format!("{error:#}"));
            None
        }
    }
}

fn try_prove(
    bundle: &Bundle,
    words: &BlockWords,
    detectors: &std::sync::Arc<detect::Detectors>,
    at: &str,
    verdict: &mut Verdict,
) -> Result<Proven> {
    let name = manifest::record(words.hash);
    let bytes = bundle.files.get(&name).with_context(|| format!("`{name}` is missing"))?;
    let record = BlockRecord::from_bytes(bytes).with_context(|| format!("`{name}` is not the record of a block"))?;
    ensure!(record.to_bytes()? == *bytes, "`{name}` is not in its canonical form: it was rewritten");
    let block = record.block().with_context(|| format!("`{name}` does not hold"))?;
    let header = &block.header;
    ensure!(header.hash == words.hash, "its header hashes to `{}`, not to `{}`", header.hash, words.hash);
    ensure!(
        (header.number, &record.chain, record.state.stands) == (words.number, &words.chain, words.stands),
        "`{name}` is of another block, chain or state than the manifest says"
    );
    verdict.proved(at, format!("its header hashes to {}", header.hash));
    verdict.proved(
        at,
        format!("its {} transactions lead to the header's root; their senders signed them", block.txs.len()),
    );
    receipts(&block, at, verdict)?;
    let codes = codes(bundle, &record)?;
    verdict.proved(at, format!("{} pieces of code have the hashes they are known by", codes.len()));
    let read = record.state(&codes)?;
    state(bundle, &record, &block, &read, at, verdict)?;
    let chain = bundle.manifest.chains.iter().find(|chain| chain.id == words.chain);
    let chain = chain.context("its chain is not in the manifest")?;
    let fork = fork(&record, chain, header, at, verdict)?;
    run(&record, &block, &read, chain, fork, detectors, at, verdict)
}

fn receipts(block: &Block, at: &str, verdict: &mut Verdict) -> Result<()> {
    match &block.receipts {
        Some(receipts) if receipts.len() == block.txs.len() => {
            wire::check_receipts(block, receipts)?;
            verdict.proved(at, format!("its {} receipts lead to the header's root and bloom", receipts.len()));
        }
        Some(receipts) => {
            let of = block.txs.len();
            verdict.attested(
                at,
                format!("only {} of {of} receipts are here: their root cannot be computed", receipts.len()),
            );
        }
        None => verdict.attested(at, "receipts before Byzantium hold state roots, which are not kept"),
    }
    Ok(())
}

/// The code that a record names, by its hash.
///
/// # Errors
/// If a piece is missing or is not what it is known by.
pub(super) fn codes(bundle: &Bundle, record: &BlockRecord) -> Result<Codes> {
    let mut codes = BTreeMap::new();
    for (hash, digest) in &record.codes {
        let name = manifest::code(*hash);
        let code = bundle.files.get(&name).with_context(|| format!("`{name}` is missing"))?;
        ensure!(keccak256(code) == *hash, "`{name}` does not have the hash it is known by");
        ensure!(Digest::of_bytes(code) == *digest, "`{name}` is not the code that the record names");
        codes.insert(*hash, Bytes::from(code.clone()));
    }
    Ok(codes)
}

fn state(
    bundle: &Bundle,
    record: &BlockRecord,
    block: &Block,
    read: &StateRead,
    at: &str,
    verdict: &mut Verdict,
) -> Result<()> {
    let slots: usize = read.accounts.values().map(|account| account.storage.len()).sum();
    let what =
        format!("{} accounts, {slots} slots and the absence of {} accounts", read.accounts.len(), read.absent.len());
    let parent = parent(bundle, block.header.parent)?;
    let nodes = bundle.files.get(&manifest::nodes(block.header.hash));
    match (record.state.stands, &parent, nodes) {
        (Stands::Parent, Some(parent), Some(nodes)) => {
            verdict.proved(at, format!("the header of its parent hashes to {}", parent.hash));
            prove_state(nodes, parent, read)?;
            verdict.proved(at, format!("the state before it ({what}) stands in the parent's state root"));
        }
        (Stands::Parent, _, None) => {
            let says =
                format!("the state before it ({what}) has no proof here: execution on it gives what the header says");
            verdict.attested(at, says);
        }
        (Stands::Parent, None, Some(_)) => {
            anyhow::bail!("its state has a proof, and the header of its parent, which the proof begins at, is missing");
        }
        (Stands::Transactions, ..) => {
            let says = format!(
                "the state that its transactions found ({what}) is by the word of the node: it stands after the block's own \
                 system calls, where no root is; execution on it gives what the block says"
            );
            verdict.attested(at, says);
        }
    }
    for (number, hash) in &read.block_hashes {
        if *number + 1 == block.header.number {
            ensure!(*hash == block.header.parent, "the hash of block {number} is not that of the header's parent");
        } else {
            verdict.attested(
                at,
                format!("the hash of block {number}, which a contract asked for, is by the word of the node"),
            );
        }
    }
    Ok(())
}

fn prove_state(nodes: &[u8], parent: &Header, read: &StateRead) -> Result<()> {
    let mut trie = Nodes::default();
    raw::list_from("list of trie nodes", nodes)?.into_iter().for_each(|node| trie.add(node));
    let own: Vec<Bytes> = trie.in_order().cloned().collect();
    ensure!(raw::list_bytes(&own) == nodes, "the nodes of its proof are not in order: they were rewritten");
    let root = parent.state_root;
    for (address, account) in &read.accounts {
        trie.prove(root, *address, account).context("the proof of its state does not hold")?;
    }
    for address in &read.absent {
        trie.prove_absent(root, *address).context("the proof of its state does not hold")?;
    }
    Ok(())
}

fn parent(bundle: &Bundle, hash: B256) -> Result<Option<Header>> {
    let bytes = bundle.files.get(&manifest::header(hash));
    let Some(parent) = bytes.map(|bytes| raw::header_from(bytes)).transpose()? else { return Ok(None) };
    ensure!(parent.hash == hash, "the header given for its parent hashes to `{}`, not to `{hash}`", parent.hash);
    Ok(Some(parent))
}

/// The fork that the record names, compared with the schedule that this program knows.
fn fork(record: &BlockRecord, chain: &ChainWords, header: &Header, at: &str, verdict: &mut Verdict) -> Result<Fork> {
    let fork: Fork = record.fork.parse()?;
    let known = Atlas::embedded().chain(&chain.id).and_then(|chain| chain.fork_at(header.number, header.timestamp));
    match known {
        Some(known) => {
            ensure!(known == fork, "it is said to run by `{fork}`, and ran by `{known}`");
            verdict.proved(at, format!("it runs by {fork}, as this program's schedule of the chain says"));
        }
        None => verdict.attested(at, format!("that it runs by {fork} is by the word of whoever made the bundle")),
    }
    Ok(fork)
}

#[expect(clippy::too_many_arguments, reason = "what a block is executed from, each proved before")]
fn run(
    record: &BlockRecord,
    block: &Block,
    read: &StateRead,
    words: &ChainWords,
    fork: Fork,
    detectors: &std::sync::Arc<detect::Detectors>,
    at: &str,
    verdict: &mut Verdict,
) -> Result<Proven> {
    let mut chain = Chain::devnet(words.id.clone(), fork);
    chain.slip44 = words.slip44;
    chain.wrapped_native.clone_from(&words.wrapped_native);
    let lens = Lens::new(chain.clone(), std::sync::Arc::clone(detectors))?;
    let (traced, after) = execute(&lens, block, fork, read, record.state.stands);
    if let Some(blind) = traced.facts.blind.first() {
        anyhow::bail!("{}", blind.why);
    }
    let (executed, of) = (traced.facts.txs.len(), block.txs.len());
    let what = match (executed == of, fork >= Fork::Byzantium, &block.receipts) {
        (true, true, _) => "gives the gas, the logs bloom and the receipts root of the header",
        (true, false, _) => "gives the gas and the logs bloom of the header",
        (false, _, Some(_)) => "gives the receipts that are here",
        (false, _, None) => "goes through",
    };
    verdict.proved(at, format!("executing {executed} of {of} transactions on that state {what}"));
    let mut facts = traced.facts;
    if let Some(mut after) = after {
        let again = lens.observe(&mut after, &facts.block, &block.header);
        observed(&record.observed, &again, at, verdict);
    } else {
        observed(&record.observed, &[], at, verdict);
    }
    facts.observed.clone_from(&record.observed);
    Ok(Proven { header: block.header.clone(), facts, chain })
}

/// Answers that the rules were given: those that come out again are proved, the rest were given to them.
fn observed(kept: &[Observed], again: &[Observed], at: &str, verdict: &mut Verdict) {
    for answer in kept {
        let name = &answer.name;
        if again.contains(answer) {
            verdict.proved(at, format!("the standing question `{name}` has the same answer again"));
        } else {
            verdict.attested(at, format!("the answer to the question `{name}` is as it was given to the rules"));
        }
    }
}
