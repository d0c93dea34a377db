//! Numbers as nodes write them: `"0x1b4"`. Recordings and some tools write plain JSON integers; both are read.

use std::{fmt, marker::PhantomData};

use alloy_primitives::U256;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// A number that fits `T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole<T>(pub T);

/// What a [`Whole`] can hold.
pub trait Quantity: Sized {
    /// How the type is called in an error.
    const NAME: &'static str;
    /// From hexadecimal digits without prefix.
    fn from_hex(digits: &str) -> Option<Self>;
    /// From a JSON integer.
    fn from_number(number: u64) -> Option<Self>;
}

macro_rules! quantity {
    ($($int:ty),*) => {$(
        impl Quantity for $int {
            const NAME: &'static str = stringify!($int);
            fn from_hex(digits: &str) -> Option<Self> {
                // `from_str_radix` would take a sign.
                digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| Self::from_str_radix(digits, 16).ok())?
            }
            fn from_number(number: u64) -> Option<Self> {
                Self::try_from(number).ok()
            }
        }
    )*};
}
quantity!(u8, u64, u128);

impl Quantity for U256 {
    const NAME: &'static str = "u256";
    fn from_hex(digits: &str) -> Option<Self> {
        // Limb by limb: `from_str_radix` would multiply all that came before for every digit.
        let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = digits.trim_start_matches('0');
        if !fits || digits.len() > 64 {
            return None;
        }
        let (mut limbs, mut end) = ([0; 4], digits.len());
        for limb in &mut limbs {
            let start = end.saturating_sub(16);
            *limb =
                u64::from_str_radix(digits.get(start..end).filter(|part| !part.is_empty()).unwrap_or("0"), 16).ok()?;
            end = start;
        }
        Some(Self::from_limbs(limbs))
    }
    fn from_number(number: u64) -> Option<Self> {
        Some(Self::from(number))
    }
}

struct Digits<T>(PhantomData<T>);

impl<T: Quantity> Visitor<'_> for Digits<T> {
    type Value = Whole<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a 0x-prefixed {}", T::NAME)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.strip_prefix("0x")
            .and_then(T::from_hex)
            .map(Whole)
            .ok_or_else(|| E::custom(format!("`{}` is not a 0x-prefixed {}", crate::error::short(text), T::NAME)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        T::from_number(number).map(Whole).ok_or_else(|| E::custom(format!("`{number}` does not fit {}", T::NAME)))
    }
}

impl<'de, T: Quantity> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Digits(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_limb_by_limb_as_they_are_all_at_once() {
        let digits = "f0e1d2c3b4a5968778695a4b3c2d1e0ff1e2d3c4b5a6978869584a3b2c1d0e0f";
        for length in 1..=64 {
            for zeros in [0, 1, 15, 16, 70] {
                let text = format!("{}{}", "0".repeat(zeros), &digits[..length]);
                assert_eq!(U256::from_hex(&text), U256::from_str_radix(&text, 16).ok(), "{text}");
            }
        }
        assert_eq!(U256::from_hex("0"), Some(U256::ZERO));
        for wrong in ["", "+1", "-1", "0x1", "1_0", "g", "é", &"1".repeat(65)] {
            assert_eq!(U256::from_hex(wrong), None, "{wrong}");
        }
    }
}
