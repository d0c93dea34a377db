//! Gathering a bundle: from the book what was kept, from a node what was not, and by name what nobody has any more.

mod node;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use alloy_primitives::Selector;
use anyhow::{Context as _, Result};
use atlas::{Chain, Fork, Selectors};
use case::{Digest, HeldAnnouncement};
use detect::{Detectors, RuleText};
use facts::{Address, B256, BlockFacts, BlockRef, ChainId, TxFacts};
use rpc::{Node, wire::raw};
use store::{CaseExport, KeptEvidence, Store};

use super::{
    Bundle, Files,
    manifest::{self, BlockWords, ChainWords, FORM, Manifest, Missing, Source, TxWords},
    wanted::Wanted,
};
use crate::{BlockRecord, Codes, Lens, Stands, execute};

/// Blocks of one bundle. A case that spans more is bundled by its first ones, and the rest are named.
const BLOCKS_MAX: usize = 256;
/// The rule that every set of rules needs.
const BLIND_SPOT: &str = "blind-spot";

/// The lines of a case, and where more of it may be had.
pub struct Case {
    /// Lines, seals and evidence.
    pub export: CaseExport,
    /// Where the lines come from.
    pub source: Source,
    /// The book itself, where it is at hand: for evidence that did not fit the export.
    pub store: Option<Store>,
    /// Blocks that are at hand already.
    pub records: Vec<(BlockRecord, Codes)>,
}

/// What shaped the case.
pub struct Materials {
    /// The program with its version.
    pub made_by: String,
    /// The rules in force.
    pub rules: Vec<RuleText>,
    /// The same, ready to look.
    pub detectors: Arc<Detectors>,
    /// The text of `protocol.toml`, if something was protected.
    pub protocol: Option<String>,
    /// What functions are called.
    pub names: Selectors,
    /// Other data files by their names below `data/`.
    pub data: Files,
}

/// Gathers bundles.
pub struct Gather {
    /// What shaped the case.
    pub materials: Materials,
    /// The chains of the case.
    pub chains: BTreeMap<ChainId, Chain>,
    /// Nodes to ask, as far as there are any; why there is none where there is none.
    pub nodes: BTreeMap<ChainId, Result<Arc<Node>, String>>,
}

/// A bundle under way.
struct Draft {
    files: Files,
    blocks: Vec<BlockWords>,
    txs: BTreeMap<B256, (BlockRef, TxFacts)>,
    chains: BTreeMap<ChainId, ChainWords>,
    missing: Vec<Missing>,
    /// Evidence of the book by its digest, as far as it is at hand.
    pieces: BTreeMap<Digest, Vec<u8>>,
}

impl Gather {
    /// Gathers the bundle of a case. The same case and the same answers of the nodes give the same bundle.
    ///
    /// # Errors
    /// If the case cannot be read. What cannot be had is named in the bundle instead.
    pub async fn bundle(&self, case: Case) -> Result<Bundle> {
        let Case { mut export, source, store, records } = case;
        let mut wanted = Wanted::of(&export.entries)?;
        let mut draft = Draft {
            files: Files::new(),
            blocks: Vec::new(),
            txs: BTreeMap::new(),
            chains: BTreeMap::new(),
            missing: Vec::new(),
            pieces: pieces(&export, store.as_ref()).await?,
        };
        let mut records = at_hand(records, &draft.pieces, store.as_ref()).await?;
        self.find_unplaced(&mut wanted, &mut draft).await;
        for (index, (at, why)) in wanted.blocks.values().enumerate() {
            if index >= BLOCKS_MAX {
                draft.lacks(at, format!("a bundle holds the first {BLOCKS_MAX} blocks of a case"));
                continue;
            }
            self.block(at, why, records.remove(&at.hash), &mut draft).await;
        }
        let transactions = draft.transactions(&wanted)?;
        self.names(&mut draft);
        self.data(&wanted, &mut draft);
        draft.announced(&wanted, store.as_ref()).await?;
        draft.other_evidence(&mut export)?;
        draft.files.insert(manifest::CASE.to_owned(), export.to_json()?);
        draft.missing.sort();
        draft.missing.dedup();
        let Draft { files, blocks, chains, missing, .. } = draft;
        let manifest = Manifest {
            form: FORM.to_owned(),
            case: export.case.clone(),
            source,
            made_by: self.materials.made_by.clone(),
            chains: chains.into_values().collect(),
            blocks,
            transactions,
            missing,
            files: Vec::new(),
        };
        Bundle::of(manifest, files)
    }

