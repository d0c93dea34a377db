//! Our own contracts: compiled with the pinned solc, checked against their sources, and run on the pinned anvil.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail, ensure};

use crate::npm;

/// Names an anvil that is used instead of the pinned one.
pub const OWN_ANVIL: &str = "BREAKGLASS_ANVIL";
/// Names a cast that is used instead of the pinned one.
const OWN_CAST: &str = "BREAKGLASS_CAST";

/// Compiles `contracts/src` to `contracts/artifacts`. `root` is the root of the repository.
pub fn compile(root: &Path) -> Result<()> {
    compiler(root, &[])
}

/// Changes nothing; fails, naming each artifact that is not what its source compiles to, and the remedy.
pub fn check(root: &Path) -> Result<()> {
    compiler(root, &["--check"])
}

/// Compiles the contracts of the laboratory, unless they are compiled already.
pub fn compile_scenarios(root: &Path) -> Result<()> {
    node(root, &["scenarios.mjs"])
}

/// The anvil to run: the executable itself, so that ending the process ends the node.
///
/// `BREAKGLASS_ANVIL` comes first; otherwise it is the pinned one, which is installed if need be.
pub fn anvil_path(root: &Path) -> Result<PathBuf> {
    foundry(root, "anvil", OWN_ANVIL)
}

/// The cast that ours is compared with: what `BREAKGLASS_CAST` names, else the pinned one.
pub fn cast_path(root: &Path) -> Result<PathBuf> {
    foundry(root, "cast", OWN_CAST)
}

/// A program of Foundry.
fn foundry(root: &Path, name: &str, variable: &str) -> Result<PathBuf> {
    if let Some(own) = env::var_os(variable) {
        let own = PathBuf::from(own);
        ensure!(own.is_file(), "`{variable}` names `{}`, which is no file", own.display());
        return Ok(own);
    }
    let contracts = root.join("contracts");
    npm::ensure(&contracts)?;
    let platform = platform(env::consts::OS, env::consts::ARCH);
    let exe = env::consts::EXE_SUFFIX;
    let pinned = contracts.join(format!("node_modules/@foundry-rs/{name}-{platform}/bin/{name}{exe}"));
    if !pinned.is_file() {
        bail!("no {name} is pinned for {platform}: install Foundry and name its {name} in `{variable}`");
    }
    Ok(pinned)
}

fn compiler(root: &Path, arguments: &[&str]) -> Result<()> {
    node(root, &[&["compile.mjs"], arguments].concat())
}

/// Runs a script of `contracts` with what it needs installed.
fn node(root: &Path, arguments: &[&str]) -> Result<()> {
    let contracts = root.join("contracts");
    npm::ensure(&contracts)?;
    let output = npm::node(arguments, &contracts)?;
    ensure!(output.status.success(), "contracts:\n{}", npm::said(&output));
    eprintln!("contracts: {}", npm::said(&output));
    Ok(())
}

/// The name of a platform in the words of anvil's packages.
fn platform(os: &str, arch: &str) -> String {
    let os = match os {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{arch}")
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn has_node() -> bool {
        let found = npm::node(&["--version"], &root()).is_ok();
        if !found {
            println!("skipped: no node");
        }
        found
    }

    /// A copy of the contracts that may be spoilt, with the packages of the real ones.
    #[cfg(unix)]
    fn copy() -> tempfile::TempDir {
        let (from, copy) = (root().join("contracts"), tempfile::tempdir().unwrap());
        npm::ensure(&from).unwrap();
        let to = copy.path().join("contracts");
        for folder in ["src/demo", "artifacts"] {
            fs::create_dir_all(to.join(folder)).unwrap();
            for entry in fs::read_dir(from.join(folder)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
        for file in ["package.json", "package-lock.json", "compile.mjs"] {
            fs::copy(from.join(file), to.join(file)).unwrap();
        }
        let packages = from.canonicalize().unwrap().join("node_modules");
        std::os::unix::fs::symlink(packages, to.join("node_modules")).unwrap();
        copy
    }

    #[test]
    fn the_artifacts_are_what_the_sources_say() {
        if has_node() {
            check(&root()).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_stale_artifact_is_named_and_compiling_mends_it() {
        if !has_node() {
            return;
        }
        let copy = copy();
        let source = copy.path().join("contracts/src/demo/DemoToken.sol");
        let before = fs::read_to_string(&source).unwrap();
        fs::write(&source, before.replace("\"DUSD\"", "\"EUSD\"")).unwrap();
        fs::write(copy.path().join("contracts/artifacts/Gone.json"), "{}").unwrap();
        assert_eq!(
            check(copy.path()).unwrap_err().to_string(),
            "contracts:\n\
             artifacts/Gone.json belongs to no source\n\
             artifacts/DemoToken.json is not what src/demo/DemoToken.sol compiles to\n\
             run `cargo xtask contracts` and commit the artifacts"
        );
        compile(copy.path()).unwrap();
        check(copy.path()).unwrap();

        // Back to the source as committed: byte for byte the artifact as committed.
        fs::write(&source, before).unwrap();
        compile(copy.path()).unwrap();
        for entry in fs::read_dir(root().join("contracts/artifacts")).unwrap() {
            let entry = entry.unwrap();
            let made = copy.path().join("contracts/artifacts").join(entry.file_name());
            assert_eq!(fs::read(made).unwrap(), fs::read(entry.path()).unwrap(), "{:?}", entry.file_name());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_fault_in_a_source_is_shown_with_its_place() {
        if !has_node() {
            return;
        }
        let copy = copy();
        let source = copy.path().join("contracts/src/demo/DemoToken.sol");
        fs::write(&source, fs::read_to_string(&source).unwrap().replace("_mint(to, amount)", "_mint(to)")).unwrap();
        let why = compile(copy.path()).unwrap_err().to_string();
        assert!(why.contains("TypeError") && why.contains("src/demo/DemoToken.sol:21"), "{why}");
    }

    #[test]
    fn the_programs_it_names_are_those_programs() {
        if !has_node() {
            return;
        }
        for (name, path) in [("anvil", anvil_path(&root())), ("cast", cast_path(&root()))] {
            let output = Command::new(path.unwrap()).arg("--version").output().unwrap();
            assert!(npm::said(&output).starts_with(&format!("{name} Version: ")), "{}", npm::said(&output));
        }
    }

    #[test]
    fn platforms_are_called_what_the_packages_call_them() {
        assert_eq!(platform("linux", "x86_64"), "linux-amd64");
        assert_eq!(platform("macos", "aarch64"), "darwin-arm64");
        assert_eq!(platform("windows", "x86_64"), "win32-amd64");
    }
}
