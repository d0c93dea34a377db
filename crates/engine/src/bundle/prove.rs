//! Proving a bundle with nothing but the bundle.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, Result};
use atlas::{Atlas, BadRows, Label, LabelFile, Labels, LabelsBuilder, Protocol, Selectors};
use case::{Alert, AlertId, Basis, Digest, HeldAnnouncement, RuleRef};
use detect::{Announcements, Detectors, Memory, RuleText, Scope, built_in, read_rules};
use facts::{B256, BlockRef, ChainId, TxFacts};
use serde_json::Value;
use store::{CaseExport, Known};

use super::{
    Bundle, Problem, Verdict,
    block::{self, Proven},
    manifest::{self, Source},
    same::differs,
    wanted::Wanted,
};
use crate::{BlockRecord, Lens};

impl Bundle {
    /// Proves it: every hash and root is computed, every block executed, every rule asked again. `found` are problems that
    /// were noticed while it was read. A bundle that holds is of one piece; whose it is shows only by what is `known`
    /// from elsewhere: the key that seals are made with, the digest of a seal, or the bundle's own id.
    pub fn prove(&self, known: &Known, found: Vec<Problem>) -> Verdict {
        let mut verdict = Verdict::new(self.id(), self.manifest.case.clone(), self.manifest.made_by.clone());
        for Problem { at, says } in found {
            verdict.broken(at, says);
        }
        for missing in &self.manifest.missing {
            verdict.missing(&missing.what, &missing.why);
        }
        if let Err(error) = self.prove_all(known, &mut verdict) {
            verdict.broken("the bundle", format!("{error:#}"));
        }
        verdict
    }

    fn prove_all(&self, known: &Known, verdict: &mut Verdict) -> Result<()> {
        let export = self.case(known, verdict)?;
        let wanted = Wanted::of(&export.entries)?;
        self.is_true(&wanted, verdict);
        self.is_complete(&export, &wanted, verdict);
        let labels = self.labels();
        if let Ok(labels) = &labels {
            labelled(labels, verdict);
        }
        let detectors = match labels.and_then(|labels| self.detectors(labels)) {
            Ok(detectors) => Arc::new(detectors),
            Err(error) => {
                // Facts do not depend on rules.
                let says = format!("no alert can be raised again: {error:#}");
                verdict.attested("the rules", says);
                Arc::new(Detectors::new(read_rules(built_in())?, Scope::everything())?)
            }
        };
        let announced = Arc::new(Announcements::new(self.announced(verdict)?));
        let mut memory = BTreeMap::new();
        let mut last: BTreeMap<ChainId, BlockRef> = BTreeMap::new();
        let mut blocks: Vec<_> = self.manifest.blocks.iter().collect();
        blocks.sort_by_key(|words| (&words.chain, words.number, words.hash));
        for words in blocks {
            let Some(proven) = block::prove(self, words, &detectors, verdict) else { continue };
            let at = proven.facts.block.clone();
            if let Some(before) = last.insert(at.chain.clone(), at.clone()) {
                follows(&before, &at, verdict);
            }
            self.facts(&proven, verdict);
            self.alerts(proven, (&detectors, &announced), &wanted, &mut memory, verdict)?;
        }
        let is_proved = |block: B256| self.manifest.blocks.iter().any(|words| words.hash == block);
        for (id, alert) in &wanted.alerts {
            if alert.basis == Basis::Pending {
                let says = "it is about a transaction that waited to be mined: it is by the word of the case's lines";
                verdict.attested(name(id, alert), says);
            } else if !is_proved(alert.seen_at.hash) {
                let says = "its block is not here: that it was raised is by the word of the case's lines";
                verdict.attested(name(id, alert), says);
            }
        }
        for (id, why) in &wanted.withdrawn {
            verdict.attested(format!("alert {}", id.short()), format!("it was withdrawn: {why}"));
        }
        Ok(())
    }

