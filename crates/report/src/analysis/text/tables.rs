//! The tables below the story. A part with nothing in it is left out.

use facts::FlowKind;

use super::{
    super::{
        amounts::{grouped, percent},
        entered::entered,
        model::{NetRow, PriceRow},
        page::{self, Page},
    },
    LINES_MAX, Sheet, Style,
    calls::more,
    sheet::Span,
    span,
};

/// Frames that one line names.
const FRAMES_MAX: usize = 8;

fn part<T>(sheet: &mut Sheet, title: &str, rows: &[T], spans: impl Fn(&T) -> Vec<Span>) {
    if rows.is_empty() {
        return;
    }
    sheet.title(title);
    for row in rows.iter().take(LINES_MAX) {
        sheet.hanging(2, 6, spans(row));
    }
    more(sheet, rows.len());
}

fn frame(frame: u32) -> Span {
    span(Style::Dim, &format!("  [#{frame}]"))
}

/// The first of some frames, and that there are more.
fn frames(all: &[u32]) -> Span {
    let shown: Vec<String> = all.iter().take(FRAMES_MAX).map(|frame| format!("#{frame}")).collect();
    let more = if all.len() > FRAMES_MAX { " …" } else { "" };
    span(Style::Dim, &format!("  [{}{more}]", shown.join(" ")))
}

pub(super) fn weaknesses(sheet: &mut Sheet, page: Page<'_>) {
    if page.told.weaknesses.is_empty() {
        return;
    }
    sheet.title("SUSPECTED WEAKNESS");
    for one in &page.told.weaknesses {
        let sure = format!("  {}, {} % sure, by {}", one.severity, one.confidence, page::clean(&one.rule));
        sheet.hanging(2, 6, vec![span(Style::Bad, &page::clean(&one.kind)), span(Style::Dim, &sure)]);
        if let Some(says) = &one.says {
            sheet.hanging(4, 4, vec![span(Style::Plain, &format!("{}.", page::clean(says)))]);
        }
        sheet.hanging(4, 4, vec![span(Style::Plain, &page.renamed(&page::clean(&one.message)))]);
        for fact in &one.evidence {
            let mut spans = vec![span(Style::Plain, &format!("· {}", page.renamed(&page::clean(&fact.says))))];
            spans.extend(fact.frame.map(frame));
            sheet.hanging(4, 6, spans);
        }
    }
}

pub(super) fn net(sheet: &mut Sheet, page: Page<'_>) {
    let mut rows: Vec<&NetRow> = page.told.net.iter().collect();
    rows.sort_by_key(|row| !row.own_side);
    part(sheet, "WHO LOST AND GAINED, WITHOUT FEES", &rows, |row| {
        let (style, sign, much) =
            if row.lost.is_zero() { (Style::Good, "+", row.gained) } else { (Style::Bad, "-", row.lost) };
        let mut spans = vec![
            span(Style::Name, &page.name(&row.account)),
            span(Style::Plain, "  "),
            span(style, &format!("{sign}{}", page.amount(much, &row.asset))),
        ];
        if let Some(before) = row.before.filter(|before| !before.is_zero() && !row.lost.is_zero()) {
            let share = super::super::amounts::share_bp(row.lost, before).map(percent).unwrap_or_default();
            spans.push(span(Style::Dim, &format!("  {share} of what it held")));
        }
        if row.own_side {
            spans.push(span(Style::Dim, "  (sender's side)"));
        }
        spans
    });
}

pub(super) fn borrowed(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "BORROWED AND PAID BACK", &page.told.borrowed, |loan| {
        vec![
            span(Style::Strong, &page.amount(loan.amount, &loan.asset)),
            span(Style::Plain, &format!("  {} → {}", page.name(&loan.lender), page.name(&loan.borrower))),
            span(Style::Dim, &format!("  fee {}", page.amount(loan.fee, &loan.asset))),
            frame(loan.frame),
        ]
    });
}

