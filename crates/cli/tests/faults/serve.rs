//! An installation in a folder of its own, and the program that serves it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use case::Digest;
use serde_json::Value;
use tempfile::TempDir;

use crate::{book::Book, scene::Scene};

/// The keystore's key is that of the node's first account.
const KEYSTORE: &str = include_str!("../../../act/tests/keys/guardian.json");
pub const PASSWORD: &str = "correct horse";
/// What messages to the war room are signed with.
pub const HOOK_SECRET: &str = "a-secret-that-signs-what-we-send";
/// What lets the tests in at the desk.
pub const TOKEN: &str = "bg-test-0123456789abcdef0123456789abcdef";
/// How long anything may take on a loaded machine.
const BOUND: Duration = Duration::from_secs(60);

/// A folder with all that `serve` reads.
pub struct Installation {
    pub folder: TempDir,
    /// Where the book is; in the folder, unless a test says otherwise.
    pub data: PathBuf,
    port: u16,
}

impl Installation {
    /// An installation that watches the scene over these nodes.
    pub fn new(scene: &Scene, rpc: &[String]) -> Self {
        let folder = TempDir::new().unwrap();
        let port = own_port();
        let data = folder.path().join("data");
        let installation = Self { folder, data, port };
        installation.write("guardian.json", KEYSTORE);
        installation.write("guardian.pass", PASSWORD);
        let hash = Digest::of_bytes(TOKEN.as_bytes());
        let tokens = format!("schema = 1\n[[token]]\nname = \"ada\"\nrole = \"responder\"\nsha256 = \"{hash}\"\n");
        installation.write("tokens.toml", &tokens);
        let rpc: Vec<String> = rpc.iter().map(|url| format!("\"{url}\"")).collect();
        installation.write(
            "breakglass.toml",
            &format!(
                "schema = 1\n[console]\nlisten = \"127.0.0.1:{port}\"\ntokens = \"tokens.toml\"\n[[chain]]\n\
                 id = \"eip155:31337\"\nrpc = [{}]\npending = false\n[signer.guardian]\nkeystore = \"guardian.json\"\n\
                 password_file = \"guardian.pass\"\n[policy]\nautomatic = \"reversible\"\n",
                rpc.join(", ")
            ),
        );
        installation.write(
            "protocol.toml",
            &format!(
                "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:31337\"\naddress = \"{}\"\n\
                 pause = \"pause()\"\nunpause = \"unpause()\"\nsigner = \"guardian\"\n",
                scene.vault
            ),
        );
        installation
    }

    /// Has a war room that is told.
    pub fn tells(&self, url: &str) {
        self.write("hook.secret", HOOK_SECRET);
        let hook = format!("[webhook.war-room]\nurl = \"{url}\"\nsecret_file = \"hook.secret\"\n[policy]");
        self.edit("breakglass.toml", "[policy]", &hook);
    }

    /// Writes a file that only its owner may read.
    pub fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Changes a file's text.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub fn book(&self) -> PathBuf {
        self.data.join("breakglass.db")
    }

    /// The command, to be changed before it is started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
        command.args(["serve", "--config", "breakglass.toml", "--protocol", "protocol.toml", "--data"]).arg(&self.data);
        command.current_dir(self.folder.path()).env_remove("BREAKGLASS_FAILPOINT");
        command.env("RUST_LOG", "info").env("NO_COLOR", "1");
        command
    }

    pub fn serve(&self) -> Serve {
        self.serve_as(&mut self.command())
    }

    pub fn serve_as(&self, command: &mut Command) -> Serve {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.expect("the program starts");
        let said = Arc::new(Mutex::new(String::new()));
        let out = listen(child.stdout.take().unwrap(), &said);
        let err = listen(child.stderr.take().unwrap(), &said);
        let desk = format!("http://127.0.0.1:{}", self.port);
        Serve {
            child,
            said,
            readers: vec![out, err],
            desk,
            token: TOKEN.to_owned(),
            book: self.book(),
            http: reqwest::Client::new(),
        }
    }

    /// Proves the book with the program itself, and reads it.
    pub async fn proved(&self) -> Book {
        let run = Command::new(env!("CARGO_BIN_EXE_breakglass")).arg("verify").arg(self.book()).output().unwrap();
        let said = String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap();
        assert!(run.status.success() && said.contains("everything holds"), "the book does not hold: {said}");
        Book::read(&self.book()).await.expect("there is a book")
    }
}

