//! The book of this installation, read beside whoever writes it or with nobody there.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use atlas::Atlas;
use case::{CaseId, Stream, Timestamp};
use console::ReadingRoom;
use serde_json::Value;
use store::{CaseExport, Limits, Options, SealKey, Store, StoreError};

use crate::{args::case::DeskArgs, config::Config, names::KnownNames, output, protocol};

/// The book, open to read.
pub struct Book {
    store: Store,
    room: ReadingRoom,
    name: String,
    url: String,
    seal_key: std::path::PathBuf,
}

impl Book {
    /// Opens the book of an installation.
    ///
    /// # Errors
    /// If there is none, or it is not of this program's form.
    pub async fn open(config: &Config, args: &DeskArgs) -> Result<Self> {
        let data = config.data(args.data.as_deref());
        let url = config.book(&data);
        let name = url.trim_start_matches("sqlite://").to_owned();
        let store = Store::open_to_read(&url, Limits::default()).await;
        let store =
            store.with_context(|| format!("the book `{name}` cannot be read: has this installation served?"))?;
        let names = names(&args.protocol);
        let room = ReadingRoom::over(store.clone(), names, Timestamp::now())?;
        Ok(Self { store, room, name, url, seal_key: config.seal_key(&data) })
    }

    /// Where it lies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the API would answer.
    ///
    /// # Errors
    /// In the API's words.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let (status, body) = self.room.get(path).await.context("the book cannot be read")?;
        super::desk::answer(&format!("the book `{}`", self.name), status, &body)
    }

    /// The case with what proves it. Lines that no seal covers, because the service did not stop in order, are sealed
    /// first with the installation's own key.
    ///
    /// # Errors
    /// If there is no such case, or it cannot be sealed.
    pub async fn export(&self, id: &CaseId) -> Result<CaseExport> {
        let export = self.store.export_case(id).await.context("the case cannot be read")?;
        let Some(last) = export.entries.last().map(|entry| entry.seq) else {
            bail!("no case has the id `{id}`: `breakglass case list` names them");
        };
        let stream = Stream::Case(id.clone());
        let mut heads = export.seals.iter().flat_map(|seal| &seal.heads);
        if heads.any(|head| head.stream == stream && head.seq == last) {
            return Ok(export);
        }
        output::note("the newest lines are not sealed yet: the book is sealed first");
        let missing = || -> Result<[u8; 32], std::io::Error> {
            Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "there is no key to seal with: give its folder with --data",
            ))
        };
        let key = SealKey::load_or_create(&self.seal_key, missing)?;
        let writer = Store::open(&self.url, key, Options::at(Timestamp::now())).await.map_err(|error| match error {
            error @ StoreError::Locked { .. } => anyhow::Error::new(error)
                .context("a service holds the book and does not answer: see its log, or stop it"),
            error => error.into(),
        })?;
        let sealed = async {
            writer.seal(Timestamp::now()).await?;
            writer.export_case(id).await
        };
        let sealed = sealed.await;
        writer.close().await;
        sealed.context("the case cannot be sealed")
    }
}

/// What is read at three in the morning must not hang on a name: an inventory with a mistake gives none.
fn names(path: &Path) -> KnownNames {
    let atlas = Atlas::embedded();
    let inventory = path.exists().then(|| protocol::read(path)).transpose();
    let inventory = inventory.unwrap_or_else(|error| {
        output::note(format!("contracts are not named: {error:#}"));
        None
    });
    KnownNames::new(inventory.as_ref(), atlas.chains())
}
