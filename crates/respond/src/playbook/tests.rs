use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

#[test]
fn every_playbook_in_the_folder_is_in_the_binary_and_passes_its_own_tests() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/playbooks");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = files.filter(|name| name.ends_with(".toml")).collect();
    let embedded: BTreeSet<String> = PLAYBOOKS.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(there, embedded);
    for playbook in Playbook::embedded() {
        let count = playbook.run_tests().unwrap_or_else(|why| panic!("{why}"));
        assert!(count >= 4, "{} has {count} tests", playbook.id);
        assert_eq!(playbook.source.id, format!("playbooks/{}", playbook.id));
    }
}

/// A playbook that is right; the cases below break it in one place each.
const GOOD: &str = r#"schema = 1
id = "stop"
title = "Stop it"
[when]
kinds = ["access"]
[[step]]
id = "pause"
title = "Pause {contract}"
driver = "contract-call"
call = { function = "pause", on = "victim" }
undo = { function = "unpause" }
harm = "reversible"
approvals = 1
limits = { gas = 300_000, fee_gwei_max = 500, bumps = 5, valid_for_minutes = 60 }
[[step]]
id = "tell"
title = "Tell someone"
driver = "webhook"
call = { webhook = "war-room", text = "paused" }
harm = "none"
approvals = 0
limits = { valid_for_minutes = 60 }
needs = ["pause"]
"#;

fn check(find: &str, put: &str, expected: Expect) {
    assert!(GOOD.contains(find), "{find}");
    let found = Playbook::parse("p.toml", &GOOD.replacen(find, put, 1));
    expected.assert_eq(&found.map_or_else(|why| why.to_string(), |_| "is taken".to_owned()));
}

#[test]
fn a_playbook_that_is_right_is_taken() {
    check("schema", "schema", expect![["is taken"]]);
}

