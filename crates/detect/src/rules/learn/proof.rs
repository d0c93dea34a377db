//! Whether a draft knows the attack again that it was learnt from.

use facts::{B256, BlockFacts, BlockRef, ChainId, Sight, U256};

use super::Attack;
use crate::{ChainView, DetectError, Detectors, Memory, RuleText, Scope, built_in, read_rules};

/// Shows it the attack's transactions, each in a block of its own. Where contracts come from is known from these alone.
///
/// # Errors
/// If the draft is no rule.
pub(super) fn knows(draft: &RuleText, attack: &Attack<'_>) -> Result<bool, DetectError> {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("/blind-spot"));
    let detectors = Detectors::new(read_rules(blind_spot.chain([draft.clone()]))?, Scope::everything())?;
    let id = draft.folder.rsplit('/').next().unwrap_or_default();
    let chain = ChainView { id: ChainId::eip155(1), slip44: 60, wrapped: Vec::new() };
    let mut memory = Memory::default();
    for (number, tx) in (1u64..).zip(&attack.txs) {
        let hash = |number: u64| B256::from(U256::from(number));
        let block = BlockRef { chain: chain.id.clone(), number, hash: hash(number), parent: hash(number - 1) };
        let facts = BlockFacts {
            block,
            timestamp: number,
            sight: Sight::Executed,
            txs: vec![(*tx).clone()],
            of: 1,
            observed: Vec::new(),
            blind: Vec::new(),
        };
        let seen = detectors.block(&chain, &facts, &mut memory)?;
        let is_own = |alert: &case::Alert| alert.rule.id == id && alert.kind == attack.kind;
        if seen.alerts.iter().any(is_own) {
            return Ok(true);
        }
    }
    Ok(false)
}
