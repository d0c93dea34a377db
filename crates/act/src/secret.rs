//! Secrets: read from where they are kept, wiped when dropped, never shown.

use std::{fmt, fs, io::Read, path::Path};

use zeroize::Zeroizing;

use crate::ActError;

/// Longest secret in bytes; more is a mistaken file.
const BYTES_MAX: u64 = 4096;

/// Bytes that are wiped when dropped and that no `Debug` shows.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A secret from bytes at hand.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Reads a secret from a file or an environment variable, exactly one of the two. A line end at the end does not
    /// count. `what` is whose secret it is, such as `signer.guardian`, and `field` what the configuration calls it, such as
    /// `password`.
    ///
    /// # Errors
    /// [`ActError::Setup`] if there is not exactly one source, the file is missing, too large, not a file or open to
    /// every user of the machine, the variable is not set, or the secret is empty. The message names file or variable and
    /// the remedy, never the secret.
    pub fn read(what: &str, field: &str, file: Option<&Path>, env: Option<&str>) -> Result<Self, ActError> {
        Self::read_with(what, field, file, env, |name| std::env::var_os(name))
    }

    pub(crate) fn read_with(
        what: &str,
        field: &str,
        file: Option<&Path>,
        env: Option<&str>,
        environment: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, ActError> {
        let (mut bytes, source) = match (file, env) {
            (Some(path), None) => {
                (read_file(path).map_err(|why| ActError::setup(what, why))?, format!("file `{}`", path.display()))
            }
            (None, Some(name)) => {
                let value = environment(name).ok_or_else(|| {
                    ActError::setup(
                        what,
                        format!("environment variable `{name}` is not set; set it for the user that runs breakglass"),
                    )
                })?;
                (Zeroizing::new(value.into_encoded_bytes()), format!("environment variable `{name}`"))
            }
            _ => {
                let why = format!("needs exactly one of `{field}_file` and `{field}_env`");
                return Err(ActError::setup(what, why));
            }
        };
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.is_empty() {
            return Err(ActError::setup(what, format!("{source} is empty; write the {field} there")));
        }
        Ok(Self(bytes))
    }

    /// The secret itself. Do not keep or show it.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let shown = path.display();
    let file = open_file(path)?;
    let metadata = file.metadata().map_err(|error| format!("file `{shown}` cannot be read: {error}"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            return Err(format!(
                "file `{shown}` is open to every user of this machine (mode {mode:o}); run `chmod 600 {shown}`"
            ));
        }
    }
    if metadata.len() > BYTES_MAX {
        return Err(format!(
            "file `{shown}` has {} bytes, more than a secret's {BYTES_MAX}; is it the right file?",
            metadata.len()
        ));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(|error| format!("file `{shown}` cannot be read: {error}"))?;
    Ok(bytes)
}

/// Opens a regular file; a pipe would make the start wait for ever.
pub(crate) fn open_file(path: &Path) -> Result<fs::File, String> {
    let shown = path.display();
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("file `{shown}` does not exist; create it or correct the path"),
        std::io::ErrorKind::PermissionDenied => {
            format!("file `{shown}` may not be read; give the user that runs breakglass the right to")
        }
        _ => format!("file `{shown}` cannot be read: {error}"),
    };
    if !fs::metadata(path).map_err(told)?.is_file() {
        return Err(format!("`{shown}` is not a file; correct the path"));
    }
    fs::File::open(path).map_err(told)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(file: Option<&Path>, env: Option<&str>, expected: Expect) {
        let read = Secret::read_with("signer.guardian", "password", file, env, |name| match name {
            "SET" => Some("hunter2\n".into()),
            "EMPTY" => Some("".into()),
            _ => None,
        });
        let shown = match &read {
            Ok(secret) => format!("{secret:?} of {} bytes", secret.expose().len()),
            Err(error) => error.to_string(),
        };
        let shown = file.map_or(shown.clone(), |path| shown.replace(&path.display().to_string(), "FILE"));
        assert!(!shown.contains("hunter2"));
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_secret_comes_from_exactly_one_place() {
        check(None, Some("SET"), expect!["Secret(..) of 7 bytes"]);
        check(
            None,
            Some("UNSET"),
            expect![
                "signer.guardian: environment variable `UNSET` is not set; set it for the user that runs breakglass"
            ],
        );
        check(
            None,
            Some("EMPTY"),
            expect!["signer.guardian: environment variable `EMPTY` is empty; write the password there"],
        );
        check(None, None, expect!["signer.guardian: needs exactly one of `password_file` and `password_env`"]);
        check(
            Some(Path::new("x")),
            Some("SET"),
            expect!["signer.guardian: needs eFILEactly one of `password_file` and `password_env`"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_anyone_can_read_is_no_secret() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guardian.pass");
        check(Some(&path), None, expect!["signer.guardian: file `FILE` does not exist; create it or correct the path"]);
        fs::write(&path, "hunter2\r\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        check(
            Some(&path),
            None,
            expect![
                "signer.guardian: file `FILE` is open to every user of this machine (mode 644); run `chmod 600 FILE`"
            ],
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        check(Some(&path), None, expect!["Secret(..) of 7 bytes"]);
        fs::write(&path, vec![b'a'; 5000]).unwrap();
        check(
            Some(&path),
            None,
            expect!["signer.guardian: file `FILE` has 5000 bytes, more than a secret's 4096; is it the right file?"],
        );
        check(Some(dir.path()), None, expect!["signer.guardian: `FILE` is not a file; correct the path"]);
    }
}
