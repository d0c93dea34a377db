//! The person who watches: the page is opened for them, and they get time to look.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{process::Serving, show::Show, stop::Stop};

/// How long the attack waits for a person who wants to open the page first.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says where the page is, opens it, and gives a person time to log in before anything happens.
pub fn invite(show: &mut Show, serving: &Serving, headless: bool, stop: &Stop) -> Result<()> {
    if headless {
        return Ok(());
    }
    show.say(&format!("\n  {}  {}", show.faint("   open"), show.strong(&serving.url)));
    show.say(&format!("  {}  {}", show.faint(" log in"), serving.token));
    open(&serving.url);
    if is_there(show) {
        show.say("\n  Enter lets the attack begin; in a minute it begins by itself.");
        enter(PATIENCE, stop)?;
    }
    Ok(())
}

/// Keeps the desk open for a person, within a bound.
pub fn stay(show: &Show, serving: &Serving, headless: bool, within: Duration, stop: &Stop) -> Result<()> {
    if headless || !is_there(show) {
        return Ok(());
    }
    let minutes = within.as_secs() / 60;
    show.say(&format!(
        "\n  The desk stays open at {}: Enter ends the demo, {minutes} minutes end it too.",
        serving.url
    ));
    enter(within, stop)
}

/// Whether somebody can press a key.
fn is_there(show: &Show) -> bool {
    io::stdin().is_terminal() && !show.is_json()
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
