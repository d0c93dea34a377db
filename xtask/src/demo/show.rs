//! What a person sees: each line with the time since the start and the block, in plain words.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{
    process::Stop,
    samples::{Sample, Spread},
    story::Told,
    words::{self, Tone},
};

/// How long the attack waits for a person who wants to open the page first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the story is told.
pub struct Show {
    json: bool,
    colours: bool,
    start: Instant,
}

impl Show {
    pub fn new(json: bool) -> Self {
        let terminal = if json { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
        Self { json, colours: terminal && env::var_os("NO_COLOR").is_none(), start: Instant::now() }
    }

    fn say(&self, text: &str) {
        // A reader that has gone away does not stop the story.
        let written = if self.json { writeln!(io::stderr(), "{text}") } else { writeln!(io::stdout(), "{text}") };
        written.unwrap_or_default();
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn title(&mut self, text: &str) {
        self.start = Instant::now();
        self.say(&format!("\n{}\n", self.painted("1", text)));
    }

    pub fn chapter(&self, text: &str) {
        self.say(&format!("\n{}\n", self.painted("1", text)));
    }

    /// A line that belongs to no block.
    pub fn setting(&self, text: &str) {
        self.say(&format!("{}  {text}", self.clock()));
    }

    /// A line of the story.
    pub fn line(&self, block: u64, tone: Tone, text: &str) {
        let code = match tone {
            Tone::Plain => "0",
            Tone::Alarm => "33",
            Tone::Good => "32",
            Tone::Bad => "31",
        };
        let place = self.painted("2", &format!("block {block:>4}"));
        self.say(&format!("{}  {place}  {}", self.clock(), self.painted(code, text)));
    }

    fn clock(&self) -> String {
        let tenths = self.start.elapsed().as_millis() / 100;
        self.painted("2", &format!("{:>4}.{} s", tenths / 10, tenths % 10))
    }

    /// What it came to.
    pub fn verdict(&self, told: &Told) {
        self.chapter("What it came to");
        let later = told.pause_block.saturating_sub(told.attack_block);
        let blocks = if later == 1 { "one block".to_owned() } else { format!("{later} blocks") };
        let all = told.failed + told.succeeded;
        let rows = [
            ("noticed", format!("{} ms after the block came", told.sample.durable_ms)),
            (
                "paused",
                format!("in block {}, {blocks} after the attack began in {}", told.pause_block, told.attack_block),
            ),
            ("attack", format!("{} of {all} transactions failed", told.failed)),
            ("saved", words::ether(told.saved)),
            ("lost", words::ether(told.lost)),
        ];
        for (what, says) in rows {
            self.say(&format!("  {}  {says}", self.painted("1", &format!("{what:<8}"))));
        }
        self.say("");
    }

    /// How long it took, over all attacks.
    pub fn samples(&self, samples: &[Sample]) {
        self.chapter(&format!("From the block that brought an attack, over {} attacks", samples.len()));
        self.say(&self.painted("2", "                                 least  median     p90    most"));
        let durable: Vec<i64> = samples.iter().map(|sample| sample.durable_ms).collect();
        let signed: Vec<i64> = samples.iter().map(|sample| sample.signed_ms).collect();
        let between = samples.iter().map(|sample| sample.signed_ms - sample.durable_ms).collect();
        let rows = [
            ("to the durable alert", durable),
            ("from there to the signed pause", between),
            ("to the signed pause", signed),
        ];
        for (what, numbers) in rows {
            let Some(Spread { least, median, p90, most }) = Spread::of(numbers) else { continue };
            self.say(&format!("  {what:<30} {least:>5}  {median:>6}  {p90:>6}  {most:>6} ms"));
        }
        self.say("");
    }

    /// Says where the page is, and gives a person time to open it before anything happens.
    pub fn invite(&self, url: &str, token: &str, headless: bool, stop: &Stop) -> Result<()> {
        if headless {
            return Ok(());
        }
        self.say(&format!("\n  {}   log in with  {token}\n", self.painted("1;4", url)));
        open(url);
        if self.is_interactive() {
            self.say("  Press Enter to let the attack begin; it begins by itself in a minute.\n");
            enter(PATIENCE, stop)?;
        }
        Ok(())
    }

    fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && !self.json
    }

    /// Whether there is a person who may want to look at the page.
    pub fn wants_to_be_looked_at(&self, headless: bool) -> bool {
        !headless && self.is_interactive()
    }

    /// Waits for that person, within a bound.
    pub fn wait(&self, url: &str, within: Duration, stop: &Stop) -> Result<()> {
        let minutes = within.as_secs() / 60;
        self.say(&format!("  The desk stays open at {url}: press Enter to end ({minutes} minutes at most).\n"));
        enter(within, stop)
    }

    /// The line that scripts read.
    pub fn last(&self, told: &Told) -> Result<()> {
        if !self.json {
            return Ok(());
        }
        let last = json!({
            "noticed_ms": told.sample.durable_ms,
            "attack_block": told.attack_block,
            "pause_block": told.pause_block,
            "saved": told.saved.to_string(),
            "lost": told.lost.to_string(),
            "case": told.case,
        });
        writeln!(io::stdout(), "{last}").context("stdout is closed")
    }
}

/// Waits for Enter, for the end of the input, or until the time is over.
fn enter(within: Duration, stop: &Stop) -> Result<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let read = io::stdin().lock().read_line(&mut String::new());
        // Whoever waited may have gone on.
        sender.send(read).unwrap_or_default();
    });
    let start = Instant::now();
    while start.elapsed() < within {
        stop.check()?;
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Ok(_) | Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(())
}

/// Opens the page where there is a display to show it on.
fn open(url: &str) {
    let opener = match env::consts::OS {
        "macos" => "open",
        _ if env::var_os("DISPLAY").is_some() || env::var_os("WAYLAND_DISPLAY").is_some() => "xdg-open",
        _ => return,
    };
    // The address is on the screen already: a browser that does not open is no failure.
    let _: Option<_> = Command::new(opener).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok();
}
