//! Numbers for people: digits are moved, grouped and cut with a mark, nothing is rounded.

use facts::U256;

/// Digits after the point that a person is shown. The document has them all.
const PLACES_SHOWN: usize = 6;

/// An amount of base units with its decimal point, in groups of three, cut after six places with an ellipsis.
pub(super) fn amount(units: U256, decimals: u8) -> String {
    let digits = units.to_string();
    let places = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = padded.split_at(padded.len() - places);
    let part = part.trim_end_matches('0');
    let whole = grouped(whole);
    // What is all behind the cut is shown to its first digits, wherever they are.
    let lead = part.len() - part.trim_start_matches('0').len();
    let shown = if whole == "0" && lead >= PLACES_SHOWN { lead + 2 } else { PLACES_SHOWN };
    match part.get(..shown) {
        _ if part.is_empty() => whole,
        Some(head) if part.len() > shown => format!("{whole}.{head}…"),
        _ => format!("{whole}.{part}"),
    }
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share in basis points as percent.
pub(super) fn percent(basis_points: u64) -> String {
    match basis_points % 100 {
        0 => format!("{} %", grouped(&(basis_points / 100).to_string())),
        rest => {
            let text = format!("{}.{rest:02}", grouped(&(basis_points / 100).to_string()));
            format!("{} %", text.trim_end_matches('0'))
        }
    }
}

/// `part` of `whole` in basis points, not above `u64`; none of nothing.
pub(super) fn share_bp(part: U256, whole: U256) -> Option<u64> {
    if whole.is_zero() {
        return None;
    }
    let bp = match part.checked_mul(U256::from(10_000)) {
        Some(scaled) => scaled / whole,
        None => part / (whole / U256::from(10_000)).max(U256::ONE),
    };
    Some(u64::try_from(bp).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_cut_with_a_mark() {
        let of = |digits: &str, decimals| amount(U256::from_str_radix(digits, 10).unwrap(), decimals);
        assert_eq!(of("1843200000000000000000", 18), "1,843.2");
        assert_eq!(of("1843200000000000000001", 18), "1,843.200000…");
        assert_eq!(of("1843123456789000000001", 18), "1,843.123456…");
        assert_eq!(of("5", 18), "0.000000000000000005");
        assert_eq!(of("5123", 18), "0.0000000000000051…");
        assert_eq!((of("0", 18), of("1500000", 6), of("7", 0)), ("0".into(), "1.5".into(), "7".into()));
        assert_eq!(of("7", 255).len(), 257);
    }

    #[test]
    fn shares_keep_their_order() {
        assert_eq!(share_bp(U256::from(1), U256::from(3)), Some(3_333));
        assert_eq!(share_bp(U256::MAX, U256::MAX), Some(10_000));
        assert_eq!(share_bp(U256::ONE, U256::ZERO), None);
        assert_eq!(
            (percent(3_333), percent(10_000), percent(1_050)),
            ("33.33 %".into(), "100 %".into(), "10.5 %".into())
        );
    }
}
