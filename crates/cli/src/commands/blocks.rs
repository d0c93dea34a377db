//! Blocks for a replay: witness files, or a stretch of a chain read from nodes.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use atlas::Atlas;
use engine::{Replay, Stretch};
use facts::ChainId;
use rpc::{Form, Recorder};
use watch::Recorded;

use crate::{args::blocks::BlocksArgs, nodes, output};

/// Shows a replay the blocks that were asked for. What nodes answer goes into the recorder, if there is one.
///
/// # Errors
/// If they cannot be read, or the replay cannot take them.
pub fn show(replay: &mut Replay, args: &BlocksArgs, recorder: Option<Arc<Recorder>>) -> Result<()> {
    match args.from {
        Some(from) => of_chain(replay, (args.chain.as_ref(), &args.rpc), Stretch { from, to: args.to.0 }, recorder),
        None => of_files(replay, &args.paths),
    }
}

/// Shows it the blocks of witness files or folders of them.
///
/// # Errors
/// As [`show`].
pub fn of_files(replay: &mut Replay, paths: &[PathBuf]) -> Result<()> {
    let mut source = Recorded::open(paths, Form::Ethereum)?;
    let of = source.remaining();
    while let Some(recording) = source.read_next() {
        let recording = recording.inspect_err(|_| output::progress_end())?;
        output::progress(format!("block {} ({} of {of})", recording.block.header.number, of - source.remaining()));
        replay.block(&recording).inspect_err(|_| output::progress_end())?;
    }
    output::progress_end();
    Ok(())
}

/// Shows it a stretch of the chain behind some nodes.
///
/// # Errors
/// As [`show`].
pub fn of_chain(
    replay: &mut Replay,
    (chain, rpc): (Option<&ChainId>, &[String]),
    stretch: Stretch,
    recorder: Option<Arc<Recorder>>,
) -> Result<()> {
    rpc::install_tls();
    // The loupe waits for state on a thread of its own, and what it waits for is read here.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let looked = runtime.context("cannot start")?.block_on(async {
        let setup = nodes::behind(&Atlas::embedded(), chain, rpc, recorder.clone()).await?;
        let seen = |number: u64, to: u64| {
            output::progress(format!("block {number} ({} of {})", number - stretch.from + 1, to - stretch.from + 1));
        };
        replay.stretch(setup, stretch, seen).await?;
        Ok(recorder.map_or(Ok(()), |recorder| recorder.finish())?)
    });
    output::progress_end();
    looked
}
