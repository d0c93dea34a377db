use alloy_primitives::{B256, address, hex};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const PROXY: Address = address!("1111111111111111111111111111111111111111");
const LOGIC: Address = address!("bebebebebebebebebebebebebebebebebebebebe");
const ADMIN_ACCOUNT: Address = address!("adadadadadadadadadadadadadadadadadadadad");
const BEACON_CONTRACT: Address = address!("bcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbcbc");

/// Copies the call, borrows the code that slot 0 names, and returns what came: the heart of every proxy.
const SHORT: [u8; 32] = hex!("365f5f375f5f365f5f545af43d5f5f3e6019573d5ffd5b3d5ff3000000000000");

fn word(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}

/// Asks until nothing is asked any more; at most so many rounds as are promised.
fn resolve(code: &[u8], answer: impl Fn(&Ask) -> Answer) -> (Vec<usize>, Resolved) {
    let mut reader = ProxyReader::new(PROXY, &Bytecode::read(code));
    let mut rounds = Vec::new();
    loop {
        let asks = reader.asks();
        if asks.is_empty() {
            return (rounds, reader.resolved());
        }
        rounds.push(asks.len());
        assert!(rounds.len() <= 2);
        for ask in asks {
            let answer = answer(&ask);
            reader.answer(ask, answer);
        }
    }
}

fn state(slots: &[(B256, Address)], views: &[(Address, &[u8], Address)]) -> impl Fn(&Ask) -> Answer {
    let slots: Vec<(U256, U256)> = slots.iter().map(|(slot, account)| ((*slot).into(), word(*account))).collect();
    let views: Vec<_> = views.iter().map(|(to, input, output)| (*to, input.to_vec(), output.into_word())).collect();
    move |ask| match ask {
        Ask::Slot { address, slot } if *address == PROXY => {
            Answer::Slot(slots.iter().find(|(known, _)| known == slot).map_or(U256::ZERO, |(_, value)| *value))
        }
        Ask::View(request) => {
            let found = views.iter().find(|(to, input, _)| Some(*to) == request.to && request.input.starts_with(input));
            Answer::View(found.map(|(_, _, output)| output.0.into()).ok_or_else(|| "reverted".to_owned()))
        }
        other => panic!("nobody should ask {other:?}"),
    }
}

fn check(slots: &[(B256, Address)], views: &[(Address, &[u8], Address)], says: Expect) {
    let (rounds, resolved) = resolve(&SHORT, state(slots, views));
    let told = match resolved {
        Resolved::Proxy(Proxy { kind, implementation, beacon, admin }) => {
            let name = |account: Option<Address>| {
                account.map_or("-".to_owned(), |account| account.to_string()[..6].to_owned())
            };
            format!("{kind:?} {} beacon {} admin {}", name(implementation), name(beacon), name(admin))
        }
        other => format!("{other:?}"),
    };
    says.assert_eq(&format!("{rounds:?} {told}"));
}

#[test]
fn every_standard_is_resolved_from_what_it_keeps() {
    check(&[(IMPLEMENTATION, LOGIC), (ADMIN, ADMIN_ACCOUNT)], &[], expect!["[7] Eip1967 0xBEbe beacon - admin 0xadAD"]);
    check(
        &[(BEACON, BEACON_CONTRACT)],
        &[(BEACON_CONTRACT, &IMPLEMENTATION_CALL, LOGIC)],
        expect!["[7, 1] Beacon 0xBEbe beacon 0xBcbc admin -"],
    );
    check(&[(PROXIABLE, LOGIC)], &[], expect!["[7] Eip1822 0xBEbe beacon - admin -"]);
    check(
        &[(ZOS_IMPLEMENTATION, LOGIC), (ZOS_ADMIN, ADMIN_ACCOUNT)],
        &[],
        expect!["[7] ZeppelinOs 0xBEbe beacon - admin 0xadAD"],
    );
    check(&[(B256::ZERO, LOGIC)], &[], expect!["[7] SlotZero 0xBEbe beacon - admin -"]);
    check(&[], &[(PROXY, &FACET_CALL, LOGIC)], expect!["[7, 2] Diamond - beacon - admin -"]);
    check(&[], &[(PROXY, &IMPLEMENTATION_CALL, LOGIC)], expect!["[7, 2] Claimed 0xBEbe beacon - admin -"]);
    check(&[], &[], expect!["[7, 2] Own"]);
    // A beacon that does not answer is still the beacon.
    check(
        &[(BEACON, BEACON_CONTRACT), (B256::ZERO, ADMIN_ACCOUNT)],
        &[],
        expect!["[7, 1] Beacon - beacon 0xBcbc admin -"],
    );
    // A small number is no account.
    check(&[(B256::ZERO, Address::with_last_byte(1))], &[], expect!["[7, 2] Own"]);
}

