//! What people say beforehand: announcements and snoozes, and alerts that belong together.

use case::{AlertRaised, Bearing, Ctx, Draft, Event, Fit, SnoozedBy, Stream, Suppressed};
use facts::{B256, BlockRef};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{BlockCommit, BlockSummary};

use crate::{
    desk::{ANA, BO, Desk, EVE, answer, now, problem},
    story::{Story, Tale, account, chain},
};

/// A desk whose service has looked at block 100.
async fn following() -> Desk {
    let desk = Desk::open().await;
    let head = BlockRef { chain: chain(), number: 100, hash: B256::repeat_byte(1), parent: B256::ZERO };
    let commit = BlockCommit {
        head,
        timestamp: 1_795_000_000,
        drafts: Vec::new(),
        memory: Vec::new(),
        snapshot: None,
        evidence: Vec::new(),
        summary: BlockSummary::default(),
        gap: true,
    };
    desk.book.store().commit_block(commit).await.unwrap();
    desk
}

fn upgrade() -> Value {
    json!({
        "title": "Vault to version 2", "chain": chain().to_string(), "by": [account(0xaa).to_string()],
        "changes": [{ "contract": account(0x11).to_string(), "what": "implementation",
                      "account": "0x2222222222222222222222222222222222222222" }],
        "until": (now() + SignedDuration::from_hours(2)).to_string(), "reference": "https://forum.example/t/42",
    })
}

async fn delete(desk: &Desk, token: &str, path: &str) -> (StatusCode, Value) {
    answer(desk.ask(Method::DELETE, path).bearer_auth(token)).await
}

const ANNOUNCEMENTS: &str = "/api/v1/announcements";

#[tokio::test]
async fn an_announcement_is_made_once_listed_withdrawn_and_stays_in_the_book() {
    let desk = following().await;
    let (status, made) = desk.post(ANA, ANNOUNCEMENTS, upgrade()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(
        (&made["state"], &made["after_block"], &made["announced_by"]["name"]),
        (&json!("open"), &json!(100), &json!("ana"))
    );
    assert_eq!(made["from"], json!(now().to_string()), "from now, for none was given");
    desk.set_clock(now() + SignedDuration::from_secs(5));
    let (status, again) = desk.post(ANA, ANNOUNCEMENTS, upgrade()).await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &made["id"]), "a second click announces nothing else");
    let (status, other) = desk.post(BO, ANNOUNCEMENTS, upgrade()).await;
    assert_eq!(status, StatusCode::CREATED, "another person says so too: {other}");

    let path = format!("{ANNOUNCEMENTS}/{}", made["id"].as_str().unwrap());
    let refused = delete(&desk, EVE, &path).await;
    assert!(problem(refused).starts_with("403"), "a viewer");
    let (status, gone) = delete(&desk, BO, &format!("{path}?why=postponed")).await;
    assert_eq!((status, &gone["state"]), (StatusCode::OK, &json!("withdrawn")));
    let (status, _) = delete(&desk, BO, &path).await;
    assert_eq!(status, StatusCode::OK, "withdrawing twice is withdrawing once");
    let lines = desk.book.store().whole_stream(&Stream::Chain(chain())).await.unwrap();
    let told: Vec<String> =
        lines.iter().map(|line| format!("{} by {}: {}", line.kind, line.ctx.who, line.ctx.why)).collect();
    assert_eq!(
        told,
        [
            "announcement.made/1 by ana: announced",
            "announcement.made/1 by bo: announced",
            "announcement.withdrawn/1 by bo: postponed"
        ]
    );
    let (_, listed) = desk.get(EVE, ANNOUNCEMENTS).await;
    let states: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["open", "withdrawn"]);
}

#[tokio::test]
async fn what_comes_too_late_or_makes_no_sense_is_refused_and_says_what_to_do() {
    let desk = following().await;
    let with = |key: &str, value: Value| {
        let mut body = upgrade();
        body[key] = value;
        body
    };
    let late = with("until", json!((now() - SignedDuration::from_secs(1)).to_string()));
    let told = problem(desk.post(ANA, ANNOUNCEMENTS, late).await);
    assert!(told.starts_with("422 refused") && told.contains("mark its alert as `known`"), "{told}");
    let told = problem(desk.post(ANA, ANNOUNCEMENTS, with("by", json!([]))).await);
    assert!(told.starts_with("422 refused") && told.contains("0 accounts that may do it"), "{told}");
    let told = problem(desk.post(ANA, ANNOUNCEMENTS, with("by", json!(["eip155:10:0xaa"]))).await);
    assert!(told.starts_with("400 bad-request") && told.contains("an announcement is about one chain"), "{told}");
    let told = problem(desk.post(ANA, ANNOUNCEMENTS, with("chain", json!("eip155:10"))).await);
    assert!(told.starts_with("400"), "{told}");
    let elsewhere = json!({
        "title": "x", "chain": "eip155:10", "by": ["0x2222222222222222222222222222222222222222"],
        "changes": [{ "contract": "0x2222222222222222222222222222222222222222", "what": "call", "selector": "0x01020304" }],
        "until": (now() + SignedDuration::from_hours(2)).to_string(),
    });
    let told = problem(desk.post(ANA, ANNOUNCEMENTS, elsewhere).await);
    assert!(told.contains("this service does not follow it"), "{told}");
    let told =
        problem(desk.post(ANA, ANNOUNCEMENTS, with("changes", json!([{ "contract": "0x22", "what": "owner" }]))).await);
    assert!(told.contains("`account` is missing"), "{told}");
    desk.post(ANA, ANNOUNCEMENTS, upgrade()).await;
    let (_, listed) = desk.get(ANA, ANNOUNCEMENTS).await;
    desk.set_clock(now() + SignedDuration::from_hours(3));
    let path = format!("{ANNOUNCEMENTS}/{}", listed["items"][0]["id"].as_str().unwrap());
    assert!(problem(delete(&desk, ANA, &path).await).starts_with("409 over"));
    assert_eq!(desk.get(ANA, &path).await.1["state"], "over");
}

