//! Cases from the terminal: while the service runs, after it was stopped, and after it was killed.

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    Ran,
    anvil::Anvil,
    breakglass, breakglass_with,
    scene::Scene,
    serve::{Installation, Serve, TOKEN},
};

/// An installation whose service holds a case with a plan that waits for a person.
struct Desk {
    scene: Scene,
    installation: Installation,
    /// None once it was stopped.
    serve: Option<Serve>,
    case: String,
}

impl Desk {
    /// None where anvil is not installed.
    async fn open(change: impl Fn(&Installation)) -> Option<Self> {
        let scene = Scene::set().await?;
        let installation = Installation::new(&scene, &[scene.node.ws(), scene.node.http()]);
        installation.edit("breakglass.toml", "automatic = \"reversible\"", "automatic = \"never\"");
        change(&installation);
        let mut serve = installation.serve();
        serve.says("ready http://").await;
        serve.follows(&scene).await;
        scene.attack().await;
        scene.node.mine(1).await;
        let rehearsed = |case: &case::Incident| {
            case.plan().is_some_and(|plan| plan.steps.iter().all(|step| step.rehearsal.is_some()))
        };
        let book = serve.book("a rehearsed plan", |book| book.cases.iter().any(rehearsed)).await;
        let case = book.cases.iter().find(|case| rehearsed(case)).unwrap().id.to_string();
        Some(Self { scene, installation, serve: Some(serve), case })
    }

