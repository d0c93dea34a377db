//! A person's own rules and playbooks, read over the built-in ones.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::breakglass;

const PLAYBOOK: &str = include_str!("../../../../data/playbooks/observe.toml");
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/rules");

fn installation() -> TempDir {
    let folder = TempDir::new().unwrap();
    breakglass(folder.path(), &["init"]).text();
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_playbook_takes_the_place_of_its_namesake_or_is_one_more() {
    let folder = installation();
    let count = || {
        let checked = breakglass(folder.path(), &["check", "--playbooks", "mine", "--json"]).json();
        checked["playbooks"].as_u64().unwrap()
    };
    let built_in = breakglass(folder.path(), &["check", "--json"]).json()["playbooks"].as_u64().unwrap();
    write(folder.path(), "mine/observe.toml", PLAYBOOK);
    assert_eq!(count(), built_in);
    write(folder.path(), "mine/other.toml", &PLAYBOOK.replacen("id = \"observe\"", "id = \"watch\"", 1));
    assert_eq!(count(), built_in + 1);
    write(folder.path(), "mine/.other.toml.swp", "not a playbook");
    write(folder.path(), "mine/README.md", "not a playbook");
    assert_eq!(count(), built_in + 1);
}

#[test]
fn a_playbook_that_is_not_right_is_named_with_its_place() {
    let stories = [
        ("schema = 1", "schema = 9", "mine/observe.toml:"),
        ("id = \"observe\"", "id = \"Observe\"", "mine/observe.toml:"),
        ("title = ", "tilte = ", "did you mean `title`?"),
        ("applies = false", "applies = true", "mine/observe.toml:"),
    ];
    for (from, to, says) in stories {
        let folder = installation();
        assert!(PLAYBOOK.contains(from), "the playbook has no {from}");
        write(folder.path(), "mine/observe.toml", &PLAYBOOK.replacen(from, to, 1));
        for command in ["check", "serve"] {
            breakglass(folder.path(), &[command, "--playbooks", "mine"]).refused(says);
        }
    }
    let folder = installation();
    write(folder.path(), "mine/one.toml", PLAYBOOK);
    write(folder.path(), "mine/two.toml", PLAYBOOK);
    breakglass(folder.path(), &["check", "--playbooks", "mine"]).refused("are both the playbook `observe`");
    write(folder.path(), "mine/huge.toml", &"#".repeat(2 << 20));
    breakglass(folder.path(), &["check", "--playbooks", "mine"]).refused("huge.toml");
    fs::create_dir(folder.path().join("empty")).unwrap();
    breakglass(folder.path(), &["check", "--playbooks", "empty"]).refused("holds no playbook");
    breakglass(folder.path(), &["check", "--playbooks", "absent"]).refused("cannot list `absent`");
}

#[test]
fn rules_are_read_and_refused_before_anything_is_served() {
    let folder = installation();
    breakglass(folder.path(), &["check", "--rules", RULES]).text();
    let (family, rule) = first_rule(Path::new(RULES));
    let (from, to) = (Path::new(RULES).join(&family).join(&rule), format!("mine/{family}/{rule}"));
    let card = fs::read_to_string(from.join("rule.toml")).unwrap();
    write(folder.path(), &format!("{to}/page.md"), &fs::read_to_string(from.join("page.md")).unwrap());
    write(folder.path(), &format!("{to}/rule.toml"), &card.replacen("severity", "seriousness", 1));
    for command in ["check", "serve"] {
        breakglass(folder.path(), &[command, "--rules", "mine"]).refused("unknown key `seriousness`");
    }
}

fn first_rule(rules: &Path) -> (String, String) {
    let mut cards: Vec<_> = fs::read_dir(rules)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .flat_map(|family| fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| fs::read_to_string(path.join("rule.toml")).is_ok_and(|card| card.contains("severity")))
        .collect();
    cards.sort();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    (name(cards[0].parent().unwrap()), name(&cards[0]))
}
