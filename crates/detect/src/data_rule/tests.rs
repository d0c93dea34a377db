mod amounts;
mod baseline;
mod kept;

use facts::*;
use proptest::prelude::*;

use super::{Workshop, build};
use crate::{
    BlockCtx, ChainView, Detector, Detectors, Findings, Memory, MemoryView, RuleCard, RuleText, Scope as Protected,
    TxCtx, Wake, Whose, built_in, read_rules,
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
    RuleText { folder: format!("x/{id}"), card, page: "x".into(), ..RuleText::default() }
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
        build(&mut workshop, &card).unwrap();
    }
    assert_eq!(workshop.conditions(), 4);
}

/// A parameter is the rule's own: it wakes it, decides for it and speaks of it, though the condition is shared.
#[test]
fn rules_with_other_parameters_share_a_condition_and_keep_apart() {
    let rule = |id: &str, who: u8, limit: u64| {
        let who = account(who);
        let more = format!("[parameters]\nwho = '{who}'\nlimit = {limit}\nkind = 'erc20'");
        let when = "flow.from == address(params.who) && flow.amount >= params.limit * 2 && flow.asset == params.kind";
        let card = card(id, "flow", "everything", when, "address(params.who)", &more);
        RuleText { card: card.card.replace("it happened", "{address(params.who)} sent {params.limit} twice"), ..card }
    };
    let rules = [rule("a", 2, 50), rule("b", 2, 51), rule("c", 3, 1)];
    let mut workshop = Workshop::default();
    let woken: Vec<_> =
        read_rules(rules.clone()).unwrap().iter().map(|card| build(&mut workshop, card).unwrap().wakes()).collect();
    let wake =
        |(who, at_least)| vec![Wake::Moved { whose: Whose::Account(account(who)), at_least: U256::from(at_least) }];
    assert_eq!(woken, [(2, 100), (2, 102), (3, 2)].map(wake));
    assert_eq!(workshop.conditions(), 1);
    let (asset, kind) = (Asset::Erc20(account(9)), FlowKind::Event);
    let flow = Flow { asset, from: account(2), to: account(4), amount: U256::from(100), kind, frame: 0, at: 0 };
    let tx = TxFacts { flows: vec![flow], ..TxFacts::default() };
    let block = block(vec![tx], vec![]);
    let seen = detectors(rules, Protected::everything()).block(&chain(), &block, &mut Memory::default()).unwrap();
    let told: Vec<_> = seen.alerts.iter().map(|alert| (alert.rule.id.as_str(), alert.message.clone())).collect();
    assert_eq!(told, [("a", format!("{} sent 50 twice", account(2)))]);
}

