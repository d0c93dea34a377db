use facts::{AccountId, Address, ChainId, U256};
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::{
    Actor, CaseClosed, CaseOpened, Ctx, Draft, LossAmounts, LossRow, LossesAssessed, MoneyTraced, Note,
    ReadinessChecked, Resolution, Severity,
};

fn id() -> CaseId {
    CaseId::opened_by(&Digest::ZERO)
}

fn victim() -> AccountId {
    AccountId { chain: ChainId::eip155(1), address: Address::repeat_byte(1) }
}

fn opened() -> Event {
    Event::CaseOpened(CaseOpened {
        title: "something is lost".into(),
        severity: Severity::High,
        kind: "logic/accounting".into(),
        subject: victim(),
        block_time: 7,
        drill: false,
    })
}

fn losses(lost: u64) -> Event {
    let asset = "eip155:1/slip44:60".parse().unwrap();
    let amounts = LossAmounts { lost: U256::from(lost), ..LossAmounts::default() };
    let rows = vec![LossRow { victim: victim(), asset, amounts }];
    Event::LossesAssessed(Box::new(LossesAssessed { rows, ..LossesAssessed::default() }))
}

fn chained(drafts: Vec<Draft>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for draft in drafts {
        let last = entries.last().map(|last| (last.seq, last.digest().unwrap()));
        entries.push(Entry::after(last, draft));
    }
    entries
}

fn draft(event: &Event) -> Draft {
    let ctx = Ctx::new(Actor::machine("test"), "told in a test", Timestamp::UNIX_EPOCH);
    Draft::new(Stream::Case(id()), ctx, event).unwrap()
}

#[test]
fn line_by_line_is_the_same_as_all_at_once_and_the_newest_ledger_counts() {
    let money = Event::MoneyTraced(Box::new(MoneyTraced { convention: "any/1".into(), ..MoneyTraced::default() }));
    let readiness = Event::ReadinessChecked(Box::default());
    let closed = Event::CaseClosed(CaseClosed { resolution: Resolution::Resolved });
    let mut drafts: Vec<Draft> = [opened(), losses(5), money, losses(7), readiness, closed].iter().map(draft).collect();
    drafts.push(Draft { kind: "of-a-later-version/9".into(), payload: json!({ "any": 1 }), ..drafts[0].clone() });
    let entries = chained(drafts);
    let mut folding = Folding::new(id());
    assert!(folding.incident().is_none() && folding.head().is_none());
    for (read, entry) in entries.iter().enumerate() {
        folding.take(entry).unwrap();
        assert_eq!(folding.incident(), Some(&Incident::fold(&id(), &entries[..=read]).unwrap()));
    }
    let incident = folding.incident().unwrap();
    assert_eq!(incident.ledger.losses.as_ref().unwrap().rows[0].amounts.lost, U256::from(7));
    assert_eq!(incident.ledger.money.as_ref().unwrap().convention, "any/1");
    assert_eq!((incident.phase, incident.entries), (Phase::Closed, 7));
    assert_eq!(folding.head(), Some((7, incident.head)));
    assert_eq!(incident.head, entries[6].digest().unwrap());
}

#[test]
fn a_line_that_does_not_fit_is_named() {
    let note = Event::Note(Note { text: "x".into() });
    let mut folding = Folding::new(id());
    let entries = chained(vec![draft(&note)]);
    assert!(matches!(folding.take(&entries[0]), Err(FoldError::NoOpening(_))));
    let entries = chained([opened(), note.clone(), note].iter().map(draft).collect());
    let mut folding = Folding::new(id());
    folding.take(&entries[0]).unwrap();
    assert!(matches!(folding.take(&entries[2]), Err(FoldError::Chain(BrokenChain::Gap { .. }))));
    let mut changed = entries[..2].to_vec();
    changed[0].payload["title"] = json!("something else");
    assert!(matches!(Incident::fold(&id(), &changed), Err(FoldError::Chain(BrokenChain::Link { seq: 2, .. }))));
    let torn = Draft { kind: "losses.assessed/1".into(), payload: json!({ "txs": 7 }), ..draft(&opened()) };
    let torn = chained(vec![draft(&opened()), torn]);
    assert!(matches!(Incident::fold(&id(), &torn), Err(FoldError::Payload { seq: 2, .. })));
    assert!(matches!(Incident::fold(&id(), &[]), Err(FoldError::NoOpening(_))));
}

#[test]
fn readiness_is_counted_by_what_came_of_each_check() {
    let state = |text| {
        serde_json::from_value(json!({ "check": "pause", "state": text, "what": "x", "remedy": "y", "why": "z" }))
    };
    let findings = ["ready", "gap", "gap", "unknown"].map(|text| state(text).unwrap()).to_vec();
    let contract = crate::Readiness { contract: victim(), name: "Vault".into(), on: None, findings };
    assert_eq!(ReadinessChecked { contracts: vec![contract] }.count(), (1, 2, 1));
}
