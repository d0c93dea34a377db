use case::{Digest, Seal, Stream};
use sqlx::{Connection as _, Row as _};
use store::{Known, Report, SealKey, verify_database};

use crate::support::*;

fn says(report: &Report, part: &str) -> bool {
    let said = |problem: &store::Problem| {
        let line = problem.line.map_or_else(String::new, |line| format!(" line {line}"));
        format!("{}{line}: {}", problem.at, problem.says).contains(part)
    };
    report.problems.iter().any(said)
}

async fn seals(book: &Book) -> Vec<Seal> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(book.path());
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let rows = sqlx::query("SELECT body FROM seals ORDER BY seq").fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
}

#[tokio::test]
async fn a_whole_book_holds_and_says_what_to_keep_elsewhere() {
    let (book, _) = story().await;
    let report = book.proof().await;
    assert!(report.holds(), "{report:#?}");
    assert_eq!((report.streams, report.entries, report.seals, report.evidence, report.unsealed), (4, 8, 2, 1, 0));
    let sealed = seals(&book).await;
    assert_eq!(report.last_seal, Some((sealed[1].digest().unwrap(), now(65))));
    assert_eq!((report.keys.len(), &report.keys[0].key, report.keys[0].from_seal), (1, &key().public(), 1));
    write(&book.store, vec![note(Stream::Org, "not sealed yet")]).await;
    let report = book.proof().await;
    assert!(report.holds() && report.unsealed == 1, "{report:#?}");
}

#[tokio::test]
async fn a_seal_names_what_moved_and_a_quiet_minute_has_none() {
    let (book, _) = story().await;
    let named = |seal: &Seal| seal.heads.iter().map(|head| head.stream.to_string()).collect::<Vec<_>>();
    let sealed = seals(&book).await;
    assert_eq!(named(&sealed[0]), ["chain/eip155:31337", "case/bg-aaaaaaaaaaaa", "org"]);
    assert_eq!(named(&sealed[1]), ["case/bg-aaaaaaaaaaaa", "case/bg-bbbbbbbbbbbb", "org"]);
    assert_eq!(sealed[1].prev, sealed[0].digest().unwrap());
    assert_eq!(book.store.seal(now(66)).await.unwrap(), None);
    assert_eq!(book.store.last_seal().await.unwrap(), Some((2, now(65))));
}

#[tokio::test]
async fn tampering_is_noticed_and_named() {
    let stories = [
        (
            "DELETE FROM entries WHERE stream = 'case/bg-bbbbbbbbbbbb'",
            "case/bg-bbbbbbbbbbbb line 1: the stream is missing",
        ),
        ("DELETE FROM entries WHERE stream = 'org' AND seq = 2", "org line 2: the tail was cut"),
        ("DELETE FROM entries WHERE stream LIKE 'chain/%' AND seq = 1", "line 1 is missing before it"),
        (
            "UPDATE entries SET body = replace(body, 'two', 'owt') WHERE stream = 'org'",
            "org line 2: its text does not have its digest: a byte was changed",
        ),
        (
            "UPDATE entries SET digest = x'00' WHERE stream = 'org' AND seq = 1",
            "org line 1: its text does not have its digest",
        ),
        ("UPDATE entries SET body = x'00' WHERE stream = 'org' AND seq = 1", "a row was changed"),
        (
            "UPDATE entries SET body = '{' WHERE stream = 'org' AND seq = 1",
            "org line 1: `a line of the book` cannot be read",
        ),
        ("UPDATE entries SET stream = 'case/bg-cccccccccccc' WHERE stream = 'case/bg-bbbbbbbbbbbb'", "it was moved"),
        (
            "UPDATE entries SET kind = 'case.note/2' WHERE kind = 'alert.raised/1'",
            "its columns do not say what its text says",
        ),
        (
            "UPDATE entries SET at_ms = at_ms + 1 WHERE stream = 'org' AND seq = 1",
            "its columns do not say what its text says",
        ),
        ("DELETE FROM mentions", "is not listed for alert"),
        ("UPDATE mentions SET alert = zeroblob(32) WHERE pos = 1", "no line at position 1 speaks of the alert"),
        ("DELETE FROM seals WHERE seq = 1", "seal 2: it does not follow from seal 0"),
        (
            "UPDATE seals SET body = replace(body, '\"seq\":1', '\"seq\":3') WHERE seq = 1",
            "seal 1: its text does not have its digest",
        ),
        ("UPDATE seals SET pos = 9000 WHERE seq = 2", "the last seal covers position 9000, and 8 is the last there is"),
        ("UPDATE seals SET pos = 0 WHERE seq = 2", "it covers less than the seal before it"),
        ("UPDATE evidence SET bytes = x'00'", "its bytes have another digest"),
        ("DELETE FROM evidence_of_block; DELETE FROM evidence", "it names the evidence"),
        ("DELETE FROM evidence", "pieces that blocks refer to are missing"),
        ("UPDATE blocks SET parent = zeroblob(32) WHERE number = 2", "block 2 does not follow"),
    ];
    for (sql, part) in stories {
        let (book, _) = story().await;
        assert!(book.proof().await.holds());
        book.tamper(sql).await;
        let report = book.proof().await;
        assert!(says(&report, part), "{sql}: {report:#?}");
    }
}

