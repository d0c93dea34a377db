//! What can be read, one golden an endpoint.

use case::{Severity, Stream};
use expect_test::{expect, expect_file};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::{
    board,
    desk::{ANA, Desk, EVE, now, problem},
    story::{Story, Tale},
};

/// A desk whose book holds the vault's incident up to the plan, and an alert that needed no case.
async fn planned() -> (Desk, Story) {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    let reason = "announced in the timelock two days before";
    story.suppressed("role MINTER_ROLE was granted", Severity::Low, reason).noticed().planned().told();
    desk.book.write(story.take()).await;
    (desk, story)
}

#[tokio::test]
async fn status() {
    let (desk, _) = planned().await;
    expect_file!["./golden/status.json"].assert_eq(&desk.shown(EVE, "/api/v1/status").await);
}

#[tokio::test]
async fn readiness() {
    let desk = Desk::open().await;
    expect![[r#"
        200
        {
          "since": null,
          "contracts": []
        }"#]]
    .assert_eq(desk.shown(EVE, "/api/v1/readiness").await.trim_end());
    desk.book.write(vec![board::readiness(now())]).await;
    expect_file!["./golden/readiness.json"].assert_eq(&desk.shown(EVE, "/api/v1/readiness").await);
}

#[tokio::test]
async fn alerts() {
    let (desk, _) = planned().await;
    expect_file!["./golden/alerts.json"].assert_eq(&desk.shown(EVE, "/api/v1/alerts").await);
}

#[tokio::test]
async fn incidents() {
    let (desk, _) = planned().await;
    expect_file!["./golden/incidents.json"].assert_eq(&desk.shown(EVE, "/api/v1/incidents?state=open").await);
}

#[tokio::test]
async fn incident() {
    let (desk, mut story) = planned().await;
    story.approved("ana").paused();
    desk.book.write(story.take()).await;
    let path = format!("/api/v1/incidents/{}", story.case);
    expect_file!["./golden/incident.json"].assert_eq(&desk.shown(EVE, &path).await);
}

#[tokio::test]
async fn entries() {
    let (desk, story) = planned().await;
    let path = format!("/api/v1/incidents/{}/entries?after=5&limit=2", story.case);
    expect_file!["./golden/entries.json"].assert_eq(&desk.shown(EVE, &path).await);
}

#[tokio::test]
async fn entries_come_page_by_page_and_none_is_missing() {
    let (desk, story) = planned().await;
    let held = desk.book.store().whole_stream(&Stream::Case(story.case.clone())).await.unwrap();
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let path = format!("/api/v1/incidents/{}/entries?after={after}&limit=4", story.case);
        let (_, page) = desk.get(EVE, &path).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|entry| entry["digest"].clone()));
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let held: Vec<Value> = held.iter().map(|entry| entry.digest().unwrap().to_string().into()).collect();
    assert_eq!(seen, held);
}

