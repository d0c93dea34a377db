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
    drafted().into_iter().map(|draft| read_rules([draft]).unwrap().remove(0)).collect()
}

fn drafted() -> Vec<RuleText> {
    let scene = scene(&attack("mallory", "vault", 90));
    let txs = scene.blocks.iter().flat_map(|block| &block.txs).collect::<Vec<_>>();
    let victim = txs[1].flows[0].from;
    let attack = Attack { txs, victims: [victim].into(), ..empty() };
    learn(&attack).unwrap()
}

/// An attack of which nothing is known but what it is called.
fn empty<'a>() -> Attack<'a> {
    Attack {
        name: "vault-migrated".into(),
        kind: "access/missing-check".into(),
        reference: "INC-7".into(),
        txs: Vec::new(),
        victims: BTreeSet::new(),
        attackers: BTreeSet::new(),
        codes: BTreeMap::new(),
    }
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
fn what_a_single_function_yields_has_to_go_to_the_sender() {
    let one = |payee: &str| {
        let text =
            attack("trudy", "vault", 7).replace("migrate(address)', args = ['trudy']", "draw(uint256)', args = ['1']");
        text.replace("to = 'trudy tool', amount", &format!("to = '{payee}', amount"))
    };
    let scene = scene(&one("trudy tool"));
    let txs = scene.blocks.iter().flat_map(|block| &block.txs).collect::<Vec<_>>();
    let victim = txs[1].flows[0].from;
    let told = Attack { txs, victims: [victim].into(), ..empty() };
    let card = read_rules(learn(&told).unwrap()[..1].iter().cloned()).unwrap().remove(0);
    assert_eq!((alerts(&card, &one("trudy tool")), alerts(&card, &one("carol"))), (1, 0));
}

#[test]
fn a_draft_says_each_condition_and_why() {
    let pages = drafted();
    let (card, page) = (&pages[0].card, &pages[0].page);
    assert!(card.contains("window.left(tx.from, flow.from, flow.token)"), "{card}");
    for word in [
        "**Functions.**",
        "**All of them.**",
        "**Victim.**",
        "**Loss.**",
        "**For little.**",
        "**Unbooked.**",
        "**Stranger.**",
    ] {
        assert!(page.contains(word), "no {word}: {page}");
    }
}

#[test]
fn whoever_put_in_what_he_takes_out_is_left_alone() {
    let honest = attack("trudy", "vault", 7)
        .replace("flows = [", "flows = [{ from = 'trudy tool', to = 'vault', amount = '7', frame = 1, at = 3 }, ");
    for card in drafts() {
        assert_eq!(alerts(&card, &honest), 0, "{card:?}");
    }
}

#[test]
fn the_maker_of_a_contract_may_take_what_a_stranger_may_not() {
    let own = attack("trudy", "vault", 7).replace(
        "codes = [{ address = 'trudy tool'",
        "codes = [{ address = 'vault', creator = 'trudy' }, { address = 'trudy tool'",
    );
    for card in drafts() {
        assert_eq!(alerts(&card, &own), 0, "{card:?}");
    }
}

#[test]
fn what_harmed_nobody_teaches_nothing() {
    let scene = scene(HONEST);
    let attack = Attack { txs: scene.blocks.iter().flat_map(|block| &block.txs).collect(), ..empty() };
    assert!(matches!(learn(&attack), Err(Unlearnable::NoCalls)));
}
