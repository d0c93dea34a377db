//! What a transaction pays, and what each further attempt pays: a ladder of fees, fixed when the step is bound.
//!
//! The ladder follows from its first rung and the step's limits alone, and signing is deterministic (RFC 6979). So a
//! fresh process can compute every transaction that the binding can ever have sent, and look for each.

use facts::U256;
use serde::{Deserialize, Serialize};

use crate::Fees;

/// Highest fee per gas that is reckoned with, in wei: about 18 ether per gas. Keeps the arithmetic within 128 bits.
const WEI_MAX: u128 = u64::MAX as u128;

/// What one attempt pays, in wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rung {
    /// Highest fee, base fee and tip together; the gas price of a legacy transaction.
    pub(super) fee_max: u128,
    /// Priority tip; none for a legacy transaction.
    pub(super) tip: Option<u128>,
}

/// The first rung as the book keeps it. Amounts are text there: JSON numbers are not exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstRung {
    pub(super) fee_max: U256,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tip: Option<U256>,
}

/// All rungs of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ladder {
    first: Rung,
    bumps: u8,
    cap: u128,
}

impl Ladder {
    /// The ladder for a step that is bound now. Blocks are ordered by tip, and a containment that comes second came too
    /// late: the tip is twice what the node suggests and at least an eighth of the step's limit. The highest fee is
    /// twice the base fee and the tip, which stays includable for six full blocks; where the limit allows, it leaves room
    /// for every bump below it.
    ///
    /// # Errors
    /// The lowest fee that would do, if it is above the limit.
    pub(super) fn choose(fees: &Fees, limit: U256, bumps: u8) -> Result<Self, u128> {
        let cap = saturate(limit);
        let roomy = descend(cap, bumps);
        let want = fees.suggestion.saturating_mul(2).max(cap / 8);
        let first = match fees.base_fee {
            Some(base) if base > cap => return Err(base),
            Some(base) => {
                // With a base fee this close to the limit there may be room for fewer bumps, which is better than no try.
                let ceiling = if base < roomy { roomy } else { cap };
                let tip = want.min(ceiling - base);
                Rung { fee_max: ceiling.min(base.saturating_mul(2).saturating_add(tip)), tip: Some(tip) }
            }
            None if fees.suggestion > cap => return Err(fees.suggestion),
            None => {
                let ceiling = if fees.suggestion <= roomy { roomy } else { cap };
                Rung { fee_max: want.min(ceiling), tip: None }
            }
        };
        Ok(Self { first, bumps, cap })
    }

    /// The ladder of a binding that was read back. Whatever stands there, no rung is above the limit.
    pub(super) fn read(first: &FirstRung, limit: U256, bumps: u8) -> Self {
        let cap = saturate(limit);
        let fee_max = saturate(first.fee_max).min(cap);
        let tip = first.tip.map(|tip| saturate(tip).min(fee_max));
        Self { first: Rung { fee_max, tip }, bumps, cap }
    }

    /// The first rung, for the book.
    pub(super) fn first(&self) -> FirstRung {
        FirstRung { fee_max: U256::from(self.first.fee_max), tip: self.first.tip.map(U256::from) }
    }

    /// What the attempt after so many bumps pays: at least an eighth more than the one before, in fee and tip (nodes ask
    /// for a tenth to replace a transaction), and as high as leaves room for the bumps that follow. `None` beyond
    /// the last rung.
    pub(super) fn rung(&self, bump: u8) -> Option<Rung> {
        if bump > self.bumps {
            return None;
        }
        let mut rung = self.first;
        for n in 1..=bump {
            let before = rung;
            rung.fee_max = raise(before.fee_max).max(descend(self.cap, self.bumps - n));
            if rung.fee_max > self.cap {
                return None;
            }
            rung.tip = before.tip.map(|tip| {
                let in_step = if before.fee_max == 0 { 0 } else { (tip * rung.fee_max).div_ceil(before.fee_max) };
                in_step.max(raise(tip)).min(rung.fee_max)
            });
        }
        Some(rung)
    }

    /// Every rung from the first.
    pub(super) fn rungs(&self) -> impl Iterator<Item = Rung> + '_ {
        (0..=self.bumps).map_while(|bump| self.rung(bump))
    }
}

/// An eighth more, and at least one wei.
fn raise(fee: u128) -> u128 {
    (fee * 9).div_ceil(8).max(fee + 1)
}

/// The highest fee that can be raised so many times without passing `cap`.
fn descend(cap: u128, times: u8) -> u128 {
    (0..times).fold(cap, |fee, _| fee * 8 / 9)
}

fn saturate(wei: U256) -> u128 {
    u128::try_from(wei).unwrap_or(u128::MAX).min(WEI_MAX)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    const GWEI: u128 = 1_000_000_000;

    fn check(base_gwei: Option<u128>, suggestion_gwei: u128, limit_gwei: u128, bumps: u8, expected: Expect) {
        let fees = Fees { base_fee: base_gwei.map(|base| base * GWEI), suggestion: suggestion_gwei * GWEI };
        let shown = match Ladder::choose(&fees, U256::from(limit_gwei * GWEI), bumps) {
            Ok(ladder) => ladder
                .rungs()
                .map(|rung| match rung.tip {
                    Some(tip) => format!("{} tip {}", rung.fee_max / GWEI, tip / GWEI),
                    None => format!("{}", rung.fee_max / GWEI),
                })
                .collect::<Vec<_>>()
                .join(", "),
            Err(needed) => format!("needs {}", needed / GWEI),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_ladder_in_gwei() {
        check(Some(10), 1, 200, 3, expect!["45 tip 25, 158 tip 87, 177 tip 98, 200 tip 111"]);
        check(Some(10), 1, 200, 0, expect!["45 tip 25"]);
        check(Some(180), 1, 200, 3, expect!["200 tip 20"]);
        check(Some(201), 1, 200, 3, expect!["needs 201"]);
        check(None, 5, 200, 2, expect!["25, 177, 200"]);
        check(None, 500, 200, 2, expect!["needs 500"]);
    }

    proptest! {
        #[test]
        fn every_rung_replaces_the_one_before_and_none_passes_the_limit(
            base in prop::option::of(any::<u128>().prop_map(|n| n >> 70)),
            suggestion in any::<u128>().prop_map(|n| n >> 70),
            limit in any::<u128>().prop_map(|n| n >> 66),
            bumps in 0_u8..12,
        ) {
            let fees = Fees { base_fee: base, suggestion };
            let Ok(ladder) = Ladder::choose(&fees, U256::from(limit), bumps) else {
                prop_assert!(base.unwrap_or(suggestion) > limit.min(WEI_MAX));
                return Ok(());
            };
            let rungs: Vec<_> = ladder.rungs().collect();
            prop_assert!(!rungs.is_empty());
            prop_assert_eq!(Ladder::read(&ladder.first(), U256::from(limit), bumps), ladder);
            for rung in &rungs {
                prop_assert!(rung.fee_max <= limit && rung.tip.is_none_or(|tip| tip <= rung.fee_max));
                prop_assert!(base.is_none_or(|base| rung.fee_max >= base));
            }
            for pair in rungs.windows(2) {
                prop_assert!(pair[1].fee_max * 8 >= pair[0].fee_max * 9);
                if let [Some(before), Some(after)] = [pair[0].tip, pair[1].tip] {
                    prop_assert!(after * 8 >= before * 9);
                }
            }
            let room = descend(limit.min(WEI_MAX), bumps);
            if base.unwrap_or(suggestion) < room {
                prop_assert_eq!(rungs.len(), usize::from(bumps) + 1);
            }
        }
    }
}
