//! What an installation is written in.

use std::collections::BTreeMap;

use super::{TempFile, text};

pub fn installation(data: &[u8]) {
    let Some(text) = text(data) else { return };
    drop(atlas::Protocol::parse("protocol.toml", text));
    drop(atlas::Chain::parse("chain.toml", text));
    drop(atlas::Taxonomy::parse("taxonomy.toml", text));
    drop(atlas::config::parse::<BTreeMap<String, act::SignerConfig>>("breakglass.toml", text));
    drop(atlas::config::parse::<BTreeMap<String, act::WebhookConfig>>("breakglass.toml", text));
}

pub fn playbook(data: &[u8]) {
    if let Some(text) = text(data) {
        drop(respond::Playbook::parse("playbook.toml", text));
    }
}

pub fn keystore(data: &[u8]) {
    // The dearest keystore that is taken costs ten seconds, by design.
    if data.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > 3) {
        return;
    }
    let (keystore, password) = (TempFile::new("key.json", data), TempFile::new("password", b"open sesame"));
    let config =
        act::SignerConfig { keystore: keystore.0.clone(), password_file: Some(password.0.clone()), password_env: None };
    drop(act::Signers::load(std::path::Path::new("/"), &BTreeMap::from([("guardian".to_owned(), config)])));
}
