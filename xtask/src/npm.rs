//! Node packages: installed exactly as the lock file says, and again only when it has changed.
//!
//! No package's install script is ever run: nothing that we use needs one, and it would be a stranger's code on the
//! machine that builds releases. npm bounds its own fetches and retries.

use std::{
    env,
    fs::{self, File},
    io,
    path::Path,
    process::{Command, Output},
};

use anyhow::{Context, Result, bail, ensure as require};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Written into `node_modules` when an install has gone well: the digest of the lock file it was made from.
const STAMP: &str = ".installed-lock.sha256";

/// Sees to it that `node_modules` in `dir` is what `package-lock.json` says, with `npm ci` if it is not.
///
/// Fails where there is no lock file, where Node is missing or older than `engines.node` of `package.json`, and where
/// npm fails. A second process that wants the same waits for the first.
pub fn ensure(dir: &Path) -> Result<()> {
    let wanted = lock_digest(dir)?;
    if is_installed(dir, &wanted)? {
        return Ok(());
    }
    let node = node_for(dir)?;
    let _turn = take_turn(dir)?;
    // Whoever had the turn before may have done the work.
    if is_installed(dir, &wanted)? {
        return Ok(());
    }
    eprintln!("npm ci in {} (node {node})", dir.display());
    let output =
        run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]).current_dir(dir))
            .context("npm is missing: it comes with Node.js")?;
    require!(output.status.success(), "`npm ci` in `{}` failed:\n{}", dir.display(), said(&output));
    let modules = dir.join("node_modules");
    // Without a dependency npm makes no folder.
    fs::create_dir_all(&modules)
        .and_then(|()| fs::write(modules.join(STAMP), wanted))
        .with_context(|| format!("cannot write to `{}`", modules.display()))
}

/// Runs Node in a folder, to its end.
pub(crate) fn node(arguments: &[&str], dir: &Path) -> Result<Output> {
    run(Command::new("node").args(arguments).current_dir(dir)).context("Node.js is missing: install it, with npm")
}

/// What a program said, for an error message.
pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    text.join("\n").trim().to_owned()
}

