//! Stories over two chains, by their files, and what no story has room for.

use std::path::{Path, PathBuf};

use facts::{AccountId, B256, BlockFacts, Observed, Sight};
use serde::Deserialize;

use super::{figures::Favour, figures::Figures, figures::Over, *};
use crate::{RuleText, Scope, Sign, built_in, read_rules};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    story: String,
    expect: Vec<String>,
}

/// Two chains, and what was said of them.
struct Stage {
    detectors: Detectors,
    crossings: Crossings,
    sides: [(ChainId, String, Vec<BlockRef>); 2],
    /// Blocks so far, lost ones too: no two have the same hash.
    made: u64,
    said: Vec<String>,
}

impl Stage {
    fn of(example: RuleText, scope: Scope) -> Self {
        let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
        let detectors = Detectors::new(read_rules(blind_spot.chain([example])).unwrap(), scope).unwrap();
        let card = detectors.cards().iter().find(|card| card.crossing.is_some()).unwrap();
        let side = |at: usize| (card.questions[at].chain.clone(), card.questions[at].name.clone(), Vec::new());
        let sides = [side(0), side(1)];
        let crossings = Crossings::new(&detectors, sides.iter().map(|(chain, ..)| chain.clone()));
        Self { detectors, crossings, sides, made: 0, said: Vec::new() }
    }

    fn play(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let side = ["backing", "issue"].iter().position(|name| *name == words[0]).unwrap();
        match words[1..] {
            ["at", time, "is", figure] => self.block(side, time.parse().unwrap(), figure),
            ["loses", blocks] => self.lose(side, blocks.parse().unwrap()),
            _ => panic!("`{line}` is no line of a story"),
        }
    }

    fn block(&mut self, side: usize, time: u64, figure: &str) {
        self.made += 1;
        let (chain, name, blocks) = &mut self.sides[side];
        let parent = blocks.last().map_or(B256::ZERO, |last| last.hash);
        let number = blocks.len() as u64 + 1;
        let hash = B256::from(U256::from(self.made));
        let at = BlockRef { chain: chain.clone(), number, hash, parent };
        blocks.push(at.clone());
        let answer = match figure {
            "unseen" => Answer::Blind("the node is away".to_owned()),
            figure => Answer::View(Ok(figure.parse::<U256>().unwrap().to_be_bytes_vec().into())),
        };
        let facts = BlockFacts {
            block: at,
            timestamp: time,
            sight: Sight::Executed,
            txs: Vec::new(),
            of: 0,
            observed: vec![Observed { name: name.clone(), answer }],
            blind: Vec::new(),
        };
        let view = ChainView { id: chain.clone(), slip44: 60, wrapped: Vec::new() };
        let told = self.crossings.seen(&self.detectors, &view, &facts);
        for alert in told.alerts {
            let (severity, kind, subject) = (alert.severity, &alert.kind, &alert.subject);
            self.said.push(format!("{} {time} {severity} {kind} {subject}: {}", view.id, alert.message));
        }
        self.said
            .extend(told.blind.into_iter().map(|(part, why)| format!("{} {time} blind to {part}: {why}", view.id)));
    }

    fn lose(&mut self, side: usize, lost: usize) {
        let (.., blocks) = &mut self.sides[side];
        blocks.truncate(blocks.len() - lost);
        let to = blocks.last().unwrap().clone();
        for (_, chain, block) in self.crossings.reverted(&to) {
            self.said.push(format!("{chain} withdrawn, as block {} of {} is lost", block.number, block.chain));
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/crossings/locked-covers-issued")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn example(change: impl Fn(String) -> String) -> RuleText {
    let card = change(text(&folder().join("example.toml")));
    let page = text(&folder().join("page.md"));
    RuleText { folder: "crossings/locked-covers-issued".to_owned(), card, page, ..RuleText::default() }
}

#[test]
fn every_story_over_two_chains_ends_as_its_file_says() {
    let page = text(&folder().join("page.md"));
    for part in ["What it sees.", "Why it matters.", "First three checks", "False alarms.", "Response."] {
        assert!(page.contains(part), "{part}");
    }
    let mut cases: Vec<_> =
        std::fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let (mut signs, mut wrong) = (Vec::new(), Vec::new());
    for path in cases {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let written = text(&path);
        let case: Case = toml::from_str(&written).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!case.about.is_empty(), "{name}");
        let mut stage = Stage::of(example(|card| card), Scope::everything());
        case.story.lines().for_each(|line| stage.play(line));
        let sign = Sign::of(&name).unwrap_or_else(|| panic!("{name} is neither a hit nor a near miss"));
        assert_eq!(sign == Sign::Hit, !stage.said.is_empty(), "{name}: {:#?}", stage.said);
        signs.push(sign);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let (before, _) = written.split_once("expect = ").unwrap();
            let lines: String =
                stage.said.iter().map(|line| format!("    {},\n", toml::Value::from(line.as_str()))).collect();
            let list = if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}]") };
            std::fs::write(&path, format!("{before}expect = {list}\n")).unwrap();
        } else if stage.said != case.expect {
            wrong.push(format!("{name}\n  expected {:#?}\n  but {:#?}", case.expect, stage.said));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(signs.contains(&Sign::Hit) && signs.contains(&Sign::NearMiss));
}

