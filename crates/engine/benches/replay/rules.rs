//! A hundred thousand rules as a large user writes them: a thousand ways to look, each with many rows of parameters,
//! over ten thousand contracts that the recorded blocks really touch.

use std::{collections::BTreeMap, fmt::Write as _};

use atlas::{BadRows, LabelFile, Labels, LabelsBuilder};
use detect::RuleText;
use facts::{Address, BlockFacts, TxFacts, U256};

/// Transactions of the synthetic blocks, and events of each.
const SYNTHETIC: (usize, usize) = (2_000, 40);
/// Distinct conditions.
pub const CONDITIONS: usize = 1_000;
/// Contracts that the rules are about.
pub const CONTRACTS: usize = 10_000;

/// How the rules are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each has a card of its own.
    Cards,
    /// Each condition has one card, with a file of rows.
    Rows,
}

/// The contracts that take part most, busiest first, and invented ones if there are fewer.
pub fn contracts(blocks: &[BlockFacts]) -> Vec<Address> {
    let mut seen: BTreeMap<Address, usize> = BTreeMap::new();
    for tx in blocks.iter().flat_map(|block| &block.txs) {
        for frame in tx.frames.iter().filter(|frame| !frame.input.is_empty()) {
            *seen.entry(frame.target).or_default() += 1;
        }
        for log in &tx.logs {
            *seen.entry(log.address).or_default() += 1;
        }
    }
    let mut seen: Vec<_> = seen.into_iter().map(|(contract, count)| (std::cmp::Reverse(count), contract)).collect();
    seen.sort_unstable();
    let invented = (0u64..).map(|number| Address::from_word(U256::from(number + 0x00c0_ffee).into()));
    seen.into_iter().map(|(_, contract)| contract).chain(invented).take(CONTRACTS).collect()
}

/// The first so many rules. Each contract has ten: the rules of one row are about ten thousand contracts in turn.
pub fn rules(form: Form, contracts: &[Address], count: usize) -> Box<dyn Iterator<Item = RuleText> + '_> {
    match form {
        // Contracts and conditions go round in steps that have no common part, so that every contract meets every kind.
        Form::Cards => {
            let step = rules_total().div_ceil(count.max(1)).max(1);
            Box::new((0..rules_total()).step_by(step).take(count).map(|number| card(number, contracts)))
        }
        Form::Rows => {
            let mut cards: BTreeMap<usize, RuleText> = BTreeMap::new();
            for number in 0..count {
                let (contract, condition) = place(number, contracts);
                let card = cards.entry(condition).or_insert_with(|| {
                    let text = card(number, contracts);
                    let card = text.card.replace("schema = 1", "schema = 1\ninstances = \"rows.csv\"");
                    RuleText { card, files: vec![("rows.csv".into(), "name,contract,limit\n".into())], ..text }
                });
                writeln!(card.files[0].1, "row-{number},{contract},{}", limit(number))
                    .expect("a string takes what is written to it");
            }
            Box::new(cards.into_values())
        }
    }
}

/// All of them.
pub fn rules_total() -> usize {
    100_000
}

/// The contract and the condition of a rule.
fn place(number: usize, contracts: &[Address]) -> (Address, usize) {
    (contracts[number % contracts.len()], (number / contracts.len() * 101 + number * 7) % CONDITIONS)
}

/// High enough that rules about calls and logs look and stay silent, as rules do. Those about movements of value are not woken
/// by less than their limit.
fn limit(number: usize) -> U256 {
    U256::MAX - U256::from(number)
}

fn card(number: usize, contracts: &[Address]) -> RuleText {
    let (contract, condition) = place(number, contracts);
    let shape = shape(condition);
    let id = format!("rule-{number:06}");
    let Shape { on, when, subject, evidence, message } = shape;
    let card = format!(
        r#"schema = 1
id = "{id}"
title = "A watch of the operations team over one of its contracts"
family = "operations"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "low"
confidence = 60
maturity = "incubating"
needs = {{ sight = "calls", evidence = [{evidence}] }}
tags = ["operations", "treasury"]
references = ["https://example.org/runbooks/treasury"]
[condition]
on = "{on}"
where = "everything"
when = '''{when}'''
subject = "{subject}"
message = "{message}"
[parameters]
contract = "{contract}"
limit = "{}"
"#,
        limit(number)
    );
    let page = "What it sees. Why it matters. First three checks: 1. 2. 3. False alarms. Response.".to_owned();
    RuleText { folder: format!("operations/{id}"), card, page, files: Vec::new() }
}

struct Shape {
    on: &'static str,
    when: String,
    subject: &'static str,
    evidence: &'static str,
    message: &'static str,
}

