//! Questions about worth that got different answers in the course of one transaction: whoever asked late was told what
//! had been made true a moment before.

use std::collections::BTreeMap;

use facts::{Address, Bytes, FrameKind, TxFacts, U256};

use super::{amounts::share_bp, cast::Cast, material::Material, model::ReadingRow};

/// What functions that tell a worth are called, in lower case.
const WORTH: [&str; 18] = [
    "price",
    "rate",
    "answer",
    "pershare",
    "virtual",
    "converttoassets",
    "converttoshares",
    "previewredeem",
    "previewwithdraw",
    "previewdeposit",
    "previewmint",
    "totalassets",
    "quote",
    "getamount",
    "peek",
    "consult",
    "getdy",
    "get_dy",
];
/// Less than this is interest that accrued, in basis points.
const MOVED_BP_MIN: u64 = 100;
/// Questions that are told.
const READINGS_MAX: usize = 64;
/// Call data of a question worth comparing, in bytes: a selector and a few arguments.
const QUESTION_BYTES_MAX: usize = 4 + 8 * 32;

/// Questions with answers that differ by at least a hundredth, in the order of their first answers.
pub(super) fn readings(material: &Material<'_>, cast: &Cast<'_>, facts: &TxFacts) -> Vec<ReadingRow> {
    let mut asked: BTreeMap<(Address, &Bytes), Vec<(u32, U256)>> = BTreeMap::new();
    let mut order: Vec<(Address, &Bytes)> = Vec::new();
    for (index, frame) in (0u32..).zip(&facts.frames) {
        let asks = matches!(frame.kind, FrameKind::StaticCall | FrameKind::Call) && frame.succeeded();
        if !asks || frame.clipped || frame.input.len() > QUESTION_BYTES_MAX || frame.output.len() != 32 {
            continue;
        }
        let tells = frame.selector().and_then(|selector| material.selectors.selector(selector)).is_some_and(|known| {
            let name = known.name().to_lowercase();
            WORTH.iter().any(|word| name.contains(word))
        });
        if tells {
            let question = (frame.target, &frame.input);
            let answers = asked.entry(question).or_default();
            if answers.is_empty() {
                order.push(question);
            }
            answers.push((index, U256::from_be_slice(&frame.output)));
        }
    }
    let told = order.into_iter().filter_map(|question| {
        let answers = asked.get(&question)?;
        let (first_frame, first) = *answers.first()?;
        let (worst_frame, worst) = *answers.iter().max_by_key(|(_, answer)| answer.abs_diff(first))?;
        let moved = share_bp(worst.abs_diff(first), first).unwrap_or(if worst == first { 0 } else { u64::MAX });
        let function = material.selectors.decode_call(question.1)?.to_string();
        (moved >= MOVED_BP_MIN).then(|| ReadingRow {
            account: cast.id(question.0),
            function,
            first,
            first_frame,
            worst,
            worst_frame,
            times: answers.len(),
        })
    });
    told.take(READINGS_MAX).collect()
}
