//! What is done with bytes that somebody hostile made, parser by parser.
//!
//! None may panic, whatever it is fed; what a parser takes has to survive what is done with it next; and what has one
//! form is written back as it was read. Beside libFuzzer, the tests of `cli` run them on changed examples.

mod chain;
mod code;
mod evidence;
mod rules;
mod settings;

/// Reads bytes.
pub type Parser = fn(&[u8]);

/// Every parser by name.
pub const PARSERS: &[(&str, Parser)] = &[
    ("rpc-block", chain::block),
    ("rpc-calls", chain::calls),
    ("rlp", chain::rlp),
    ("recording", chain::recording),
    ("rule-card", rules::card),
    ("condition", rules::condition),
    ("scene", rules::scene),
    ("facts", rules::facts),
    ("import", rules::import),
    ("labels", code::labels),
    ("abi", code::abi),
    ("layout", code::layout),
    ("bytecode", code::bytecode),
    ("bundle", evidence::bundle),
    ("export", evidence::export),
    ("entry", evidence::entry),
    ("installation", settings::installation),
    ("playbook", settings::playbook),
    ("keystore", settings::keystore),
];

/// The parser of this name.
///
/// # Panics
/// If there is none, or if `parsers.toml` names others: one that nobody runs would look like one that holds.
pub fn parser(name: &str) -> Parser {
    let listed: toml::Table = include_str!("../parsers.toml").parse().expect("parsers.toml is TOML");
    let mut known: Vec<&str> = PARSERS.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    let mut named: Vec<&str> = listed.keys().map(String::as_str).collect();
    named.sort_unstable();
    assert_eq!(known, named, "parsers.toml and lib.rs name the same parsers");
    let found = PARSERS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no parser `{name}`: name one of {known:?}")).1
}

/// The bytes as text, if they are.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// A file of this content, which is gone when its guard is.
struct TempFile(std::path::PathBuf);

impl TempFile {
    fn new(name: &str, data: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("breakglass-fuzz-{}-{name}", std::process::id()));
        std::fs::write(&path, data).expect("the folder for temporary files can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let own = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, own).expect("a file of our own can be closed to others");
        }
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // Another run overwrites what is left.
        std::fs::remove_file(&self.0).ok();
    }
}
