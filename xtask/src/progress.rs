//! One line before a step, one line after it.

use anyhow::{Context as _, Result, bail};
use std::{process::Command, time::Instant};

/// Says what is about to be done, does it, and says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {what}");
    let start = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "failed" };
    eprintln!("  {verdict} in {:.1} s", start.elapsed().as_secs_f64());
    outcome
}

/// Says something that is not a step: what was left out, and why.
pub fn note(what: &str) {
    eprintln!("  {what}");
}

/// A step that is one command. Its output passes through; a failure names the whole command.
pub fn command(what: &str, command: &mut Command) -> Result<()> {
    step(what, || run(command))
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_is_named_whole() {
        let error = run(Command::new("false").args(["--really", "so"])).unwrap_err();
        assert!(error.to_string().starts_with("`false --really so` failed"), "{error}");
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(error.to_string(), "could not start `no-such-program-here`");
        run(&mut Command::new("true")).unwrap();
    }
}
