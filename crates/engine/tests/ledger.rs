//! The ledger of a case follows its alerts: written once, anew when an alert goes, and honest about what is missing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use act::Drivers;
use atlas::{Protocol, Selectors};
use case::{
    Actor, Alert, AlertId, AlertRaised, AlertWithdrawn, CaseId, Confidence, Ctx, Digest, Draft, Event, Fingerprint,
    Incident, Loss, Place, RuleRef, Severity, Stream, Timestamp,
};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Desk, Judgement, Rulebook};
use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, ChainId, Flow, FlowKind, Frame, TxFacts, U256};
use respond::{Installation, Policy, TriageRules};
use serde_json::json;
use store::{AppendRequest, BlockCommit, BlockSummary, Options, SealKey, Store};
use tempfile::TempDir;

const VAULT: u8 = 0xa1;
const BANK: u8 = 0xb1;

fn chain() -> ChainId {
    ChainId::eip155(1)
}

fn account(byte: u8) -> AccountId {
    AccountId { chain: chain(), address: Address::repeat_byte(byte) }
}

/// The thief of a victim.
fn thief(victim: u8) -> u8 {
    victim + 1
}

fn block(number: u64) -> BlockRef {
    let hash = |number: u64| B256::from(U256::from(number));
    BlockRef { chain: chain(), number, hash: hash(number), parent: hash(number - 1) }
}

fn tx(number: u64) -> B256 {
    B256::from(U256::from(1_000_000 + number))
}

fn alert(number: u64, victim: u8, wei: u64) -> Alert {
    let asset = AssetId::of(&chain(), &Asset::Native, 60);
    Alert {
        rule: RuleRef { id: "drain".into(), hash: Digest::ZERO },
        family: "value".into(),
        kind: "logic/accounting".into(),
        subject: account(victim),
        severity: Severity::Critical,
        confidence: Confidence::CERTAIN,
        seen_at: block(number),
        block_time: 1_700_000_000 + number,
        basis: case::Basis::Mined,
        tx: Some(tx(number)),
        fingerprint: Fingerprint(format!("drain/{victim}/{number}")),
        evidence: Vec::new(),
        attackers: vec![account(thief(victim))],
        victims: vec![account(victim)],
        losses: vec![Loss { account: account(victim), asset, amount: U256::from(wei), share_bp: None }],
        message: "value left and nothing came back".into(),
        announcement: None,
    }
}

fn facts_of(alert: &Alert, wei: u64) -> TxFacts {
    let (victim, thief) = (alert.subject.address, alert.attackers[0].address);
    let frame: Frame = serde_json::from_value(json!({
        "parent": null, "end": 1, "depth": 0, "kind": "call", "caller": thief, "target": victim, "code": victim,
        "value": "0x0", "input": "0x", "output": "0x", "gas_limit": 0, "gas_used": 0, "status": "success",
        "effective": true, "open": 0, "close": 1
    }))
    .unwrap();
    let (asset, amount) = (Asset::Native, U256::from(wei));
    TxFacts {
        hash: alert.tx.unwrap(),
        frames: vec![frame],
        flows: vec![Flow { asset, from: victim, to: thief, amount, kind: FlowKind::Call, frame: 0, at: 1 }],
        ..TxFacts::default()
    }
}

fn draft(event: &Event) -> Draft {
    Draft::new(Stream::Chain(chain()), Ctx::new(Actor::machine("detect"), "test", Timestamp::now()), event).unwrap()
}

/// A block with one alert; its evidence is kept as the block loop keeps it, or is not.
async fn raise(store: &Store, number: u64, victim: u8, wei: u64, evidence: Option<&[u8]>) -> AlertId {
    put(store, number, alert(number, victim, wei), evidence).await
}

