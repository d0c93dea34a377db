//! A team says what it will change, and does it, or something else, or nothing.

use std::process::{Command, Output};

use alloy_primitives::Address;
use case::Timestamp;
use serde_json::json;

use crate::{
    scene::{Scene, call, padded, word},
    serve::{Installation, Serve, TOKEN},
};

/// So many seconds after a moment.
fn later(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second() + seconds).unwrap()
}

/// The account that administers the vault.
const ADMIN: usize = 1;

struct Team {
    scene: Scene,
    installation: Installation,
    serve: Serve,
    /// The time that the next blocks are given begins here.
    began: Timestamp,
}

impl Team {
    async fn gather() -> Option<Self> {
        let scene = Scene::set().await?;
        let installation = Installation::new(&scene, &[scene.node.http()]);
        let mut serve = installation.serve();
        serve.ready().await;
        Some(Self { scene, installation, serve, began: Timestamp::now() })
    }

    /// `breakglass announce …` as on the machine of the service.
    fn announce(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
        command.arg("announce").args(arguments).arg("--data").arg(&self.installation.data);
        command.current_dir(self.installation.folder.path()).env("BREAKGLASS_TOKEN", TOKEN).output().unwrap()
    }

    /// Announces that the vault will run other code, until so many seconds from the beginning.
    fn announce_upgrade(&self, to: Address, until_s: i64) -> String {
        let (by, vault) = (self.scene.accounts[ADMIN].to_string(), self.scene.vault.to_string());
        let (to, until) = (to.to_string(), later(self.began, until_s).to_string());
        let ran = self.announce(&[
            "add",
            "--title",
            "Vault to its next version",
            "--chain",
            "eip155:31337",
            "--by",
            &by,
            "--contract",
            &vault,
            "--implementation",
            &to,
            "--until",
            &until,
            "--json",
        ]);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        told["announcement"]["id"].as_str().unwrap().to_owned()
    }

    /// Mines what waits in a block of this time, in seconds from the beginning, and waits until it was looked at.
    async fn mine_at(&mut self, seconds: i64) {
        let time = later(self.began, seconds).as_second();
        self.scene.node.ask("evm_setNextBlockTimestamp", json!([time])).await;
        self.scene.node.mine(1).await;
        self.serve.follows(&self.scene).await;
    }

    async fn upgrade(&mut self, to: Address, at_s: i64) {
        let data = call("upgradeToAndCall(address,bytes)", &[padded(to), word(64_u64), word(0_u64)]);
        self.scene.send(ADMIN, Some(self.scene.vault), 0, &data).await;
        self.mine_at(at_s).await;
    }

