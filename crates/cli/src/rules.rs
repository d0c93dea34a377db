//! Rules and what they protect, read from files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use detect::{Detectors, DetectorsBuilder, RuleCard, RuleText, Scope, built_in, read_rules};

/// A rule's file may have this many bytes.
const FILE_MAX: u64 = 1 << 20;
/// A file of rows may have this many: 100,000 rules with three parameters have a tenth of it.
const ROWS_FILE_MAX: u64 = 128 << 20;
/// A user's folder may hold this many rules.
const RULES_MAX: usize = 100_000;

/// The built-in rules with a user's folder read over them.
///
/// # Errors
/// Names the file, and where it can the line, of the first rule that is not right.
pub fn detectors(folder: Option<&Path>, scope: Scope) -> Result<Arc<Detectors>> {
    let mut builder = DetectorsBuilder::new(scope);
    built_in().iter().try_for_each(|text| builder.read(text))?;
    if let Some(folder) = folder {
        for text in user_rules(folder)? {
            builder.read(&text?)?;
        }
    }
    Ok(Arc::new(builder.build()?))
}

/// The cards of the same rules.
///
/// # Errors
/// As [`detectors`], but for what only shows when a rule is built.
pub fn cards(folder: Option<&Path>) -> Result<Vec<Arc<RuleCard>>> {
    Ok(read_rules(texts(folder)?)?)
}

/// No rules but the one that no set is without: for whoever only looks.
///
/// # Errors
/// Never, unless the rule in the binary is not right.
pub fn none() -> Result<Arc<Detectors>> {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("/blind-spot"));
    Ok(Arc::new(Detectors::new(read_rules(blind_spot)?, Scope::everything())?))
}

/// The texts of the built-in rules with a user's folder after them; of two with one id the later is in force.
///
/// # Errors
/// If the folder cannot be read.
pub fn texts(folder: Option<&Path>) -> Result<Vec<RuleText>> {
    let mut texts = built_in();
    if let Some(folder) = folder {
        for text in user_rules(folder)? {
            texts.push(text?);
        }
    }
    Ok(texts)
}

/// Every rule below some folders, each of which is a folder of rules, of a family or of one rule, in order. Each rule
/// once, however often it is named.
///
/// # Errors
/// If a folder cannot be listed or read, or there is no rule in it.
pub fn below(paths: &[PathBuf]) -> Result<Vec<(PathBuf, RuleText)>> {
    let mut found: Vec<PathBuf> = Vec::new();
    for path in paths {
        // The files of a rule stand for it.
        let path = if path.is_file() { path.parent().unwrap_or(Path::new(".")) } else { path.as_path() };
        let mut here = vec![path.to_owned()];
        // A folder of rules holds families, and they hold rules.
        for _ in 0..3 {
            let (rules, others): (Vec<_>, Vec<_>) = here.into_iter().partition(|path| path.join("rule.toml").is_file());
            found.extend(rules);
            here = others.iter().map(|path| folders(path)).collect::<Result<Vec<_>>>()?.concat();
        }
        if !found.iter().any(|rule| rule.starts_with(path)) {
            bail!("there is no rule in `{}`: a rule is a folder with a `rule.toml`", path.display());
        }
        if found.len() > RULES_MAX {
            bail!("`{}` holds more than {RULES_MAX} rules", path.display());
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|path| Ok((path.clone(), rule(&path)?))).collect()
}

/// The texts of a rule's folder. Whoever stands in the folder itself calls it `.`, so the place of the rule is asked of
/// the file system.
fn rule(path: &Path) -> Result<RuleText> {
    let named = path.components().filter(|part| matches!(part, std::path::Component::Normal(_))).count();
    let folder = match named {
        0 | 1 => path.canonicalize().with_context(|| format!("cannot read `{}`", path.display()))?,
        _ => path.to_owned(),
    };
    let page = path.join("page.md");
    Ok(RuleText {
        folder: folder.display().to_string(),
        card: text(&path.join("rule.toml"))?,
        // A page that is not there is a fault of the rule, told with the others.
        page: if page.exists() { text(&page)? } else { String::new() },
        files: lists(path)?,
    })
}

/// Every rule in a `family/rule-id` folder below `folder`, in order, each read when it is asked for.
///
/// # Errors
/// If a folder cannot be listed, or there are too many; of each rule, if it cannot be read.
fn user_rules(folder: &Path) -> Result<impl Iterator<Item = Result<RuleText>>> {
    let rules = folders(folder)?.iter().map(|family| folders(family)).collect::<Result<Vec<_>>>()?.concat();
    if rules.len() > RULES_MAX {
        bail!("`{}` holds more than {RULES_MAX} rules", folder.display());
    }
    let read = |rule: PathBuf| {
        Ok(RuleText {
            folder: rule.display().to_string(),
            card: text(&rule.join("rule.toml"))?,
            page: text(&rule.join("page.md"))?,
            files: lists(&rule)?,
        })
    };
    Ok(rules.into_iter().map(read))
}

/// What lies beside a card: lists in `.txt` files and rows of instances in `.csv` files, in order.
fn lists(rule: &Path) -> Result<Vec<(String, String)>> {
    let entries = std::fs::read_dir(rule).with_context(|| format!("cannot list `{}`", rule.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list `{}`", rule.display()))?.path();
        let max = match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt") => FILE_MAX,
            Some("csv") => ROWS_FILE_MAX,
            _ => continue,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, text_within(&path, max)?));
    }
    found.sort();
    Ok(found)
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
    text_within(path, FILE_MAX)
}

fn text_within(path: &Path, max: u64) -> Result<String> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if size > max {
        bail!("`{}` has {size} bytes: at most {max} are read", path.display());
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}` as UTF-8 text", path.display()))
}
