//! Transactions made by hand: what is hostile, what is too much, and what single judgements rest on.

use std::collections::BTreeMap;

use alloy_primitives::{U256, address, b256, hex, keccak256};
use atlas::{Atlas, Chain, LabelsBuilder, Layouts, Selectors};
use expect_test::expect;
use facts::{
    Address, Asset, B256, Blind, BlockRef, Bytes, ChainId, Flow, FlowKind, Frame, FrameKind, FrameStatus, Log,
    MappingKey, Read, Sight, TxFacts, Write,
};

use super::{Analysis, Look, Material, Paint, Sender, TokenName, analyse, html, text};

const EOA: Address = address!("00000000000000000000000000000000000000e0");
const THIEF: Address = address!("1111111111111111111111111111111111111111");
const VAULT: Address = address!("2222222222222222222222222222222222222222");
const TOKEN: Address = address!("3333333333333333333333333333333333333333");

fn chain() -> Chain {
    Atlas::embedded().chain(&ChainId::eip155(1)).unwrap().clone()
}

fn frame(parent: Option<u32>, depth: u16, from: Address, to: Address, input: &str) -> Frame {
    Frame {
        parent,
        end: 0,
        depth,
        kind: FrameKind::Call,
        caller: from,
        target: to,
        code: to,
        value: U256::ZERO,
        input: hex::decode(input).unwrap().into(),
        output: Bytes::new(),
        asks_caller: false,
        asks_origin: false,
        clipped: false,
        gas_limit: 1_000_000,
        gas_used: 21_000,
        status: FrameStatus::Success,
        effective: true,
        open: 0,
        close: 0,
    }
}

/// Frames with their ends and their places in the order of events, by their depths.
fn ordered(mut frames: Vec<Frame>) -> Vec<Frame> {
    let mut clock = 0;
    let mut open: Vec<usize> = Vec::new();
    for index in 0..=frames.len() {
        let depth = frames.get(index).map_or(0, |frame| usize::from(frame.depth));
        while open.len() > depth || (index == frames.len() && !open.is_empty()) {
            let closed = open.pop().unwrap();
            frames[closed].end = u32::try_from(index).unwrap();
            frames[closed].close = clock;
            clock += 10;
        }
        if let Some(frame) = frames.get_mut(index) {
            frame.open = clock;
            clock += 10;
            open.push(index);
        }
    }
    frames
}

struct Scene {
    facts: TxFacts,
    tokens: BTreeMap<Address, TokenName>,
    blind: Vec<Blind>,
    sender: Sender,
    selectors: Selectors,
}

impl Scene {
    fn of(frames: Vec<Frame>) -> Self {
        let facts = TxFacts {
            from: EOA,
            to: Some(THIEF),
            gas_used: 21_000,
            gas_price: 1_000_000_000,
            frames: ordered(frames),
            ..TxFacts::default()
        };
        Self {
            facts,
            tokens: BTreeMap::new(),
            blind: Vec::new(),
            sender: Sender::Proved(EOA),
            selectors: Selectors::embedded(),
        }
    }

    fn analysis(&self) -> Analysis {
        let (chain, codes) = (chain(), BTreeMap::new());
        let block = BlockRef { chain: chain.id.clone(), number: 7, hash: B256::ZERO, parent: B256::ZERO };
        analyse(&Material {
            chain: &chain,
            block: &block,
            timestamp: 1_700_000_000,
            builder: None,
            blob_price: None,
            hash: B256::repeat_byte(7),
            sight: Sight::Executed,
            tx: None,
            facts: Some(&self.facts),
            blind: &self.blind,
            sender: self.sender,
            alerts: &[],
            selectors: &self.selectors,
            protocol: None,
            labels: &LabelsBuilder::default().build(),
            layouts: &Layouts::default(),
            tokens: &self.tokens,
            codes: &codes,
            steps: &[],
        })
    }

    fn story(&self) -> String {
        let told = self.analysis().told.unwrap();
        told.story.iter().map(|sentence| format!("{} {:?}\n", sentence.text(), sentence.frames)).collect()
    }
}

fn shown(analysis: &Analysis, width: usize) -> String {
    text(analysis, Look { width, paint: Paint::Plain })
}