#[test]
fn what_is_protected_weighs_as_it_should_on_whichever_chain_the_block_is() {
    let issue = AccountId {
        chain: ChainId::eip155(10),
        address: "0x0000000000000000000000000000000000000b22".parse().unwrap(),
    };
    let mut stage = Stage::of(example(|card| card), Scope::protecting([(issue, "Token".to_owned())]));
    for line in ["issue at 0 is 1000000000000000000000", "backing at 1 is 100000000"] {
        stage.play(line);
    }
    assert_eq!(stage.said.len(), 1);
    assert!(stage.said[0].starts_with("eip155:1 1 critical bridge/mint-without-lock eip155:10:0x"), "{:?}", stage.said);
}

#[test]
fn a_chain_that_nobody_follows_is_told() {
    let Stage { detectors, sides, .. } = Stage::of(example(|card| card), Scope::everything());
    let [backing, issue] = sides.map(|(chain, ..)| chain);
    let crossings = Crossings::new(&detectors, [backing.clone()]);
    let [(part, why)] = &crossings.one_legged(&backing)[..] else { panic!("one side is missing") };
    assert!(part.contains("locked-covers-issued") && why.contains("`eip155:10` is not followed"), "{part}: {why}");
    assert!(Crossings::new(&detectors, [backing.clone(), issue]).one_legged(&backing).is_empty());
}

#[test]
fn a_card_that_compares_nothing_is_refused() {
    let refused = |from: &str, to: &str| {
        let changed = example(|card| {
            assert!(card.contains(from), "{from}");
            card.replace(from, to)
        });
        let built = read_rules(built_in().into_iter().chain([changed]))
            .and_then(|cards| Detectors::new(cards, Scope::everything()));
        built.map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    };
    for (from, to, says) in [
        ("eip155:10\"", "eip155:1\"", "both sides are on one chain"),
        ("lag_seconds = 60", "lag_seconds = 0", "`0` seconds are out of range"),
        ("decimals = 18", "decimals = 200", "`200` decimals are too many"),
        ("\"500\"", "\"0.1234567890123456789\"", "more than 18 digits"),
        ("[\"observed\"]", "[\"call\"]", "`needs.evidence` does not name"),
        ("call = \"totalSupply()\"", "call = \"totalSupply()\"\ninput = \"0x18160ddd\"", "does not ask one thing"),
        ("[needs]", "[parameters]\nlimit = 1\n\n[needs]", "a crossing and more to run"),
        ("id = \"locked-covers-issued\"", "id = \"drain\"", "is a detector in Rust"),
    ] {
        let told = refused(from, to);
        assert!(told.contains(says), "{from} => {to}: {told}");
    }
}

#[test]
fn many_blocks_need_little_room_and_favour_silence() {
    let at = |number: u64| BlockRef {
        chain: ChainId::eip155(1),
        number,
        hash: B256::from(U256::from(number)),
        parent: B256::from(U256::from(number - 1)),
    };
    let (mut most, mut least) = (Figures::new(Favour::Most), Figures::new(Favour::Least));
    for number in 1..=50_000 {
        let value = Some(U256::from(number % 7 + 1));
        most.take(&at(number), number, value);
        least.take(&at(number), number, value);
    }
    assert!(most.len() <= 4_096 && least.len() <= 4_096);
    assert_eq!(most.over(10_000, 50_000), Over::Value(U256::from(7)));
    assert_eq!(least.over(10_000, 50_000), Over::Value(U256::from(1)));
    // The newest blocks are each kept by themselves: a reorganisation leaves exactly what was before it.
    assert!(most.revert(&at(49_990)));
    assert_eq!((most.head().unwrap().1, most.newest()), (49_990, Some(U256::from(49_990 % 7 + 1))));
    let mut blind = Figures::new(Favour::Most);
    for number in 1..=10_000 {
        blind.take(&at(number), number, (number != 100).then_some(U256::from(number)));
    }
    assert_eq!(blind.over(1, 10_000), Over::Blind, "what is not known does not thin out");
    assert_eq!(Figures::new(Favour::Most).over(1, 2), Over::Young);
    let mut gap = Figures::new(Favour::Least);
    for number in [1, 2, 9, 10] {
        gap.take(&at(number), number, Some(U256::from(number)));
    }
    let known = [gap.over(1, 2), gap.over(2, 10), gap.over(9, 10)];
    assert_eq!(known, [Over::Blind, Over::Blind, Over::Value(U256::from(9))], "blocks that nobody looked at");
}

#[test]
fn amounts_are_told_to_the_last_digit() {
    let all = U256::MAX;
    assert_eq!(amount(U256::ZERO, 18), "0");
    assert_eq!(amount(U256::from(1), 18), "0.000000000000000001");
    assert_eq!(amount(U256::from(1_500_000), 6), "1.5");
    assert_eq!(amount(all, 0), all.to_string());
}
