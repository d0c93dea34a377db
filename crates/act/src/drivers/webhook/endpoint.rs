//! Where a message goes: an address and a secret that are never shown, and the limits of talking to it.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use url::{Host, Url};

use crate::{ActError, Secret};

/// Shortest secret in bytes that signs anything.
const SECRET_BYTES_MIN: usize = 16;
/// Longest wait for one answer, in milliseconds.
const TIMEOUT_MS_MAX: u64 = 30_000;
/// Most of an answer that is read, in bytes; enough for a reason.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Parts of an address from this length on may be tokens, in bytes.
const TOKEN_BYTES_MIN: usize = 8;
/// Most of an answer's text that is repeated to a person, in characters.
const SHOWN_CHARS_MAX: usize = 200;

/// `[webhook.NAME]` of `breakglass.toml`. Paths are taken from the folder of that file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// The address, https unless on this machine. Use `url_env` if it holds a token.
    pub url: Option<String>,
    /// Or the environment variable that holds it.
    pub url_env: Option<String>,
    /// The file that holds the signing secret, readable by its owner alone.
    pub secret_file: Option<PathBuf>,
    /// Or the environment variable that holds it.
    pub secret_env: Option<String>,
    /// How long to wait for an answer, in milliseconds; 5000 when absent, at most 30000.
    pub timeout_ms: Option<u64>,
}

impl fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a token.
        f.debug_struct("WebhookConfig")
            .field("url", &self.url.as_ref().map(|_| ".."))
            .field("url_env", &self.url_env)
            .field("secret_file", &self.secret_file)
            .field("secret_env", &self.secret_env)
            .field("timeout_ms", &self.timeout_ms)
            .finish()
    }
}

/// One webhook, ready for use.
pub(super) struct Endpoint {
    url: Url,
    pub(super) host: String,
    pub(super) secret: Secret,
    client: reqwest::Client,
}

/// What an endpoint answered.
pub(super) struct Answer {
    pub(super) status: u16,
    /// The idempotency key it repeated, if it did.
    pub(super) key: Option<String>,
    /// Seconds after which it wants to be asked again.
    pub(super) retry_after_s: Option<u64>,
    /// The beginning of what it said, without secrets and control characters.
    pub(super) text: String,
}

/// Why there is no answer.
pub(super) enum Silence {
    /// No connection came about: nothing was sent.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

impl Endpoint {
    /// Reads and checks the configuration. `what` is such as `webhook.oncall`.
    pub(super) fn load(what: &str, folder: &Path, config: &WebhookConfig) -> Result<Self, ActError> {
        let setup = |why: String| ActError::setup(what, why);
        let url = match (&config.url, &config.url_env) {
            (Some(url), None) => Secret::new(url.as_str()),
            (None, Some(_)) => Secret::read(what, "url", None, config.url_env.as_deref())?,
            _ => return Err(setup("needs exactly one of `url` and `url_env`".to_owned())),
        };
        // The parser's message does not repeat the address.
        let url = std::str::from_utf8(url.expose())
            .map_err(|_| setup("its address is not text".to_owned()))
            .and_then(|text| Url::parse(text).map_err(|error| setup(format!("its address is none: {error}"))))?;
        let host = url.host().ok_or_else(|| setup("its address has no host".to_owned()))?;
        let here = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        if url.scheme() != "https" && !(here && url.scheme() == "http") {
            return Err(setup(format!("its address at `{host}` has scheme `{}`; use https", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(setup(format!(
                "its address at `{host}` holds a user or password; the signature proves who sends"
            )));
        }
        let secret_file = config.secret_file.as_ref().map(|path| folder.join(path));
        let secret = Secret::read(what, "secret", secret_file.as_deref(), config.secret_env.as_deref())?;
        if secret.expose().len() < SECRET_BYTES_MIN {
            let why =
                format!("its secret has fewer than {SECRET_BYTES_MIN} bytes; make one with `openssl rand -hex 32`");
            return Err(setup(why));
        }
        let timeout_ms = config.timeout_ms.unwrap_or(5_000);
        if timeout_ms == 0 || timeout_ms > TIMEOUT_MS_MAX {
            return Err(setup(format!("`timeout_ms` is {timeout_ms}; it must be between 1 and {TIMEOUT_MS_MAX}")));
        }
        let host = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        let client = client(here, Duration::from_millis(timeout_ms)).map_err(|error| setup(told(error)))?;
        Ok(Self { url, host, secret, client })
    }

    pub(super) fn post(&self, body: Vec<u8>) -> reqwest::RequestBuilder {
        self.client.post(self.url.clone()).header("content-type", "application/json").body(body)
    }

    pub(super) fn get(&self) -> reqwest::RequestBuilder {
        self.client.get(self.url.clone())
    }

    /// Sends and reads the answer, as much of it as the limit allows.
    pub(super) async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Answer, Silence> {
        let mut response = request.send().await.map_err(|error| {
            if error.is_connect() { Silence::NotSent(told(error)) } else { Silence::Lost(told(error)) }
        })?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let key = header(super::KEY_HEADER);
        let retry_after_s = header("retry-after").and_then(|seconds| seconds.parse().ok());
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        // The status has decided already: a body that breaks off or never ends costs only its words.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ANSWER_BYTES_MAX - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if bytes.len() == ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok(Answer { status, key, retry_after_s, text: self.shown(&bytes) })
    }

    /// A stranger's words for a person: without our secrets, should they be repeated to us, and short.
    fn shown(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        let secret = String::from_utf8_lossy(self.secret.expose());
        let path = self.url.path();
        let query = self.url.query().unwrap_or_default();
        // Whole before parts, so that nothing of the whole is left standing.
        let whole = [self.url.as_str(), secret.as_ref(), path, query].into_iter().filter(|text| text.len() > 1);
        let parts = path.split('/').chain(query.split(['&', '='])).filter(|part| part.len() >= TOKEN_BYTES_MIN);
        for hidden in whole.chain(parts) {
            text = text.replace(hidden, "..");
        }
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(SHOWN_CHARS_MAX)
            .collect::<String>()
            .trim()
            .to_owned()
    }
}

fn client(here: bool, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster; then theirs serves.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    let client = reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("breakglass/", env!("CARGO_PKG_VERSION")));
    // A proxy of the environment stands between us and others, never between us and ourselves.
    if here { client.no_proxy() } else { client }.build()
}

/// An HTTP error with its causes and without the address.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
