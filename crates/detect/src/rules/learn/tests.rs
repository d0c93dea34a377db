use std::sync::Arc;

use super::*;
use crate::{Maturity, RuleCard, Scene, built_in, read_rules};

/// A stranger's contract has a vault credit it, twice, and draws.
fn attack(who: &str, vault: &str, amount: u32) -> String {
    format!(
        "about = 'x'\nexpect = {{ alerts = [] }}\n[[block]]\n[[block.tx]]\nfrom = '{who}'\n\
         calls = [{{ kind = 'create', to = '{who} tool' }}]\ncodes = [{{ address = '{who} tool', creator = '{who}' }}]\n\
         [[block]]\n[[block.tx]]\nfrom = '{who}'\nto = '{who} tool'\ncalls = [\n\
         {{ call = 'rob()', open = 0, close = 40 }},\n\
         {{ from = '{who} tool', to = '{vault}', depth = 1, call = 'migrate(address)', args = ['{who}'], open = 2, close = 6 }},\n\
         {{ from = '{who} tool', to = '{vault}', depth = 1, call = 'migrate(address)', args = ['{who}'], open = 8, close = 12 }},\n\
         {{ from = '{who} tool', to = '{vault}', depth = 1, call = 'draw(uint256)', args = ['{amount}'], open = 14, close = 30 }},\n]\n\
         flows = [{{ from = '{vault}', to = '{who} tool', amount = '{amount}', frame = 3, at = 20 }}]\n"
    )
}

/// Somebody migrates, and draws, and another only draws.
const HONEST: &str = "about = 'x'\nexpect = { alerts = [] }\n[[block]]\n[[block.tx]]\nfrom = 'alice'\nto = 'vault'\n\
     calls = [{ call = 'migrate(address)', args = ['alice'] }]\n[[block]]\n[[block.tx]]\nfrom = 'alice'\nto = 'vault'\n\
     calls = [{ call = 'draw(uint256)', args = ['5'] }]\nflows = [{ from = 'vault', to = 'alice', amount = '5' }]\n";

fn scene(text: &str) -> Scene {
    Scene::read("learnt.toml", text).unwrap()
}

fn drafts() -> Vec<Arc<RuleCard>> {
    let scene = scene(&attack("mallory", "vault", 90));
    let txs = scene.blocks.iter().flat_map(|block| &block.txs).collect::<Vec<_>>();
    let victim = txs[1].flows[0].from;
    let attack = Attack {
        name: "vault-migrated".into(),
        kind: "access/missing-check".into(),
        reference: "INC-7".into(),
        txs,
        victims: [victim].into(),
        attackers: BTreeSet::new(),
        codes: BTreeMap::new(),
    };
    read_rules(learn(&attack).unwrap()[..1].iter().cloned()).unwrap();
    let drafts = learn(&attack).unwrap();
    drafts.into_iter().map(|draft| read_rules([draft]).unwrap().remove(0)).collect()
}

fn alerts(card: &Arc<RuleCard>, text: &str) -> usize {
    let blind_spot = read_rules(built_in()).unwrap().into_iter().find(|card| card.id == "blind-spot").unwrap();
    scene(text).play([Arc::clone(card), blind_spot], &card.id).unwrap().len()
}

#[test]
fn a_draft_knows_the_attack_again_with_other_names_and_amounts() {
    let drafts = drafts();
    assert!(drafts.len() >= 4 && drafts.iter().all(|card| card.maturity == Maturity::Incubating));
    for card in &drafts {
        assert_eq!(alerts(card, &attack("mallory", "vault", 90)), 1, "{card:?}");
        assert_eq!(alerts(card, &attack("trudy", "vault", 7)), 1, "{card:?}");
    }
    // Another contract is known by the first drafts alone, until its code is known.
    let elsewhere: Vec<_> = drafts.iter().map(|card| alerts(card, &attack("trudy", "other vault", 7))).collect();
    assert_eq!((elsewhere[0], elsewhere[elsewhere.len() - 1]), (1, 0));
}

#[test]
fn later_drafts_are_silent_where_the_first_is_not() {
    let told: Vec<_> = drafts().iter().map(|card| alerts(card, HONEST)).collect();
    assert_eq!((told[0], told[told.len() - 1]), (1, 0));
}

#[test]
fn what_harmed_nobody_teaches_nothing() {
    let scene = scene(HONEST);
    let attack = Attack {
        name: "x".into(),
        kind: "access/missing-check".into(),
        reference: "INC-7".into(),
        txs: scene.blocks.iter().flat_map(|block| &block.txs).collect(),
        victims: BTreeSet::new(),
        attackers: BTreeSet::new(),
        codes: BTreeMap::new(),
    };
    assert!(matches!(learn(&attack), Err(Unlearnable::NoCalls)));
}
