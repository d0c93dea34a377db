//! `breakglass rules new FAMILY/ID`: a folder to be filled in, which already passes `check` and `test`.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use detect::{RuleText, check_rules};

use crate::{args::rules::NewArgs, output};

const CARD: &str = include_str!("../../../templates/rule/rule.toml");
const PAGE: &str = include_str!("../../../templates/rule/page.md");
const HIT: &str = include_str!("../../../templates/rule/hit.toml");
const NEAR_MISS: &str = include_str!("../../../templates/rule/near-miss.toml");

pub fn run(args: &NewArgs) -> Result<ExitCode> {
    let Some((family, id)) = args.name.split_once('/').filter(|(_, id)| !id.contains('/')) else {
        bail!("`{}` does not name a rule: write its family and its id, such as `value/fee-drain`", args.name);
    };
    let title = title(id);
    let card = CARD.replace("RULE-ID", id).replace("FAMILY", family).replace("TITLE", &title);
    // Whatever is wrong with the names is said before anything is written.
    let text = RuleText { folder: args.name.clone(), card: card.clone(), page: PAGE.to_owned(), ..RuleText::default() };
    if let Some(fault) = check_rules([text]).faults.first() {
        bail!("{}: {}", fault.what, fault.hint);
    }
    let folder = args.rules.join(family).join(id);
    if folder.exists() {
        bail!("`{}` is there already: nothing was written", folder.display());
    }
    let cases = folder.join("cases");
    fs::create_dir_all(&cases).with_context(|| format!("cannot make `{}`", cases.display()))?;
    write(&folder.join("rule.toml"), &card)?;
    write(&folder.join("page.md"), &PAGE.replace("TITLE", &title))?;
    write(&cases.join("hit-first.toml"), HIT)?;
    write(&cases.join("near-miss-first.toml"), NEAR_MISS)?;
    let shown = folder.display();
    output::line(format!("wrote {shown}: rule.toml, page.md and two cases"));
    output::line(format!(
        "next: say in {shown}/page.md what it is for, then change the condition and the cases, and run"
    ));
    output::line(format!("  breakglass rules check {shown}"));
    output::line(format!("  breakglass rules test {shown} --update"));
    Ok(ExitCode::SUCCESS)
}

/// `fee-drain` as `Fee drain`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}
