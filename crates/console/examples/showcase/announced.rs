//! What was said beforehand in the showcase: announcements in each state that they come to, and a snoozed rule. Whatever
//! somebody announces on the page is done otherwise a moment later.

use std::sync::Arc;

use case::{
    Actor, Alert, AlertRaised, Announcement, AnnouncementId, AnnouncementMade, Basis, Bearing, Confidence, Ctx, Digest,
    Draft, Event, Evidence, EvidenceKind, Fingerprint, Fit, Planned, PlannedChange, RuleRef, Severity, Snooze, Snoozed,
    Stream, Timestamp,
};
use facts::{Address, B256, BlockRef};
use jiff::SignedDuration;
use store::{BlockCommit, BlockSummary};

use super::{
    book::Book,
    story::{account, chain},
};

/// The newest block when the showcase begins.
const HEAD: u64 = 21_438_914;

/// An announcement of the showcase: its title, when it was made, begins and ends in hours from now, and what came of it.
type Said = (&'static str, i64, i64, i64, Planned, Option<(Fit, Severity, &'static str)>);

/// Writes what was announced and snoozed before anybody looks.
pub async fn before(book: &Book, now: Timestamp) {
    let head =
        BlockRef { chain: chain(), number: HEAD, hash: B256::repeat_byte(0x5c), parent: B256::repeat_byte(0x5b) };
    let commit = BlockCommit {
        head,
        timestamp: now.as_second().unsigned_abs(),
        drafts: Vec::new(),
        memory: Vec::new(),
        snapshot: None,
        evidence: Vec::new(),
        summary: BlockSummary::default(),
        gap: true,
    };
    book.store().commit_block(commit).await.expect("the head can be written");
    let deviation = "Demo Vault runs 0xdededededededededededededededededededede, and 0x2222222222222222222222222222222222222222 was announced";
    let said: [Said; 5] = [
        ("Grant MINTER_ROLE to the new bridge", -30, 18, 26, granted(), None),
        (
            "Vault to version 2",
            -4,
            -3,
            5,
            Planned::Implementation(Address::repeat_byte(0x22)),
            Some((Fit::Deviates, Severity::Critical, deviation)),
        ),
        (
            "Owner of Rewards Distributor to the timelock",
            -52,
            -50,
            -46,
            Planned::Owner(Address::repeat_byte(0x33)),
            Some((Fit::Done, Severity::Info, "owner() of Rewards Distributor became the account that was announced")),
        ),
        (
            "Set the fee of the pool \u{202e}%01 ot\u{202c}",
            -80,
            -78,
            -70,
            Planned::Call([0x69, 0xfe, 0x0e, 0x2d].into()),
            Some((Fit::Absent, Severity::Medium, "setFee(uint256) was announced and not seen until the window ended")),
        ),
        ("Vault to version 1.9", -100, -99, -95, Planned::Implementation(Address::repeat_byte(0x19)), None),
    ];
    for (which, (title, made, from, until, what, came)) in (0..).zip(said) {
        let at = |hours: i64| now + SignedDuration::from_hours(hours);
        let announcement = Announcement {
            title: title.into(),
            chain: chain(),
            by: vec![Address::repeat_byte(0x5a)],
            changes: vec![PlannedChange { contract: account(0xa1).address, what, data: None }],
            from: at(from),
            until: at(until),
            reference: (which < 2).then(|| "https://forum.example/t/42".to_owned()),
        };
        let ctx = Ctx::new(Actor::Person("bo".into()), "announced", at(made));
        let id = AnnouncementId::of(&announcement, &ctx).expect("an announcement has an id");
        let made = AnnouncementMade { id: id.clone(), announcement, after: HEAD - 1_000 };
        let event = Event::AnnouncementMade(Box::new(made));
        book.write(vec![Draft::new(Stream::Chain(chain()), ctx, &event).expect("an announcement can be written")])
            .await;
        if let Some((fit, severity, says)) = came {
            book.write(vec![bears(id, fit, severity, says, HEAD - 300 - which, now)]).await;
        }
    }
    let snooze = Snooze {
        rule: "value-anomaly".into(),
        subject: Some(account(0xa1)),
        until: now + SignedDuration::from_hours(3),
        losses_too: case::Force::No,
    };
    let ctx = Ctx::new(Actor::Person("ana".into()), "the treasury is moved tonight", now);
    let event = Event::Snoozed(Snoozed { id: "sn-0a1b2c3d4e5f".into(), snooze });
    book.write(vec![Draft::new(Stream::Org, ctx, &event).expect("a snooze can be written")]).await;
}

fn granted() -> Planned {
    Planned::RoleGranted { role: B256::repeat_byte(0x9f), account: Address::repeat_byte(0x44) }
}

/// What is announced from now on is done otherwise, as if a thief had the key.
pub async fn deviate(book: Arc<Book>) {
    let (store, stream) = (book.store(), Stream::Chain(chain()));
    let announced = || async {
        let lines = store.whole_stream(&stream).await.expect("the book can be read");
        lines.into_iter().filter_map(|line| match line.event() {
            Ok(Some(Event::AnnouncementMade(made))) => Some(*made),
            _ => None,
        })
    };
    let mut known = announced().await.count();
    loop {
        book.wait_for(&stream, "announcement.made/1", known + 1).await;
        let Some(made) = announced().await.nth(known) else { continue };
        known += 1;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let says = format!("{} runs code that was not announced", made.announcement.changes[0].contract);
        let deviates = bears(made.id, Fit::Deviates, Severity::Critical, &says, HEAD + 3, Timestamp::now());
        book.write(vec![deviates]).await;
    }
}

fn bears(id: AnnouncementId, fit: Fit, severity: Severity, says: &str, number: u64, now: Timestamp) -> Draft {
    let hash = |what: &str| B256::from(Digest::of_bytes(format!("{what} {number} {id}").as_bytes()).0);
    let alert = Alert {
        rule: RuleRef { id: "announced-change".into(), hash: Digest::of_bytes(b"announced-change") },
        family: "access".into(),
        kind: "access/malicious-upgrade".into(),
        subject: account(0xa1),
        severity,
        confidence: Confidence::new(95),
        seen_at: BlockRef { chain: chain(), number, hash: hash("block"), parent: hash("parent") },
        block_time: now.as_second().unsigned_abs(),
        tx: Some(hash("tx")),
        basis: Basis::Mined,
        fingerprint: Fingerprint(format!("announced/{id}")),
        evidence: vec![Evidence { kind: EvidenceKind::Storage, tx: None, frame: None, says: says.into() }],
        attackers: Vec::new(),
        victims: vec![account(0xa1)],
        losses: Vec::new(),
        message: says.into(),
        announcement: Some(Bearing { id, fit }),
    };
    let raised = AlertRaised { id: alert.id().expect("an alert has an id"), alert, received_at: None };
    let ctx = Ctx::new(Actor::machine("detect"), "a rule noticed", now);
    let event = Event::AlertRaised(Box::new(raised));
    Draft::new(Stream::Chain(chain()), ctx, &event).expect("an alert can be written")
}
