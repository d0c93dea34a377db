//! One attack, confirmed: what the default rules said of it, as far as it is true, and the drafts that come of it.

use std::{cell::RefCell, collections::BTreeMap};

use anyhow::{Context as _, Result};
use case::Alert;
use detect::{RuleText, learn};
use engine::Attacked;
use facts::{Address, B256, TxFacts};

use crate::{Artifacts, Role, Rules, Scenario, Stage, Variation, Watch, quality::ALARM};

/// What is learnt from the attack of a story.
pub(super) struct Drafts {
    pub(super) scenario: &'static Scenario,
    /// Drafts from the most general to the most particular, each under an id of its own, with whether honest traffic
    /// answers to it.
    pub(super) all: Vec<Draft>,
    /// Why there is none.
    why: Option<String>,
}

/// One of them.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) text: RuleText,
    /// Whether it took honest traffic for the attack.
    pub(super) is_loud: bool,
}

impl Drafts {
    /// The one that is proposed: the most general that is silent.
    pub(super) fn chosen(&self) -> Option<&RuleText> {
        self.all.iter().find(|draft| !draft.is_loud).map(|draft| &draft.text)
    }

    /// The last one, if it names contracts.
    pub(super) fn most_particular(&self) -> Option<&RuleText> {
        self.all.last().map(|draft| &draft.text).filter(|text| text.card.contains("[list.codes]"))
    }

    /// Why nothing is proposed.
    pub(super) fn why_none(&self) -> String {
        self.why.clone().unwrap_or_else(|| "honest traffic does all that the attack is known by".to_owned())
    }
}

/// What happened in a play.
struct Happened {
    watch: Watch,
    txs: BTreeMap<B256, TxFacts>,
    codes: BTreeMap<Address, B256>,
}

/// Plays the attack as it is told, and learns from it.
pub(super) fn drafts(scenario: &'static Scenario, artifacts: &Artifacts) -> Result<Drafts> {
    let watch = Watch::new(&Rules::bare()?)?;
    let happened = RefCell::new(Happened { watch, txs: BTreeMap::new(), codes: BTreeMap::new() });
    let told = {
        let mut stage = Stage::new(artifacts, Variation::PLAIN, |mined, world| {
            let happened = &mut *happened.borrow_mut();
            let facts = happened.watch.see(mined, world)?;
            for tx in facts.txs {
                for frame in &tx.frames {
                    // The first sight of a contract is that before the attack, but for what the attack itself made.
                    if let Some(shape) = world.code_shape(frame.target) {
                        happened.codes.entry(frame.target).or_insert(shape);
                    }
                }
                happened.txs.insert(tx.hash, tx);
            }
            Ok(())
        })?;
        (scenario.attack)(&mut stage).with_context(|| scenario.id)?;
        stage.mine()?;
        stage.told
    };
    let Happened { watch, mut txs, codes } = happened.into_inner();
    // Whoever confirms the case has marked what was a mistake, and what speaks of nothing that happened.
    let is_his = |alert: &Alert| {
        let of = |role| told.iter().any(|told| Some(told.hash) == alert.tx && told.role == role);
        alert.basis.is_mined() && (of(Role::Attack) || of(Role::Preparation))
    };
    let alerts: Vec<&Alert> = watch.alerts.iter().map(|seen| &seen.alert).filter(|alert| is_his(alert)).collect();
    let none = |why: &str| Drafts { scenario, all: Vec::new(), why: Some(why.to_owned()) };
    if !alerts.iter().any(|alert| alert.severity >= ALARM) {
        return Ok(none("no alarm about a transaction of it: there is no case to learn from"));
    }
    let attacked = Attacked::of(&alerts, |hash| Ok(txs.remove(&hash)), codes)?;
    let name = scenario.id.replace('/', "-");
    Ok(match learn(&attacked.lesson(name, "INC-1".to_owned())) {
        Ok(drafts) => {
            let numbered = (1..).zip(&drafts).map(|(which, draft)| draft.numbered(which));
            let all = numbered.map(|(text, id)| Draft { id, text, is_loud: false }).collect();
            Drafts { scenario, all, why: None }
        }
        Err(why) => none(&why.to_string()),
    })
}
