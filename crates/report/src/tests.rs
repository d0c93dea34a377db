//! Stories, and what people read of them. The goldens in `tests/` are whole documents.

#[path = "../../console/tests/desk/story.rs"]
mod story;

use case::{
    Actor, Attached, CaseClosed, Ctx, Draft, Entry, Event, Evidence, EvidenceKind, Exhibit, Failed, Holding, Hop,
    IdempotencyKey, Incident, LossAmounts, LossRow, LossTotal, LossesAssessed, MoneyTraced, Note, Place, Rehearsal,
    Rehearsed, Resolution, Rest, Stream, Timestamp, Trail, Unseen, Verdict,
};
use expect_test::{expect, expect_file};
use facts::{AccountId, AssetId, B256, U256};
use story::{Story, Tale, account, chain, ether, token};

use crate::{AssetName, Blindness, CaseFile, Names, NoNames, brief, code, public_note};

/// Names for the vault of the story and for its assets.
struct Known;

impl Names for Known {
    fn asset(&self, id: &AssetId) -> Option<AssetName> {
        let name = |symbol: &str, decimals| Some(AssetName { symbol: symbol.into(), decimals });
        if *id == ether() { name("ETH", 18) } else { (*id == token()).then(|| name("USDC", 6)).flatten() }
    }

    fn account(&self, id: &AccountId) -> Option<String> {
        (*id == account(0xa1)).then(|| "Demo Vault".to_owned())
    }
}

fn now() -> Timestamp {
    "2026-11-21T03:14:07Z".parse().unwrap()
}

/// The lines of the case, chained as the book chains them.
fn lines(drafts: Vec<Draft>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for draft in drafts.into_iter().filter(|draft| matches!(draft.stream, Stream::Case(_))) {
        let last = entries.last().map(|last| (last.seq, last.digest().unwrap()));
        entries.push(Entry::after(last, draft));
    }
    entries
}

fn more(story: &Story, who: Actor, event: &Event) -> Draft {
    Draft::new(Stream::Case(story.case.clone()), Ctx::new(who, "told in a test", now()), event).unwrap()
}

fn told(story: &Story, drafts: Vec<Draft>, names: &dyn Names, blind: &[Blindness]) -> String {
    let entries = lines(drafts);
    let incident = Incident::fold(&story.case, &entries).unwrap();
    brief(&CaseFile { incident: &incident, entries: &entries, names, blind, now: now() }).unwrap()
}

fn losses(story: &Story) -> LossesAssessed {
    let row = |asset: AssetId, lost: U256, returned: u64, unjudged: u64| {
        let returned = U256::from(returned);
        let (outstanding, unjudged) = (lost - returned, U256::from(unjudged));
        let amounts = LossAmounts { left: lost, lost, returned, outstanding, unjudged, unproved: U256::ZERO };
        LossRow { victim: account(0xa1), asset, amounts }
    };
    let [ether_loss, token_loss] = [&story.drain.losses[0], &story.drain.losses[1]];
    let rows = vec![row(ether(), ether_loss.amount, 0, 0), row(token(), token_loss.amount, 450_000, 912_000_450_000)];
    let totals = rows.iter().map(|row| LossTotal { asset: row.asset.clone(), amounts: row.amounts }).collect();
    let why = "its facts are not in the book: replay block 21438903 to see it";
    let unseen = vec![Unseen { tx: Some(B256::repeat_byte(7)), why: why.into() }];
    LossesAssessed { txs: vec![story.drain.tx.unwrap()], rows, totals, unseen, ..LossesAssessed::default() }
}

fn money(story: &Story) -> MoneyTraced {
    let (tx, asset, taken) = (story.drain.tx.unwrap(), ether(), story.drain.losses[0].amount);
    let holding = |byte, amount: U256| Holding { account: account(byte), asset: ether(), amount };
    let part = U256::from(10).pow(U256::from(20));
    let hop = |from, to, amount| Hop { tx, from: account(from), to: account(to), asset: ether(), amount };
    let trail = Trail {
        asset,
        taken,
        from: vec![holding(0xa1, taken)],
        from_left_out: 0,
        hops: vec![hop(0xa1, 0xa2, taken), hop(0xa2, 0x77, part)],
        hops_left_out: 0,
        rests: vec![
            Rest { holding: holding(0xa2, taken - part), place: Place::Attacker },
            Rest { holding: holding(0x77, part), place: Place::Other },
        ],
        rests_left_out: 0,
        rests_left_out_amount: U256::ZERO,
    };
    MoneyTraced {
        convention: "first-in-first-out/1".into(),
        txs: vec![tx],
        trails: vec![trail],
        unseen: losses(story).unseen,
        ..MoneyTraced::default()
    }
}

