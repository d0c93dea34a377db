//! Witness files, real ones and hostile ones.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{fs, io::Write, path::PathBuf};

use expect_test::{Expect, expect};
use facts::ChainUpdate;
use flate2::{Compression, write::GzEncoder};
use rpc::Form;
use serde_json::{Value, json};
use watch::{News, Recorded, Source};

#[tokio::test]
async fn the_corpus_comes_in_order_of_height() {
    let corpus = std::env::var_os("BREAKGLASS_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: no corpus at {} (set BREAKGLASS_CORPUS)", corpus.display());
        return;
    }
    let mut source = Recorded::open(&[corpus.join("mainnet")], Form::Ethereum).unwrap();
    assert_eq!(source.chain(), None);
    let (mut last, mut blocks, mut txs, mut partial) = (0, 0, 0, Vec::new());
    while let Some(news) = source.next().await.unwrap() {
        let News::Update(ChainUpdate::Commit(block)) = news else { panic!("{news:?}") };
        assert!(block.header.number > last, "{} after {last}", block.header.number);
        last = block.header.number;
        blocks += 1;
        let witness = block.witness.as_ref().unwrap();
        txs += witness.executable;
        if (witness.executable as usize) < block.txs.len() {
            partial.push((last, witness.executable, block.txs.len()));
        }
        assert_eq!(block.receipts.as_ref().unwrap().len(), witness.executable as usize);
        assert_eq!(source.chain().unwrap().as_str(), "eip155:1");
    }
    assert_eq!((blocks, txs, partial), (42, 11_135, vec![(20_176_155, 24, 205)]));
}

fn witness() -> Value {
    let block: Value = serde_json::from_str(include_str!("../../rpc/tests/data/46147.json")).unwrap();
    json!({ "chain": "eip155:1", "block": block, "executable": 1, "pre_state": {
        "0xa1e4380a3b1f749673e270229993ee55f35663b4": { "balance": "0x6c6b935b8bbd400000", "nonce": 0 } } })
}

/// Writes a file, reads it as a witness, and tells what came of it.
fn check(name: &str, bytes: &[u8], told: Expect) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let read = Recorded::open(&[folder.path().to_owned()], Form::Ethereum).and_then(|mut recorded| {
        match recorded.read_next() {
            Some(read) => read.map(|recording| format!("{} {}", recording.chain, recording.block.header.number)),
            None => Ok("nothing".into()),
        }
    });
    let text = read.unwrap_or_else(|error| error.to_string());
    told.assert_eq(&text.replace(&folder.path().display().to_string(), "folder"));
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn edited(edit: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value = witness();
    edit(&mut value);
    pack(value.to_string().as_bytes())
}

#[test]
fn good_files_are_read_packed_or_not() {
    check("46147.json.gz", &edited(|_| {}), expect!["eip155:1 46147"]);
    check("46147.json", witness().to_string().as_bytes(), expect!["eip155:1 46147"]);
}

#[test]
fn broken_files_are_named_with_a_remedy() {
    let whole = edited(|_| {});
    check(
        "a.json.gz",
        &whole[..whole.len() / 2],
        expect!["`folder/a.json.gz`: is broken (incomplete deflate stream): copy or record it again"],
    );
    check(
        "a.json.gz",
        b"\x1f\x8bnonsense",
        expect!["`folder/a.json.gz`: is broken (invalid gzip header): copy or record it again"],
    );
    check(
        "a.json.gz",
        &pack(b"{"),
        expect!["`folder/a.json.gz`: is not a witness file: `?`: EOF while parsing an object at line 1 column 1"],
    );
    check(
        "a.json.gz",
        &pack(b"[]"),
        expect![
            "`folder/a.json.gz`: is not a witness file: `.`: invalid length 0, expected a witness of one block at line 1 column 2"
        ],
    );
    check(
        "a.json.gz",
        &pack(b"\xff\xfe"),
        expect!["`folder/a.json.gz`: is broken (stream did not contain valid UTF-8): copy or record it again"],
    );
    check(
        "a.json",
        b"",
        expect!["`folder/a.json`: is not a witness file: `.`: EOF while parsing a value at line 1 column 0"],
    );
    check("notes.txt", b"", expect!["`folder`: holds no witness file: expected names that end in .json or .json.gz"]);
}

#[test]
fn hostile_content_is_named_with_its_field() {
    check(
        "a.json.gz",
        &edited(|file| file["chain"] = json!("mainnet")),
        expect![
            "`folder/a.json.gz`: is not a witness file: `chain`: `mainnet` is not a CAIP-2 chain id: expected `eip155:1` at line 1 column 18"
        ],
    );
    check(
        "a.json.gz",
        &edited(|file| file["executable"] = json!(2)),
        expect!["`folder/a.json.gz`: `executable` is `2` but the block has `1` transactions"],
    );
    check(
        "a.json.gz",
        &edited(|file| file["block"]["gasUsed"] = json!("0x1")),
        expect![
            "`folder/a.json.gz`: `hash` of block `46147` does not verify: given `0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd`, computed `0x7ba2c984bb9bf67a1df59ab212396170f712e34c6374a861c9cd526f1b9b69ce`: fetch the block again from a node"
        ],
    );
    check(
        "a.json.gz",
        &edited(|file| file["pre_state"] = json!({ "0x12": {} })),
        expect![
            "`folder/a.json.gz`: is not a witness file: `pre_state.0x12`: invalid string length at line 1 column 2044"
        ],
    );
    check(
        "a.json.gz",
        &edited(|file| file["receipts"] = json!([{}])),
        expect![
            "`folder/a.json.gz`: `[0]` of a list of receipts: missing field `cumulativeGasUsed` at line 1 column 3: fetch the block again from a node"
        ],
    );
    let deep = format!("{{\"chain\":\"eip155:1\",\"block\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    check(
        "a.json.gz",
        &pack(deep.as_bytes()),
        expect!["`folder/a.json.gz`: is not a witness file: `.`: missing field `executable` at line 1 column 200029"],
    );
}

#[test]
fn a_file_that_unpacks_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.json.gz");
    let mut packer = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..520 {
        packer.write_all(&spaces).unwrap();
    }
    packer.finish().unwrap();
    let error = Recorded::open(&[path], Form::Ethereum).unwrap().read_next().unwrap().unwrap_err().to_string();
    assert!(error.contains("unpacks to more than 536870912 bytes"), "{error}");
}
