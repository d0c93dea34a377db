//! The files that git tracks, as text.

use anyhow::{Context as _, Result, bail};
use std::{fs, io, path::Path, process::Command};

/// Every tracked file that is text, by path, paths with `/`.
pub struct Tree {
    pub files: Vec<File>,
}

/// One tracked text file.
pub struct File {
    pub path: String,
    pub text: String,
}

impl Tree {
    /// Reads what git tracks, as it lies in the work tree; a file that is not UTF-8 is no text and is left out.
    pub fn read(root: &Path) -> Result<Self> {
        let output = Command::new("git")
            .args(["-c", "safe.directory=*", "ls-files", "-z"])
            .current_dir(root)
            .output()
            .context("could not start `git`, which knows the files of this project: install it")?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("`git ls-files` failed, and the house rules are about its files: {}", why.trim());
        }
        let listed = String::from_utf8(output.stdout).context("git lists a path that is not UTF-8: rename it")?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            match fs::read(root.join(path)) {
                Ok(bytes) => files.extend(String::from_utf8(bytes).ok().map(|text| File { path: path.into(), text })),
                // Deleted, and the deletion not yet added.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("could not read `{path}`")),
            }
        }
        Ok(Self { files })
    }

    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect() }
    }
}

impl File {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    pub fn has_extension(&self, among: &[&str]) -> bool {
        self.name().rsplit_once('.').is_some_and(|(_, extension)| among.contains(&extension))
    }

    /// Code that is never part of what is shipped: `tests/`, `benches/`, `examples/`, `tests.rs` and what lies below.
    pub fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        let in_folder = parts.any(|part| matches!(part, "tests" | "test" | "benches" | "e2e"));
        in_folder || self.name() == "tests.rs" || self.name().contains(".test.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_their_place() {
        let tree = Tree::of(&[("crates/a/src/tests.rs", ""), ("crates/a/src/tests/x.rs", ""), ("ui/a.test.ts", "")]);
        assert!(tree.files.iter().all(File::is_test));
        let tree = Tree::of(&[("crates/a/src/contests.rs", ""), ("crates/attest/src/lib.rs", ""), ("ui/test.ts", "")]);
        assert!(!tree.files.iter().any(File::is_test));
    }

    #[test]
    fn this_very_project_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let tree = Tree::read(&root).unwrap();
        assert!(tree.get("Cargo.toml").unwrap().text.contains("[workspace]"));
        assert!(tree.get("target").is_none());
    }
}
