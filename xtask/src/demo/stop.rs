//! Being asked to stop, and waiting that notices it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use signal_hook::{consts, flag};

/// How often somebody who waits looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Set when somebody asks the demo to stop. When the last of them is gone, signals do again what they always do.
#[derive(Clone)]
pub struct Stop(Arc<Flags>);

struct Flags {
    asked: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Drop for Flags {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Stop {
    /// Listens for Ctrl-C, SIGTERM and a terminal that is closed.
    pub fn on_signals() -> Result<Self> {
        let flags = Flags { asked: Arc::default(), over: Arc::default() };
        for signal in [consts::SIGINT, consts::SIGTERM, consts::SIGHUP] {
            flag::register_conditional_default(signal, Arc::clone(&flags.over))
                .and_then(|_| flag::register(signal, Arc::clone(&flags.asked)))
                .context("signals cannot be heard")?;
        }
        Ok(Self(Arc::new(flags)))
    }

    /// Fails once somebody asked to stop.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.0.asked.load(Ordering::Relaxed), "stopped before the end, as asked");
        Ok(())
    }

    /// Looks every few milliseconds until there is something, within a bound.
    pub fn wait_for<T>(&self, what: &str, within: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let start = Instant::now();
        loop {
            self.check()?;
            if let Some(found) = look()? {
                return Ok(found);
            }
            ensure!(start.elapsed() < within, "{what} did not come within {} s", within.as_secs());
            thread::sleep(LOOK_EVERY);
        }
    }
}
