//! V3 keystores, looked over before the library spends memory or time on them.
//!
//! Format: Web3 Secret Storage Definition, version 3. The library trusts the file: absurd costs would eat the machine's
//! memory and short keys or vectors would make it panic. So everything it relies on is checked first.

use std::{io::Read, path::Path};

use alloy_signer_local::{LocalSignerError, PrivateKeySigner};
use facts::Address;
use serde::Deserialize;
use serde_json::Value;

use crate::{Secret, secret::open_file};

/// Largest keystore in bytes; real ones have about 500.
const BYTES_MAX: u64 = 64 * 1024;
/// Most memory scrypt may take, in bytes (128 · n · r): twice geth's standard of 256 MiB.
const SCRYPT_BYTES_MAX: u64 = 512 << 20;
/// Most work scrypt may do (n · r · p): eight times geth's standard of 2^21, some ten seconds.
const SCRYPT_WORK_MAX: u64 = 1 << 24;
/// Most rounds of PBKDF2: about forty times the usual 262,144.
const PBKDF2_ROUNDS_MAX: u64 = 10_000_000;

/// The parts of a keystore that decide what opening it costs and whether it can be opened.
#[derive(Deserialize)]
struct Keystore {
    #[serde(default)]
    version: Value,
    crypto: Option<Crypto>,
    id: Option<String>,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: KdfParams,
    mac: String,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize)]
struct KdfParams {
    dklen: u64,
    salt: String,
    n: Option<u64>,
    r: Option<u64>,
    p: Option<u64>,
    c: Option<u64>,
    prf: Option<String>,
}

/// Decrypts a keystore.
///
/// # Errors
/// Why not, with the file and the remedy, and neither password nor key.
pub(super) fn open(path: &Path, password: &Secret) -> Result<PrivateKeySigner, String> {
    let shown = path.display();
    let mut text = Vec::new();
    open_file(path)?
        .take(BYTES_MAX + 1)
        .read_to_end(&mut text)
        .map_err(|error| format!("file `{shown}` cannot be read: {error}"))?;
    let named = look_over(&text).map_err(|why| format!("keystore `{shown}` {why}"))?;
    let key = PrivateKeySigner::decrypt_keystore(path, password.expose()).map_err(|error| match error {
        LocalSignerError::EthKeystoreError(error) if error.to_string() == "Mac Mismatch" => {
            format!("the password does not open keystore `{shown}`; correct the password file or variable")
        }
        LocalSignerError::EcdsaError(_) => {
            format!("keystore `{shown}` holds no valid secp256k1 key; restore it from a backup")
        }
        other => format!("keystore `{shown}` cannot be opened: {other}; restore it from a backup"),
    })?;
    match named {
        Some(address) if address != key.address() => Err(format!(
            "keystore `{shown}` says it is `{address}` and holds the key of `{}`; restore it from a backup",
            key.address()
        )),
        _ => Ok(key),
    }
}

/// Checks everything the library relies on; returns the address the keystore claims, if it claims one.
fn look_over(text: &[u8]) -> Result<Option<Address>, String> {
    if text.len() as u64 > BYTES_MAX {
        return Err(format!("has more than {BYTES_MAX} bytes; is it the right file?"));
    }
    let keystore: Keystore = serde_json::from_slice(text).map_err(|error| {
        // The library's message may quote what it read; position and kind are enough to repair the file.
        let kind = match error.classify() {
            serde_json::error::Category::Data => "is not a keystore",
            _ => "is not JSON",
        };
        format!("{kind} (line {}, column {}); restore it from a backup", error.line(), error.column())
    })?;
    match &keystore.version {
        Value::Number(three) if three.as_u64() == Some(3) => {}
        Value::Number(four) if four.as_u64() == Some(4) => {
            return Err("has version 4, a validator's (EIP-2335); an account's keystore has version 3".to_owned());
        }
        other => return Err(format!("has version `{}`; only version 3 is supported", cut(&other.to_string()))),
    }
    let crypto = keystore.crypto.ok_or("has no `crypto`; write it anew with `cast wallet import`")?;
    if keystore.id.is_none_or(|id| id.chars().filter(char::is_ascii_hexdigit).count() != 32) {
        return Err("has no `id` that is a UUID; write it anew with `cast wallet import`".to_owned());
    }
    if crypto.cipher != "aes-128-ctr" {
        return Err(format!("uses cipher `{}`; only `aes-128-ctr` is supported", cut(&crypto.cipher)));
    }
    has_bytes("crypto.cipherparams.iv", &crypto.cipherparams.iv, 16..=16)?;
    has_bytes("crypto.ciphertext", &crypto.ciphertext, 32..=32)?;
    has_bytes("crypto.mac", &crypto.mac, 32..=32)?;
    has_bytes("crypto.kdfparams.salt", &crypto.kdfparams.salt, 1..=256)?;
    if crypto.kdfparams.dklen != 32 {
        return Err(format!("has a `dklen` of {}; it must be 32", crypto.kdfparams.dklen));
    }
    affordable(&crypto.kdf, &crypto.kdfparams)?;
    let address = keystore.address.map(|text| {
        text.parse()
            .map_err(|_| format!("has an `address` of `{}`, which is none; restore it from a backup", cut(&text)))
    });
    address.transpose()
}