    /// Transactions of our own whose block no line names: the node may know where they landed.
    async fn find_unplaced(&self, wanted: &mut Wanted, draft: &mut Draft) {
        let unplaced = wanted.txs.iter().filter(|(_, (block, _))| block.is_none());
        let unplaced: Vec<(B256, Vec<String>)> = unplaced.map(|(hash, (_, why))| (*hash, why.clone())).collect();
        for (hash, why) in unplaced {
            let mut found = None;
            for node in self.nodes.values().flatten() {
                if let Ok(Some(at)) = node::landed(node, hash).await {
                    found = Some(at);
                }
            }
            match found {
                Some(at) => {
                    for why in why {
                        wanted.block(&at, &why);
                        wanted.tx(hash, Some(&at), &why);
                    }
                }
                None => draft.missing.push(Missing {
                    what: format!("transaction {hash}"),
                    why: "it was sent, and no block with it is known: it may have been replaced, or never mined".into(),
                }),
            }
        }
    }

    /// Puts a block into the bundle, or names it as missing.
    async fn block(&self, at: &BlockRef, why: &[String], record: Option<(BlockRecord, Codes)>, draft: &mut Draft) {
        let Some(chain) = self.chains.get(&at.chain) else {
            return draft.lacks(at, "its chain is not known here: add a chain file with its fork schedule");
        };
        let node = match self.nodes.get(&at.chain) {
            Some(Ok(node)) => Ok(node),
            Some(Err(why)) => Err(why.clone()),
            None => Err("no node of its chain was given".to_owned()),
        };
        let (record, codes) = match (record, &node) {
            (Some(found), _) => found,
            (None, Ok(node)) => match node::read(chain, &self.materials.detectors, node, at.hash).await {
                Ok(read) => read,
                Err(error) => {
                    return draft.lacks(at, format!("it was not kept, and the node gives no more: {error:#}"));
                }
            },
            (None, Err(why)) => return draft.lacks(at, format!("it was not kept, and {why}")),
        };
        if let Err(error) = draft.put(self.lens(chain, &record.fork), &record, &codes, why) {
            return draft.lacks(at, format!("what was kept of it does not hold: {error:#}"));
        }
        if let Ok(node) = node
            && record.state.stands == Stands::Parent
            && let Some(nodes) = node::prove(node, &record, &codes, &mut draft.files).await
        {
            draft
                .files
                .insert(manifest::nodes(at.hash), raw::list_bytes(&nodes.in_order().cloned().collect::<Vec<_>>()));
        }
    }

    fn lens(&self, chain: &Chain, fork: &str) -> Result<(Lens, Fork)> {
        let fork: Fork = fork.parse()?;
        Ok((Lens::new(chain.clone().declared(fork), Arc::clone(&self.materials.detectors))?, fork))
    }

    /// Names of the functions that were called: what rules say may contain them.
    fn names(&self, draft: &mut Draft) {
        let called = draft.txs.values().flat_map(|(_, tx)| tx.frames.iter().filter_map(|frame| frame.selector()));
        let mut called: Vec<Selector> = called.collect();
        called.sort_unstable();
        called.dedup();
        let known = called.iter().filter_map(|selector| self.materials.names.selector(*selector));
        let text: String = known.map(|signature| format!("function {}\n", signature.text())).collect();
        draft.files.insert(manifest::NAMES.to_owned(), text.into_bytes());
    }

