//! `breakglass serve`: follow the chains, keep the book, open the desk.

mod board;
mod reload;
mod traces;

use std::{collections::BTreeMap, path::Path, process::ExitCode, sync::Arc};

use act::{ContractCall, Drivers, Gate, Signers, Webhook};
use anyhow::{Context as _, Result};
use atlas::{Atlas, Selectors};
use case::Timestamp;
use console::AppState;
use detect::Scope;
use engine::{ChainSetup, Inquiry, Judgement, Service, Setup};
use facts::ChainId;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use respond::{Installation, Playbook, TriageRules};
use store::{Options, SealKey, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::trace;
use reload::{RuleSource, RulesRead, hear_reload, playbook_files};

use crate::{
    access::Access,
    args::ServeArgs,
    config::Config,
    names::{KnownNames, Tokens},
    nodes,
    output::{self, Reader},
    playbooks, protocol, rules,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn run(args: &ServeArgs) -> Result<ExitCode> {
    output::logs(if args.json { Reader::Program } else { Reader::Person });
    let config = Config::read(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(serve(config, args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, args: &ServeArgs) -> Result<()> {
    rpc::install_tls();
    facts::Keyed::seed(u64::from_le_bytes(random()?));
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics cannot be kept")?;
    let data = config.data(args.data.as_deref());
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make the data folder `{}`", data.display()))?;

    let protocol = protocol::read(&args.protocol)?;
    protocol.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    let playbooks = playbooks::read(args.own.playbooks.as_deref())?;
    let source = RuleSource {
        folder: args.own.rules.clone(),
        labels: config.labels(),
        scope: protocol::scope(&protocol),
        playbooks: playbook_files(&playbooks),
    };
    let RulesRead { labels, detectors, data: data_files } = source.read()?;
    let store = open_store(&config, &data).await?;
    let chains = connect(&config).await?;
    let (tokens, nameless) = Tokens::new();
    let names = KnownNames::new(Some(&protocol), chains.iter().map(|setup| &setup.chain)).asking(tokens);
    let nodes = chains.iter().map(|setup| (setup.chain.id.clone(), Arc::clone(&setup.node))).collect();
    let inside = trace::inside(Some((args.protocol.as_path(), &protocol)), &config.abis())?;
    let anyone = Scope::everything().naming(inside.selectors.clone()).labelling(labels.clone());
    let everywhere = rules::detectors(None, anyone)?;
    let judges = vec![Arc::clone(&detectors), everywhere];
    let inquiry = Inquiry::new(trace::lore(judges, Some(protocol.clone()), inside, labels));
    let setups: Vec<ChainSetup> = chains.iter().map(ChainSetup::again).collect();
    let judgement = judgement(&config, protocol, playbooks, &chains).await?;
    let board = board::open(VERSION, &config.policy);
    let listener = TcpListener::bind(&config.console.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`: is another program there?", config.console.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let access = Access::of(&config, &data)?;

    let setup = Setup {
        store: store.clone(),
        chains,
        data: data_files,
        detectors,
        judgement,
        version: VERSION.to_owned(),
        clock: Timestamp::now,
    };
    let asked = hear_stop();
    let reloads = hear_reload();
    let mut service = Service::start(setup).await?;
    let recent = setups.iter().zip(service.recent());
    let inquiry = recent.fold(inquiry, |inquiry, (setup, (_, recent))| inquiry.following(setup, recent.clone()));
    let stop = CancellationToken::new();
    let reloader = tokio::spawn(reload::on_request(reloads, source, service.rulebook().clone(), stop.clone()));
    let desk = AppState::new(store, board.clone(), access.tokens.clone());
    let desk = desk.with_names(names).with_metrics(render(metrics)).with_traces(traces::Told(inquiry));
    let console = tokio::spawn(console::serve(listener, desk, stop.clone()));
    let told = tokio::spawn(board::tell(service.status().to_vec(), board, stop.clone()));
    let named = tokio::spawn(nameless.look_up(nodes, stop.clone()));

    tokio::select! {
        () = service.ready() => {
            if args.json {
                output::json(&serde_json::json!({ "ready": format!("http://{address}"), "token": access.fresh }))?;
            } else {
                if let Some(token) = &access.fresh {
                    output::line(format!("token {token}"));
                }
                output::line(format!("ready http://{address}"));
            }
        }
        // Somebody may stop it while it still waits for a block.
        () = asked.cancelled() => {}
    }
    let result = service.run(asked.cancelled_owned()).await;
    stop.cancel();
    reloader.await.context("reading rules anew failed")?;
    named.await.context("looking up names failed")?;
    told.await.context("the status board failed")?;
    console.await.context("the console failed")??;
    result
}

async fn open_store(config: &Config, data: &Path) -> Result<Store> {
    let key = SealKey::load_or_create(&config.seal_key(data), || random().map_err(std::io::Error::other))?;
    Ok(Store::open(&config.book(data), key, Options::at(Timestamp::now())).await?)
}

async fn connect(config: &Config) -> Result<Vec<ChainSetup>> {
    let atlas = Atlas::embedded();
    let mut chains = Vec::new();
    for chain in &config.chains {
        chains.push(ChainSetup { pending: chain.pending, ..nodes::connect(&atlas, &chain.id, &chain.rpc).await? });
    }
    Ok(chains)
}

async fn judgement(
    config: &Config,
    protocol: atlas::Protocol,
    playbooks: Vec<Playbook>,
    chains: &[ChainSetup],
) -> Result<Judgement> {
    let (folder, signers, webhooks) = (config.folder.clone(), config.signers.clone(), config.webhooks.clone());
    let installation = Installation {
        signers: signers.keys().cloned().collect(),
        webhooks: webhooks.keys().cloned().collect(),
        protocol,
    };
    // Opening a keystore takes a second of work, which is what protects it.
    let opened = tokio::task::spawn_blocking(move || {
        anyhow::Ok((Signers::load(&folder, &signers)?, Webhook::load(&folder, &webhooks)?))
    });
    let (signers, webhook) = opened.await.context("the keystores cannot be opened")??;
    let gate = |setup: &ChainSetup| (setup.chain.id.clone(), Arc::clone(&setup.node) as Arc<dyn Gate>);
    let gates: BTreeMap<ChainId, Arc<dyn Gate>> = chains.iter().map(gate).collect();
    let selectors = installation.protocol.name_more(Selectors::embedded());
    let addresses = signers.addresses().map(|(name, address)| (name.to_owned(), address)).collect();
    Ok(Judgement {
        playbooks,
        rules: TriageRules {
            protected: installation.protected(),
            exceptions: config.exceptions()?,
            ..TriageRules::default()
        },
        installation,
        policy: config.policy.clone(),
        drivers: Drivers::new().with(Arc::new(ContractCall::new(signers, gates))).with(Arc::new(webhook)),
        selectors,
        signers: addresses,
    })
}

fn render(handle: PrometheusHandle) -> impl Fn() -> String + Send + Sync {
    move || handle.render()
}

/// Hears SIGTERM and Ctrl-C from now on.
fn hear_stop() -> CancellationToken {
    use tokio::signal::unix::{SignalKind, signal};
    let asked = CancellationToken::new();
    for (kind, name) in [(SignalKind::terminate(), "SIGTERM"), (SignalKind::interrupt(), "Ctrl-C")] {
        let mut heard = match signal(kind) {
            Ok(heard) => heard,
            Err(error) => {
                tracing::error!(%error, "{name} cannot be heard: stop the process in another way");
                continue;
            }
        };
        let asked = asked.clone();
        tokio::spawn(async move {
            if heard.recv().await.is_some() && !asked.is_cancelled() {
                tracing::info!("asked to stop: the block under way is finished first");
                asked.cancel();
            }
        });
    }
    asked
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
    Ok(bytes)
}