    /// The lines of the case and the seals over them.
    fn case(&self, known: &Known, verdict: &mut Verdict) -> Result<CaseExport> {
        let bytes = self.files.get(manifest::CASE).context("`case.json` is missing")?;
        let export = CaseExport::from_json(bytes)?;
        anyhow::ensure!(export.to_json()? == *bytes, "`case.json` is not in its canonical form: it was rewritten");
        anyhow::ensure!(export.case == self.manifest.case, "`case.json` is of the case `{}`", export.case);
        let report = export.verify(known)?;
        let is_sealed = self.manifest.source == Source::Book || known != &Known::default();
        // A replay seals nothing. Its lines hang together all the same.
        let of_seals = |says: &str| says.starts_with("no seal covers it");
        for problem in report.problems.iter().filter(|problem| is_sealed || !of_seals(&problem.says)) {
            let line = problem.line.map(|line| format!(", line {line}")).unwrap_or_default();
            verdict.broken(format!("{}{line}", problem.at), &problem.says);
        }
        let lines = format!("its {} lines hang together", export.entries.len());
        match (is_sealed, &known.key) {
            (true, Some(key)) => {
                verdict.proved("the case", format!("{lines}, and are sealed with the key {key}, which is known"));
            }
            (true, None) => {
                verdict.proved("the case", format!("{lines}, and their seals hold"));
                let says = format!(
                    "the key they are sealed with ({}) is by the bundle's own word: give it with --key",
                    export.key
                );
                verdict.attested("the case", says);
            }
            (false, _) => {
                verdict.proved("the case", lines);
                verdict.attested("the case", "it was made by a replay of recorded blocks: nobody has sealed its lines");
            }
        }
        Ok(export)
    }

    /// Whether the manifest says of blocks, transactions and chains what follows from the lines, or is known here.
    fn is_true(&self, wanted: &Wanted, verdict: &mut Verdict) {
        let maker = format!("that {} made it is by the bundle's own word", self.manifest.made_by);
        verdict.attested("the bundle", maker);
        for words in &self.manifest.blocks {
            let key = (words.chain.to_string(), words.number, words.hash);
            let why = wanted.blocks.get(&key).map(|(_, why)| why);
            if why.is_some_and(|why| *why != words.why) {
                verdict.broken(
                    format!("block {} of {}", words.number, words.chain),
                    "the case's lines say why it is here otherwise",
                );
            }
        }
        for words in &self.manifest.transactions {
            let at = format!("transaction {}", words.hash);
            let is_here = |block: B256| self.manifest.blocks.iter().any(|words| words.hash == block);
            match wanted.txs.get(&words.hash) {
                Some((_, why)) if *why != words.why => {
                    verdict.broken(at, "the case's lines say why it is here otherwise")
                }
                None => verdict.broken(at, "no line of the case speaks of it"),
                Some((Some(block), _)) if words.block != Some(block.hash) => {
                    verdict.broken(at, "the case's lines name another block of it");
                }
                Some(_) => match words.block {
                    Some(block) if is_here(block) => {}
                    Some(block) if self.lacks(&block.to_string()) => {
                        verdict.attested(at, "its block is not here: its facts are as they were kept");
                    }
                    _ => verdict.broken(at, "its block is neither here nor named as missing"),
                },
            }
        }
        for words in &self.manifest.chains {
            let known = Atlas::embedded().chain(&words.id).cloned();
            match known {
                Some(known) if (known.slip44, &known.wrapped_native) == (words.slip44, &words.wrapped_native) => {}
                Some(_) => {
                    verdict.broken(format!("chain {}", words.id), "its coin or what wraps it is not what is known here")
                }
                None => verdict
                    .attested(format!("chain {}", words.id), "its coin and what wraps it are by the bundle's word"),
            }
        }
    }

    /// Whether what the lines name is here, or named as missing.
    fn is_complete(&self, export: &CaseExport, wanted: &Wanted, verdict: &mut Verdict) {
        for (at, _) in wanted.blocks.values() {
            let is_here = self.manifest.blocks.iter().any(|words| words.hash == at.hash);
            if !is_here && !self.lacks(&at.hash.to_string()) {
                let says = "a line of the case rests on it, and it is neither here nor named as missing";
                verdict.broken(format!("block {} of {}", at.number, at.chain), says);
            }
        }
        for hash in wanted.txs.keys() {
            let is_here = self.manifest.transactions.iter().any(|words| words.hash == *hash);
            if !is_here && !self.lacks(&hash.to_string()) {
                let says = "a line of the case rests on it, and it is neither here nor named as missing";
                verdict.broken(format!("transaction {hash}"), says);
            }
        }
        let here: Vec<Digest> = self.manifest.files.iter().map(|file| file.sha256).collect();
        for kept in &export.evidence {
            let name = kept.digest.to_string();
            if !here.contains(&kept.digest) && !self.lacks(&name) {
                let says = "a line of the case names it, and it is neither here nor named as missing";
                verdict.broken(format!("evidence {name}"), says);
            }
        }
    }