/// The message or id of each item, page after page.
async fn pages(desk: &Desk, path: &str, field: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, page) = desk.get(EVE, &format!("{path}{cursor}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let items = page["items"].as_array().unwrap();
        pages.push(items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn lists_are_paged_newest_first_and_filtered() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    for (number, severity) in [(1, Severity::Low), (2, Severity::High), (3, Severity::Info), (4, Severity::Medium)] {
        story.suppressed(&format!("alert {number}"), severity, "known");
    }
    desk.book.write(story.take()).await;
    expect![[r#"
        [["alert 4", "alert 3", "alert 2"], ["alert 1"]]
        [["alert 4", "alert 2"]]
        [["alert 4"], ["alert 2"]]
        [[]]
    "#]]
    .assert_eq(&format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n",
        pages(&desk, "/api/v1/alerts?limit=3", "message").await,
        pages(&desk, "/api/v1/alerts?severity=medium", "message").await,
        pages(&desk, "/api/v1/alerts?severity=medium&limit=1&chain=eip155:1", "message").await,
        pages(&desk, "/api/v1/alerts?chain=eip155:10", "message").await,
    ));

    for salt in [1, 3, 5] {
        let mut story = Story::new(Tale { salt, ..Tale::vault() }, now());
        story.noticed();
        desk.book.write(story.take()).await;
    }
    let all = pages(&desk, "/api/v1/incidents?limit=2", "id").await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let newest = &all[0][0];
    let closing = serde_json::json!({ "resolution": "false_alarm" });
    let (status, _) = desk.post(ANA, &format!("/api/v1/incidents/{newest}/close"), closing).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(pages(&desk, "/api/v1/incidents?state=closed", "id").await, [[newest.clone()]]);
    assert_eq!(pages(&desk, "/api/v1/incidents?state=open", "id").await.concat(), all.concat()[1..]);
}

#[tokio::test]
async fn what_becomes_of_an_alert_is_shown_with_it() {
    let (desk, story) = planned().await;
    let of = |page: &Value, message: &str, field: &str| {
        let items = page["items"].as_array().unwrap();
        items.iter().find(|item| item["message"].as_str().unwrap().contains(message)).unwrap()[field].clone()
    };
    let (_, page) = desk.get(EVE, "/api/v1/alerts").await;
    assert_eq!(of(&page, "MINTER_ROLE", "suppressed"), "announced in the timelock two days before");
    assert_eq!(of(&page, "re-entered", "incident"), story.case.to_string());
    assert_eq!(of(&page, "re-entered", "withdrawn"), false);

    let event = case::Event::AlertWithdrawn(case::AlertWithdrawn {
        id: story.reentry_id(),
        why: case::Gone::Lost(story.reentry.seen_at.clone()),
    });
    let ctx = case::Ctx::new(case::Actor::machine("watch"), "reorg", now());
    let draft = case::Draft::new(Stream::Chain(crate::story::chain()), ctx, &event).unwrap();
    desk.book.write(vec![draft]).await;
    let (_, page) = desk.get(EVE, "/api/v1/alerts").await;
    assert_eq!(of(&page, "re-entered", "withdrawn"), true, "withdrawn, not deleted");
}

#[tokio::test]
async fn a_line_that_does_not_fit_its_kind_is_counted_not_hidden() {
    let (desk, _) = planned().await;
    let ctx = case::Ctx::new(case::Actor::machine("detect"), "a later version", now());
    let stream = Stream::Chain(crate::story::chain());
    let payload = serde_json::json!({ "id": 7 });
    desk.book.write(vec![case::Draft { stream, ctx, kind: "alert.raised/1".into(), payload }]).await;
    let (status, body) = desk.get(EVE, "/api/v1/status").await;
    assert_eq!((status, &body["unreadable"]), (StatusCode::OK, &Value::from(1)));
    let (_, page) = desk.get(EVE, "/api/v1/alerts").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn ready_only_while_somebody_says_so() {
    let desk = Desk::open().await;
    let told = async |path: &str| {
        let response = desk.ask(Method::GET, path).send().await.unwrap();
        format!("{} {}", response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(told("/healthz").await, "200 alive\n");
    assert_eq!(told("/readyz").await, "200 ready\n");
    assert_eq!(told("/metrics").await, "200 breakglass_head{chain=\"eip155:1\"} 21438914\n");
    desk.set_clock(now() + SignedDuration::from_secs(61));
    assert_eq!(told("/readyz").await, "503 the status was last renewed at `2026-11-21T03:14:07Z`\n");
    board::renew(&desk.board, now() + SignedDuration::from_secs(61), 21_438_920, false);
    assert_eq!(told("/readyz").await, "200 ready\n");
    desk.book.store().close().await;
    assert!(told("/healthz").await.starts_with("503 the book cannot be read"));
    assert_eq!(
        problem(desk.get(EVE, "/api/v1/alerts").await),
        "500 internal: the book could not be read or written; nothing is known to have changed. read the incident \
         again before repeating a decision; the service's log names the error"
    );
}

#[tokio::test]
async fn hostile_text_arrives_as_it_is_and_only_as_data() {
    let desk = Desk::open().await;
    let title = "<script>alert(1)</script> \u{202e}evil \u{0} \"'`";
    let tale = Tale { title: title.into(), message: title.repeat(200), ..Tale::vault() };
    let mut story = Story::new(tale, now());
    story.noticed();
    desk.book.write(story.take()).await;
    let path = format!("/api/v1/incidents/{}", story.case);
    let response = desk.ask(Method::GET, &path).bearer_auth(EVE).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["title"], title);
    assert_eq!(body["alerts"][0]["message"], title.repeat(200));
}
