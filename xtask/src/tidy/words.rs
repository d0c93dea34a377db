//! Words that do not belong into the tree: unfinished business, tests switched off, and places on one machine.

use super::{
    Violation,
    tree::{File, Tree},
};

/// Unfinished business. Written in halves, so that this file does not speak of itself.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const UNFINISHED_CALLS: &[&str] = &[concat!("to", "do!("), concat!("unimpl", "emented!(")];
const SWITCHED_OFF: &[&str] = &[concat!("#[ign", "ore"), concat!("it.on", "ly("), concat!("test.on", "ly(")];
/// Folders that stand at the root of one machine and no other.
const MACHINE_ROOTS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Where the packages of the lock file come from; any other source is a stranger.
const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn check(tree: &Tree) -> Vec<Violation> {
    tree.files.iter().flat_map(read).collect()
}

fn read(file: &File) -> Vec<Violation> {
    let lines = file.text.lines().enumerate();
    let told = lines.filter_map(|(index, line)| {
        let (what, remedy) = judge(file, line)?;
        Some(Violation::new(&file.path, index + 1, what, remedy))
    });
    told.collect()
}

fn judge(file: &File, line: &str) -> Option<(String, &'static str)> {
    match file.name() {
        "Cargo.lock" => {
            let source = line.strip_prefix("source = \"")?.trim_end_matches('"');
            let strange = source != CRATES;
            return strange.then(|| (format!("a package from `{source}`"), "depend on what crates.io has"));
        }
        "package-lock.json" => {
            let placed = line.trim_start().starts_with("\"resolved\": \"http");
            let remedy = "set `omit-lockfile-registry-resolved=true` in .npmrc beside it and lock again";
            return placed.then(|| ("the lock names the host it was fetched from".into(), remedy));
        }
        _ => {}
    }
    if let Some(word) = UNFINISHED.iter().find(|word| has_word(line, word)) {
        return Some((format!("`{word}`"), "finish it, or say what is not there as a fact"));
    }
    if let Some(word) = UNFINISHED_CALLS.iter().find(|word| line.contains(**word)) {
        return Some((format!("`{word}`"), "write the code, or leave the case out of the type"));
    }
    if let Some(word) = SWITCHED_OFF.iter().find(|word| line.contains(**word)) {
        return Some((format!("a test is switched off: `{word}`"), "mend the test or remove it"));
    }
    if let Some(root) = MACHINE_ROOTS.iter().find(|root| has_root(line, root)) {
        return Some((
            format!("a place on one machine: `{root}`"),
            "use a path inside the project, or take it as input",
        ));
    }
    None
}

/// The word by itself, not as part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_part)
            && !line[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

/// The folder at the root, not below another.
fn has_root(line: &str, root: &str) -> bool {
    let goes_on = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '}' | '*' | '~' | ')');
    line.match_indices(root).any(|(at, _)| !line[..at].chars().next_back().is_some_and(goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    fn say(path: &str, text: &str) -> String {
        told(check(&Tree::of(&[(path, text)])))
    }

    #[test]
    fn unfinished_business_is_named_with_its_line() {
        for word in UNFINISHED {
            assert_eq!(say("a.md", &format!("fine\n// {word}: later\n")), format!("a.md:2: `{word}`\n"));
            assert_eq!(say("a.md", &format!("MY{word}S and {word}_1")), "", "part of a longer word");
        }
        for word in UNFINISHED_CALLS {
            assert_eq!(say("a.rs", &format!("fn a() {{ {word}) }}")), format!("a.rs:1: `{word}`\n"));
        }
        assert_eq!(say("clippy.toml", "todo = \"deny\""), "");
    }

    #[test]
    fn a_test_that_is_switched_off_is_named() {
        for word in SWITCHED_OFF {
            assert_eq!(say("a.rs", word), format!("a.rs:1: a test is switched off: `{word}`\n"));
        }
        assert_eq!(say("a.rs", "// ignored on purpose"), "");
    }

    #[test]
    fn places_on_one_machine_are_named() {
        for root in MACHINE_ROOTS {
            assert_eq!(say("a.sh", &format!("cd {root}x")), format!("a.sh:1: a place on one machine: `{root}`\n"));
            assert_eq!(say("a.sh", &format!("cd ${{BASE}}{root}x ../a{root}y")), "", "below another folder");
        }
    }

    #[test]
    fn locks_name_packages_and_not_hosts() {
        let npm = |line: &str| say("ui/package-lock.json", line);
        assert_eq!(npm("  \"integrity\": \"sha512-a\""), "");
        let told = npm("      \"resolved\": \"https://packages.example/a.tgz\",");
        assert_eq!(told, "ui/package-lock.json:1: the lock names the host it was fetched from\n");
        assert_eq!(say("Cargo.lock", &format!("source = \"{CRATES}\"")), "");
        let told = say("Cargo.lock", "source = \"git+https://example/a\"");
        assert_eq!(told, "Cargo.lock:1: a package from `git+https://example/a`\n");
    }
}