#[test]
fn a_contained_incident() {
    let mut story = Story::new(Tale::vault(), now());
    story.noticed().planned().told().approved("ana").paused();
    let mut drafts = story.take();
    drafts.push(more(&story, Actor::machine("recover"), &Event::LossesAssessed(Box::new(losses(&story)))));
    drafts.push(more(&story, Actor::machine("follow"), &Event::MoneyTraced(Box::new(money(&story)))));
    let blind = [Blindness { chain: chain(), why: "block 21438905: the node has no state for it".into() }];
    expect_file!["./tests/contained.md"].assert_eq(&told(&story, drafts, &Known, &blind));
}

#[test]
fn the_first_minute_of_one() {
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    let drafts = story.take();
    expect_file!["./tests/first-minute.md"].assert_eq(&told(&story, drafts, &NoNames, &[]));
}

const HOSTILE: &str = "](javascript:x) **b** `code` | cell |\n# heading\n<script>alert(1)</script> \u{202e}evil \u{0} \
                       ![](http://e.vil/p.png) http://e.vil <!channel> @everyone &lt; \\` {{ 7 * 7 }} {% raw %}";

/// Everything that came from outside says the same hostile thing.
fn hostile() -> (Story, Vec<Draft>) {
    let tale = Tale { title: HOSTILE.into(), message: HOSTILE.into(), ..Tale::vault() };
    let mut story = Story::new(tale, now());
    story.noticed().planned().told();
    let mut drafts = story.take();
    let mut alert = story.drain.clone();
    alert.rule.id = HOSTILE.into();
    alert.message = HOSTILE.repeat(3_000);
    alert.evidence = vec![Evidence { kind: EvidenceKind::Blind, tx: None, frame: None, says: HOSTILE.into() }];
    let attached = Attached { id: alert.id().unwrap(), alert, because: HOSTILE.into() };
    let key = IdempotencyKey::of(&story.digest, "pause");
    let rehearsal = Rehearsal { on: None, verdict: Verdict::Blind(HOSTILE.into()), gas_used: 0, effects: Vec::new() };
    let gap = Unseen { tx: None, why: HOSTILE.into() };
    let events = [
        Event::Attached(Box::new(attached)),
        Event::Rehearsed(Rehearsed { plan: story.digest, step: "pause".into(), rehearsal }),
        Event::Failed(Failed { key, step: HOSTILE.into(), reason: HOSTILE.into() }),
        Event::Note(Note { text: HOSTILE.into() }),
        Event::LossesAssessed(Box::new(LossesAssessed { unseen: vec![gap], ..losses(&story) })),
    ];
    for event in &events {
        drafts.push(more(&story, Actor::Person(HOSTILE.into()), event));
    }
    let ctx = Ctx::new(Actor::Machine(HOSTILE.into()), HOSTILE, now());
    let payload = serde_json::json!({ "any": HOSTILE });
    drafts.push(Draft { stream: Stream::Case(story.case.clone()), ctx, kind: format!("{HOSTILE}/1"), payload });
    (story, drafts)
}

/// An installation whose own names are as bad.
struct Hostile;

impl Names for Hostile {
    fn asset(&self, _: &AssetId) -> Option<AssetName> {
        Some(AssetName { symbol: HOSTILE.into(), decimals: 18 })
    }

    fn account(&self, _: &AccountId) -> Option<String> {
        Some(HOSTILE.to_owned())
    }
}

#[test]
fn hostile_text_stays_in_code_whatever_it_says() {
    let (story, drafts) = hostile();
    let blind = [Blindness { chain: chain(), why: HOSTILE.into() }];
    let text = told(&story, drafts, &Hostile, &blind);
    expect_file!["./tests/hostile.md"].assert_eq(&text);
    // What stands outside of code is ours alone: no piece of the hostile text is among it.
    for line in text.lines() {
        assert_eq!(line.matches('`').count() % 2, 0, "code that does not end: {line}");
        let outside: String = line.split('`').step_by(2).collect();
        for piece in
            ["javascript", "alert(1)", "e.vil", "evil", "everyone", "!channel", "heading", "cell", "7 * 7", "&lt"]
        {
            assert!(!outside.contains(piece), "`{piece}` got out: {line}");
        }
    }
    assert!(text.chars().all(|char| char == '\n' || !char.is_control()), "nothing invisible is left");
    assert!(!text.contains('\u{202e}') && text.contains("{{ 7 * 7 }}"), "shown, and not run");
    assert!(text.len() < 40_000, "it is cut to what a person reads: {} bytes", text.len());
    let columns = |line: &str| line.matches('|').count();
    let table: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(table.iter().all(|line| [4, 6].contains(&columns(line))), "{table:#?}");
}