/// A port that is free, and that the system gives to nobody who asks for any: it has to be the same after a restart. Each
/// test is a process, and processes that run at one time have numbers near each other.
fn own_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(131);
    let port = |_| 20_000 + u16::try_from(first.wrapping_add(NEXT.fetch_add(1, Relaxed)) % 12_000).unwrap();
    (0..1_000).map(port).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a port is free")
}

fn listen(pipe: impl std::io::Read + Send + 'static, said: &Arc<Mutex<String>>) -> std::thread::JoinHandle<()> {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n') {
            // A pipe that breaks has said all that it will.
            let Ok(line) = line else { return };
            let mut said = said.lock().unwrap();
            said.push_str(&String::from_utf8_lossy(&line));
            said.push('\n');
        }
    })
}

/// The program at work.
pub struct Serve {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
    desk: String,
    token: String,
    book: PathBuf,
    http: reqwest::Client,
}

impl Serve {
    /// All that it printed so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Waits until it has ended; how, and all that it said.
    pub async fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                self.readers.drain(..).for_each(|reader| reader.join().unwrap());
                return (status, self.said());
            }
            assert!(begun.elapsed() < BOUND, "it does not end: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks it to stop, as an operator would, and sees that it does so cleanly; all that it said.
    pub async fn stop(self) -> String {
        self.signal("TERM");
        let (status, said) = self.end().await;
        assert!(status.success(), "it did not stop cleanly: {status}\n{said}");
        said
    }

    /// `kill -9`.
    pub async fn kill(self) -> String {
        self.signal("KILL");
        self.end().await.1
    }

    /// Waits until it follows the head and has looked at who may pause. A node that is asked for state while it mines
    /// may answer with that of the next block, so nothing is mined before.
    pub async fn ready(&mut self) {
        self.says("ready http").await;
        self.until("its look at who may pause", async |serve| serve.has_looked().then_some(())).await;
    }

    /// Whether it has looked at who may pause. In the demo the guardian cannot take a pause back, which it says.
    pub fn has_looked(&self) -> bool {
        self.said().contains("ready contract=")
    }

    /// Waits until it has said something.
    pub async fn says(&mut self, words: &str) {
        self.until(words, async |serve| serve.said().contains(words).then_some(())).await;
    }

    /// Waits until the book is as asked for.
    pub async fn book(&mut self, what: &str, fits: impl Fn(&Book) -> bool) -> Book {
        let path = self.book.clone();
        self.until(what, async |_| Book::read(&path).await.filter(|book| fits(book))).await
    }

    /// Waits until its head is the node's newest block and every alert was decided about.
    pub async fn follows(&mut self, scene: &Scene) -> Book {
        let height = scene.node.height().await;
        let hash = scene.node.hash(height).await;
        self.book(&format!("head {height}"), |book| {
            book.head.as_ref().is_some_and(|head| head.hash.to_string() == hash) && book.is_decided()
        })
        .await
    }

    /// Waits, within a bound, until there is something.
    pub async fn until<T>(&mut self, what: &str, mut look: impl AsyncFnMut(&mut Self) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(self).await {
                return found;
            }
            if let Some(status) = self.ended() {
                panic!("it ended ({status}) before {what}: {}", self.said());
            }
            assert!(begun.elapsed() < BOUND, "waited in vain for {what}: {}", last(&self.said()));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Uses another token from now on.
    pub fn enter_with(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// The desk's answer as it came.
    pub async fn text(&self, path: &str) -> String {
        let asked = self.http.get(format!("{}{path}", self.desk)).bearer_auth(&self.token);
        asked.send().await.unwrap().text().await.unwrap()
    }

    /// What the desk answers; none while it does not.
    pub async fn asked(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(format!("{}{path}", self.desk)).bearer_auth(&self.token).send().await.ok()?;
        let text = answer.text().await.ok()?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}")))
    }

    /// Waits until the desk's answer is as asked for.
    pub async fn desk(&mut self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.until(path, async |serve| serve.asked(path).await.filter(|value| fits(value))).await
    }
}

/// The end of a long text.
fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