pub(super) fn prices(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "PRICES", &page.told.prices, |price| {
        let before = price.before.as_deref().unwrap_or("unknown");
        let unit = if price.scaled { "" } else { "  in base units" };
        let mut spans = vec![
            span(Style::Name, &page.name(&price.pool)),
            span(Style::Plain, &format!("  {} in {}  ", page.symbol(&price.base), page.symbol(&price.quote))),
            span(Style::Strong, &format!("{before} → {} → {}", price.worst, price.after)),
            span(Style::Dim, unit),
        ];
        spans.extend(moved(price));
        spans.push(frame(price.frame));
        spans
    });
}

fn moved(price: &PriceRow) -> Option<Span> {
    let (moved, left) = (price.moved_bp?, price.left_bp?);
    let style = if moved >= 500 { Style::Warn } else { Style::Dim };
    Some(span(style, &format!("  moved {}, left {}", percent(moved), percent(left))))
}

pub(super) fn readings(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "ANSWERS THAT CHANGED UNDER WAY", &page.told.readings, |reading| {
        vec![
            span(Style::Name, &page.name(&reading.account)),
            span(Style::Plain, &format!(" {}  ", page.renamed(&page::clean(&reading.function)))),
            span(
                Style::Strong,
                &format!("{} → {}", grouped(&reading.first.to_string()), grouped(&reading.worst.to_string())),
            ),
            span(Style::Dim, &format!("  asked {} times", reading.times)),
            frame(reading.first_frame),
            frame(reading.worst_frame),
        ]
    });
}

pub(super) fn reentries(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "ENTERED AGAIN", &entered(&page.told.reentries), |held| {
        let first = held.first;
        let times = if held.frames.len() > 1 { format!(", {} times", held.frames.len()) } else { String::new() };
        let mut spans = vec![
            span(Style::Name, &page.name(&first.account)),
            span(Style::Plain, &format!(" {}{times}", Page::entry(&first.function))),
            span(Style::Dim, &format!("  by {} while {}", page.name(&first.by), Page::entry(&first.outer_function))),
            span(Style::Dim, &format!(" #{} was not done", first.outer)),
        ];
        match first.stale_slot {
            Some(slot) => {
                let place = Page::place(slot);
                spans.push(span(Style::Bad, &format!("  slot {place} was read before, and written after")));
            }
            None if first.read_only => spans.push(span(Style::Dim, "  read only")),
            None => {}
        }
        spans.push(frames(&held.frames));
        spans
    });
}

pub(super) fn privileges(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "PRIVILEGES", &page.told.changes, |change| {
        let mut spans = vec![
            span(Style::Name, &page.name(&change.contract)),
            span(Style::Warn, &format!("  {}", page.privilege(change))),
        ];
        if !change.announced {
            spans.push(span(Style::Bad, "  WITHOUT AN EVENT"));
        }
        spans.push(frame(change.frame));
        spans
    });
}

pub(super) fn code(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "CREATED", &page.told.created, |created| {
        vec![
            span(Style::Name, &page.name(&created.account)),
            span(
                Style::Plain,
                &format!("  {} bytes by {}", grouped(&created.bytes.to_string()), page.name(&created.creator)),
            ),
            span(Style::Dim, &format!("  code hash {}", created.code_hash)),
            frame(created.frame),
        ]
    });
    part(sheet, "DELEGATIONS (EIP-7702)", &page.told.delegations, |given| {
        let code = given.code.as_ref().map_or_else(
            || "runs no foreign code any more".to_owned(),
            |code| format!("runs the code of {}", page.name(code)),
        );
        vec![span(Style::Name, &page.name(&given.account)), span(Style::Warn, &format!("  {code}"))]
    });
}

