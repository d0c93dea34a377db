//! Evidence is taken out of a running installation and proved elsewhere, with the node gone; and out of recorded blocks.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Ran, breakglass, files::exploit, scene::Scene, serve::Installation};

/// Proves a bundle in an empty folder, with nothing in the environment.
fn verify(bundle: &Path, arguments: &[&str]) -> Ran {
    let elsewhere = TempDir::new().unwrap();
    let copy = elsewhere.path().join("bundle.tar.gz");
    std::fs::copy(bundle, &copy).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakglass"));
    command.args(["verify", "bundle.tar.gz"]).args(arguments).current_dir(elsewhere.path()).env_clear();
    let run = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: run.status.code().unwrap(), out: text(run.stdout), err: text(run.stderr) }
}

/// How many lines of a list of a verdict say this.
fn count(verdict: &Value, list: &str, says: &str) -> usize {
    let lines = verdict["verdict"][list].as_array().unwrap();
    lines.iter().filter(|line| line["says"].as_str().unwrap().contains(says)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_and_our_answer_to_it_are_proved_with_the_node_gone() {
    let Some(scene) = Scene::set().await else { return };
    let installation = Installation::new(&scene, &[scene.node.http()]);
    installation.edit("breakglass.toml", "tokens = \"tokens.toml\"\n", "");
    let mut serve = installation.serve();
    serve.ready().await;
    serve.follows(&scene).await;
    scene.attack().await;
    scene.node.mine(1).await;
    serve.until("the pause on its way", async |_| (scene.waiting_of(0).await == 1).then_some(())).await;
    scene.node.mine(1).await;
    let book = serve.book("the pause confirmed", |book| book.is_contained() && book.is_through()).await;
    let case = book.cases[0].id.to_string();
    let folder = installation.folder.path();
    let data = installation.data.display().to_string();
    let evidence = |out: &str, more: &[&str]| {
        breakglass(folder, &[&["evidence", &case, "--out", out, "--data", &data, "--json"], more].concat())
    };
    let made = evidence("a.tar.gz", &[]).json();
    assert_eq!((&made["missing"], &made["blocks"]), (&json!([]), &json!(2)), "{made}");
    assert_eq!(made["blocks_with_state_proofs"], 2, "{made}");
    assert_eq!(made["transactions"], 2, "{made}");
    // The same case and node give the same bytes; what is there is not written over.
    assert_eq!(evidence("b.tar.gz", &[]).json()["bundle"], made["bundle"]);
    assert!(std::fs::read(folder.join("a.tar.gz")).unwrap() == std::fs::read(folder.join("b.tar.gz")).unwrap());
    evidence("a.tar.gz", &[]).refused("is there already");

    serve.stop().await;
    scene.node.stop();
    let key = made_key(&verify(&folder.join("a.tar.gz"), &["--json"]));
    let id = made["bundle"].as_str().unwrap();
    let proved = verify(&folder.join("a.tar.gz"), &["--json", "--key", &key, "--id", id]).json();
    assert_eq!(proved["outcome"], "holds", "{proved}");
    for (says, times) in [
        ("sealed with the key", 1),
        ("its header hashes to", 2),
        ("stands in the parent's state root", 2),
        ("gives the gas, the logs bloom and the receipts root", 2),
        ("its facts are those that execution gives", 2),
        ("it follows on block", 1),
    ] {
        assert_eq!(count(&proved, "proved", says), times, "{says}: {proved:#}");
    }
    assert!(count(&proved, "proved", "raises it again, word for word") >= 2, "{proved:#}");
    assert_eq!(verify(&folder.join("a.tar.gz"), &["--id", &"0".repeat(64)]).code, 1);
    assert_eq!(verify(&folder.join("a.tar.gz"), &["--key", &"0".repeat(64)]).code, 1);

    // What the book kept is enough, with nobody left to ask; only the proofs of the state are not there.
    let alone = evidence("c.tar.gz", &[]).json();
    assert_eq!((&alone["missing"], &alone["blocks_with_state_proofs"]), (&json!([]), &json!(0)), "{alone}");
    let proved = verify(&folder.join("c.tar.gz"), &["--json"]).json();
    assert_eq!(count(&proved, "attested", "has no proof here"), 2, "{proved:#}");
    assert_eq!(proved["outcome"], "holds");
}

/// The key that a bundle names as that of its seals.
fn made_key(verified: &Ran) -> String {
    let verdict = verified.json();
    let lines = verdict["verdict"]["attested"].as_array().unwrap();
    let says =
        lines.iter().find_map(|line| line["says"].as_str().filter(|says| says.contains("the key they are"))).unwrap();
    says.split(['(', ')']).nth(1).unwrap().to_owned()
}

#[test]
fn a_recorded_exploit_becomes_evidence_and_a_changed_byte_is_named() {
    let Some(files) = exploit() else { return };
    let folder = TempDir::new().unwrap();
    let files = files.to_str().unwrap();
    let report = breakglass(folder.path(), &["replay", files, "--json"]).json();
    let incidents = report["incidents"].as_array().unwrap();
    let case = incidents.iter().find(|incident| incident["severity"] == "critical").unwrap();
    let case = case["id"].as_str().unwrap();
    let evidence =
        |out: &str| breakglass(folder.path(), &["evidence", case, "--replay", files, "--out", out, "--json"]);
    let made = evidence("cream.tar.gz").json();
    let bytes = std::fs::read(folder.path().join("cream.tar.gz")).unwrap();
    assert_eq!(evidence("again.tar.gz").json()["bundle"], made["bundle"]);
    assert!(std::fs::read(folder.path().join("again.tar.gz")).unwrap() == bytes);

    let proved = verify(&folder.path().join("cream.tar.gz"), &["--json"]).json();
    assert_eq!(proved["outcome"], "holds", "{proved:#}");
    // Each rule that spoke about it says the same again.
    assert!(count(&proved, "proved", "raises it again, word for word") >= 1, "{proved:#}");
    assert_eq!(count(&proved, "proved", "executing 6 of 224 transactions"), 1);
    assert_eq!(count(&proved, "attested", "only 6 of 224 receipts are here"), 1);
    assert_eq!(count(&proved, "attested", "nobody has sealed its lines"), 1);

    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 4;
    std::fs::write(folder.path().join("changed.tar.gz"), changed).unwrap();
    let broken = verify(&folder.path().join("changed.tar.gz"), &[]);
    assert_eq!(broken.code, 1, "{}{}", broken.out, broken.err);
    assert!(broken.out.contains("BROKEN") && broken.out.contains("a byte was changed"), "{}", broken.out);

    breakglass(folder.path(), &["evidence", "bg-000000000000", "--replay", files]).refused("the replay opens no case");
}
