//! The shape of a crate: a front page that says what it is for and holds nothing else, and files with real names.

use super::{
    Violation,
    ratchet::{self, Ratchet},
    tree::{File, Tree},
};
use syn::{Item, spanned::Spanned as _};

/// Names that say nothing about what is inside.
const SAY_NOTHING: &[&str] = &["util", "utils", "helper", "helpers", "common", "manager", "misc"];
const FRONT_LINES_MIN: usize = 10;
const FRONT_LINES_MAX: usize = 60;

pub fn check(tree: &Tree, ratchet: &Ratchet) -> Vec<Violation> {
    let mut found: Vec<_> = tree.files.iter().flat_map(name).collect();
    for file in &tree.files {
        if let Some(room) = file.path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/src/lib.rs")) {
            found.extend(front(tree, file, room, ratchet));
        }
    }
    for unbuilt in &ratchet.unbuilt {
        let line = ratchet::line_of(tree, &unbuilt.room);
        if tree.get(&format!("crates/{}/src/lib.rs", unbuilt.room)).is_none() {
            let what = format!("`{}` is listed as unbuilt and does not exist", unbuilt.room);
            found.push(Violation::new(ratchet::PATH, line, what, "remove it from the list"));
        }
        if unbuilt.why.trim().is_empty() {
            let what = format!("`{}` is listed as unbuilt without a reason", unbuilt.room);
            found.push(Violation::new(ratchet::PATH, line, what, "say what it waits for"));
        }
    }
    found
}

fn name(file: &File) -> Option<Violation> {
    if file.name() == "mod.rs" {
        let remedy = "name the file after its module and put it beside the folder: `foo.rs` and `foo/`";
        return Some(Violation::new(&file.path, 1, "a file called `mod.rs`", remedy));
    }
    let mut parts = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let empty = parts.find(|part| SAY_NOTHING.contains(part))?;
    let remedy = "name it by what it does for the responder; if it does several things, it is several files";
    Some(Violation::new(&file.path, 1, format!("`{empty}` says nothing about what is inside"), remedy))
}

/// The first page of a crate.
fn front(tree: &Tree, file: &File, room: &str, ratchet: &Ratchet) -> Vec<Violation> {
    let is_empty = !file.text.lines().any(|line| !line.trim_start().starts_with("//") && !line.trim().is_empty());
    match (is_empty, ratchet.is_unbuilt(room)) {
        (true, true) => return Vec::new(),
        (true, false) => {
            let remedy = format!("build it, or list it in {} with what it waits for", ratchet::PATH);
            return vec![Violation::new(&file.path, 1, "a room with nothing in it", remedy)];
        }
        (false, true) => {
            let what = format!("`{room}` is listed as unbuilt and has something in it");
            let remedy = "remove it from the list";
            return vec![Violation::new(ratchet::PATH, ratchet::line_of(tree, room), what, remedy)];
        }
        (false, false) => {}
    }
    let mut found = Vec::new();
    let mut tell = |line, what: String, remedy: &str| found.push(Violation::new(&file.path, line, what, remedy));
    if !file.text.starts_with("//! ") {
        tell(
            1,
            "a crate that does not say what it is for".into(),
            "begin with `//!`: its job, what is not in it, what to read first",
        );
    }
    let lines = file.lines();
    if !(FRONT_LINES_MIN..=FRONT_LINES_MAX).contains(&lines) {
        let what = format!("the front page has {lines} lines, not {FRONT_LINES_MIN} to {FRONT_LINES_MAX}");
        tell(1, what, "say its job, what is not in it and what to read first; put code into files of its own");
    }
    match syn::parse_file(&file.text) {
        Ok(syntax) => {
            for item in syntax.items.iter().filter(|item| !is_signpost(item)) {
                let line = item.span().start().line;
                tell(line, "the front page holds code".into(), "move it into a file of its own and `pub use` it");
            }
        }
        Err(error) => tell(error.span().start().line, format!("is not Rust: {error}"), "mend it"),
    }
    found
}

fn is_signpost(item: &Item) -> bool {
    match item {
        Item::Use(_) | Item::ExternCrate(_) => true,
        Item::Mod(module) => module.content.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    const LIST: &str = "[[unbuilt]]\nroom = \"report\"\nwhy = \"nobody reads it yet\"\n";

    fn say(path: &str, text: &str, list: &str) -> String {
        let tree = Tree::of(&[(path, text), (ratchet::PATH, list)]);
        told(check(&tree, &ratchet::read(&tree).unwrap()))
    }

    fn front_page(rest: &str) -> String {
        format!("//! What it is for.\n{}{rest}", "//!\n".repeat(9))
    }

    #[test]
    fn a_front_page_of_signposts_passes() {
        let page = front_page("mod a;\n/// Words.\npub use a::A;\n#[cfg(test)]\nmod tests;\n");
        assert_eq!(say("crates/detect/src/lib.rs", &page, ""), "");
        assert_eq!(say("crates/detect/src/other.rs", "fn a() {}", ""), "");
    }

    #[test]
    fn code_on_the_front_page_is_named() {
        let told = say("crates/detect/src/lib.rs", &front_page("mod a;\nfn b() {}\nmod c { }\n"), "");
        let at = |line| format!("crates/detect/src/lib.rs:{line}: the front page holds code\n");
        assert_eq!(told, at(12) + &at(13));
    }

    #[test]
    fn a_front_page_says_enough_and_not_too_much() {
        let path = "crates/detect/src/lib.rs";
        assert!(say(path, "//! Short.\nmod a;\n", "").contains("has 2 lines, not 10 to 60"));
        assert!(say(path, &front_page(&"mod a;\n".repeat(60)), "").contains("has 70 lines, not 10 to 60"));
        let silent = "mod a;\n".repeat(10);
        assert_eq!(say(path, &silent, ""), format!("{path}:1: a crate that does not say what it is for\n"));
    }

    #[test]
    fn an_empty_room_is_listed_until_it_is_built() {
        let path = "crates/report/src/lib.rs";
        assert_eq!(say(path, "//! Later.\n", LIST), "");
        assert_eq!(say(path, "//! Later.\n", ""), format!("{path}:1: a room with nothing in it\n"));
        let built = "xtask/ratchet.toml:2: `report` is listed as unbuilt and has something in it\n";
        assert_eq!(say(path, &front_page("mod a;\n"), LIST), built);
        let gone = "xtask/ratchet.toml:2: `report` is listed as unbuilt and does not exist\n";
        assert_eq!(say("crates/other.txt", "", LIST), gone);
    }

    #[test]
    fn files_have_real_names() {
        assert_eq!(say("crates/a/src/b/mod.rs", "", ""), "crates/a/src/b/mod.rs:1: a file called `mod.rs`\n");
        let told = |word: &str, path: &str| format!("{path}:1: `{word}` says nothing about what is inside\n");
        assert_eq!(say("crates/a/src/utils.rs", "", ""), told("utils", "crates/a/src/utils.rs"));
        assert_eq!(say("ui/src/helpers/a.ts", "", ""), told("helpers", "ui/src/helpers/a.ts"));
        assert_eq!(say("crates/a/src/commonwealth.rs", "", ""), "");
    }
}
