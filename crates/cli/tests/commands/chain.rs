//! A transaction and a stretch of a chain, read from a real node.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Ran,
    anvil::Anvil,
    breakglass,
    fake::{Spoil, fake},
    scene::{ETHER, Scene, call},
};

/// The scene, an attack in it, and a folder with an inventory that has the vault's ABI.
async fn attacked() -> Option<(Scene, String, TempDir)> {
    let scene = Scene::set().await?;
    scene.honest().await;
    scene.node.mine(1).await;
    scene.honest().await;
    let attack = scene.attack().await;
    scene.honest().await;
    scene.node.mine(1).await;
    let folder = TempDir::new().unwrap();
    let artifact = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts/Vault.json");
    std::fs::copy(artifact, folder.path().join("Vault.json")).unwrap();
    let inventory = format!(
        "schema = 1\nname = \"Demo\"\n[[contract]]\nname = \"Vault\"\nchain = \"eip155:31337\"\naddress = \"{}\"\n\
         abi = \"Vault.json\"\npause = \"pause()\"\nunpause = \"unpause()\"\n",
        scene.vault
    );
    std::fs::write(folder.path().join("protocol.toml"), inventory).unwrap();
    Some((scene, attack, folder))
}

fn account(address: alloy_primitives::Address) -> Value {
    json!(format!("eip155:31337:{address}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_is_told_call_by_call() {
    let Some((scene, attack, folder)) = attacked().await else { return };
    let node = scene.node.http();
    let run = |more: &[&str]| breakglass(folder.path(), &[&["trace", &attack, "--rpc", &node], more].concat());
    let told = run(&["--json"]).json();
    assert_eq!((&told["sight"], &told["blind"], &told["status"]), (&json!("executed"), &json!([]), &json!("success")));
    assert_eq!((&told["chain"], &told["to"]), (&json!("eip155:31337"), &account(scene.thief)));
    let calls = told["calls"].as_array().unwrap();
    let into_vault = calls.iter().filter(|call| call["to"] == account(scene.vault) && call["kind"] == "call").count();
    assert!(into_vault >= 10, "the thief calls the vault again and again: {into_vault}");
    let net = told["net"].as_array().unwrap();
    let vault = net.iter().find(|row| row["account"] == account(scene.vault)).unwrap();
    assert_eq!((&vault["asset"], vault["gained"].as_str()), (&json!("eip155:31337/slip44:60"), Some("0")));
    let gained = net.iter().find(|row| row["account"] != account(scene.vault) && row["gained"] == vault["lost"]);
    assert!(gained.is_some(), "what the vault lost is somewhere: {net:?}");
    let writes = told["writes"].as_array().unwrap();
    assert!(writes.iter().any(|write| write["account"] == account(scene.vault) && write["before"] != write["after"]));
    // The receipt agrees, which the chain itself wrote.
    let receipt = scene.receipt(&attack).await;
    let gas = u64::from_str_radix(receipt["gasUsed"].as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    assert_eq!(told["gas_used"], gas);

    let text = run(&["--protocol", "protocol.toml"]);
    for words in [
        "status, gas and logs are the chain's own",
        "recovered from the signature",
        "STORY",
        "Vault lost 55 ETH",
        "SUSPECTED WEAKNESS",
        "reentrancy/classic",
        "WHO LOST AND GAINED",
        "ENTERED AGAIN",
        "CALLS",
        "MOVEMENTS",
        "STORAGE, BEFORE AND AFTER",
        "attack(10)",
    ] {
        // The thief's own function is in nobody's ABI.
        let known = words != "attack(10)";
        assert_eq!(text.text().contains(words), known, "`{words}` in:\n{}", text.out);
    }
    // Unless somebody brings it, as a list or as a folder of artifacts.
    std::fs::write(folder.path().join("names.txt"), "attack(uint256)\n").unwrap();
    let artifacts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
    for abi in ["names.txt", artifacts] {
        assert!(run(&["--abi", abi]).text().contains("attack(10)"), "{abi}");
    }
    std::fs::write(folder.path().join("names.txt"), "0x00000000 attack(uint256)\n").unwrap();
    run(&["--abi", "names.txt"]).refused("is not the id of `attack(uint256)`");
    let steps = run(&["--steps", "1", "--json"]).json();
    assert_eq!(steps["steps"][0]["frame"], 1);
    let page = run(&["--html"]);
    assert!(
        page.text().starts_with("<!doctype html>") && page.out.contains("SUSPECTED") | page.out.contains("Suspected")
    );
    let named = run(&["--protocol", "protocol.toml", "--json"]).json();
    let functions: Vec<&str> =
        named["calls"].as_array().unwrap().iter().filter_map(|row| row["function"].as_str()).collect();
    assert!(functions.iter().any(|name| name.starts_with("withdrawEther(")), "{functions:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_failed_says_why_and_one_that_is_not_there_what_to_do() {
    let Some((scene, _, folder)) = attacked().await else { return };
    let node = scene.node.http();
    let run = |tx: &str, more: &[&str]| breakglass(folder.path(), &[&["trace", tx, "--rpc", &node], more].concat());

    let stranger = scene.send(5, Some(scene.vault), 0, &call("pause()", &[])).await;
    run(&stranger, &[]).refused("is in no block yet");
    scene.node.mine(1).await;
    let told = run(&stranger, &["--protocol", "protocol.toml", "--json"]).json();
    assert_eq!((&told["status"], &told["writes"]), (&json!("revert"), &json!([])));
    let reason = told["reason"].as_str().unwrap();
    let text = run(&stranger, &["--protocol", "protocol.toml"]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(text.text()).contains(&words(&format!("reverted: {reason}"))), "{}", text.out);

    run(&format!("0x{}", "7".repeat(64)), &[]).refused("is known on `eip155:31337`: check the hash and the chain");
    run("0x77", &[]).refused("invalid value '0x77'");
    run(&stranger, &["--chain", "eip155:1"]).refused("serves chain `eip155:31337` but `eip155:1` is configured");
    let nobody = breakglass(folder.path(), &["trace", &stranger, "--rpc", "http://127.0.0.1:1"]);
    nobody.refused("the node does not say which chain it serves: is it running?");
    for no_address in [&["gopher://x"][..], &[&scene.node.http(), "gopher://x"]] {
        let mut args = vec!["trace", &stranger];
        no_address.iter().for_each(|url| args.extend(["--rpc", url]));
        breakglass(folder.path(), &args).refused("an address given with --rpc cannot be used");
    }
    breakglass(folder.path(), &["trace", &stranger]).refused("<PATHS>");
}

/// The node without its state, and with as little tracing as `spoil` leaves it.
async fn without_state(scene: &Scene, spoil: impl Fn(&str) -> bool + Send + Sync + 'static) -> String {
    fake(scene.node.http(), move |method, params, _| {
        let is_of_state = matches!(
            method,
            "eth_getAccountInfo"
                | "eth_getBalance"
                | "eth_getCode"
                | "eth_getTransactionCount"
                | "eth_getStorageAt"
                | "eth_getStorageValues"
                | "eth_getProof"
        );
        let tracer = params[1]["tracer"].as_str().unwrap_or_default();
        let traces = (method.starts_with("debug_") && spoil(tracer)) || (method.starts_with("trace_") && spoil("flat"));
        if is_of_state || traces { Spoil::Unsupported } else { Spoil::Keep }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_state_a_transaction_is_told_as_well_as_the_node_can() {
    let Some((scene, attack, folder)) = attacked().await else { return };
    let run = |node: &str| breakglass(folder.path(), &["trace", &attack, "--rpc", node, "--json"]);
    let best = run(&scene.node.http()).json();

    // The node's own account of the state before the block is as good.
    let prestate = run(&without_state(&scene, |_| false).await).json();
    assert_eq!(prestate, best);

    let partly = |ran: Ran| {
        assert_eq!(ran.code, 1, "half a sight is no success: {}{}", ran.out, ran.err);
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert!(told["blind"][0].as_str().unwrap().contains("state could not be read"), "{told}");
        told
    };
    let calls = partly(run(&without_state(&scene, |tracer| tracer == "prestateTracer").await));
    assert_eq!((&calls["sight"], &calls["writes"]), (&json!("calls"), &json!([])));
    let shape = |told: &Value| {
        let calls = told["calls"].as_array().unwrap().iter();
        calls.map(|call| (call["depth"].clone(), call["to"].clone())).collect::<Vec<_>>()
    };
    // What was held before is not known; what moved is.
    let net = |told: &Value| {
        let rows = told["net"].as_array().unwrap().iter();
        rows.map(|row| ["account", "asset", "gained", "lost"].map(|part| row[part].clone())).collect::<Vec<_>>()
    };
    assert_eq!((shape(&calls), net(&calls)), (shape(&best), net(&best)));

    // A node that serves no nested trace may serve the flat one.
    let flat = partly(run(&without_state(&scene, |tracer| tracer != "flat").await));
    assert_eq!((&flat["sight"], shape(&flat), net(&flat)), (&json!("calls"), shape(&best), net(&best)));

    let logs = partly(run(&without_state(&scene, |_| true).await));
    // A receipt does not say which call wrote a log.
    let events = |told: &Value| {
        let rows = told["events"].as_array().unwrap().iter();
        rows.map(|row| ["account", "topics", "data"].map(|part| row[part].clone())).collect::<Vec<_>>()
    };
    assert_eq!((&logs["sight"], events(&logs)), (&json!("logs"), events(&best)));
    assert!(logs["cannot_see"].as_array().unwrap().contains(&json!("calls")), "{logs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stretch_of_a_chain_is_looked_at_as_if_it_were_live() {
    let Some((scene, attack, folder)) = attacked().await else { return };
    let (node, height) = (scene.node.http(), scene.node.height().await);
    let run = |more: &[&str]| breakglass(folder.path(), &[&["replay", "--rpc", &node], more].concat());
    let report = run(&["--from", "1", "--json"]).json();
    assert_eq!((&report["blocks"], &report["blind"], &report["partial"]), (&json!(height), &json!([]), &json!([])));
    let mut transactions = 0;
    for number in 1..=height {
        let count = scene.node.ask("eth_getBlockTransactionCountByNumber", json!([format!("{number:#x}")])).await;
        transactions += crate::scene::number(&count);
    }
    assert_eq!(report["transactions"], transactions);
    let (all, execution) = (report["seconds"].as_f64().unwrap(), report["execute_seconds"].as_f64().unwrap());
    assert!(execution > 0.0 && execution < all, "{execution} of {all}");
    // Being entered again while it pays, and paying for the same twice, is an attack whosever the contract is.
    let alert = &report["alerts"][0];
    assert_eq!((&alert["tx"], &alert["severity"]), (&json!(attack), &json!("high")), "{report}");
    assert!(alert["rule"].as_str().unwrap().starts_with("reentrancy@"), "{alert}");

    // With an inventory it is one of ours.
    let ours = run(&["--from", "1", "--protocol", "protocol.toml", "--json"]).json();
    let incident = &ours["incidents"][0];
    assert_eq!((&incident["severity"], &incident["txs"]), (&json!("critical"), &json!([attack])), "{ours}");
    assert!(incident["victims"].as_array().unwrap().contains(&account(scene.vault)), "{incident}");
    assert_eq!(incident["losses"][0]["amount"], (50 * ETHER).to_string(), "{incident}");

    // Only the attack's block, on the state before it.
    let last = height.to_string();
    let alone = run(&["--from", &last, "--to", &last, "--protocol", "protocol.toml", "--json"]).json();
    assert_eq!(alone["blocks"], 1);
    for part in ["id", "severity", "txs", "losses", "attackers"] {
        assert_eq!(alone["incidents"][0][part], incident[part], "{part}");
    }
    let before = run(&["--from", "1", "--to", &(height - 1).to_string()]);
    assert!(before.text().contains("nothing was noticed, and everything was seen"), "{}", before.out);

    run(&["--from", "0"]).refused("begin with 1");
    run(&["--from", "1", "--to", "100000"]).refused(&format!("its newest is {height}"));
    run(&["--from", &last, "--to", "1"]).refused("the first comes first");
    run(&["--from", "1", "--to", "soon"]).refused("give a number or `latest`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_that_the_node_has_thrown_away_is_blind_and_not_nothing() {
    // It keeps the state of its newest blocks only.
    let Some(node) = Anvil::start(&["--no-mining", "--prune-history", "1"]) else { return };
    let scene = Scene::on(node, None).await;
    let attack = scene.attack().await;
    scene.node.mine(1).await;
    let height = scene.node.height().await;
    scene.node.mine(8).await;
    let (node, last) = (scene.node.http(), height.to_string());
    let folder = TempDir::new().unwrap();
    let report =
        breakglass(folder.path(), &["replay", "--rpc", &node, "--from", &last, "--to", &last, "--json"]).json();
    let why = report["blind"][0]["why"].as_str().unwrap_or_else(|| panic!("{report}"));
    assert!(why.contains("state could not be read"), "{why}");
    assert!(
        report["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|alert| alert["rule"].as_str().unwrap().starts_with("blind-spot@"))
    );
    let traced = breakglass(folder.path(), &["trace", &attack, "--rpc", &node]);
    assert_eq!(traced.code, 1, "half a sight is no success: {}", traced.out);
    assert!(traced.out.contains("BLIND       state could not be read"), "{}{}", traced.out, traced.err);
    assert!(traced.out.contains("not to see  "), "{}", traced.out);
}
