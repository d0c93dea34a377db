//! The story in sentences, each with the frames that prove it: who began it, what was borrowed, what was manipulated, what
//! was entered again, what changed, who lost what, who gained what, and what it cost.

mod gains;
mod means;

use facts::{Asset, FrameKind, FrameStatus, Sight, U256};

use super::{
    amounts::grouped,
    material::Sender,
    model::{Part, Saying, Sentence},
    privileges,
    rows::Findings,
};

/// Frames named for one sentence.
const FRAMES_MAX: usize = 8;
/// Sentences of one kind; what is beyond stands in the tables, and that is said.
const ALIKE_MAX: usize = 8;

/// Tells the story.
pub(super) fn tell(findings: &Findings<'_>) -> Vec<Sentence> {
    let mut story = vec![began(findings)];
    story.extend(contradicted(findings));
    story.extend(failed(findings));
    story.extend(code(findings));
    story.extend(means::borrowed(findings));
    story.extend(means::manipulated(findings));
    story.extend(means::reentered(findings));
    story.extend(changed(findings));
    story.extend(gains::lost(findings));
    story.extend(gains::gained(findings));
    story
}

pub(super) fn own(text: impl Into<String>) -> Part {
    Part::Own(text.into())
}

pub(super) fn sentence(about: Saying, parts: Vec<Part>, frames: Vec<u32>) -> Sentence {
    let mut frames = frames;
    let mut seen = Vec::new();
    frames.retain(|frame| {
        let is_new = !seen.contains(frame);
        seen.push(*frame);
        is_new
    });
    frames.truncate(FRAMES_MAX);
    Sentence { about, parts, frames }
}

/// At most so many sentences of one kind, and one that says how many are left out.
pub(super) fn alike(about: Saying, mut sentences: Vec<Sentence>, table: &str) -> Vec<Sentence> {
    let more = sentences.len().saturating_sub(ALIKE_MAX);
    if more > 0 {
        sentences.truncate(ALIKE_MAX);
        sentences.push(sentence(about, vec![own(format!("And {more} more of this kind: see {table}."))], Vec::new()));
    }
    sentences
}

fn began(findings: &Findings<'_>) -> Sentence {
    let Findings { facts, cast, material, .. } = findings;
    let mut parts = vec![cast.part(material.sender.account())];
    let root = facts.frames.first();
    match facts.to {
        None => {
            parts.push(own(" deployed "));
            match root.filter(|root| !root.target.is_zero()) {
                Some(root) => parts.push(cast.part(root.target)),
                None => parts.push(own("a contract")),
            }
        }
        Some(to) => {
            let input = root.map_or(0, |root| root.input.len());
            match (findings.function(0), root.is_some_and(|root| root.value.is_zero())) {
                (Some(function), _) => {
                    let what = if function.starts_with("0x") { "the unnamed function" } else { "the function" };
                    parts.push(own(format!(" called {what} {function} of ")));
                    parts.push(cast.part(to));
                }
                (None, false) if input == 0 => {
                    parts.push(own(" sent "));
                    parts.push(cast.amount(root.map_or(U256::ZERO, |root| root.value), &Asset::Native));
                    parts.push(own(" to "));
                    parts.push(cast.part(to));
                }
                (None, _) => {
                    parts.push(own(" called "));
                    parts.push(cast.part(to));
                    parts.push(own(" without a function"));
                }
            }
        }
    }
    let carried = root.filter(|root| !root.value.is_zero() && (!root.input.is_empty() || facts.to.is_none()));
    if let Some(root) = carried {
        parts.push(own(", with "));
        parts.push(cast.amount(root.value, &Asset::Native));
    }
    if let Some(blobs) = material.tx.map(|tx| tx.blob_hashes.len()).filter(|blobs| *blobs > 0) {
        parts.push(own(format!(", and brought {blobs} {}", if blobs == 1 { "blob" } else { "blobs" })));
    }
    parts.push(own("."));
    sentence(Saying::Began, parts, vec![0])
}

fn contradicted(findings: &Findings<'_>) -> Option<Sentence> {
    let Sender::Contradicted { named, signed } = findings.material.sender else { return None };
    let parts = vec![
        own("The sender is not who the source names: it names "),
        findings.cast.part(named),
        own(", and the signature is of "),
        findings.cast.part(signed),
        own(". Do not trust this source."),
    ];
    Some(sentence(Saying::Warning, parts, Vec::new()))
}

fn failed(findings: &Findings<'_>) -> Option<Sentence> {
    let Findings { facts, cast, material, .. } = findings;
    let at = findings.failed_in?;
    let frame = facts.frames.get(at as usize)?;
    let mut parts = vec![own("It failed, and nothing that it did lasts: ")];
    if material.sight <= Sight::Calls {
        match frame.kind {
            FrameKind::Create | FrameKind::Create2 => parts.push(own("a creation")),
            _ => parts.push(cast.part(frame.target)),
        }
        if let Some(function) = findings.function(at) {
            parts.push(own(format!(" in {function}")));
        }
    } else {
        parts.push(own("it"));
    }
    match frame.status {
        FrameStatus::Revert => {
            parts.push(own(" reverted: "));
            parts.push(Part::Foreign(material.selectors.decode_revert(&frame.output).to_string()));
        }
        FrameStatus::OutOfGas => parts.push(own(format!(" ran out of {} gas", grouped(&frame.gas_limit.to_string())))),
        FrameStatus::Refused => parts.push(own(" was refused before its code ran")),
        FrameStatus::Fault => parts.push(own(" ended in a fault of its code")),
        FrameStatus::Success => parts.push(own(" undid it")),
    }
    parts.push(own("."));
    Some(sentence(Saying::Failed, parts, vec![at]))
}

/// What was deployed, and who was made to run foreign code.
fn code(findings: &Findings<'_>) -> Vec<Sentence> {
    let Findings { facts, cast, .. } = findings;
    let given = facts.delegations.iter().map(|given| {
        let mut parts = vec![cast.part(given.account)];
        if given.code.is_zero() {
            parts.push(own(" runs no foreign code any more (EIP-7702)."));
        } else {
            parts.push(own(" runs the code of "));
            parts.push(cast.part(given.code));
            parts.push(own(" from now on (EIP-7702): whoever calls it acts with all that it has."));
        }
        sentence(Saying::Code, parts, vec![0])
    });
    let deployed = facts.codes.iter().filter(|code| code.frame > 0).map(|code| {
        let parts = vec![
            cast.part(code.creator),
            own(" deployed "),
            cast.part(code.address),
            own(format!(", {} bytes of code.", grouped(&code.size.to_string()))),
        ];
        sentence(Saying::Code, parts, vec![code.frame])
    });
    let mut told = alike(Saying::Code, given.collect(), "DELEGATIONS");
    told.extend(alike(Saying::Code, deployed.collect(), "CREATED"));
    told
}

fn changed(findings: &Findings<'_>) -> Vec<Sentence> {
    let told = findings.facts.changes.iter().map(|change| {
        let mut parts = privileges::parts(findings.cast, change);
        parts.push(own("."));
        sentence(Saying::Privilege, parts, vec![change.frame])
    });
    alike(Saying::Privilege, told.collect(), "PRIVILEGES")
}