/// One of the conditions. They differ in what they look at, in which function or event, and in how they compare.
fn shape(number: usize) -> Shape {
    const EVENTS: [&str; 10] = [
        "Transfer(address,address,uint256)",
        "Approval(address,address,uint256)",
        "Swap(address,uint256,uint256,uint256,uint256,address)",
        "Swap(address,address,int256,int256,uint160,uint128,int24)",
        "Sync(uint112,uint112)",
        "Deposit(address,uint256)",
        "Withdrawal(address,uint256)",
        "OwnershipTransferred(address,address)",
        "Upgraded(address)",
        "Paused(address)",
    ];
    const FUNCTIONS: [&str; 10] = [
        "transfer(address,uint256)",
        "transferFrom(address,address,uint256)",
        "approve(address,uint256)",
        "balanceOf(address)",
        "swap(uint256,uint256,address,bytes)",
        "withdraw(uint256)",
        "deposit()",
        "execute(bytes,bytes[],uint256)",
        "upgradeTo(address)",
        "pause()",
    ];
    let (kind, variant) = (number % 4, number / 4);
    let (name, guard) = (variant % 10, variant / 10);
    match kind {
        0 => Shape {
            on: "log",
            when: format!(
                "log.address == address(params.contract) && log.topic0 == topic('{}') && size(log.data) >= 32 && \
                 number(log.word(0)) / {} > params.limit",
                EVENTS[name],
                guard + 1
            ),
            subject: "log.address",
            evidence: "\"log\"",
            message: "{log.address} said more than {params.limit}",
        },
        1 => Shape {
            on: "call",
            when: format!(
                "call.to == address(params.contract) && call.selector == selector('{}') && call.succeeded && \
                 call.value + {guard} > params.limit",
                FUNCTIONS[name]
            ),
            subject: "call.to",
            evidence: "\"call\"",
            message: "{call.to} was called with {call.value} wei",
        },
        2 => Shape {
            on: "flow",
            when: format!(
                "flow.token == address(params.contract) && flow.amount / {} > params.limit && flow.from != tx.from",
                variant + 1
            ),
            subject: "flow.from",
            evidence: "\"flow\", \"call\"",
            message: "{flow.amount} of {flow.token} left {flow.from}",
        },
        _ => Shape {
            on: "flow",
            when: format!(
                "(flow.from == address(params.contract)) && flow.asset == 'native' && flow.amount / {} > params.limit",
                variant + 1
            ),
            subject: "flow.from",
            evidence: "\"flow\"",
            message: "{flow.amount} wei left {flow.from}",
        },
    }
}

/// So many labels of invented accounts, as a labelled dataset brings them.
pub fn labels(count: usize) -> Labels {
    let mut builder = LabelsBuilder::embedded();
    for part in 0..count.div_ceil(100_000) {
        let mut text = "address,chain,kinds,name,source,date\n".to_owned();
        for number in (part * 100_000..count).take(100_000) {
            let address = alloy_primitives::keccak256(number.to_be_bytes());
            let address = Address::from_word(address);
            writeln!(text, "{address},eip155:1,phishing,Fake_Phishing{number},dataset,2026-01-01")
                .expect("a string takes what is written to it");
        }
        let name = format!("part-{part}.csv");
        let file =
            LabelFile { file: &name, text: &text, chain: None, kinds: None, source: "bench", date: Some("2026-01-01") };
        builder.read(&file, BadRows::Refuse).expect("the labels are right");
    }
    builder.build()
}

/// Blocks of invented transactions in the form of real ones: half of their events at watched contracts, or none.
pub fn synthetic(blocks: &[BlockFacts], watched: &[Address]) -> Vec<BlockFacts> {
    let Some(model) = blocks.first() else { return Vec::new() };
    let real = || blocks.iter().flat_map(|block| &block.txs);
    let (logs, frames) = (real().flat_map(|tx| &tx.logs), real().flat_map(|tx| &tx.frames));
    let (mut logs, mut frames) = (logs.cycle(), frames.cycle());
    let mut next = 0u64;
    let mut account = move || {
        next += 1;
        let number = usize::try_from(next).unwrap_or(0);
        if next.is_multiple_of(2) && !watched.is_empty() {
            watched[number * 31 % watched.len()]
        } else {
            Address::from_word(alloy_primitives::keccak256(next.to_be_bytes()))
        }
    };
    let (count, of_each) = SYNTHETIC;
    let mut txs = Vec::new();
    for index in 0..count {
        let mut tx = TxFacts { index: u32::try_from(index).unwrap_or(0), from: account(), ..TxFacts::default() };
        tx.hash = alloy_primitives::keccak256(index.to_be_bytes());
        for _ in 0..of_each / 4 {
            let mut frame = frames.next().expect("recorded blocks have calls").clone();
            (frame.target, frame.parent, frame.end, frame.depth) = (account(), None, 0, 0);
            frame.code = frame.target;
            tx.frames.push(frame);
            let mut log = logs.next().expect("recorded blocks have logs").clone();
            log.address = account();
            tx.logs.push(log);
            for asset in [facts::Asset::Native, facts::Asset::Erc20(account())] {
                let (kind, amount) = (facts::FlowKind::Call, U256::from(index + 1));
                tx.flows.push(facts::Flow { asset, from: account(), to: account(), amount, kind, frame: 0, at: 0 });
            }
        }
        txs.push(tx);
    }
    let of = u32::try_from(txs.len()).unwrap_or(u32::MAX);
    vec![BlockFacts { txs, of, observed: Vec::new(), blind: Vec::new(), ..model.clone() }]
}
