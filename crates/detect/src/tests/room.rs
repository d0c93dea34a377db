use facts::{B256, Blind, Sight};

use crate::scene::{block_ref, chain};
use crate::*;

fn detectors(scope: Scope) -> Detectors {
    Detectors::new(read_rules(built_in()).unwrap(), scope).unwrap()
}

fn scene(text: &str) -> Scene {
    Scene::read("case.toml", &format!("about = ''\nexpect = {{ alerts = [] }}\n{text}")).unwrap()
}

#[test]
fn poor_sight_names_the_rules_it_hampers() {
    let mut scene = scene("[[block]]\nsight = 'logs'");
    let seen = detectors(Scope::everything()).block(&chain(), &scene.blocks.remove(0), &mut Memory::default()).unwrap();
    let [alert] = &seen.alerts[..] else { panic!("{:?}", seen.alerts) };
    assert_eq!(alert.severity, case::Severity::Low);
    for rule in ["drain", "failed-privileged-burst"] {
        assert!(alert.message.contains(rule), "{}", alert.message);
    }
    assert!(!alert.message.contains("unlimited-approval"), "{}", alert.message);
}

#[test]
fn what_the_watch_could_not_see_is_an_alert_too() {
    let detectors = detectors(Scope::everything());
    let alert = detectors.notice(&chain(), &block_ref(7, 0), 100, "the head", "it stands still for 60 s").unwrap();
    assert_eq!(alert.message, "could not see the head: it stands still for 60 s");
    assert_eq!((alert.rule.id.as_str(), alert.kind.as_str()), ("blind-spot", "sight/blind"));
    assert_eq!(alert.rule.hash, detectors.card("blind-spot").unwrap().hash);
}

#[test]
fn a_set_without_the_blind_spot_is_refused() {
    let cards = read_rules(built_in()).unwrap().into_iter().filter(|card| card.id != "blind-spot");
    let error = Detectors::new(cards, Scope::everything()).err().unwrap();
    assert!(matches!(error, DetectError::NoBlindSpot), "{error}");
}

#[test]
fn a_flood_is_held_back_and_says_so() {
    let changes = "{ contract = 'vault', kind = 'owner', before = 'alice', after = 'bob' },".repeat(20);
    let tx = format!("[[block.tx]]\nfrom = 'mallory'\nto = 'vault'\ncalls = [{{}}]\nchanges = [{changes}]\n");
    let mut scene = scene(&format!("[protocol]\nvault = 'Vault'\n[[block]]\n{}", tx.repeat(10)));
    let detectors = detectors(scene.scope.clone());
    let block = scene.blocks.remove(0);
    let seen = detectors.block(&chain(), &block, &mut Memory::default()).unwrap();
    let (flood, rest) = seen.alerts.split_at(128);
    assert!(flood.iter().all(|alert| alert.rule.id == "privileged-change"));
    assert_eq!(flood.iter().filter(|alert| alert.tx == Some(block.txs[0].hash)).count(), 16);
    let [overflow] = rest else { panic!("{} alerts", rest.len()) };
    assert!(overflow.message.starts_with("72 findings of rule privileged-change"), "{}", overflow.message);
    assert_eq!(overflow.severity, case::Severity::High);
}

#[test]
fn a_block_of_another_chain_or_below_the_head_is_refused() {
    let (detectors, mut memory) = (detectors(Scope::everything()), Memory::default());
    let mut block = scene("[[block]]").blocks.remove(0);
    detectors.block(&chain(), &block, &mut memory).unwrap();
    let error = detectors.block(&chain(), &block, &mut memory).unwrap_err();
    assert!(matches!(error, DetectError::NotAhead { .. }), "{error}");
    block.block.chain = facts::ChainId::eip155(2);
    let error = detectors.block(&chain(), &block, &mut memory).unwrap_err();
    assert!(matches!(error, DetectError::OtherChain { .. }), "{error}");
}

#[test]
fn equal_alerts_have_equal_ids_and_fingerprints_in_every_run() {
    let mut scene = scene("[[block]]");
    let mut block = scene.blocks.remove(0);
    block.blind.push(Blind::block("endpoint answered nothing"));
    block.sight = Sight::Header;
    let run = || detectors(Scope::everything()).block(&chain(), &block, &mut Memory::default()).unwrap().alerts;
    assert_eq!(run(), run());
    assert_eq!(run()[0].id().unwrap(), run()[0].id().unwrap());
    assert_ne!(run()[0].rule.hash.0, B256::ZERO.0);
}

#[test]
fn a_finding_is_there_when_its_transaction_ends_and_gone_if_the_block_comes_to_nothing() {
    let change = "[{ contract = 'vault', kind = 'owner', before = 'alice', after = 'bob' }]";
    let tx = format!("[[block.tx]]\nfrom = 'mallory'\nto = 'vault'\ncalls = [{{}}]\nchanges = {change}\n");
    let quiet = "[[block.tx]]\nfrom = 'alice'\nto = 'vault'\ncalls = [{}]\n";
    let mut scene = scene(&format!("[protocol]\nvault = 'Vault'\n[[block]]\n{quiet}{tx}{quiet}"));
    let (detectors, block) = (detectors(scene.scope.clone()), scene.blocks.remove(0));
    let (chain, mut memory) = (chain(), Memory::default());
    let before = memory.digest().unwrap();
    let mut look = detectors.look(&chain, &block.block, block.timestamp, &mut memory).unwrap();
    let mut found = Vec::new();
    for tx in &block.txs {
        look.tx(tx);
        found.push(look.alerts().len());
    }
    assert_eq!(found, [0, 1, 1]);
    drop(look);
    assert_eq!(memory.digest().unwrap(), before);
    let whole = detectors.block(&chain, &block, &mut memory).unwrap();
    assert_eq!(whole.alerts.len(), 1);
    assert_ne!(memory.digest().unwrap(), before);
}
