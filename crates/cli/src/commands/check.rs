//! `breakglass check`: reads an installation as `serve` would, without touching a chain or a book.

use std::{collections::BTreeMap, process::ExitCode};

use act::{Signers, Webhook};
use anyhow::{Context as _, Result, bail};
use atlas::Atlas;
use respond::Playbook;
use serde::Serialize;

use crate::{args::CheckArgs, config::Config, labels, nodes, output, playbooks, protocol, rules};

/// What was found, in numbers, and what deserves a second look.
#[derive(Serialize)]
struct Checked {
    chains: Vec<String>,
    contracts: usize,
    rules: usize,
    labels: usize,
    playbooks: usize,
    signers: BTreeMap<String, String>,
    warnings: Vec<String>,
}

pub fn run(args: &CheckArgs) -> Result<ExitCode> {
    rpc::install_tls();
    let config = Config::read(&args.config)?;
    let protocol = protocol::read(&args.protocol)?;
    let mut warnings = protocol.warnings().to_vec();
    let known = labels::and(&config.labels())?;
    warnings.extend(known.warnings);
    let labels = known.labels.len();
    let detectors = rules::detectors(args.own.rules.as_deref(), protocol::scope(&protocol).labelling(known.labels))?;
    let signers = Signers::load(&config.folder, &config.signers)?;
    Webhook::load(&config.folder, &config.webhooks)?;
    config.exceptions()?;
    for contract in protocol.contracts() {
        if let Some(signer) = contract.signer.as_ref().filter(|signer| signers.address(signer).is_none()) {
            bail!(
                "contract `{}` names the signer `{signer}`, and `{}` has no `[signer.{signer}]`",
                contract.name,
                args.config.display()
            );
        }
        if !config.chains.iter().any(|chain| chain.id == contract.account.chain) {
            let (name, chain) = (&contract.name, &contract.account.chain);
            warnings.push(format!("contract `{name}` is on `{chain}`, which is not followed: add a `[[chain]]`"));
        }
    }
    let atlas = Atlas::embedded();
    for chain in &config.chains {
        nodes::node(&atlas, &chain.id, &chain.rpc, None).with_context(|| format!("`{}`", args.config.display()))?;
    }
    for chain in config.chains.iter().filter(|chain| atlas.chain(&chain.id).is_none()) {
        let id = &chain.id;
        warnings.push(format!("chain `{id}` has no fork schedule here: its node has to name its fork"));
    }
    for playbook in Playbook::embedded() {
        playbook.run_tests()?;
    }
    let playbooks = playbooks::read(args.own.playbooks.as_deref())?.len();
    let named = |name: &String| Some((name.clone(), signers.address(name)?.to_string()));
    let checked = Checked {
        chains: config.chains.iter().map(|chain| chain.id.to_string()).collect(),
        contracts: protocol.contracts().len(),
        rules: detectors.cards().len(),
        labels,
        playbooks,
        signers: config.signers.keys().filter_map(named).collect(),
        warnings,
    };
    if args.json {
        output::json(&checked)?
    } else {
        print(&checked)
    }
    Ok(ExitCode::SUCCESS)
}

fn print(checked: &Checked) {
    output::line(format!(
        "{} contracts, {} rules, {} labels, {} playbooks, chains {}",
        checked.contracts,
        checked.rules,
        checked.labels,
        checked.playbooks,
        checked.chains.join(", ")
    ));
    checked.signers.iter().for_each(|(name, address)| output::line(format!("signer {name} is {address}")));
    checked.warnings.iter().for_each(|warning| output::line(format!("warning: {warning}")));
    output::line("the installation can be served");
}
