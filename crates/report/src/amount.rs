//! Amounts, accounts and assets in words.

use facts::{AccountId, AssetId, U256};

use crate::{CaseFile, code};

/// An amount with its unit, exact, or in base units where the asset has no name here. The number stands outside of the
/// code: a symbol may be made of digits.
pub(crate) fn amount(file: &CaseFile<'_>, amount: U256, asset: &AssetId) -> String {
    match file.names.asset(asset) {
        Some(name) => format!("{} {}", decimal(amount, name.decimals), code(&name.symbol)),
        None => format!("{amount} of {}", code(asset.as_str())),
    }
}

/// An account by its id, and by its name where it has one here.
pub(crate) fn account(file: &CaseFile<'_>, id: &AccountId) -> String {
    let address = code(&id.to_string());
    match file.names.account(id) {
        Some(name) => format!("{} ({address})", code(&name)),
        None => address,
    }
}

/// An amount of base units with a decimal point, without zeros at its end.
fn decimal(amount: U256, decimals: u8) -> String {
    let digits = amount.to_string();
    let places = usize::from(decimals);
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = padded.split_at(padded.len() - places);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost() {
        let of = |digits: &str, decimals| decimal(U256::from_str_radix(digits, 10).unwrap(), decimals);
        let told = [of("0", 18), of("1", 18), of("1500000", 6), of("1000000", 6), of("12", 0), of("123", 255)];
        let tiny = format!("0.{}123", "0".repeat(252));
        assert_eq!(told, ["0", "0.000000000000000001", "1.5", "1", "12", &tiny]);
        let most = U256::MAX.to_string();
        assert_eq!(decimal(U256::MAX, 18), format!("{}.{}", &most[..60], &most[60..]));
    }
}
