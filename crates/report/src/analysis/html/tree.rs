//! The tree of calls: each frame folds what it called. Frames that tell something are open from the start.

use std::collections::BTreeSet;

use facts::{FrameKind, FrameStatus, U256};
use minijinja::Value;
use serde::Serialize;

use super::super::{
    model::{CallRow, Told},
    page::{self, Folded, Page},
};

/// Calls of one page. A browser is slow with more, and a reader too.
const CALLS_MAX: usize = 4_000;
/// How deep the page nests. Browsers flatten deeper ones in their own ways.
const DEPTH_MAX: usize = 100;
/// Frames this deep are open from the start.
const OPEN_DEPTH: usize = 1;

#[derive(Serialize)]
pub(super) struct Call {
    index: usize,
    opens: bool,
    open: bool,
    /// Ends of what is complete after this call. Made here, and of nothing but tags.
    closes: Value,
    deep: Option<usize>,
    /// It is shown with the call that made it.
    hidden: bool,
    behind: Option<Behind>,
    how: &'static str,
    name: String,
    full: String,
    function: String,
    value: String,
    output: String,
    cut: bool,
    failed: String,
    undone: bool,
}

/// The code behind a proxy.
#[derive(Serialize)]
struct Behind {
    at: usize,
    name: String,
    full: String,
}

/// The calls in order, and how many are left out.
pub(super) fn calls(page: Page<'_>) -> (Vec<Call>, Option<usize>) {
    let calls = &page.told.calls;
    let shown = calls.len().min(CALLS_MAX);
    let telling = telling(page.told);
    // Where each open element ends, innermost last.
    let mut ends: Vec<usize> = Vec::new();
    let mut rows = Vec::with_capacity(shown);
    let folded = page.folded(shown);
    for (index, call) in calls.iter().take(shown).enumerate() {
        let end = (call.end as usize).min(shown);
        let Folded { behind, hidden, above } = folded[index];
        let depth = usize::from(call.depth).saturating_sub(above);
        // What is shown with the call that made it folds nothing of its own.
        let inside = if behind == Some(index + 1) { index + 2 } else { index + 1 };
        let opens = !hidden && end > inside && depth < DEPTH_MAX;
        let mut row = row(page, index, call);
        row.hidden = hidden;
        row.deep = (depth >= DEPTH_MAX).then_some(depth);
        let code = behind.and_then(|at| Some((at, calls.get(at)?.code.as_ref()?)));
        row.behind = code.map(|(at, code)| Behind { at, name: page.name(code), full: code.to_string() });
        row.opens = opens;
        row.open = opens && (depth <= OPEN_DEPTH || telling.contains(&index));
        if opens {
            ends.push(end);
        }
        let mut closes = String::new();
        while ends.last().is_some_and(|end| *end <= index + 1) {
            ends.pop();
            closes.push_str("</div></details>");
        }
        row.closes = Value::from_safe_string(closes);
        rows.push(row);
    }
    let left = calls.len() - shown;
    (rows, (left > 0).then_some(left))
}

/// Every frame on the way to one that a sentence names, or that failed.
fn telling(told: &Told) -> BTreeSet<usize> {
    let named = told.story.iter().flat_map(|sentence| &sentence.frames).chain(&told.failed_in);
    let mut found = BTreeSet::new();
    for frame in named {
        let mut next = told.calls.get(*frame as usize).and_then(|call| call.parent);
        while let Some(at) = next {
            if !found.insert(at as usize) {
                break;
            }
            next = told.calls.get(at as usize).and_then(|call| call.parent);
        }
    }
    found
}

fn row(page: Page<'_>, index: usize, call: &CallRow) -> Call {
    let how = match call.kind {
        FrameKind::Call => "",
        FrameKind::StaticCall => "view",
        FrameKind::DelegateCall | FrameKind::CallCode => "runs code of",
        FrameKind::Create | FrameKind::Create2 => "creates",
    };
    let account = call.code.as_ref().unwrap_or(&call.to);
    let value = call.value.parse::<U256>().ok().filter(|wei| !wei.is_zero());
    let failed = match call.status {
        FrameStatus::Success => String::new(),
        status => {
            let reason = call.reason.as_deref().map(|why| format!(": {}", page::clean(why))).unwrap_or_default();
            format!("{}{reason}", page::outcome(status).to_uppercase())
        }
    };
    Call {
        index,
        opens: false,
        open: false,
        closes: Value::UNDEFINED,
        deep: None,
        hidden: false,
        behind: None,
        how,
        name: page.name(account),
        full: account.to_string(),
        function: page.function(call),
        value: value.map(|wei| page.amount(wei, &page.analysis.coin.asset)).unwrap_or_default(),
        output: page.output(call).unwrap_or_default(),
        cut: call.cut,
        failed,
        undone: !call.effective && call.status == FrameStatus::Success,
    }
}
