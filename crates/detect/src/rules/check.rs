//! Every fault of every rule at once, for whoever writes them. The service reads with [`super::read_rules`], which
//! stops at the first.

use std::{collections::BTreeMap, sync::Arc};

use super::{RuleText, read};
use crate::{DetectError, Fault, RuleCard, data_rule, keeping::on_bench, workshop::Workshop};

/// Faults that are told of the rows of one card.
const FAULTS_OF_ROWS: usize = 20;

/// What came of looking through rules.
#[derive(Debug, Default)]
pub struct Checked {
    /// The rules that are right, in order of their ids.
    pub cards: Vec<Arc<RuleCard>>,
    /// What is wrong, in order of files and places. A rule with a fault is not among the cards.
    pub faults: Vec<Fault>,
}

/// Looks through rules, each by itself, and says all that is wrong with them. Two of the same id are a fault: which of
/// them counts would hang on the order of folders.
pub fn check_rules(texts: impl IntoIterator<Item = RuleText>) -> Checked {
    let mut checked = Checked::default();
    let mut workshop = Workshop::default();
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    for text in texts {
        let card = match read(&text) {
            Ok(card) => Arc::new(card),
            Err(error) => {
                checked.faults.extend(fault_of(error, &text));
                continue;
            }
        };
        let mut faults = condition_faults(&mut workshop, &card);
        if let Some(other) = homes.insert(card.id.clone(), text.folder.clone()) {
            let place = crate::Place { file: card.file.clone(), line: 1, column: 1 };
            let what = format!("rule `{}` is in `{other}` as well", card.id);
            faults.push(Fault { place, what, hint: "give one of them another id and folder".into() });
        }
        // What the parts do not show, such as evidence that the card does not name.
        if faults.is_empty()
            && card.instances.is_empty()
            && let Err(error) = data_rule::build(&mut workshop, &card)
        {
            faults.extend(fault_of(error, &text));
        }
        let instances = card.instances.iter().filter_map(|instance| {
            let fault = fault_of(data_rule::build_as(&mut workshop, &card.with(instance), &card).err()?, &text)?;
            Some(instance.fault(fault))
        });
        // A column that is wrong is wrong in every row.
        faults.extend(instances.take(FAULTS_OF_ROWS).collect::<Vec<_>>());
        match faults.is_empty() {
            true => checked.cards.push(card),
            false => checked.faults.extend(faults),
        }
    }
    checked.cards.sort_by(|one, two| one.id.cmp(&two.id));
    let at = |fault: &Fault| (fault.place.file.clone(), fault.place.line, fault.place.column);
    checked.faults.sort_by_key(at);
    checked
}

fn fault_of(error: DetectError, text: &RuleText) -> Option<Fault> {
    match error {
        DetectError::Rule(fault) => Some(*fault),
        other => {
            let place = crate::Place { file: format!("{}/rule.toml", text.folder), line: 1, column: 1 };
            Some(Fault { place, what: other.to_string(), hint: String::new() })
        }
    }
}

/// The first fault of each text of a condition.
fn condition_faults(workshop: &mut Workshop, card: &RuleCard) -> Vec<Fault> {
    let Some(text) = &card.condition else { return Vec::new() };
    let on = text.on;
    let faults = on_bench(workshop, card, |bench, _| {
        let mut faults = Vec::new();
        faults.extend(bench.condition(&text.when, on).err());
        faults.extend(text.clear.iter().filter_map(|clear| bench.condition(clear, on).err()));
        for account in [&text.subject].into_iter().chain(&text.attackers).chain(&text.victims) {
            faults.extend(bench.account(account, on).err());
        }
        faults.extend(text.key.iter().filter_map(|key| bench.scalar(key, on).err()));
        faults.extend(bench.message(&text.message, on).err());
        Ok::<_, Fault>(faults)
    });
    faults.unwrap_or_else(|fault| vec![fault])
}