#[test]
fn what_strangers_wrote_neither_moves_the_cursor_nor_becomes_a_tag() {
    let evil = "\u{1b}[2J<script>alert(1)</script>\u{202e}\n03:14 all is well";
    let mut root = frame(None, 0, EOA, THIEF, "");
    // Error(string)
    let mut output = hex::decode("08c379a0").unwrap();
    output.extend(U256::from(32).to_be_bytes::<32>());
    output.extend(U256::from(evil.len()).to_be_bytes::<32>());
    output.extend(evil.as_bytes());
    output.resize(4 + 64 + 96, 0);
    root.output = output.into();
    root.status = FrameStatus::Revert;
    root.effective = false;
    let mut scene = Scene::of(vec![root]);
    scene.tokens.insert(TOKEN, TokenName { symbol: evil.chars().take(32).collect(), decimals: 255 });
    let moved = |from, to| Flow {
        asset: Asset::Erc20(TOKEN),
        from,
        to,
        amount: U256::MAX,
        kind: FlowKind::Event,
        frame: 0,
        at: 1,
    };
    scene.facts.flows = vec![moved(VAULT, THIEF)];
    scene.blind = vec![Blind::block(format!("the node said {evil}"))];
    let analysis = scene.analysis();
    for width in [0, 40, 120] {
        let text = shown(&analysis, width);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\n03:14"), "{text}");
        assert!(text.contains("BLIND"), "{text}");
    }
    let page = html(&analysis).unwrap();
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && page.contains("&lt;script&gt;"));
    assert!(page.contains("class=\"blind\""));
    // Programs get it as it is, as data.
    let json = serde_json::to_string(&analysis).unwrap();
    assert!(json.contains("<script>") && serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

#[test]
fn ten_thousand_frames_and_a_thousand_deep_are_told_within_limits() {
    let wide = (1..10_000).map(|_| frame(Some(0), 1, THIEF, VAULT, "deadbeef"));
    let wide = Scene::of([frame(None, 0, EOA, THIEF, "")].into_iter().chain(wide).collect()).analysis();
    let text = shown(&wide, 100);
    assert!(text.contains("[cut] and 9,000 more: --json has them all"), "{}", &text[text.len() - 300..]);
    let page = html(&wide).unwrap();
    assert!(page.contains("Cut here: 6,000 more calls"));
    assert_eq!(page.matches("<div").count(), page.matches("</div>").count());
    assert_eq!(wide.told.unwrap().calls.len(), 10_000);

    let deep = |depth: u16| frame(depth.checked_sub(1).map(u32::from), depth, THIEF, VAULT, "deadbeef");
    let deep = Scene::of((0..1_024).map(deep).collect()).analysis();
    let text = shown(&deep, 60);
    assert!(text.contains("999 deep: "), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 60));
    let page = html(&deep).unwrap();
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    assert!(page.matches("<details").count() <= 104, "browsers have a limit of their own");
}

