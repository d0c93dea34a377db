//! `breakglass serve`: follow the chains, keep the book, open the desk.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use act::{ContractCall, Drivers, Gate, Signers, Webhook};
use anyhow::{Context as _, Result};
use atlas::{Atlas, Chain, Fork, Selectors};
use case::{DataFile, Digest, Timestamp};
use console::{AppState, Automatic, BlindStatus, ChainStatus, HeadStatus, Role, StatusBoard, Tokens, TokensFile};
use detect::Detectors;
use engine::{ChainSetup, Judgement, Service, Setup};
use facts::ChainId;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use respond::{Installation, PLAYBOOKS, Playbook, TriageRules};
use rpc::{EndpointConfig, Node, NodeOptions};
use store::{Options, SealKey, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{args::ServeArgs, config::Config, output, protocol, rules};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How often the desk is told how the chains stand.
const STATUS_EVERY: Duration = Duration::from_millis(500);

pub fn run(args: &ServeArgs) -> Result<ExitCode> {
    output::logs();
    let config = Config::read(&args.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(serve(config, args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, args: &ServeArgs) -> Result<()> {
    rpc::install_tls();
    facts::Keyed::seed(u64::from_le_bytes(random()?));
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics cannot be kept")?;
    let data = args.data.clone().unwrap_or_else(|| config.folder.clone());
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make the data folder `{}`", data.display()))?;

    let protocol = protocol::read(&args.protocol)?;
    protocol.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    let detectors = rules::detectors(None, protocol::scope(&protocol))?;
    let store = open_store(&config, &data).await?;
    let chains = connect(&config).await?;
    let judgement = judgement(&config, protocol, &chains).await?;
    let (board, tokens) = (board(&config), tokens(&config)?);
    let listener = TcpListener::bind(&config.console.listen)
        .await
        .with_context(|| format!("cannot listen on `{}`: is another program there?", config.console.listen))?;
    let address = listener.local_addr().context("the listener has no address")?;

    let setup = Setup {
        store: store.clone(),
        chains,
        data: data_files(&detectors),
        detectors,
        judgement,
        version: VERSION.to_owned(),
        clock: Timestamp::now,
    };
    let asked = hear_stop();
    let mut service = Service::start(setup).await?;
    let stop = CancellationToken::new();
    let desk = AppState::new(store, board.clone(), tokens.given).with_metrics(render(metrics));
    let console = tokio::spawn(console::serve(listener, desk, stop.clone()));
    let told = tokio::spawn(tell(service.status().to_vec(), board, stop.clone()));

    tokio::select! {
        () = service.ready() => {
            if let Some(token) = tokens.fresh {
                output::line(format!("token {token}"));
            }
            output::line(format!("ready http://{address}"));
        }
        // Somebody may stop it while it still waits for a block.
        () = asked.cancelled() => {}
    }
    let result = service.run(asked.cancelled_owned()).await;
    stop.cancel();
    told.await.context("the status board failed")?;
    console.await.context("the console failed")??;
    result
}

async fn open_store(config: &Config, data: &Path) -> Result<Store> {
    let key = SealKey::load_or_create(&data.join("seal.key"), || random().map_err(std::io::Error::other))?;
    let url = match config.store.url.strip_prefix("sqlite://") {
        Some(path) if Path::new(path).is_relative() => format!("sqlite://{}", data.join(path).display()),
        _ => config.store.url.clone(),
    };
    Ok(Store::open(&url, key, Options::at(Timestamp::now())).await?)
}

/// The chains with their nodes, and the fork that a node declares where no schedule is known.
async fn connect(config: &Config) -> Result<Vec<ChainSetup>> {
    let atlas = Atlas::embedded();
    let mut chains = Vec::new();
    for chain in &config.chains {
        let endpoints = chain.rpc.iter().map(|url| EndpointConfig::new(url.clone())).collect();
        let node = Arc::new(Node::new(chain.id.clone(), endpoints, NodeOptions::default())?);
        let declared =
            node.capabilities().await.with_context(|| format!("no node of `{}` answers", chain.id))?.anvil_fork;
        let fork: Option<Fork> = declared.and_then(|name| name.parse().ok());
        let known = atlas.chain(&chain.id).cloned();
        let chain = match (known, fork) {
            (Some(known), Some(fork)) if known.forks.is_empty() => known.declared(fork),
            (Some(known), _) => known,
            (None, Some(fork)) => Chain::devnet(chain.id.clone(), fork),
            (None, None) => {
                anyhow::bail!("chain `{}` is not known here, and its node does not name its fork", chain.id)
            }
        };
        chains.push(ChainSetup { chain, node });
    }
    Ok(chains)
}

async fn judgement(config: &Config, protocol: atlas::Protocol, chains: &[ChainSetup]) -> Result<Judgement> {
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
    Ok(Judgement {
        playbooks: Playbook::embedded(),
        rules: TriageRules { protected: installation.protected(), ..TriageRules::default() },
        installation,
        policy: config.policy.clone(),
        drivers: Drivers::new().with(Arc::new(ContractCall::new(signers, gates))).with(Arc::new(webhook)),
        selectors,
    })
}

fn board(config: &Config) -> StatusBoard {
    let automatic = match config.policy.automatic {
        respond::Automatic::Never => Automatic::Never,
        respond::Automatic::Reversible => Automatic::Reversible,
    };
    StatusBoard::new(VERSION, automatic, Timestamp::now())
}

/// Who may use the desk; a token that was made now is shown once.
struct Given {
    given: Tokens,
    fresh: Option<String>,
}

fn tokens(config: &Config) -> Result<Given> {
    if let Some(file) = &config.console.tokens {
        let path: PathBuf = config.folder.join(file);
        let file: TokensFile = atlas::config::parse(&path.display().to_string(), &rules::text(&path)?)?;
        return Ok(Given { given: Tokens::from_file(file)?, fresh: None });
    }
    let (token, fresh) = Tokens::generate("responder", Role::Responder)?;
    Ok(Given { given: Tokens::new(vec![token])?, fresh: Some(fresh) })
}

fn render(handle: PrometheusHandle) -> impl Fn() -> String + Send + Sync {
    move || handle.render()
}

/// Tells the desk how the chains stand, also when nothing changes: silence would look like an old truth.
async fn tell(
    chains: Vec<tokio::sync::watch::Receiver<engine::ChainStatus>>,
    board: StatusBoard,
    stop: CancellationToken,
) {
    loop {
        let now = Timestamp::now();
        for chain in &chains {
            let held = chain.borrow().clone();
            board.chain(now, shown(held));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(STATUS_EVERY) => {}
        }
    }
}

fn shown(held: engine::ChainStatus) -> ChainStatus {
    let time = i64::try_from(held.head_time).ok().and_then(|time| Timestamp::from_second(time).ok());
    ChainStatus {
        id: held.chain,
        name: held.name,
        following: held.head.is_some() && held.trouble.is_empty(),
        head: held.head.map(|head| HeadStatus {
            number: head.number,
            hash: head.hash,
            time: time.unwrap_or(Timestamp::UNIX_EPOCH),
        }),
        node_head: None,
        lag_blocks: None,
        lag_ms: Some(held.lag_ms),
        finality: console::Finality::default(),
        sight: held.sight,
        blind_recent: held.blind.into_iter().map(|(block, at, why)| BlindStatus { block, at, why }).collect(),
        endpoints: Vec::new(),
    }
}

/// Rules and playbooks in force, for the book.
fn data_files(detectors: &Detectors) -> Vec<DataFile> {
    let rules =
        detectors.rules().into_iter().map(|rule| DataFile { id: format!("rules/{}", rule.id), hash: rule.hash });
    let playbooks = PLAYBOOKS
        .iter()
        .map(|(id, text)| DataFile { id: format!("playbooks/{id}"), hash: Digest::of_bytes(text.as_bytes()) });
    rules.chain(playbooks).collect()
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