#[test]
fn a_parameter_that_does_not_fit_is_a_fault_of_its_own_card() {
    let rule = |id: &str, when: &str, more: &str| card(id, "flow", "everything", when, "flow.to", more);
    let who = "flow.to == address(params.who)";
    for (when, good, bad, why) in [
        (who, format!("who = '{}'", account(2)), "who = '0x02'", "`0x02` is not `0x` and 40 hex digits"),
        ("flow.asset == params.kind", "kind = 'erc20'".into(), "kind = 'erc2'", "it is never `erc2`"),
        ("flow.amount > 10 / params.n", "n = 1".into(), "n = 0", "this can never be computed: a division by zero"),
        ("flow.amount < max_uint(params.n)", "n = 8".into(), "n = 9", "this is not a number of bits"),
        (who, format!("who = '{}'", account(2)), "who = 5", "`address` does not take a number"),
        (who, format!("who = '{}'", account(2)), "whom = 'x'", "the card has no parameter `who` that is a number or"),
    ] {
        let rules = [("a", good.as_str()), ("b", bad)];
        let rules = rules.map(|(id, given)| rule(id, when, &format!("[parameters]\n{given}")));
        let mut workshop = Workshop::default();
        let [good, bad] = &read_rules(rules).unwrap()[..] else { panic!() };
        build(&mut workshop, good).unwrap();
        let fault = build(&mut workshop, bad).err().unwrap().to_string();
        assert!(fault.starts_with("x/b/rule.toml:14:") && fault.contains(why), "{fault}");
    }
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

/// A card with rows: who sends more than a limit, each watched by a rule of its own.
fn rows(rows: &str, more: &str) -> RuleText {
    let when = "flow.from == address(params.who) && flow.amount >= params.limit";
    let given = format!("[parameters]\nwho = '{}'\nlimit = 10\n{more}", account(2));
    let text = card("watch", "flow", "everything", when, "flow.from", &given);
    let card = text.card.replace("it happened", "{flow.from} sent {params.limit}");
    let card = if rows.is_empty() { card } else { card.replace("schema = 1", "schema = 1\ninstances = 'rows.csv'") };
    RuleText { card, files: vec![("rows.csv".into(), rows.into())], ..text }
}

fn sending(from: u8, amount: u64) -> TxFacts {
    let (asset, kind) = (Asset::Erc20(account(9)), FlowKind::Event);
    let flow = Flow { asset, from: account(from), to: account(7), amount: U256::from(amount), kind, frame: 0, at: 0 };
    TxFacts { hash: B256::repeat_byte(from), flows: vec![flow], ..TxFacts::default() }
}

#[test]
fn a_card_with_rows_is_as_many_rules_each_known_by_its_own_name() {
    let table = format!(
        "# who is watched\nname,who,limit,severity\nthree,{},,\n\"two\", {} ,20,critical\n",
        account(3),
        account(2)
    );
    let extra = "[[instance]]\nname = 'four'\nseverity_elsewhere = 'low'\nparameters = { who = '0x0404040404040404040404040404040404040404' }";
    let rules = detectors([rows(&table, extra)], Protected::everything());
    let refs = rules.rules();
    let ids: Vec<_> = refs.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["blind-spot", "watch/four", "watch/three", "watch/two"]);
    assert_eq!((rules.len(), rules.cards().len()), (4, 2));
    assert_eq!(rules.card("watch/two").map(|card| card.id.as_str()), Some("watch"));
    let txs = vec![sending(2, 15), sending(2, 20), sending(3, 10), sending(4, 99)];
    let seen = rules.block(&chain(), &block(txs, vec![]), &mut Memory::default()).unwrap();
    let told: Vec<_> =
        seen.alerts.iter().map(|alert| format!("{} {} {}", alert.rule.id, alert.severity, alert.message)).collect();
    let [two, three, four] = [2, 3, 4].map(account);
    assert_eq!(
        told,
        [
            format!("watch/two medium {two} sent 20"),
            format!("watch/three medium {three} sent 10"),
            format!("watch/four low {four} sent 10"),
        ]
    );
    assert!(seen.alerts[0].fingerprint.0.starts_with("watch/two|"), "{:?}", seen.alerts[0].fingerprint);
    // Another row, or another order, is nothing to the rows that are there; another value is another rule.
    let other = format!(
        "limit,name,who,severity\n20,two,{},critical\n11,three,{},\n1,five,{},\n",
        account(2),
        account(3),
        account(5)
    );
    let changed = detectors([rows(&other, extra)], Protected::everything()).since(&rules);
    assert_eq!(
        (changed.kept, &changed.changed[..], &changed.added[..]),
        (3, &["watch/three".to_owned()][..], &["watch/five".to_owned()][..])
    );
}