#[test]
fn hostile_and_mistaken_playbooks_name_place_and_remedy() {
    check("schema = 1", "schema = 2", expect!["schema `2` is not known at p.toml:1:10; write `schema = 1`"]);
    check("approvals = 1", "aprovals = 1", expect!["unknown key `aprovals` at p.toml:13:1; did you mean `approvals`?"]);
    check(
        "driver = \"webhook\"",
        "driver = \"carrier-pigeon\"",
        expect!["unknown value `carrier-pigeon` at p.toml:18:10; known are `contract-call`, `webhook`"],
    );
    check(
        "function = \"pause\"",
        "function = \"puase\"",
        expect!["`puase` is not known as a function at p.toml:10:21; did you mean `pause`?"],
    );
    check(
        "function = \"pause\"",
        "function = \"pause(string)\", args = [\"x\"]",
        expect![
            "`pause(string)` takes a `string` at p.toml:10:21; only address, bool, bytes32 and uint8 to uint256 can be written here"
        ],
    );
    check(
        "function = \"pause\"",
        "function = \"selfDestruct\"",
        expect![
            "`selfDestruct` is not known as a function at p.toml:10:21; write `pause` or `unpause`, which the inventory declares, or a signature such as `halt()`"
        ],
    );
    check(
        "undo = { function = \"unpause\" }\n",
        "",
        expect![[
            r#"without an undo nothing is reversible at p.toml:11:8; add `undo = { function = "unpause" }`, or write `harm = "irreversible"`"#
        ]],
    );
    check(
        "undo = { function = \"unpause\" }",
        "undo = { function = \"unpause\", on = \"every\" }",
        expect![
            "an undo is a function of the same contract at p.toml:11:8; write only `function`, and `args` if it takes any"
        ],
    );
    check(
        "harm = \"reversible\"",
        "harm = \"none\"",
        expect![[
            r#"step `pause` sends a transaction and cannot be harmless at p.toml:12:8; write `harm = "reversible"` with an undo, or `"irreversible"`"#
        ]],
    );
    check(
        "harm = \"none\"",
        "harm = \"reversible\"",
        expect![[
            r#"a message cannot be taken back at p.toml:20:8; write `harm = "none"`, or `"irreversible"` if people have to agree first"#
        ]],
    );
    check(
        "approvals = 1",
        "approvals = 0",
        expect![
            "`approvals = 0` is not between 1 and 20 at p.toml:13:13; write how many people must agree when no policy does"
        ],
    );
    check(
        "approvals = 1",
        "approvals = -1",
        expect![
            "`approvals = -1` is not between 1 and 20 at p.toml:13:13; write how many people must agree when no policy does"
        ],
    );
    check(
        "gas = 300_000",
        "gas = 99999999999999999999999999",
        expect![
            "`gas = 99999999999999999999999999` is not between 21000 and 30000000 at p.toml:14:10; set it to what the step is worth"
        ],
    );
    check(
        "gas = 300_000",
        "gas = -5",
        expect!["`gas = -5` is not between 21000 and 30000000 at p.toml:14:10; set it to what the step is worth"],
    );
    check(
        "gas = 300_000",
        "gas = 1.5",
        expect![
            "invalid type: floating point `1.5`, expected a whole number, without quotes or a point at p.toml:14:18"
        ],
    );
    check(
        "gas = 300_000",
        "gas = 40_000_000",
        expect!["`gas = 40000000` is not between 21000 and 30000000 at p.toml:14:10; set it to what the step is worth"],
    );
    check(
        "fee_gwei_max = 500, ",
        "",
        expect![
            "the limits of a transaction are not complete at p.toml:14:10; write `gas`, `fee_gwei_max`, `bumps` and `valid_for_minutes`"
        ],
    );
    check(
        "valid_for_minutes = 60 }\n[",
        "valid_for_minutes = 0 }\n[",
        expect!["`valid_for_minutes = 0` is not between 1 and 10080 at p.toml:14:10; set it to what the step is worth"],
    );
    check(
        "limits = { valid_for_minutes = 60 }",
        "limits = { valid_for_minutes = 60, gas = 21_000 }",
        expect!["a message costs no gas at p.toml:22:10; write only `valid_for_minutes`"],
    );
    check(
        "needs = [\"pause\"]",
        "needs = [\"puase\"]",
        expect!["step `tell` needs `puase`, which is not an earlier step at p.toml:23:10; did you mean `pause`?"],
    );
    check(
        "needs = [\"pause\"]",
        "needs = [\"tell\"]",
        expect![
            "step `tell` needs `tell`, which is not an earlier step at p.toml:23:10; steps may need only what stands above them, so that none waits for itself; change the order"
        ],
    );
    check(
        "approvals = 1\n",
        "approvals = 1\nneeds = [\"tell\"]\n",
        expect![
            "step `pause` needs `tell`, which is not an earlier step at p.toml:14:10; steps may need only what stands above them, so that none waits for itself; change the order"
        ],
    );
    check(
        "id = \"tell\"",
        "id = \"pause\"",
        expect!["there are two steps `pause` at p.toml:16:6; give each its own id: leave is given step by step"],
    );
    check(
        "id = \"stop\"",
        "id = \"../stop\"",
        expect![
            "`../stop` is not a name at p.toml:2:6; write at most 40 lower-case letters, digits, dashes and underscores, such as `pause-protocol`"
        ],
    );
    check(
        "title = \"Stop it\"",
        "title = \"\\u001b[2J\"",
        expect!["this text holds control characters at p.toml:3:9; write it on one line"],
    );
    check(
        "title = \"Pause {contract}\"",
        "title = \"Pause {secret}\"",
        expect!["only `{contract}` can be filled into a title at p.toml:8:9; leave out the other braces"],
    );
    check(
        "kinds = [\"access\"]",
        "kinds = [\"access/role-takeover/x\"]",
        expect![
            "`access/role-takeover/x` is no kind of incident at p.toml:5:10; write a group such as `access`, or one kind such as `access/role-takeover`"
        ],
    );
    check(
        "kinds = [\"access\"]",
        "severity_min = \"huge\"",
        expect!["unknown value `huge` at p.toml:5:16; known are `info`, `low`, `medium`, `high`, `critical`"],
    );
    check(
        "webhook = \"war-room\", ",
        "",
        expect![
            "a message needs `webhook` and `text` at p.toml:19:8; write the name of a webhook of the installation, and what to say"
        ],
    );
    check("[when]", "[when", expect!["unclosed table, expected `]` at p.toml:4:6"]);
    check(
        "needs = [\"pause\"]",
        "needs = [\"pause\"]\n[[test]]\nname = \"x\"\nkind = \"access\"\nseverity = \"high\"\n",
        expect![[
            r#"test `x` does not say what must come out at p.toml:24:1; write one of `steps = [..]`, `refused = ".."` and `applies = false`"#
        ]],
    );
}

