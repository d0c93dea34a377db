//! What a person sees: each line with the time since the start and the block, in plain words.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{
    samples::{Sample, Spread},
    words::{self, Tone},
};

/// The columns before the text: two spaces, the time, two spaces, the block, two spaces.
const MARGIN: usize = 2 + 7 + 2 + 10 + 2;
/// The narrowest and the widest that a line gets, and what it gets where no terminal tells.
const WIDTHS: (usize, usize, usize) = (72, 120, 100);

/// Where the story is told.
pub struct Show {
    json: bool,
    colours: bool,
    width: usize,
    start: Instant,
}

impl Show {
    pub fn new(json: bool) -> Self {
        let terminal = if json { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
        let (least, most, usual) = WIDTHS;
        let width = if terminal { columns().unwrap_or(usual).clamp(least, most) } else { usual };
        let colours = terminal && env::var_os("NO_COLOR").is_none() && env::var_os("TERM").is_none_or(|t| t != "dumb");
        Self { json, colours, width, start: Instant::now() }
    }

    /// Whether scripts are listening.
    pub fn is_json(&self) -> bool {
        self.json
    }

    pub fn say(&self, text: &str) {
        // A reader that has gone away does not stop the story.
        let written = if self.json { writeln!(io::stderr(), "{text}") } else { writeln!(io::stdout(), "{text}") };
        written.unwrap_or_default();
    }

    pub fn strong(&self, text: &str) -> String {
        self.painted("1", text)
    }

    pub fn faint(&self, text: &str) -> String {
        self.painted("2", text)
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn title(&mut self, text: &str) {
        self.start = Instant::now();
        self.chapter(text);
    }

    pub fn chapter(&self, text: &str) {
        self.say(&format!("\n  {}\n", self.strong(text)));
    }

    /// A line that belongs to no block.
    pub fn setting(&self, what: &str, text: &str) {
        self.row(what, Tone::Plain, text);
    }

    /// A line of the story.
    pub fn line(&self, block: u64, tone: Tone, text: &str) {
        self.row(&format!("block {block}"), tone, text);
    }

    fn row(&self, place: &str, tone: Tone, text: &str) {
        let tenths = self.start.elapsed().as_millis() / 100;
        let clock = format!("{}.{} s", tenths / 10, tenths % 10);
        let margin = self.faint(&format!("  {clock:>7}  {place:<10}  "));
        for (number, line) in words::wrapped(text, self.width - MARGIN).iter().enumerate() {
            let before = if number == 0 { margin.clone() } else { " ".repeat(MARGIN) };
            let shown = match tone {
                Tone::Plain => line.clone(),
                Tone::Alarm => self.painted("33", line),
                Tone::Good => self.painted("32", line),
                Tone::Bad => self.painted("31", line),
            };
            self.say(&format!("{before}{shown}"));
        }
    }

    /// What it came to.
    pub fn outcome(&self, rows: &[(&str, String)]) {
        self.chapter("What it came to");
        for (what, says) in rows {
            self.say(&format!("  {}  {says}", self.strong(&format!("{what:>7}"))));
        }
    }

    /// How long it took, over all attacks.
    pub fn samples(&self, samples: &[Sample]) {
        self.chapter("How long it takes");
        let head = format!("{:<48} {:>5} {:>7} {:>7} {:>7}", "  milliseconds", "min", "median", "p90", "max");
        self.say(&self.faint(&format!("{head}   n")));
        let rows = [
            ("from the block at hand to the durable alert", Sample::durable_ms as fn(&Sample) -> i64),
            ("from the durable alert to the signed pause", Sample::decided_ms),
            ("from the block at hand to the signed pause", Sample::signed_ms),
        ];
        for (what, of) in rows {
            let Some(Spread { min, median, p90, max }) = Spread::of(samples.iter().map(of).collect()) else { continue };
            self.say(&format!("  {what:<46} {min:>5} {median:>7} {p90:>7} {max:>7} {:>3}", samples.len()));
        }
    }
}

/// The line that scripts read.
pub fn last_line(json: &Value) -> Result<()> {
    writeln!(io::stdout(), "{json}").context("stdout is closed")
}

/// How wide the terminal is, as it says itself.
fn columns() -> Option<usize> {
    let asked = Command::new("stty").arg("size").stdin(Stdio::inherit()).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(asked.stdout).ok()?.split_whitespace().nth(1)?.parse().ok().filter(|&columns| columns > 0)
}