    /// Whether the manifest admits that something of this name is missing.
    fn lacks(&self, name: &str) -> bool {
        self.manifest.missing.iter().any(|missing| missing.what.contains(name))
    }

    /// What was announced, by the bundle's word.
    fn announced(&self, verdict: &mut Verdict) -> Result<Vec<HeldAnnouncement>> {
        let Some(bytes) = self.files.get(manifest::ANNOUNCED) else { return Ok(Vec::new()) };
        let held: Vec<HeldAnnouncement> =
            serde_json::from_slice(bytes).with_context(|| format!("`{}` cannot be read", manifest::ANNOUNCED))?;
        for one in &held {
            let says = format!("that {} announced it at {} is by the bundle's own word", one.who, one.at);
            verdict.attested(format!("announcement {}", one.id), says);
        }
        Ok(held)
    }

    /// What the records of its blocks say that others called their accounts.
    fn labels(&self) -> Result<Labels> {
        let mut builder = LabelsBuilder::default();
        for words in &self.manifest.blocks {
            let file = &manifest::record(words.hash);
            let record = self.files.get(file).and_then(|bytes| BlockRecord::from_bytes(bytes));
            let text = record.map(|record| record.labels).unwrap_or_default();
            let labels = LabelFile { file, text: &text, chain: None, kinds: None, source: file, date: None };
            builder.read(&labels, BadRows::Refuse)?;
        }
        Ok(builder.build())
    }

    /// The rules of the bundle, over what it says is protected.
    fn detectors(&self, labels: Labels) -> Result<Detectors> {
        let text = |path: &str| {
            let bytes = self.files.get(path).with_context(|| format!("`{path}` is missing"))?;
            std::str::from_utf8(bytes).with_context(|| format!("`{path}` is not UTF-8"))
        };
        let mut rules = Vec::new();
        for path in self.files.keys().filter(|path| path.starts_with(manifest::RULES)) {
            let Some(folder) = path.strip_suffix("/rule.toml") else { continue };
            let beside =
                self.files.keys().filter_map(|path| Some((path, path.strip_prefix(folder)?.strip_prefix('/')?)));
            let beside = beside.filter(|(_, name)| !matches!(*name, "rule.toml" | "page.md"));
            rules.push(RuleText {
                folder: folder.to_owned(),
                card: text(path)?.to_owned(),
                page: text(&format!("{folder}/page.md"))?.to_owned(),
                files: beside
                    .map(|(path, name)| Ok((name.to_owned(), text(path)?.to_owned())))
                    .collect::<Result<_>>()?,
            });
        }
        let scope = match self.files.contains_key(manifest::PROTOCOL) {
            false => Scope::everything(),
            true => {
                let protocol = Protocol::parse(manifest::PROTOCOL, text(manifest::PROTOCOL)?)?;
                let contracts = protocol.contracts().iter();
                Scope::protecting(contracts.map(|contract| (contract.account.clone(), contract.name.clone())))
            }
        };
        let names = Selectors::parse(manifest::NAMES, text(manifest::NAMES)?)?;
        let scope = scope.labelling(Arc::new(labels));
        Ok(Detectors::new(read_rules(rules)?, scope.naming(names))?)
    }

    /// The facts of the case's transactions in a block.
    fn facts(&self, proven: &Proven, verdict: &mut Verdict) {
        for words in self.manifest.transactions.iter().filter(|words| words.block == Some(proven.header.hash)) {
            let at = format!("transaction {}", words.hash);
            match self.compare(words.hash, &proven.facts.txs) {
                Ok(index) => verdict.proved(at, format!("its facts are those that execution gives (index {index})")),
                Err(error) => verdict.broken(at, format!("{error:#}")),
            }
        }
    }

    fn compare(&self, hash: B256, txs: &[TxFacts]) -> Result<u32> {
        let name = manifest::facts(hash);
        let bytes = self.files.get(&name).with_context(|| format!("`{name}` is missing"))?;
        let seen = txs.iter().find(|tx| tx.hash == hash);
        let seen = seen.context("it is not among the transactions of its block that can be executed here")?;
        let kept: Value = serde_json::from_slice(bytes).with_context(|| format!("`{name}` cannot be read"))?;
        let now: Value = serde_json::from_slice(&case::canonical(seen)?)?;
        if let Some(at) = differs(&kept, &now) {
            anyhow::bail!("`{name}` says something else at `{at}` than execution does");
        }
        Ok(seen.index)
    }

