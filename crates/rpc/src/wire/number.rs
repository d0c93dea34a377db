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
        let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self::from_str_radix(digits, 16).ok())?
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
