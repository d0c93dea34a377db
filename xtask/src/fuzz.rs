//! The parsers under libFuzzer, for a bounded time.
//!
//! `fuzz/` is laid out for cargo-fuzz, which wants a nightly compiler for its sanitizer. The parsers are safe Rust, so that
//! only the counters of edges are needed, and those a stable compiler puts in as well: nothing has to be installed. Building
//! them takes a dozen minutes of a processor, so that the exam leaves it: the tests of `cli` run the same parsers on changed examples.

use crate::{progress, tools::cargo};
use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What cargo-fuzz gives the compiler, without the sanitizer.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Clink-dead-code",
    "--cfg=fuzzing",
];
/// Bytes of one input. Larger ones find little more, and take their time.
const INPUT_BYTES_MAX: u64 = 64 * 1024;
/// Seconds and megabytes that one input may take.
const INPUT_S_MAX: u64 = 20;
const INPUT_MB_MAX: u64 = 2_048;

/// What is fuzzed, and for how long.
#[derive(Args)]
pub struct Options {
    /// One parser of `fuzz/parsers.toml`; all of them without it
    parser: Option<String>,
    /// Seconds for each
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Builds the parsers and fuzzes them; the first failure ends it, with the input that brought it about.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let listed = fs::read_to_string(root.join("fuzz/parsers.toml")).context("fuzz/parsers.toml cannot be read")?;
    let listed: BTreeMap<String, Vec<String>> = toml::from_str(&listed).context("fuzz/parsers.toml")?;
    if let Some(parser) = &options.parser {
        ensure!(listed.contains_key(parser), "there is no parser `{parser}`: name one of fuzz/parsers.toml");
    }
    let program = build(root)?;
    let wanted = listed.iter().filter(|(name, _)| options.parser.as_ref().is_none_or(|wanted| wanted == *name));
    for (name, seeds) in wanted {
        fuzz(root, &program, name, seeds, options.seconds)?;
    }
    Ok(())
}

fn build(root: &Path) -> Result<PathBuf> {
    let host = host()?;
    let folder = folder(root);
    let mut build = cargo(root);
    // With a target, build scripts and macros are built without the counters.
    build.args(["build", "--release", "--locked", "--quiet", "--bin", "parsers", "--target", &host]);
    build.args(["--manifest-path", "fuzz/Cargo.toml", "--target-dir"]).arg(&folder);
    build.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    progress::command("Build the parsers for fuzzing", &mut build)?;
    Ok(folder.join(host).join("release/parsers"))
}

/// Where everything lies that fuzzing leaves behind.
fn folder(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    target.join("fuzz")
}

fn host() -> Result<String> {
    let told = Command::new("rustc").arg("-vV").output().context("could not ask rustc for its host")?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    told.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say what its host is")
}

fn fuzz(root: &Path, program: &Path, name: &str, seeds: &[String], seconds: u64) -> Result<()> {
    let folder = folder(root);
    let (corpus, found) = (folder.join("corpus").join(name), folder.join("found"));
    fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    plant(root, seeds, &corpus)?;
    let mut run = Command::new(program);
    run.env("BREAKGLASS_PARSER", name).current_dir(root).arg(&corpus);
    run.arg(format!("-max_total_time={seconds}"));
    run.args([format!("-max_len={INPUT_BYTES_MAX}"), format!("-timeout={INPUT_S_MAX}")]);
    run.arg(format!("-rss_limit_mb={INPUT_MB_MAX}"));
    run.arg(format!("-artifact_prefix={}/{name}-", found.display()));
    let log = found.join(format!("{name}.log"));
    let file = fs::File::create(&log).with_context(|| log.display().to_string())?;
    run.stdout(file.try_clone()?).stderr(file);
    progress::step(&format!("Fuzz {name} for {seconds} s"), || {
        let status = run.status().with_context(|| format!("could not start `{}`", program.display()))?;
        let text = fs::read(&log).with_context(|| log.display().to_string())?;
        let text = String::from_utf8_lossy(&text);
        if !status.success() {
            let last: Vec<&str> = text.lines().rev().take(40).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            let again = format!("BREAKGLASS_PARSER={name} {} FILE", program.display());
            bail!(
                "{}\n`{name}` fails; its input is in `{}`, to be tried again by `{again}`",
                last.join("\n"),
                found.display()
            );
        }
        if let Some(done) = text.lines().rev().find(|line| line.contains("cov: ") || line.starts_with("Done")) {
            progress::note(done.trim());
        }
        Ok(())
    })
}

/// Puts examples of the repository into a corpus: `path` for a file or all files of a folder, `path:end` for the files of a
/// folder and those below it whose names end so.
fn plant(root: &Path, seeds: &[String], corpus: &Path) -> Result<()> {
    let mut number = 0;
    for seed in seeds {
        let (path, end) = seed.split_once(':').unwrap_or((seed, ""));
        let mut files = Vec::new();
        gather(&root.join(path), end, &mut files).with_context(|| format!("seed `{seed}` of fuzz/parsers.toml"))?;
        ensure!(!files.is_empty(), "seed `{seed}` of fuzz/parsers.toml names no file");
        for file in files {
            number += 1;
            fs::copy(&file, corpus.join(format!("seed-{number}"))).with_context(|| file.display().to_string())?;
        }
    }
    Ok(())
}

fn gather(path: &Path, end: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut inside: Vec<_> =
        fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    inside.sort();
    for path in inside {
        let fits = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(end));
        if path.is_dir() || fits {
            gather(&path, end, files)?;
        }
    }
    Ok(())
}
