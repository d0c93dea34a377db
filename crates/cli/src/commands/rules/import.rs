//! `breakglass rules import`: what another monitor watched for, as rules of ours, with a report of what stayed behind.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use detect::{Format, Imported, Paused, Source, import};
use serde_json::json;

use super::many;
use crate::{
    args::rules::{Foreign, ImportArgs},
    output,
};

/// Bytes of one file; the importer's own limit is told with its place.
const FILE_MAX: u64 = 16 << 20;

pub fn run(args: &ImportArgs) -> Result<ExitCode> {
    let read = |paths: &[PathBuf]| paths.iter().map(|path| source(path)).collect::<Result<Vec<_>>>();
    let paused = if args.paused { Paused::Taken } else { Paused::LeftBehind };
    let format = match args.format {
        Foreign::Defender => Format::Defender,
        Foreign::Monitor => Format::Monitor,
        Foreign::Forta => Format::Forta,
        Foreign::Tenderly => Format::Tenderly,
    };
    let imported = import(format, &read(&args.files)?, &read(&args.abi)?, paused)?;
    let folders: Vec<PathBuf> = imported.rules.iter().map(|rule| args.out.join(&rule.folder)).collect();
    if let Some(there) = folders.iter().find(|folder| folder.exists() && !args.replace) {
        bail!(
            "`{}` is there already: nothing was written; `--replace` writes over what was imported before",
            there.display()
        );
    }
    for (rule, folder) in imported.rules.iter().zip(&folders) {
        fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        write(&folder.join("rule.toml"), &rule.card)?;
        write(&folder.join("page.md"), &rule.page)?;
    }
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make `{}`", args.out.display()))?;
    let report = args.out.join(format!("IMPORT-{}.md", name(args.format)));
    write(&report, &markdown(args, &imported))?;
    if args.json {
        output::json(&as_json(&imported))?;
    } else {
        print(&imported, args, &report);
    }
    Ok(ExitCode::SUCCESS)
}

fn source(path: &Path) -> Result<Source> {
    let size = fs::metadata(path).with_context(|| format!("cannot read `{}`", path.display()))?.len();
    if size > FILE_MAX {
        bail!("`{}` has {size} bytes: at most {FILE_MAX} are read", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}` as UTF-8 text", path.display()))?;
    Ok(Source { name: path.display().to_string(), text })
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn name(format: Foreign) -> &'static str {
    match format {
        Foreign::Defender => "defender",
        Foreign::Monitor => "monitor",
        Foreign::Forta => "forta",
        Foreign::Tenderly => "tenderly",
    }
}

fn as_json(imported: &Imported) -> serde_json::Value {
    let items: Vec<_> = imported
        .items
        .iter()
        .map(|item| {
            let left = |left: &detect::Left| json!({ "what": left.what, "why": left.why, "instead": left.instead });
            let left: Vec<_> = item.left.iter().map(left).collect();
            json!({ "name": item.name, "at": item.at, "rules": item.rules, "left": left })
        })
        .collect();
    json!({ "rules": imported.rules.len(), "items": items })
}

/// How many were carried over whole, in part, and not at all.
fn counts(imported: &Imported) -> (usize, usize, usize) {
    let behind = imported.items.iter().filter(|item| item.rules.is_empty()).count();
    let whole = imported.items.iter().filter(|item| !item.rules.is_empty() && item.left.is_empty()).count();
    (whole, imported.items.len() - whole - behind, behind)
}

fn summary(imported: &Imported) -> String {
    let (whole, part, behind) = counts(imported);
    format!(
        "{} became {}: {whole} carried over whole, {part} with something left out, {behind} not at all",
        many(imported.items.len(), "item"),
        many(imported.rules.len(), "rule"),
    )
}

fn print(imported: &Imported, args: &ImportArgs, report: &Path) {
    for item in &imported.items {
        let became = match item.rules.as_slice() {
            [] => "not carried over".to_owned(),
            rules => rules.join(", "),
        };
        output::line(format!("{}  ({})\n  => {became}", output::inline(&item.name), output::inline(&item.at)));
        for left in &item.left {
            output::line(format!("  left: {}", output::inline(&left.what)));
            output::line(format!("        {}", output::inline(&left.why)));
            output::line(format!("        instead: {}", output::inline(&left.instead)));
        }
    }
    output::line(format!("\n{}", summary(imported)));
    output::line(format!("written to {}, the report to {}", args.out.display(), report.display()));
    output::line(format!("next: breakglass rules check {}", args.out.display()));
}

fn markdown(args: &ImportArgs, imported: &Imported) -> String {
    let mut text = format!("# Imported from {}\n\n{}.\n", name(args.format), summary(imported));
    for item in &imported.items {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n## {}\n\nFrom {}.\n\n", report::code(&item.name), report::code(&item.at));
        match item.rules.as_slice() {
            [] => text.push_str("Not carried over.\n"),
            rules => rules.iter().for_each(|rule| {
                let _ = writeln!(text, "- became `{rule}`");
            }),
        }
        for left in &item.left {
            let [what, why, instead] = [&left.what, &left.why, &left.instead].map(|part| report::code(part));
            let _ = writeln!(text, "- left: {what}\n  - why: {why}\n  - instead: {instead}");
        }
    }
    text
}
