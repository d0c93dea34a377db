//! A file has one subject; past 400 lines, ask what the second one is. Files that are longer today are listed, and
//! may only shrink.

use super::{
    Violation,
    ratchet::{self, Ratchet},
    tree::{File, Tree},
};

const LINES_MAX: usize = 400;
/// A table of cases is read from top to bottom and may be longer.
const TEST_LINES_MAX: usize = 600;
const CODE: &[&str] = &["rs", "ts", "tsx", "sol", "mjs"];
/// A map that does not fit into a head is no map.
const MAP: &str = "ARCHITECTURE.md";
const MAP_LINES_MAX: usize = 300;

pub fn check(tree: &Tree, ratchet: &Ratchet) -> Vec<Violation> {
    let code = tree.files.iter().filter(|file| file.has_extension(CODE) && !is_generated(file));
    let mut found: Vec<_> = code.filter_map(|file| judge(file, tree, ratchet)).collect();
    for large in &ratchet.large {
        let line = ratchet::line_of(tree, &large.path);
        if tree.get(&large.path).is_none() {
            let what = format!("`{}` is listed as long and does not exist", large.path);
            found.push(Violation::new(ratchet::PATH, line, what, "remove it from the list"));
        }
        if large.why.trim().is_empty() {
            let what = format!("`{}` is listed as long without a reason", large.path);
            found.push(Violation::new(ratchet::PATH, line, what, "say why it is one subject"));
        }
    }
    if let Some(map) = tree.get(MAP).filter(|map| map.lines() > MAP_LINES_MAX) {
        let what = format!("the map has {} lines, and may have {MAP_LINES_MAX}", map.lines());
        found.push(Violation::new(MAP, MAP_LINES_MAX, what, "move detail to the crate it is about, or to `docs/`"));
    }
    found
}

fn judge(file: &File, tree: &Tree, ratchet: &Ratchet) -> Option<Violation> {
    let (lines, most) = (file.lines(), if file.is_test() { TEST_LINES_MAX } else { LINES_MAX });
    let listed = ratchet.large.iter().find(|large| large.path == file.path);
    let in_list = |what: String, remedy: &str| {
        Some(Violation::new(ratchet::PATH, ratchet::line_of(tree, &file.path), what, remedy))
    };
    match listed {
        None if lines > most => {
            let what = format!("{lines} lines, and may have {most}");
            let remedy = "what is the second subject? Give it a file of its own beside this one";
            Some(Violation::new(&file.path, most, what, remedy))
        }
        None => None,
        Some(_) if lines <= most => {
            in_list(format!("`{}` is short enough now: {lines} lines", file.path), "remove it from the list")
        }
        Some(large) if lines > large.lines => {
            let what = format!("{lines} lines, and may only shrink from {}", large.lines);
            Some(Violation::new(&file.path, large.lines, what, "take something out of this file first"))
        }
        Some(large) if lines < large.lines => {
            in_list(format!("`{}` has shrunk to {lines} lines", file.path), "write the new number into the list")
        }
        Some(_) => None,
    }
}

/// Made by a program, which says so at the top.
fn is_generated(file: &File) -> bool {
    file.text.lines().take(5).any(|line| line.contains("Do not edit") || line.contains("auto-generated"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    fn say(path: &str, lines: usize, list: &str) -> String {
        let text = "x\n".repeat(lines);
        let tree = Tree::of(&[(path, &text), (ratchet::PATH, list)]);
        told(check(&tree, &ratchet::read(&tree).unwrap()))
    }

    fn listed(lines: usize) -> String {
        format!("[[large]]\npath = \"a/b.rs\"\nlines = {lines}\nwhy = \"a table\"\n")
    }

    #[test]
    fn code_has_a_limit_and_tests_have_another() {
        assert_eq!(say("a/b.rs", 400, ""), "");
        assert_eq!(say("a/b.rs", 401, ""), "a/b.rs:400: 401 lines, and may have 400\n");
        assert_eq!(say("ui/b.tsx", 401, ""), "ui/b.tsx:400: 401 lines, and may have 400\n");
        assert_eq!(say("a/tests/b.rs", 600, ""), "");
        assert_eq!(say("a/tests/b.rs", 601, ""), "a/tests/b.rs:600: 601 lines, and may have 600\n");
        assert_eq!(say("a/b.md", 5_000, ""), "");
        assert_eq!(say("ARCHITECTURE.md", 300, ""), "");
        assert_eq!(say("ARCHITECTURE.md", 301, ""), "ARCHITECTURE.md:300: the map has 301 lines, and may have 300\n");
    }

    #[test]
    fn a_listed_file_only_shrinks() {
        assert_eq!(say("a/b.rs", 450, &listed(450)), "");
        assert_eq!(say("a/b.rs", 451, &listed(450)), "a/b.rs:450: 451 lines, and may only shrink from 450\n");
        assert_eq!(say("a/b.rs", 449, &listed(450)), "xtask/ratchet.toml:2: `a/b.rs` has shrunk to 449 lines\n");
        assert_eq!(say("a/b.rs", 9, &listed(450)), "xtask/ratchet.toml:2: `a/b.rs` is short enough now: 9 lines\n");
        assert_eq!(
            say("a/c.rs", 9, &listed(450)),
            "xtask/ratchet.toml:2: `a/b.rs` is listed as long and does not exist\n"
        );
    }

    #[test]
    fn a_reason_is_not_optional() {
        let list = listed(450).replace("a table", " ");
        assert_eq!(say("a/b.rs", 450, &list), "xtask/ratchet.toml:2: `a/b.rs` is listed as long without a reason\n");
    }

    #[test]
    fn what_a_program_wrote_is_not_judged() {
        let text = format!("/** This file was auto-generated by a program. */\n{}", "x\n".repeat(900));
        let tree = Tree::of(&[("ui/schema.ts", &text)]);
        assert_eq!(told(check(&tree, &Ratchet::default())), "");
    }
}
