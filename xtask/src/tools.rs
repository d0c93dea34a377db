//! Cargo's own helpers: found where they are, else built once into the user's cache.

use crate::progress;
use anyhow::{Context as _, Result};
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A helper of cargo. Any version that is already there will do; what we install ourselves is pinned.
#[derive(Clone, Copy)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Runs the tests, each in a process of its own.
pub const NEXTEST: Tool = Tool { name: "cargo-nextest", version: "0.9.143" };
/// Holds the licences, sources and doubles of what we depend on.
pub const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

impl Tool {
    /// The program, if it is on the path or was installed before.
    pub fn find(self) -> Option<PathBuf> {
        let cached = cache().map(|cache| cache.join("bin").join(self.name)).ok();
        std::iter::once(PathBuf::from(self.name)).chain(cached).find(|program| answers(program))
    }

    /// The program; installs it where it is absent.
    pub fn ensure(self) -> Result<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        let cache = cache()?;
        let spec = format!("{}@{}", self.name, self.version);
        // From the cache, so that neither our pinned toolchain file nor our target folder has a say in its build.
        std::fs::create_dir_all(&cache).with_context(|| format!("could not make `{}`", cache.display()))?;
        let mut install = cargo(&cache);
        install.args(["install", "--locked", &spec, "--root"]).arg(&cache);
        install.env_remove("CARGO_TARGET_DIR");
        progress::command(&format!("Install {spec} (built once, takes some minutes)"), &mut install)
            .with_context(|| format!("install it by hand: `cargo install {} --locked`", self.name))?;
        Ok(cache.join("bin").join(self.name))
    }
}

fn answers(program: &Path) -> bool {
    let quiet = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Cargo, asked in this folder.
pub fn cargo(root: &Path) -> Command {
    building(Path::new("cargo"), root)
}

/// Cargo or a helper of it, asked in this folder from inside a program that cargo runs. It is not told which package that
/// program is of: a build script that reads it (`ring` has one) would have whatever depends on it built anew, each time that
/// somebody else asks.
pub fn building(program: &Path, root: &Path) -> Command {
    let mut cargo = Command::new(program);
    cargo.current_dir(root);
    for (name, _) in env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_MANIFEST_") || told.starts_with("CARGO_PKG_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Where tools live between checkouts. `.ci/run` keeps its build folder beside them.
fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME") {
        Some(cache) if !cache.is_empty() => PathBuf::from(cache),
        _ => PathBuf::from(env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
    };
    Ok(base.join("breakglass").join("tools"))
}
