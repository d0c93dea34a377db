//! The processes of the demo, which end with it on every way out.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::stop::Stop;

/// How long a process may take to say that it is ready. A debug build on a loaded machine needs some seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long the service may take to end: the block under way, the seal.
const END_WITHIN: Duration = Duration::from_secs(30);

/// A service that said it is ready.
pub struct Serving {
    /// Where the desk is.
    pub url: String,
    /// What opens it.
    pub token: String,
}

/// Everything that was started.
pub struct Children {
    stop: Stop,
    anvil: Option<Child>,
    serve: Option<Child>,
}

impl Children {
    /// None yet.
    pub fn new(stop: Stop) -> Self {
        Self { stop, anvil: None, serve: None }
    }

    /// Starts a chain on a free port; `how` goes to anvil as it is.
    pub fn anvil(&mut self, anvil: &Path, folder: &Path, how: &[&str]) -> Result<u16> {
        // It writes a line for each question. Whoever read them here would take the machine's time from those it is shared
        // with.
        let path = folder.join("anvil.log");
        let log = log(folder, "anvil.log")?;
        let child = Command::new(anvil)
            .args(["--port", "0", "--chain-id", "31337"])
            .args(how)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("a file cannot be opened twice")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("`{}` cannot be started", anvil.display()))?;
        let child = self.anvil.insert(child);
        let port = self.stop.wait_for("a sign that it is ready", READY_WITHIN, || {
            let said = fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
            let mut lines = said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            if let Some(port) = lines.find_map(|line| line.strip_prefix("Listening on 127.0.0.1:")) {
                return Ok(Some(port.trim().to_owned()));
            }
            match child.try_wait()? {
                Some(status) => bail!("it ended ({status}): see `{}`", path.display()),
                None => Ok(None),
            }
        });
        let port = port.context("anvil did not say where it listens")?;
        port.parse().with_context(|| format!("anvil listens on `{port}`, which is no port"))
    }

    /// Starts the service and waits until it follows the chain.
    pub fn serve(&mut self, program: &Path, folder: &Path) -> Result<Serving> {
        let mut child = Command::new(program)
            .args(["serve", "--config", "breakglass.toml", "--protocol", "protocol.toml"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log(folder, "serve.log")?)
            .spawn()
            .with_context(|| format!("`{}` cannot be started", program.display()))?;
        let lines = lines(&mut child)?;
        self.serve = Some(child);
        let what = || format!("the service did not get ready: see `{}`", folder.join("serve.log").display());
        let token = self.said(&lines, |line| line.strip_prefix("token ").map(str::to_owned)).with_context(what)?;
        let url = self.said(&lines, |line| line.strip_prefix("ready ").map(str::to_owned)).with_context(what)?;
        Ok(Serving { url, token })
    }

    /// Asks the service to end, as an operator would.
    pub fn end_serve(&mut self) -> Result<()> {
        let Some(mut child) = self.serve.take() else { return Ok(()) };
        let id = child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().context("`kill` cannot be started")?;
        ensure!(asked.success(), "the service had ended before it was asked to");
        let start = Instant::now();
        loop {
            match child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("it ended with {status}"),
                None if start.elapsed() > END_WITHIN => {
                    self.serve = Some(child);
                    bail!("it had not ended {} s after it was asked to", END_WITHIN.as_secs());
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Waits for a line of a process.
    fn said(&self, lines: &mpsc::Receiver<String>, wanted: impl Fn(&str) -> Option<String>) -> Result<String> {
        self.stop.wait_for("a sign that it is ready", READY_WITHIN, || {
            loop {
                match lines.try_recv() {
                    Ok(line) => {
                        if let Some(found) = wanted(&line) {
                            return Ok(Some(found));
                        }
                    }
                    Err(mpsc::TryRecvError::Empty) => return Ok(None),
                    Err(mpsc::TryRecvError::Disconnected) => return Err(anyhow!("it ended")),
                }
            }
        })
    }

    /// Ends what still runs.
    pub fn end(&mut self) {
        for mut child in [self.serve.take(), self.anvil.take()].into_iter().flatten() {
            // It may have ended by itself, which is as good.
            let _: Result<ExitStatus, _> = child.kill().and_then(|()| child.wait());
        }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.end();
    }
}

fn log(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    File::create(&path).with_context(|| format!("`{}` cannot be written", path.display()))
}

/// What a process prints, line by line. It is read to the end, because a full pipe would stop the process.
fn lines(child: &mut Child) -> Result<mpsc::Receiver<String>> {
    let out = child.stdout.take().context("the process has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            // Nobody listens any more once it is ready.
            if sender.send(line).is_err() {
                continue;
            }
        }
    });
    Ok(receiver)
}