/// Refuses a key derivation that would eat the machine, before it starts.
fn affordable(kdf: &str, params: &KdfParams) -> Result<(), String> {
    let remedy = "write it anew with `cast wallet import`, or make sure nobody put it there";
    match (kdf, params) {
        ("scrypt", KdfParams { n: Some(n), r: Some(r), p: Some(p), c: None, .. }) => {
            let (n, r, p) = (*n, *r, *p);
            if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
                return Err(format!("asks for scrypt with n={n} r={r} p={p}, which does not exist; {remedy}"));
            }
            let bytes = n.saturating_mul(r).saturating_mul(128);
            if bytes > SCRYPT_BYTES_MAX {
                return Err(format!(
                    "asks for scrypt with n={n} r={r}: {bytes} bytes of memory, the limit is {SCRYPT_BYTES_MAX}; {remedy}"
                ));
            }
            let work = n.saturating_mul(r).saturating_mul(p);
            if work > SCRYPT_WORK_MAX {
                return Err(format!(
                    "asks for scrypt with n={n} r={r} p={p}: {work} units of work, the limit is {SCRYPT_WORK_MAX}; {remedy}"
                ));
            }
            Ok(())
        }
        ("pbkdf2", KdfParams { c: Some(c), n: None, prf: Some(prf), .. }) => {
            if prf != "hmac-sha256" {
                return Err(format!("uses PBKDF2 with `{}`; only `hmac-sha256` is supported", cut(prf)));
            }
            if *c == 0 || *c > PBKDF2_ROUNDS_MAX {
                return Err(format!(
                    "asks for {c} rounds of PBKDF2, between 1 and {PBKDF2_ROUNDS_MAX} are allowed; {remedy}"
                ));
            }
            Ok(())
        }
        ("scrypt" | "pbkdf2", _) => {
            Err(format!("has `kdfparams` that do not fit its kdf `{kdf}`; restore it from a backup"))
        }
        (other, _) => Err(format!("uses kdf `{}`; only `scrypt` and `pbkdf2` are supported", cut(other))),
    }
}

fn has_bytes(field: &str, text: &str, len: std::ops::RangeInclusive<usize>) -> Result<(), String> {
    let hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex && len.contains(&(text.len() / 2)) {
        return Ok(());
    }
    let (low, high) = (len.start(), len.end());
    let wanted = if low == high { format!("{low}") } else { format!("{low} to {high}") };
    Err(format!("has a `{field}` that is not {wanted} bytes in hex; restore it from a backup"))
}

