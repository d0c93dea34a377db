//! Serves the console over a book with a realistic incident, for screenshots and for the page's own end-to-end test.
//!
//! `cargo run -p breakglass-console --example showcase -- [PORT]` prints `READY <url> <responder token> <viewer
//! token>`. The main incident waits for a person to approve the pause. Once somebody does, it is sent and confirmed
//! before their eyes, as the service would; until then it stands still. What somebody announces is done otherwise.
#![allow(clippy::print_stdout, reason = "this is a program")]

#[path = "showcase/announced.rs"]
mod announced;
#[path = "../tests/desk/board.rs"]
mod board;
#[path = "../tests/desk/book.rs"]
mod book;
#[path = "../tests/desk/story.rs"]
mod story;

use std::{sync::Arc, time::Duration};

use case::{Severity, Stream, Timestamp};
use console::{AppState, Role, Tokens};
use story::{Story, Tale};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).as_deref().unwrap_or("0").parse()?;
    let book = Arc::new(book::open().await);
    let now = Timestamp::now();

    let mut contained = Story::new(
        Tale {
            began_s_ago: 9_240,
            salt: 0xb4,
            title: "Owner of Rewards Distributor changed without an announcement".into(),
            message: "owner() of Rewards Distributor became an account that was never seen before".into(),
            severity: Severity::High,
            block: 21_438_131,
            ether: 12,
            kind: "privilege/owner-changed",
        },
        now,
    );
    let tokens_moved = "role MINTER_ROLE was granted to 0xb4b4…b4b4 by the timelock";
    contained.suppressed(tokens_moved, Severity::Low, "the grant was announced in the timelock two days before");
    contained.noticed().planned().told().approved("bo").paused();
    book.write(contained.take()).await;
    let hostile = "Token \"<script>alert('owned')</script>\" \u{202e}KCATTA\u{202c} drained a pool";
    let mut strange = Story::new(
        Tale {
            began_s_ago: 1_320,
            salt: 0xc7,
            title: hostile.into(),
            message: hostile.into(),
            severity: Severity::Medium,
            block: 21_438_805,
            ether: 3,
            kind: "drain/unreturned",
        },
        now,
    );
    strange.noticed();
    book.write(strange.take()).await;
    let mut main = Story::new(Tale::vault(), now);
    main.noticed().planned().told();
    book.write(main.take()).await;

    book.write(vec![board::readiness(now)]).await;
    announced::before(&book, now).await;
    let announcing = Arc::clone(&book);

    let (ana, responder) = Tokens::generate("ana", Role::Responder)?;
    let (eve, viewer) = Tokens::generate("eve", Role::Viewer)?;
    let status = board::board(now, 21_438_914, true);
    let desk = AppState::new(book.store(), status.clone(), Tokens::new(vec![ana, eve])?)
        .with_names(board::Known)
        .with_metrics(|| "# TYPE breakglass_head gauge\nbreakglass_head{chain=\"eip155:1\"} 21438914\n".to_owned());

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("READY http://{} {responder} {viewer}", listener.local_addr()?);

    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(2));
        let mut head = 21_438_914;
        loop {
            tick.tick().await;
            head += 1;
            board::renew(&status, Timestamp::now(), head, true);
        }
    });
    tokio::spawn(async move {
        let case = Stream::Case(main.case.clone());
        book.wait_for(&case, "case.approved/1", 2).await;
        main.paused();
        for draft in main.take() {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let ctx = case::Ctx::new(draft.ctx.who.clone(), draft.ctx.why.clone(), Timestamp::now());
            book.write(vec![case::Draft { ctx, ..draft }]).await;
        }
    });
    tokio::spawn(announced::deviate(announcing));
    console::serve(listener, desk, shutdown).await?;
    Ok(())
}
