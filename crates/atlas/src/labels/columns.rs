//! Which columns the published files have.

use std::borrow::Cow;

use super::{LabelKind, LabelKinds, read::FORMS};
use crate::{
    config::{one_line, suggest},
    rows::Slip,
};

/// Which column holds what.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) address: usize,
    pub(super) name: Option<usize>,
    pub(super) kinds: Option<usize>,
    pub(super) tags: Option<usize>,
    pub(super) chain: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) notes: Option<usize>,
    pub(super) creator: Option<usize>,
    pub(super) creator_name: Option<usize>,
    /// The kinds of a row whose tags say nothing.
    pub(super) otherwise: LabelKinds,
}

impl Columns {
    pub(super) fn of(header: &[Cow<'_, str>]) -> Result<Self, Slip> {
        const OWN: [&str; 6] = ["address", "chain", "kinds", "name", "source", "date"];
        let at = |names: &[&str]| header.iter().position(|column| names.contains(&column.trim()));
        let address = at(&["address", "contract_address", "banned_address"]).ok_or_else(|| {
            (format!("no column of `{}` holds addresses", one_line(&header.join(","), 200)), FORMS.to_owned())
        })?;
        if let Some(kinds) = at(&["kinds"]) {
            if let Some(unknown) = header.iter().find(|column| !OWN.contains(&column.trim())) {
                return Err((format!("unknown column `{}`", one_line(unknown, 80)), suggest(unknown, &OWN)));
            }
            let (name, chain, source, date) = (at(&["name"]), at(&["chain"]), at(&["source"]), at(&["date"]));
            return Ok(Self { address, kinds: Some(kinds), name, chain, source, date, ..Self::default() });
        }
        // What is on these lists was put there because it does harm.
        let published = at(&["contract_tag", "etherscan_tag", "wallet_tag"]);
        let name = published.ok_or_else(|| ("this header is not known".to_owned(), FORMS.to_owned()))?;
        Ok(Self {
            address,
            name: Some(name),
            tags: at(&["etherscan_labels", "data_source", "contract_creator_etherscan_label"]),
            notes: at(&["notes"]),
            creator: at(&["contract_creator"]),
            creator_name: at(&["contract_creator_tag"]),
            otherwise: LabelKind::Malicious.into(),
            ..Self::default()
        })
    }
}
