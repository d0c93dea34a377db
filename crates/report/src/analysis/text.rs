//! The analysis for a terminal, of whatever width. Strangers' text in it is escaped here; what comes out may be printed as
//! it is.

mod calls;
mod sheet;
mod tables;

use facts::FrameStatus;

use super::{
    amounts::grouped,
    model::{Analysis, Part, Saying, Sentence},
    page::{self, Page},
};
pub use sheet::{Look, Paint};
use sheet::{Sheet, Style, span};

/// Lines of one part. A transaction may have tens of thousands of calls; the document has them all.
const LINES_MAX: usize = 1_000;

/// Tells an analysis as text.
pub fn text(analysis: &Analysis, look: Look) -> String {
    let mut sheet = Sheet::new(look);
    head(&mut sheet, analysis);
    let Some(told) = &analysis.told else {
        sheet.line(2, vec![span(Style::Bad, "the transaction could not be seen at all")]);
        return sheet.finish();
    };
    let page = Page { analysis, told };
    summary(&mut sheet, page);
    story(&mut sheet, page);
    tables::weaknesses(&mut sheet, page);
    tables::net(&mut sheet, page);
    tables::borrowed(&mut sheet, page);
    tables::prices(&mut sheet, page);
    tables::readings(&mut sheet, page);
    tables::reentries(&mut sheet, page);
    tables::privileges(&mut sheet, page);
    tables::code(&mut sheet, page);
    calls::calls(&mut sheet, page);
    tables::flows(&mut sheet, page);
    tables::storage(&mut sheet, page);
    tables::events(&mut sheet, page);
    calls::steps(&mut sheet, page);
    tables::accounts(&mut sheet, page);
    sheet.finish()
}

fn head(sheet: &mut Sheet, analysis: &Analysis) {
    sheet.line(0, vec![span(Style::Head, &analysis.tx.to_string())]);
    let block = grouped(&analysis.block.to_string());
    let place =
        format!("block {block} of {} · {}", page::clean(&analysis.chain_name), page::moment(analysis.timestamp));
    sheet.line(0, vec![span(Style::Dim, &place)]);
    sheet.gap();
    for why in &analysis.blind {
        sheet.field("BLIND", vec![span(Style::Bad, &page::clean(why))]);
    }
    let style = if analysis.blind.is_empty() { Style::Plain } else { Style::Bad };
    sheet.field("seen", vec![span(style, page::sight(analysis))]);
    if !analysis.cannot_see.is_empty() {
        sheet.field("not to see", vec![span(Style::Warn, &analysis.cannot_see.join(", "))]);
    }
}

fn summary(sheet: &mut Sheet, page: Page<'_>) {
    let told = page.told;
    let style = if told.status == FrameStatus::Success { Style::Good } else { Style::Bad };
    let mut outcome = vec![span(style, page::outcome(told.status))];
    if let Some(reason) = &told.reason {
        outcome.push(span(Style::Plain, &format!(": {}", page::clean(reason))));
    }
    sheet.field("outcome", outcome);
    let from =
        vec![span(Style::Name, &told.from.address.to_string()), span(Style::Dim, &format!("  {}", page::proved(told)))];
    sheet.field("from", from);
    if let Some(form) = page::form(told.kind) {
        sheet.field("form", vec![span(Style::Plain, form)]);
    }
    let price = format!("{} at {} wei", grouped(&told.gas_used.to_string()), grouped(&told.gas_price));
    sheet.field("gas", vec![span(Style::Plain, &price)]);
}

fn story(sheet: &mut Sheet, page: Page<'_>) {
    sheet.title("STORY");
    for sentence in &page.told.story {
        let mut spans = vec![span(mark(sentence.about), &format!("{:<2}", symbol(sentence.about)))];
        spans.extend(parts(page, sentence));
        if !sentence.frames.is_empty() {
            let frames: Vec<String> = sentence.frames.iter().map(|frame| format!("#{frame}")).collect();
            spans.push(span(Style::Dim, &format!(" [{}]", frames.join(" "))));
        }
        sheet.hanging(2, 4, spans);
    }
}

fn parts(page: Page<'_>, sentence: &Sentence) -> Vec<sheet::Span> {
    let part = |part: &Part| match part {
        Part::Own(text) => span(Style::Plain, &page.renamed(&page::clean(text))),
        Part::Foreign(text) => span(Style::Plain, &page::clean(text)),
        Part::Account(id, _) => span(Style::Name, &page.name(id)),
        Part::Amount(asset, units, _) => span(Style::Strong, &page.amount(*units, asset)),
    };
    sentence.parts.iter().map(part).collect()
}

fn mark(about: Saying) -> Style {
    match about {
        Saying::Lost | Saying::Failed | Saying::Warning => Style::Bad,
        Saying::Manipulated | Saying::Reentered | Saying::Privilege | Saying::Code => Style::Warn,
        Saying::Began | Saying::Borrowed | Saying::Gained | Saying::Moved => Style::Dim,
    }
}

fn symbol(about: Saying) -> &'static str {
    match about {
        Saying::Lost | Saying::Failed | Saying::Warning => "!",
        Saying::Manipulated | Saying::Reentered | Saying::Privilege | Saying::Code => "*",
        Saying::Began | Saying::Borrowed | Saying::Gained | Saying::Moved => "-",
    }
}
