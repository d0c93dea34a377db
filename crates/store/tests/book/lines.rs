use std::collections::BTreeSet;

use case::{AlertWithdrawn, Digest, Draft, Event, Stream};
use serde_json::json;
use store::{AppendRequest, Limits, Options, Store, StoreError};

use crate::support::*;

#[tokio::test]
async fn what_was_written_is_read_back_after_a_restart() {
    let book = Book::new().await;
    let written = book.store.append(lines(vec![opened('a'), note(on_case('a'), "hm")])).await.unwrap();
    book.store.commit_block(commit(block(1, 0), vec![note(on_chain(), "alert")])).await.unwrap();
    let book = book.reopened().await;
    assert_eq!(book.store.whole_stream(&on_case('a')).await.unwrap(), written);
    assert_eq!(book.store.head(&chain()).await.unwrap().unwrap().block, block(1, 0));
    assert_eq!(book.store.cases(u64::MAX, 10).await.unwrap(), [(1, case('a'))]);
    assert_eq!(book.store.last_position().await.unwrap(), 3);
    assert_eq!(*book.store.bell().borrow(), 3);
}

#[tokio::test]
async fn a_book_in_memory_is_the_same_book() {
    let store = Store::open("sqlite::memory:", key(), Options::at(now(0))).await.unwrap();
    let bell = store.bell();
    write(&store, vec![note(Stream::Org, "one"), note(Stream::Org, "two")]).await;
    assert!(bell.has_changed().unwrap() && *bell.borrow() == 2);
    let page = store.entries_after(1, 10).await.unwrap();
    assert_eq!(page.iter().map(|(position, entry)| (*position, entry.seq)).collect::<Vec<_>>(), [(2, 2)]);
    assert_eq!(store.stream(&Stream::Org, 1, 10).await.unwrap().len(), 1);
    store.commit_block(commit(block(1, 0), vec![])).await.unwrap();
    assert_eq!(store.ring(&chain(), 10).await.unwrap(), [block(1, 0)]);
    assert!(store.seal(now(1)).await.unwrap().is_some());
    store.close().await;
    assert!(matches!(store.last_position().await, Err(StoreError::Shut(_))));
}

#[tokio::test]
async fn a_decision_on_a_stream_that_has_grown_is_not_written_and_neither_is_its_cursor() {
    let book = Book::new().await;
    let store = &book.store;
    write(store, vec![note(Stream::Org, "one")]).await;
    let late = AppendRequest {
        drafts: vec![note(Stream::Org, "two")],
        cursor: Some(("triage".to_owned(), 1)),
        expect: vec![(Stream::Org, 0)],
    };
    let refused = store.append(late.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Moved { expected: 0, found: 1, .. }) && !refused.retry(), "{refused}");
    assert_eq!((store.cursor("triage").await.unwrap(), store.last_position().await.unwrap()), (0, 1));
    store.append(AppendRequest { expect: vec![(Stream::Org, 1)], ..late }).await.unwrap();
    assert_eq!((store.cursor("triage").await.unwrap(), store.last_position().await.unwrap()), (1, 2));
}

#[tokio::test]
async fn a_line_that_fails_takes_the_whole_decision_with_it() {
    let book = Book::new().await;
    let large = "x".repeat(book.store.limits().line_bytes);
    let request = AppendRequest {
        drafts: vec![note(Stream::Org, "one"), note(on_chain(), &large)],
        cursor: Some(("triage".to_owned(), 7)),
        expect: Vec::new(),
    };
    let refused = book.store.append(request).await.unwrap_err();
    assert!(refused.to_string().contains("bytes of a line") && refused.to_string().contains("1048576"), "{refused}");
    assert_eq!((book.store.cursor("triage").await.unwrap(), book.store.last_position().await.unwrap()), (0, 0));
    write(&book.store, vec![note(Stream::Org, "one")]).await;
    assert_eq!(book.store.entries_after(0, 10).await.unwrap()[0].0, 1, "the position was given back");
}

#[tokio::test]
async fn a_number_that_would_be_rounded_is_refused_and_not_rounded() {
    let book = Book::new().await;
    let draft =
        |number: u64| Draft { payload: json!({ "text": "", "at": [{ "n": number }] }), ..note(Stream::Org, "") };
    write(&book.store, vec![draft(1 << 53)]).await;
    let refused = book.store.append(lines(vec![draft(u64::MAX)])).await.unwrap_err().to_string();
    assert!(refused.contains("18446744073709551615") && refused.contains("write it as text"), "{refused}");
    let read = book.store.whole_stream(&Stream::Org).await.unwrap();
    assert_eq!(read[0].payload["at"][0]["n"], json!(1u64 << 53));
}

#[tokio::test]
async fn hostile_text_is_kept_byte_by_byte() {
    let book = Book::new().await;
    for text in ["<script>alert(1)</script>", "'; DROP TABLE entries; --", "\0\u{202e}\u{feff}", "é 🦀 \u{1b}[31m"] {
        let written = book.store.append(lines(vec![note(Stream::Org, text)])).await.unwrap();
        let read = book.store.stream(&Stream::Org, written[0].seq - 1, 1).await.unwrap();
        assert_eq!((&read, read[0].payload["text"].as_str()), (&written, Some(text)));
    }
    assert!(book.proof().await.holds());
}