#[test]
fn code_shows_what_it_holds() {
    let shown: Vec<String> =
        ["plain", "", "  ", "a`b", "```", "a|b\nc", "<b>", "\u{202e}x", "ünï 🦀", "\\"].map(code).into();
    expect![[r#"
        `plain`
        (nothing)
        (nothing)
        `a\u{60}b`
        `\u{60}\u{60}\u{60}`
        `a\u{7c}b\u{a}c`
        `\u{3c}b>`
        `\u{202e}x`
        `ünï 🦀`
        `\`
    "#]]
    .assert_eq(&format!("{}\n", shown.join("\n")));
    let long = code(&"x".repeat(10_000));
    assert_eq!((long.chars().count(), long.ends_with("x…`")), (243, true));
}

#[test]
fn a_public_note_says_nothing_of_attackers_and_amounts() {
    let note_of = |story: &Story, drafts: Vec<Draft>, names: &dyn Names| {
        let entries = lines(drafts);
        let incident = Incident::fold(&story.case, &entries).unwrap();
        public_note(&CaseFile { incident: &incident, entries: &entries, names, blind: &[], now: now() }).unwrap()
    };
    let mut story = Story::new(Tale::vault(), now());
    story.noticed().planned().told().approved("ana").paused();
    let drafts = story.take();
    expect![[r#"
        *A draft. Somebody who may speak for us checks it, fills in what stands in [brackets], and publishes it or not.*

        > We are dealing with an incident that affects `Demo Vault`. It began at about 2026-11-21 03:11:39 UTC.
        >
        > What was affected has been stopped. [Say what still works, such as withdrawals.]
        >
        > What to do: [nothing, or what users have to do]. Please do not interact with what is affected until we say here that it is safe.
        >
        > We will never ask for your keys or seed phrase, and there is no refund form yet: whoever offers one is not us.
        >
        > Next update: [time in UTC], here: [our channel].
    "#]].assert_eq(&note_of(&story, drafts.clone(), &Known));
    let closed = |resolution| {
        let mut drafts = drafts.clone();
        drafts.push(more(&story, Actor::Person("ana".into()), &Event::CaseClosed(CaseClosed { resolution })));
        note_of(&story, drafts, &NoNames)
    };
    assert!(closed(Resolution::FalseAlarm).contains("was a false alarm"));
    assert!(closed(Resolution::Drill).contains("This is an exercise"));
    let over = closed(Resolution::Resolved);
    assert!(over.contains("We have dealt with an incident that affects [our contracts]"), "{over}");
    assert!(!over.contains("stopped"), "closing a case says nothing about a pause: {over}");
    for secret in ["0xA2", "1843", "ETH", "re-enter"] {
        assert!(!over.to_lowercase().contains(&secret.to_lowercase()), "`{secret}` is said in public: {over}");
    }
}

#[test]
fn a_long_timeline_says_how_much_it_leaves_out() {
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    let mut drafts = story.take();
    for number in 0..1_000 {
        drafts.push(more(&story, Actor::Person("ana".into()), &Event::Note(Note { text: format!("note {number}") })));
    }
    let text = told(&story, drafts, &NoNames, &[]);
    assert!(text.contains("604 lines are left out here"), "{text}");
    assert!(text.contains("`note 0`") && text.contains("`note 999`") && !text.contains("`note 500`"));
}

#[test]
fn what_was_withdrawn_is_told_as_withdrawn() {
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    let mut drafts = story.take();
    for id in [story.drain_id(), story.reentry_id()] {
        let withdrawn = case::AlertWithdrawn { id, why: case::Gone::Lost(story.drain.seen_at.clone()) };
        drafts.push(more(&story, Actor::machine("watch"), &Event::CaseAlertWithdrawn(withdrawn)));
    }
    drafts.push(more(&story, Actor::machine("recover"), &Event::LossesAssessed(Box::default())));
    let text = told(&story, drafts, &Known, &[]);
    assert!(text.contains("No alert it rests on stands any more"), "{text}");
    assert!(text.contains("0 alerts stand and 2 withdrawn"), "{text}");
    assert!(text.contains("no loss was found") && text.contains("turned out not to stand"), "{text}");
}

/// The words that `follow` and `recover` judge by are those that the brief is told in.
#[test]
fn an_exhibit_names_assets_as_the_brief_does() {
    let at = Story::new(Tale::vault(), now()).drain.seen_at;
    let exhibit = Exhibit { at, time: 0, slip44: 60, tx: facts::TxFacts::default() };
    assert_eq!(exhibit.asset(&facts::Asset::Native), ether());
}
