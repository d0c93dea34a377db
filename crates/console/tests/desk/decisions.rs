//! What a responder can write, and what is refused.

use case::{Stream, Timestamp};
use expect_test::{expect, expect_file};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    desk::{ANA, BO, Desk, EVE, answer, now, problem, shown},
    story::{Story, Tale, chain},
};

async fn planned() -> (Desk, Story) {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed().planned();
    desk.book.write(story.take()).await;
    (desk, story)
}

fn approvals(story: &Story) -> String {
    format!("/api/v1/incidents/{}/approvals", story.case)
}

fn pause(story: &Story) -> Value {
    json!({ "plan": story.digest, "step": "pause" })
}

/// Kinds and authors of a case's entries from a number on.
async fn written(desk: &Desk, story: &Story, after: u64) -> Vec<String> {
    let stream = Stream::Case(story.case.clone());
    let entries = desk.book.store().stream(&stream, after, 100).await.unwrap();
    entries.iter().map(|entry| format!("{} by {} at {}", entry.kind, entry.ctx.who, entry.ctx.now)).collect()
}

#[tokio::test]
async fn an_approval_is_one_entry_however_often_it_is_given() {
    let (desk, story) = planned().await;
    let (status, body) = desk.post(ANA, &approvals(&story), pause(&story)).await;
    expect_file!["./golden/approval.json"].assert_eq(&shown(status, &body));
    let (status, again) = desk.post(ANA, &approvals(&story), pause(&story)).await;
    assert_eq!((status, again), (StatusCode::OK, body));
    assert_eq!(written(&desk, &story, 7).await, ["case.approved/1 by ana at 2026-11-21T03:14:07Z"]);
}

#[tokio::test]
async fn a_hundred_clicks_at_once_are_one_approval() {
    let (desk, story) = planned().await;
    let path = approvals(&story);
    let clicks = (0..100).map(|_| desk.post(ANA, &path, pause(&story)));
    let answers = futures_util::future::join_all(clicks).await;
    let count = |wanted: StatusCode| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::OK)), (1, 99));
    assert_eq!(written(&desk, &story, 7).await.len(), 1);
}

#[tokio::test]
async fn two_people_are_two_approvals() {
    let (desk, story) = planned().await;
    let path = approvals(&story);
    let (ana, bo) = tokio::join!(desk.post(ANA, &path, pause(&story)), desk.post(BO, &path, pause(&story)));
    assert_eq!((ana.0, bo.0), (StatusCode::CREATED, StatusCode::CREATED));
    let (_, incident) = desk.get(EVE, &format!("/api/v1/incidents/{}", story.case)).await;
    assert_eq!(incident["plan"]["steps"][1]["approvals"].as_array().unwrap().len(), 2);
    assert_eq!(incident["plan"]["steps"][1]["waiting"], false);
}

