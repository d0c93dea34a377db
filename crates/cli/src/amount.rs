//! Amounts for people.

/// Base units with a decimal point: digits are moved, nothing is computed.
pub fn pointed(units: &str, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let padded = format!("{units:0>width$}", width = decimals + 1);
    let (whole, part) = padded.split_at(padded.len() - decimals);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_every_digit() {
        assert_eq!(pointed("1843200000000000000001", 18), "1843.200000000000000001");
        assert_eq!(pointed("5", 18), "0.000000000000000005");
        assert_eq!(pointed("0", 18), "0");
        assert_eq!(pointed("1500000", 6), "1.5");
        assert_eq!(pointed("7", 0), "7");
        assert_eq!(pointed("7", 255).len(), 257);
    }
}
