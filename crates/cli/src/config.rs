//! `breakglass.toml`: one installation. Parsed whole, with the place of every mistake, before anything is opened.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use act::{SignerConfig, WebhookConfig};
use anyhow::{Result, bail};
use facts::ChainId;
use respond::{Exception, ExceptionsFile, Policy};
use serde::Deserialize;

use crate::rules;

/// The version of the file's form.
const SCHEMA: u32 = 1;

/// An installation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The version of the file's form.
    pub schema: u32,
    /// The book.
    #[serde(default)]
    pub store: StoreConfig,
    /// The front desk.
    #[serde(default)]
    pub console: ConsoleConfig,
    /// The chains to follow.
    #[serde(rename = "chain")]
    pub chains: Vec<ChainConfig>,
    /// Who may sign, by name.
    #[serde(default, rename = "signer")]
    pub signers: BTreeMap<String, SignerConfig>,
    /// Whom to tell, by name.
    #[serde(default, rename = "webhook")]
    pub webhooks: BTreeMap<String, WebhookConfig>,
    /// How far a machine may go alone.
    #[serde(default)]
    pub policy: Policy,
    /// A file of alerts that open no case, as `breakglass rules tune` proposes them.
    #[serde(default)]
    pub exceptions: Option<PathBuf>,
    /// ABIs and names of functions for whoever reads a transaction: artifacts, ABI files, lists of signatures, or folders
    /// of them.
    #[serde(default)]
    pub abi: Vec<PathBuf>,
    /// What others call accounts, for rules that ask and for whoever reads a transaction: lists of sanctioned accounts, of
    /// phishers, of attackers. They are read beside those in the program, and again when rules are.
    #[serde(default)]
    pub labels: Vec<PathBuf>,
    /// The folder that relative paths start from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// The book.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite://` and a path, relative to the data folder.
    pub url: String,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { url: "sqlite://breakglass.db".to_owned() }
    }
}

/// The front desk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleConfig {
    /// Address and port to listen on.
    pub listen: String,
    /// A file of access tokens; without one a token is made at each start and printed once.
    #[serde(default)]
    pub tokens: Option<PathBuf>,
}

impl Default for ConsoleConfig {
    fn default() -> Self {
        Self { listen: "127.0.0.1:7300".to_owned(), tokens: None }
    }
}

/// A chain to follow.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Its CAIP-2 id.
    pub id: ChainId,
    /// Its nodes, best first: `http(s)://`, `ws(s)://`, or a path.
    pub rpc: Vec<String>,
    /// Whether transactions are looked at before they are mined, where a node tells of them.
    #[serde(default = "yes")]
    pub pending: bool,
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads an installation.
    ///
    /// # Errors
    /// Names file, line, column and remedy.
    pub fn read(path: &Path) -> Result<Self> {
        let text = rules::text(path)?;
        let name = path.display().to_string();
        let mut config: Self = atlas::config::parse(&name, &text)?;
        if config.schema != SCHEMA {
            bail!("`{name}` has schema {}, this program reads {SCHEMA}", config.schema);
        }
        if config.chains.is_empty() {
            bail!("`{name}` names no chain: add a `[[chain]]` with `id` and `rpc`");
        }
        for (index, chain) in config.chains.iter().enumerate() {
            if chain.rpc.is_empty() {
                bail!("`{name}`: chain `{}` has no node: add a url to `rpc`", chain.id);
            }
            if config.chains[..index].iter().any(|other| other.id == chain.id) {
                bail!("`{name}`: chain `{}` stands twice: put all its nodes into one `rpc`", chain.id);
            }
        }
        config.folder =
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        Ok(config)
    }

    /// Where the book, the seal key and a fresh access token are kept.
    pub fn data(&self, asked: Option<&Path>) -> PathBuf {
        asked.map_or_else(|| self.folder.clone(), Path::to_owned)
    }

    /// The address of the book.
    pub fn book(&self, data: &Path) -> String {
        match self.store.url.strip_prefix("sqlite://") {
            Some(path) if Path::new(path).is_relative() => format!("sqlite://{}", data.join(path).display()),
            _ => self.store.url.clone(),
        }
    }

    /// Where names of functions are read, from the installation's own folder.
    pub fn abis(&self) -> Vec<PathBuf> {
        self.abi.iter().map(|path| self.folder.join(path)).collect()
    }

    /// Where labels are read, from the installation's own folder.
    pub fn labels(&self) -> Vec<PathBuf> {
        self.labels.iter().map(|path| self.folder.join(path)).collect()
    }

    /// The exceptions that are in force.
    ///
    /// # Errors
    /// If the file that is named cannot be read, or is not right.
    pub fn exceptions(&self) -> Result<Vec<Exception>> {
        let Some(path) = &self.exceptions else { return Ok(Vec::new()) };
        let path = self.folder.join(path);
        let text = rules::text(&path)?;
        ExceptionsFile::parse(&path.display().to_string(), &text).map_err(anyhow::Error::msg)
    }

    /// The file of the key that seals the book.
    pub fn seal_key(&self, data: &Path) -> PathBuf {
        data.join("seal.key")
    }

    /// Where the desk is on this machine; none if the system chooses its port.
    ///
    /// # Errors
    /// If the address is none.
    pub fn desk_url(&self) -> Result<Option<String>> {
        let listen = &self.console.listen;
        let Some((host, port)) = listen.rsplit_once(':').filter(|(host, _)| !host.is_empty()) else {
            bail!("`{listen}` is not an address to listen on: write `listen = \"127.0.0.1:7300\"`");
        };
        if port.parse() == Ok(0_u16) {
            return Ok(None);
        }
        // A service that listens everywhere listens here too.
        let host = match host {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            host => host,
        };
        Ok(Some(format!("http://{host}:{port}")))
    }
}
