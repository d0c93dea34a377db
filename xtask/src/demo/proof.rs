//! What is left afterwards, and that it can be proved.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::desk::Desk;

/// Takes a case out of the book; where it is.
pub fn export(desk: &Desk, folder: &Path, case: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{case}.json"));
    fs::write(&path, desk.export(case)?).with_context(|| format!("`{}` cannot be written", path.display()))?;
    Ok(path)
}

/// Has the whole book proved, and the exported case by the key of the book; what is said about them.
pub fn verify(program: &Path, folder: &Path, case: &Path) -> Result<[String; 2]> {
    let book = report(Command::new(program).arg("verify").arg(folder.join("breakglass.db")))?;
    let key = book["keys"][0]["key"].as_str().context("the book does not say which key sealed it")?;
    let case = report(Command::new(program).arg("verify").arg(case).args(["--key", key]))?;
    let says = |what: &str, report: &Value| {
        let count = |name: &str, one: &str| match report[name].as_u64() {
            Some(1) => Ok(format!("1 {one}")),
            Some(several) => Ok(format!("{several} {one}s")),
            None => Err(anyhow::anyhow!("the report on {what} does not count `{name}`")),
        };
        Ok::<_, anyhow::Error>(format!(
            "{what}: {} under {}, everything holds",
            count("entries", "line")?,
            count("seals", "seal")?
        ))
    };
    Ok([says("the book", &book)?, says("the exported case, by the book's key", &case)?])
}

/// A path as it is shorter to read from the root of the repository.
pub fn near(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn report(verify: &mut Command) -> Result<Value> {
    let run = verify.arg("--json").output().context("`breakglass verify` cannot be started")?;
    let said = String::from_utf8_lossy(&run.stdout);
    let complaint = String::from_utf8_lossy(&run.stderr);
    ensure!(run.status.success(), "`breakglass verify` finds that something does not hold: {said}{complaint}");
    serde_json::from_str(said.trim()).context("`breakglass verify --json` printed no JSON")
}