#[tokio::test]
async fn readers_see_whole_commits_while_a_writer_writes() {
    let book = Book::new().await;
    let writer = book.store.clone();
    let writing = tokio::spawn(async move {
        for number in 0..200 {
            let text = number.to_string();
            write(&writer, vec![note(Stream::Org, &text), note(on_chain(), &text)]).await;
        }
    });
    let reading = (0..4).map(|_| {
        let store = book.store.clone();
        tokio::spawn(async move {
            let mut bell = store.bell();
            let (mut seen, mut looks) = (0, 0_u32);
            while seen < 400 {
                bell.wait_for(|last| *last > seen).await.unwrap();
                let page = store.entries_after(seen, 64).await.unwrap();
                let positions: Vec<u64> = page.iter().map(|(position, _)| *position).collect();
                assert_eq!(positions, (seen + 1..=seen + page.len() as u64).collect::<Vec<_>>());
                assert!(store.last_position().await.unwrap() % 2 == 0, "half a commit was seen");
                seen = *positions.last().unwrap();
                looks += 1;
            }
            looks
        })
    });
    let reading: Vec<_> = reading.collect();
    writing.await.unwrap();
    for reader in reading {
        assert!(reader.await.unwrap() > 0);
    }
    assert!(book.proof().await.holds());
}

#[tokio::test]
async fn many_writers_take_turns() {
    let book = Book::new().await;
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = book.store.clone();
            tokio::spawn(async move {
                for number in 0..25 {
                    write(&store, vec![note(Stream::Org, &format!("{task}/{number}"))]).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let texts: BTreeSet<String> =
        book.store.whole_stream(&Stream::Org).await.unwrap().iter().map(|line| line.payload.to_string()).collect();
    assert_eq!(texts.len(), 200);
    assert!(book.proof().await.holds());
}

#[tokio::test]
async fn a_caller_that_goes_away_in_the_middle_leaves_nothing_half_written() {
    let book = Book::new().await;
    for polls in 1..12 {
        let store = book.store.clone();
        let request = lines(vec![note(Stream::Org, "left"), note(on_chain(), "left")]);
        let mut append = Box::pin(async move { store.append(request).await });
        for _ in 0..polls {
            let polled = futures_util::future::poll_immediate(&mut append).await;
            if polled.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(append);
        write(&book.store, vec![note(Stream::Org, "stayed")]).await;
    }
    let (org, chain) =
        (book.store.whole_stream(&Stream::Org).await.unwrap(), book.store.whole_stream(&on_chain()).await.unwrap());
    let left = |line: &&case::Entry| line.payload["text"] == "left";
    assert_eq!(org.iter().filter(left).count(), chain.iter().filter(left).count(), "both or none");
    assert_eq!(org.iter().filter(|line| line.payload["text"] == "stayed").count(), 11);
    assert!(book.proof().await.holds());
}

#[tokio::test]
async fn what_became_of_an_alert_is_found_by_its_id() {
    let (book, id) = story().await;
    let lost = AlertWithdrawn { id, why: case::Gone::Lost(block(1, 0)) };
    write(&book.store, vec![Draft::new(on_chain(), ctx(), &Event::AlertWithdrawn(lost)).unwrap()]).await;
    let about = book.store.about(&id).await.unwrap();
    let kinds: Vec<&str> = about.iter().map(|(_, entry)| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["alert.raised/1", "case.alert-attached/1", "alert.withdrawn/1"]);
    assert!(book.store.about(&Digest::ZERO).await.unwrap().is_empty());
    let alerts = book.store.alerts(Some(&chain()), u64::MAX, 10).await.unwrap();
    assert_eq!(alerts, book.store.alerts(None, u64::MAX, 10).await.unwrap());
    assert_eq!((alerts.len(), alerts[0].0), (1, 1));
    assert!(book.store.alerts(None, alerts[0].0, 10).await.unwrap().is_empty());
    assert!(book.store.alerts(Some(&facts::ChainId::eip155(1)), u64::MAX, 10).await.unwrap().is_empty());
    let cases = book.store.cases(u64::MAX, 10).await.unwrap();
    assert_eq!(cases.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(), [case('b'), case('a')]);
}

#[tokio::test]
async fn reading_and_writing_have_written_limits() {
    let folder = tempfile::TempDir::new().unwrap();
    let limits = Limits { page_lines: 2, stream_lines: 2, lines: 3, evidence_bytes: 4, ..Limits::default() };
    let options = Options { limits, ..Options::at(now(0)) };
    let store = Store::open(&url(&folder.path().join("book.db")), key(), options).await.unwrap();
    let note = || note(Stream::Org, "");
    write(&store, vec![note(), note(), note()]).await;
    let refusals = [
        store.append(lines(vec![note(), note(), note(), note()])).await.err(),
        store.entries_after(0, 3).await.err(),
        store.whole_stream(&Stream::Org).await.err(),
        store.put_evidence(b"12345").await.err(),
        store.ring(&chain(), 3).await.err(),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Some(StoreError::TooLarge { .. })), "{refusal:?}");
    }
    assert_eq!(store.entries_after(0, 2).await.unwrap().len(), 2);
    store.put_evidence(b"1234").await.unwrap();
}
