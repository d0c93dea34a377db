//! Rules and what they protect, read from files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use detect::{Detectors, RuleText, Scope, built_in, read_rules};

/// A rule's file may have this many bytes.
const FILE_MAX: u64 = 1 << 20;
/// A user's folder may hold this many rules.
const RULES_MAX: usize = 100_000;

/// The built-in rules with a user's folder read over them.
///
/// # Errors
/// Names the file, and where it can the line, of the first rule that is not right.
pub fn detectors(folder: Option<&Path>, scope: Scope) -> Result<Arc<Detectors>> {
    let mut texts = built_in();
    if let Some(folder) = folder {
        texts.extend(user_rules(folder)?);
    }
    Ok(Arc::new(Detectors::new(read_rules(texts)?, scope)?))
}

/// Every `family/rule-id` folder below `folder`, in order.
fn user_rules(folder: &Path) -> Result<Vec<RuleText>> {
    let mut rules = Vec::new();
    for family in folders(folder)? {
        for rule in folders(&family)? {
            if rules.len() >= RULES_MAX {
                bail!("`{}` holds more than {RULES_MAX} rules", folder.display());
            }
            rules.push(RuleText {
                folder: rule.display().to_string(),
                card: text(&rule.join("rule.toml"))?,
                page: text(&rule.join("page.md"))?,
            });
        }
    }
    Ok(rules)
}

fn folders(inside: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(inside).with_context(|| format!("cannot list `{}`", inside.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list `{}`", inside.display()))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A text file of a person's, within its limit.
///
/// # Errors
/// If it cannot be read, is too large or is not UTF-8.
pub fn text(path: &Path) -> Result<String> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if size > FILE_MAX {
        bail!("`{}` has {size} bytes: at most {FILE_MAX} are read", path.display());
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}` as UTF-8 text", path.display()))
}
