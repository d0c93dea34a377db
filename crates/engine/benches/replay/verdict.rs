//! How long it takes to judge a fresh contract from its code: the code of real contracts, and code that was written to
//! take long.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, keccak256};
use detect::{Detectors, Memory};
use facts::{BlockFacts, BlockRef, Code, Frame, FrameKind, FrameStatus, Sight, TxFacts, U256};
use serde::Serialize;

use super::{Bench, sorted};

/// The size that Ethereum allows, and what its init code may have.
const CODE_BYTES: usize = 24_576;
const INIT_BYTES: usize = 49_152;

/// What a verdict takes, in milliseconds.
#[derive(Serialize)]
pub(super) struct Verdict {
    /// Codes of real contracts.
    contracts: usize,
    median_ms: f64,
    longest_ms: f64,
    /// The longest of the codes that are made to take long, each as long as code may be.
    hostile_ms: f64,
    hostile: &'static str,
}

impl Bench {
    pub(super) fn verdict(&self) -> Verdict {
        let witnesses = self.recordings.iter().filter_map(|recording| recording.block.witness.as_ref());
        let mut codes: Vec<&Bytes> =
            witnesses.flat_map(|witness| witness.pre_state.values().map(|of| &of.code)).collect();
        codes.retain(|code| !code.is_empty());
        codes.sort_unstable();
        codes.dedup();
        let times = sorted(codes.iter().map(|code| self.judged(code, code)));
        let hostile = hostile().into_iter().map(|(what, code, init)| (self.judged(&code, &init), what));
        let (hostile_ms, hostile) = hostile.max_by(|one, other| one.0.total_cmp(&other.0)).expect("there are some");
        Verdict {
            contracts: times.len(),
            median_ms: times[times.len() / 2],
            longest_ms: times[times.len() - 1],
            hostile_ms,
            hostile,
        }
    }

    /// All default rules over a block that deploys this code, the least of three times.
    fn judged(&self, code: &Bytes, init: &Bytes) -> f64 {
        let view = detect::ChainView { id: self.chain.id.clone(), slip44: 60, wrapped: Vec::new() };
        let facts = deployment(&self.chain.id, code, init);
        let once = |detectors: &Detectors| -> Duration {
            let mut memory = Memory::default();
            let start = Instant::now();
            detectors.block(&view, &facts, &mut memory).expect("the block is judged");
            start.elapsed()
        };
        let least = (0..3).map(|_| once(&self.detectors)).min().expect("three times");
        least.as_secs_f64() * 1e3
    }
}

impl Verdict {
    pub(super) fn print(&self) {
        println!();
        println!("static verdict of a fresh contract, bar 50 ms");
        println!("  {} real codes: median {:.3} ms, longest {:.3} ms", self.contracts, self.median_ms, self.longest_ms);
        println!("  code made to take long: {:.3} ms ({})", self.hostile_ms, self.hostile);
    }
}

fn deployment(chain: &facts::ChainId, code: &Bytes, init: &Bytes) -> BlockFacts {
    let (sender, address) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let frame = Frame {
        parent: None,
        end: 1,
        depth: 0,
        kind: FrameKind::Create,
        caller: sender,
        target: address,
        code: address,
        value: U256::ZERO,
        input: init.clone(),
        output: code.clone(),
        clipped: false,
        gas_limit: 30_000_000,
        gas_used: 30_000_000,
        status: FrameStatus::Success,
        effective: true,
        asks_caller: false,
        asks_origin: false,
        open: 0,
        close: 1,
    };
    let made = Code {
        address,
        creator: sender,
        hash: keccak256(code),
        size: u32::try_from(code.len()).unwrap_or(u32::MAX),
        frame: 0,
    };
    let tx = TxFacts {
        hash: B256::repeat_byte(3),
        from: sender,
        frames: vec![frame],
        codes: vec![made],
        ..TxFacts::default()
    };
    let block = BlockRef { chain: chain.clone(), number: 1, hash: B256::repeat_byte(4), parent: B256::ZERO };
    BlockFacts {
        block,
        timestamp: 1,
        sight: Sight::Executed,
        txs: vec![tx],
        of: 1,
        observed: Vec::new(),
        blind: Vec::new(),
    }
}

/// Codes that a reader could get lost in: what they are, the code, and the code that deploys it.
fn hostile() -> Vec<(&'static str, Bytes, Bytes)> {
    let filled =
        |piece: &[u8], len: usize| -> Bytes { piece.iter().copied().cycle().take(len).collect::<Vec<_>>().into() };
    // A jump to a place that is computed, so that everything has to be looked for everywhere.
    let lost = |piece: &[u8]| -> Bytes {
        let mut code = vec![0x5f, 0x35, 0x56];
        code.extend(piece.iter().copied().cycle().take(CODE_BYTES - 3));
        code.into()
    };
    let selectors: Vec<u8> = (0..u32::MAX)
        .flat_map(|number| {
            let [a, b, c, d] = (number.wrapping_mul(0x9e37_79b9) | 1).to_be_bytes();
            [0x80, 0x63, a, b, c, d, 0x14, 0x61, 0x00, 0x00, 0x57]
        })
        .take(CODE_BYTES)
        .collect();
    let addresses: Vec<u8> = (0..u64::MAX)
        .flat_map(|number| {
            let mut push = vec![0x73];
            push.extend(&keccak256(number.to_be_bytes())[..20]);
            push.push(0x50);
            push
        })
        .take(CODE_BYTES)
        .collect();
    let init = filled(&[0x5b, 0x7f], INIT_BYTES);
    vec![
        ("24 KB of JUMPDEST", filled(&[0x5b], CODE_BYTES), init.clone()),
        ("24 KB of JUMPDEST after a computed jump", lost(&[0x5b]), init.clone()),
        ("PUSH32 without end", filled(&[0x7f], CODE_BYTES), init.clone()),
        ("JUMPDEST and PUSH32 in turn after a computed jump", lost(&[0x5b, 0x7f]), init.clone()),
        ("a jump to each place after a computed jump", lost(&[0x5b, 0x5f, 0x35, 0x56]), init.clone()),
        ("two thousand functions", [&[0x5f, 0x35, 0x60, 0xe0, 0x1c][..], &selectors].concat().into(), init.clone()),
        ("a thousand addresses", addresses.into(), filled(&[0xee], INIT_BYTES)),
        ("DUP and SWAP without end", lost(&[0x5b, 0x80, 0x90, 0x8f, 0x9f]), init),
    ]
}
