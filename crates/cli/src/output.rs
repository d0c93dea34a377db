//! What a person sees. Text from a chain is shown with its control characters made visible.

#![expect(clippy::print_stderr, reason = "this is the one place that talks to a person")]

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use report::analysis::{Look, Paint};
use serde::Serialize;

/// Columns where nobody says how many there are, as in a file.
const COLUMNS: usize = 120;
/// Characters of a stranger's text in a line.
const INLINE_CHARS_MAX: usize = 600;

/// Prints a value as one line of JSON.
///
/// # Errors
/// If stdout is closed.
pub fn json<T: Serialize>(value: &T) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value).context("cannot write to stdout")?;
    writeln!(out).context("cannot write to stdout")
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A person.
    Person,
    /// A program: one JSON object a line.
    Program,
}

/// Logs to stderr; `RUST_LOG` chooses. Libraries that show whole addresses in their finer logs are held to warnings.
pub fn logs(reader: Reader) {
    let chosen = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let quiet = "hyper=warn,reqwest=warn,tungstenite=warn,tokio_tungstenite=warn,sqlx=warn";
    let filter = tracing_subscriber::EnvFilter::new(format!("{chosen},{quiet}"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match reader {
        Reader::Person => log.init(),
        Reader::Program => log.json().flatten_event(true).init(),
    }
}

/// Prints a line. A reader that has gone away, such as a pager that was left, wants no more and hears no complaint.
pub fn line(text: impl AsRef<str>) {
    match writeln!(std::io::stdout().lock(), "{}", visible(text.as_ref())) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to stdout: {error}");
        }
        _ => {}
    }
}

/// Prints a document that is ready to be shown: whatever strangers wrote in it is escaped.
pub fn ready(text: &str) {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to stdout: {error}");
        }
        _ => {}
    }
}

/// How documents are to look: as wide as the terminal, or as `COLUMNS` says, and in colour where a terminal shows it and
/// `NO_COLOR` does not forbid it.
pub fn look() -> Look {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let paint = if std::io::stdout().is_terminal() && !forbidden { Paint::Ansi } else { Paint::Plain };
    Look { width: columns.or(terminal).unwrap_or(COLUMNS), paint }
}

/// Says something beside the result, on stderr.
pub fn note(text: impl AsRef<str>) {
    eprintln!("{}", visible(text.as_ref()));
}

/// Asks a question to be answered with y or n; no answer is a no. None where no person is there to ask.
///
/// # Errors
/// If the terminal cannot be read.
pub fn confirm(question: &str) -> Result<Option<bool>> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    eprint!("{} [y/N] ", visible(question));
    std::io::stderr().flush().context("cannot write to the terminal")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read from the terminal")?;
    Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes")))
}

/// Text of strangers as part of a line: it can neither end the line nor run on without end.
pub fn inline(text: &str) -> String {
    let mut line: String = text.chars().take(INLINE_CHARS_MAX).flat_map(char_inline).collect();
    if text.chars().nth(INLINE_CHARS_MAX).is_some() {
        line.push('…');
    }
    line
}

fn char_inline(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// Says how long work goes on, where a person watches.
pub fn progress(text: impl AsRef<str>) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K{}", visible(text.as_ref()));
    }
}

/// Ends a line of progress.
pub fn progress_end() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
}

/// Says what went wrong, outermost first.
pub fn error(error: &anyhow::Error) {
    let chain: Vec<String> = error.chain().map(|cause| visible(&cause.to_string())).collect();
    eprintln!("error: {}", chain.join(": "));
}

/// Control characters, and characters that turn the direction of writing, as their code points.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().flat_map(|c| if hidden(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::{INLINE_CHARS_MAX, inline, visible};

    #[test]
    fn text_from_a_chain_cannot_move_the_cursor_or_turn_the_writing() {
        assert_eq!(visible("a\x1b[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
    }

    #[test]
    fn text_of_strangers_stays_in_its_line() {
        assert_eq!(inline("a\n03:14 ada approved\tit\r"), "a\\n03:14 ada approved\\tit\\r");
        assert_eq!(inline(&"x".repeat(1_000_000)).chars().count(), INLINE_CHARS_MAX + 1);
    }
}
