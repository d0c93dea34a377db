//! Playbooks: those in the binary, with a person's own read over them.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use respond::Playbook;

use crate::rules;

/// A person's folder may hold this many playbooks; each is looked at for every incident.
const PLAYBOOKS_MAX: usize = 1_000;

/// The built-in playbooks with a folder's read over them: one with the id of a built-in one takes its place. The own
/// tests of a person's playbooks have to hold.
///
/// # Errors
/// Names the file, and where it can the line, of the first playbook that is not right.
pub fn read(folder: Option<&Path>) -> Result<Vec<Playbook>> {
    let mut playbooks: BTreeMap<String, Playbook> =
        Playbook::embedded().into_iter().map(|playbook| (playbook.id.clone(), playbook)).collect();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for path in folder.map(files_in).transpose()?.unwrap_or_default() {
        let file = path.display().to_string();
        let playbook = Playbook::parse(&file, &rules::text(&path)?)?;
        playbook.run_tests()?;
        if let Some(other) = files.insert(playbook.id.clone(), file.clone()) {
            bail!("`{file}` and `{other}` are both the playbook `{}`: give one another id", playbook.id);
        }
        playbooks.insert(playbook.id.clone(), playbook);
    }
    Ok(playbooks.into_values().collect())
}

/// The texts of a person's own playbooks, by the names of their files.
///
/// # Errors
/// If the folder cannot be read.
pub fn texts(folder: &Path) -> Result<Vec<(String, String)>> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    files_in(folder)?.iter().map(|path| Ok((name(path), rules::text(path)?))).collect()
}

/// Every `.toml` file in `folder`, in order. One that is hidden is an editor's, not a playbook.
fn files_in(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let listing = || format!("cannot list `{}`", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(listing)? {
        let path = entry.with_context(listing)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.extension().is_some_and(|kind| kind == "toml") && !hidden {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("`{}` holds no playbook: expected names that end in .toml", folder.display());
    }
    if files.len() > PLAYBOOKS_MAX {
        bail!("`{}` holds more than {PLAYBOOKS_MAX} playbooks", folder.display());
    }
    files.sort();
    Ok(files)
}
