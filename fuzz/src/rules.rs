//! Rules, conditions, cases, and what other monitors leave behind.

use std::sync::{Arc, LazyLock};

use detect::{
    ChainView, Detectors, Format, Memory, Paused, RuleCard, RuleText, Scene, Scope, Source, built_in, check_rules,
    read_rules,
};

use super::text;

const PAGE: &str = "# A rule\n\n## What it sees\n\nIt.\n\n## Why it matters\n\nSo.\n\n## First three checks\n\n1. One\n2. Two\n3. \
                    Three\n\n## False alarms\n\nNone.\n\n## Response\n\nNone.\n";

/// A case on which whatever was taken is tried.
static TRIED_ON: LazyLock<Scene> = LazyLock::new(|| {
    let text = include_str!("../seeds/tried.toml");
    Scene::read("tried.toml", text).expect("the case that rules are tried on is right")
});

fn chain() -> ChainView {
    ChainView { id: facts::ChainId::eip155(1), slip44: 60, wrapped: Vec::new() }
}

/// The rules of this program, read once.
static BUILT_IN: LazyLock<Vec<Arc<RuleCard>>> =
    LazyLock::new(|| read_rules(built_in()).expect("the built-in rules are right"));

/// Rules beside the one that has to be there.
fn detectors(cards: impl IntoIterator<Item = Arc<RuleCard>>, scope: Scope) -> Option<Detectors> {
    let blind = BUILT_IN.iter().filter(|card| card.id == "blind-spot").cloned();
    Detectors::new(cards.into_iter().filter(|card| card.id != "blind-spot").chain(blind), scope).ok()
}

/// All of them, over everything.
static EVERYWHERE: LazyLock<Detectors> =
    LazyLock::new(|| detectors(BUILT_IN.iter().cloned(), Scope::everything()).expect("the built-in rules go together"));

fn run(detectors: &Detectors, scene: &Scene) {
    let mut memory = Memory::default();
    for block in &scene.blocks {
        drop(detectors.block(&chain(), block, &mut memory));
    }
}

fn try_card(card: String) {
    let rule = RuleText { folder: "calls/tried".to_owned(), card, page: PAGE.to_owned(), files: Vec::new() };
    let checked = check_rules([rule]);
    let Some(detectors) = detectors(checked.cards, Scope::everything()) else { return };
    run(&detectors, &TRIED_ON);
}

pub fn card(data: &[u8]) {
    if let Some(text) = text(data) {
        try_card(text.to_owned());
    }
}

pub fn condition(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let condition = toml::Value::String(text.to_owned());
    for on in ["tx", "call", "log", "flow", "block"] {
        try_card(format!(
            "schema = 1\nid = \"tried\"\ntitle = \"Tried\"\nfamily = \"calls\"\nkind = \"logic/accounting\"\nseverity = \
             \"low\"\nseverity_elsewhere = \"low\"\nconfidence = 50\nmaturity = \"sandbox\"\n[needs]\nsight = \
             \"executed\"\nevidence = [\"call\"]\n[condition]\non = \"{on}\"\nwhen = {condition}\nsubject = \"tx.from\"\n\
             message = \"it happened\"\n"
        ));
    }
}

pub fn scene(data: &[u8]) {
    let Some(scene) = text(data).and_then(|text| Scene::read("case.toml", text).ok()) else { return };
    if let Some(detectors) = detectors(BUILT_IN.iter().cloned(), scene.scope.clone()) {
        run(&detectors, &scene);
    }
}

/// Facts as evidence carries them, in front of every rule.
pub fn facts(data: &[u8]) {
    let Ok(tx) = serde_json::from_slice::<facts::TxFacts>(data) else { return };
    let block = facts::Block::default().at(&chain().id);
    let mut memory = Memory::default();
    if let Ok(mut look) = EVERYWHERE.look(&chain(), &facts::BlockRef { number: 1, ..block }, 12, &mut memory) {
        look.tx(&tx);
    };
}

pub fn import(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for name in ["monitors.json", "serverless.yml"] {
        let sources = [Source { name: name.to_owned(), text: text.to_owned() }];
        for format in [Format::Defender, Format::Monitor, Format::Forta, Format::Tenderly] {
            let Ok(imported) = detect::import(format, &sources, &[], Paused::Taken) else { continue };
            let faults = check_rules(imported.rules).faults;
            assert!(faults.is_empty(), "an imported rule does not pass the checker: {:?}", faults.first());
        }
    }
}