#[tokio::test]
async fn an_approval_of_anything_but_the_plan_that_stands_is_refused() {
    let (desk, mut story) = planned().await;
    let path = approvals(&story);
    let other = "0".repeat(64);
    let mut told = String::new();
    let mut tell = |answer| told.push_str(&format!("{}\n", problem(answer)));
    tell(desk.post(ANA, &path, json!({ "plan": other, "step": "pause" })).await);
    tell(desk.post(ANA, &path, json!({ "plan": "latest", "step": "pause" })).await);
    tell(desk.post(ANA, &path, json!({ "plan": story.digest, "step": "unpause" })).await);
    tell(desk.post(ANA, &path, json!({ "step": "pause" })).await);
    tell(desk.post(ANA, &path, json!({ "plan": story.digest, "step": "pause", "force": true })).await);
    tell(desk.post(EVE, &path, pause(&story)).await);
    tell(desk.post(ANA, "/api/v1/incidents/bg-000000000000/approvals", pause(&story)).await);
    tell(desk.post(ANA, "/api/v1/incidents/1/approvals", pause(&story)).await);
    desk.set_clock(now() + SignedDuration::from_mins(31));
    tell(desk.post(ANA, &path, pause(&story)).await);
    desk.set_clock(now());
    assert_eq!(written(&desk, &story, 7).await, [""; 0], "nothing was written");

    story.told().approved("bo").paused();
    desk.book.write(story.take()).await;
    tell(desk.post(ANA, &path, pause(&story)).await);
    expect![[r#"
        409 stale-plan: approval names plan `000000000000`, the plan that stands is `7c3c71fe46ed`. read the incident again and decide on the plan that it shows now
        400 bad-request: `latest` is not a digest: expected 64 lower-case hex digits. compare the request with /api/v1/openapi.json
        409 not-waiting: the plan has no step `unpause`. read the incident again: its timeline says what happened
        400 bad-request: Failed to deserialize the JSON body into the target type: missing field `plan` at line 1 column 16. compare the request with /api/v1/openapi.json
        400 bad-request: Failed to deserialize the JSON body into the target type: force: unknown field `force`, expected `plan` or `step` at line 1 column 97. compare the request with /api/v1/openapi.json
        403 forbidden: `eve` may read but not decide. use a token with the role `responder`
        404 not-found: no incident has the id `bg-000000000000`. look it up in the list it came from; /api/v1/openapi.json names every path
        404 not-found: `1` is not a case id: expected `bg-` and 12 hex digits. look it up in the list it came from; /api/v1/openapi.json names every path
        409 not-waiting: step `pause` could be taken until `2026-11-21T03:44:07Z` only. read the incident again: its timeline says what happened
        409 not-waiting: step `pause` was taken or has failed. read the incident again: its timeline says what happened
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn closing_is_written_once_with_its_note() {
    let (desk, story) = planned().await;
    let path = format!("/api/v1/incidents/{}/close", story.case);
    let closing = json!({ "resolution": "resolved", "note": " Paused by hand.\n" });
    let (status, body) = desk.post(BO, &path, closing.clone()).await;
    assert_eq!(
        (status, &body["phase"], &body["resolution"]),
        (StatusCode::CREATED, &"closed".into(), &"resolved".into())
    );
    assert_eq!(body["steps_waiting"], 0);
    let (status, _) = desk.post(ANA, &path, closing).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        written(&desk, &story, 7).await,
        ["case.note/1 by bo at 2026-11-21T03:14:07Z", "case.closed/1 by bo at 2026-11-21T03:14:07Z"]
    );
    let other = desk.post(ANA, &path, json!({ "resolution": "drill" })).await;
    expect!["409 not-waiting: the incident was closed with another resolution. read the incident again: its timeline says what happened"].assert_eq(&problem(other));
    let late = desk.post(ANA, &approvals(&story), pause(&story)).await;
    expect!["409 not-waiting: the incident is closed. read the incident again: its timeline says what happened"]
        .assert_eq(&problem(late));
}

#[tokio::test]
async fn a_note_stands_in_the_book_as_it_was_written() {
    let (desk, story) = planned().await;
    let path = format!("/api/v1/incidents/{}/notes", story.case);
    let text = "Called the guardian's on-call: <b>no answer</b> \u{202e}";
    let (status, body) = desk.post(ANA, &path, json!({ "text": text })).await;
    assert_eq!((status, &body["entries"]), (StatusCode::CREATED, &8.into()));
    let (_, page) = desk.get(EVE, &format!("/api/v1/incidents/{}/entries?after=7", story.case)).await;
    assert_eq!(page["items"][0]["payload"]["text"], text);
    assert_eq!(page["items"][0]["who"], json!({ "kind": "person", "name": "ana" }));
    assert_eq!(page["items"][0]["digest"], body["head"]);
    let empty = desk.post(ANA, &path, json!({ "text": " \n" })).await;
    expect!["400 bad-request: a note without text. compare the request with /api/v1/openapi.json"]
        .assert_eq(&problem(empty));
    let long = desk.post(ANA, &path, json!({ "text": "a".repeat(8_001) })).await;
    expect![
        "400 bad-request: a note of 8001 characters; 8000 are allowed. compare the request with /api/v1/openapi.json"
    ]
    .assert_eq(&problem(long));
}

#[tokio::test]
async fn a_mark_stands_on_the_chain_and_in_the_case() {
    let (desk, story) = planned().await;
    let path = format!("/api/v1/alerts/{}/marks", story.reentry_id());
    let (status, body) = desk.post(ANA, &path, json!({ "mark": "useful" })).await;
    assert_eq!((status, &body["mark"]), (StatusCode::CREATED, &"useful".into()));
    let (status, _) = desk.post(BO, &path, json!({ "mark": "useful" })).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = desk.post(BO, &path, json!({ "mark": "false" })).await;
    assert_eq!(status, StatusCode::CREATED);

    let of_chain = desk.book.store().whole_stream(&Stream::Chain(chain())).await.unwrap();
    assert_eq!(of_chain.iter().filter(|entry| entry.kind == "alert.marked/1").count(), 2);
    assert_eq!(written(&desk, &story, 7).await.len(), 2);
    let (_, incident) = desk.get(EVE, &format!("/api/v1/incidents/{}", story.case)).await;
    assert_eq!(incident["alerts"][1]["mark"], "false");
    assert_eq!(incident["alerts"][0]["mark"], Value::Null);

    let unknown = desk.post(ANA, &format!("/api/v1/alerts/{}/marks", "1".repeat(64)), json!({ "mark": "known" })).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    let word = desk.post(ANA, &path, json!({ "mark": "great" })).await;
    assert_eq!(word.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn log_ins_stand_in_the_book() {
    let desk = Desk::open().await;
    let request = desk.ask(Method::POST, "/api/v1/session").header("x-breakglass-intent", "1");
    let (status, body) = answer(request.json(&json!({ "token": BO }))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["person"], json!({ "name": "bo", "role": "responder" }));
    let until: Timestamp = body["until"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, now() + SignedDuration::from_hours(12));
    let entries = desk.book.store().whole_stream(&Stream::Org).await.unwrap();
    let [entry] = entries.as_slice() else { panic!("one entry, not {entries:?}") };
    assert_eq!(entry.kind, "console.session-opened/1");
    assert_eq!(entry.ctx.who.to_string(), "bo");
    assert!(!serde_json::to_string(entry).unwrap().contains(BO), "the token is kept nowhere");
}
