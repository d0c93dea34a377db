//! The stories cover the whole taxonomy, and `docs/stories.md` lists them as they are.

use std::{collections::BTreeMap, fmt::Write as _};

use atlas::Taxonomy;
use lab::{SCENARIOS, Scenario, Variation};

fn all() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().copied().flatten()
}

#[test]
fn every_kind_of_attack_has_a_story() {
    let taxonomy = Taxonomy::embedded();
    let mut stories = BTreeMap::<&str, usize>::new();
    for scenario in all() {
        assert!(taxonomy.contains(scenario.kind()), "{}: no kind of attack is called so", scenario.id);
        *stories.entry(scenario.kind()).or_default() += 1;
    }
    // What is only prepared harms nobody yet: every story whose attacker deploys something has it in it. Where funds come
    // from is what labels say, and no contract on a stage has any.
    let told = |kind: &&str| !kind.starts_with("preparation/") && !kind.starts_with("funds/");
    let played = taxonomy.ids().filter(told);
    let missing: Vec<&str> = played.filter(|kind| !stories.contains_key(kind)).collect();
    assert!(missing.is_empty(), "no story of these: {missing:?}");
    assert!(all().count() >= 60, "{} stories", all().count());
    assert_eq!(Variation::MUTATIONS.len(), 10);
}

#[test]
fn a_story_has_an_id_of_its_own_and_says_what_happens() {
    let mut seen = BTreeMap::new();
    for scenario in all() {
        assert!(seen.insert(scenario.id, scenario.about).is_none(), "two stories are called {}", scenario.id);
        let parts: Vec<&str> = scenario.id.split('/').collect();
        let kebab = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        assert!(parts.len() == 3 && parts.iter().all(kebab), "{}: not class/kind/name", scenario.id);
        assert!(scenario.about.len() > 40 && !scenario.about.ends_with('.'), "{}: {}", scenario.id, scenario.about);
    }
}

#[test]
fn the_page_lists_them() {
    let mut classes = BTreeMap::<&str, Vec<&Scenario>>::new();
    for scenario in all() {
        classes.entry(scenario.id.split('/').next().unwrap_or_default()).or_default().push(scenario);
    }
    let mut page = String::from(INTRODUCTION);
    for (class, stories) in &classes {
        let mut kinds: Vec<&str> = stories.iter().map(|scenario| scenario.kind()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        writeln!(page, "| {class} | {} | {} |", stories.len(), kinds.len()).unwrap();
    }
    writeln!(page, "| all | {} | {} |", all().count(), Taxonomy::embedded().ids().count()).unwrap();
    for (class, stories) in classes {
        writeln!(page, "\n## {class}\n").unwrap();
        for scenario in stories {
            writeln!(page, "- `{}`: {}", scenario.id, scenario.about).unwrap();
        }
    }
    expect_test::expect_file!["../../../docs/stories.md"].assert_eq(&page);
}

const INTRODUCTION: &str = "\
# The stories of the laboratory

Attacks of our own on contracts of our own (`contracts/scenarios`), played on a chain in memory. Each has a benign twin,
the honest thing that is most like it, and ten mutations: other addresses, larger, smaller, behind a proxy, through a relay,
deployed and used at once, split, amid other traffic, paid to another account, in another order. A test plays all of them
and fails where a story does not do its harm or a twin not its business; what the rules say of them is measured by
`cargo xtask quality`. `cargo run -p breakglass-lab -- play PART --mutations` plays those whose id contains `PART`.

This page is written by a test of `breakglass-lab` (`UPDATE_EXPECT=1`).

| class | stories | kinds |
|---|---|---|
";
