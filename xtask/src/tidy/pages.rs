//! Every rule has its folder, and in it a card, a page that a responder can act on, and cases of both signs before it
//! calls itself stable.

use super::{Violation, tree::Tree};
use serde::Deserialize;
use std::collections::BTreeSet;

const RULES: &str = "data/rules/";
/// How the parts of a page begin, in their order.
const PARTS: &[&str] = &["What it sees", "Why it matters", "First three checks", "False alarms", "Response"];

#[derive(Deserialize)]
struct Card {
    id: String,
    family: String,
    maturity: String,
}

pub fn check(tree: &Tree) -> Vec<Violation> {
    let folders: BTreeSet<(&str, &str)> = tree
        .files
        .iter()
        .filter_map(|file| {
            let mut parts = file.path.strip_prefix(RULES)?.splitn(3, '/');
            let (family, id, _) = (parts.next()?, parts.next()?, parts.next()?);
            Some((family, id))
        })
        .collect();
    folders.into_iter().flat_map(|(family, id)| folder(tree, family, id)).collect()
}

fn folder(tree: &Tree, family: &str, id: &str) -> Vec<Violation> {
    let folder = format!("{RULES}{family}/{id}");
    let mut found = card(tree, &folder, family, id);
    found.extend(page(tree, &folder));
    found
}

fn card(tree: &Tree, folder: &str, family: &str, id: &str) -> Vec<Violation> {
    let path = format!("{folder}/rule.toml");
    let mut found = Vec::new();
    let mut tell = |line, what: String, remedy: &str| found.push(Violation::new(&path, line, what, remedy));
    let Some(file) = tree.get(&path) else {
        tell(1, "a rule without a card".into(), "write rule.toml: `breakglass check` says what it needs");
        return found;
    };
    let card: Card = match toml::from_str(&file.text) {
        Ok(card) => card,
        Err(error) => {
            let line = error.span().map_or(1, |span| file.text[..span.start].lines().count().max(1));
            tell(line, format!("the card cannot be read: {}", error.message()), "mend the card");
            return found;
        }
    };
    let line_of = |key: &str| file.text.lines().position(|line| line.starts_with(key)).map_or(1, |index| index + 1);
    if card.id != id {
        tell(line_of("id"), format!("the card is called `{}` and its folder `{id}`", card.id), "make them one");
    }
    if card.family != family {
        let what = format!("the card is of `{}` and its folder of `{family}`", card.family);
        tell(line_of("family"), what, "move the folder or change the card");
    }
    let has = |sign: &str| tree.files.iter().any(|file| file.path.starts_with(&format!("{folder}/cases/{sign}-")));
    if card.maturity == "stable" {
        for sign in ["hit", "near-miss"].into_iter().filter(|sign| !has(sign)) {
            let what = format!("stable, and no case cases/{sign}-*.toml");
            tell(line_of("maturity"), what, "add the case, or call the rule `experimental`");
        }
    }
    found
}

fn page(tree: &Tree, folder: &str) -> Vec<Violation> {
    let path = format!("{folder}/page.md");
    let Some(file) = tree.get(&path) else {
        return vec![Violation::new(path, 1, "a rule without a page", "write page.md: what a responder does about it")];
    };
    let mut found = Vec::new();
    let mut after = 0;
    for part in PARTS {
        let at = file.text.lines().position(|line| line.starts_with(&format!("**{part}")));
        let (line, what) = match at {
            None => (1, format!("the page has no part `**{part}**`")),
            Some(line) if line < after => (line + 1, format!("`**{part}**` comes too early")),
            Some(line) => {
                after = line;
                continue;
            }
        };
        found.push(Violation::new(
            &path,
            line,
            what,
            format!("the parts of a page are, in order: {}", PARTS.join(", ")),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    const CARD: &str = "id = \"drain\"\nfamily = \"value\"\nmaturity = \"stable\"\ntitle = \"x\"\n";

    fn whole_page() -> String {
        PARTS.iter().map(|part| format!("**{part}.** Text.\n\n")).collect()
    }

    fn say(card: Option<&str>, page: Option<&str>, cases: &[&str]) -> String {
        let cases: Vec<_> = cases.iter().map(|case| format!("data/rules/value/drain/cases/{case}")).collect();
        let mut files: Vec<(&str, &str)> = cases.iter().map(|case| (case.as_str(), "")).collect();
        files.extend(card.map(|card| ("data/rules/value/drain/rule.toml", card)));
        files.extend(page.map(|page| ("data/rules/value/drain/page.md", page)));
        files.push(("data/rules/LANGUAGE.md", ""));
        told(check(&Tree::of(&files))).replace("data/rules/value/drain/", "")
    }

    const BOTH: &[&str] = &["hit-a.toml", "near-miss-a.toml"];

    #[test]
    fn a_whole_rule_passes() {
        assert_eq!(say(Some(CARD), Some(&whole_page()), BOTH), "");
        let young = CARD.replace("stable", "experimental");
        assert_eq!(say(Some(&young), Some(&whole_page()), &[]), "");
    }

    #[test]
    fn what_is_missing_is_named() {
        let page = whole_page();
        assert_eq!(say(None, Some(&page), BOTH), "rule.toml:1: a rule without a card\n");
        assert_eq!(say(Some(CARD), None, BOTH), "page.md:1: a rule without a page\n");
        assert_eq!(
            say(Some(CARD), Some(&page), &["hit-a.toml"]),
            "rule.toml:3: stable, and no case cases/near-miss-*.toml\n"
        );
        assert_eq!(
            say(Some(CARD), Some(&page.replace("**False alarms.**", "False alarms.")), BOTH),
            "page.md:1: the page has no part `**False alarms**`\n"
        );
    }

    #[test]
    fn parts_stand_in_their_order() {
        let mut parts: Vec<_> = PARTS.iter().map(|part| format!("**{part}**\n")).collect();
        parts.swap(0, 1);
        assert_eq!(say(Some(CARD), Some(&parts.concat()), BOTH), "page.md:1: `**Why it matters**` comes too early\n");
    }

    #[test]
    fn card_and_folder_agree() {
        let card = CARD.replace("drain", "leak").replace("value", "calls");
        assert_eq!(
            say(Some(&card), Some(&whole_page()), BOTH),
            "rule.toml:1: the card is called `leak` and its folder `drain`\n\
             rule.toml:2: the card is of `calls` and its folder of `value`\n"
        );
        let told = say(Some("id = \"drain\"\nfamily = 3\n"), Some(&whole_page()), BOTH);
        assert!(told.starts_with("rule.toml:2: the card cannot be read: "), "{told}");
    }
}
