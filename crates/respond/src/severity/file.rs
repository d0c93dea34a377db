//! Reading a severity matrix, and refusing one that makes more look like less.

use atlas::config::{ConfigError, Spanned, Text};
use case::Severity;
use serde::Deserialize;

use super::{Floor, SeverityMatrix};

/// More floors than this nobody can hold in mind.
const FLOORS_MAX: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<u32>,
    confidence: Spanned<Bounds>,
    base: Spanned<Base>,
    #[serde(default)]
    floor: Vec<Spanned<FloorText>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    likely: u8,
    sure: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    info: [Severity; 3],
    low: [Severity; 3],
    medium: [Severity; 3],
    high: [Severity; 3],
    critical: [Severity; 3],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorText {
    #[serde(default = "info")]
    alert_min: Severity,
    share_bp_min: Option<u16>,
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    ongoing: bool,
    at_least: Severity,
}

fn info() -> Severity {
    Severity::Info
}

impl SeverityMatrix {
    /// Reads a matrix. `file` is only a name for errors.
    ///
    /// # Errors
    /// If the text is not a matrix, or one in which a worse alert or a surer rule makes a milder incident.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let text = Text { file, text };
        let read: File = text.parse()?;
        if *read.schema.get_ref() != 1 {
            let what = format!("schema `{}` is not known", read.schema.get_ref());
            return Err(text.error(read.schema.span(), what).hint("write `schema = 1`"));
        }
        let Bounds { likely, sure } = *read.confidence.get_ref();
        if likely > sure || sure > 100 {
            let what = format!("`likely = {likely}` and `sure = {sure}` do not rise from 0 to 100");
            return Err(text.error(read.confidence.span(), what).hint("write, say, `likely = 50` and `sure = 80`"));
        }
        let span = read.base.span();
        let Base { info, low, medium, high, critical } = read.base.into_inner();
        let base = [info, low, medium, high, critical];
        let falls_along = base.iter().any(|row| !row.is_sorted());
        let falls_down = (0..3).any(|band| !base.iter().map(|row| row[band]).is_sorted());
        if falls_along || falls_down {
            let what = "severity falls where the alert is worse or the rule surer";
            return Err(text
                .error(span, what)
                .hint("let each row rise from left to right and each column from top to bottom"));
        }
        if let Some(extra) = read.floor.get(FLOORS_MAX) {
            let what = format!("more than {FLOORS_MAX} floors");
            return Err(text.error(extra.span(), what).hint("leave out those that another floor already covers"));
        }
        let mut floors = Vec::with_capacity(read.floor.len());
        for floor in read.floor {
            if floor.get_ref().share_bp_min.is_some_and(|share| share > 10_000) {
                let what = "`share_bp_min` is more than all there is";
                return Err(text.error(floor.span(), what).hint("basis points go from 0 to 10000"));
            }
            let FloorText { alert_min, share_bp_min, protected, ongoing, at_least } = floor.into_inner();
            floors.push(Floor { alert_min, share_bp_min, protected, ongoing, at_least });
        }
        Ok(Self { likely, sure, base, floors })
    }
}