#[tokio::test]
async fn a_line_that_was_changed_together_with_its_digest_is_not_the_one_that_was_sealed() {
    let (book, _) = story().await;
    let entries = book.store.whole_stream(&Stream::Org).await.unwrap();
    let body = String::from_utf8(case::canonical(&entries[1]).unwrap()).unwrap().replace("two", "owt");
    let digest = Digest::of_bytes(body.as_bytes());
    book.tamper(&format!("UPDATE entries SET body = '{body}', digest = x'{digest}' WHERE stream = 'org' AND seq = 2"))
        .await;
    let report = book.proof().await;
    assert_eq!(report.problems.len(), 1, "{report:#?}");
    assert!(says(&report, "org line 2: it is not the line that seal 2 was made over"), "{report:#?}");
    // White space that changes nothing of what it says is a change all the same.
    let (book, _) = story().await;
    let spaced = String::from_utf8(case::canonical(&entries[1]).unwrap()).unwrap().replace("\":", "\": ");
    let digest = Digest::of_bytes(spaced.as_bytes());
    book.tamper(&format!(
        "UPDATE entries SET body = '{spaced}', digest = x'{digest}' WHERE stream = 'org' AND seq = 2"
    ))
    .await;
    assert!(says(&book.proof().await, "not the canonical form"));
}

#[tokio::test]
async fn a_line_that_is_put_in_under_the_last_seal_is_noticed() {
    let (book, _) = story().await;
    let entries = book.store.whole_stream(&Stream::Org).await.unwrap();
    let last = entries.last().map(|last| (last.seq, last.digest().unwrap()));
    let forged = case::Entry::after(last, note(Stream::Org, "I was always here"));
    let body = String::from_utf8(case::canonical(&forged).unwrap()).unwrap();
    let digest = forged.digest().unwrap();
    let at = forged.ctx.now.as_millisecond();
    // In the place of a position that was given up to make room.
    let room = "UPDATE mentions SET pos = 90 WHERE pos = 1; UPDATE entries SET pos = 90 WHERE pos = 1;";
    book.tamper(&format!(
        "{room} INSERT INTO entries VALUES (1, 'org', {}, x'{digest}', {at}, 'case.note/1', '{body}')",
        forged.seq
    ))
    .await;
    let report = book.proof().await;
    assert!(says(&report, "org line 3: it claims to be older than the last seal"), "{report:#?}");
}

#[tokio::test]
async fn a_forger_without_the_key_cannot_seal_again() {
    let (book, _) = story().await;
    let mut forged = seals(&book).await.remove(1);
    let other = SealKey::from_bytes([8; 32]);
    for (public, part) in
        [(key().public(), "its signature does not hold"), (other.public(), "its signature does not hold")]
    {
        forged.key = public;
        forged.heads.pop();
        let (body, digest) = (String::from_utf8(case::canonical(&forged).unwrap()).unwrap(), forged.digest().unwrap());
        book.tamper(&format!("UPDATE seals SET body = '{body}', digest = x'{digest}' WHERE seq = 2")).await;
        assert!(says(&book.proof().await, part));
    }
}

