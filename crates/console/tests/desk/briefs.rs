//! An incident told to people over the API.

use expect_test::expect_file;
use jiff::SignedDuration;
use reqwest::{Method, StatusCode, header};

use crate::{
    board,
    desk::{Desk, EVE, now, problem},
    story::{Story, Tale},
};

/// The desk's brief of a case, as a client gets it.
async fn brief(desk: &Desk, story: &Story) -> String {
    let path = format!("/api/v1/incidents/{}/brief", story.case);
    let response = desk.ask(Method::GET, &path).bearer_auth(EVE).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/markdown; charset=utf-8");
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_brief_grows_with_its_case() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed().planned().told();
    desk.book.write(story.take()).await;
    expect_file!["./golden/brief.md"].assert_eq(&brief(&desk, &story).await);

    story.approved("ana").paused();
    desk.book.write(story.take()).await;
    let text = brief(&desk, &story).await;
    assert!(text.contains("It has been stopped") && text.contains("Leave given by `ana`"), "{text}");
}

#[tokio::test]
async fn what_is_not_seen_now_is_in_it() {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed();
    desk.book.write(story.take()).await;
    let unknown = async || {
        let text = brief(&desk, &story).await;
        let (_, after) = text.split_once("## What is not known").unwrap();
        after.split_once("## Timeline").unwrap().0.to_owned()
    };
    assert!(!unknown().await.contains("eip155:1"), "the chain is followed at its head");
    desk.set_clock(now() + SignedDuration::from_secs(61));
    assert!(unknown().await.contains("how it is followed was last said at 2026-11-21T03:14:07Z"));
    board::renew(&desk.board, now() + SignedDuration::from_secs(61), 21_438_920, true);
    assert!(!unknown().await.contains("last said"));
    desk.board.update(now() + SignedDuration::from_secs(61), |status| status.chains[0].following = false);
    assert!(unknown().await.contains("`it is not followed at its head: what goes on there now is not seen`"));
    desk.board.update(now() + SignedDuration::from_secs(61), |status| status.chains.clear());
    assert!(unknown().await.contains("`the chain is not followed here: what goes on there now is not seen`"));
}

#[tokio::test]
async fn hostile_text_stays_in_code() {
    let desk = Desk::open().await;
    let title = "<script>alert(1)</script> ` | [x](javascript:y) \u{202e}evil\n# own heading";
    let mut story = Story::new(Tale { title: title.into(), message: title.repeat(200), ..Tale::vault() }, now());
    story.noticed();
    desk.book.write(story.take()).await;
    let text = brief(&desk, &story).await;
    assert!(
        text.contains("`\\u{3c}script>alert(1)\\u{3c}/script> \\u{60} \\u{7c} [x](javascript:y) \\u{202e}evil\\u{a}")
    );
    for line in text.lines() {
        let outside: String = line.split('`').step_by(2).collect();
        assert!(!outside.contains("javascript") && !outside.contains("own heading"), "it got out: {line}");
    }
}

#[tokio::test]
async fn there_is_none_without_a_token_or_a_case() {
    let desk = Desk::open().await;
    let path = "/api/v1/incidents/bg-000000000000/brief";
    let missing = desk.get(EVE, path).await;
    assert!(problem(missing).starts_with("404 not-found: no incident has the id `bg-000000000000`"));
    let strange = desk.ask(Method::GET, path).send().await.unwrap();
    assert_eq!(strange.status(), StatusCode::UNAUTHORIZED);
}
