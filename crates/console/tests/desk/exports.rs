//! A case taken out of the book, and a book that is read with nobody serving it.

use case::CaseId;
use console::{NoNames, ReadingRoom};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use store::{CaseExport, Known};

use crate::{
    desk::{ANA, Desk, EVE, now, problem},
    story::{Story, Tale},
};

async fn planned() -> (Desk, CaseId) {
    let desk = Desk::open().await;
    let mut story = Story::new(Tale::vault(), now());
    story.noticed().planned();
    desk.book.write(story.take()).await;
    (desk, story.case)
}

async fn export(desk: &Desk, id: &CaseId) -> CaseExport {
    let path = format!("/api/v1/incidents/{id}/export");
    let response = desk.ask(Method::GET, &path).bearer_auth(EVE).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    let name = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(name, format!("attachment; filename=\"{id}.json\""));
    CaseExport::from_json(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn an_exported_case_proves_itself() {
    let (desk, id) = planned().await;
    let first = export(&desk, &id).await;
    assert_eq!(first.verify(&Known::default()).unwrap().problems, vec![]);
    assert_eq!(first.entries, desk.book.store().whole_stream(&case::Stream::Case(id.clone())).await.unwrap());
    // Taking it out again makes no new seal, as long as the case has not grown.
    let before = desk.book.store().last_position().await.unwrap();
    assert_eq!(export(&desk, &id).await, first);
    assert_eq!(desk.book.store().last_position().await.unwrap(), before);

    let notes = format!("/api/v1/incidents/{id}/notes");
    assert_eq!(desk.post(ANA, &notes, json!({ "text": "x" })).await.0, StatusCode::CREATED);
    let grown = export(&desk, &id).await;
    assert_eq!(grown.verify(&Known::default()).unwrap().problems, vec![]);
    assert_eq!((grown.entries.len(), grown.seals.len()), (first.entries.len() + 1, first.seals.len() + 1));
}

#[tokio::test]
async fn a_case_that_is_not_there_is_not_exported() {
    let (desk, _) = planned().await;
    let refused = desk.get(EVE, "/api/v1/incidents/bg-000000000000/export").await;
    assert!(problem(refused).starts_with("404 not-found: no incident has the id `bg-000000000000`"));
}

#[tokio::test]
async fn the_reading_room_answers_as_the_desk_does() {
    let (desk, id) = planned().await;
    let room = ReadingRoom::over(desk.book.store(), NoNames, now()).unwrap();
    for path in ["/api/v1/incidents", &format!("/api/v1/incidents/{id}"), &format!("/api/v1/incidents/{id}/entries")] {
        let (status, body) = room.get(path).await.unwrap();
        let mut served = desk.get(EVE, path).await;
        // The desk of these tests knows names, and the reading room was given none.
        let mut read: Value = serde_json::from_slice(&body).unwrap();
        for value in [&mut read, &mut served.1] {
            nameless(value);
        }
        assert_eq!((status.as_u16(), read), (served.0.as_u16(), served.1), "{path}");
    }
    assert_eq!(room.get("/api/v1/incidents/bg-000000000000").await.unwrap().0, StatusCode::NOT_FOUND);
}

fn nameless(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("names");
            fields.values_mut().for_each(nameless);
        }
        Value::Array(items) => items.iter_mut().for_each(nameless),
        _ => {}
    }
}