#[tokio::test]
async fn another_key_is_shown_and_refused_by_whoever_knows_the_right_one() {
    let (book, _) = story().await;
    let path = book.path();
    book.store.close().await;
    let other = SealKey::from_bytes([8; 32]);
    let store = store::Store::open(&url(&path), other.clone(), store::Options::at(now(70))).await.unwrap();
    write(&store, vec![note(Stream::Org, "three")]).await;
    store.seal(now(71)).await.unwrap().unwrap();
    let report = verify_database(&path, None).await.unwrap();
    assert!(report.holds(), "a change of keys that stands in the book is not a fault: {report:#?}");
    let keys: Vec<_> = report.keys.iter().map(|used| (used.key.clone(), used.from_seal)).collect();
    assert_eq!(keys, [(key().public(), 1), (other.public(), 3)]);
    let known = Known { seal: None, key: Some(key().public()) };
    let report = verify_database(&path, known).await.unwrap();
    assert!(says(&report, "seal 3: it was made with the key"), "{report:#?}");
}

#[tokio::test]
async fn what_was_put_back_to_an_older_state_is_noticed_by_whoever_kept_a_later_seal() {
    let (book, _) = story().await;
    let (digest, _) = book.proof().await.last_seal.unwrap();
    assert!(verify_database(&book.path(), Some(digest)).await.unwrap().holds());
    // Everything since the first seal is cut off, seal and all: the book alone cannot show that.
    book.tamper(
        "DELETE FROM seals WHERE seq = 2; DELETE FROM entries WHERE pos > 5; UPDATE sqlite_sequence SET seq = 5",
    )
    .await;
    assert!(book.proof().await.holds(), "{:#?}", book.proof().await);
    let report = verify_database(&book.path(), Some(digest)).await.unwrap();
    assert!(says(&report, "put back to an older state"), "{report:#?}");
}

#[tokio::test]
async fn an_alert_that_was_never_raised_is_noticed() {
    let book = Book::new().await;
    let never = alert(&block(1, 0), "never raised");
    write(&book.store, vec![opened('a'), attached('a', &never)]).await;
    assert!(says(&book.proof().await, "case/bg-aaaaaaaaaaaa line 2: it speaks of the alert"));
}

#[tokio::test]
async fn any_byte_of_the_file_that_carries_a_line_is_covered() {
    let (book, _) = story().await;
    let path = book.path();
    book.store.close().await;
    let whole = std::fs::read(&path).unwrap();
    // Each byte of a sealed line in the raw file, one after the other; copies on pages that are free count for nothing.
    let line = br#""kind":"case.note/1","payload":{"text":"one"}"#;
    let places: Vec<usize> = (0..whole.len() - line.len()).filter(|at| whole[*at..].starts_with(line)).collect();
    assert!(!places.is_empty(), "the line stands in the file");
    for offset in 0..line.len() {
        let mut bytes = whole.clone();
        places.iter().for_each(|at| bytes[at + offset] ^= 1);
        std::fs::write(&path, &bytes).unwrap();
        let report = verify_database(&path, None).await.unwrap();
        assert!(!report.holds(), "byte {offset} of the line was changed and nothing noticed");
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(verify_database(&path, None).await.unwrap().holds());
}

#[tokio::test]
async fn a_file_with_a_torn_page_is_reported_and_does_not_end_the_proof() {
    let (book, _) = story().await;
    write(&book.store, (0..200).map(|number| note(Stream::Org, &format!("line {number}"))).collect()).await;
    book.store.seal(now(70)).await.unwrap();
    let path = book.path();
    book.store.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(8).position(|window| window == b"line 150").unwrap() / 4096 * 4096;
    bytes[at..at + 64].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    let report = verify_database(&path, None).await.unwrap();
    assert!(says(&report, "the database file"), "{report:#?}");
    assert!(report.seals == 3, "what can be read is proved: {report:#?}");
}

#[tokio::test]
async fn a_book_is_proved_while_it_is_written() {
    let (book, _) = story().await;
    let writer = book.store.clone();
    let writing = tokio::spawn(async move {
        for number in 0..60 {
            write(&writer, vec![note(Stream::Org, &number.to_string()), note(on_chain(), "")]).await;
            writer.seal(now(100 + number)).await.unwrap().unwrap();
        }
    });
    let mut proofs = 0;
    while !writing.is_finished() {
        let report = book.proof().await;
        assert!(report.holds(), "{report:#?}");
        proofs += 1;
    }
    writing.await.unwrap();
    assert!(proofs > 0 && book.proof().await.seals == 62);
}
