//! `breakglass trace`: what one transaction did.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, mpsc},
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail};
use atlas::{Atlas, Chain, Labels, Protocol, Selectors};
use detect::{Detectors, Scope};
use engine::{Analyst, Lens, Lore, found_on, mined_on, seen_on};
use facts::B256;
use report::analysis::{self, Analysis};
use rpc::Form;
use watch::Recorded;

use crate::{abis::Inside, args::TraceArgs, labels, nodes, output, protocol, rules};

/// Frames whose steps are shown at once.
const STEPS_MAX: usize = 16;

pub fn run(args: &TraceArgs) -> Result<ExitCode> {
    if args.steps.len() > STEPS_MAX {
        bail!("the steps of {} frames are more than can be shown: name at most {STEPS_MAX}", args.steps.len());
    }
    let analysis =
        if args.rpc.is_empty() { in_files(&args.paths, args, told_with(args, || ())?)? } else { on_chain(args)? };
    if args.json {
        output::json(&analysis)?;
    } else if args.html {
        output::ready(&analysis::html(&analysis)?);
    } else {
        output::ready(&analysis::text(&analysis, output::look()));
    }
    // Whoever scripts this must not take half a sight for a whole one.
    let whole = analysis.blind.is_empty() && analysis.told.is_some();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Names inside of contracts: those in the binary, the protocol's, and what the person brings.
///
/// # Errors
/// Names the file, and where it can the line, of the first mistake.
pub fn inside(protocol: Option<(&Path, &Protocol)>, own: &[PathBuf]) -> Result<Inside> {
    let mut inside = Inside { selectors: Selectors::embedded(), ..Inside::default() };
    if let Some((path, protocol)) = protocol {
        inside = inside.with(&protocol::abis(path, protocol))?;
        inside.selectors = protocol.name_more(inside.selectors);
    }
    inside.with(own)
}

/// What transactions are told with.
pub fn lore(detectors: Vec<Arc<Detectors>>, protocol: Option<Protocol>, inside: Inside, labels: Arc<Labels>) -> Lore {
    Lore {
        detectors,
        selectors: Arc::new(inside.selectors),
        protocol: protocol.map(Arc::new),
        labels,
        layouts: Arc::new(inside.layouts),
    }
}

/// What the person's files and those in the binary say; rules are built after `ready`.
fn told_with(args: &TraceArgs, ready: impl FnOnce()) -> Result<Lore> {
    let protocol = args.protocol.as_deref().map(protocol::read).transpose()?;
    let inside = inside(args.protocol.as_deref().zip(protocol.as_ref()), &args.abi)?;
    let labels = labels::told(&args.labels)?;
    let cards = rules::cards(args.rules.as_deref())?;
    ready();
    let scopes = [Some(Scope::everything()), protocol.as_ref().map(protocol::scope)].into_iter().flatten();
    let judge = |scope: Scope| {
        let scope = scope.naming(inside.selectors.clone()).labelling(labels.clone());
        Ok(Arc::new(Detectors::new(cards.clone(), scope)?))
    };
    let judges = scopes.map(judge).collect::<Result<_>>()?;
    Ok(lore(judges, protocol, inside, labels))
}

/// Files are read while the node is found, and rules are built while it tells the state: all take their time, and none
/// needs the other. Between the two a node on the same machine writes the block out with all that the machine has.
fn on_chain(args: &TraceArgs) -> Result<Analysis> {
    rpc::install_tls();
    // To hand a question over to another thread takes longer than many an answer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    // Whoever drops this says that there is nothing more to wait for.
    let (go, waits) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let lore = scope.spawn(move || {
            told_with(args, || {
                waits.recv().ok();
            })
        });
        let seen = runtime.block_on(async {
            let atlas = Atlas::embedded();
            let node = Arc::new(nodes::reached(&atlas, args.chain.as_ref(), &args.rpc, None).await?);
            let (chain, mined) = tokio::try_join!(nodes::chain_of(&atlas, &node), mined_on(&node, args.tx))?;
            let lens = Lens::new(chain.clone(), rules::none()?)?;
            let found = found_on(&lens, &node, mined).await?;
            drop(go);
            let seen = seen_on(&lens, &node, found, &args.steps).await?;
            anyhow::Ok((seen, chain, node))
        });
        // Whose own files are wrong is told that first.
        let lore = lore.join().map_err(|_| anyhow!("reading the rules broke off: report this as a bug"))??;
        let (seen, chain, node) = seen?;
        let analysis = runtime.block_on(async { Analyst::new(chain, lore)?.of(seen, &node).await });
        // What ran on its threads has ended; that they end as well is not worth waiting for.
        runtime.shutdown_background();
        analysis
    })
}

fn in_files(paths: &[PathBuf], args: &TraceArgs, lore: Lore) -> Result<Analysis> {
    let mut source = Recorded::open(paths, Form::Ethereum)?;
    let of = source.remaining();
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        output::progress(format!("block {} ({} of {of})", recording.block.header.number, of - source.remaining()));
        if !recording.block.txs.iter().any(|known| known.hash == args.tx) {
            continue;
        }
        output::progress_end();
        return Analyst::new(known(&recording.chain)?, lore)?.within(&recording, args.tx, &args.steps);
    }
    output::progress_end();
    let tx: B256 = args.tx;
    bail!("none of {of} files holds transaction `{tx}`: check the hash, or read it from a node with --rpc")
}

fn known(id: &facts::ChainId) -> Result<Chain> {
    let atlas = Atlas::embedded();
    Ok(atlas.chain(id).with_context(|| format!("chain `{id}` is not known here"))?.clone())
}
