//! What has to be tried to know how ready a contract is.

use std::collections::BTreeMap;

use atlas::{Contract, Protocol, Signature};
use case::ReadinessCheck;
use facts::{AccountId, Address, Ask, BlockRef, Budget, Bytes, ChainId, Overrides, Question, TxRequest, U256};

/// A question about one contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The contract.
    pub contract: AccountId,
    /// What its answer decides. That about the pause also says whether its signer can pay for gas.
    pub check: ReadinessCheck,
    /// What to ask.
    pub question: Question,
}

/// Gas for one question: a pause and its undo cost tens of thousands; a contract that burns more is no brake.
const GAS: u64 = 5_000_000;
/// Reads for one question. A pause behind a proxy reads a dozen slots; code that reads hundreds would keep the next block
/// waiting.
const READS: u32 = 100;

/// Where the look at an address is made from, and a sender that no contract knows. Nobody has a key to either: the first
/// is the text `breakglass` padded with zeros, the second counts upwards.
const LOOKOUT: Address = Address::new(*b"breakglass\0\0\0\0\0\0\0\0\0\0");
pub(crate) const STRANGER: Address =
    Address::new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);

/// `keccak256("eip1967.proxy.implementation") - 1`, and the same of `beacon` (EIP-1967).
pub(crate) const IMPLEMENTATION_SLOT: U256 =
    U256::from_limbs([0x20a3_ca50_5d38_2bbc, 0xca3e_2076_cc37_35a9, 0x0667_c828_492d_b98d, 0x3608_94a1_3ba1_a321]);
pub(crate) const BEACON_SLOT: U256 =
    U256::from_limbs([0x6cb3_582b_3513_3d50, 0x35a9_a72a_eaee_59ff, 0xfd80_d3ef_4346_5783, 0xa3f0_ad74_e542_3aeb]);

/// All that has to be asked about a protocol. `signers` are the addresses behind the names of signers, `heads` the
/// newest block of each chain; nothing can be asked on a chain without one.
pub fn questions(
    protocol: &Protocol,
    signers: &BTreeMap<String, Address>,
    heads: &BTreeMap<ChainId, BlockRef>,
) -> Vec<Asked> {
    let of = |contract: &Contract| Some(about(contract, signers, heads.get(&contract.account.chain)?));
    protocol.contracts().iter().filter_map(of).flatten().collect()
}

fn about(contract: &Contract, signers: &BTreeMap<String, Address>, head: &BlockRef) -> Vec<Asked> {
    let address = contract.account.address;
    let ask = |check, ask, overrides| {
        let budget = Budget { gas: GAS, reads: READS, time_ms: None };
        let question = Question { at: head.clone(), overrides, ask, budget };
        Asked { contract: contract.account.clone(), check, question }
    };
    let run = |check, requests| ask(check, Ask::Run(requests), Overrides::default());
    let call = |from, function: &Signature| TxRequest {
        from,
        to: Some(address),
        value: U256::ZERO,
        input: Bytes::copy_from_slice(function.selector().as_slice()),
        gas_limit: None,
    };
    let view = |to| Ask::View(TxRequest { from: STRANGER, to: Some(to), ..TxRequest::default() });
    let pretend = |at, code| Overrides { code: [(at, code)].into(), ..Overrides::default() };

    let mut asked = vec![
        ask(ReadinessCheck::Code, view(LOOKOUT), pretend(LOOKOUT, size_of(address))),
        // The contract's own storage is read by lending it other code for the time of the question.
        ask(ReadinessCheck::Implementation, view(address), pretend(address, behind_a_proxy())),
    ];
    let signer = contract.signer.as_ref().and_then(|name| signers.get(name)).copied();
    if let (Some(pause), Some(signer)) = (&contract.pause, signer) {
        asked.push(run(ReadinessCheck::Pause, vec![call(signer, pause)]));
        if let Some(unpause) = &contract.unpause {
            asked.push(run(ReadinessCheck::Unpause, vec![call(signer, pause), call(signer, unpause)]));
        }
    }
    if let Some(pause) = &contract.pause {
        asked.push(run(ReadinessCheck::Stranger, vec![call(STRANGER, pause)]));
    }
    asked
}

/// Returns how large the code at `address` is.
fn size_of(address: Address) -> Bytes {
    // PUSH20 address EXTCODESIZE PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN
    [&[0x73], address.as_slice(), &[0x3b, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3]].concat().into()
}

/// Returns four words: what the implementation slot holds, how large the code there is, and the same of the beacon slot.
fn behind_a_proxy() -> Bytes {
    // PUSH32 slot SLOAD DUP1 PUSH1 at MSTORE EXTCODESIZE PUSH1 at+32 MSTORE
    let look = |slot: U256, at: u8| {
        let tail = [0x54, 0x80, 0x60, at, 0x52, 0x3b, 0x60, at + 32, 0x52];
        [&[0x7f], &slot.to_be_bytes::<32>()[..], &tail].concat()
    };
    // PUSH1 128 PUSH1 0 RETURN
    [look(IMPLEMENTATION_SLOT, 0), look(BEACON_SLOT, 64), vec![0x60, 128, 0x60, 0, 0xf3]].concat().into()
}
