//! `breakglass trace`: what one transaction did.

mod print;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use atlas::{Atlas, Chain, Protocol, Selectors};
use detect::Scope;
use engine::{Lens, SeenTx, Words, seen_in, seen_on};
use facts::B256;
use rpc::Form;
use watch::Recorded;

use crate::{args::TraceArgs, nodes, output, protocol, rules};

pub fn run(args: &TraceArgs) -> Result<ExitCode> {
    let protocol = args.protocol.as_deref().map(protocol::read).transpose()?;
    let (chain, seen) = if args.rpc.is_empty() { in_files(&args.paths, args.tx)? } else { on_chain(args)? };
    let selectors = protocol.as_ref().map_or_else(Selectors::embedded, named);
    let words = Words { chain: &chain, selectors: &selectors, protocol: protocol.as_ref() };
    let report = words.tell(args.tx, seen);
    if args.json {
        output::json(&report)?
    } else {
        print::report(&report, &chain)
    }
    // Whoever scripts this must not take half a sight for a whole one.
    Ok(if report.blind.is_empty() && report.told.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn named(protocol: &Protocol) -> Selectors {
    protocol.name_more(Selectors::embedded())
}

fn on_chain(args: &TraceArgs) -> Result<(Chain, SeenTx)> {
    rpc::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("cannot start")?.block_on(async {
        let setup = nodes::behind(&Atlas::embedded(), args.chain.as_ref(), &args.rpc, None).await?;
        let lens = lens(setup.chain.clone())?;
        let seen = seen_on(&lens, &setup.node, args.tx).await?;
        Ok((setup.chain, seen))
    })
}

fn in_files(paths: &[PathBuf], tx: B256) -> Result<(Chain, SeenTx)> {
    let mut source = Recorded::open(paths, Form::Ethereum)?;
    let of = source.remaining();
    while let Some(recording) = source.read_next() {
        let recording = recording?;
        output::progress(format!("block {} ({} of {of})", recording.block.header.number, of - source.remaining()));
        if !recording.block.txs.iter().any(|known| known.hash == tx) {
            continue;
        }
        output::progress_end();
        let atlas = Atlas::embedded();
        let chain = atlas.chain(&recording.chain);
        let chain = chain.with_context(|| format!("chain `{}` is not known here", recording.chain))?.clone();
        let seen = seen_in(&lens(chain.clone())?, &recording, tx)?;
        return Ok((chain, seen));
    }
    output::progress_end();
    bail!("none of {of} files holds transaction `{tx}`: check the hash, or read it from a node with --rpc")
}

fn lens(chain: Chain) -> Result<Lens> {
    Lens::new(chain, rules::detectors(None, Scope::everything())?)
}