#[test]
fn what_stands_in_the_code_needs_no_question() {
    let nobody = |ask: &Ask| -> Answer { panic!("nobody should ask {ask:?}") };
    let minimal =
        [&hex!("363d3d373d3d3d363d73")[..], LOGIC.as_slice(), &hex!("5af43d82803e903d91602b57fd5bf3")].concat();
    let (_, resolved) = resolve(&minimal, nobody);
    assert!(matches!(
        resolved,
        Resolved::Proxy(Proxy { kind: ProxyKind::Minimal(Standard::Eip1167), implementation: Some(LOGIC), .. })
    ));
    let delegated = [&hex!("ef0100")[..], LOGIC.as_slice()].concat();
    let (_, resolved) = resolve(&delegated, nobody);
    assert!(matches!(resolved, Resolved::Proxy(Proxy { kind: ProxyKind::Delegation, .. })));
    // Code that borrows nothing is nobody's proxy, whatever stands in its slots.
    assert_eq!(resolve(&hex!("600160005500"), nobody).1, Resolved::Own);
    assert_eq!(resolve(&[], nobody).1, Resolved::Own);
}

#[test]
fn what_could_not_be_read_is_not_nothing() {
    let blind = |_: &Ask| Answer::Blind("the node has no state there".to_owned());
    let (_, resolved) = resolve(&SHORT, blind);
    assert!(matches!(resolved, Resolved::Blind(why) if why.contains("the node has no state there")));
    let reader = ProxyReader::new(PROXY, &Bytecode::read(&SHORT));
    assert!(matches!(reader.resolved(), Resolved::Blind(why) if why.ends_with("was not read")));
    // One slot that answers is enough.
    let (_, resolved) = resolve(&SHORT, |ask| match ask {
        Ask::Slot { slot, .. } if *slot == U256::from_be_bytes(IMPLEMENTATION.0) => Answer::Slot(word(LOGIC)),
        _ => Answer::Blind("cut off".to_owned()),
    });
    assert!(matches!(resolved, Resolved::Proxy(Proxy { kind: ProxyKind::Eip1967, .. })));
}

#[test]
fn the_facet_of_a_function_is_asked_of_the_diamond() {
    let Ask::View(request) = facet_ask(PROXY, hex!("a9059cbb").into()) else { panic!() };
    assert_eq!(request.input[..8], hex!("cdffacc6a9059cbb"));
    assert_eq!((request.input.len(), request.to), (36, Some(PROXY)));
    assert_eq!(facet(&Answer::View(Ok(LOGIC.into_word().0.into()))), Some(LOGIC));
    assert_eq!(facet(&Answer::View(Ok([0; 32].into()))), None);
    assert_eq!(facet(&Answer::Blind("no".to_owned())), None);
}

/// Our own proxy, as it is deployed.
#[test]
fn the_vaults_proxy_is_one() {
    let artifact =
        crate::Artifact::parse_all("VaultProxy.json", include_str!("../../../../contracts/artifacts/VaultProxy.json"))
            .unwrap();
    let (_, resolved) = resolve(artifact[0].runtime.as_ref().unwrap(), state(&[(IMPLEMENTATION, LOGIC)], &[]));
    assert!(matches!(resolved, Resolved::Proxy(Proxy { kind: ProxyKind::Eip1967, implementation: Some(LOGIC), .. })));
}

proptest! {
    #[test]
    fn any_answers_end_it(words in proptest::collection::vec(any::<[u8; 32]>(), 12), kinds in proptest::collection::vec(0..4_u8, 12)) {
        let count = std::cell::Cell::new(0);
        let (rounds, _) = resolve(&SHORT, |_| {
            let at = count.get() % 12;
            count.set(at + 1);
            match kinds[at] {
                0 => Answer::Slot(U256::from_be_bytes(words[at])),
                1 => Answer::View(Ok(words[at].into())),
                2 => Answer::View(Err("reverted".to_owned())),
                _ => Answer::Blind("cut off".to_owned()),
            }
        });
        prop_assert!(rounds.len() <= 2);
    }
}