    /// Another copy of the vault's code.
    async fn code(&mut self) -> Address {
        let path = format!("{}/../../contracts/artifacts/Vault.json", env!("CARGO_MANIFEST_DIR"));
        let artifact: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let code = artifact["bytecode"].as_str().unwrap().to_owned();
        let at = self.scene.create(self.scene.accounts[ADMIN], &code).await;
        self.serve.follows(&self.scene).await;
        at
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_announced_is_no_alarm_and_what_differs_from_it_or_does_not_happen_is() {
    let Some(mut team) = Team::gather().await else { return };
    let (next, other, wrong) = (team.code().await, team.code().await, team.code().await);

    // Announced and done: for information, and nobody is woken.
    let done = team.announce_upgrade(next, 1_000);
    team.upgrade(next, 600).await;
    let book = team.serve.follows(&team.scene).await;
    let about = |rule: &str, id: &str| {
        let alerts = book.alerts(rule);
        let its = alerts.iter().map(|line| line.payload["alert"].clone());
        its.filter(|alert| alert["announcement"]["id"] == *id).collect::<Vec<_>>()
    };
    for (rule, fit) in
        [("announced-change", "done"), ("privileged-change", "excused"), ("implementation-upgraded", "excused")]
    {
        let [alert] = &about(rule, &done)[..] else { panic!("{rule}: {:#?}", book.story()) };
        assert_eq!((&alert["severity"], &alert["announcement"]["fit"]), (&json!("info"), &json!(fit)), "{rule}");
    }
    assert_eq!(book.cases.len(), 0, "{:#?}", book.story());

    // Announced, and something else done: an alarm that says what is not as announced.
    let differs = team.announce_upgrade(other, 2_000);
    team.upgrade(wrong, 1_600).await;
    let book = team.serve.book("a case", |book| !book.cases.is_empty() && book.is_decided()).await;
    let alerts: Vec<_> = book.alerts("announced-change").iter().map(|line| line.payload["alert"].clone()).collect();
    let alarm = alerts.iter().find(|alert| alert["announcement"]["fit"] == "deviates").unwrap();
    assert_eq!((&alarm["severity"], &alarm["announcement"]["id"]), (&json!("critical"), &json!(differs)));
    let says = alarm["message"].as_str().unwrap();
    assert!(says.contains(&format!("it is {wrong}, not {other}")) && says.contains("ada"), "{says}");

    // What a bundle says of it is proved with the announcement that it carries.
    let case = book.cases[0].id.to_string();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
        command.args(arguments).current_dir(team.installation.folder.path()).env("BREAKGLASS_TOKEN", TOKEN);
        let ran = command.output().unwrap();
        String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap()
    };
    let data = team.installation.data.display().to_string();
    let made = run(&["evidence", &case, "--out", "case.tar.gz", "--data", &data]);
    assert!(made.contains("wrote `case.tar.gz`"), "{made}");
    let proved = run(&["verify", "case.tar.gz"]);
    let about = |line: &&str| line.contains("(announced-change)");
    let lines: Vec<&str> = proved.lines().filter(about).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("proved")), "{proved}");
    assert!(proved.contains(&format!("announcement {differs}: that ada announced it")), "{proved}");
    assert!(proved.contains(" 0 broken"), "{proved}");

    // Nothing done: said once, with the first block after the window, and not again after a restart.
    team.mine_at(2_001).await;
    team.mine_at(2_010).await;
    let Team { scene, installation, serve, began } = team;
    serve.stop().await;
    let mut serve = installation.serve();
    serve.ready().await;
    let mut team = Team { scene, installation, serve, began };
    team.mine_at(2_020).await;
    team.serve.stop().await;
    let book = team.installation.proved().await;
    let absent = book
        .alerts("announced-change")
        .iter()
        .filter(|line| line.payload["alert"]["announcement"]["fit"] == "absent")
        .count();
    assert_eq!(absent, 1, "{:#?}", book.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_after_the_fact_excuses_nothing() {
    let Some(mut team) = Team::gather().await else { return };
    let next = team.code().await;
    team.upgrade(next, 600).await;
    team.announce_upgrade(next, 1_000);
    team.mine_at(700).await;
    let book = team.serve.follows(&team.scene).await;
    let alerts = book.alerts("privileged-change");
    let last = alerts.last().unwrap().payload["alert"].clone();
    assert_eq!((&last["severity"], &last["announcement"]), (&json!("high"), &serde_json::Value::Null));
    assert_eq!(book.cases.len(), 1, "{:#?}", book.story());
    team.serve.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reorganisation_moves_nothing_behind_an_announcement_that_was_made_after_it() {
    let Some(mut team) = Team::gather().await else { return };
    let next = team.code().await;
    let data = call("upgradeToAndCall(address,bytes)", &[padded(next), word(64_u64), word(0_u64)]);
    let upgrade = team.scene.send(ADMIN, Some(team.scene.vault), 0, &data).await;
    let raw = team.scene.node.ask("eth_getRawTransactionByHash", json!([upgrade])).await;
    team.mine_at(600).await;
    let book = team.serve.book("an alarm", |book| book.cases.len() == 1 && book.is_decided()).await;
    let alarms = book.alerts("privileged-change").len();
    // Announced when it has been seen; then the chain puts the same transaction into a later block.
    team.announce_upgrade(next, 5_000);
    team.scene.node.ask("anvil_reorg", json!([1, []])).await;
    team.scene.node.ask("eth_sendRawTransaction", json!([raw])).await;
    team.mine_at(1_200).await;
    let receipt = team.scene.receipt(&upgrade).await;
    assert_eq!(receipt["status"], "0x1");
    let again = |book: &crate::book::Book| book.alerts("privileged-change").len() == alarms + 1 && book.is_decided();
    let book = team.serve.book("the alarm again", again).await;
    let alerts = book.alerts("privileged-change");
    let last = &alerts.last().unwrap().payload["alert"];
    assert_eq!((&last["severity"], &last["announcement"]), (&json!("high"), &serde_json::Value::Null), "{last}");
    assert_eq!(last["tx"], json!(upgrade));
    assert!(book.alerts("announced-change").is_empty(), "{:#?}", book.story());
    assert_eq!(book.cases[0].standing, case::Standing::Stands);

    // So does a restart, which knows of the announcement from the book alone.
    team.serve.stop().await;
    let mut serve = team.installation.serve();
    serve.ready().await;
    team.serve = serve;
    team.scene.node.ask("anvil_reorg", json!([1, []])).await;
    team.scene.node.ask("eth_sendRawTransaction", json!([raw])).await;
    team.mine_at(1_300).await;
    let book = team.serve.follows(&team.scene).await;
    assert!(book.alerts("announced-change").is_empty() && book.alerts("privileged-change").len() == alarms + 2);
    team.serve.stop().await;
}
