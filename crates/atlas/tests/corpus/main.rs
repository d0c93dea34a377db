//! What the atlas reads of real code, real labels and real ABIs.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "in a test a panic is the report")]

use std::path::PathBuf;

mod code;
mod interfaces;
mod labels;

/// The corpus; none, with a word about it, where it is absent.
fn corpus(part: &str) -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = std::env::var_os("BREAKGLASS_CORPUS").map_or_else(|| PathBuf::from(fallback), PathBuf::from);
    let path = folder.join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no corpus at `{}`; set BREAKGLASS_CORPUS", path.display());
    None
}

fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
