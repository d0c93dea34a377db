//! A list of accounts that somebody brings: rules ask it, it is read anew with them, and evidence carries what it said.

use alloy_primitives::{Address, address};
use serde_json::json;

use crate::{
    breakglass,
    scene::{ETHER, Scene},
    serve::Installation,
};

const RULE: &str = r#"schema = 1
id = "paid-the-listed"
title = "Somebody paid a listed account"
family = "value"
kind = "funds/tainted"
severity = "high"
severity_elsewhere = "high"
confidence = 90
maturity = "sandbox"
needs = { sight = "calls", evidence = ["flow"] }
[condition]
on = "flow"
where = "everything"
when = "flow.asset == 'native' && label(flow.to, 'sanctioned')"
subject = "flow.to"
key = ["tx.hash"]
message = "{flow.from} paid {flow.to}"
"#;
/// A rule about an account that takes no part and is in no log: one contract tells another of it.
const TOLD: &str = r#"schema = 1
id = "told-of-the-listed"
title = "A contract was told of a listed account"
family = "value"
kind = "funds/tainted"
severity = "high"
severity_elsewhere = "high"
confidence = 90
maturity = "sandbox"
needs = { sight = "calls", evidence = ["call"] }
[condition]
on = "call"
where = "everything"
when = "call.depth == 1 && size(call.input) == 36 && address(call.word(0)) != null && label(address(call.word(0)), 'sanctioned')"
subject = "call.to"
key = ["tx.hash"]
message = "{call.from} told {call.to} of {address(call.word(0))}"
"#;
/// Nobody on the chain.
const ABSENT: Address = address!("ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e");
const HEADER: &str = "address,chain,kinds,name,source,date\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_asked_by_rules_read_anew_with_them_and_goes_into_the_evidence() {
    let Some(scene) = Scene::set().await else { return };
    let installation = Installation::new(&scene, &[scene.node.http()]);
    let folder = installation.folder.path();
    for (id, card) in [("paid-the-listed", RULE), ("told-of-the-listed", TOLD)] {
        std::fs::create_dir_all(folder.join(format!("rules/value/{id}"))).unwrap();
        installation.write(&format!("rules/value/{id}/page.md"), "What it sees: business with somebody listed.");
        installation.write(&format!("rules/value/{id}/rule.toml"), card);
    }
    let teller = scene.create(scene.accounts[5], &teller(scene.accounts[7])).await;
    installation.edit("breakglass.toml", "schema = 1\n", "schema = 1\nlabels = [\"listed.csv\"]\n");
    installation.edit("breakglass.toml", "tokens = \"tokens.toml\"\n", "");
    installation.write("listed.csv", HEADER);
    let mut serve = installation.serve_as(installation.command().args(["--rules", "rules"]));
    serve.ready().await;
    serve.follows(&scene).await;
    let pay = async || {
        let hash = scene.send(5, Some(scene.accounts[6]), ETHER, "0x").await;
        scene.node.mine(1).await;
        hash
    };
    pay().await;
    serve.follows(&scene).await;

    let row = format!(
        "{:#x},eip155:31337,sanctioned,\"Somebody, \"\"the\"\" listed\",a list,2026-11-01\n\
         {ABSENT:#x},*,sanctioned,Somebody absent,a list,2026-11-01\n",
        scene.accounts[6]
    );
    installation.write("listed.csv", &format!("{HEADER}{row}"));
    serve.signal("HUP");
    serve.book("the list in force", |book| book.of_kind("rules.replaced/1").len() == 1).await;
    // The block under way is finished as it was begun.
    scene.node.mine(1).await;
    serve.follows(&scene).await;
    let paid = pay().await;
    let book = serve.book("a case", |book| !book.cases.is_empty() && book.alerts("paid-the-listed").len() == 1).await;
    let replaced = book.of_kind("rules.replaced/1")[0].payload.clone();
    let files: Vec<_> =
        replaced["data"].as_array().unwrap().iter().filter(|file| file["id"] == "labels/listed.csv").collect();
    assert_eq!((files.len(), &replaced["changed"], &replaced["added"]), (1, &json!([]), &json!([])), "{replaced}");
    assert_eq!(book.alerts("paid-the-listed")[0].payload["alert"]["tx"], json!(paid));

    installation.write("listed.csv", &format!("{HEADER}{row}0xbad,*,sanctioned,,,\n"));
    serve.signal("HUP");
    let book = serve.book("the list refused", |book| book.of_kind("rules.refused/1").len() == 1).await;
    let why = book.of_kind("rules.refused/1")[0].payload["why"].to_string();
    assert!(why.contains("listed.csv:4:1") && why.contains("`0xbad` is not an EVM address"), "{why}");
    installation.write("listed.csv", &format!("{HEADER}{row}"));

    scene.done(5, Some(teller), 0, "0x").await;
    let book = serve.book("what was told", |book| book.alerts("told-of-the-listed").len() == 1).await;
    let data = installation.data.display().to_string();
    let take = |case: &str, out: &str, more: &[&str]| {
        let arguments = ["evidence", case, "--out", out, "--data", &data, "--rules", "rules", "--json"];
        breakglass(folder, &[&arguments, more].concat()).json()
    };
    let case = book.cases[0].id.to_string();
    assert_eq!(take(&case, "a.tar.gz", &[])["missing"], json!([]));
    serve.stop().await;
    let proof = |bundle: &str| breakglass(folder, &["verify", bundle, "--json"]);
    let proved = proof("a.tar.gz").json();
    assert_eq!(proved["outcome"], "holds", "{proved}");
    let says = |list: &str, says: &str| proved["verdict"][list].to_string().contains(says);
    assert!(says("proved", "raises it again, word for word"), "{proved:#}");
    assert!(says("attested", "what others called accounts of its blocks"), "{proved:#}");
    // The book kept what the list said then: another one changes nothing of it.
    installation.write("listed.csv", HEADER);
    let mut raised = 0;
    for (at, case) in book.cases.iter().enumerate() {
        let out = format!("{at}.tar.gz");
        take(&case.id.to_string(), &out, &["--offline"]);
        let proved = proof(&out).json();
        assert_eq!(proved["outcome"], "holds", "{proved:#}");
        raised += proved["verdict"]["proved"].to_string().matches("raises it again, word for word").count();
    }
    assert_eq!(raised, 2, "both alerts, whichever case holds them");
}

/// Code that puts down a contract which tells `whom` of [`ABSENT`], in the arguments of a call, whenever it is called.
fn teller(whom: Address) -> String {
    let stored = format!("631122334460e01b60005273{ABSENT:x}600452");
    let runtime = format!("{stored}6000600060246000600073{whom:x}5af100");
    format!("0x61{:04x}80600a5f395ff3{runtime}", runtime.len() / 2)
}
