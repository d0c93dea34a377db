//! A small bundle of a real block, and every byte of it changed in turn.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use atlas::{Atlas, Selectors};
use case::{
    Actor, Attached, CaseId, CaseOpened, Confirmed, Ctx, Draft, Entry, Event, IdempotencyKey, Severity, Stream,
    Timestamp,
};
use detect::{Detectors, Scope, built_in, read_rules};
use rpc::Form;
use store::{CaseExport, Known};
use watch::Recorded;

use super::{Bundle, Case, Files, Gather, Materials, Proof, archive, manifest::Source, pack};
use crate::{BlockRecord, Lens, Seen, Stands, tiers};

/// The first transaction of Ethereum: a block that fits on a page. None where the files are not.
fn bundle() -> Option<Bundle> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let path = corpus.join("mainnet/46147.json.gz");
    if !path.is_file() {
        println!("skipped: no block at `{}`; set BREAKGLASS_CORPUS", path.display());
        return None;
    }
    let recording = Recorded::open(&[path], Form::Ethereum).unwrap().read_next().unwrap().unwrap();
    let chain = Atlas::embedded().chain(&recording.chain).unwrap().clone();
    let detectors = Arc::new(Detectors::new(read_rules(built_in()).unwrap(), Scope::everything()).unwrap());
    let lens = Lens::new(chain.clone(), Arc::clone(&detectors)).unwrap();
    let block = &recording.block;
    let at = block.at(&chain.id);
    let fork = lens.fork(at.number, block.header.timestamp).unwrap();
    let (_, log) = tiers::witnessed(&lens, &at, block, fork, block.witness.as_ref().unwrap());
    let (read, stands) = (log.state(), Stands::Transactions);
    let record =
        BlockRecord::of(&lens, Seen { block, fork, read, stands, observed: Vec::new(), executed: None }).unwrap();

    let alert = detectors.notice(lens.view(), &at, block.header.timestamp, "a test", "somebody looked away").unwrap();
    let id = alert.id().unwrap();
    let case = CaseId::opened_by(&id);
    let opened = CaseOpened {
        title: "A first transaction".into(),
        severity: Severity::High,
        kind: alert.kind.clone(),
        subject: alert.subject.clone(),
        block_time: alert.block_time,
        drill: false,
    };
    let step = Confirmed { key: IdempotencyKey(id), step: "pay".into(), block: Some(at), tx: Some(block.txs[0].hash) };
    let events = [
        Event::CaseOpened(opened),
        Event::Attached(Box::new(Attached { id, alert, because: "opened the case".into() })),
        Event::Confirmed(step),
    ];
    let mut lines: Vec<Entry> = Vec::new();
    for event in events {
        let ctx = Ctx::new(Actor::machine("test"), "a test", Timestamp::UNIX_EPOCH);
        let last = lines.last().map(|line| (line.seq, line.digest().unwrap()));
        lines.push(Entry::after(last, Draft::new(Stream::Case(case.clone()), ctx, &event).unwrap()));
    }
    let export = CaseExport::unsealed(case, lines);
    let materials = Materials {
        made_by: "a test".into(),
        rules: built_in(),
        detectors,
        protocol: None,
        names: Selectors::embedded(),
        data: Files::from([("severity.toml".to_owned(), b"# nothing\n".to_vec())]),
    };
    let chains = BTreeMap::from([(chain.id.clone(), chain)]);
    let case = Case { export, source: Source::Replay, store: None, records: vec![record] };
    let gather = Gather { materials, chains, nodes: BTreeMap::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    Some(runtime.block_on(gather.bundle(case)).unwrap())
}

fn outcome(bundle: &Bundle) -> Proof {
    let (read, problems) = Bundle::from_bytes(&bundle.to_bytes().unwrap()).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    read.prove(&Known::default(), problems).outcome()
}

#[test]
fn every_changed_byte_of_the_file_is_found() {
    let Some(bundle) = bundle() else { return };
    assert_eq!(outcome(&bundle), Proof::Holds);
    let bytes = bundle.to_bytes().unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        if let Ok((_, problems)) = Bundle::from_bytes(&changed) {
            assert!(!problems.is_empty(), "byte {at} was changed, and nobody noticed");
        }
    }
    for more in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat()] {
        assert!(Bundle::from_bytes(more).map_or(true, |(_, problems)| !problems.is_empty()));
    }
}

