//! Honest people at work: generated traffic with everything in it that looks like an attack and is none.
//!
//! A town on a chain of its own, founded and then lived in: people pay, trade, lend, vote, upgrade, migrate and fail, each
//! kind of thing at its own rate, drawn from one stream of chance. Nobody takes what is not theirs. The same seed gives the
//! same transactions.
//!
//! Read first: `Kind` (what happens, and how often), `City` (who lives there), `subjects` (a file for each thing people do).

mod chance;
mod city;
mod places;
mod subjects;

use anyhow::Result;
use facts::Address;

use self::city::City;
use crate::{Artifacts, Mined, World};

/// Something that people do.
struct Kind {
    /// What it is called in the figures. What begins with `failed` is meant to fail.
    name: &'static str,
    /// How often it happens, in proportion to the others.
    weight: u64,
    /// Lets it happen once: puts transactions into the block, or nothing if there is no occasion.
    act: fn(&mut City<'_>) -> Result<()>,
}

/// Which world of which seed, and how many transactions it has at least, its founding among them.
#[derive(Debug, Clone, Copy)]
pub struct Town {
    /// The seed that was given.
    pub seed: u64,
    /// The number of the world; each has a stream of chance of its own.
    pub world: u64,
    /// Transactions, at least.
    pub transactions: u64,
}

/// Lives through a town, showing every block with the kind of each of its transactions.
///
/// # Errors
/// If a block cannot be made, or `each` fails.
pub fn live(
    artifacts: &Artifacts,
    town: Town,
    each: impl FnMut(Mined, &mut World, &[&'static str]) -> Result<()>,
) -> Result<()> {
    let mut city = City::new(artifacts, (town.seed, town.world), each)?;
    subjects::found(&mut city)?;
    let total = subjects::ALL.iter().copied().flatten().map(|kind| kind.weight).sum();
    while city.told() < town.transactions {
        while !city.is_full() {
            let mut at = city.chance.below(total);
            for kind in subjects::ALL.iter().copied().flatten() {
                if at < kind.weight {
                    city.act(kind)?;
                    break;
                }
                at -= kind.weight;
            }
        }
        city.mine()?;
    }
    Ok(())
}

/// All kinds with how often they happen, in proportion to one another.
pub fn kinds() -> impl Iterator<Item = (&'static str, u64)> {
    subjects::ALL.iter().copied().flatten().map(|kind| (kind.name, kind.weight))
}

/// Contracts of a town that their protocols would declare, by name: the same ones for the same seed.
///
/// # Errors
/// If the town cannot be founded.
pub fn protected(artifacts: &Artifacts, town: Town) -> Result<Vec<(Address, String)>> {
    let mut city = City::new(artifacts, (town.seed, town.world), |_, _, _| Ok(()))?;
    subjects::found(&mut city)?;
    Ok(city.places.protected())
}
