//! An installation of the demo's own, in the build folder, where it can be looked at afterwards.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::stage::{self, Stage};
use crate::progress;

/// A keystore of a key that everybody knows, see `xtask/demo/README.md`.
const GUARDIAN: &str = include_str!("../../demo/guardian.json");
const PASSWORD: &str = "demo\n";

/// Builds the program; where it is.
pub fn program(root: &Path, debug: bool) -> Result<PathBuf> {
    let (what, profile) = if debug {
        ("Build breakglass as the tests do", "debug")
    } else {
        ("Build breakglass (optimised; the first time takes some minutes)", "release")
    };
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--locked", "--package", "breakglass-cli"]).current_dir(root);
    if !debug {
        build.arg("--release");
    }
    progress::command(what, &mut build)?;
    Ok(target(root).join(profile).join("breakglass").with_extension(env::consts::EXE_EXTENSION))
}

/// An empty folder for this run. What an earlier demo left is taken away.
pub fn fresh_folder(root: &Path) -> Result<PathBuf> {
    let folder = target(root).join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be taken away", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder)
}

/// Writes what an operator would: the installation, what is protected, the guardian's key.
pub fn write(folder: &Path, root: &Path, port: u16, stage: &Stage) -> Result<()> {
    let config = format!(
        r#"schema = 1

[store]
url = "sqlite://breakglass.db"

[console]
listen = "127.0.0.1:0"

[[chain]]
id = "eip155:31337"
rpc = ["ws://127.0.0.1:{port}", "http://127.0.0.1:{port}"]

[signer.guardian]
keystore = "keys/guardian.json"
password_file = "keys/guardian.pass"

[policy]
automatic = "reversible"
"#
    );
    let mut protocol = "schema = 1\nname = \"Demo Vault\"\n".to_owned();
    for vault in &stage.vaults {
        write!(
            protocol,
            r#"
[[contract]]
name = "{}"
chain = "eip155:31337"
address = "{}"
abi = "abi/Vault.json"
pause = "pause()"
unpause = "unpause()"
signer = "guardian"
"#,
            vault.name, vault.address
        )?;
    }
    put(folder, "breakglass.toml", &config)?;
    put(folder, "protocol.toml", &protocol)?;
    put(folder, "abi/Vault.json", &stage::abi(root, "Vault")?.to_string())?;
    put(folder, "keys/guardian.json", GUARDIAN)?;
    let password = put(folder, "keys/guardian.pass", PASSWORD)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600))
            .with_context(|| format!("`{}` cannot be kept from others", password.display()))?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    if let Some(inside) = path.parent() {
        fs::create_dir_all(inside).with_context(|| format!("`{}` cannot be made", inside.display()))?;
    }
    fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    Ok(path)
}

/// Cargo's build folder.
fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
