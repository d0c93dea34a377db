//! Addresses as people write them: with a checksum that catches the slip of a finger.

use alloy_primitives::{Address, hex};

use crate::config::{ConfigError, Spanned, Text, one_line};

/// Reads an address at its place in a text.
///
/// Mixed case has to be the EIP-55 checksum. All lower case is taken, because explorers and scripts write it so; it
/// carries no checksum and cannot be checked. The zero address is refused: where a person names an account, it is a
/// field that was forgotten.
pub fn address(text: &Text<'_>, written: &Spanned<String>) -> Result<Address, ConfigError> {
    let shown = one_line(written.get_ref(), 80);
    let bad = |why: &str| text.error(written.span(), format!("`{shown}` {why}"));
    let form = || bad("is not an address").hint("write `0x` and 40 hex digits");
    let digits = written.get_ref().strip_prefix("0x").ok_or_else(form)?;
    let mut bytes = [0; 20];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| form())?;
    let address = Address::from(bytes);
    if address.is_zero() {
        return Err(bad("is the zero address").hint("write the address of the account"));
    }
    let unchecked = !digits.bytes().any(|byte| byte.is_ascii_uppercase());
    if unchecked || address.to_checksum(None)[2..] == *digits {
        return Ok(address);
    }
    let remedy = format!("copy it again from its source: these digits would be written `{address}`");
    Err(bad("has a bad checksum").hint(remedy))
}
