//! Real blocks, looked at again: nothing blind, nothing above `low` where nothing happened, and the CREAM exploit
//! noticed without any configuration.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::{path::PathBuf, sync::Arc, time::Instant};

use atlas::Atlas;
use case::Severity;
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Replay, ReplayReport};
use respond::TriageRules;
use rpc::Form;
use watch::Recorded;

fn replay(folder: &str) -> Option<ReplayReport> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let path = corpus.join(folder);
    if !path.is_dir() {
        println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", path.display());
        return None;
    }
    let detectors = Detectors::new(read_rules(built_in()).unwrap(), Scope::everything()).unwrap();
    let mut replay = Replay::new(Atlas::embedded(), Arc::new(detectors), TriageRules::default(), Instant::now());
    let mut source = Recorded::open(&[path], Form::Ethereum).unwrap();
    while let Some(recording) = source.read_next() {
        replay.block(&recording.unwrap()).unwrap();
    }
    Some(replay.finish())
}

#[test]
fn honest_blocks_reproduce_their_headers_and_open_no_case() {
    let Some(report) = replay("mainnet") else { return };
    assert!(report.blind.is_empty(), "{:#?}", report.blind);
    assert_eq!((report.blocks, report.transactions), (42, 11_135));
    // The whole blocks' gas as their headers say, and that of the 24 transactions of 20176155.
    assert_eq!(report.gas, 481_142_784);
    let partial: Vec<_> = report.partial.iter().map(|block| (block.block, block.executed, block.of)).collect();
    assert_eq!(partial, [(20_176_155, 24, 205)]);
    let loud: Vec<_> = report.alerts.iter().filter(|alert| alert.severity > Severity::Low).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    assert!(report.incidents.is_empty(), "{:#?}", report.incidents);
}

#[test]
fn the_cream_exploit_is_critical_with_attackers_victims_and_every_loss() {
    let Some(report) = replay("exploits") else { return };
    assert!(report.blind.is_empty(), "{:#?}", report.blind);
    let found = report.incidents.iter().find(|incident| {
        let tx = "0x0fe2542079644e107cbf13690eb9c2c65963ccb79089ff96bfaf8dced2331c92";
        incident.txs.iter().any(|hash| hash.to_string() == tx)
    });
    let incident = found.expect("the exploit was not noticed");
    assert_eq!(incident.severity, Severity::Critical);
    let names = |accounts: &[facts::AccountId]| -> Vec<String> { accounts.iter().map(ToString::to_string).collect() };
    assert_eq!(
        names(&incident.attackers),
        [
            "eip155:1:0x24354D31bC9D90F62FE5f2454709C32049cf866b",
            "eip155:1:0x961D2B694D9097f35cfFfa363eF98823928a330d",
            "eip155:1:0xf701426b8126BC60530574CEcDCb365D47973284",
        ]
    );
    assert_eq!(incident.victims.len(), 16);
    let loss = |asset: &str| {
        let row = incident.losses.iter().find(|loss| loss.asset.as_str().eq_ignore_ascii_case(asset));
        row.map(|loss| loss.amount.to_string())
    };
    // The native leg shows only in the trace: cETH paid 523,208 ether out and had taken 518,102 in.
    assert_eq!(loss("eip155:1/slip44:60").as_deref(), Some("5105845551704113767660"));
    assert_eq!(loss("eip155:1/erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48").as_deref(), Some("4324457152800"));
    assert_eq!(loss("eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7").as_deref(), Some("3780808755759"));
    // Wrapped ether was lent and paid back; a sum of transfer events alone would call it the largest loss.
    assert_eq!(loss("eip155:1/erc20:0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"), None);
    assert_eq!(incident.losses.len(), 16);
}