pub(super) fn flows(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "MOVEMENTS", &page.told.flows, |flow| {
        let how = match flow.kind {
            FlowKind::Call | FlowKind::Event => "",
            FlowKind::SelfDestruct => "  by self-destruct",
            FlowKind::Wrap => "  wrapped",
            FlowKind::Unwrap => "  unwrapped",
        };
        vec![
            span(Style::Strong, &page.amount(flow.amount, &flow.asset)),
            span(Style::Plain, &format!("  {} → {}", page.name(&flow.from), page.name(&flow.to))),
            span(Style::Dim, how),
            frame(flow.frame),
        ]
    });
}

pub(super) fn storage(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "STORAGE, BEFORE AND AFTER", &page.told.storage, |slot| {
        let place = slot.name.clone().unwrap_or_else(|| format!("slot {}", Page::place(slot.slot)));
        let (before, after) = match &slot.read {
            Some((before, after)) => (before.clone(), after.clone()),
            None => (Page::place(slot.before), Page::place(slot.after)),
        };
        let mut spans = vec![
            span(Style::Name, &page.name(&slot.account)),
            span(Style::Plain, &format!("  {}  ", page::clean(&place))),
            span(Style::Strong, &format!("{} → {}", page::clean(&before), page::clean(&after))),
        ];
        if slot.writes > 1 {
            spans.push(span(Style::Dim, &format!("  in {} writes", slot.writes)));
        }
        spans.push(frame(slot.frame));
        spans
    });
}

pub(super) fn events(sheet: &mut Sheet, page: Page<'_>) {
    part(sheet, "EVENTS", &page.told.events, |event| {
        let told = event.told.as_ref().map(|told| page.renamed(&page::clean(told)));
        let named = told.or_else(|| event.event.as_ref().map(|name| page::clean(name)));
        let unknown = || event.topics.first().map_or_else(|| "without a name".to_owned(), ToString::to_string);
        vec![
            span(Style::Name, &page.name(&event.account)),
            span(Style::Plain, &format!("  {}", named.unwrap_or_else(unknown))),
            frame(event.frame),
        ]
    });
}

pub(super) fn accounts(sheet: &mut Sheet, page: Page<'_>) {
    sheet.title("ACCOUNTS");
    let accounts = &page.told.accounts;
    for (id, row) in accounts.iter().filter(|(id, _)| !id.address.is_zero()).take(LINES_MAX) {
        let mut spans = vec![span(Style::Name, &id.address.to_string())];
        if row.name.is_some() {
            spans.push(span(Style::Strong, &format!("  {}", page.name(id))));
        }
        let token = page.told.tokens.iter().find(|(asset, _)| {
            asset.as_str().strip_prefix(id.chain.as_str()).and_then(|rest| rest.strip_prefix("/erc20:"))
                == Some(id.address.to_string().as_str())
        });
        if let Some((_, token)) = token {
            spans.push(span(Style::Plain, &format!("  calls itself {}", page::clean(&token.symbol))));
        }
        if !row.roles.is_empty() {
            spans.push(span(Style::Dim, &format!("  {}", row.roles.join(", "))));
        }
        if let Some(code) = &row.implementation {
            let standard = row.proxy.unwrap_or("proxy");
            spans.push(span(Style::Dim, &format!("  proxy ({standard}) of {}", page.name(code))));
        }
        for label in &row.labels {
            let date = label.date.as_deref().map(|date| format!(", {}", page::clean(date))).unwrap_or_default();
            let said = format!("  \"{}\" by {}{date}", page::clean(&label.name), page::clean(&label.source));
            spans.push(span(Style::Plain, &said));
        }
        sheet.hanging(2, 6, spans);
        if !row.functions.is_empty() {
            let bytes = row.code_bytes.map(|bytes| format!(" of its {} bytes", grouped(&bytes.to_string())));
            let list = row.functions.join(" ");
            let known = format!("functions{}: {list}", bytes.unwrap_or_default());
            sheet.hanging(6, 8, vec![span(Style::Dim, &page::cut(&known, 480))]);
        }
    }
    more(sheet, accounts.len());
}
