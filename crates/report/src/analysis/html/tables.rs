//! The tables of the page, each with a limit that is said.

use facts::{AccountId, AssetId, FlowKind, U256};
use serde::Serialize;

use super::super::{
    amounts::{grouped, percent, share_bp},
    entered::entered,
    model::NetRow,
    page::{self, Page},
};

/// Rows of one table.
const ROWS_MAX: usize = 1_000;

#[derive(Serialize)]
pub(super) struct Table {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// Whether it is folded from the start: for what is looked up, not read.
    pub(super) folded: bool,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    left_out: Option<String>,
}

#[derive(Serialize, Default)]
struct Cell {
    text: String,
    full: String,
    style: &'static str,
    frame: Option<u32>,
}

fn cell(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

fn styled(text: impl Into<String>, style: &'static str) -> Cell {
    Cell { style, ..cell(text) }
}

fn frame(frame: u32) -> Cell {
    Cell { frame: Some(frame), style: "w", ..Cell::default() }
}

fn account(page: Page<'_>, id: &AccountId) -> Cell {
    Cell { full: id.to_string(), ..styled(page.name(id), "n") }
}

fn amount(page: Page<'_>, sign: &str, units: U256, asset: &AssetId, style: &'static str) -> Cell {
    let full = format!("{units} base units of {asset}");
    Cell { full, ..styled(format!("{sign}{}", page.amount(units, asset)), style) }
}

fn table<T>(
    (id, title): (&'static str, &'static str),
    columns: &[&'static str],
    rows: &[T],
    cells: impl Fn(&T) -> Vec<Cell>,
) -> Option<Table> {
    let left = rows.len().saturating_sub(ROWS_MAX);
    (!rows.is_empty()).then(|| Table {
        id,
        title,
        folded: false,
        columns: columns.to_vec(),
        rows: rows.iter().take(ROWS_MAX).map(cells).collect(),
        left_out: (left > 0).then(|| grouped(&left.to_string())),
    })
}

/// Every table that has something in it, those to be read before those to be looked up.
pub(super) fn all(page: Page<'_>) -> Vec<Table> {
    let folded = |table: Option<Table>| table.map(|table| Table { folded: true, ..table });
    let tables = [
        net(page),
        borrowed(page),
        prices(page),
        readings(page),
        reentries(page),
        privileges(page),
        created(page),
        delegations(page),
        folded(flows(page)),
        folded(storage(page)),
        folded(events(page)),
        folded(steps(page)),
        folded(accounts(page)),
    ];
    tables.into_iter().flatten().collect()
}

fn net(page: Page<'_>) -> Option<Table> {
    let mut rows: Vec<&NetRow> = page.told.net.iter().collect();
    rows.sort_by_key(|row| !row.own_side);
    table(("net", "Who lost and gained"), &["account", "net, without fees", "of what it held", ""], &rows, |row| {
        let change = if row.lost.is_zero() {
            amount(page, "+", row.gained, &row.asset, "r good")
        } else {
            amount(page, "−", row.lost, &row.asset, "r bad")
        };
        let share = row.before.filter(|_| !row.lost.is_zero()).and_then(|before| share_bp(row.lost, before));
        let side = if row.own_side { "sender's side" } else { "" };
        vec![
            account(page, &row.account),
            change,
            styled(share.map(percent).unwrap_or_default(), "r"),
            styled(side, "soft"),
        ]
    })
}

fn borrowed(page: Page<'_>) -> Option<Table> {
    let columns = ["amount", "lender", "borrower", "fee", ""];
    table(("borrowed", "Borrowed and paid back"), &columns, &page.told.borrowed, |loan| {
        vec![
            amount(page, "", loan.amount, &loan.asset, "r"),
            account(page, &loan.lender),
            account(page, &loan.borrower),
            amount(page, "", loan.fee, &loan.asset, "r"),
            frame(loan.frame),
        ]
    })
}

fn prices(page: Page<'_>) -> Option<Table> {
    let columns = ["pool", "price of", "in", "before", "worst", "after", "moved", "left", ""];
    table(("prices", "Prices"), &columns, &page.told.prices, |price| {
        let style = if price.moved_bp.is_some_and(|moved| moved >= 500) { "r warn" } else { "r" };
        let unit = if price.scaled { String::new() } else { " (base units)".to_owned() };
        vec![
            account(page, &price.pool),
            cell(page.symbol(&price.base)),
            cell(format!("{}{unit}", page.symbol(&price.quote))),
            styled(price.before.clone().unwrap_or_else(|| "unknown".to_owned()), "r"),
            styled(price.worst.clone(), style),
            styled(price.after.clone(), "r"),
            styled(price.moved_bp.map(percent).unwrap_or_default(), style),
            styled(price.left_bp.map(percent).unwrap_or_default(), "r"),
            frame(price.frame),
        ]
    })
}

fn readings(page: Page<'_>) -> Option<Table> {
    let columns = ["who was asked", "what", "first answer", "", "farthest answer", "", "times"];
    table(("readings", "Answers that changed under way"), &columns, &page.told.readings, |reading| {
        vec![
            account(page, &reading.account),
            cell(page.renamed(&page::clean(&reading.function))),
            styled(grouped(&reading.first.to_string()), "r"),
            frame(reading.first_frame),
            styled(grouped(&reading.worst.to_string()), "r warn"),
            frame(reading.worst_frame),
            styled(reading.times.to_string(), "r"),
        ]
    })
}

fn reentries(page: Page<'_>) -> Option<Table> {
    let columns = ["contract", "entered again", "times", "first", "by", "while", "", "what that disturbs"];
    table(("reentered", "Entered again"), &columns, &entered(&page.told.reentries), |held| {
        let first = held.first;
        let disturbs = match first.stale_slot {
            Some(slot) => styled(format!("slot {} was read before, and written after", Page::place(slot)), "bad"),
            None if first.read_only => styled("read only", "soft"),
            None => cell(""),
        };
        vec![
            account(page, &first.account),
            cell(Page::entry(&first.function)),
            styled(grouped(&held.frames.len().to_string()), "r"),
            frame(first.frame),
            account(page, &first.by),
            cell(Page::entry(&first.outer_function)),
            frame(first.outer),
            disturbs,
        ]
    })
}

fn privileges(page: Page<'_>) -> Option<Table> {
    table(("privileges", "Privileges"), &["contract", "what changed", "event", ""], &page.told.changes, |change| {
        let event = if change.announced { cell("announced") } else { styled("WITHOUT AN EVENT", "bad") };
        vec![account(page, &change.contract), styled(page.privilege(change), "warn"), event, frame(change.frame)]
    })
}

fn created(page: Page<'_>) -> Option<Table> {
    table(("created", "Created"), &["contract", "by", "bytes", "code hash", ""], &page.told.created, |created| {
        vec![
            account(page, &created.account),
            account(page, &created.creator),
            styled(grouped(&created.bytes.to_string()), "r"),
            cell(created.code_hash.to_string()),
            frame(created.frame),
        ]
    })
}

fn delegations(page: Page<'_>) -> Option<Table> {
    let rows = &page.told.delegations;
    table(("delegations", "Delegations (EIP-7702)"), &["account", "runs the code of"], rows, |given| {
        let code = given.code.as_ref().map_or_else(|| styled("nobody any more", "soft"), |code| account(page, code));
        vec![account(page, &given.account), code]
    })
}

fn flows(page: Page<'_>) -> Option<Table> {
    table(("movements", "Movements"), &["amount", "from", "to", "how", ""], &page.told.flows, |flow| {
        let how = match flow.kind {
            FlowKind::Call => "by a call",
            FlowKind::Event => "",
            FlowKind::SelfDestruct => "by self-destruct",
            FlowKind::Wrap => "wrapped",
            FlowKind::Unwrap => "unwrapped",
        };
        vec![
            amount(page, "", flow.amount, &flow.asset, "r"),
            account(page, &flow.from),
            account(page, &flow.to),
            styled(how, "soft"),
            frame(flow.frame),
        ]
    })
}

fn storage(page: Page<'_>) -> Option<Table> {
    let columns = ["contract", "what", "before", "after", "writes", ""];
    table(("storage", "Storage, before and after"), &columns, &page.told.storage, |slot| {
        let place = slot.name.as_deref().map_or_else(|| format!("slot {}", Page::place(slot.slot)), page::clean);
        let value = |read: Option<&String>, word: facts::B256| Cell {
            full: word.to_string(),
            ..styled(read.map_or_else(|| Page::place(word), |read| page::clean(read)), "r")
        };
        vec![
            account(page, &slot.account),
            Cell { full: slot.slot.to_string(), ..cell(place) },
            value(slot.read.as_ref().map(|(before, _)| before), slot.before),
            value(slot.read.as_ref().map(|(_, after)| after), slot.after),
            styled(slot.writes.to_string(), "r"),
            frame(slot.frame),
        ]
    })
}

fn events(page: Page<'_>) -> Option<Table> {
    table(("events", "Events"), &["contract", "event", ""], &page.told.events, |event| {
        let told = event.told.as_ref().map(|told| page.renamed(&page::clean(told)));
        let named = told.or_else(|| event.event.as_deref().map(page::clean));
        let unknown = || event.topics.first().map_or_else(|| "without a name".to_owned(), ToString::to_string);
        vec![account(page, &event.account), cell(named.unwrap_or_else(unknown)), frame(event.frame)]
    })
}

fn steps(page: Page<'_>) -> Option<Table> {
    let rows: Vec<_> =
        page.told.steps.iter().flat_map(|held| held.steps.iter().map(move |step| (held.frame, step))).collect();
    let columns = ["", "pc", "instruction", "gas", "cost", "stack, top first", "slot", "memory"];
    table(("steps", "Steps"), &columns, &rows, |(at, step)| {
        let storage = step.storage.as_ref().map(|(slot, value)| format!("{slot} = {value}")).unwrap_or_default();
        let memory = step.memory.as_ref().map(|(at, bytes)| format!("{at}: {bytes}")).unwrap_or_default();
        vec![
            frame(*at),
            styled(step.pc.to_string(), "r"),
            cell(&step.op),
            styled(grouped(&step.gas.to_string()), "r"),
            styled(grouped(&step.cost.to_string()), "r"),
            cell(step.stack.iter().take(6).cloned().collect::<Vec<_>>().join(" ")),
            cell(storage),
            cell(page::cut(&memory, 80)),
        ]
    })
}

fn accounts(page: Page<'_>) -> Option<Table> {
    let rows: Vec<_> = page.told.accounts.iter().filter(|(id, _)| !id.address.is_zero()).collect();
    table(("accounts", "Accounts"), &["address", "name", "what it does here", "labels", "code"], &rows, |(id, row)| {
        let label = |label: &super::super::LabelRow| {
            let date = label.date.as_deref().map(|date| format!(", {}", page::clean(date))).unwrap_or_default();
            format!("“{}” by {}{date}", page::clean(&label.name), page::clean(&label.source))
        };
        let proxy = row
            .implementation
            .as_ref()
            .map(|code| format!("proxy ({}) of {}", row.proxy.unwrap_or("unknown standard"), page.name(code)));
        let bytes = row.code_bytes.map(|bytes| format!("{} bytes", grouped(&bytes.to_string())));
        let functions = (!row.functions.is_empty()).then(|| format!("functions {}", row.functions.join(" ")));
        let code: Vec<String> = [proxy, bytes, functions].into_iter().flatten().collect();
        vec![
            styled(id.address.to_string(), "n"),
            cell(row.name.as_deref().map(page::clean).unwrap_or_default()),
            styled(row.roles.join(", "), "soft"),
            cell(row.labels.iter().map(label).collect::<Vec<_>>().join("; ")),
            styled(page::cut(&code.join("; "), 480), "soft"),
        ]
    })
}
