//! Broken and hostile files: each is named, with the line where there is one, and with what to do about it. Nothing is
//! opened and nothing is sent.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::{scene::Scene, serve::Installation};

/// What `command` says of the installation: exit code and both outputs, control characters and all.
fn run(installation: &Installation, command: &str) -> (i32, String) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_breakglass"));
    run.arg(command).args(["--config", "breakglass.toml", "--protocol", "protocol.toml"]);
    for folder in ["rules", "playbooks"] {
        if installation.folder.path().join(folder).exists() {
            run.args([format!("--{folder}"), folder.to_owned()]);
        }
    }
    let begun = Instant::now();
    let output = run.current_dir(installation.folder.path()).env("NO_COLOR", "1").output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "it took too long to refuse");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(said).expect("it speaks UTF-8"))
}

/// One broken file and the words that have to be said about it.
struct Broken {
    what: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
}

fn broken(what: &'static str, file: &'static str, bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Broken {
    Broken { what, file, bytes: bytes.into(), says }
}

/// A sound installation with a rule, a playbook and an ABI of its own.
fn whole(scene: &Scene) -> Installation {
    let installation = Installation::new(scene, &[scene.node.http()]);
    for folder in ["rules/value/large-native-outflow", "playbooks"] {
        std::fs::create_dir_all(installation.folder.path().join(folder)).unwrap();
    }
    installation.write("rules/value/large-native-outflow/rule.toml", RULE);
    installation.write("rules/value/large-native-outflow/page.md", PAGE);
    installation.write("playbooks/mine.toml", PLAYBOOK);
    installation.write("Vault.json", ABI);
    installation.edit("protocol.toml", "pause =", "abi = \"Vault.json\"\npause =");
    installation
}

const RULE: &str = include_str!("../../../../data/rules/value/large-native-outflow/rule.toml");
const PAGE: &str = include_str!("../../../../data/rules/value/large-native-outflow/page.md");
const PLAYBOOK: &str = include_str!("../../../../data/playbooks/pause-protocol.toml");
const ABI: &str = r#"[
  {"type":"function","name":"pause","inputs":[],"outputs":[],"stateMutability":"nonpayable"},
  {"type":"function","name":"unpause","inputs":[],"outputs":[],"stateMutability":"nonpayable"}
]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_is_named_with_line_and_remedy_and_nothing_is_started() {
    let Some(scene) = Scene::set().await else { return };
    let sound = whole(&scene);
    let (code, said) = run(&sound, "check");
    assert_eq!(code, 0, "{said}");
    let (config, protocol, keystore) =
        (sound.read("breakglass.toml"), sound.read("protocol.toml"), sound.read("guardian.json"));
    let rule = |from: &str, to: &str| {
        assert!(RULE.contains(from));
        RULE.replacen(from, to, 1)
    };
    let playbook = |from: &str, to: &str| {
        assert!(PLAYBOOK.contains(from));
        PLAYBOOK.replacen(from, to, 1)
    };
    let huge_number = keystore.replace("\"n\": 1024", "\"n\": 1073741824");
    assert_ne!(huge_number, keystore);
    let cases = vec![
        broken(
            "config: no TOML",
            "breakglass.toml",
            config.replacen("[[chain]]", "[[chain]", 1),
            &["breakglass.toml:5:"],
        ),
        broken(
            "config: unknown key",
            "breakglass.toml",
            config.replacen("listen", "listne", 1),
            &["unknown key `listne` at breakglass.toml:3:1", "did you mean `listen`?"],
        ),
        broken(
            "config: wrong type",
            "breakglass.toml",
            config.replacen("rpc = [", "rpc = [7, ", 1),
            &["breakglass.toml:7:"],
        ),
        broken("config: no UTF-8", "breakglass.toml", b"schema = 1 # \xff\xfe".to_vec(), &["breakglass.toml", "UTF-8"]),
        broken(
            "config: too large",
            "breakglass.toml",
            " ".repeat(2 << 20),
            &["breakglass.toml", "at most 1048576 are read"],
        ),
        broken(
            "config: hostile",
            "breakglass.toml",
            config.replacen("eip155:31337", "\\u001b[2J\\u202Eeip155", 1),
            &["breakglass.toml:6:", "CAIP-2"],
        ),
        broken(
            "config: a newer schema",
            "breakglass.toml",
            config.replacen("schema = 1", "schema = 2", 1),
            &["has schema 2, this program reads 1"],
        ),
        broken(
            "protocol: wrong checksum",
            "protocol.toml",
            protocol.replacen(&scene.vault.to_string(), "0x00000000000000000000000000000000000000Gg", 1),
            &["protocol.toml:6:"],
        ),
        broken(
            "protocol: unknown function",
            "protocol.toml",
            protocol.replacen("\"pause()\"", "\"pause(\"", 1),
            &["protocol.toml:8:"],
        ),
        broken(
            "ABI: no JSON",
            "Vault.json",
            "[{\"type\": \"function\",\n \"name\"",
            &["not an ABI: ", " at Vault.json:2:7; give a Foundry or Hardhat artifact"],
        ),
        broken("ABI: no ABI", "Vault.json", "{\"pause\": true}", &["Vault.json"]),
        broken("ABI: another contract's", "Vault.json", "[]", &["Vault.json", "pause"]),
        broken("ABI: no UTF-8", "Vault.json", b"[\xff]".to_vec(), &["Vault.json"]),
        broken("ABI: too large", "Vault.json", " ".repeat(64 << 20), &["Vault.json"]),
        broken(
            "keystore: wrong password",
            "guardian.pass",
            "wrong horse",
            &["signer.guardian: the password does not open keystore", "guardian.json", "correct the password file"],
        ),
        broken(
            "keystore: truncated",
            "guardian.json",
            &keystore.as_bytes()[..200],
            &["guardian.json", "is not JSON (line ", "restore it from a backup"],
        ),
        broken("keystore: no JSON", "guardian.json", "-----BEGIN", &["guardian.json", "is not JSON (line 1, column "]),
        broken(
            "keystore: no UTF-8",
            "guardian.json",
            b"{\"version\": \"\xff\"}".to_vec(),
            &["guardian.json", "line 1", "restore it from a backup"],
        ),
        broken("keystore: eats memory", "guardian.json", huge_number, &["guardian.json", "the limit is 536870912"]),
        broken(
            "rule: CEL that does not parse",
            "rules/value/large-native-outflow/rule.toml",
            rule("flow.amount >= params.min_amount", "flow.amount >= >= 3"),
            &["rules/value/large-native-outflow/rule.toml:23:"],
        ),
        broken(
            "rule: unknown field",
            "rules/value/large-native-outflow/rule.toml",
            rule("flow.amount >=", "flow.amuont >="),
            &["rules/value/large-native-outflow/rule.toml:23:", "amount"],
        ),
        broken(
            "rule: float",
            "rules/value/large-native-outflow/rule.toml",
            rule("params.min_amount", "1.5"),
            &["rules/value/large-native-outflow/rule.toml:23:"],
        ),
        broken(
            "rule: no TOML",
            "rules/value/large-native-outflow/rule.toml",
            rule("[needs]", "[needs"),
            &["rules/value/large-native-outflow/rule.toml:12:"],
        ),
        broken(
            "rule: unknown key",
            "rules/value/large-native-outflow/rule.toml",
            rule("severity =", "severty ="),
            &["unknown key `severty`", "rule.toml:6:", "did you mean `severity`?"],
        ),
        broken("rule: no page", "rules/value/large-native-outflow/page.md", "", &["large-native-outflow", "page.md"]),
        broken("playbook: no TOML", "playbooks/mine.toml", playbook("[when]", "[when"), &["playbooks/mine.toml:5:"]),
        broken(
            "playbook: unknown key",
            "playbooks/mine.toml",
            playbook("approvals = 1", "aprovals = 1"),
            &["playbooks/mine.toml:16:", "approvals"],
        ),
        broken(
            "playbook: its own test fails",
            "playbooks/mine.toml",
            playbook("by guardian, reversible", "by somebody, reversible"),
            &["playbooks/mine.toml", "by guardian, reversible"],
        ),
        broken("playbook: no UTF-8", "playbooks/mine.toml", b"\xff".to_vec(), &["playbooks/mine.toml", "UTF-8"]),
    ];
    let mut wrong = Vec::new();
    for case in cases {
        let installation = whole(&scene);
        let path = installation.folder.path().join(case.file);
        std::fs::write(&path, &case.bytes).unwrap();
        for command in ["check", "serve"] {
            let (code, said) = run(&installation, command);
            let shown: String = said.chars().take(600).collect();
            let missing: Vec<_> = case.says.iter().filter(|words| !said.contains(**words)).collect();
            let raw = said.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}'));
            if code != 2 || !missing.is_empty() || raw.is_some() || said.len() > 8_000 || said.contains("panicked") {
                wrong.push(format!("{} ({command}): code {code}, without {missing:?}, {raw:?}: {shown}", case.what));
            }
        }
        assert!(!installation.book().exists() || !Path::new(&installation.book()).exists(), "{}", case.what);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