/// Runs a program to its end; a missing program is the only way to fail.
fn run(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.output().with_context(|| format!("cannot run `{program}`"))
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn lock_digest(dir: &Path) -> Result<String> {
    let path = dir.join("package-lock.json");
    let lock =
        fs::read(&path).with_context(|| format!("cannot read `{}`: it names what to install", path.display()))?;
    Ok(hex::encode(Sha256::digest(lock)))
}

fn is_installed(dir: &Path, wanted: &str) -> Result<bool> {
    let stamp = dir.join("node_modules").join(STAMP);
    match fs::read_to_string(&stamp) {
        Ok(digest) => Ok(digest == wanted),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", stamp.display())),
    }
}

/// Held while installing. The file lies outside of the tree because `npm ci` deletes `node_modules`.
fn take_turn(dir: &Path) -> Result<File> {
    let home = dir.canonicalize().with_context(|| format!("no folder `{}`", dir.display()))?;
    let name = hex::encode(&Sha256::digest(home.as_os_str().as_encoded_bytes())[..8]);
    let path = env::temp_dir().join(format!("breakglass-npm-{name}.lock"));
    let file = File::create(&path).with_context(|| format!("cannot create `{}`", path.display()))?;
    file.lock().with_context(|| format!("cannot lock `{}`", path.display()))?;
    Ok(file)
}

/// The version of the Node at hand, if `engines.node` of the package accepts it.
fn node_for(dir: &Path) -> Result<String> {
    let path = dir.join("package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let package: Value = serde_json::from_str(&text).with_context(|| format!("`{}` is not JSON", path.display()))?;
    let wanted = package["engines"]["node"]
        .as_str()
        .with_context(|| format!("`{}` does not say which Node it needs: add `engines.node`", path.display()))?;
    let output = node(&["--version"], dir)?;
    require!(output.status.success(), "`node --version` failed: {}", said(&output));
    let found = said(&output).trim_start_matches('v').to_owned();
    if !accepts(wanted, &found).with_context(|| format!("in `{}`", path.display()))? {
        bail!("node {found} is too old for `{}`: it needs {wanted}", dir.display());
    }
    Ok(found)
}

/// Whether a version is at least what `>=N`, `>=N.N` or `>=N.N.N` asks for; other ranges are refused.
fn accepts(wanted: &str, found: &str) -> Result<bool> {
    let least = wanted
        .strip_prefix(">=")
        .and_then(version)
        .with_context(|| format!("`engines.node` is `{wanted}`: write it as `>=20` or `>=20.11.0`"))?;
    let found = version(found).with_context(|| format!("node calls itself `{found}`, which is no version"))?;
    Ok(found >= least)
}

fn version(text: &str) -> Option<[u64; 3]> {
    // A pre-release counts as the release it leads to.
    let (numbers, _) = text.split_once(['-', '+']).unwrap_or((text, ""));
    let mut version = [0; 3];
    for (at, part) in numbers.trim().split('.').enumerate() {
        *version.get_mut(at)? = part.parse().ok()?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(dependencies: &str, node: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            r#"{{"name":"probe","version":"1.0.0","engines":{{"node":"{node}"}},"dependencies":{dependencies}}}"#
        );
        fs::write(dir.path().join("package.json"), text).unwrap();
        let lock = r#"{"name":"probe","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"probe","version":"1.0.0"}}}"#;
        fs::write(dir.path().join("package-lock.json"), lock).unwrap();
        dir
    }

    fn has_npm() -> bool {
        let found = run(npm().arg("--version")).is_ok();
        if !found {
            println!("skipped: no npm");
        }
        found
    }

    #[test]
    fn a_node_is_old_enough_or_it_is_not() {
        for (wanted, found, expected) in [
            (">=20", "20.0.0", "true"),
            (">=20", "19.9.9", "false"),
            (">=20.11", "20.9.0", "false"),
            (">=20.11.1", "20.11.1", "true"),
            (">=9", "10.0.0", "true"),
            (">=22", "22.0.0-nightly.1", "true"),
            ("^20", "20.0.0", "`engines.node` is `^20`: write it as `>=20` or `>=20.11.0`"),
            (">=20.x", "20.0.0", "`engines.node` is `>=20.x`: write it as `>=20` or `>=20.11.0`"),
            (">=20", "twenty", "node calls itself `twenty`, which is no version"),
        ] {
            let answer = accepts(wanted, found).map_or_else(|error| error.to_string(), |accepts| accepts.to_string());
            assert_eq!(answer, expected, "{wanted} {found}");
        }
    }

    #[test]
    fn installs_once_and_again_when_the_lock_changes() {
        if !has_npm() {
            return;
        }
        let dir = package("{}", ">=1");
        let dir = dir.path();
        let is_done = || is_installed(dir, &lock_digest(dir).unwrap()).unwrap();
        assert!(!is_done());
        ensure(dir).unwrap();
        assert!(is_done());

        // What npm would have removed is still there: the second call did not run it.
        let mark = dir.join("node_modules/stranger");
        fs::create_dir(&mark).unwrap();
        fs::write(mark.join("package.json"), r#"{"name":"stranger","version":"1.0.0"}"#).unwrap();
        ensure(dir).unwrap();
        assert!(mark.exists());

        let lock = dir.join("package-lock.json");
        fs::write(&lock, fs::read_to_string(&lock).unwrap() + "\n").unwrap();
        assert!(!is_done());
        ensure(dir).unwrap();
        assert!(is_done() && !mark.exists());
    }

    #[test]
    fn a_failed_install_leaves_no_stamp_and_says_what_npm_said() {
        if !has_npm() {
            return;
        }
        // The package asks for what its lock does not hold: npm refuses before it asks anybody.
        let dir = package(r#"{"somewhere":"file:./nowhere"}"#, ">=1");
        let why = ensure(dir.path()).unwrap_err().to_string();
        assert!(why.contains("`npm ci` in") && why.contains("npm error"), "{why}");
        assert!(!dir.path().join("node_modules").join(STAMP).exists());
    }

    #[test]
    fn says_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let why = ensure(dir.path()).unwrap_err().to_string();
        assert!(why.contains("package-lock.json`: it names what to install"), "{why}");
        if has_npm() {
            let why = ensure(package("{}", ">=999").path()).unwrap_err().to_string();
            assert!(why.contains("is too old for") && why.ends_with("it needs >=999"), "{why}");
        }
    }
}
