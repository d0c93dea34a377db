//! Who looks at a transaction, and who first.

use std::sync::Arc;

use case::{EvidenceKind, Severity};
use facts::{Address, Asset, B256, BlockFacts, Flow, FlowKind, Log, Sight, TxFacts, U256};

use crate::scene::{block_ref, chain};
use crate::*;

/// A detector that says something of every transaction that wakes it.
struct Talker {
    card: Arc<RuleCard>,
    wake: Wake,
    is_last: bool,
}

impl Detector for Talker {
    fn card(&self) -> &RuleCard {
        &self.card
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![self.wake]
    }

    fn comes_last(&self) -> bool {
        self.is_last
    }

    fn tx(&self, ctx: &TxCtx<'_>, _: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        let finding = Finding::about(ctx.facts.from, "it took place").severity(Severity::Low);
        out.raise(finding.evidence(EvidenceKind::Call, None, "it was there"));
    }
}

/// Who spoke of some transactions, in order, of talkers with their names.
fn spoke(talkers: &[(&str, Wake, bool)], txs: Vec<TxFacts>) -> Vec<String> {
    let cards = read_rules(built_in()).unwrap();
    let blind_spot = cards.iter().filter(|card| card.id == "blind-spot").cloned();
    let detectors = Detectors::new(blind_spot, Scope::everything()).unwrap();
    let detectors = talkers.iter().fold(detectors, |detectors, (id, wake, is_last)| {
        let mut card = (*cards[0]).clone();
        card.id = (*id).into();
        detectors.with(Box::new(Talker { card: Arc::new(card), wake: *wake, is_last: *is_last }))
    });
    let block = BlockFacts {
        block: block_ref(1, 0),
        timestamp: 1,
        sight: Sight::Executed,
        of: u32::try_from(txs.len()).unwrap(),
        txs,
        observed: Vec::new(),
        blind: Vec::new(),
    };
    let seen = detectors.block(&chain(), &block, &mut Memory::default()).unwrap();
    seen.alerts.into_iter().map(|alert| alert.rule.id).collect()
}

fn tx() -> TxFacts {
    TxFacts { from: Address::repeat_byte(1), ..TxFacts::default() }
}

#[test]
fn who_takes_longer_looks_after_all_others() {
    let talkers = [("long", Wake::Tx, true), ("short", Wake::Tx, false), ("shorter", Wake::Tx, false)];
    assert_eq!(spoke(&talkers, vec![tx()]), ["short", "shorter", "long"]);
}

#[test]
fn a_plain_payment_is_looked_at_by_those_who_have_something_to_say_about_one() {
    let talkers = [
        ("all", Wake::Tx, false),
        ("moved", Wake::Flow(FlowShape::Any), false),
        ("worked", Wake::Work, false),
        ("worked-and-moved", Wake::Flow(FlowShape::AtWork), false),
    ];
    let (one, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let paid = |from, to| {
        let (asset, amount) = (Asset::Native, U256::ONE);
        TxFacts { flows: vec![Flow { asset, from, to, amount, kind: FlowKind::Call, frame: 0, at: 0 }], ..tx() }
    };
    let log = Log { address: other, topics: vec![B256::ZERO], data: Default::default(), frame: 0, at: 0 };
    for (tx, expected) in [
        (tx(), &["all"][..]),
        (paid(one, other), &["all", "moved"]),
        // What a contract that ends itself pays out.
        (paid(other, one), &["all", "moved", "worked", "worked-and-moved"]),
        (TxFacts { logs: vec![log], ..tx() }, &["all", "worked"]),
    ] {
        assert_eq!(spoke(&talkers, vec![tx]), expected);
    }
}

#[test]
fn a_rule_of_a_users_is_built_even_where_it_has_nothing_to_say() {
    let mut text = built_in().into_iter().find(|text| text.folder.ends_with("/large-native-outflow")).unwrap();
    let build = |text: &RuleText| {
        let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("/blind-spot"));
        let cards = read_rules(blind_spot.chain([text.clone()])).unwrap();
        Detectors::new(cards, Scope::everything())
    };
    let rules = build(&text).unwrap();
    let silent = rules.rules().into_iter().find(|rule| rule.id == "large-native-outflow").unwrap();
    assert_eq!(silent.hash, rules.card("large-native-outflow").unwrap().hash);
    text.card = text.card.replace("flow.amount", "flow.amuont");
    let error = build(&text).err().expect("a mistake is told").to_string();
    assert!(error.contains("did you mean `amount`?"), "{error}");
}
