//! The processes of the demo, which end with it on every way out.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// How long a process may take to say that it is ready. A debug build on a loaded machine needs some seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long the service may take to end: the block under way, the seal.
const END_WITHIN: Duration = Duration::from_secs(30);

/// Set when somebody asks the demo to stop.
#[derive(Clone)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for Ctrl-C and SIGTERM.
    pub fn on_signals() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&asked)).context("signals cannot be heard")?;
        }
        Ok(Self(asked))
    }

    /// Fails once somebody asked to stop.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.0.load(Ordering::Relaxed), "stopped before the end, as asked");
        Ok(())
    }

    /// Looks every few milliseconds until there is something, within a bound.
    pub fn wait_for<T>(&self, what: &str, within: Duration, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let mut look = look;
        let start = Instant::now();
        loop {
            self.check()?;
            if let Some(found) = look()? {
                return Ok(found);
            }
            ensure!(start.elapsed() < within, "{what} did not come within {} s", within.as_secs());
            thread::sleep(Duration::from_millis(15));
        }
    }
}

/// A service that said it is ready.
pub struct Serving {
    /// Where the desk is.
    pub url: String,
    /// What opens it.
    pub token: String,
}

/// Everything that was started.
#[derive(Default)]
pub struct Children {
    anvil: Option<Child>,
    serve: Option<Child>,
}

impl Children {
    /// Starts a chain on a free port.
    pub fn anvil(&mut self, anvil: &Path, folder: &Path) -> Result<u16> {
        let mut child = Command::new(anvil)
            .args(["--port", "0", "--accounts", "30", "--chain-id", "31337"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log(folder, "anvil.log")?)
            .spawn()
            .with_context(|| format!("`{}` cannot be started", anvil.display()))?;
        let lines = lines(&mut child)?;
        self.anvil = Some(child);
        let port = said(&lines, |line| line.strip_prefix("Listening on 127.0.0.1:").map(str::to_owned))
            .context("anvil did not say where it listens")?;
        port.trim().parse().with_context(|| format!("anvil listens on `{port}`, which is no port"))
    }

    /// Starts the service and waits until it follows the chain.
    pub fn serve(&mut self, program: &Path, folder: &Path, stop: &Stop) -> Result<Serving> {
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
        stop.check()?;
        let token = said(&lines, |line| line.strip_prefix("token ").map(str::to_owned)).with_context(what)?;
        let url = said(&lines, |line| line.strip_prefix("ready ").map(str::to_owned)).with_context(what)?;
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

fn said(lines: &mpsc::Receiver<String>, wanted: impl Fn(&str) -> Option<String>) -> Result<String> {
    let start = Instant::now();
    loop {
        let left = READY_WITHIN.saturating_sub(start.elapsed());
        let line = lines.recv_timeout(left).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => anyhow::anyhow!("it said nothing for {} s", READY_WITHIN.as_secs()),
            mpsc::RecvTimeoutError::Disconnected => anyhow::anyhow!("it ended"),
        })?;
        if let Some(found) = wanted(&line) {
            return Ok(found);
        }
    }
}
