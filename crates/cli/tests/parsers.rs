//! Every parser on examples that were changed by chance, the same chance each time: what fuzzing does without being told where
//! it gets. `cargo xtask fuzz` looks further.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "in a test a panic is the report"
)]

#[allow(dead_code, reason = "shared with libFuzzer")]
#[path = "../../../fuzz/src/lib.rs"]
mod parsers;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Changed inputs of each parser, and how long they may take: some are dear where nothing is optimised.
const INPUTS: u64 = 2_000;
const TIME: Duration = Duration::from_secs(3);
/// Bytes of one example. Larger ones find little more, and take their time.
const EXAMPLE_MAX: u64 = 64 << 10;
/// What the forms here are made of, put in by chance.
const WORDS: [&[u8]; 16] = [
    b"0x",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\\u0000",
    b"-1",
    b"1e999",
    b"null",
    b"18446744073709551616",
    b"\n[[x]]\n",
    b"\xf0\x9f\x92\xa5",
    b"\xff",
    b"\0\0\0\0",
];

/// Steele, Lea and Flood's SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or zero.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn changed(example: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut input = example.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(input.len() + 1);
        let end = (at + 1 + chance.below(16)).min(input.len());
        match chance.below(7) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 if at < input.len() => input[at] = u8::try_from(chance.below(256)).unwrap(),
            2 => drop(input.drain(at..end.max(at))),
            3 => input.truncate(at),
            4 => drop(input.splice(at..at, WORDS[chance.below(WORDS.len())].iter().copied())),
            5 => {
                let piece = input[at..end.max(at)].to_vec();
                (0..=chance.below(40)).for_each(|_| drop(input.splice(at..at, piece.iter().copied())));
            }
            _ => {
                let from = chance.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
    input
}

fn gather(path: &Path, end: &str, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() || path.to_string_lossy().ends_with(end) {
            gather(&path, end, files);
        }
    }
}

/// The examples that `parsers.toml` names.
fn examples(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let listed: toml::Table = fs::read_to_string(root.join("fuzz/parsers.toml")).unwrap().parse().unwrap();
    let mut files = Vec::new();
    for seed in listed[name].as_array().unwrap() {
        let (path, end) = seed.as_str().unwrap().split_once(':').unwrap_or((seed.as_str().unwrap(), ""));
        gather(&root.join(path), end, &mut files);
    }
    files.retain(|file| fs::metadata(file).unwrap().len() <= EXAMPLE_MAX);
    assert!(!files.is_empty(), "{name} has no example");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn check(name: &str) {
    let (parser, examples) = (parsers::parser(name), examples(name));
    let mut chance = Chance(0x6272_6561_6b67_6c61);
    let (begun, mut tried) = (Instant::now(), 0);
    while tried < INPUTS && begun.elapsed() < TIME {
        let [one, other] = [(); 2].map(|()| &examples[chance.below(examples.len())]);
        let input = if chance.below(40) == 0 { one.clone() } else { changed(one, other, &mut chance) };
        if std::panic::catch_unwind(|| parser(&input)).is_err() {
            let kept = std::env::temp_dir().join(format!("breakglass-{name}-{tried}"));
            fs::write(&kept, &input).unwrap();
            panic!("{name} fails on input {tried}, which is in {}", kept.display());
        }
        tried += 1;
    }
    println!("{name}: {tried} inputs");
}

macro_rules! parsers {
    ($($test:ident = $name:literal,)*) => {
        $(#[test]
        fn $test() {
            check($name);
        })*

        #[test]
        fn every_parser_is_tried() {
            let mut tried = vec![$($name),*];
            let mut known: Vec<&str> = parsers::PARSERS.iter().map(|(name, _)| *name).collect();
            tried.sort_unstable();
            known.sort_unstable();
            assert_eq!(tried, known);
        }
    };
}

parsers! {
    abi = "abi",
    bundle = "bundle",
    bytecode = "bytecode",
    condition = "condition",
    entry = "entry",
    export = "export",
    facts = "facts",
    import = "import",
    installation = "installation",
    keystore = "keystore",
    labels = "labels",
    layout = "layout",
    playbook = "playbook",
    recording = "recording",
    rlp = "rlp",
    rpc_block = "rpc-block",
    rpc_calls = "rpc-calls",
    rule_card = "rule-card",
    scene = "scene",
}
