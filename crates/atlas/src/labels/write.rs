//! Writing labels down in our own form, which [`super::LabelsBuilder::read`] takes back as they were, tags aside.

use std::{borrow::Cow, collections::BTreeSet, fmt::Write as _};

use alloy_primitives::Address;

use super::Labels;

const HEADER: &str = "address,chain,kinds,name,source,date\n";

impl Labels {
    /// What is said of these accounts, as a file: in order of accounts, each label once. Empty if that is nothing.
    pub fn excerpt(&self, accounts: &BTreeSet<Address>) -> String {
        let mut text = String::new();
        for label in accounts.iter().flat_map(|account| self.all_of(*account)) {
            if text.is_empty() {
                text.push_str(HEADER);
            }
            let chain = label.chain.map_or(Cow::Borrowed("*"), |chain| Cow::Owned(chain.to_string()));
            let kinds: Vec<_> = label.kinds.iter().map(|kind| kind.name()).collect();
            let (name, source) = (quoted(label.name), quoted(&label.source.name));
            let date = label.source.date.as_deref().unwrap_or_default();
            writeln!(text, "{:#x},{chain},{},{name},{source},{date}", label.address, kinds.join("|"))
                .expect("a string takes what is written to it");
        }
        text
    }
}

/// A field as RFC 4180 has it.
fn quoted(field: &str) -> Cow<'_, str> {
    match field.contains(['"', ',', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", field.replace('"', "\"\""))),
        false => Cow::Borrowed(field),
    }
}
