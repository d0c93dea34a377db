//! `breakglass rules docs`: the pages of all rules as a site.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use atlas::Taxonomy;
use detect::{Scene, explain, read_rules};
use report::{PageCondition, RulePage, rule_site};

use super::{
    folder::{self, Folder},
    list::word,
};
use crate::{args::rules::DocsArgs, output};

/// The file by which a site that was written before is known.
const SIGN: &str = "index.html";

pub fn run(args: &DocsArgs) -> Result<ExitCode> {
    let folders = folder::over_built_in(args.over.rules.as_deref())?;
    let cards = read_rules(folders.iter().map(|folder| folder.text.clone()))?;
    let mut pages = Vec::new();
    for card in &cards {
        let home = folders.iter().find(|folder| format!("{}/rule.toml", folder.text.folder) == card.file);
        pages.push(page(card, home)?);
    }
    let taxonomy = Taxonomy::embedded();
    let kinds: Vec<_> =
        taxonomy.ids().map(|id| (id.to_owned(), taxonomy.describe(id).unwrap_or_default().to_owned())).collect();
    let files = rule_site(&pages, &kinds)?;
    make_room(&args.out)?;
    for (name, text) in &files {
        let path = args.out.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make `{}`", parent.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    output::line(format!(
        "wrote {} files about {} rules: open {}",
        files.len(),
        pages.len(),
        args.out.join(SIGN).display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The folder is new, empty, or holds a site that was written before; what is in any other is somebody's.
fn make_room(out: &Path) -> Result<()> {
    if !out.exists() {
        return Ok(());
    }
    let reading = || format!("cannot list `{}`", out.display());
    let is_empty = fs::read_dir(out).with_context(reading)?.next().is_none();
    let is_ours = fs::read_to_string(out.join(SIGN)).is_ok_and(|page| page.contains("breakglass rules docs"));
    if !is_empty && !is_ours {
        bail!("`{}` holds something else: name a new folder", out.display());
    }
    for part in ["rules", "families"].map(|part| out.join(part)).iter().filter(|part| is_ours && part.is_dir()) {
        fs::remove_dir_all(part).with_context(|| format!("cannot clear `{}`", part.display()))?;
    }
    Ok(())
}

fn page(card: &std::sync::Arc<detect::RuleCard>, home: Option<&Folder>) -> Result<RulePage> {
    let explained = explain(card)?;
    let cases = home.into_iter().flat_map(|folder| &folder.cases).map(|case| {
        let about = Scene::read(&case.file, &case.text).map(|scene| scene.about);
        Ok((case.name().to_owned(), about?))
    });
    Ok(RulePage {
        id: card.id.clone(),
        family: card.described.family.clone(),
        title: card.described.title.clone(),
        kinds: [&card.described.kind].into_iter().chain(&card.described.also).cloned().collect(),
        severity: card.severity.to_string(),
        severity_elsewhere: card.severity_elsewhere.to_string(),
        confidence: card.confidence.percent(),
        maturity: word(&card.maturity)?,
        sight: word(&card.described.needs.sight)?,
        evidence: card.described.needs.evidence.iter().map(word).collect::<Result<_>>()?,
        tags: card.described.tags.clone(),
        references: card.described.references.clone(),
        parameters: card.parameters.listed().map(|(name, value)| (name.to_owned(), value)).collect(),
        page: home.map(|folder| folder.text.page.clone()).unwrap_or_default(),
        condition: explained.condition.map(|words| PageCondition {
            on: words.on,
            place: words.place,
            all_of: words.all_of,
            message: words.message,
            text: words.text,
        }),
        wakes: explained.wakes,
        costs: explained.costs,
        blinded_by: explained.blinded_by,
        cases: cases.collect::<Result<_>>()?,
        rule: card.rule().to_string(),
    })
}