    /// The alerts of the case in a block, raised again.
    fn alerts(
        &self,
        proven: Proven,
        (detectors, announced): (&Arc<Detectors>, &Arc<Announcements>),
        wanted: &Wanted,
        memories: &mut BTreeMap<ChainId, Memory>,
        verdict: &mut Verdict,
    ) -> Result<()> {
        let Proven { header, facts, chain } = proven;
        let mut lens = Lens::new(chain, Arc::clone(detectors))?;
        lens.know(Arc::clone(announced));
        let id = facts.block.chain.clone();
        let memory = memories.remove(&id).unwrap_or_default();
        // Blocks of two branches, or a block that was looked at before: a memory of its own.
        let is_ahead = memory.head().is_none_or(|head| head.number < header.number);
        lens.memory = if is_ahead { memory } else { Memory::default() };
        let traced = trace::Traced { facts, gas: 0, proving: std::time::Duration::ZERO, retry: false };
        let looked = lens.nose((traced, std::time::Duration::ZERO))?;
        for (alert_id, alert) in wanted.alerts_in(header.hash).filter(|(_, alert)| alert.basis != Basis::Pending) {
            let at = name(alert_id, alert);
            let rule = &alert.rule;
            let in_force = detectors.card(&rule.id).map(|card| card.rule());
            if alert.id().ok() != Some(*alert_id) {
                verdict.broken(at, "its id is not the digest of what it says");
            } else if looked.alerts.iter().any(|(again, _)| again == alert_id) {
                verdict.proved(at, format!("rule {rule} raises it again, word for word"));
            } else if in_force.as_ref() != Some(rule) {
                let now = in_force.map_or("no such rule".to_owned(), |now| now.to_string());
                let says =
                    format!("it was raised by rule {rule}, and {now} is here: prove it with {}", self.manifest.made_by);
                verdict.attested(at, says);
            } else if alert.tx.is_none() {
                verdict.attested(at, "it is about the watch or a whole block, and rests on more than what is here");
            } else if let Some(bearing) = &alert.announcement {
                let is_here = announced.held().iter().any(|held| held.id == bearing.id);
                let what = if is_here { "and on earlier blocks, which are not here" } else { "which is not here" };
                verdict.attested(at, format!("it rests on the announcement {}, {what}", bearing.id));
            } else if looked.alerts.iter().any(|(_, again)| detect::differs_by_recall(alert, again)) {
                let says = format!(
                    "rule {rule} raises it again; that its contract had been changed as announced rests on earlier blocks"
                );
                verdict.attested(at, says);
            } else if detectors.recalls(&rule.id) || remembers(&lens.memory, rule) {
                let says =
                    format!("rule {} remembers earlier blocks, which are not here: it is by the case's word", rule.id);
                verdict.attested(at, says);
            } else {
                verdict.broken(at, format!("rule {rule} does not raise it on these facts"));
            }
        }
        memories.insert(id, lens.memory);
        Ok(())
    }
}

/// Whether a rule kept something of the last block.
fn remembers(memory: &Memory, rule: &RuleRef) -> bool {
    let rule = rule.to_string();
    memory.changes().is_some_and(|changes| changes.rules().any(|changed| changed == rule))
}

fn name(id: &AlertId, alert: &Alert) -> String {
    format!("alert {} ({})", id.short(), alert.rule.id)
}

/// Blocks that stand next to each other have to hang together.
fn follows(before: &BlockRef, at: &BlockRef, verdict: &mut Verdict) {
    if before.number + 1 != at.number {
        return;
    }
    let here = format!("block {} of {}", at.number, at.chain);
    if at.parent == before.hash {
        verdict.proved(here, format!("it follows on block {}", before.number));
    } else {
        verdict.attested(
            here,
            format!("it does not follow on block {} as it is here: one of them was lost", before.number),
        );
    }
}

/// A label that the program does not know too is by the bundle's word.
fn labelled(labels: &Labels, verdict: &mut Verdict) {
    let known = Labels::embedded();
    let is_known = |label: &Label<'_>| {
        let same = |own: Label<'_>| (own.chain, own.kinds, own.source) == (label.chain, label.kinds, label.source);
        known.all_of(label.address).any(same)
    };
    let count = labels.iter().filter(|label| !is_known(label)).count();
    if count > 0 {
        let says = format!("what others called accounts of its blocks, in {count} of the labels, is by their records");
        verdict.attested("the labels", says);
    }
}