/// Raises the story's drain with another bearing.
fn bears(story: &Story, id: &Value, fit: Fit, number: u64) -> Draft {
    let mut alert = story.drain.clone();
    alert.announcement = Some(Bearing { id: id.as_str().unwrap().parse().unwrap(), fit });
    alert.seen_at.number = number;
    let raised = AlertRaised { id: alert.id().unwrap(), alert, received_at: None };
    let ctx = Ctx::new(case::Actor::machine("detect"), "rule", now());
    Draft::new(Stream::Chain(chain()), ctx, &Event::AlertRaised(Box::new(raised))).unwrap()
}

#[tokio::test]
async fn what_came_of_an_announcement_stands_beside_it() {
    let desk = following().await;
    let (_, made) = desk.post(ANA, ANNOUNCEMENTS, upgrade()).await;
    let path = format!("{ANNOUNCEMENTS}/{}", made["id"].as_str().unwrap());
    let story = Story::new(Tale::vault(), now());
    desk.book.write(vec![bears(&story, &made["id"], Fit::Done, 101)]).await;
    let (_, done) = desk.get(EVE, &path).await;
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(1)));
    desk.book.write(vec![bears(&story, &made["id"], Fit::Deviates, 102)]).await;
    let (_, deviated) = desk.get(EVE, &path).await;
    assert_eq!(deviated["state"], "deviated");
    let fits: Vec<&str> =
        deviated["alerts"].as_array().unwrap().iter().map(|one| one["fit"].as_str().unwrap()).collect();
    assert_eq!(fits, ["deviates", "done"], "newest first");
    let newest = &deviated["alerts"][0];
    assert_eq!(
        (&newest["severity"], &newest["says"], &newest["block"]),
        (&json!("critical"), &json!(story.drain.message), &json!(102))
    );
    let (_, alerts) = desk.get(EVE, "/api/v1/alerts").await;
    assert_eq!(alerts["items"][0]["announcement"], json!({ "id": made["id"], "fit": "deviates" }));
}

#[tokio::test]
async fn a_snooze_has_an_end_a_reason_and_a_list_of_what_it_held_back() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    desk.book.write(story.take()).await;
    let body = |until: &str, why: &str| json!({ "rule": "drain", "until": until, "why": why });
    let told = problem(desk.post(ANA, "/api/v1/snoozes", body("2026-11-21T05:00:00Z", " ")).await);
    assert!(told.contains("say why"), "{told}");
    let told = problem(desk.post(ANA, "/api/v1/snoozes", body("2027-11-21T05:00:00Z", "x")).await);
    assert!(told.contains("longer than 7 days"), "{told}");
    let (status, begun) = desk.post(ANA, "/api/v1/snoozes", body("2026-11-21T05:00:00Z", "the feed is moved")).await;
    assert_eq!((status, &begun["holds"], &begun["losses_too"]), (StatusCode::CREATED, &json!(true), &json!(false)));

    let id = begun["id"].as_str().unwrap().to_owned();
    let held = SnoozedBy { id: id.clone(), severity: case::Severity::High };
    let held = Suppressed { id: story.drain_id(), reason: "snoozed".into(), snoozed: Some(held) };
    let ctx = Ctx::new(case::Actor::machine("respond"), "snoozed", now());
    desk.book.write(vec![Draft::new(Stream::Chain(chain()), ctx, &Event::Suppressed(held)).unwrap()]).await;
    let (_, listed) = desk.get(EVE, "/api/v1/snoozes").await;
    assert_eq!((&listed["items"][0]["held_back"], &listed["items"][0]["worst"]), (&json!(1), &json!("high")));
    let (status, ended) = delete(&desk, BO, &format!("/api/v1/snoozes/{id}?why=done")).await;
    assert_eq!(
        (status, &ended["holds"], &ended["alerts"]),
        (StatusCode::OK, &json!(false), &json!([story.drain_id()]))
    );
    let org = desk.book.store().whole_stream(&Stream::Org).await.unwrap();
    let last = org.last().unwrap();
    assert_eq!((last.kind.as_str(), &last.payload["held_back"]["count"]), ("alerts.snooze-ended/1", &json!(1)));
}

#[tokio::test]
async fn alerts_with_one_cause_are_one_group_and_can_be_listed_by_it() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    desk.book.write(story.take()).await;
    let (_, groups) = desk.get(EVE, "/api/v1/alert-groups").await;
    let items = groups["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), &items[0]["count"]),
        (1, &json!(2)),
        "the drain and the re-entry are one transaction: {groups}"
    );
    let (_, members) = desk.get(EVE, &format!("/api/v1/alerts?group={}", items[0]["group"].as_str().unwrap())).await;
    assert_eq!(members["items"].as_array().unwrap().len(), 2);
    let (_, marked) = desk.get(EVE, "/api/v1/alerts?mark=false").await;
    assert_eq!(marked["items"], json!([]));
    desk.post(ANA, &format!("/api/v1/alerts/{}/marks", story.drain_id()), json!({ "mark": "false" })).await;
    let (_, marked) = desk.get(EVE, "/api/v1/alerts?mark=false").await;
    assert_eq!(marked["items"].as_array().unwrap().len(), 1);
}
