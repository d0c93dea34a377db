//! An installation of the demo's own, in the build folder, where it can be looked at afterwards.

use std::{
    fmt::Write as _,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::stage::{self, Stage};
use crate::{progress, tools::cargo};

/// A keystore of a key that everybody knows, see `xtask/demo/README.md`.
const GUARDIAN: &str = include_str!("../../demo/guardian.json");
const PASSWORD: &str = "demo\n";
/// How many demos may run at once.
const MOST: usize = 8;

/// How the program is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As the tests build it: ready soon, and what works hard in it is optimised.
    Dev,
    /// As for production.
    Release,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "development build",
            Self::Release => "release build",
        }
    }
}

/// Builds the program; where cargo says it is.
pub fn program(root: &Path, profile: Profile) -> Result<PathBuf> {
    let what = match profile {
        Profile::Dev => "Build breakglass (the first time takes some minutes)",
        Profile::Release => "Build breakglass, optimised (the first time takes many minutes)",
    };
    let mut build = cargo(root);
    build.args(["build", "--quiet", "--locked", "--package", "breakglass-cli", "--bin", "breakglass"]);
    build.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    if profile == Profile::Release {
        build.arg("--release");
    }
    progress::step(what, || {
        let output = build.output().context("cargo cannot be started")?;
        ensure!(output.status.success(), "breakglass does not build: see above");
        let said = String::from_utf8_lossy(&output.stdout);
        let built = said.lines().rev().find_map(executable);
        built.context("cargo built `breakglass` and does not say where it is")
    })
}

/// The program that a message of cargo is about.
fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    (message["target"]["name"] == "breakglass").then_some(())?;
    message["executable"].as_str().map(PathBuf::from)
}

/// Where an installation is, in the build folder, to be looked at afterwards.
pub struct Folder {
    pub path: PathBuf,
    /// Held as long as this demo runs: another one takes another folder.
    _mine: File,
}

impl Folder {
    /// An empty folder. What an earlier demo left in it is taken away.
    pub fn fresh(program: &Path) -> Result<Self> {
        let target = program.ancestors().nth(2).context("the program is in no build folder")?;
        for number in 1..=MOST {
            let name = if number == 1 { "demo".to_owned() } else { format!("demo-{number}") };
            let lock = target.join(format!("{name}.lock"));
            let mine = File::create(&lock).with_context(|| format!("`{}` cannot be written", lock.display()))?;
            match mine.try_lock() {
                Ok(()) => return Ok(Self { path: emptied(&target.join(name))?, _mine: mine }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("`{}` cannot be locked", lock.display()));
                }
            }
        }
        bail!("{MOST} demos are running already")
    }
}

fn emptied(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("`{}` cannot be taken away", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder.to_path_buf())
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
pending = false   # the demo shows how fast a block becomes a pause

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_demo_takes_a_second_folder() {
        let target = tempfile::tempdir().unwrap();
        let program = target.path().join("debug/breakglass");
        let first = Folder::fresh(&program).unwrap();
        fs::write(first.path.join("left"), "by an earlier demo").unwrap();
        let second = Folder::fresh(&program).unwrap();
        assert_eq!(
            (first.path.file_name().unwrap(), second.path.file_name().unwrap()),
            ("demo".as_ref(), "demo-2".as_ref())
        );
        drop(first);
        let again = Folder::fresh(&program).unwrap();
        assert!(again.path.ends_with("demo") && !again.path.join("left").exists());
    }

    #[test]
    fn cargo_says_where_the_program_is() {
        let of = |target: &str, path: &str| format!(r#"{{"target":{{"name":"{target}"}},"executable":{path}}}"#);
        assert_eq!(executable(&of("breakglass", r#""/t/debug/breakglass""#)), Some("/t/debug/breakglass".into()));
        assert_eq!(executable(&of("breakglass", "null")), None);
        assert_eq!(executable(&of("other", r#""/t/other""#)), None);
        assert_eq!(executable("no JSON"), None);
    }
}
