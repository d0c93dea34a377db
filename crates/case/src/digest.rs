//! Canonical bytes and their digest: SHA-256 over RFC 8785 JSON.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// A text that is not a digest, or a value that has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// Not 64 hex digits.
    #[error("`{0}` is not a digest: expected 64 lower-case hex digits")]
    Form(String),
    /// A value that JSON cannot write, such as a map whose keys are not text.
    #[error("value has no canonical JSON form: {0}")]
    Canonical(#[from] serde_json::Error),
}

/// The canonical bytes of a value (RFC 8785): keys sorted, no white space, one way to write each value.
///
/// # Errors
/// If JSON cannot write the value.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, DigestError> {
    Ok(serde_json_canonicalizer::to_vec(&value)?)
}

impl Digest {
    /// All zeros: the digest before the first entry of a stream.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a value's canonical bytes.
    ///
    /// # Errors
    /// If JSON cannot write the value.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, DigestError> {
        Ok(Self::of_bytes(&canonical(value)?))
    }

    /// The first twelve hex digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let bad = || DigestError::Form(text.chars().take(80).collect());
        let lower_hex = |c: &u8| c.is_ascii_digit() || (b'a'..=b'f').contains(c);
        if text.len() != 64 || !text.as_bytes().iter().all(lower_hex) {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_bytes_do_not_depend_on_the_order_of_keys() {
        let one: serde_json::Value = serde_json::from_str(r#"{"b": 1, "a": {"d": "é", "c": []}}"#).unwrap();
        let two: serde_json::Value = serde_json::from_str(r#"{"a":{"c":[],"d":"é"},"b":1}"#).unwrap();
        assert_eq!(canonical(&one).unwrap(), canonical(&two).unwrap());
        assert_eq!(String::from_utf8(canonical(&one).unwrap()).unwrap(), r#"{"a":{"c":[],"d":"é"},"b":1}"#);
    }

    #[test]
    fn a_digest_reads_back_and_nothing_else_does() {
        let digest = Digest::of_bytes(b"");
        assert_eq!(digest.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855".parse::<Digest>().is_err());
        assert!("+3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".parse::<Digest>().is_err());
        assert!("00".parse::<Digest>().is_err());
    }
}
