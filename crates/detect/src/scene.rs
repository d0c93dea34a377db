//! The cases of rules: blocks in few words, and the alerts that have to come of them.
//!
//! An account is a word (`vault`, `mallory`; `zero` is the zero address) or an address in hex. Frames are listed in
//! order with their depth; positions, parents and net changes follow from the lists. The caller brings the text.

mod build;
mod planned;
mod short;

use std::{collections::BTreeSet, sync::Arc};

use atlas::{LabelKind, LabelKinds};
use facts::*;

use crate::{
    Announcements, ChainView, DetectError, Detectors, Fault, Labels, Memory, RuleCard, Scope as Protected, announced,
    place::File,
};
use build::{Bad, Replies, Words};
use short::CaseFile;

/// Times that one block can be repeated.
const REPEAT: u64 = 10_000;

/// The labels of a case.
#[derive(Debug)]
struct Named(Vec<(Address, LabelKind)>);

impl Labels for Named {
    fn kinds(&self, _: &ChainId, account: Address) -> LabelKinds {
        let kinds = self.0.iter().filter(|(known, _)| *known == account).map(|(_, kind)| LabelKinds::of(&[*kind]));
        kinds.fold(LabelKinds::default(), LabelKinds::with)
    }

    fn excerpt(&self, _: &BTreeSet<Address>) -> String {
        // Nobody takes evidence of a case.
        String::new()
    }
}

/// A case of a rule.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What it is about, in a line.
    pub about: String,
    /// The blocks that are looked at.
    pub blocks: Vec<BlockFacts>,
    /// What is protected.
    pub scope: Protected,
    /// What was announced.
    pub(crate) announced: Arc<Announcements>,
    /// The alerts that have to come of it, as [`Scene::tell`] tells them.
    pub expected: Vec<String>,
    /// What rules are answered that ask something, block by block.
    replies: Vec<Replies>,
    names: Vec<(String, String)>,
    /// Where in the file the list of expected alerts stands.
    list: std::ops::Range<usize>,
}

/// Which side of its rule a case stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The rule has to fire.
    Hit,
    /// It comes near, and the rule has to be silent.
    NearMiss,
}

impl Sign {
    /// The side that a case's file name, `hit-….toml` or `near-miss-….toml`, puts it on.
    pub fn of(file_name: &str) -> Option<Self> {
        let name = file_name.strip_suffix(".toml")?;
        match (name.strip_prefix("hit-"), name.strip_prefix("near-miss-")) {
            (Some(rest), _) if !rest.is_empty() => Some(Sign::Hit),
            (_, Some(rest)) if !rest.is_empty() => Some(Sign::NearMiss),
            _ => None,
        }
    }
}

impl Scene {
    /// Reads a case. `name` is the file's name, for faults.
    ///
    /// # Errors
    /// A fault with its place for what is not as it should be.
    pub fn read(name: &str, text: &str) -> Result<Self, Fault> {
        let file = File::new(name, text)?;
        let case: CaseFile = file.read()?;
        let mut words = Words::default();
        let read = |words: &mut Words| -> Result<_, Bad> {
            let (mut blocks, mut replies, mut number) = (Vec::new(), Vec::new(), 0u64);
            for block in &case.block {
                let step = block.step.unwrap_or(1).max(1);
                for at in 0..block.repeat.unwrap_or(1).min(REPEAT) {
                    let next = number.saturating_add(step);
                    number = if at == 0 { block.number.unwrap_or(next) } else { next };
                    blocks.push(words.block(number, block)?);
                    replies.push(words.replies(number, block)?);
                }
            }
            let announced = case.announced.iter().enumerate();
            let announced = announced.map(|(index, short)| planned::announcement(words, index, short));
            Ok((blocks, replies, announced.collect::<Result<Vec<_>, _>>()?))
        };
        let (blocks, replies, announced) = read(&mut words).map_err(|Bad { text: word, why }| {
            let at = text.find(&format!("{word:?}")).or_else(|| text.find(&word)).unwrap_or(0);
            file.fault(at, format!("`{}` {why}", word.chars().take(80).collect::<String>()), "")
        })?;
        let contracts = case
            .protocol
            .iter()
            .map(|(word, name)| (AccountId { chain: chain().id, address: words.account(word) }, name.clone()));
        let contracts: Vec<_> = contracts.collect();
        let mut labelled = Vec::new();
        for (kind, names) in case.labels.iter().flatten() {
            let Ok(kind) = kind.parse::<LabelKind>() else {
                let at = text.find(kind.as_str()).unwrap_or(0);
                let hint = crate::place::suggest(kind, LabelKind::ALL.iter().map(|kind| kind.name()));
                return Err(file.fault(at, format!("`{kind}` is no kind of account"), hint));
            };
            labelled.extend(names.iter().map(|name| (words.account(name), kind)));
        }
        let labels = case.labels.is_some().then(|| Arc::new(Named(labelled)));
        let names = words.names().map(|(word, address)| (format!("{{{word}}}"), address.to_string()));
        let names = names.chain([("{zero}".to_owned(), Address::ZERO.to_string())]).collect();
        let list = case.expect.alerts.span();
        let mut scope = Protected::protecting(contracts);
        if let Some(labels) = labels {
            scope = scope.labelling(labels);
        }
        let announced = Arc::new(Announcements::new(announced));
        let expected = case.expect.alerts.into_inner();
        Ok(Self { about: case.about, blocks, announced, scope, expected, replies, names, list })
    }

