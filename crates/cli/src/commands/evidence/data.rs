//! Data files that shaped how a case was judged and answered, as they are in this binary.

use engine::Files;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("../../../../../data/", $name)))),*] };
}

const FILES: &[(&str, &str)] = embedded![
    "severity.toml",
    "taxonomy.toml",
    "templates/brief.md.j2",
    "templates/public-note.md.j2",
    "playbooks/access-takeover.toml",
    "playbooks/observe.toml",
    "playbooks/pause-protocol.toml",
];

/// The files by their names below `data/`; a person's own playbooks take the place of those of the same name.
pub fn files(own: Vec<(String, String)>) -> Files {
    let built_in = FILES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    let own = own.into_iter().map(|(name, text)| (format!("playbooks/{name}"), text.into_bytes()));
    built_in.chain(own).collect()
}
