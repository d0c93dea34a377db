//! The installation's seal key. It stays in a file of its own and never enters the book.

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::StoreError;

/// An Ed25519 key that signs seals.
#[derive(Clone)]
pub struct SealKey(SigningKey);

impl SealKey {
    /// A key from 32 secret bytes.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    /// The key in `path` (64 hex digits), or a new one from `fresh` random bytes if there is no such file. The file is
    /// readable by its owner alone, and is whole or not there.
    ///
    /// # Errors
    /// If the file cannot be read or written, is not a key, or is readable by others.
    pub fn load_or_create(path: &Path, fresh: impl FnOnce() -> io::Result<[u8; 32]>) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.display().to_string(), source };
        match fs::exists(path) {
            Ok(true) => load(path),
            Ok(false) => {
                let secret = Zeroizing::new(fresh().map_err(failed)?);
                match create(path, &Zeroizing::new(hex(&*secret))) {
                    // Somebody else was faster: theirs is the key.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => load(path),
                    other => other.map(|()| Self::from_bytes(*secret)).map_err(failed),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The public key, 64 hex digits.
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex(&self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// Whether `signature` is `key`'s over `message`; both in hex.
pub(crate) fn is_signed(key: &str, message: &[u8], signature: &str) -> bool {
    let check = || {
        let key = VerifyingKey::from_bytes(&bytes::<32>(key)?).ok()?;
        let signature = Signature::from_bytes(&bytes::<64>(signature)?);
        key.verify_strict(message, &signature).ok()
    };
    check().is_some()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from lower-case hex of exactly that length.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    let lower_hex = |digit: &u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit);
    if digits.len() != 2 * N || !digits.iter().all(lower_hex) {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

fn load(path: &Path) -> Result<SealKey, StoreError> {
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    private(path).map_err(failed)?;
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    let secret = bytes::<32>(text.trim())
        .ok_or_else(|| StoreError::corrupt(path.display().to_string(), "a seal key is 64 lower-case hex digits"))?;
    Ok(SealKey::from_bytes(*Zeroizing::new(secret)))
}

/// Writes the file whole before it gets its name, so that a crash leaves no half key; never over an existing one.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.new", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let named = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    named
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        let why = format!("others may read this key (mode {:o}): `chmod 600` it", mode & 0o777);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_kept_private_and_never_shown() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("seal.key");
        let made = SealKey::load_or_create(&path, || Ok([9; 32])).unwrap();
        let again = SealKey::load_or_create(&path, || panic!("there is a key")).unwrap();
        assert_eq!(made.public(), again.public());
        assert_eq!(format!("{made:?}"), "SealKey(…)");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left beside it");
        fs::write(&path, "not a key").unwrap();
        assert!(
            SealKey::load_or_create(&path, || Ok([9; 32]))
                .unwrap_err()
                .to_string()
                .contains("64 lower-case hex digits")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("seal.key");
        SealKey::load_or_create(&path, || Ok([9; 32])).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = SealKey::load_or_create(&path, || Ok([9; 32])).unwrap_err().to_string();
        assert!(refused.contains("mode 644") && refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_signature_holds_for_its_message_and_key_alone() {
        let (one, two) = (SealKey::from_bytes([1; 32]), SealKey::from_bytes([2; 32]));
        let signature = one.sign(b"heads");
        assert!(is_signed(&one.public(), b"heads", &signature));
        assert!(!is_signed(&one.public(), b"heads!", &signature));
        assert!(!is_signed(&two.public(), b"heads", &signature));
        assert!(!is_signed(&one.public(), b"heads", &signature.to_uppercase()), "one way to write it");
    }
}