#[test]
fn a_changed_byte_of_the_archive_is_found_and_its_file_is_named() {
    let Some(bundle) = bundle() else { return };
    let archive = archive::write(&bundle.files).unwrap();
    let mut named = 0;
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 1 << (at % 7);
        // Packed again by somebody who knows how: the outermost digest holds.
        let Ok((read, problems)) = Bundle::from_bytes(&pack::pack(&changed).unwrap()) else { continue };
        if !problems.is_empty() {
            let says = format!("{problems:?}");
            named += usize::from(bundle.files.keys().any(|name| says.contains(name.as_str())));
            continue;
        }
        // The manifest alone is left: what it says is compared with what follows, which takes longer.
        if at % 8 != 0 {
            continue;
        }
        let verdict = read.prove(&Known::default(), problems);
        // Who made it and why something is missing is the manifest's own word; whoever changes it makes another bundle.
        let is_other = verdict.bundle != bundle.id() && verdict.made_by != bundle.manifest.made_by;
        let is_found = verdict.outcome() == Proof::Broken || is_other;
        assert!(is_found, "byte {at} of the archive was changed, and nobody noticed");
    }
    // What cannot be named is the manifest that no longer reads, and the end of the archive.
    assert!(named * 10 > archive.len() * 7, "{named} of {} changes were named", archive.len());
}

/// Changes a file, and makes the manifest fit it as a forger would.
fn forged(bundle: &Bundle, name: &str, change: impl Fn(&mut Vec<u8>)) -> Proof {
    let mut files = bundle.files.clone();
    files.remove(archive::MANIFEST);
    change(files.get_mut(name).unwrap_or_else(|| panic!("no {name}")));
    assert_ne!(files.get(name), bundle.files.get(name), "nothing was changed in {name}");
    outcome(&Bundle::of(bundle.manifest.clone(), files).unwrap())
}

#[test]
fn what_a_forger_changes_with_all_digests_made_anew_does_not_follow_from_the_block() {
    let Some(bundle) = bundle() else { return };
    let only = |prefix: &str| {
        let mut names = bundle.files.keys().filter(|name| name.starts_with(prefix));
        names.next().unwrap().clone()
    };
    let swap = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |bytes: &mut Vec<u8>| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(&from), "no {from} in {text}");
            *bytes = text.replacen(&from, &to, 1).into_bytes();
        }
    };
    let (block, facts) = (only("blocks/"), only("facts/"));
    for (name, from, to) in [
        (&block, "\"fork\":\"frontier\"", "\"fork\":\"homestead\""),
        (&block, "\"executable\":1", "\"executable\":0"),
        (&block, "\"stands\":\"transactions\"", "\"stands\":\"parent\""),
        (&block, "\"header\":\"0xf9", "\"header\":\"0xf8"),
        (&block, "\"chain\":\"eip155:1\"", "\"chain\":\"eip155:2\""),
        (&facts, "\"gas_used\":21000", "\"gas_used\":21001"),
        (&facts, "\"nonce\":0", "\"nonce\":1"),
        (&facts, "{", "{ "),
    ] {
        let outcome = forged(&bundle, name, swap(from, to));
        // Facts may be written with other white space: they are compared by what they say.
        let expected = if to == "{ " { Proof::Holds } else { Proof::Broken };
        assert_eq!(outcome, expected, "{name}: {from} -> {to}");
    }
    let case = "case.json".to_owned();
    assert_eq!(forged(&bundle, &case, swap("somebody looked away", "nobody looked away")), Proof::Broken);
    // A block that is taken out without a word, and one whose absence is admitted.
    let mut manifest = bundle.manifest.clone();
    manifest.blocks.clear();
    let mut files = bundle.files.clone();
    files.remove(archive::MANIFEST);
    assert_eq!(outcome(&Bundle::of(manifest.clone(), files.clone()).unwrap()), Proof::Broken);
    let (what, why) = (format!("block {}", bundle.manifest.blocks[0].hash), "it is secret".to_owned());
    manifest.missing.push(super::Missing { what, why });
    assert_eq!(outcome(&Bundle::of(manifest, files).unwrap()), Proof::Incomplete);
}

#[test]
fn what_unpacks_without_end_or_is_something_else_is_refused() {
    assert!(Bundle::from_bytes(b"").is_err());
    assert!(Bundle::from_bytes(&[0x1f, 0x8b]).is_err());
    assert!(Bundle::from_bytes(&pack::pack(b"no archive").unwrap()).is_err());
    let empty = archive::write(&Files::new()).unwrap();
    let error = Bundle::from_bytes(&pack::pack(&empty).unwrap()).unwrap_err();
    assert!(error.to_string().contains("it holds no `manifest.json`"), "{error}");
}
