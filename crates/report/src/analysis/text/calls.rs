//! The tree of calls, and the steps of frames that were asked for.

use facts::{FrameKind, FrameStatus, U256};

use super::{
    super::{
        amounts::grouped,
        model::{CallRow, StepRow},
        page::{self, Folded, Page},
    },
    LINES_MAX, Sheet, Style, span,
};

/// Words of the stack that are shown.
const STACK_SHOWN: usize = 4;

pub(super) fn calls(sheet: &mut Sheet, page: Page<'_>) {
    let calls = &page.told.calls;
    if calls.is_empty() {
        return;
    }
    sheet.title("CALLS");
    let number = calls.len().to_string().len() + 1;
    // Half of the width belongs to what is called, however deep it is.
    let deepest = (sheet.width() / 2).saturating_sub(number + 4) / 2;
    let folded = page.folded(LINES_MAX);
    for ((index, call), folded) in calls.iter().enumerate().zip(folded).filter(|(_, folded)| !folded.hidden) {
        line(sheet, page, (index, call, folded), (number, deepest));
    }
    more(sheet, calls.len());
}

fn line(
    sheet: &mut Sheet,
    page: Page<'_>,
    (index, call, folded): (usize, &CallRow, Folded),
    (number, deepest): (usize, usize),
) {
    let depth = usize::from(call.depth).saturating_sub(folded.above);
    let label = format!("#{index}");
    let mut spans = vec![span(Style::Dim, &format!("{label:<number$} "))];
    let shown = depth.min(deepest);
    spans.push(span(Style::Dim, &"│ ".repeat(shown)));
    if depth > deepest {
        spans.push(span(Style::Dim, &format!("{depth} deep: ")));
    }
    match call.kind {
        FrameKind::Call => {}
        FrameKind::StaticCall => spans.push(span(Style::Dim, "view ")),
        FrameKind::DelegateCall | FrameKind::CallCode => spans.push(span(Style::Dim, "runs code of ")),
        FrameKind::Create | FrameKind::Create2 => spans.push(span(Style::Warn, "creates ")),
    }
    spans.push(span(Style::Name, &page.name(call.code.as_ref().unwrap_or(&call.to))));
    let function = page.function(call);
    if !function.is_empty() {
        spans.push(span(Style::Plain, &format!(" {function}")));
    }
    if let Ok(wei) = call.value.parse::<U256>()
        && !wei.is_zero()
    {
        spans.push(span(Style::Strong, &format!(" with {}", page.amount(wei, &page.analysis.coin.asset))));
    }
    if let Some(output) = page.output(call) {
        spans.push(span(Style::Dim, &format!(" → {output}")));
    }
    if let Some((at, code)) = folded.behind.and_then(|at| Some((at, page.told.calls.get(at)?.code.as_ref()?))) {
        spans.push(span(Style::Dim, &format!("  by the code of {} #{at}", page.name(code))));
    }
    if call.cut {
        spans.push(span(Style::Warn, " [cut: longer than what is kept]"));
    }
    match call.status {
        FrameStatus::Success if !call.effective => spans.push(span(Style::Warn, "  UNDONE")),
        FrameStatus::Success => {}
        status => {
            let reason = call.reason.as_deref().map(|why| format!(": {}", page::clean(why))).unwrap_or_default();
            spans.push(span(Style::Bad, &format!("  {}{reason}", page::outcome(status).to_uppercase())));
        }
    }
    sheet.hanging(2, 2 + number + 1 + 2 * (shown + 1), spans);
}

pub(super) fn more(sheet: &mut Sheet, of: usize) {
    if of > LINES_MAX {
        let rest = grouped(&(of - LINES_MAX).to_string());
        sheet.line(2, vec![span(Style::Warn, &format!("[cut] and {rest} more: --json has them all"))]);
    }
}

pub(super) fn steps(sheet: &mut Sheet, page: Page<'_>) {
    for held in &page.told.steps {
        sheet.title(&format!("STEPS OF #{}", held.frame));
        for step in &held.steps {
            step_line(sheet, step);
        }
        let kept = held.steps.len() as u64;
        if held.of > kept {
            let rest = grouped(&(held.of - kept).to_string());
            sheet.line(2, vec![span(Style::Warn, &format!("[cut] and {rest} steps more, which were not kept"))]);
        }
    }
}

fn step_line(sheet: &mut Sheet, step: &StepRow) {
    let mut spans = vec![
        span(Style::Dim, &format!("{:>5} ", step.pc)),
        span(Style::Name, &format!("{:<14}", step.op)),
        span(Style::Dim, &format!(" gas {:<10} cost {:<6}", step.gas, step.cost)),
    ];
    let top: Vec<&str> = step.stack.iter().take(STACK_SHOWN).map(String::as_str).collect();
    if !top.is_empty() {
        spans.push(span(Style::Plain, &format!(" stack {}", top.join(" "))));
        let below = (step.stack_len as usize).saturating_sub(top.len());
        if below > 0 {
            spans.push(span(Style::Dim, &format!(" +{below}")));
        }
    }
    if let Some((slot, value)) = &step.storage {
        spans.push(span(Style::Strong, &format!(" slot {slot} = {value}")));
    }
    if let Some((at, bytes)) = &step.memory {
        spans.push(span(Style::Dim, &format!(" memory {at}: {}", page::cut(&bytes.to_string(), 68))));
    }
    sheet.hanging(2, 8, spans);
}
