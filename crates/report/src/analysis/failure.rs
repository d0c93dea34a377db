//! Where a failed transaction failed first.

use facts::{FrameStatus, TxFacts};

/// The innermost frame whose failure brought the transaction down: from the outermost inwards, the last call that failed
/// and whose caller failed after it. A caller that failed for a reason of its own is the place itself.
pub(super) fn failed_in(facts: &TxFacts) -> Option<u32> {
    let frames = &facts.frames;
    if frames.first()?.status == FrameStatus::Success {
        return None;
    }
    let mut at = 0u32;
    loop {
        let frame = &frames[at as usize];
        let mut child = at + 1;
        let mut last = None;
        while child < frame.end {
            let inner = frames.get(child as usize)?;
            last = Some(child);
            child = inner.end.max(child + 1);
        }
        let Some(last) = last.filter(|last| {
            let inner = &frames[*last as usize];
            // Whoever passes a failure on passes its words on too; one that swallowed it failed later, by itself.
            let passed_on = inner.output == frame.output
                || matches!(frame.status, FrameStatus::Revert) && wraps(&frame.output, &inner.output);
            inner.status != FrameStatus::Success && (passed_on || inner.output.is_empty())
        }) else {
            return Some(at);
        };
        at = last;
    }
}

/// Whether the words of one failure stand in those of another.
fn wraps(outer: &[u8], inner: &[u8]) -> bool {
    !inner.is_empty() && inner.len() >= 4 && outer.windows(inner.len()).any(|part| part == inner)
}
