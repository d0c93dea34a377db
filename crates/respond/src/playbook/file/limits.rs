//! The numbers of a playbook, each within bounds that are written down.

use std::fmt;

use atlas::config::{ConfigError, Spanned, Text};
use serde::{Deserialize, de};

use super::super::Bounds;

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsText {
    gas: Option<Number>,
    fee_gwei_max: Option<Number>,
    bumps: Option<Number>,
    valid_for_minutes: Number,
}

/// A whole number as it is written, so that one that fits nowhere is refused with the bounds and not with a Rust type.
#[derive(Clone, Copy)]
pub(super) struct Number(i128);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl de::Visitor<'_> for Whole {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, without quotes or a point")
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number.into()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number.into()))
            }
            fn visit_i128<E: de::Error>(self, number: i128) -> Result<Number, E> {
                Ok(Number(number))
            }
            fn visit_u128<E: de::Error>(self, number: u128) -> Result<Number, E> {
                Ok(Number(i128::try_from(number).unwrap_or(i128::MAX)))
            }
        }
        deserializer.deserialize_any(Whole)
    }
}

pub(super) fn bounds(place: &Text<'_>, limits: &Spanned<LimitsText>, is_call: bool) -> Result<Bounds, ConfigError> {
    let LimitsText { gas, fee_gwei_max, bumps, valid_for_minutes } = *limits.get_ref();
    let outside = |what: String| place.error(limits.span(), what).hint("set it to what the step is worth");
    // A week: a plan that waits longer is about another world.
    let valid_for_minutes = within("valid_for_minutes", valid_for_minutes, 1, 10_080).map_err(outside)?;
    match (is_call, gas, fee_gwei_max, bumps) {
        (true, Some(gas), Some(fee), Some(bumps)) => Ok(Bounds {
            // From the cheapest transaction to a whole block.
            gas: within("gas", gas, 21_000, 30_000_000).map_err(outside)?,
            // Ten times the worst fee ever seen.
            fee_gwei_max: within("fee_gwei_max", fee, 1, 100_000).map_err(outside)?,
            bumps: within("bumps", bumps, 0, 20).map_err(outside)?,
            valid_for_minutes,
        }),
        (false, None, None, None) => Ok(Bounds { gas: 0, fee_gwei_max: 0, bumps: 0, valid_for_minutes }),
        (true, ..) => {
            let hint = "write `gas`, `fee_gwei_max`, `bumps` and `valid_for_minutes`";
            Err(place.error(limits.span(), "the limits of a transaction are not complete").hint(hint))
        }
        (false, ..) => {
            let hint = "write only `valid_for_minutes`";
            Err(place.error(limits.span(), "a message costs no gas").hint(hint))
        }
    }
}

/// The number, if it lies between the two.
pub(super) fn within<T: TryFrom<i128> + Into<i128> + Copy>(
    name: &str,
    Number(number): Number,
    least: T,
    most: T,
) -> Result<T, String> {
    let (low, high): (i128, i128) = (least.into(), most.into());
    let fits = (low..=high).contains(&number).then(|| T::try_from(number).ok()).flatten();
    fits.ok_or_else(|| format!("`{name} = {number}` is not between {low} and {high}"))
}
