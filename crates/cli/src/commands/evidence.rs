//! `breakglass evidence`: everything that an incident rests on, in one file that `breakglass verify` proves anywhere.

mod data;
mod replayed;

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result, bail};
use atlas::{Atlas, Chain, Protocol, Selectors};
use case::CaseId;
use detect::Scope;
use engine::{Bundle, Case, ChainSetup, Gather, Materials, Source};
use facts::ChainId;
use rpc::Node;
use serde_json::json;
use store::{Limits, Store};

use super::case::{Desk, write_new};
use crate::{
    args::{
        LabelArgs,
        evidence::{EvidenceArgs, SourceArgs},
    },
    config::Config,
    labels, nodes, output, playbooks, protocol, rules,
};

/// The exit code of a bundle in which something is missing.
pub const INCOMPLETE: u8 = 3;

const MADE_BY: &str = concat!("breakglass ", env!("CARGO_PKG_VERSION"));

pub fn run(args: &EvidenceArgs) -> Result<ExitCode> {
    let out = args.out.clone().unwrap_or_else(|| format!("{}.evidence.tar.gz", args.case).into());
    if out.exists() {
        bail!("`{}` is there already: nothing was written", out.display());
    }
    let bundle = gather(&args.case, &args.source)?;
    let bytes = bundle.to_bytes()?;
    write_new(&out, &bytes).with_context(|| format!("cannot write `{}`", out.display()))?;
    tell(args, &bundle, &out.display().to_string(), bytes.len())
}

/// Gathers everything that a case rests on.
///
/// # Errors
/// If the case is not there, or nothing can be gathered.
pub fn gather(case: &CaseId, args: &SourceArgs) -> Result<Bundle> {
    rpc::install_tls();
    // State is read on a thread that waits, and what it waits for is read here.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("cannot start")?.block_on(gather_case(case, args))
}

async fn gather_case(case: &CaseId, args: &SourceArgs) -> Result<Bundle> {
    let replayed = !args.replay.is_empty();
    let inventory = (!replayed || args.desk.protocol.exists()).then_some(&args.desk.protocol);
    let inventory =
        inventory.map(|path| Ok::<_, anyhow::Error>((rules::text(path)?, protocol::read(path)?))).transpose()?;
    let materials = materials(args, inventory)?;
    if replayed {
        let case = replayed::case(case, &args.replay, &materials)?;
        let chains = known_chains();
        return Gather { materials, chains, nodes: BTreeMap::new() }.bundle(case).await;
    }
    let desk = Desk::open(&args.desk).await?;
    let export = desk.export(case).await?;
    // Evidence that does not fit an exported case is read from the book, if it lies here.
    let (store, config) = match &args.desk.url {
        Some(_) => (None, None),
        None => {
            let config = Config::read(&args.desk.config)?;
            let url = config.book(&config.data(args.desk.data.as_deref()));
            (Some(Store::open_to_read(&url, Limits::default()).await.context("the book cannot be read")?), Some(config))
        }
    };
    let (chains, nodes) = connect(args, config.as_ref()).await;
    let case = Case { export, source: Source::Book, store, records: Vec::new() };
    Gather { materials, chains, nodes }.bundle(case).await
}

fn materials(args: &SourceArgs, inventory: Option<(String, Protocol)>) -> Result<Materials> {
    let (protocol, scope, names) = match inventory {
        Some((text, protocol)) => {
            let names = protocol.name_more(Selectors::embedded());
            (Some(text), protocol::scope(&protocol), names)
        }
        None => (None, Scope::everything(), Selectors::embedded()),
    };
    let scope = scope.labelling(labels::told(&label_args(args)?)?);
    Ok(Materials {
        made_by: MADE_BY.to_owned(),
        rules: rules::texts(args.rules.as_deref())?,
        detectors: rules::detectors(args.rules.as_deref(), scope)?,
        protocol,
        names,
        data: data::files(args.playbooks.as_deref().map(playbooks::texts).transpose()?.unwrap_or_default()),
    })
}

/// Labels as they were given, or else as the installation has them, where the book is read here.
fn label_args(args: &SourceArgs) -> Result<LabelArgs> {
    let given = &args.labels.labels;
    let is_elsewhere = !args.replay.is_empty() || args.desk.url.is_some();
    let labels =
        if !given.is_empty() || is_elsewhere { given.clone() } else { Config::read(&args.desk.config)?.labels() };
    Ok(LabelArgs { labels })
}

fn known_chains() -> BTreeMap<ChainId, Chain> {
    Atlas::embedded().chains().map(|chain| (chain.id.clone(), chain.clone())).collect()
}

/// The chains with the nodes that may be asked, or why not.
async fn connect(
    args: &SourceArgs,
    config: Option<&Config>,
) -> (BTreeMap<ChainId, Chain>, BTreeMap<ChainId, Result<Arc<Node>, String>>) {
    let atlas = Atlas::embedded();
    let (mut chains, mut nodes) = (known_chains(), BTreeMap::new());
    let mut found: Vec<(Option<ChainId>, Result<ChainSetup>)> = Vec::new();
    for url in &args.rpc {
        found.push((None, nodes::behind(&atlas, None, std::slice::from_ref(url), None).await));
    }
    let listed = config.filter(|_| args.rpc.is_empty() && !args.offline).map(|config| config.chains.as_slice());
    for chain in listed.unwrap_or_default() {
        found.push((Some(chain.id.clone()), nodes::connect(&atlas, &chain.id, &chain.rpc).await));
    }
    for (id, setup) in found {
        match (id, setup) {
            (_, Ok(setup)) => {
                nodes.insert(setup.chain.id.clone(), Ok(setup.node));
                chains.insert(setup.chain.id.clone(), setup.chain);
            }
            (Some(id), Err(error)) => drop(nodes.insert(id, Err(format!("{error:#}")))),
            (None, Err(error)) => output::note(format!("a node is not asked: {error:#}")),
        }
    }
    if args.offline {
        for chain in config.map(|config| config.chains.as_slice()).unwrap_or_default() {
            nodes.insert(chain.id.clone(), Err("no node was to be asked".to_owned()));
        }
    }
    (chains, nodes)
}

fn tell(args: &EvidenceArgs, bundle: &Bundle, file: &str, size: usize) -> Result<ExitCode> {
    let manifest = &bundle.manifest;
    let proved =
        manifest.blocks.iter().filter(|block| bundle.files.contains_key(&format!("blocks/{}.nodes", block.hash)));
    let proved = proved.count();
    if args.source.desk.json {
        output::json(&json!({
            "file": file, "bundle": bundle.id(), "case": manifest.case, "bytes": size,
            "blocks": manifest.blocks.len(), "blocks_with_state_proofs": proved,
            "transactions": manifest.transactions.len(), "files": manifest.files.len(), "missing": manifest.missing,
        }))?;
    } else {
        output::line(format!(
            "wrote `{file}`: {} blocks ({proved} with proofs of their state), {} transactions, {} files, {size} bytes",
            manifest.blocks.len(),
            manifest.transactions.len(),
            manifest.files.len()
        ));
        for missing in &manifest.missing {
            output::line(format!("MISSING  {}: {}", missing.what, missing.why));
        }
        output::line(format!("bundle {}: keep it elsewhere, and give it with --id", bundle.id()));
        output::line(format!("prove it with: breakglass verify {file}"));
    }
    Ok(if manifest.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}
