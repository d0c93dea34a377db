//! The installation's seal key. It stays in a file of its own and never enters the book.

use std::{fmt, fs, io, path::Path};

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

use crate::StoreError;

/// An Ed25519 key that signs seals.
#[derive(Clone)]
pub struct SealKey(SigningKey);

impl SealKey {
    /// A key from 32 secret bytes.
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    /// The key in `path` (64 hex digits), or a new one from `fresh` random bytes if there is no such file. The file
    /// is readable by its owner alone.
    ///
    /// # Errors
    /// If the file cannot be read or written, is not a key, or is readable by others.
    pub fn load_or_create(path: &Path, fresh: impl FnOnce() -> io::Result<[u8; 32]>) -> Result<Self, StoreError> {
        let file = |source| StoreError::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => {
                private(path).map_err(file)?;
                let secret = bytes::<32>(text.trim()).ok_or_else(|| StoreError::Corrupt {
                    what: path.display().to_string(),
                    why: "a seal key is 64 hex digits".to_owned(),
                })?;
                Ok(Self::from_bytes(secret))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = fresh().map_err(file)?;
                create(path, &hex(&secret)).map_err(file)?;
                Ok(Self::from_bytes(secret))
            }
            Err(error) => Err(file(error)),
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
        key.verify(message, &signature).ok()
    };
    check().is_some()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
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

fn create(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
