//! What is left afterwards, and that it can be proved.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{desk::Desk, show::Show};

/// Takes a case out of the book, and has the export proved.
pub fn export(desk: &Desk, program: &Path, folder: &Path, case: &str, show: &mut Show) -> Result<()> {
    let path = folder.join(format!("{case}.json"));
    fs::write(&path, desk.export(case)?).with_context(|| format!("`{}` cannot be written", path.display()))?;
    let says = verify(program, folder, &path)?;
    show.setting("case", &format!("exported to {}: {says}", path.display()));
    Ok(())
}

/// Has the whole book proved, after the service has ended.
pub fn book(program: &Path, folder: &Path, show: &mut Show) -> Result<()> {
    let path = folder.join("breakglass.db");
    let says = verify(program, folder, &path)?;
    show.setting("book", &format!("in {}: {says}", path.display()));
    Ok(())
}

fn verify(program: &Path, folder: &Path, path: &Path) -> Result<String> {
    let run = Command::new(program).arg("verify").arg(path).arg("--json").current_dir(folder).output();
    let run = run.with_context(|| format!("`{}` cannot be started", program.display()))?;
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    if !run.status.success() {
        bail!("`breakglass verify {}` says no: {said}{}", path.display(), String::from_utf8_lossy(&run.stderr));
    }
    let report: Value = serde_json::from_str(said.trim()).context("`breakglass verify --json` printed no JSON")?;
    let count = |what: &str| report[what].as_u64().with_context(|| format!("the report does not count `{what}`"));
    let several = |number: u64, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    Ok(format!(
        "`breakglass verify` finds that {} under {} hold",
        several(count("entries")?, "line"),
        several(count("seals")?, "seal"),
    ))
}
