//! Where cases are read and decided on: the service that runs, or the book as it lies.

use anyhow::{Context as _, Result, bail};
use case::CaseId;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use store::CaseExport;

use super::{
    book::Book,
    http::{Asked, Service},
};
use crate::{access, args::case::DeskArgs, config::Config, output};

/// A path that needs a token and costs nothing.
const PROBE: &str = "/api/v1/incidents?limit=1";

/// Why the service of this installation cannot be asked.
const PORT_UNKNOWN: &str = "the system chooses the port that the service listens on";

/// Where cases are read.
pub enum Desk {
    /// A service answers.
    Served(Service),
    /// No service runs: the book is read.
    Book(Box<Book>),
}

impl Desk {
    /// The service, if it answers; else the book. A service that answers and does not let us in is an error: what it
    /// would say is not to be had in another way.
    ///
    /// # Errors
    /// If neither can be read.
    pub async fn open(args: &DeskArgs) -> Result<Self> {
        let (service, config) = service(args)?;
        let said = match service {
            None => PORT_UNKNOWN.to_owned(),
            Some(service) => match service.get(PROBE).await? {
                Asked::Answer(status, body) => {
                    answer(&service.name(), status, &body)?;
                    return Ok(Self::Served(service));
                }
                Asked::Nobody => nobody(&service),
            },
        };
        let Some(config) = config else { bail!(said) };
        let book = Book::open(&config, args).await.with_context(|| said.clone())?;
        output::note(format!("{said}: reading the book `{}`", book.name()));
        Ok(Self::Book(Box::new(book)))
    }

    /// The service, for a decision: nobody else may write the book.
    ///
    /// # Errors
    /// If it does not run, or does not let us in.
    pub async fn to_decide(args: &DeskArgs) -> Result<Self> {
        let Some(service) = service(args)?.0 else { bail!("{PORT_UNKNOWN}: give the service with --url") };
        match service.get(PROBE).await? {
            Asked::Answer(status, body) => answer(&service.name(), status, &body)?,
            Asked::Nobody => {
                bail!("{}; decisions are written by the service: start `breakglass serve`", nobody(&service))
            }
        };
        Ok(Self::Served(service))
    }

    /// Where what is shown comes from.
    pub fn name(&self) -> String {
        match self {
            Self::Served(service) => service.name(),
            Self::Book(book) => book.name().to_owned(),
        }
    }

    /// Reads a path of the API.
    ///
    /// # Errors
    /// In the API's words.
    pub async fn get(&self, path: &str) -> Result<Value> {
        match self {
            Self::Served(service) => told(service, service.get(path).await?),
            Self::Book(book) => book.get(path).await,
        }
    }

    /// Sends a decision.
    ///
    /// # Errors
    /// In the API's words.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        match self {
            Self::Served(service) => told(service, service.post(path, body).await?),
            Self::Book(_) => bail!("decisions are written by the service: start `breakglass serve`"),
        }
    }

    /// Takes something back.
    ///
    /// # Errors
    /// In the API's words.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        match self {
            Self::Served(service) => told(service, service.delete(path).await?),
            Self::Book(_) => bail!("decisions are written by the service: start `breakglass serve`"),
        }
    }

    /// Takes a case out of the book.
    ///
    /// # Errors
    /// If there is no such case, or it cannot be sealed.
    pub async fn export(&self, id: &CaseId) -> Result<CaseExport> {
        match self {
            Self::Served(service) => {
                let path = format!("/api/v1/incidents/{id}/export");
                let Asked::Answer(status, body) = service.get(&path).await? else { bail!(nobody(service)) };
                if !status.is_success() {
                    answer(&service.name(), status, &body)?;
                }
                Ok(CaseExport::from_json(&body)?)
            }
            Self::Book(book) => book.export(id).await,
        }
    }
}

/// The service to ask, and the installation it belongs to unless an address was given.
fn service(args: &DeskArgs) -> Result<(Option<Service>, Option<Config>)> {
    if let Some(url) = &args.url {
        // A token that was left here is not for whoever answers at an address of somebody's choice.
        let service = Service::at(url, args.token.clone())?;
        if service.is_open() && args.token.is_some() {
            output::note("the token goes over the network unencrypted: prefer an address with https");
        }
        return Ok((Some(service), None));
    }
    let config = Config::read(&args.config).context("give the installation with --config, or a service with --url")?;
    let token = match &args.token {
        Some(token) => Some(token.clone()),
        None => access::left(&config.data(args.data.as_deref()))?,
    };
    let service = config.desk_url()?.map(|url| Service::at(&url, token)).transpose()?;
    Ok((service, Some(config)))
}

fn nobody(service: &Service) -> String {
    format!("no service answers at `{}`", service.name())
}

fn told(service: &Service, asked: Asked) -> Result<Value> {
    match asked {
        Asked::Answer(status, body) => answer(&service.name(), status, &body),
        Asked::Nobody => bail!("{}: it has just stopped", nobody(service)),
    }
}

/// A refusal of the API.
#[derive(Deserialize)]
struct Refusal {
    r#type: String,
    detail: String,
    remedy: String,
}

/// The answer, or the refusal as an error.
///
/// # Errors
/// In the API's words; or that it was not the API that answered.
pub fn answer(name: &str, status: StatusCode, body: &[u8]) -> Result<Value> {
    if status.is_success() {
        let strange = || format!("what answers at `{name}` is not a service of ours: check the address");
        return serde_json::from_slice(body).with_context(strange);
    }
    let refusal = serde_json::from_slice(body).ok();
    let refusal: Option<Refusal> = refusal.filter(|told: &Refusal| told.r#type.starts_with("urn:breakglass:problem:"));
    match refusal {
        Some(_) if status == StatusCode::UNAUTHORIZED => bail!(
            "`{name}` does not know this token: give one with --token or BREAKGLASS_TOKEN; a service without a file of \
             tokens leaves its own in its data folder, which --data names"
        ),
        Some(told) => bail!("{}: {}", told.detail, told.remedy),
        None => {
            bail!("what answers at `{name}` is not a service of ours (HTTP {}): check the address", status.as_u16())
        }
    }
}
