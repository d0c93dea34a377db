//! Every invariant by its example, its page and its cases.

use std::path::{Path, PathBuf};

use crate::{RuleText, Scene, Sign, built_in, card::templates, read_rules};

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/invariants");
    entries(&folder)
}

fn entries(of: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_template_is_in_the_binary() {
    let on_disk: Vec<_> = folders().iter().map(|path| name(path)).collect();
    let embedded: Vec<_> = templates().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(on_disk, embedded);
    assert!(templates().all(|(_, about)| !about.is_empty()));
}

#[test]
fn every_invariant_does_what_its_cases_say() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let name_of = name(&folder);
        let page = text(&folder.join("page.md"));
        for part in ["What it sees.", "Why it matters.", "First three checks", "False alarms.", "Response."] {
            assert!(page.contains(part), "{name_of}/page.md has no part `{part}`");
        }
        let card = text(&folder.join("example.toml"));
        let example = RuleText { folder: format!("invariants/{name_of}"), card, page, ..RuleText::default() };
        let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
        let cards = read_rules(blind_spot.chain([example])).unwrap();
        let mut signs = Vec::new();
        for case in entries(&folder.join("cases")) {
            let sign = Sign::of(&name(&case)).unwrap_or_else(|| panic!("{}", case.display()));
            let written = text(&case);
            let scene = Scene::read(&name(&case), &written).unwrap();
            let told = scene.play(cards.clone(), &name_of).unwrap();
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&case, scene.expecting(&written, &told)).unwrap();
            } else if told != scene.expected {
                wrong.push(format!("{}\n  expected {:#?}\n  but {told:#?}", case.display(), scene.expected));
            }
            assert_eq!(sign == Sign::Hit, !told.is_empty(), "{}: {told:?}", case.display());
            signs.push(sign);
        }
        assert!(signs.contains(&Sign::Hit) && signs.contains(&Sign::NearMiss), "{name_of}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
