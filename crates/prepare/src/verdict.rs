//! What an answer means.

use atlas::Selectors;
use case::ReadinessState;
use facts::{Address, Answer, FrameStatus, Ran, TxFacts, U256};

pub(crate) fn ready(what: impl Into<String>) -> ReadinessState {
    ReadinessState::Ready { what: what.into() }
}

pub(crate) fn gap(what: impl Into<String>, remedy: impl Into<String>) -> ReadinessState {
    ReadinessState::Gap { what: what.into(), remedy: remedy.into() }
}

pub(crate) fn unknown(why: impl Into<String>) -> ReadinessState {
    ReadinessState::Unknown { why: why.into() }
}

/// The words that a view returned, or why there are none.
pub(crate) fn words<const N: usize>(answer: &Answer) -> Result<[U256; N], ReadinessState> {
    match answer {
        Answer::View(Ok(data)) if data.len() == 32 * N => {
            Ok(std::array::from_fn(|at| U256::from_be_slice(&data[at * 32..at * 32 + 32])))
        }
        Answer::View(Ok(data)) => Err(unknown(format!("{} bytes were answered instead of {}", data.len(), 32 * N))),
        Answer::View(Err(why)) | Answer::Blind(why) => Err(unknown(why.as_str())),
        Answer::Slot(_) | Answer::Ran(_) | Answer::Probed(_) => {
            Err(unknown("the question was answered as another one"))
        }
    }
}

/// What ran, if as many transactions ran as were asked for.
pub(crate) fn ran(answer: &Answer, count: usize) -> Result<&Ran, ReadinessState> {
    match answer {
        Answer::Ran(ran) if ran.txs.len() == count => Ok(ran),
        Answer::Ran(ran) => Err(unknown(format!("{} of {count} transactions were tried", ran.txs.len()))),
        Answer::Blind(why) => Err(unknown(why.as_str())),
        Answer::Slot(_) | Answer::View(_) | Answer::Probed(_) => {
            Err(unknown("the question was answered as another one"))
        }
    }
}

/// Why a transaction failed, in words.
pub(crate) fn reason(tx: &TxFacts, selectors: &Selectors) -> String {
    let output = tx.frames.first().map(|frame| frame.output.clone()).unwrap_or_default();
    match tx.status() {
        FrameStatus::OutOfGas => "it runs out of gas".to_owned(),
        _ => selectors.decode_revert(&output).to_string(),
    }
}

/// Whether a transaction succeeded and changed something in some storage. A call that nobody listens to succeeds too.
pub(crate) fn has_effect(tx: &TxFacts) -> bool {
    tx.succeeded() && !tx.writes.is_empty()
}

/// What an account holds of the chain's own coin after a run, if the run touched it.
pub(crate) fn balance(ran: &Ran, account: Address) -> Option<U256> {
    ran.after.get(&account).map(|state| state.balance)
}
