//! The whole room on whole blocks.

use facts::{B256, Blind, BlockFacts, BlockRef, ChainId, Sight};

use crate::*;

fn chain() -> ChainView {
    ChainView { id: ChainId::eip155(1), slip44: 60, wrapped: None }
}

fn block(number: u8) -> BlockFacts {
    let block = BlockRef {
        chain: ChainId::eip155(1),
        number: number.into(),
        hash: B256::repeat_byte(number),
        parent: B256::repeat_byte(number - 1),
    };
    BlockFacts {
        block,
        timestamp: 1000 + 12 * u64::from(number),
        sight: Sight::Executed,
        txs: Vec::new(),
        of: 0,
        observed: Vec::new(),
        blind: Vec::new(),
    }
}

fn detectors(scope: Scope) -> Detectors {
    Detectors::new(read_rules(built_in()).unwrap(), scope).unwrap()
}

#[test]
fn a_blind_block_is_an_alert_and_a_quiet_one_is_not() {
    let (detectors, mut memory) = (detectors(Scope::everything()), Memory::default());
    assert!(detectors.block(&chain(), &block(1), &mut memory).unwrap().alerts.is_empty());
    let mut blind = block(2);
    blind.blind.push(Blind::block("endpoint answered nothing"));
    let seen = detectors.block(&chain(), &blind, &mut memory).unwrap();
    let [alert] = &seen.alerts[..] else { panic!("{:?}", seen.alerts) };
    assert_eq!(alert.message, "could not see the whole block: endpoint answered nothing");
    assert_eq!(alert.severity, case::Severity::Low);
}