#[test]
fn there_is_a_limit_to_everything() {
    let refusal = |text: &str| Playbook::parse("p.toml", text).unwrap_err().to_string();
    let (head, steps) = GOOD.split_once("[[step]]").unwrap();
    let (step, _) = steps.split_once("[[step]]").unwrap();
    let many = |count: usize| -> String {
        let step = |n: usize| format!("[[step]]{}", step.replace("id = \"pause\"", &format!("id = \"pause{n}\"")));
        format!("{head}{}", (0..count).map(step).collect::<String>())
    };
    expect!["there are more than 32 steps at p.toml:294:1; keep to 32; make another playbook for the rest"]
        .assert_eq(&refusal(&many(33)));
    expect!["2708957 bytes are too many for a playbook at p.toml:1:1; keep it below 65536 bytes"]
        .assert_eq(&refusal(&many(10_000)));
    expect!["playbook `stop` has no step at p.toml:2:6; add a [[step]]; a playbook that only watches tells someone"]
        .assert_eq(&refusal(head));
    expect!["this text is too long at p.toml:3:9; keep it to 400 characters"]
        .assert_eq(&refusal(&GOOD.replace("Stop it", &"x".repeat(500))));
    let signature = format!("{}()", "f".repeat(10_000));
    expect!["a signature of 10002 bytes is longer than 2048 at p.toml:10:21; write a signature such as `pause()` or `setPaused(bool)`"].assert_eq(&refusal(&GOOD.replace("function = \"pause\"", &format!("function = \"{signature}\""))));
    expect!["1049097 bytes are too many for a playbook at p.toml:1:1; keep it below 65536 bytes"]
        .assert_eq(&refusal(&GOOD.replace("Stop it", &"x".repeat(1 << 20))));
    assert!(Playbook::parse("p.toml", &many(32)).is_ok());
}

#[test]
fn a_test_that_does_not_come_out_says_what_did() {
    let test = r#"
[[test]]
name = "the vault is paused"
kind = "access/role-takeover"
severity = "high"
signers = ["guardian"]
webhooks = ["war-room"]
contract = [{ name = "Vault", pause = "pause()", signer = "guardian", victim = true }]
steps = ["pause-vault: pause() on 0x0000000000000000000000000000000000000001 by guardian, reversible"]
"#;
    let playbook = Playbook::parse("p.toml", &format!("{GOOD}{test}")).unwrap();
    expect![[r#"test `the vault is paused` of playbook `stop` came out as `steps = ["pause-vault: pause() on 0x0000000000000000000000000000000000000001 by guardian, irreversible", "tell: webhook war-room, harmless, after pause-vault"]` at p.toml:25:1; correct the playbook, or what the test expects"#]].assert_eq(&playbook.run_tests().unwrap_err().to_string());
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in "\\PC{0,400}") {
        drop(Playbook::parse("p.toml", &text));
        drop(crate::SeverityMatrix::parse("s.toml", &text));
    }

    #[test]
    fn no_change_of_a_playbook_brings_the_reader_down(at in 0..GOOD.len(), length in 0usize..12, put in "\\PC{0,12}") {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + length).min(GOOD.len()), &put);
        if let Ok(playbook) = Playbook::parse("p.toml", &text) {
            drop(playbook.run_tests());
        }
    }

    #[test]
    fn no_signature_brings_the_encoder_down(signature in "[a-z]{0,6}\\(?[a-z0-9,\\[\\]()]{0,20}\\)?", argument in "\\PC{0,70}") {
        if let Ok(function) = Function::parse(&signature, &[argument]) {
            prop_assert_eq!(function.data().len(), 36);
        }
    }
}
