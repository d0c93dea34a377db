use facts::*;
use proptest::prelude::*;

use super::Workshop;
use crate::{
    BlockCtx, ChainView, Detector, Detectors, Findings, Memory, MemoryView, RuleCard, RuleText, Scope as Protected,
    TxCtx, Wake, built_in, read_rules,
};

/// A rule with this condition. `more` goes after it.
fn card(id: &str, on: &str, place: &str, when: &str, subject: &str, more: &str) -> RuleText {
    let card = format!(
        r#"schema = 1
id = "{id}"
title = "x"
family = "x"
kind = "rug/owner-drain"
severity = "high"
severity_elsewhere = "medium"
confidence = 50
maturity = "sandbox"
needs = {{ sight = "calls", evidence = ["call", "flow", "log", "storage", "observed"] }}
[condition]
on = "{on}"
where = "{place}"
when = '''{when}'''
subject = "{subject}"
message = "it happened"
{more}"#
    );
    RuleText { folder: format!("x/{id}"), card, page: "x".into() }
}

fn chain() -> ChainView {
    ChainView { id: ChainId::eip155(1), slip44: 60, wrapped: Vec::new() }
}

fn account(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn block(txs: Vec<TxFacts>, observed: Vec<Observed>) -> BlockFacts {
    let block = BlockRef { chain: chain().id, number: 1, hash: B256::repeat_byte(1), parent: B256::ZERO };
    BlockFacts { block, timestamp: 12, sight: Sight::Executed, of: txs.len() as u32, txs, observed, blind: Vec::new() }
}

fn detectors(rules: impl IntoIterator<Item = RuleText>, scope: Protected) -> Detectors {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
    Detectors::new(read_rules(blind_spot.chain(rules)).unwrap(), scope).unwrap()
}

#[test]
fn equal_conditions_are_checked_once_and_shared() {
    let mut workshop = Workshop::default();
    let rules = [
        card("a", "call", "everything", "call.value > 1", "call.to", ""),
        card("b", "call", "everything", "call.value > 1", "tx.from", ""),
        card("c", "call", "everything", "call.value > params.x", "call.to", "[parameters]\nx = 1"),
        card("d", "call", "everything", "call.value > params.x", "call.to", "[parameters]\nx = 2"),
        card("e", "flow", "everything", "tx.value > 1", "flow.to", ""),
        card("f", "call", "everything", "tx.value > 1", "call.to", ""),
    ];
    for card in read_rules(rules).unwrap() {
        workshop.build(&card).unwrap();
    }
    assert_eq!(workshop.len(), 5);
}

#[test]
fn a_rule_that_cannot_judge_says_so_and_judges_the_rest() {
    let rules = [card("a", "log", "everything", "number(log.word(0)) == 5", "log.address", "")];
    let log = |data: &[u8]| Log { address: account(2), data: data.to_vec().into(), ..Log::default() };
    let five = U256::from(5).to_be_bytes::<32>();
    let tx = TxFacts { to: Some(account(2)), logs: vec![log(&[1]), log(&five), log(&[])], ..TxFacts::default() };
    let seen = detectors(rules, Protected::everything())
        .block(&chain(), &block(vec![tx], vec![]), &mut Memory::default())
        .unwrap();
    let told: Vec<_> =
        seen.alerts.iter().map(|alert| format!("{} {} {}", alert.severity, alert.kind, alert.message)).collect();
    assert_eq!(
        told,
        [
            "medium rug/owner-drain it happened",
            "low sight/blind rule a could not judge this transaction: the data is shorter than the word that was asked for; guard it with `size()`",
        ]
    );
}

#[test]
fn foreign_contracts_make_no_trouble_for_a_rule_about_protected_ones() {
    let rules = [card("a", "log", "protected", "number(log.word(0)) == 5", "log.address", "")];
    let scope = Protected::protecting([(AccountId { chain: chain().id, address: account(3) }, "Vault".into())]);
    let log = |contract| Log { address: account(contract), data: vec![1].into(), ..Log::default() };
    let run = |logs| {
        let tx = TxFacts { logs, ..TxFacts::default() };
        detectors(rules.clone(), scope.clone())
            .block(&chain(), &block(vec![tx], vec![]), &mut Memory::default())
            .unwrap()
            .alerts
            .len()
    };
    assert_eq!((run(vec![log(2)]), run(vec![log(2), log(3)])), (0, 1));
}

#[test]
fn answers_to_standing_questions_are_judged_and_a_missing_one_is_blind() {
    let question = "[[question]]\nname = 'assets'\nchain = 'eip155:1'\naddress = '0x0303030303030303030303030303030303030303'\nslot = '5'";
    let rules = [card(
        "a",
        "observed",
        "everything",
        "observed.value != null && observed.value < 10",
        "observed.address",
        question,
    )];
    let detectors = detectors(rules, Protected::everything());
    let [(name, asked)] = &detectors.standing(&block(vec![], vec![]).block)[..] else { panic!() };
    assert!(matches!(asked.ask, Ask::Slot { .. }));
    for (answer, kinds) in [
        (Answer::Slot(U256::from(9)), &["rug/owner-drain"][..]),
        (Answer::Slot(U256::from(10)), &[]),
        (Answer::View(Ok(U256::from(3).to_be_bytes::<32>().into())), &["rug/owner-drain"]),
        (Answer::View(Err("reverted".into())), &[]),
        (Answer::Blind("budget".into()), &["sight/blind"]),
    ] {
        let observed = vec![Observed { name: name.clone(), answer }];
        let seen = detectors.block(&chain(), &block(vec![], observed), &mut Memory::default()).unwrap();
        let told: Vec<_> = seen.alerts.iter().map(|alert| alert.kind.as_str()).collect();
        assert_eq!(told, kinds);
    }
    let seen = detectors.block(&chain(), &block(vec![], vec![]), &mut Memory::default()).unwrap();
    assert_eq!(seen.alerts[0].message, "rule a could not judge the answer to a/assets: a field was not seen");
}

/// A detector that every transaction wakes: what the dispatch is measured by.
struct Sleepless(Box<dyn Detector>);

impl Detector for Sleepless {
    fn card(&self) -> &RuleCard {
        self.0.card()
    }

    fn wakes(&self) -> Vec<Wake> {
        vec![Wake::Tx, Wake::Block]
    }

    fn tx(&self, ctx: &TxCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        self.0.tx(ctx, memory, out);
    }

    fn block(&self, ctx: &BlockCtx<'_>, memory: &mut MemoryView<'_>, out: &mut Findings<'_>) {
        self.0.block(ctx, memory, out);
    }
}

fn rules() -> Vec<RuleText> {
    let two = "address('0x0202020202020202020202020202020202020202')";
    let rule = |id: &str, on: &str, place: &str, when: &str, subject: &str| card(id, on, place, when, subject, "");
    vec![
        rule("a", "call", "everything", &format!("call.to == {two} && call.succeeded"), "call.to"),
        rule(
            "b",
            "call",
            "everything",
            &format!("call.code == {two} || call.selector == selector('0x01010101')"),
            "call.to",
        ),
        rule("b2", "call", "everything", &format!("call.code == {two}"), "call.to"),
        rule("c", "call", "everything", "call.selector in [selector('0x01010101'), selector('0x02020202')]", "call.to"),
        rule("d", "call", "protected", "call.value > 1", "call.to"),
        rule(
            "e",
            "log",
            "everything",
            "log.topic0 == hash('0x0101010101010101010101010101010101010101010101010101010101010101')",
            "log.address",
        ),
        rule("f", "log", "protected", "log.topic0 != null", "log.address"),
        rule("g", "flow", "everything", "flow.asset == 'native' && flow.amount > 1", "flow.to"),
        rule("h", "flow", "protected", "flow.amount >= 1", "flow.from"),
        rule("i", "flow", "everything", &format!("flow.to == {two} && tx.succeeded"), "flow.to"),
        rule("j", "change", "everything", &format!("change.contract == {two}"), "change.contract"),
        rule("k", "change", "protected", "!change.announced", "change.contract"),
        rule("l", "tx", "everything", &format!("tx.to == {two} && tx.logs.exists(l, l.address != tx.from)"), "tx.from"),
        rule("m", "tx", "protected", "size(tx.flows) > 0", "tx.to"),
        rule("n", "call", "everything", "protected(call.code) && !call.effective", "call.code"),
        rule("o", "tx", "protected", "tx.from != tx.to", "tx.from"),
    ]
}

prop_compose! {
    /// Transactions over five accounts; call, log, flow and change each touch others of them.
    fn txs()(seed in prop::collection::vec((0u8..5, 0u8..5, 0u8..5, 0u8..5, any::<bool>()), 0..5)) -> Vec<TxFacts> {
        let mut txs = Vec::new();
        for (index, (from, to, other, amount, flag)) in seed.into_iter().enumerate() {
            let frame = |target: u8, code: u8| Frame {
                parent: None, end: 1, depth: 0, kind: FrameKind::Call, caller: account(from), target: account(target),
                code: account((code + 2) % 5), value: U256::from(amount), input: vec![amount; 4].into(), output: Bytes::new(),
                clipped: false, gas_limit: 0, gas_used: 0,
                status: if flag { FrameStatus::Success } else { FrameStatus::Revert }, effective: flag, open: 0, close: 1,
            };
            let asset = if flag { Asset::Native } else { Asset::Erc20(account(other)) };
            let mut tx = TxFacts { index: index as u32, hash: B256::repeat_byte(index as u8), from: account(from), to: Some(account(to)), ..TxFacts::default() };
            tx.frames = vec![frame(to, other), frame(other, to)];
            if amount > 1 {
                tx.logs.push(Log { address: account((other + 1) % 5), topics: vec![B256::repeat_byte(from)], ..Log::default() });
                tx.flows.push(Flow { asset, from: account((to + 2) % 5), to: account((from + 3) % 5), amount: U256::from(amount), kind: FlowKind::Call, frame: 0, at: 0 });
            }
            if amount > 2 {
                tx.changes.push(Change { contract: account((from + 4) % 5), kind: ChangeKind::Owner, before: None, after: B256::ZERO, announced: flag, frame: 0, at: 0 });
            }
            txs.push(tx);
        }
        txs
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Keeping rules asleep loses nothing: they say what they would say if every transaction woke them.
    #[test]
    fn the_dispatch_loses_nothing(txs in txs(), has_protocol: bool) {
        let vault = (AccountId { chain: chain().id, address: account(3) }, "Vault".to_owned());
        let scope = Protected::protecting(has_protocol.then_some(vault));
        let woken = detectors(rules(), scope.clone());
        let mut sleepless = detectors([], scope);
        let mut workshop = Workshop::default();
        for card in read_rules(rules()).unwrap() {
            sleepless = sleepless.with(Box::new(Sleepless(workshop.build(&card).unwrap())));
        }
        let block = block(txs, vec![]);
        let tell = |detectors: &Detectors| {
            let seen = detectors.block(&chain(), &block, &mut Memory::default()).unwrap();
            let mut told: Vec<_> = seen.alerts.into_iter().map(|alert| (alert.tx, alert.rule.id, alert.subject, alert.message)).collect();
            told.sort();
            told
        };
        prop_assert_eq!(tell(&woken), tell(&sleepless));
    }
}