    /// `breakglass case …` as on the machine of the service.
    fn run(&self, arguments: &[&str]) -> Ran {
        let data = self.installation.data.display().to_string();
        breakglass(self.installation.folder.path(), &[&["case"], arguments, &["--data", &data]].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.installation.folder.path().join(name)
    }

    fn verify(&self, arguments: &[&str]) -> Ran {
        breakglass(self.installation.folder.path(), &[&["verify"], arguments].concat())
    }
}

fn without_tokens(installation: &Installation) {
    installation.edit("breakglass.toml", "tokens = \"tokens.toml\"\n", "");
}

/// The incidents of a list, without where they were read.
fn incidents(ran: &Ran) -> Value {
    let list = ran.json();
    assert_eq!(list["more"], false);
    list["incidents"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_responder_reads_approves_closes_and_takes_out_a_case() {
    let Some(mut desk) = Desk::open(without_tokens).await else { return };
    let case = desk.case.clone();

    // The service left its fresh token for its owner, and nobody copies it by hand.
    let token = desk.installation.data.join("token");
    assert_eq!(std::fs::metadata(&token).unwrap().permissions().mode() & 0o777, 0o600);
    let listed = desk.run(&["list", "--json"]);
    assert_eq!(incidents(&listed)[0]["id"], case.as_str());
    assert!(listed.json()["from"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(desk.run(&["list"]).text().contains("1 to approve"), "{}", desk.run(&["list"]).out);
    let shown = desk.run(&["show", &case]);
    for words in [
        "CRITICAL",
        "victim      Vault (eip155:31337:",
        "WAITS FOR LEAVE",
        "rehearsal  works on block",
        "can be taken back by unpause()",
        "WHAT HAPPENED",
        "case opened as critical",
        "because opened the case",
        " ETH (",
    ] {
        assert!(shown.text().contains(words), "no `{words}` in:\n{}", shown.out);
    }

    // Nothing is approved that was not meant.
    desk.run(&["approve", &case]).refused("nobody is here to ask; add --yes");
    desk.run(&["approve", &case, "--yes", "--plan", "000000000000"]).refused("the plan has changed");
    desk.run(&["approve", &case, "--yes", "--plan", "00"]).refused("is too short");
    desk.run(&["approve", &case, "--yes", "--step", "dance"])
        .refused("the plan has no step `dance`: it has `pause-vault`");
    desk.run(&["approve", "bg-000000000000", "--yes"]).refused("no incident has the id `bg-000000000000`");
    desk.run(&["list", "--token", "wrong"]).refused("does not know this token");
    let given = std::fs::read_to_string(&token).unwrap();
    let stranger = ["list", "--url", "http://127.0.0.1:1", "--token", given.trim()];
    desk.run(&stranger).refused("no service answers at `http://127.0.0.1:1`");
    assert!(!desk.scene.is_paused().await);

    let plan = desk.run(&["show", &case, "--json"]).json()["incident"]["plan"]["digest"].clone();
    let approved = desk.run(&["approve", &case, "--yes", "--plan", plan.as_str().unwrap(), "--json"]).json();
    assert_eq!(approved["approved"][0]["approvals"][0]["by"]["name"], "responder");
    let (serve, scene) = (desk.serve.as_mut().unwrap(), &desk.scene);
    serve.until("the pause on its way", async |_| (scene.waiting_of(0).await == 1).then_some(())).await;
    scene.node.mine(1).await;
    serve.book("the pause confirmed", |book| book.is_contained()).await;
    assert!(desk.scene.is_paused().await);
    assert_eq!(desk.run(&["approve", &case, "--yes"]).code, 1, "nothing waits any more");

    desk.run(&["close", &case, "--why", " "]).refused("say why");
    assert!(desk.run(&["close", &case, "--why", "paused\x1b[2J\nin time"]).text().contains("closed as resolved"));
    desk.run(&["close", &case, "--why", "no", "--as", "false-alarm"]).refused("closed with another resolution");
    let shown = desk.run(&["show", &case]);
    assert!(shown.text().contains("noted: paused\\u{1b}[2J\\nin time"), "{}", shown.out);

    let exported = desk.run(&["export", &case, "--out", "case.json", "--json"]).json();
    desk.run(&["export", &case, "--out", "case.json"]).refused("is there already");
    let (key, seal) = (exported["key"].as_str().unwrap(), exported["seal"].as_str().unwrap());
    assert!(desk.verify(&["case.json", "--key", key, "--seal", seal]).text().contains("everything holds"));
    assert_eq!(desk.verify(&["case.json", "--key", &"0".repeat(64)]).code, 1);
    assert_eq!(desk.verify(&["case.json", "--seal", &"0".repeat(64)]).code, 1);
    let book = desk.installation.book().display().to_string();
    assert_eq!(desk.verify(&[&book, "--key", key, "--seal", seal]).code, 0);
    assert_eq!(desk.verify(&[&book, "--key", &"0".repeat(64)]).code, 1);
    let text = std::fs::read_to_string(desk.path("case.json")).unwrap();
    std::fs::write(desk.path("changed.json"), text.replacen("in time", "too late", 1)).unwrap();
    assert_eq!(desk.verify(&["changed.json"]).code, 1);

    // Afterwards the book says the same, with nobody serving it.
    let served = (incidents(&desk.run(&["list", "--json"])), desk.run(&["show", &case, "--json"]).json());
    desk.serve.take().unwrap().stop().await;
    assert!(!token.exists(), "a token that opens nothing was left");
    let listed = desk.run(&["list", "--json"]);
    assert!(listed.err.contains("no service answers at `http://127.0.0.1:"), "{}", listed.err);
    let read = (incidents(&listed), desk.run(&["show", &case, "--json"]).json());
    assert_eq!(read.0, served.0);
    assert_eq!(
        (&read.1["incident"]["head"], &read.1["entries"]),
        (&served.1["incident"]["head"], &served.1["entries"])
    );
    desk.run(&["approve", &case, "--yes"]).refused("start `breakglass serve`");
    let text = desk.installation.read("breakglass.toml");
    let line = text.lines().find(|line| line.starts_with("listen")).unwrap().to_owned();
    desk.installation.edit("breakglass.toml", &line, "listen = \"127.0.0.1:0\"");
    assert_eq!(incidents(&desk.run(&["list", "--json"])), served.0);
    desk.run(&["close", &case, "--why", "done"])
        .refused("chooses the port that the service listens on: give the service with --url");
    let again = desk.run(&["export", &case, "--out", "again.json", "--json"]).json();
    assert_eq!(again["sha256"], exported["sha256"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_crash_the_book_is_sealed_before_a_case_is_taken_out() {
    let Some(mut desk) = Desk::open(without_tokens).await else { return };
    let case = desk.case.clone();
    desk.serve.take().unwrap().kill().await;
    // What the dead service left opens nothing, and nobody is there to try it on.
    assert!(desk.installation.data.join("token").exists());
    let key = desk.installation.data.join("seal.key");
    let away = desk.path("away.key");
    std::fs::rename(&key, &away).unwrap();
    desk.run(&["export", &case, "--out", "case.json"]).refused("there is no key to seal with");
    assert!(!key.exists(), "a key was made up");
    std::fs::rename(&away, &key).unwrap();
    let exported = desk.run(&["export", &case, "--out", "case.json"]);
    assert!(exported.err.contains("the book is sealed first"), "{}", exported.err);
    assert!(exported.text().contains("prove it with: breakglass verify case.json --key "));
    assert!(desk.verify(&["case.json"]).text().contains("everything holds"));
    desk.run(&["export", "bg-000000000000", "--out", "none.json"]).refused("no case has the id `bg-000000000000`");
    assert!(!desk.path("none.json").exists());
    desk.installation.proved().await;
}

/// What a person at a terminal sees who types this and then `answer`; none where no terminal can be made.
fn at_a_terminal(desk: &Desk, arguments: &str, answer: &str) -> Option<(bool, String)> {
    let program = env!("CARGO_BIN_EXE_breakglass");
    let command = format!("{program} case {arguments} --data {}", desk.installation.data.display());
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).current_dir(desk.installation.folder.path());
    let spawned = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = spawned else {
        println!("skipped: there is no `script` here to make a terminal");
        return None;
    };
    child.stdin.as_mut().unwrap().write_all(format!("{answer}\n").as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    Some((done.status.success(), String::from_utf8(done.stdout).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sits_at_a_terminal_is_asked() {
    let Some(desk) = Desk::open(without_tokens).await else { return };
    let approve = format!("approve {}", desk.case);
    let Some((done, said)) = at_a_terminal(&desk, &approve, "n") else { return };
    assert!(!done && said.contains("give leave for this step of this plan? [y/N]"), "{said}");
    assert!(said.contains("rehearsal  works on block") && said.contains("nothing was approved"), "{said}");
    assert_eq!(desk.scene.waiting_of(0).await, 0);
    let (done, said) = at_a_terminal(&desk, &approve, "y").unwrap();
    assert!(done && said.contains("approved pause-vault of plan"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_file_of_tokens_a_person_gives_their_own() {
    let Some(desk) = Desk::open(|_| {}).await else { return };
    assert!(!desk.installation.data.join("token").exists());
    desk.run(&["list"]).refused("give one with --token or BREAKGLASS_TOKEN");
    assert_eq!(incidents(&desk.run(&["list", "--token", TOKEN, "--json"]))[0]["id"], desk.case.as_str());
    let from_env =
        breakglass_with(desk.installation.folder.path(), &["case", "list", "--json"], &[("BREAKGLASS_TOKEN", TOKEN)]);
    assert_eq!(incidents(&from_env)[0]["id"], desk.case.as_str());
    // A token that others may read is not used.
    desk.installation.write("data/token", TOKEN);
    std::fs::set_permissions(desk.installation.data.join("token"), std::fs::Permissions::from_mode(0o644)).unwrap();
    desk.run(&["list"]).refused("others may read the access token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_told_in_json_that_the_service_is_ready() {
    let Some(scene) = Scene::set().await else { return };
    let installation = Installation::new(&scene, &[scene.node.http()]);
    without_tokens(&installation);
    let mut serve = installation.serve_as(installation.command().arg("--json"));
    serve.says("\"ready\":\"http://").await;
    let left = std::fs::read_to_string(installation.data.join("token")).unwrap();
    let said = serve.stop().await;
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let ready = lines.iter().find(|line| line["ready"].is_string()).unwrap();
    assert_eq!(ready["token"], left.trim());
    assert!(lines.iter().any(|line| line["level"] == "INFO"), "the log is JSON too: {said}");
}

#[test]
fn what_is_no_installation_and_no_service_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |arguments: &[&str]| breakglass(folder.path(), arguments);
    run(&["case", "list"]).refused("give the installation with --config, or a service with --url");
    run(&["case", "list", "--url", "ftp://somewhere"]).refused("expected `http://host:port`");
    run(&["case", "show", "17"]).refused("expected `bg-` and 12 hex digits");
    run(&["init"]).text();
    run(&["case", "list"]).refused("has this installation served?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_and_is_not_ours_is_not_believed() {
    let Some(node) = Anvil::start(&[]) else { return };
    let folder = tempfile::TempDir::new().unwrap();
    let run = breakglass(folder.path(), &["case", "list", "--url", &node.http(), "--token", "x"]);
    run.refused("is not a service of ours");
}