async fn put(store: &Store, number: u64, alert: Alert, evidence: Option<&[u8]>) -> AlertId {
    let id = alert.id().unwrap();
    let mut digests = Vec::new();
    if let Some(bytes) = evidence {
        digests.push(store.put_evidence(bytes).await.unwrap());
    }
    let event = Event::AlertRaised(Box::new(AlertRaised { id, alert, received_at: None }));
    let commit = BlockCommit {
        head: block(number),
        timestamp: 1_700_000_000 + number,
        drafts: vec![draft(&event)],
        memory: Vec::new(),
        snapshot: None,
        evidence: digests,
        summary: BlockSummary::default(),
        gap: store.head(&chain()).await.unwrap().is_none(),
    };
    store.commit_block(commit).await.unwrap();
    id
}

fn kept(number: u64, victim: u8, wei: u64) -> Vec<u8> {
    case::canonical(&facts_of(&alert(number, victim, wei), wei)).unwrap()
}

struct Book {
    store: Store,
    _folder: TempDir,
}

impl Book {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("book.db").display());
        let store = Store::open(&url, SealKey::from_bytes([1; 32]), Options::at(Timestamp::now())).await.unwrap();
        Self { store, _folder: folder }
    }

    /// A desk that has no hands and follows no chain: alerts come out of the book alone.
    async fn desk(&self) -> Desk {
        let text = format!(
            "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:1\"\naddress = \"{}\"\n",
            account(VAULT).address
        );
        let protocol = Protocol::parse("protocol.toml", &text).unwrap();
        let installation = Installation { protocol, signers: Default::default(), webhooks: Default::default() };
        let judgement = Judgement {
            playbooks: Vec::new(),
            rules: TriageRules { protected: installation.protected(), ..TriageRules::default() },
            installation,
            policy: Policy::default(),
            drivers: Drivers::new(),
            selectors: Selectors::embedded(),
            signers: BTreeMap::new(),
        };
        let scope = Scope::protecting([(account(VAULT), "Vault".to_owned())]);
        let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), scope).unwrap());
        Desk::open(
            self.store.clone(),
            Rulebook::new(detectors, Vec::new(), self.store.clone(), Timestamp::now).read(),
            judgement,
            Vec::new(),
            Timestamp::now,
        )
        .await
        .unwrap()
    }

    async fn incidents(&self) -> BTreeMap<AccountId, Incident> {
        let mut found = BTreeMap::new();
        for (_, id) in self.store.cases(u64::MAX, 10).await.unwrap() {
            let incident = Incident::fold(&id, &self.lines(&id).await).unwrap();
            found.insert(incident.subject.clone(), incident);
        }
        found
    }

    async fn lines(&self, id: &CaseId) -> Vec<case::Entry> {
        self.store.whole_stream(&Stream::Case(id.clone())).await.unwrap()
    }

    async fn count(&self, id: &CaseId, kind: &str) -> usize {
        self.lines(id).await.iter().filter(|line| line.kind == kind).count()
    }

    /// Lets the desk work until the case of this victim is as it should be, within a bound.
    async fn until(&self, desk: &mut Desk, victim: u8, fits: impl Fn(&Incident) -> bool) -> Incident {
        for _ in 0..600 {
            desk.reconcile().await.unwrap();
            if let Some(incident) = self.incidents().await.remove(&account(victim)).filter(|found| fits(found)) {
                return incident;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the case never fits: {:#?}", self.incidents().await);
    }
}

fn lost(incident: &Incident) -> Option<u64> {
    let losses = incident.ledger.losses.as_ref()?;
    let totals = losses.totals.iter().map(|total| total.amounts.lost);
    Some(totals.sum::<U256>().to())
}

#[tokio::test]
async fn written_once_and_not_again_after_a_restart() {
    let book = Book::open().await;
    raise(&book.store, 10, VAULT, 70, Some(&kept(10, VAULT, 70))).await;
    raise(&book.store, 11, VAULT, 30, Some(&kept(11, VAULT, 30))).await;
    let mut desk = book.desk().await;
    let found = book.until(&mut desk, VAULT, |found| lost(found) == Some(100)).await;
    let trail = &found.ledger.money.as_ref().unwrap().trails[0];
    assert_eq!((trail.taken, trail.hops.len(), trail.rests[0].place), (U256::from(100), 2, Place::Attacker));
    assert_eq!(trail.rests[0].holding.account, account(thief(VAULT)));
    let written = book.lines(&found.id).await.len();
    drop(desk);

    // Cases are gone through oldest first: when the second one has its ledger, the first has been looked at again.
    let mut desk = book.desk().await;
    raise(&book.store, 12, BANK, 5, Some(&kept(12, BANK, 5))).await;
    book.until(&mut desk, BANK, |found| lost(found) == Some(5)).await;
    assert_eq!(book.lines(&found.id).await.len(), written);
    assert_eq!(book.count(&found.id, "losses.assessed/1").await, book.count(&found.id, "money.traced/1").await);
}

#[tokio::test]
async fn an_alert_that_is_withdrawn_no_longer_counts() {
    let book = Book::open().await;
    raise(&book.store, 10, VAULT, 70, Some(&kept(10, VAULT, 70))).await;
    let second = raise(&book.store, 11, VAULT, 30, Some(&kept(11, VAULT, 30))).await;
    let mut desk = book.desk().await;
    book.until(&mut desk, VAULT, |found| lost(found) == Some(100)).await;

    let withdraw = async |id: AlertId, number: u64| {
        let event = Event::AlertWithdrawn(AlertWithdrawn { id, why: case::Gone::Lost(block(number)) });
        book.store.append(AppendRequest { drafts: vec![draft(&event)], ..AppendRequest::default() }).await.unwrap();
    };
    withdraw(second, 11).await;
    let found = book.until(&mut desk, VAULT, |found| lost(found) == Some(70)).await;
    assert_eq!(found.ledger.money.as_ref().unwrap().trails[0].taken, U256::from(70));

    withdraw(alert(10, VAULT, 70).id().unwrap(), 10).await;
    let found = book.until(&mut desk, VAULT, |found| lost(found) == Some(0)).await;
    assert!(found.ledger.money.as_ref().unwrap().trails.is_empty());
    assert!(book.count(&found.id, "losses.assessed/1").await >= 3, "what was said before stays in the book");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let book = Book::open().await;
    raise(&book.store, 10, VAULT, 70, None).await;
    raise(&book.store, 11, VAULT, 30, Some(b"{\"index\": \"no facts\"}")).await;
    raise(&book.store, 12, VAULT, 5, Some(&kept(12, VAULT, 5))).await;
    let mut desk = book.desk().await;
    let found = book.until(&mut desk, VAULT, |found| lost(found) == Some(105)).await;
    let losses = found.ledger.losses.as_ref().unwrap();
    assert_eq!(losses.rows[0].amounts.unproved, U256::from(100), "the alerts' word counts, and is marked");
    let missing: Vec<_> = losses.unseen.iter().map(|unseen| (unseen.tx, unseen.why.as_str())).collect();
    let gap = |number: u64, why| (Some(tx(number)), why);
    assert_eq!(
        missing,
        [
            gap(10, "its facts are not in the book: replay block 10 to see it"),
            gap(11, "its facts are not in the book: replay block 11 to see it"),
        ]
    );
    let money = found.ledger.money.as_ref().unwrap();
    assert_eq!((&money.unseen, money.trails[0].taken), (&losses.unseen, U256::from(5)), "only facts are followed");
}

#[tokio::test]
async fn a_case_without_end_is_told_by_its_first_transactions() {
    let book = Book::open().await;
    for number in 1..=259 {
        let alert = alert(number, VAULT, 1);
        let bytes = case::canonical(&facts_of(&alert, 1)).unwrap();
        put(&book.store, number, alert, Some(&bytes)).await;
    }
    let mut desk = book.desk().await;
    let found = book.until(&mut desk, VAULT, |found| lost(found) == Some(259)).await;
    let losses = found.ledger.losses.as_ref().unwrap();
    assert_eq!((losses.txs.len(), losses.rows[0].amounts.unproved), (256, U256::from(3)));
    let why = "only the first 256 transactions of a case are looked at";
    assert!(losses.unseen.len() == 3 && losses.unseen.iter().all(|unseen| unseen.why == why), "{:?}", losses.unseen);
    assert_eq!(found.ledger.money.as_ref().unwrap().trails[0].taken, U256::from(256));
}
