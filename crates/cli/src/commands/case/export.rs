//! `breakglass case export`: a case as a file that proves itself.

use std::{fs, io::Write as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use case::Digest;
use serde_json::json;
use store::Known;

use super::desk::Desk;
use crate::{args::case::ExportArgs, output};

pub async fn run(args: &ExportArgs) -> Result<ExitCode> {
    let file = args.out.display().to_string();
    if args.out.exists() {
        bail!("`{file}` is there already: nothing was written");
    }
    let desk = Desk::open(&args.desk).await?;
    let export = desk.export(&args.case).await?;
    if export.case != args.case {
        bail!("`{}` gave out the case `{}` where `{}` was asked", desk.name(), export.case, args.case);
    }
    let report = export.verify(&Known::default())?;
    if let Some(problem) = report.problems.first() {
        bail!(
            "the case does not hold, and nothing was written: {}: {}; prove the whole book with `breakglass verify`",
            problem.at,
            problem.says
        );
    }
    let bytes = export.to_json()?;
    write_new(&args.out, &bytes).with_context(|| format!("cannot write `{file}`"))?;
    let seal = report.last_seal.as_ref().map(|(digest, _)| digest.to_string());
    if args.desk.json {
        output::json(&json!({
            "from": desk.name(), "case": args.case, "file": file, "sha256": Digest::of_bytes(&bytes),
            "lines": export.entries.len(), "seals": export.seals.len(), "evidence": export.evidence.len(),
            "key": export.key, "seal": seal,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (lines, seals, evidence) = (export.entries.len(), export.seals.len(), export.evidence.len());
    output::line(format!("wrote `{file}`: {lines} lines, {seals} seals, {evidence} pieces of evidence"));
    output::line(format!("prove it with: breakglass verify {file} --key {}", export.key));
    Ok(ExitCode::SUCCESS)
}

/// The file is whole or not there, and what is there already is not written over.
///
/// # Errors
/// If it cannot be written, or is there already.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let unfinished = Path::new(&name);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(unfinished)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(unfinished, path));
    fs::remove_file(unfinished)?;
    Ok(written?)
}
