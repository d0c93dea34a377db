//! What is not yet as it should be, listed with the reason in `xtask/ratchet.toml`. The list only gets shorter.

use super::tree::Tree;
use anyhow::{Context as _, Result};
use serde::Deserialize;

pub const PATH: &str = "xtask/ratchet.toml";

/// The whole list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratchet {
    /// Files that are too long.
    #[serde(default)]
    pub large: Vec<Large>,
    /// Rooms that have a place in the house and nothing in them.
    #[serde(default)]
    pub unbuilt: Vec<Unbuilt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Large {
    pub path: String,
    /// As long as it is now.
    pub lines: usize,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unbuilt {
    /// The crate's folder in `crates/`.
    pub room: String,
    pub why: String,
}

pub fn read(tree: &Tree) -> Result<Ratchet> {
    let file = tree.get(PATH).with_context(|| format!("`{PATH}` is missing, or git does not track it"))?;
    let ratchet: Ratchet = toml::from_str(&file.text).with_context(|| format!("`{PATH}` is not as expected"))?;
    Ok(ratchet)
}

impl Ratchet {
    pub fn is_unbuilt(&self, room: &str) -> bool {
        self.unbuilt.iter().any(|unbuilt| unbuilt.room == room)
    }
}

/// The line of the list on which a name stands.
pub fn line_of(tree: &Tree, name: &str) -> usize {
    let quoted = format!("\"{name}\"");
    let at = tree.get(PATH).and_then(|file| file.text.lines().position(|line| line.contains(&quoted)));
    at.map_or(1, |index| index + 1)
}