#[test]
fn no_two_accounts_look_the_same() {
    let twin = address!("1111111111111111111111111111111111111111");
    let poison = address!("1111000000000000000000000000000000001111");
    let scene = Scene::of(vec![frame(None, 0, EOA, twin, ""), frame(Some(0), 1, twin, poison, "")]);
    let told = scene.analysis().told.unwrap();
    let short: Vec<&str> = told.accounts.values().map(|row| row.short.as_str()).collect();
    expect![[r#"["0x0000…00E0", "0x111100…001111", "0x111111…111111"]"#]].assert_eq(&format!("{short:?}"));
}

/// The vault pays before it books, and is entered again meanwhile; or only asked something.
fn reentered(inner: FrameKind) -> Scene {
    let mut again = frame(Some(2), 3, THIEF, VAULT, "00000002");
    again.kind = inner;
    let frames = vec![
        frame(None, 0, EOA, THIEF, ""),
        frame(Some(0), 1, THIEF, VAULT, "00000001"),
        frame(Some(1), 2, VAULT, THIEF, ""),
        again,
    ];
    let mut scene = Scene::of(frames);
    let opens: Vec<u32> = scene.facts.frames.iter().map(|frame| frame.open).collect();
    let closes: Vec<u32> = scene.facts.frames.iter().map(|frame| frame.close).collect();
    let key = MappingKey {
        hash: keccak256([THIEF.into_word().0, U256::from(3).to_be_bytes()].concat()),
        words: [THIEF.into_word(), U256::from(3).to_be_bytes().into()],
    };
    let slot: U256 = key.hash.into();
    scene.facts.keys = vec![key];
    scene.facts.reads = vec![
        Read { slot, value: U256::ZERO, frame: 1, at: opens[1] + 1 },
        Read { slot, value: U256::ZERO, frame: 3, at: opens[3] + 1 },
    ];
    let write = |frame, at, before: u64, after: u64| Write {
        address: VAULT,
        slot,
        before: U256::from(before),
        after: U256::from(after),
        frame,
        at,
    };
    if inner == FrameKind::Call {
        scene.facts.writes.push(write(3, opens[3] + 2, 10, 5));
        scene.facts.writes.push(write(1, closes[2] + 1, 5, 6));
    } else {
        scene.facts.writes.push(write(1, closes[2] + 1, 10, 6));
    }
    scene
}

#[test]
fn a_contract_entered_again_matters_if_what_it_writes_is_stale() {
    expect![[r#"
        0x0000…00E0 called 0x1111…1111 without a function. [0]
        0x1111…1111 entered 0x2222…2222 again by 0x00000002 while its 0x00000001 was not done: what it then wrote into slot 3[0x1111…1111] rests on what it had read before. [1, 3]
        It cost 0.000021 ETH of gas. []
    "#]]
    .assert_eq(&reentered(FrameKind::Call).story());
    // A view in between is how half of all contracts work.
    let viewed = reentered(FrameKind::StaticCall);
    assert!(!viewed.story().contains("entered"), "{}", viewed.story());
    let rows = viewed.analysis().told.unwrap().reentries;
    assert!(rows.iter().any(|row| row.read_only && row.stale_slot.is_none()));
}

/// A lender gives, calls the borrower back, and has `returned` before it is done.
fn lent(returned: u64) -> Scene {
    let lender = VAULT;
    let frames = vec![
        frame(None, 0, EOA, THIEF, ""),
        frame(Some(0), 1, THIEF, lender, "00000001"),
        frame(Some(1), 2, lender, TOKEN, "a9059cbb"),
        frame(Some(1), 2, lender, THIEF, "00000003"),
        frame(Some(3), 3, THIEF, TOKEN, "a9059cbb"),
    ];
    let mut scene = Scene::of(frames);
    let at = |index: usize| scene.facts.frames[index].open + 1;
    let flow = |from, to, amount: u64, frame: u32, at| Flow {
        asset: Asset::Erc20(TOKEN),
        from,
        to,
        amount: U256::from(amount),
        kind: FlowKind::Event,
        frame,
        at,
    };
    let flows = vec![flow(lender, THIEF, 1_000, 2, at(2)), flow(THIEF, lender, returned, 4, at(4))];
    scene.facts.flows = flows;
    scene.tokens.insert(TOKEN, TokenName { symbol: "USD".to_owned(), decimals: 2 });
    scene
}

#[test]
fn a_loan_is_known_by_its_shape_and_its_fee_by_its_size() {
    expect![[r#"
        0x0000…00E0 called 0x1111…1111 without a function. [0]
        0x1111…1111 borrowed 10 USD from 0x2222…2222 and paid it back within the same call, with a fee of 0.01 USD. [1]
        The sender's side came out with less: 0.01 USD, after paying back what was borrowed with its fees. []
        It cost 0.000021 ETH of gas. []
    "#]]
    .assert_eq(&lent(1_001).story());
    assert!(lent(1_000).story().contains("without a fee"));
    // Who pays back half as much again has paid for something else, and who pays back less has not paid back.
    for returned in [1_500, 999] {
        assert!(!lent(returned).story().contains("borrowed"), "{returned}");
    }
}

#[test]
fn a_pool_shows_its_price_before_at_its_worst_and_after() {
    let pool = VAULT;
    let (usd, weth) = (TOKEN, address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"));
    let mut scene = Scene::of(vec![frame(None, 0, EOA, THIEF, ""), frame(Some(0), 1, THIEF, pool, "022c0d9f")]);
    let packed = |usd: u128, weth: u128| U256::from(usd) | (U256::from(weth) << 112) | (U256::from(77) << 224);
    let (before, worst, after) = ((3_000_000, 1_000), (12_000_000, 250), (3_030_000, 990));
    let unit = |(dollars, ether): (u128, u128)| (dollars * 1_000_000, ether * 1_000_000_000_000_000_000);
    let sync = |held: (u128, u128), at| {
        let (usd, weth) = unit(held);
        let data = [U256::from(usd).to_be_bytes::<32>(), U256::from(weth).to_be_bytes::<32>()].concat();
        let topic = b256!("1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1");
        Log { address: pool, topics: vec![topic], data: data.into(), frame: 1, at }
    };
    scene.facts.logs = vec![sync(worst, 12), sync(after, 14)];
    let write = |from, to, at| {
        let word = |held| {
            let (usd, weth) = unit(held);
            packed(usd, weth)
        };
        Write { address: pool, slot: U256::from(8), before: word(from), after: word(to), frame: 1, at }
    };
    scene.facts.writes = vec![write(before, worst, 11), write(worst, after, 13)];
    let flow = |token, at| Flow {
        asset: Asset::Erc20(token),
        from: THIEF,
        to: pool,
        amount: U256::ONE,
        kind: FlowKind::Event,
        frame: 1,
        at,
    };
    scene.facts.flows = vec![flow(usd, 11), flow(weth, 12)];
    scene.tokens.insert(usd, TokenName { symbol: "USD".to_owned(), decimals: 6 });
    // The lower address is the pool's first token: here the dollar; told is the ether in dollars only the other way round.
    let told = scene.analysis().told.unwrap();
    let price = &told.prices[0];
    expect![[r#""333,333,333.33… → 20,833,333.33… → 326,732,673.26…, moved Some(9375), left Some(198)""#]].assert_eq(
        &format!(
            "{:?}",
            format!(
                "{} → {} → {}, moved {:?}, left {:?}",
                price.before.as_deref().unwrap(),
                price.worst,
                price.after,
                price.moved_bp,
                price.left_bp
            )
        ),
    );
    assert!(scene.story().contains("The price of USD in pool 0x2222…2222 was moved by 93.75 %"), "{}", scene.story());
}

#[test]
fn where_it_failed_first_is_found_below_those_that_passed_it_on() {
    let failing = |mut frame: Frame, output: &[u8]| {
        frame.status = FrameStatus::Revert;
        frame.effective = false;
        frame.output = output.to_vec().into();
        frame
    };
    let frames = |swallowed: &[u8]| {
        vec![
            failing(frame(None, 0, EOA, THIEF, ""), b"why1"),
            failing(frame(Some(0), 1, THIEF, VAULT, "00000001"), swallowed),
            failing(frame(Some(0), 1, THIEF, VAULT, "00000002"), b"why1"),
            failing(frame(Some(2), 2, VAULT, TOKEN, "00000003"), b"why1"),
        ]
    };
    assert_eq!(Scene::of(frames(b"other")).analysis().told.unwrap().failed_in, Some(3));
    // Whoever fails after a call that went well failed by himself.
    let mut alone = frames(b"other");
    alone[3].status = FrameStatus::Success;
    assert_eq!(Scene::of(alone).analysis().told.unwrap().failed_in, Some(2));
}

#[test]
fn a_sender_that_did_not_sign_is_said_first() {
    let mut scene = Scene::of(vec![frame(None, 0, EOA, THIEF, "")]);
    scene.sender = Sender::Contradicted { named: EOA, signed: VAULT };
    let analysis = scene.analysis();
    assert!(analysis.blind[0].contains("the signature is of"), "{:?}", analysis.blind);
    let text = shown(&analysis, 100);
    let says = "who signed it: NOT whom the source names";
    assert!(text.contains(says) && text.contains("Do not trust this source."), "{text}");
    assert!(html(&analysis).unwrap().contains("class=\"blind\""));
}
