//! The commands as a person and a script use them, against a real node and a service that runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "in a test a panic is the report"
)]

#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/anvil.rs"]
mod anvil;
mod backtest;
#[allow(dead_code, reason = "shared with the faults that must be survived")]
#[path = "../faults/book.rs"]
mod book;
mod cases;
mod chain;
mod data;
mod evidence;
#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/fake.rs"]
mod fake;
mod files;
mod labels;
mod learn;
mod rules;
#[allow(dead_code, reason = "shared with the faults that must be survived")]
#[path = "../faults/scene.rs"]
mod scene;
#[allow(dead_code, reason = "shared with the faults that must be survived")]
#[path = "../faults/serve.rs"]
mod serve;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// What a run of the program came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What it printed as JSON, after it succeeded.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// What it printed, after it succeeded.
    pub fn text(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        &self.out
    }

    /// Checks that it did nothing and said why.
    pub fn refused(&self, says: &str) {
        assert_ne!(self.code, 0, "{}", self.out);
        assert!(self.err.contains(says), "expected `{says}`: {}{}", self.out, self.err);
    }
}

/// Runs the program in a folder, with nobody at the terminal.
pub fn breakglass(folder: &Path, arguments: &[&str]) -> Ran {
    breakglass_with(folder, arguments, &[])
}

/// The same, with something in its environment.
pub fn breakglass_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
    let command = command.args(arguments).current_dir(folder).env_remove("BREAKGLASS_TOKEN").stdin(Stdio::null());
    let run = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code().unwrap(), out: text(run.stdout), err: text(run.stderr) }
}
