//! What a constant is for, as far as its looks tell.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Selector, U256, uint};

use super::reach::Widths;

/// An address with six leading zero bytes has 112 bits. Fewer are numbers far more often.
const ADDRESS_BITS_MIN: usize = 112;

/// Numbers as long as an address that stand in the code of very many pools: the bounds of a square root of a price in
/// Uniswap v3 (`TickMath.MAX_SQRT_RATIO`), and one less.
const NO_ADDRESSES: [U256; 2] =
    [uint!(0xfffd8963efd1fc6a506488495d951d5263988d26_U256), uint!(0xfffd8963efd1fc6a506488495d951d5263988d25_U256)];

#[derive(Default)]
pub(super) struct Sorted {
    pub(super) selectors: Vec<Selector>,
    pub(super) addresses: Vec<Address>,
    pub(super) words: Vec<B256>,
}

pub(super) fn sort(constants: &[(U256, Widths)], dispatched: impl Fn(&Selector) -> bool) -> Sorted {
    let (mut selectors, mut addresses, mut words) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (value, widths) in constants {
        let widths = *widths;
        if let Some(selector) = selector(*value, widths) {
            selectors.insert(selector);
        } else if is_address(*value, widths) {
            addresses.insert(Address::from_word((*value).into()));
        } else if widths.has(32) && value.bit_len() > 160 && !is_round(*value) && !is_text(*value) {
            words.insert(B256::from(*value));
        }
    }
    selectors.retain(|selector| !dispatched(selector));
    Sorted {
        selectors: selectors.into_iter().collect(),
        addresses: addresses.into_iter().collect(),
        words: words.into_iter().collect(),
    }
}

/// Four bytes: pushed as such, or put at the high end of a word.
fn selector(value: U256, widths: Widths) -> Option<Selector> {
    let high = value >> 224_usize;
    let low = if widths.has(4) {
        value
    } else if !high.is_zero() && high << 224_usize == value && (widths.has(0) || widths.has(32)) {
        high
    } else {
        return None;
    };
    let [.., w, x, y, z] = low.to_be_bytes::<32>();
    // Masks and single bits are not selectors.
    (!is_round(low)).then(|| Selector::from([w, x, y, z]))
}

fn is_address(value: U256, widths: Widths) -> bool {
    let bits = value.bit_len();
    if !(ADDRESS_BITS_MIN..=160).contains(&bits) || is_round(value) || value.trailing_zeros() >= 32 {
        return false;
    }
    // Immutable addresses are pushed by the whole word, whatever they begin with. Below 17 bytes a push of its own width
    // is a number more often than an address.
    let wide = widths.has_any((17..=20).chain([32]));
    let shifted = widths.has(0) && bits > 152;
    let short = bits < 128 && widths.has_any(14..=16);
    (wide || shifted || short) && !NO_ADDRESSES.contains(&value)
}

/// Letters at the high end, and zeros behind them.
fn is_text(value: U256) -> bool {
    let bytes = value.to_be_bytes::<32>();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes[..end].iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// All ones from some bit down, all ones from some bit up, or a single bit: masks and powers of two.
fn is_round(value: U256) -> bool {
    let one = U256::ONE;
    let shifted = value >> value.trailing_zeros().min(255);
    shifted & shifted.wrapping_add(one) == U256::ZERO
}
