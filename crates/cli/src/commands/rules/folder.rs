//! Rules with their cases, from folders or from the program.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use detect::{RuleText, built_in, built_in_cases};

use crate::{args::rules::WhichRules, rules};

/// Cases of one rule. Nobody reads more.
const CASES_MAX: usize = 500;

/// A rule's folder.
pub struct Folder {
    pub text: RuleText,
    /// Its cases in order: the file's name as a person would write it, and its text.
    pub cases: Vec<Case>,
}

pub struct Case {
    pub file: String,
    pub text: String,
    /// Where it can be written; none for what is in the program.
    pub path: Option<PathBuf>,
}

impl Case {
    /// The name of the file by itself.
    pub fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

/// The rules that were asked for.
///
/// # Errors
/// If a folder cannot be read, or there is no rule in it.
pub fn asked(which: &WhichRules) -> Result<Vec<Folder>> {
    let here = PathBuf::from("rules");
    match which.paths.as_slice() {
        [] if here.is_dir() => below(&[here]),
        [] => Ok(built_in_folders()),
        paths => below(paths),
    }
}

/// The rules in the program, with a person's own read over them.
///
/// # Errors
/// If the folder cannot be read.
pub fn over_built_in(own: Option<&Path>) -> Result<Vec<Folder>> {
    let mut folders = built_in_folders();
    if let Some(own) = own {
        let own = below(&[own.to_owned()])?;
        let id = |folder: &Folder| folder.text.folder.rsplit('/').next().map(str::to_owned);
        folders.retain(|folder| !own.iter().any(|mine| id(mine) == id(folder)));
        folders.extend(own);
    }
    Ok(folders)
}

fn built_in_folders() -> Vec<Folder> {
    let folder = |text: RuleText| {
        let cases = built_in_cases(&text.folder).iter().map(|(name, case)| Case {
            file: format!("{}/cases/{name}", text.folder),
            text: (*case).to_owned(),
            path: None,
        });
        Folder { cases: cases.collect(), text }
    };
    built_in().into_iter().map(folder).collect()
}

fn below(paths: &[PathBuf]) -> Result<Vec<Folder>> {
    let folder = |(path, text): (PathBuf, RuleText)| Ok(Folder { cases: cases(&path)?, text });
    rules::below(paths)?.into_iter().map(folder).collect()
}

fn cases(rule: &Path) -> Result<Vec<Case>> {
    let folder = rule.join("cases");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let listing = || format!("cannot list `{}`", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).with_context(listing)? {
        let path = entry.with_context(listing)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.len() > CASES_MAX {
        anyhow::bail!("`{}` holds more than {CASES_MAX} cases: keep those that tell something", folder.display());
    }
    let case =
        |path: PathBuf| Ok(Case { file: path.display().to_string(), text: rules::text(&path)?, path: Some(path) });
    paths.into_iter().map(case).collect()
}
