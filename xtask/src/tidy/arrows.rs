//! Which crate may know which: every arrow goes down, and rooms are strangers to each other.

use super::{Violation, metadata::Package, tree::Tree};

/// The house, floor by floor; the one place where this is written.
///
/// A crate may use those of its list and no other of ours.
const HOUSE: &[(&str, &[&str])] = &[
    // The words.
    ("facts", &[]),
    ("case", &["facts"]),
    // The one door to nodes, and the names.
    ("rpc", &["facts", "case"]),
    ("atlas", &["facts", "case"]),
    // The rooms. The pure ones do not know that nodes exist.
    ("watch", &["facts", "case", "atlas", "rpc"]),
    ("trace", &["facts", "case", "atlas", "rpc"]),
    ("detect", &["facts", "case", "atlas"]),
    ("prepare", &["facts", "case", "atlas"]),
    ("respond", &["facts", "case", "atlas"]),
    ("act", &["facts", "case", "atlas", "rpc"]),
    ("follow", &["facts", "case", "atlas"]),
    ("recover", &["facts", "case", "atlas"]),
    ("report", &["facts", "case", "atlas"]),
    ("store", &["facts", "case", "atlas"]),
    // The hallway, and the front desk, which reads the book and does not know the hallway.
    (
        "engine",
        &[
            "facts", "case", "rpc", "atlas", "watch", "trace", "detect", "prepare", "respond", "act", "follow",
            "recover", "report", "store",
        ],
    ),
    ("console", &["facts", "case", "atlas", "store", "report"]),
    // The front door.
    (
        "cli",
        &[
            "facts", "case", "rpc", "atlas", "watch", "trace", "detect", "prepare", "respond", "act", "follow",
            "recover", "report", "store", "engine", "console",
        ],
    ),
    // The laboratory: attacks and honest traffic of our own, and how well they are told apart. No product code knows it.
    ("lab", &["facts", "case", "atlas", "rpc", "watch", "trace", "detect", "engine"]),
    // The caretaker looks at the house from outside, and builds before it.
    ("xtask", &[]),
];

/// Tests that may look further than their crate: (crate, what it uses in tests, why).
const TESTS_MAY: &[(&str, &str, &str)] = &[];

pub fn check(packages: &[Package], tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in packages {
        let manifest = package.manifest();
        let Some((_, may)) = HOUSE.iter().find(|(name, _)| *name == package.room()) else {
            let remedy = "give it a floor in `HOUSE` in xtask/src/tidy/arrows.rs and a row in ARCHITECTURE.md";
            found.push(Violation::new(manifest, 1, format!("`{}` has no place in the house", package.room()), remedy));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(other) = dependency.ours() else { continue };
            let excused = TESTS_MAY.iter().any(|(name, uses, _)| (*name, *uses) == (package.room(), other));
            if may.contains(&other) || (dependency.is_dev() && excused) {
                continue;
            }
            let how = if dependency.is_dev() { "in its tests" } else { "in its code" };
            let what = format!("`{}` may not know `{other}`, and does {how}", package.room());
            let remedy = "let `engine` carry it, or move the word that both need down into `facts` or `case`";
            found.push(Violation::new(&manifest, line_of(tree, &manifest, other), what, remedy));
        }
    }
    for (name, _) in HOUSE {
        if !packages.iter().any(|package| package.room() == *name) {
            let what = format!("`{name}` has a place in the house and does not exist");
            found.push(Violation::new("xtask/src/tidy/arrows.rs", 1, what, "remove it from `HOUSE`"));
        }
    }
    found
}

/// The line of a manifest that declares a dependency.
pub(super) fn line_of(tree: &Tree, manifest: &str, name: &str) -> usize {
    let declares = |line: &str| {
        line.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            || line.trim_start().strip_prefix("breakglass-").is_some_and(|rest| rest.starts_with(name))
    };
    let at = tree.get(manifest).and_then(|file| file.text.lines().position(declares));
    at.map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    /// The whole house without an arrow, with one crate changed.
    fn house_with(changed: Package) -> Vec<Package> {
        let empty = |name: &&str| match *name {
            "xtask" => Package::of(name, &[], &[]),
            _ => Package::of(&format!("breakglass-{name}"), &[], &[]),
        };
        let names = HOUSE.iter().map(|(name, _)| *name).filter(|name| *name != changed.room());
        let mut house: Vec<_> = names.map(|name| empty(&name)).collect();
        house.push(changed);
        house
    }

    fn say(package: Package, manifest: &str) -> String {
        let tree = Tree::of(&[("crates/detect/Cargo.toml", manifest)]);
        told(check(&house_with(package), &tree))
    }

    #[test]
    fn arrows_down_pass() {
        let detect = Package::of("breakglass-detect", &["breakglass-facts", "breakglass-case", "cel"], &["proptest"]);
        assert_eq!(say(detect, ""), "");
        let cli = Package::of("breakglass-cli", &["breakglass-engine", "breakglass-console"], &[]);
        assert_eq!(say(cli, ""), "");
    }

    #[test]
    fn a_room_that_knows_a_room_is_named_with_its_line() {
        let detect = Package::of("breakglass-detect", &["breakglass-trace"], &[]);
        assert_eq!(
            say(detect, "[package]\n\n[dependencies]\ntrace.workspace = true\n"),
            "crates/detect/Cargo.toml:4: `detect` may not know `trace`, and does in its code\n"
        );
    }

    #[test]
    fn tests_are_held_to_the_same_arrows() {
        let detect = Package::of("breakglass-detect", &[], &["breakglass-rpc"]);
        assert_eq!(say(detect, ""), "crates/detect/Cargo.toml:1: `detect` may not know `rpc`, and does in its tests\n");
    }

    #[test]
    fn the_front_desk_does_not_know_the_hallway() {
        let console = Package::of("breakglass-console", &["breakglass-engine"], &[]);
        assert!(say(console, "").contains("`console` may not know `engine`"));
    }

    #[test]
    fn a_newcomer_and_a_ghost_are_named() {
        let mut house = house_with(Package::of("breakglass-detect", &[], &[]));
        house.retain(|package| package.room() != "follow");
        house.push(Package::of("breakglass-attic", &[], &[]));
        assert_eq!(
            told(check(&house, &Tree::of(&[]))),
            "crates/attic/Cargo.toml:1: `attic` has no place in the house\n\
             xtask/src/tidy/arrows.rs:1: `follow` has a place in the house and does not exist\n"
        );
    }

    #[test]
    fn no_arrow_goes_up_or_in_a_circle() {
        for (at, (name, may)) in HOUSE.iter().enumerate() {
            for other in *may {
                let below = HOUSE.iter().position(|(candidate, _)| candidate == other).unwrap();
                assert!(below < at, "`{name}` stands below `{other}` in the table and uses it");
            }
        }
    }
}
