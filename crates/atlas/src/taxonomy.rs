//! The kinds of attack, one id each, as rules, scenarios, labels and reports name them.

use std::collections::BTreeMap;

use crate::config::{self, ConfigError};

/// The kinds of attack by id, such as `reentrancy/cross-function`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxonomy {
    kinds: BTreeMap<String, String>,
}

impl Taxonomy {
    /// The kinds in the binary.
    pub fn embedded() -> Self {
        Self::parse("taxonomy.toml", include_str!("../../../data/taxonomy.toml"))
            .expect("a test reads the taxonomy in the binary")
    }

    /// Reads a taxonomy: a table for each family, with a description for each kind.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let families: BTreeMap<String, BTreeMap<String, String>> = config::parse(file, text)?;
        let kinds = families
            .into_iter()
            .flat_map(|(family, kinds)| kinds.into_iter().map(move |(kind, says)| (format!("{family}/{kind}"), says)));
        Ok(Self { kinds: kinds.collect() })
    }

    /// Whether there is a kind of this id.
    pub fn contains(&self, id: &str) -> bool {
        self.kinds.contains_key(id)
    }

    /// What a kind of attack is, in a line.
    pub fn describe(&self, id: &str) -> Option<&str> {
        self.kinds.get(id).map(String::as_str)
    }

    /// The id that was probably meant: the nearest one, or the only one with this kind in another family.
    pub fn suggest(&self, id: &str) -> Option<&str> {
        let near = config::nearest(id, self.ids());
        near.or_else(|| {
            let kind = id.rsplit('/').next()?;
            let mut same = self.ids().filter(|known| known.split('/').nth(1) == Some(kind));
            same.next().filter(|_| same.next().is_none())
        })
    }

    /// All ids, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_id_and_a_line() {
        let kinds = Taxonomy::embedded();
        // The families and how many kinds each has.
        let mut families = BTreeMap::new();
        for id in kinds.ids() {
            *families.entry(id.split_once('/').unwrap().0).or_insert(0) += 1;
            let says = kinds.describe(id).unwrap();
            assert!(says.len() > 20 && says.len() < 120 && !says.ends_with('.'), "{id}: {says}");
        }
        let expected = [
            ("access", 7),
            ("arithmetic", 3),
            ("bridge", 4),
            ("dos", 3),
            ("funds", 1),
            ("governance", 3),
            ("identity", 4),
            ("key", 4),
            ("logic", 5),
            ("preparation", 1),
            ("price", 6),
            ("reentrancy", 5),
            ("rug", 2),
            ("signature", 4),
            ("token", 5),
            ("wallet", 6),
        ];
        assert_eq!(families.into_iter().collect::<Vec<_>>(), expected);
        assert!(kinds.contains("reentrancy/cross-function") && !kinds.contains("reentrancy"));
    }

    #[test]
    fn a_slip_finds_the_kind_that_was_meant() {
        let kinds = Taxonomy::embedded();
        for (slip, meant) in [
            ("reentrancy/clasic", Some("reentrancy/classic")),
            ("price/oracle_stale", Some("price/oracle-stale")),
            ("token/rounding", Some("price/rounding")),
            ("replay", None),
            ("nonsense", None),
        ] {
            assert_eq!(kinds.suggest(slip), meant, "{slip}");
        }
    }
}
