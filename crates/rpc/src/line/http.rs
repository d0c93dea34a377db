//! HTTP: one POST a request or batch, with a body that is read up to its cap and not a byte further.

use reqwest::{Client, redirect::Policy};
use url::Url;

use super::{Answer, Incoming, LineError, Request, call_text};
use crate::limits::Limits;

pub(crate) struct Http {
    client: Client,
    url: Url,
}

impl Http {
    /// The client neither follows redirects, which could carry a key elsewhere, nor unpacks compressed bodies,
    /// which could grow past their cap.
    pub(crate) fn new(url: Url, limits: &Limits) -> Result<Self, String> {
        crate::tls::install();
        let mut builder = Client::builder();
        if url.scheme() == "http" {
            // Whom to trust is read from the machine's list of authorities, which takes longer than many a question; without
            // redirects nothing of it is ever asked for here.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .connect_timeout(limits.connect_timeout)
            .redirect(Policy::none())
            .pool_max_idle_per_host(limits.in_flight)
            .user_agent(concat!("breakglass/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.without_url().to_string())?;
        Ok(Self { client, url })
    }

    pub(crate) async fn exchange(&self, requests: &[Request], cap: usize) -> Result<Vec<Answer>, LineError> {
        let mut texts = Vec::with_capacity(requests.len());
        for (id, request) in (0u64..).zip(requests) {
            texts.push(call_text(id, request)?);
        }
        match texts.as_slice() {
            [] => Ok(Vec::new()),
            [text] => {
                let body = self.post(text.clone(), cap).await?;
                let incoming: Incoming = parse(&body)?;
                // Errors about the request itself may come with a null id.
                if incoming.error.is_none() && incoming.id() != Some(0) {
                    return Err(LineError::Shape {
                        expected: "the id of the request",
                        got: format!("{:?}", incoming.id),
                    });
                }
                Ok(vec![incoming.into_answer()?])
            }
            _ => {
                let body = self.post(format!("[{}]", texts.join(",")), cap).await?;
                sort(&body, requests.len())
            }
        }
    }

    async fn post(&self, text: String, cap: usize) -> Result<Vec<u8>, LineError> {
        let request = self.client.post(self.url.clone()).header("content-type", "application/json").body(text);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status.as_u16() == 429 || status.as_u16() == 408 || status.is_server_error() {
            return Err(LineError::Busy(format!("HTTP {}", status.as_u16())));
        }
        if !status.is_success() {
            return Err(LineError::Status(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > cap {
                return Err(LineError::TooLarge(cap));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, LineError> {
    serde_json::from_slice(body).map_err(|error| LineError::Garbled(crate::error::short(&error.to_string())))
}

/// Answers of a batch may come in any order; each has to come exactly once.
fn sort(body: &[u8], count: usize) -> Result<Vec<Answer>, LineError> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        let whole: Incoming = parse(body)?;
        let answer = whole.into_answer()?;
        return match answer {
            Err(error) => Ok(vec![Err(error); count]),
            Ok(_) => Err(LineError::Shape { expected: "a list of answers", got: "a single answer".into() }),
        };
    }
    let all: Vec<Incoming> = parse(body)?;
    let mut sorted: Vec<Option<Answer>> = (0..count).map(|_| None).collect();
    for incoming in all {
        let id = incoming.id();
        let place = id.and_then(|id| sorted.get_mut(usize::try_from(id).ok()?));
        match place {
            Some(place @ None) => *place = Some(incoming.into_answer()?),
            _ => return Err(LineError::Shape { expected: "each id once", got: format!("the id `{id:?}`") }),
        }
    }
    sorted.into_iter().collect::<Option<_>>().ok_or_else(|| LineError::Shape {
        expected: "an answer to each request of a batch",
        got: "fewer answers".into(),
    })
}

/// reqwest's own texts name the URL, and the cause hides in the chain of sources.
fn unreachable(error: reqwest::Error) -> LineError {
    let error = error.without_url();
    let mut why = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        why = inner.to_string();
        source = inner.source();
    }
    LineError::Unreachable(crate::error::short(&why))
}
