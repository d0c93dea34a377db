//! The access token of a service that has no file of tokens: made at each start, and left in the data folder for whoever
//! may read that, so that commands on the same machine need not be told it. It ends with the service.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use console::{Role, Token, Tokens, TokensFile};

use crate::{config::Config, rules};

/// Bytes of a file that holds one token.
const TOKEN_BYTES_MAX: u64 = 256;

/// Who may use the desk.
pub struct Access {
    /// The tokens that open it.
    pub tokens: Tokens,
    /// A token that was made now, to be shown once.
    pub fresh: Option<String>,
    /// Where it was left.
    left: Option<PathBuf>,
}

impl Access {
    /// The tokens of the installation's file, or one that is made now and left in `data`.
    ///
    /// # Errors
    /// If the file is not right, or the token cannot be left where only its owner may read it.
    pub fn of(config: &Config, data: &Path) -> Result<Self> {
        if let Some(file) = &config.console.tokens {
            let path = config.folder.join(file);
            let file: TokensFile = atlas::config::parse(&path.display().to_string(), &rules::text(&path)?)?;
            return Ok(Self { tokens: Tokens::from_file(file)?, fresh: None, left: None });
        }
        let (token, text): (Token, String) = Tokens::generate("responder", Role::Responder)?;
        let path = place(data);
        leave(&path, &text).with_context(|| format!("the access token cannot be left in `{}`", path.display()))?;
        Ok(Self { tokens: Tokens::new(vec![token])?, fresh: Some(text), left: Some(path) })
    }
}

/// What was left is taken back: the token opens nothing any more.
impl Drop for Access {
    fn drop(&mut self) {
        let Some(path) = &self.left else { return };
        // Another service may have left its own since.
        if !matches!(fs::read_to_string(path), Ok(held) if Some(held.trim()) == self.fresh.as_deref()) {
            return;
        }
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(path = %path.display(), %error, "an access token that opens nothing any more is left");
        }
    }
}

/// The token that a service left in `data`; none if none did.
///
/// # Errors
/// If it cannot be read, or others may read it too.
pub fn left(data: &Path) -> Result<Option<String>> {
    let path = place(data);
    let size = match fs::metadata(&path) {
        Ok(about) => {
            private(&path, &about)?;
            about.len()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    };
    if size > TOKEN_BYTES_MAX {
        bail!("`{}` has {size} bytes: it is no access token", path.display());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

fn place(data: &Path) -> PathBuf {
    data.join("token")
}

/// Written whole under another name first, so that whatever stands there (a link, a file that others may read) is
/// replaced and neither followed nor filled.
fn leave(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_file_name(format!("token.{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    let written = writeln!(file, "{text}").and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        fs::remove_file(&unfinished)?;
    }
    written
}

#[cfg(unix)]
fn private(path: &Path, about: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("others may read the access token in `{}` (mode {mode:o}): `chmod 600` it", path.display());
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_token_is_left_for_its_owner_alone_whatever_stood_there() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(left(folder.path()).unwrap(), None);
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "not mine").unwrap();
        symlink(&elsewhere, place(folder.path())).unwrap();
        leave(&place(folder.path()), "bgt_1").unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "not mine", "a link is not followed");
        assert_eq!(left(folder.path()).unwrap().as_deref(), Some("bgt_1"));
        let mode = fs::metadata(place(folder.path())).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished is left");
        fs::set_permissions(place(folder.path()), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(left(folder.path()).unwrap_err().to_string().contains("others may read"));
    }
}
