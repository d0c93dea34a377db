use case::{Digest, Harm};
use expect_test::expect;

use super::*;
use crate::{choose, story::Story};

fn drained(on: &str) -> (Story, Incident) {
    let mut told = Story::begin();
    told.happens(&format!("alert drain share=1200 on={on}"));
    let incident = told.incident();
    (told, incident)
}

fn made(told: &Story, incident: &Incident) -> Plan {
    let playbook = choose(&told.playbooks, incident, &told.installation).unwrap();
    plan(playbook, incident, &told.installation, told.now).unwrap()
}

#[test]
fn a_plan_leaves_no_choice_open() {
    let (told, incident) = drained("Vault");
    let plan = made(&told, &incident);
    let Call::Contract { data, value, .. } = &plan.steps[0].call else { panic!("a contract call") };
    assert_eq!((data.to_string(), *value), ("0x8456cb59".to_owned(), U256::ZERO));
    let Some(Call::Contract { data, .. }) = plan.steps[0].undo() else { panic!("an undo") };
    assert_eq!(data.to_string(), "0x3f4ba83a");
    expect!["Limits { gas: 300000, fee_per_gas: 500000000000, bumps: 5, until: 2026-11-21T04:00:00Z }"]
        .assert_eq(&format!("{:?}", plan.steps[0].limits));
    expect![[r#"[RehearsalSucceeds, Done { step: "pause-vault" }]"#]].assert_eq(&format!("{:?}", plan.steps[1].needs));
    assert_eq!((plan.based_on, plan.made_at), (incident.head, told.now));
}

#[test]
fn the_digest_is_that_of_the_content() {
    let (told, incident) = drained("Vault");
    let digest = made(&told, &incident).digest().unwrap();
    assert_eq!(made(&told, &incident).digest().unwrap(), digest);
    // Names of playbooks that were not chosen, of other signers and webhooks are no content.
    let (mut other, _) = drained("Vault");
    other.happens("signers guardian council stranger");
    other.playbooks.reverse();
    assert_eq!(made(&other, &incident).digest().unwrap(), digest);
    // The time, the case as it stood and every limit are.
    let mut grown = incident.clone();
    grown.head = Digest::ZERO;
    assert_ne!(made(&told, &grown).digest().unwrap(), digest);
    other.happens("wait 1");
    assert_ne!(made(&other, &incident).digest().unwrap(), digest);
    let read = serde_json::to_string(&made(&told, &incident)).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&read).unwrap().digest().unwrap(), digest);
}

#[test]
fn without_an_undo_the_harm_is_in_the_step_whatever_the_playbook_says() {
    let (told, incident) = drained("Oracle");
    let plan = made(&told, &incident);
    assert_eq!((plan.steps[0].harm(), plan.steps[0].undo()), (Harm::Irreversible, None));
}

#[test]
fn the_closest_playbook_is_chosen() {
    let chosen = |line: &str| {
        let mut told = Story::begin();
        told.happens(line);
        let incident = told.incident();
        choose(&told.playbooks, &incident, &told.installation).map(|playbook| playbook.id.clone())
    };
    assert_eq!(chosen("alert a kind=reentrancy/classic").as_deref(), Some("pause-protocol"));
    assert_eq!(chosen("alert a kind=access/role-takeover").as_deref(), Some("access-takeover"));
    // A kind whose name only begins alike is another kind.
    assert_eq!(chosen("alert a kind=accessory/x").as_deref(), Some("pause-protocol"));
    assert_eq!(chosen("alert a kind=access/role-takeover on=Token").as_deref(), Some("observe"));
    assert_eq!(chosen("alert a sev=medium").as_deref(), Some("observe"));
    let (mut told, incident) = drained("Vault");
    told.playbooks.reverse();
    assert_eq!(choose(&told.playbooks, &incident, &told.installation).unwrap().id, "pause-protocol");
    assert!(choose(&[], &incident, &told.installation).is_none());
}

#[test]
fn ids_are_plain_and_differ() {
    let ids: Vec<String> =
        ["Vault", "Väult ++ 2", "///", "x".repeat(200).as_str()].iter().map(|name| slug(name)).collect();
    assert_eq!(ids[..3], ["vault", "v-ult-2", "contract"]);
    assert_eq!(ids[3].len(), SLUG_MAX);
    let (told, incident) = drained("Vault");
    let steps = made(&told, &incident).steps;
    assert_eq!(unused("pause-vault".into(), &steps), "pause-vault-2");
}

#[test]
fn a_plan_has_a_limit_and_a_time() {
    let (mut told, incident) = drained("Vault");
    let contract = |n: usize| {
        format!(
            "[[contract]]\nname = \"C{n}\"\nchain = \"eip155:31337\"\naddress = \"0x{:040x}\"\npause = \"pause()\"\nsigner = \"guardian\"\n",
            n + 1
        )
    };
    let all: String = (0..=STEPS_MAX).map(contract).collect();
    let text = format!("schema = 1\nname = \"Many\"\n{all}");
    told.installation.protocol = atlas::Protocol::parse("protocol.toml", &text).unwrap();
    let every = told.playbooks.iter().find(|playbook| playbook.id == "pause-protocol").unwrap();
    let mut every = every.clone();
    if let Deed::Call { on, .. } = &mut every.steps[0].deed {
        *on = On::Every;
    }
    let refusal = plan(&every, &incident, &told.installation, told.now).unwrap_err();
    expect!["playbook `pause-protocol` makes more than 64 steps of this incident; split it by contract"]
        .assert_eq(&refusal.to_string());
    let (told, _) = drained("Vault");
    let late = plan(&told.playbooks[0], &incident, &told.installation, Timestamp::MAX).unwrap_err();
    expect![
        "a plan made at `9999-12-30T22:00:00.999999999Z` would be valid beyond the end of the calendar; check the clock"
    ]
    .assert_eq(&late.to_string());
}