#[test]
fn a_row_that_is_not_right_is_refused_at_its_line() {
    let four = |name: &str| format!("[[instance]]\nname = '{name}'\nparameters = {{ limit = 1 }}");
    for (table, more, why) in [
        ("name,whom\n", "", "x/watch/rows.csv:1:6: the column `whom` is no parameter of the card; did you mean `who`?"),
        ("who\n", "", "x/watch/rows.csv:1:1: there is no column `name`"),
        ("name,limit\na,1,2\n", "", "x/watch/rows.csv:2:1: the line has 3 values, and there are 2 columns"),
        ("name,limit\na,1\na,2\n", "", "x/watch/rows.csv:3:1: there are two instances `a`"),
        ("name,limit\na,1x\n", "", "x/watch/rows.csv:2:3: parameter `limit` `1x` is not a decimal number"),
        ("name,who\na,1\n", "", "x/watch/rows.csv:2:1: in `watch/a`: `address` does not take a number"),
        ("name,who\n\nb,0x12\n", "", "x/watch/rows.csv:3:1: in `watch/b`: `0x12` is not `0x` and 40 hex digits"),
        ("name,severity\na,bad\n", "", "x/watch/rows.csv:2:3: `bad` is no severity"),
        ("name,who\na,\"0x\n", "", "x/watch/rows.csv:2:3: a quote does not end"),
        ("name,limit\nA b,1\n", "", "x/watch/rows.csv:2:1: instance `A b` is not a word in kebab case"),
        ("", &four("a b"), "instance `a b` is not a word in kebab case"),
        ("", "[[instance]]\nname = 'a'\nparameters = { x = 1 }", "the card has no parameter `x`"),
    ] {
        let read = read_rules([rows(table, more)]);
        let built = read.and_then(|cards| {
            let mut workshop = Workshop::default();
            let card = &cards[0];
            let build = |instance| {
                crate::data_rule::build_as(&mut workshop, &card.with(instance), card).map_err(|error| match error {
                    crate::DetectError::Rule(fault) => instance.fault(*fault).into(),
                    other => other,
                })
            };
            card.instances.iter().map(build).collect::<Result<Vec<_>, _>>().map(|_| ())
        });
        let fault = built.err().unwrap_or_else(|| panic!("{table:?} {more:?} is accepted")).to_string();
        assert!(fault.contains(why), "{fault}");
    }
}

/// A rule is shown what woke it and nothing else, unless that is so much that it looks for itself.
#[test]
fn a_flood_of_events_on_one_account_is_looked_at_all_the_same() {
    let two = "address('0x0202020202020202020202020202020202020202')";
    let rules = [card("a", "log", "everything", &format!("log.address == {two}"), "log.address", "")];
    let log = |contract| Log { address: account(contract), ..Log::default() };
    let mut logs = vec![log(2); 70_000];
    logs.extend(vec![log(3); 70_000]);
    let tx = TxFacts { logs, ..TxFacts::default() };
    let seen =
        detectors(rules, Protected::everything()).block(&chain(), &block(vec![tx], vec![]), &mut Memory::default());
    let alerts = seen.unwrap().alerts;
    assert_eq!(alerts.len(), 17);
    assert!(alerts[16].message.starts_with("69984 findings of rule a"), "{}", alerts[16].message);
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
    let one_hash = "hash('0x0101010101010101010101010101010101010101010101010101010101010101')";
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
        rule("p", "flow", "everything", &format!("flow.token == {two}"), "flow.to"),
        rule("q", "log", "everything", &format!("log.address == {two} && log.topic0 == {one_hash}"), "log.address"),
        rule("r", "log", "protected", &format!("log.topic0 == {one_hash}"), "log.address"),
        rule("s", "call", "everything", &format!("tx.from == {two} && call.value > 1"), "call.to"),
        rule("t", "call", "protected", "call.selector == selector('0x01010101')", "call.code"),
        rule("u", "call", "protected", "call.value > 1", "tx.to"),
        rule("v", "log", "everything", &format!("tx.to in [{two}] && tx.value >= 0"), "log.address"),
        rule("w", "tx", "everything", "tx.selector == selector('0x01010101')", "tx.from"),
        rule("x", "flow", "protected", &format!("tx.to == {two}"), "flow.token"),
        rule("y", "call", "everything", &format!("protected(call.to) && call.code == {two}"), "call.to"),
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
                clipped: false, asks_caller: false, asks_origin: false, gas_limit: 0, gas_used: 0,
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
            sleepless = sleepless.with(Box::new(Sleepless(build(&mut workshop, &card).unwrap())));
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