    /// The rules behind the alerts, what is protected, and the rest of the data.
    fn data(&self, wanted: &Wanted, draft: &mut Draft) {
        let spoke = |folder: &str| {
            let id = folder.rsplit('/').next().unwrap_or_default();
            id == BLIND_SPOT || wanted.alerts.values().any(|alert| alert.rule.id == id)
        };
        for rule in self.materials.rules.iter().filter(|rule| spoke(&rule.folder)) {
            let mut parts = rule.folder.rsplit('/');
            let (id, family) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let folder = format!("{}{family}/{id}", manifest::RULES);
            draft.files.insert(format!("{folder}/rule.toml"), rule.card.clone().into_bytes());
            draft.files.insert(format!("{folder}/page.md"), rule.page.clone().into_bytes());
            for (name, text) in &rule.files {
                draft.files.insert(format!("{folder}/{name}"), text.clone().into_bytes());
            }
        }
        for alert in wanted.alerts.values() {
            let in_force = self.materials.detectors.card(&alert.rule.id).map(|card| card.rule());
            if in_force.as_ref() != Some(&alert.rule) {
                let why = match in_force {
                    Some(now) => format!("the rule in force now is `{now}`: give the rules as they were with --rules"),
                    None => "no such rule is in force now: give the rules as they were with --rules".to_owned(),
                };
                draft.missing.push(Missing { what: format!("rule {}", alert.rule), why });
            }
        }
        if let Some(protocol) = &self.materials.protocol {
            draft.files.insert(manifest::PROTOCOL.to_owned(), protocol.clone().into_bytes());
        }
        for (name, bytes) in &self.materials.data {
            draft.files.insert(format!("data/{name}"), bytes.clone());
        }
    }
}

impl Draft {
    fn lacks(&mut self, at: &BlockRef, why: impl Into<String>) {
        let what = format!("block {} of {} ({})", at.number, at.chain, at.hash);
        self.missing.push(Missing { what, why: why.into() });
    }

    /// What was announced of the contracts that the case's alerts are about, by the book.
    async fn announced(&mut self, wanted: &Wanted, store: Option<&Store>) -> Result<()> {
        let about = |alert: &case::Alert| {
            let named = std::iter::once(&alert.subject).chain(&alert.victims);
            named.map(|account| account.address).collect::<Vec<_>>()
        };
        let accounts: BTreeSet<Address> = wanted.alerts.values().flat_map(about).collect();
        let chains: BTreeSet<&str> = wanted.alerts.values().map(|alert| alert.seen_at.chain.as_str()).collect();
        let mut found = Vec::new();
        if let Some(store) = store {
            for chain in chains {
                found.extend(crate::announcements(store, &chain.parse()?).await?);
            }
        }
        let concerns = |held: &HeldAnnouncement| {
            held.announcement.changes.iter().any(|change| accounts.contains(&change.contract))
        };
        found.retain(concerns);
        let bears = wanted.alerts.values().filter_map(|alert| alert.announcement.as_ref());
        for id in bears.map(|bearing| &bearing.id).filter(|id| !found.iter().any(|held| held.id == **id)) {
            let why = "no book is at hand that says what it was: bundle the case where the book lies".to_owned();
            self.missing.push(Missing { what: format!("announcement {id}"), why });
        }
        if !found.is_empty() {
            self.files.insert(manifest::ANNOUNCED.to_owned(), case::canonical(&found)?);
        }
        Ok(())
    }

    /// Takes a record in, with what execution makes of it.
    fn put(&mut self, lens: Result<(Lens, Fork)>, record: &BlockRecord, codes: &Codes, why: &[String]) -> Result<()> {
        let (lens, fork) = lens?;
        let block = record.block()?;
        let (traced, _) = execute(&lens, &block, fork, &record.state(codes)?, record.state.stands);
        let BlockFacts { block: at, txs, blind, .. } = traced.facts;
        if let Some(blind) = blind.first() {
            anyhow::bail!("{}", blind.why);
        }
        let chain = lens.chain();
        self.chains.entry(chain.id.clone()).or_insert_with(|| ChainWords {
            id: chain.id.clone(),
            slip44: chain.slip44,
            wrapped_native: chain.wrapped_native.clone(),
        });
        self.txs.extend(txs.into_iter().map(|tx| (tx.hash, (at.clone(), tx))));
        self.files.insert(manifest::record(at.hash), record.to_bytes()?);
        for (hash, code) in codes {
            self.files.insert(manifest::code(*hash), code.to_vec());
        }
        let (chain, stands) = (at.chain, record.state.stands);
        self.blocks.push(BlockWords { chain, number: at.number, hash: at.hash, stands, why: why.to_vec() });
        Ok(())
    }