/// A stranger's text in an error: short, and without control characters.
fn cut(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn keystore() -> Value {
        json!({
            "version": 3, "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "crypto": {
                "cipher": "aes-128-ctr", "cipherparams": { "iv": "00".repeat(16) }, "ciphertext": "11".repeat(32),
                "kdf": "scrypt", "kdfparams": { "dklen": 32, "n": 262144, "r": 8, "p": 1, "salt": "22".repeat(32) },
                "mac": "33".repeat(32)
            }
        })
    }

    fn check(change: impl FnOnce(&mut Value), expected: Expect) {
        let mut value = keystore();
        change(&mut value);
        let looked = look_over(value.to_string().as_bytes());
        expected.assert_eq(&looked.map_or_else(|why| why, |address| format!("fine, {address:?}")));
    }

    #[test]
    fn what_the_library_would_trust_is_checked_first() {
        check(|_| (), expect!["fine, None"]);
        check(
            |k| k["version"] = json!(4),
            expect!["has version 4, a validator's (EIP-2335); an account's keystore has version 3"],
        );
        check(|k| k["version"] = json!("1"), expect![[r#"has version `"1"`; only version 3 is supported"#]]);
        check(|k| k["id"] = json!("x"), expect!["has no `id` that is a UUID; write it anew with `cast wallet import`"]);
        check(
            |k| k["address"] = json!("0xzz"),
            expect!["has an `address` of `0xzz`, which is none; restore it from a backup"],
        );
        check(|k| k["crypto"] = Value::Null, expect!["has no `crypto`; write it anew with `cast wallet import`"]);
        check(|k| k["crypto"] = json!(7), expect!["is not a keystore (line 1, column 67); restore it from a backup"]);
        check(
            |k| k["crypto"]["cipher"] = json!("rot13\u{7}"),
            expect!["uses cipher `rot13?`; only `aes-128-ctr` is supported"],
        );
        check(
            |k| k["crypto"]["cipherparams"]["iv"] = json!("00"),
            expect!["has a `crypto.cipherparams.iv` that is not 16 bytes in hex; restore it from a backup"],
        );
        check(
            |k| k["crypto"]["mac"] = json!("é"),
            expect!["has a `crypto.mac` that is not 32 bytes in hex; restore it from a backup"],
        );
        check(
            |k| k["crypto"]["kdf"] = json!("argon2id"),
            expect!["uses kdf `argon2id`; only `scrypt` and `pbkdf2` are supported"],
        );
        check(
            |k| k["crypto"]["kdf"] = json!("pbkdf2"),
            expect!["has `kdfparams` that do not fit its kdf `pbkdf2`; restore it from a backup"],
        );
        check(|k| k["crypto"]["kdfparams"]["dklen"] = json!(8), expect!["has a `dklen` of 8; it must be 32"]);
    }

    #[test]
    fn a_keystore_that_would_eat_the_machine_is_refused_unopened() {
        check(
            |k| k["crypto"]["kdfparams"]["n"] = json!(1_u64 << 30),
            expect![
                "asks for scrypt with n=1073741824 r=8: 1099511627776 bytes of memory, the limit is 536870912; write it anew with `cast wallet import`, or make sure nobody put it there"
            ],
        );
        check(
            |k| k["crypto"]["kdfparams"]["p"] = json!(u32::MAX),
            expect![
                "asks for scrypt with n=262144 r=8 p=4294967295: 9007199252643840 units of work, the limit is 16777216; write it anew with `cast wallet import`, or make sure nobody put it there"
            ],
        );
        check(
            |k| k["crypto"]["kdfparams"]["n"] = json!(1000),
            expect![
                "asks for scrypt with n=1000 r=8 p=1, which does not exist; write it anew with `cast wallet import`, or make sure nobody put it there"
            ],
        );
        check(
            |k| {
                k["crypto"]["kdf"] = json!("pbkdf2");
                k["crypto"]["kdfparams"] =
                    json!({"dklen": 32, "salt": "00", "prf": "hmac-sha256", "c": 4_000_000_000_u64});
            },
            expect![
                "asks for 4000000000 rounds of PBKDF2, between 1 and 10000000 are allowed; write it anew with `cast wallet import`, or make sure nobody put it there"
            ],
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_over_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(look_over(&bytes).is_err());
        }

        /// Whatever passes is opened by the library in bounded time and without a panic.
        #[test]
        fn what_passes_is_safe_to_open(
            dklen in prop_oneof![Just(32_u64), any::<u64>()],
            n in prop_oneof![(0_u32..40).prop_map(|log| 1_u64.checked_shl(log).unwrap_or(0)), any::<u64>()],
            r in prop_oneof![0_u64..12, any::<u64>()],
            p in prop_oneof![0_u64..12, any::<u64>()],
            iv in "[0-9a-f]{0,40}",
            salt in "[0-9a-fx]{0,8}",
        ) {
            let mut value = keystore();
            value["crypto"]["cipherparams"]["iv"] = json!(iv);
            value["crypto"]["kdfparams"] = json!({"dklen": dklen, "n": n, "r": r, "p": p, "salt": salt});
            if look_over(value.to_string().as_bytes()).is_ok() {
                prop_assert_eq!((dklen, iv.len()), (32, 32));
                prop_assert!(u128::from(n) * u128::from(r) * 128 <= u128::from(SCRYPT_BYTES_MAX));
                prop_assert!(n.is_power_of_two() && u128::from(n) * u128::from(r) * u128::from(p) <= u128::from(SCRYPT_WORK_MAX));
            }
        }
    }
}
