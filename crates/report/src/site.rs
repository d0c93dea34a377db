//! The pages of rules as a static site: no script from elsewhere, no font to fetch, readable from a folder.

mod page;

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use crate::{ReportError, templates::own};

/// Templates that make pages, and files that go along as they are.
const PAGES: &[(&str, &str)] = &[
    ("frame.html", include_str!("../../../data/templates/site/frame.html.j2")),
    ("rows.html", include_str!("../../../data/templates/site/rows.html.j2")),
    ("points.html", include_str!("../../../data/templates/site/points.html.j2")),
    ("index.html", include_str!("../../../data/templates/site/index.html.j2")),
    ("family.html", include_str!("../../../data/templates/site/family.html.j2")),
    ("taxonomy.html", include_str!("../../../data/templates/site/taxonomy.html.j2")),
    ("rule.html", include_str!("../../../data/templates/site/rule.html.j2")),
];
const FILES: &[(&str, &str)] = &[
    ("style.css", include_str!("../../../data/templates/site/style.css")),
    ("search.js", include_str!("../../../data/templates/site/search.js")),
];

/// A rule as its page shows it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RulePage {
    /// Its id.
    pub id: String,
    /// Its family.
    pub family: String,
    /// One line for a person.
    pub title: String,
    /// The kind of attack it points to, and others it may point to: ids of the taxonomy.
    pub kinds: Vec<String>,
    /// How bad, for what is protected.
    pub severity: String,
    /// How bad elsewhere.
    pub severity_elsewhere: String,
    /// How sure, in percent.
    pub confidence: u8,
    /// How far it can be trusted.
    pub maturity: String,
    /// The poorest sight at which it sees.
    pub sight: String,
    /// The kinds of fact it rests on.
    pub evidence: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Names and values of its parameters.
    pub parameters: Vec<(String, String)>,
    /// Its page, in Markdown.
    pub page: String,
    /// When it fires, for a rule in data.
    pub condition: Option<PageCondition>,
    /// What wakes it.
    pub wakes: Vec<String>,
    /// What it costs.
    pub costs: Vec<String>,
    /// What would blind it.
    pub blinded_by: Vec<String>,
    /// Its cases: file and what it is about.
    pub cases: Vec<(String, String)>,
    /// Its name and digest, as alerts carry it.
    pub rule: String,
}

/// When a rule in data fires.
#[derive(Debug, Clone, Serialize)]
pub struct PageCondition {
    /// What it looks at.
    pub on: String,
    /// About whom it speaks.
    pub place: String,
    /// What has to hold, all of it.
    pub all_of: Vec<String>,
    /// What it says then.
    pub message: String,
    /// Its text, as it is written.
    pub text: String,
}

/// The site of some rules, as files with paths relative to its folder, in order. `kinds` is the taxonomy: id and line.
///
/// # Errors
/// If a template does not fit.
pub fn rule_site(rules: &[RulePage], kinds: &[(String, String)]) -> Result<Vec<(String, String)>, ReportError> {
    let environment = environment()?;
    let fill = |template: &str, with: Value| -> Result<String, ReportError> {
        Ok(environment.get_template(template)?.render(with)?)
    };
    let mut families: BTreeMap<&str, Vec<&RulePage>> = BTreeMap::new();
    rules.iter().for_each(|rule| families.entry(&rule.family).or_default().push(rule));
    let all = Value::from(Serde(families.iter().collect::<Vec<_>>()));
    let described = Value::from(Serde(kinds.iter().cloned().collect::<BTreeMap<_, _>>()));
    let mut files = vec![(
        "index.html".to_owned(),
        fill("index.html", context! { root => own(""), here => "rules", families => all, count => rules.len() })?,
    )];
    for (family, rules) in &families {
        let with = context! { root => own("../"), here => "rules", family => *family, rules => Serde(rules) };
        files.push((format!("families/{family}.html"), fill("family.html", with)?));
    }
    for rule in rules {
        let siblings: Vec<_> = families.get(rule.family.as_str()).into_iter().flatten().collect();
        let with = context! {
            root => own("../"), here => "rules", rule => Serde(rule), siblings => Serde(siblings), kinds => described.clone(),
            page => Value::from_safe_string(page::html(&rule.page)),
        };
        files.push((format!("rules/{}.html", rule.id), fill("rule.html", with)?));
    }
    let with = context! { root => own(""), here => "taxonomy", groups => taxonomy(rules, kinds) };
    files.push(("taxonomy.html".to_owned(), fill("taxonomy.html", with)?));
    files.extend(FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    files.sort();
    Ok(files)
}

/// The kinds of attack by family, each with the rules that point to it.
fn taxonomy(rules: &[RulePage], kinds: &[(String, String)]) -> Value {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (id, says) in kinds {
        let (family, kind) = id.split_once('/').unwrap_or((id, ""));
        let of_kind: Vec<_> = rules.iter().filter(|rule| rule.kinds.contains(id)).collect();
        let kind = context! { id => id.as_str(), kind, says => says.as_str(), rules => Serde(of_kind) };
        groups.entry(family).or_default().push(kind);
    }
    groups.into_iter().map(|(family, kinds)| Value::from(vec![Value::from(family), Value::from(kinds)])).collect()
}

fn environment() -> Result<Environment<'static>, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, text) in PAGES {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RulePage {
        RulePage {
            id: "drain".into(),
            family: "value".into(),
            title: "Value left <b>a contract</b>".into(),
            kinds: vec!["rug/owner-drain".into()],
            severity: "high".into(),
            page: "# Drain\n\n**What it sees.** Value <script>alert(1)</script> leaves.".into(),
            cases: vec![("hit-a.toml".into(), "a & b".into())],
            ..RulePage::default()
        }
    }

    #[test]
    fn every_link_leads_somewhere_and_nothing_comes_from_elsewhere() {
        let kinds = [("rug/owner-drain".to_owned(), "says".to_owned()), ("dos/gas".to_owned(), "says".to_owned())];
        let files = rule_site(&[rule(), RulePage { id: "other".into(), ..rule() }], &kinds).unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for attribute in ["href=\"", "src=\""] {
                for part in text.split(attribute).skip(1) {
                    let link = part.split('"').next().unwrap();
                    let path = link.split('#').next().unwrap();
                    let path = path.strip_prefix("../").map_or_else(
                        || if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") },
                        str::to_owned,
                    );
                    assert!(link.starts_with('#') || names.contains(&path.as_str()), "{name}: {link}");
                }
            }
            assert!(!text.contains("<script>alert") && !text.contains("<b>a contract"), "{name}");
        }
        assert!(names.contains(&"rules/drain.html") && names.contains(&"families/value.html"), "{names:?}");
    }
}
