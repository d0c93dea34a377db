//! Transactions as a responder reads them: an attack, a failure, a delegation, blobs, what a block does by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "in a test a panic is the report"
)]

#[allow(dead_code, reason = "shared with the exam of the eyes")]
#[path = "../../../watch/tests/live/anvil.rs"]
mod anvil;
mod corpus;
mod forms;
#[allow(dead_code, reason = "shared with the faults that must be survived")]
#[path = "../../../cli/tests/faults/scene.rs"]
mod scene;
mod signed;
mod stories;

use std::sync::Arc;

use atlas::{Artifact, Atlas, Chain, Fork, Labels, Layouts, Protocol, Selectors};
use detect::{Detectors, Scope, built_in, read_rules};
use engine::{Analyst, Lore};
use facts::{B256, ChainId};
use report::analysis::{Analysis, Look, Paint, text};
use rpc::{EndpointConfig, Node, NodeOptions};

/// Everything that can be known of the demo protocol, or nothing but what is in the binary.
pub fn lore(protocol: Option<Protocol>, abis: &[&str]) -> Lore {
    let (mut selectors, mut layouts) = (Selectors::embedded(), Layouts::default());
    for name in abis {
        let path = format!("{}/../../contracts/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
        for artifact in Artifact::parse_all(name, &std::fs::read_to_string(path).unwrap()).unwrap() {
            selectors = selectors.with(&artifact.abi);
            layouts = layouts.with(&artifact);
        }
    }
    let rules = |scope: Scope| {
        Arc::new(Detectors::new(read_rules(built_in()).unwrap(), scope.naming(selectors.clone())).unwrap())
    };
    let mut detectors = vec![rules(Scope::everything())];
    if let Some(protocol) = &protocol {
        let contracts = protocol.contracts().iter().map(|held| (held.account.clone(), held.name.clone()));
        detectors.push(rules(Scope::protecting(contracts)));
    }
    Lore {
        detectors,
        selectors: Arc::new(selectors),
        protocol: protocol.map(Arc::new),
        labels: Arc::new(Labels::embedded()),
        layouts: Arc::new(layouts),
    }
}

/// A transaction of a local chain, analysed; its steps too, where frames are named.
pub async fn analysed(node: &anvil::Anvil, lore: Lore, tx: &str, frames: &[u32]) -> Analysis {
    let id = ChainId::eip155(31337);
    let node = Arc::new(Node::new(id.clone(), vec![EndpointConfig::new(node.http())], NodeOptions::default()).unwrap());
    let fork: Fork = node.declared_fork().await.unwrap().unwrap().parse().unwrap();
    let chain: Chain = Atlas::embedded().chain(&id).unwrap().clone().declared(fork);
    let tx: B256 = tx.parse().unwrap();
    Analyst::new(chain, lore).unwrap().on(&node, tx, frames).await.unwrap()
}

/// As a terminal of a hundred columns shows it.
pub fn told(analysis: &Analysis) -> String {
    text(analysis, Look { width: 100, paint: Paint::Plain })
}

/// One part of the text, by its title.
pub fn part<'a>(text: &'a str, title: &str) -> &'a str {
    let start = text.find(&format!("\n{title}")).unwrap_or_else(|| panic!("no {title} in:\n{text}")) + 1;
    let end = text[start..].find("\n\n").map_or(text.len(), |at| start + at + 1);
    &text[start..end]
}
