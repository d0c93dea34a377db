//! A client of the service's HTTP API.

use std::{error::Error as _, io, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url, redirect};
use serde_json::Value;

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take; the service itself gives up after half of it.
const ANSWER: Duration = Duration::from_secs(60);
/// Bytes of an answer: an exported case with all its evidence in hexadecimal has some 130 million at most.
const BYTES_MAX: usize = 256 << 20;

/// A service, and the token to come in with.
pub struct Service {
    client: Client,
    url: Url,
    token: Option<String>,
}

/// What came of asking.
pub enum Asked {
    /// It answered.
    Answer(StatusCode, Vec<u8>),
    /// Nobody listens at the address.
    Nobody,
}

impl Service {
    /// A service at an address.
    ///
    /// # Errors
    /// If the address is none.
    pub fn at(url: &str, token: Option<String>) -> Result<Self> {
        let url: Url =
            url.parse().with_context(|| format!("`{url}` is not an address: expected `http://host:port`"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            bail!("`{url}` is not an address of a service: expected `http://host:port`");
        }
        // The token goes to the address that was given and nowhere else.
        let mut client = Client::builder().connect_timeout(CONNECT).timeout(ANSWER).redirect(redirect::Policy::none());
        if is_this_machine(&url) {
            client = client.no_proxy();
        }
        Ok(Self { client: client.build().context("cannot start an HTTP client")?, url, token })
    }

    /// The address, without what may be a secret.
    pub fn name(&self) -> String {
        let mut url = self.url.clone();
        // Both fail only for addresses without a host, which are refused above.
        let bare = url.set_password(None).and_then(|()| url.set_username(""));
        url.set_query(None);
        if bare.is_ok() { url.as_str().trim_end_matches('/').to_owned() } else { "the service".to_owned() }
    }

    /// Whether somebody on the way could read the token.
    pub fn is_open(&self) -> bool {
        self.url.scheme() == "http" && !is_this_machine(&self.url)
    }

    /// Reads a path.
    ///
    /// # Errors
    /// If the service cannot be asked; that nobody is there is none.
    pub async fn get(&self, path: &str) -> Result<Asked> {
        self.ask(self.request(Method::GET, path)?).await
    }

    /// Sends a decision.
    ///
    /// # Errors
    /// As [`Service::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Asked> {
        self.ask(self.request(Method::POST, path)?.json(body)).await
    }

    /// Takes something back.
    ///
    /// # Errors
    /// As [`Service::get`].
    pub async fn delete(&self, path: &str) -> Result<Asked> {
        self.ask(self.request(Method::DELETE, path)?).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let base = self.url.as_str().trim_end_matches('/');
        let request = self.client.request(method, format!("{base}{path}"));
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Asked> {
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if is_refused(&error) => return Ok(Asked::Nobody),
            // Its own words hold the whole address.
            Err(error) => {
                return Err(anyhow!(error.without_url()).context(format!("`{}` cannot be asked", self.name())));
            }
        };
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(reqwest::Error::without_url);
            let chunk = chunk.with_context(|| format!("the answer of `{}` broke off", self.name()))?;
            let Some(chunk) = chunk else { return Ok(Asked::Answer(response.status(), body)) };
            if body.len() + chunk.len() > BYTES_MAX {
                bail!("`{}` answers with more than {BYTES_MAX} bytes: it is no service of ours", self.name());
            }
            body.extend_from_slice(&chunk);
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether nobody listens, as opposed to a service that is slow, far or broken.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = inner.source();
    }
    false
}
