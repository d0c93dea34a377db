//! The web UI, built and checked by its own scripts.

use crate::{npm, progress, tools::cargo};
use anyhow::{Context as _, Result, bail};
use std::{
    env, fs,
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::SystemTime,
};

/// Whether there is a UI to build.
pub fn present(root: &Path) -> bool {
    root.join("ui/package.json").is_file()
}

/// Installs what it needs and builds it to `ui/dist`, which `console` embeds.
pub fn build(root: &Path) -> Result<()> {
    npm::ensure(&root.join("ui"))?;
    progress::command("Build the web UI", &mut script(root, "build"))
}

/// Builds it unless what was built is newer than what it is built from.
pub fn build_if_older(root: &Path) -> Result<()> {
    if is_newest(&root.join("ui"))? { Ok(()) } else { build(root) }
}

/// Whether there is a built page that is newer than its sources.
fn is_newest(ui: &Path) -> Result<bool> {
    let Some(built) = modified(&ui.join("dist/index.html"))? else { return Ok(false) };
    for source in ["src", "public", "index.html", "package-lock.json", "tsconfig.json", "vite.config.ts"] {
        if modified(&ui.join(source))?.is_some_and(|source| source > built) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// When a file, or the newest file of a folder, was last written; none if there is none.
fn modified(path: &Path) -> Result<Option<SystemTime>> {
    let what = || format!("`{}` cannot be looked at", path.display());
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(what),
    };
    let mut newest = Some(found.modified().with_context(what)?);
    if found.is_dir() {
        for entry in fs::read_dir(path).with_context(what)? {
            newest = newest.max(modified(&entry.with_context(what)?.path())?);
        }
    }
    Ok(newest)
}

/// Types, unit tests, and whether the API client is the one that the server describes.
pub fn check(root: &Path) -> Result<()> {
    npm::ensure(&root.join("ui"))?;
    progress::command("Check and test the web UI", &mut script(root, "check"))
}

/// Opens the page in a real browser against a running service. Where there is no browser that is a failure if
/// `needed`, else it is said and left out.
pub fn browse(root: &Path, needed: bool) -> Result<()> {
    let what = "Open the web UI in a browser";
    if !root.join("ui/e2e/run.mjs").is_file() || !root.join("crates/console/examples/showcase.rs").is_file() {
        return Ok(());
    }
    let browser = env::var_os("BREAKGLASS_CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !browser.is_file() {
        if needed {
            bail!("no browser at `{}`: install chromium, or name one in BREAKGLASS_CHROMIUM", browser.display());
        }
        progress::note(&format!("left out, there is no `{}`: {what}", browser.display()));
        return Ok(());
    }
    progress::step(what, || {
        let (service, ready) = Showcase::start(root)?;
        let mut words = ready.split_whitespace();
        let (Some("READY"), Some(url), Some(token), Some(viewer)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            bail!("the showcase said `{ready}` where `READY <url> <token> <viewer token>` was expected");
        };
        let mut pages = script(root, "e2e");
        pages.env("BREAKGLASS_URL", url).env("BREAKGLASS_TOKEN", token).env("BREAKGLASS_VIEWER_TOKEN", viewer);
        let outcome = progress::run(&mut pages);
        drop(service);
        outcome
    })
}

/// A service with a story in its book; it ends when this is dropped.
struct Showcase {
    process: Child,
    /// Held open, so that a line it says later does not end it.
    voice: BufReader<ChildStdout>,
}

impl Showcase {
    /// Starts it and waits for the one line it says when it listens, or for its end.
    fn start(root: &Path) -> Result<(Self, String)> {
        let build = ["build", "--quiet", "--locked", "-p", "breakglass-console", "--example", "showcase"];
        progress::run(cargo(root).args(build))?;
        let run = ["run", "--quiet", "--locked", "-p", "breakglass-console", "--example", "showcase"];
        let started = cargo(root).args(run).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut process = started.context("could not start the showcase")?;
        let voice = BufReader::new(process.stdout.take().context("the showcase has no stdout")?);
        let mut showcase = Self { process, voice };
        let mut line = String::new();
        showcase.voice.read_line(&mut line).context("could not read what the showcase says")?;
        Ok((showcase, line))
    }
}

impl Drop for Showcase {
    fn drop(&mut self) {
        // Cargo has become the service by now. A service that has ended already is what we want.
        if self.process.kill().is_ok() {
            self.process.wait().ok();
        }
    }
}

fn script(root: &Path, name: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", name]).current_dir(root.join("ui"));
    npm
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::Duration};

    use super::*;

    #[test]
    fn a_page_is_built_again_when_a_source_is_newer() {
        let ui = tempfile::tempdir().unwrap();
        let write = |name: &str, minute: u64| {
            let path = ui.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
            File::create(&path).unwrap().set_modified(at).unwrap();
            // A folder is as new as what happened in it, and this test is about files.
            File::open(path.parent().unwrap()).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        };
        write("src/view/deep.tsx", 5);
        File::open(ui.path().join("src")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!is_newest(ui.path()).unwrap(), "nothing is built yet");
        write("dist/index.html", 7);
        assert!(is_newest(ui.path()).unwrap());
        write("src/view/deep.tsx", 9);
        assert!(!is_newest(ui.path()).unwrap());
    }
}
