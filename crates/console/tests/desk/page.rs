//! The embedded page, whichever was built in.

use reqwest::{Method, StatusCode, header};

use crate::desk::Desk;

#[tokio::test]
async fn the_page_is_served_at_every_address_of_its_own() {
    let desk = Desk::open().await;
    let index = desk.ask(Method::GET, "/").send().await.unwrap();
    assert_eq!(index.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(index.headers()[header::CACHE_CONTROL], "no-cache");
    let tag = index.headers()[header::ETAG].clone();
    let text = index.text().await.unwrap();
    assert!(text.contains("Breakglass"), "{text}");
    assert!(!text.contains("<style") && !text.contains("<script>"), "nothing inline: the policy forbids it");
    assert!(!text.contains("http://") && !text.contains("https://"), "nothing from elsewhere");

    let deep = desk.ask(Method::GET, "/incidents/bg-000000000000").send().await.unwrap();
    assert_eq!(deep.text().await.unwrap(), text);
    let known = desk.ask(Method::GET, "/").header(header::IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);

    for file in text.split('"').filter(|part| part.starts_with("/assets/") || part.ends_with(".css")) {
        let answer = desk.ask(Method::GET, file).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{file}");
        assert!(!answer.headers()[header::CONTENT_TYPE].to_str().unwrap().contains("html"), "{file}");
    }
}

#[tokio::test]
async fn a_missing_script_is_not_answered_with_the_page() {
    let desk = Desk::open().await;
    for path in ["/assets/gone.js", "/assets/../Cargo.toml", "/assets/%2e%2e/Cargo.toml"] {
        let answer = desk.ask(Method::GET, path).send().await.unwrap();
        let html =
            answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().contains("html"));
        assert!(answer.status() == StatusCode::NOT_FOUND || html, "{path}: {}", answer.status());
        assert!(!answer.text().await.unwrap().contains("[package]"), "{path}");
    }
    let post = desk.ask(Method::POST, "/").send().await.unwrap();
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
}