    /// The transactions of the case with their facts: as they were kept when they were seen, else as they are seen now.
    fn transactions(&mut self, wanted: &Wanted) -> Result<Vec<TxWords>> {
        let mut kept: BTreeMap<B256, &Vec<u8>> = BTreeMap::new();
        for bytes in self.pieces.values().filter(|bytes| !BlockRecord::is_one(bytes)) {
            if let Ok(tx) = serde_json::from_slice::<TxFacts>(bytes) {
                kept.insert(tx.hash, bytes);
            }
        }
        let mut words = Vec::new();
        for (hash, (at, why)) in &wanted.txs {
            let facts = match (kept.get(hash), self.txs.get(hash)) {
                (Some(kept), _) => (*kept).clone(),
                (None, Some((_, seen))) => case::canonical(seen)?,
                (None, None) => {
                    let why = "its block is missing, or is not covered so far by the state that is there".to_owned();
                    self.missing.push(Missing { what: format!("facts of transaction {hash}"), why });
                    continue;
                }
            };
            self.files.insert(manifest::facts(*hash), facts);
            let block = self.txs.get(hash).map(|(at, _)| at).or(at.as_ref()).map(|at| at.hash);
            words.push(TxWords { hash: *hash, block, why: why.clone() });
        }
        Ok(words)
    }

    /// What else the lines name: rehearsals, and whatever rooms of a later version keep.
    fn other_evidence(&mut self, export: &mut CaseExport) -> Result<()> {
        let here: Vec<Digest> = self.files.values().map(|bytes| Digest::of_bytes(bytes)).collect();
        for kept in &mut export.evidence {
            let KeptEvidence { digest, bytes } = kept;
            if !here.contains(digest) {
                match self.pieces.get(digest) {
                    Some(piece) => drop(self.files.insert(manifest::evidence(digest), piece.clone())),
                    None => self.missing.push(Missing {
                        what: format!("evidence {digest}"),
                        why: "the case names it and the book does not give it: restore it from a copy".to_owned(),
                    }),
                }
            }
            // The bytes are files of the bundle.
            *bytes = None;
        }
        Ok(())
    }
}

/// The evidence of the case, as far as it can be had.
async fn pieces(export: &CaseExport, store: Option<&Store>) -> Result<BTreeMap<Digest, Vec<u8>>> {
    let mut pieces = BTreeMap::new();
    for kept in &export.evidence {
        let bytes = match (&kept.bytes, store) {
            (Some(bytes), _) => Some(bytes.to_vec()),
            (None, Some(store)) => store.evidence(&kept.digest).await?,
            (None, None) => None,
        };
        pieces.extend(bytes.map(|bytes| (kept.digest, bytes)));
    }
    Ok(pieces)
}

/// Records of blocks by hash: those that were given, and those in the book whose code is there too.
async fn at_hand(
    given: Vec<(BlockRecord, Codes)>,
    pieces: &BTreeMap<Digest, Vec<u8>>,
    store: Option<&Store>,
) -> Result<BTreeMap<B256, (BlockRecord, Codes)>> {
    let mut records = BTreeMap::new();
    for bytes in pieces.values() {
        let Some(record) = BlockRecord::from_bytes(bytes) else { continue };
        let Some(store) = store else { continue };
        let mut codes = Codes::new();
        for (hash, digest) in &record.codes {
            if let Some(code) = store.evidence(digest).await.context("code that was kept cannot be read")? {
                codes.insert(*hash, code.into());
            }
        }
        if codes.len() == record.codes.len() {
            records.insert(record.at()?.hash, (record, codes));
        }
    }
    for (record, codes) in given {
        records.insert(record.at()?.hash, (record, codes));
    }
    Ok(records)
}