    /// What one rule says of it, alert by alert. The blind spot looks as well, so that what could not be judged is no
    /// silence: its own alerts are told only when it is the rule.
    ///
    /// # Errors
    /// If a card cannot be built, or the blocks do not follow on one another.
    pub fn play(&self, cards: impl IntoIterator<Item = Arc<RuleCard>>, rule: &str) -> Result<Vec<String>, DetectError> {
        let mut cards: Vec<_> = cards.into_iter().collect();
        if !self.announced.is_empty() && cards.iter().all(|card| card.id != announced::ID) {
            // Without it nothing is announced.
            let built_in = crate::read_rules(crate::built_in())?;
            cards.extend(built_in.into_iter().filter(|card| card.id == announced::ID));
        }
        let detectors = Detectors::new(cards, self.scope.clone())?;
        let mut memory = Memory::default();
        let mut told = Vec::new();
        for (block, replies) in self.blocks.iter().zip(&self.replies) {
            let chain = chain();
            let mut look = detectors.look(&chain, &block.block, block.timestamp, &mut memory)?.knowing(&self.announced);
            block.txs.iter().for_each(|tx| look.tx(tx));
            let seen = look.finish(block);
            told.extend(seen.alerts.iter().filter(|alert| alert.rule.id == rule).map(|alert| self.tell(alert)));
            for (asks, question) in seen.questions.iter().filter(|(asks, _)| asks == rule) {
                let Some(answer) = replies.to(question) else { continue };
                let at = (&block.block, block.timestamp);
                let alerts = detectors.answered(&chain, at, (asks.as_str(), question, &answer), &mut memory)?;
                told.extend(alerts.iter().map(|alert| self.tell(alert)));
            }
        }
        Ok(told)
    }

    /// The case's file with other expected alerts; the rest of it stays as it is written.
    pub fn expecting(&self, text: &str, alerts: &[String]) -> String {
        let quoted = |alert: &String| toml::Value::String(alert.clone()).to_string();
        let list = match alerts {
            [] => "[]".to_owned(),
            alerts => {
                alerts.iter().fold("[\n".to_owned(), |list, alert| format!("{list}    {},\n", quoted(alert))) + "]"
            }
        };
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        format!("{}{list}{}", part(0..self.list.start), part(self.list.end..text.len()))
    }

    /// An alert in one line, with words for addresses.
    pub fn tell(&self, alert: &case::Alert) -> String {
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
pub(crate) fn chain() -> ChainView {
    ChainView { id: ChainId::eip155(1), slip44: 60, wrapped: Vec::new() }
}

/// A block's reference: hashes follow from the number and from which of several branches it is on.
pub(crate) fn block_ref(number: u64, branch: u8) -> BlockRef {
    let hash = |number: u64| B256::from(U256::from(number) << 8 | U256::from(branch));
    BlockRef { chain: chain().id, number, hash: hash(number), parent: hash(number.saturating_sub(1)) }
}
