//! `breakglass verify`: prove a whole database, an exported case, or an evidence bundle.

mod bundle;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use case::Digest;
use engine::Bundle;
use store::{CaseExport, Known, Report, verify_database};

use crate::{args::VerifyArgs, output};

/// A file larger than this is none of ours.
const FILE_MAX: u64 = 1 << 30;

pub fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let seal = args.seal.as_deref().map(str::parse::<Digest>).transpose()?;
    let known = Known { seal, key: args.key.clone() };
    let head = std::fs::File::open(&args.path).with_context(|| format!("cannot read `{}`", args.path.display()))?;
    let size = head.metadata().with_context(|| format!("cannot read `{}`", args.path.display()))?.len();
    let is_database = {
        use std::io::Read as _;
        let mut first = Vec::new();
        head.take(16).read_to_end(&mut first).with_context(|| format!("cannot read `{}`", args.path.display()))?;
        first.starts_with(b"SQLite format 3")
    };
    if is_database && args.id.is_some() {
        bail!("`{}` is a database: only a bundle has an id", args.path.display());
    }
    let report = if is_database {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
        runtime.block_on(verify_database(&args.path, known))?
    } else {
        anyhow::ensure!(
            size <= FILE_MAX,
            "`{}` has {size} bytes: an exported case or a bundle is smaller",
            args.path.display()
        );
        let text = std::fs::read(&args.path).with_context(|| format!("cannot read `{}`", args.path.display()))?;
        if Bundle::is_one(&text) {
            return bundle::run(args, &text, &known);
        }
        let export = CaseExport::from_json(&text).with_context(|| {
            format!("`{}` is neither a database nor an exported case nor a bundle", args.path.display())
        })?;
        export.verify(&known)?
    };
    if args.json {
        output::json(&report)?
    } else {
        print(&report)
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Report) {
    for problem in &report.problems {
        output::line(format!("BROKEN  {}: {}", problem.at, problem.says));
    }
    if report.more_problems > 0 {
        output::line(format!("BROKEN  and {} more", report.more_problems));
    }
    output::line(format!(
        "{} streams, {} lines, {} seals, {} pieces of evidence; {} lines are not sealed yet",
        report.streams, report.entries, report.seals, report.evidence, report.unsealed
    ));
    if let Some((digest, at)) = &report.last_seal {
        output::line(format!("last seal {digest} of {at}: keep it elsewhere, and give it with --seal next time"));
    }
    for used in &report.keys {
        output::line(format!("sealed with the key {} from seal {} on", used.key, used.from_seal));
    }
    output::line(if report.holds() { "everything holds" } else { "this book does not hold" });
}
