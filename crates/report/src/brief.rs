//! The brief: an incident on a page or two, for a responder who takes over or for leadership.

mod affected;
mod done;
mod happened;
mod unknown;

use case::{Entry, Phase, Resolution, Standing};
use minijinja::{Value, context};

use crate::{
    CaseFile, ReportError,
    amount::account,
    code,
    markdown::moment,
    sentence::sentence,
    templates::{fill, own},
};

/// Lines of the timeline at each end; what lies between stands in the book.
const TIMELINE_ENDS: usize = 200;

/// The incident in Markdown, as it stands: what happened, since when, who is affected, what was done, what stands, what
/// is not known, the timeline, and the draft of a first public note.
///
/// # Errors
/// If a template does not fit, which a test would have found.
pub fn brief(file: &CaseFile<'_>) -> Result<String, ReportError> {
    let incident = file.incident;
    let (first, left_out, last) = timeline(file);
    let with = context! {
        id => incident.id.as_str(),
        title => incident.title.as_str(),
        drill => incident.drill,
        told_at => own(moment(file.now)),
        severity => own(incident.severity.to_string()),
        kind => incident.kind.as_str(),
        state => own(happened::state(incident)),
        alerts => owns(happened::alerts(file)),
        times => owns(happened::times(file)),
        subject => own(account(file, &incident.subject)),
        victims => owns(affected::victims(file)),
        attackers => owns(affected::attackers(file)),
        losses => rows(affected::losses(file)),
        losses_known => incident.ledger.losses.is_some(),
        rests => rows(affected::rests(file)),
        hops => owns(affected::hops(file)),
        convention => incident.ledger.money.as_ref().map(|money| money.convention.clone()).unwrap_or_default(),
        plans => done::plans(file),
        stands => owns(done::stands(file)),
        unknown => owns(unknown::unknown(file)),
        timeline => owns(first),
        timeline_left_out => left_out,
        timeline_end => owns(last),
        note => note(file),
    };
    fill("brief.md.j2", with)
}

/// The draft of a first public note. It says nothing that helps an attacker and promises nothing; people fill in what is
/// in square brackets, and publish it or not.
///
/// # Errors
/// As [`brief`].
pub fn public_note(file: &CaseFile<'_>) -> Result<String, ReportError> {
    fill("public-note.md.j2", context! { note => note(file) })
}

fn note(file: &CaseFile<'_>) -> Value {
    let incident = file.incident;
    // Only names that people here gave: what a contract calls itself is not said in public.
    let names: Vec<String> = affected::own_names(file).iter().map(|name| code(name)).collect();
    context! {
        drill => incident.drill || incident.resolution == Some(Resolution::Drill),
        is_false_alarm => incident.resolution == Some(Resolution::FalseAlarm),
        names => own(names.join(", ")),
        since => own(moment(happened::began(incident))),
        is_contained => incident.phase == Phase::Contained,
        is_closed => incident.phase == Phase::Closed,
        is_withdrawn => incident.standing == Standing::Withdrawn,
    }
}

/// The first lines, how many lie between, and the last ones.
fn timeline(file: &CaseFile<'_>) -> (Vec<String>, usize, Vec<String>) {
    let line = |entry: &Entry| {
        let who = code(&entry.ctx.who.to_string());
        format!("{} {who}: {}", moment(entry.ctx.now), sentence(file, entry))
    };
    let (entries, ends) = (file.entries, TIMELINE_ENDS);
    let left_out = entries.len().saturating_sub(2 * ends);
    if left_out == 0 {
        return (entries.iter().map(line).collect(), 0, Vec::new());
    }
    let last = &entries[entries.len() - ends..];
    (entries.iter().take(ends).map(line).collect(), left_out, last.iter().map(line).collect())
}

/// Lines that this crate made, with foreign text in them as code already.
fn owns(lines: Vec<String>) -> Vec<Value> {
    lines.into_iter().map(own).collect()
}

fn rows(rows: Vec<Vec<String>>) -> Vec<Vec<Value>> {
    rows.into_iter().map(owns).collect()
}
