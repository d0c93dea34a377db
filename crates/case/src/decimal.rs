//! Amounts as decimal text: a person reads them, and no reader of JSON rounds them.

use facts::U256;
use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(amount: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
    let text = String::deserialize(deserializer)?;
    // Only what was written here is read back: no sign, no prefix, no separators, no leading zero.
    let canonical = text == "0" || (text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'));
    let amount = canonical.then(|| U256::from_str_radix(&text, 10).ok()).flatten();
    amount.filter(|_| !text.is_empty()).ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        de::Error::custom(format!("`{shown}` is not an amount: expected decimal digits"))
    })
}

/// Whether nothing was left out of a list, which then need not be said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(crate) fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, Deserialize)]
    struct Held(#[serde(with = "super")] U256);

    #[test]
    fn an_amount_reads_back_as_written_and_nothing_else_does() {
        let most = Held(U256::MAX);
        let text = serde_json::to_string(&most).unwrap();
        assert_eq!(text, "\"115792089237316195423570985008687907853269984665640564039457584007913129639935\"");
        assert_eq!(serde_json::from_str::<Held>(&text).unwrap(), most);
        assert_eq!(serde_json::from_str::<Held>("\"0\"").unwrap(), Held(U256::ZERO));
        for wrong in ["\"\"", "\"0x10\"", "\"-1\"", "\"1_0\"", "\"01\"", "\"1.0\"", "\"1e3\"", "7", "\" 7\"", "\"²\""]
        {
            assert!(serde_json::from_str::<Held>(wrong).is_err(), "{wrong}");
        }
        let too_much = text.replace('5', "9");
        assert!(serde_json::from_str::<Held>(&too_much).unwrap_err().to_string().contains("is not an amount"));
    }
}
