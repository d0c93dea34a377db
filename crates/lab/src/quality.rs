//! How well the rules tell attacks from the rest, in figures.

mod honest;
mod interval;
mod lessons;
mod past;
mod stories;
mod table;
mod traffic;

use std::{path::Path, time::Instant};

use anyhow::Result;
use serde::Serialize;

pub use honest::Honest;
pub use interval::Rate;
pub use lessons::{Lessons, Taught, learn};
pub use past::Past;
pub use stories::Told as StoriesTold;
pub use traffic::{Count, Generated, Mistakes};

use crate::{Artifacts, Setting};

/// The severity from which an alert is an alarm that wakes somebody.
pub const ALARM: case::Severity = case::Severity::High;

/// Of how many generated transactions one is looked at again with contracts declared.
const DECLARED_PART: u64 = 10;

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Extent {
    /// Only stories whose id contains this.
    pub only: String,
    /// Transactions of generated honest traffic, at least.
    pub traffic: u64,
    /// The seed of that traffic.
    pub seed: u64,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Honest traffic: recorded, the same from calls alone, generated.
    pub honest: Vec<Honest>,
    /// Stories of the laboratory.
    pub stories: StoriesTold,
    /// Rules that were learnt from one attack of each story.
    pub lessons: Lessons,
    /// Attacks of the past.
    pub past: Vec<Past>,
    /// How long it took.
    pub seconds: u64,
}

/// Measures. `corpus` is the folder of recorded data, where there is one.
///
/// # Errors
/// If something cannot be read or played.
pub fn measure(artifacts: &Artifacts, corpus: Option<&Path>, extent: &Extent) -> Result<Report> {
    let start = Instant::now();
    let stories = stories::tell(artifacts, &extent.only)?;
    let lessons = learn(artifacts, corpus, extent)?;
    let mut honest = Vec::new();
    let mut past = Vec::new();
    if let Some(corpus) = corpus {
        honest.extend(honest::recorded(&corpus.join("mainnet"))?);
        past.push(past::executed(&corpus.join("exploits"))?);
        past.push(past::trees(&corpus.join("call-trees"))?);
    }
    if extent.traffic > 0 {
        honest.push(traffic::generated(artifacts, extent, Setting::Bare)?);
        let part = Extent { traffic: extent.traffic / DECLARED_PART, ..extent.clone() };
        honest.push(traffic::generated(artifacts, &part, Setting::Declared)?);
    }
    Ok(Report { honest, stories, lessons, past, seconds: start.elapsed().as_secs() })
}

/// The first part of a kind, or of a story's id.
fn class_of(kind: &str) -> &str {
    kind.split_once('/').map_or(kind, |(class, _)| class)
}
