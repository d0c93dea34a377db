use facts::{Address, FrameStatus, Probe, TxFacts};

/// Calls beyond which more of them are no progress: a loop is as telling after this many rounds.
const CALLS_MAX: u32 = 256;

/// How far a run got; the order of the fields is that of their weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Score {
    /// 2 if an account beside caller and contract lost something and got nothing, 1 if it got something else, 0 if none lost
    /// anything. A run that failed took nothing.
    pub(super) taken: u8,
    /// Calls that succeeded, undone or not.
    calls: u32,
    succeeded: bool,
    /// Gas used, where it was not simply all that there was.
    gas: u64,
}

impl Score {
    pub(super) fn of(facts: &TxFacts, probe: &Probe) -> Self {
        let calls = facts.frames.iter().filter(|frame| frame.succeeded()).count();
        let burnt = facts.status() == FrameStatus::OutOfGas || facts.gas_used >= facts.gas_limit / 10 * 9;
        Self {
            taken: if facts.succeeded() { taken(facts, probe) } else { 0 },
            calls: u32::try_from(calls).unwrap_or(u32::MAX).min(CALLS_MAX),
            succeeded: facts.succeeded(),
            gas: if burnt { 0 } else { facts.gas_used },
        }
    }
}

fn taken(facts: &TxFacts, probe: &Probe) -> u8 {
    let own = |account: Address| {
        account == probe.from
            || account == probe.contract
            || account.is_zero()
            || facts.codes.iter().any(|code| code.address == account)
    };
    let net = facts.net();
    let losers = net.iter().filter(|net| !net.loss().is_zero() && !own(net.account));
    let gained = |account: Address| net.iter().any(|net| net.account == account && !net.gain().is_zero());
    losers.map(|net| if gained(net.account) { 1 } else { 2 }).max().unwrap_or(0)
}
