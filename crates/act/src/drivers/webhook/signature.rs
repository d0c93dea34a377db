//! The signature of a webhook: made here, and checked by receivers with [`verify`].

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::Secret;

/// The header that carries the signature, `t=<seconds since 1970 UTC>,v1=<64 hex digits>`.
pub const SIGNATURE_HEADER: &str = "Breakglass-Signature";
/// The header that carries the idempotency key, 64 hex digits.
pub const KEY_HEADER: &str = "Breakglass-Idempotency-Key";

/// Longest signature header that is read, in bytes: room for several `v1` while secrets change.
const HEADER_MAX: usize = 1024;

/// Why a message is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is not of the form `t=..,v1=..`.
    #[error("signature header is not of the form `t=<seconds>,v1=<64 hex digits>`")]
    Form,
    /// Too old or from the future: it may be a recording.
    #[error("signature was made at {at}, more than {tolerance_s} s from now")]
    Stale {
        /// When it says it was made, in seconds since 1970 UTC.
        at: i64,
        /// The tolerance in seconds.
        tolerance_s: i64,
    },
    /// Another secret, or another body.
    #[error("signature does not fit secret, time and body")]
    Mismatch,
}

/// The header for a body sent now: HMAC-SHA256 over `<seconds>.<body>`.
pub(super) fn header(secret: &Secret, body: &[u8], now: Timestamp) -> String {
    let at = now.as_second();
    let tag = mac(secret, at, body).finalize().into_bytes();
    format!("t={at},v1={}", alloy_primitives::hex::encode(tag))
}

/// Checks a message as its receiver: the value of the `Breakglass-Signature` header, and the body's bytes as they arrived,
/// before any JSON is parsed. Takes the same time whatever part of a signature is wrong.
///
/// A receiver also remembers each `Breakglass-Idempotency-Key`: a key it has seen means the same message again,
/// to be answered with 200 or 409 and no second effect. To let Breakglass ask what became of a message, it answers a `GET`
/// on the same address, whose signature covers the key in place of a body, with 200 for a key it has seen and
/// 404 for one it has not, and repeats the key in its own `Breakglass-Idempotency-Key` header.
///
/// # Errors
/// [`SignatureError`]; the message is then to be answered with 401 and forgotten.
pub fn verify(
    secret: &Secret,
    header: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: SignedDuration,
) -> Result<(), SignatureError> {
    let (at, tags) = parse(header).ok_or(SignatureError::Form)?;
    if now.as_second().abs_diff(at) > tolerance.as_secs().unsigned_abs() {
        return Err(SignatureError::Stale { at, tolerance_s: tolerance.as_secs() });
    }
    // `verify_slice` compares in constant time; every tag is compared, so the count alone shows.
    let fits = tags.iter().filter(|tag| mac(secret, at, body).verify_slice(*tag).is_ok()).count();
    if fits > 0 { Ok(()) } else { Err(SignatureError::Mismatch) }
}

fn mac(secret: &Secret, at: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose()).expect("HMAC takes a key of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

/// Time and signatures of a header. Parts of other versions are passed over; a part of ours must be exact.
fn parse(header: &str) -> Option<(i64, Vec<[u8; 32]>)> {
    if header.len() > HEADER_MAX {
        return None;
    }
    let (mut at, mut tags) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", digits) if at.is_none() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                at = Some(digits.parse().ok()?);
            }
            ("t", _) => return None,
            ("v1", tag) if tag.len() == 64 => tags.push(alloy_primitives::hex::decode_to_array(tag).ok()?),
            ("v1", _) => return None,
            _ => {}
        }
    }
    (!tags.is_empty()).then_some((at?, tags))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{"case":"case/1"}"#;

    fn secret() -> Secret {
        Secret::new("a secret of some length")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(header: &str, body: &[u8], now: i64) -> Result<(), SignatureError> {
        verify(&secret(), header, body, at(now), SignedDuration::from_secs(300))
    }

    /// Computed with `printf '1700000000.{"case":"case/1"}' | openssl dgst -sha256 -hmac 'a secret of some length'`.
    const KNOWN: &str = "t=1700000000,v1=13cef5cc6744c07a7097fc34ccdfcb79b2ebf6cbd983bd1bcbcbae193f2dd336";

    #[test]
    fn a_receiver_believes_our_messages_and_no_others() {
        assert_eq!(header(&secret(), BODY, at(1_700_000_000)), KNOWN);
        assert_eq!(check(KNOWN, BODY, 1_700_000_299), Ok(()));
        let stale = SignatureError::Stale { at: 1_700_000_000, tolerance_s: 300 };
        assert_eq!(check(KNOWN, BODY, 1_700_000_301), Err(stale));
        assert_eq!(check(KNOWN, BODY, 1_699_999_699), Err(stale), "nor from the future");
        assert_eq!(check(KNOWN, b"{}", 1_700_000_000), Err(SignatureError::Mismatch));
        assert_eq!(check(&KNOWN.replace("t=17", "t=16"), BODY, 1_600_000_000), Err(SignatureError::Mismatch));
        let changing = format!("{KNOWN},v1={}", "0".repeat(64));
        assert_eq!(check(&changing, BODY, 1_700_000_000), Ok(()), "while secrets change, one of two fits");
        assert_eq!(
            verify(&Secret::new("another"), KNOWN, BODY, at(1_700_000_000), SignedDuration::from_secs(300)),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn a_header_of_another_form_is_refused() {
        for bad in
            ["", "t=1", "v1=00", "t=,v1=", "t=-1,v1=", "t=1,t=2", "t=99999999999999999999", "t=1;v1=0", "0x", "=,="]
        {
            let padded = format!("{bad},v1={}", "0".repeat(64));
            assert_eq!(check(bad, BODY, 0), Err(SignatureError::Form), "{bad}");
            if bad != "t=1" {
                assert_eq!(check(&padded, BODY, 0), Err(SignatureError::Form), "{padded}");
            }
        }
        assert_eq!(check(&format!("t=1,v1=0x{}", "0".repeat(62)), BODY, 0), Err(SignatureError::Form));
        assert_eq!(check(&"t=1,".repeat(400), BODY, 0), Err(SignatureError::Form));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(header in "\\PC{0,200}", body in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(check(&header, &body, 0).is_err());
        }

        #[test]
        fn nearly_right_headers_are_read_without_a_panic(t in "[-+0-9]{0,22}", v in "[0-9a-fxg]{0,70}", sep in "[,; =]{0,2}") {
            let header = format!("t={t}{sep}v1={v}");
            prop_assert!(check(&header, BODY, 0).is_err());
        }

        #[test]
        fn what_is_signed_verifies(body in prop::collection::vec(any::<u8>(), 0..300), second in 0_i64..4_000_000_000) {
            let header = header(&secret(), &body, at(second));
            prop_assert_eq!(check(&header, &body, second), Ok(()));
        }
    }
}
