use case::{Digest, Entry, Seal};
use serde_json::json;
use store::{CaseExport, Known, Options, SealKey, Store, verify_export};

use crate::support::*;

async fn exported() -> CaseExport {
    let (book, _) = story().await;
    book.store.export_case(&case('a')).await.unwrap()
}

#[tokio::test]
async fn an_exported_case_is_proved_without_the_book() {
    let export = exported().await;
    let text = export.to_json().unwrap();
    let read = CaseExport::from_json(&text).unwrap();
    assert_eq!((&read, &text), (&export, &read.to_json().unwrap()), "the same case is the same file");
    assert_eq!(text, exported().await.to_json().unwrap());
    let report = verify_export(&read, Some(&key().public())).unwrap();
    assert!(report.holds(), "{report:#?}");
    assert_eq!((report.streams, report.entries, report.seals, report.evidence, report.unsealed), (1, 3, 2, 1, 0));
    assert_eq!(read.evidence[0].bytes, Some(b"a trace".as_slice().into()));
    let known = Known { seal: Some(read.seals[1].digest().unwrap()), key: None };
    assert!(read.verify(&known).unwrap().holds());
}

#[tokio::test]
async fn an_export_that_was_tampered_with_does_not_hold() {
    type Change = fn(&mut CaseExport);
    let stories: &[(&str, Change)] = &[
        ("the tail was cut", |export| drop(export.entries.pop())),
        ("line 1 is missing before it", |export| drop(export.entries.remove(0))),
        ("line 2 is missing before it", |export| drop(export.entries.remove(1))),
        ("one of them was changed", |export| export.entries[0].payload["title"] = json!("nothing happened")),
        ("it is not the line that seal 2 was made over", |export| export.entries[2].payload["text"] = json!("eno")),
        ("no seal covers it", |export| export.seals.clear()),
        ("no seal covers it", |export| drop(export.seals.pop())),
        ("no seal covers it", |export| {
            let last = export.entries.last().map(|last| (last.seq, last.digest().unwrap()));
            export.entries.push(Entry::after(last, note(on_case('a'), "put in")));
        }),
        ("its signature does not hold", |export| export.seals[1].at = now(99)),
        ("its signature does not hold", |export| export.seals[0].signature = "00".repeat(64)),
        ("it does not follow from seal", |export| export.seals.reverse()),
        ("is not a line of case/bg-aaaaaaaaaaaa", |export| export.entries[1].stream = on_case('b')),
        ("its bytes have another digest", |export| export.evidence[0].digest = Digest::ZERO),
        ("its bytes have another digest", |export| export.evidence[0].bytes = Some(vec![0].into())),
        ("the key it names", |export| export.key = SealKey::from_bytes([8; 32]).public()),
        ("no seal covers it", |export| export.case = case('b')),
        ("use a newer program", |export| export.version = 2),
        ("no seal covers it", |export| export.entries.clear()),
        ("expected line", |export| export.entries[0].seq = u64::MAX),
    ];
    let whole = exported().await;
    for (number, (part, change)) in stories.iter().enumerate() {
        let mut export = whole.clone();
        change(&mut export);
        let report = verify_export(&export, None).unwrap();
        let said = format!("{:#?}", report.problems);
        assert!(!report.holds() && (said.contains(part) || *part == "expected line"), "story {number}, {part}: {said}");
    }
}

#[tokio::test]
async fn any_changed_byte_of_the_file_is_noticed() {
    let export = exported().await;
    let text = export.to_json().unwrap();
    let known = Known { seal: None, key: Some(key().public()) };
    let mut unreadable = 0;
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        match CaseExport::from_json(&changed) {
            Ok(read) if read == export => panic!("byte {at} means nothing"),
            Ok(read) => {
                let holds = read.verify(&known).is_ok_and(|report| report.holds());
                let around = String::from_utf8_lossy(&text[at.saturating_sub(30)..(at + 10).min(text.len())]);
                assert!(!holds, "byte {at} was changed and nothing noticed: …{around}");
            }
            Err(_) => unreadable += 1,
        }
    }
    assert!(unreadable < text.len());
}

#[tokio::test]
async fn another_installation_s_export_is_refused_by_whoever_knows_the_key() {
    let folder = tempfile::TempDir::new().unwrap();
    let forger = SealKey::from_bytes([8; 32]);
    let url = url(&folder.path().join("book.db"));
    let store = Store::open(&url, forger, Options::at(now(0))).await.unwrap();
    write(&store, vec![opened('a'), note(on_case('a'), "all is well")]).await;
    store.seal(now(5)).await.unwrap();
    let export = store.export_case(&case('a')).await.unwrap();
    assert!(verify_export(&export, None).unwrap().holds(), "of one piece, and not known whose");
    let report = verify_export(&export, Some(&key().public())).unwrap();
    assert!(report.problems[0].says.contains("not with the trusted one"), "{report:#?}");
    let real: Seal = exported().await.seals.remove(1);
    let known = Known { seal: Some(real.digest().unwrap()), key: None };
    assert!(export.verify(&known).unwrap().problems[0].says.contains("known from elsewhere"));
}

#[tokio::test]
async fn evidence_beyond_the_limit_is_named_without_its_bytes() {
    let folder = tempfile::TempDir::new().unwrap();
    let limits = store::Limits { export_bytes: 10, ..store::Limits::default() };
    let options = Options { limits, ..Options::at(now(0)) };
    let store = Store::open(&url(&folder.path().join("book.db")), key(), options).await.unwrap();
    let (small, large) = (store.put_evidence(b"12345").await.unwrap(), store.put_evidence(&[7; 100]).await.unwrap());
    let text = json!({ "text": "see these", "see": [small, { "and": large }, Digest::ZERO] });
    write(&store, vec![opened('a'), case::Draft { payload: text, ..note(on_case('a'), "") }]).await;
    store.seal(now(5)).await.unwrap();
    let export = store.export_case(&case('a')).await.unwrap();
    let carried: Vec<_> = export.evidence.iter().map(|kept| (kept.digest, kept.bytes.is_some())).collect();
    let mut expected = vec![(small, true), (large, false)];
    expected.sort();
    assert_eq!(carried, expected);
    assert!(verify_export(&export, None).unwrap().holds());
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    let refused = CaseExport::from_json(b"{\n  \"version\": \"one\"\n}").unwrap_err().to_string();
    assert!(refused.contains("line 2 column"), "{refused}");
}
