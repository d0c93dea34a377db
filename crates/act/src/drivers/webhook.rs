//! The driver `webhook`: a signed message, delivered once.
//!
//! Once means: every delivery of an effect carries the same idempotency key, and a receiver that has seen the key has no
//! second effect. A 2xx answer is the proof. Where it was lost, or was had by an earlier process, the receiver is asked
//! (see [`verify`] for what it answers); one that cannot say leaves the outcome unknown, and a person decides.

mod endpoint;
mod signature;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use case::{Call, Digest, IdempotencyKey, Step};
use facts::{B256, ChainId, TxRequest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::info;

use self::endpoint::{Endpoint, Silence};
pub use self::{
    endpoint::WebhookConfig,
    signature::{KEY_HEADER, SIGNATURE_HEADER, SignatureError, verify},
};
use crate::{ActError, Attempt, Binding, Driver, Outcome, Sent, driver::in_time};

/// Largest message in bytes; receivers commonly refuse more than a megabyte.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Pauses before a message is delivered again to a receiver that is overloaded or broken.
const PAUSES: [Duration; 3] = [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(4)];
/// Longest pause a receiver may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Deliveries that are remembered as done; older ones are asked of their receivers.
const DELIVERED_MAX: usize = 1024;

/// Delivers signed messages.
pub struct Webhook {
    endpoints: BTreeMap<String, Endpoint>,
    pauses: Vec<Duration>,
    // A receiver's 2xx is proof, and many receivers can give no other. Lost at a restart, when the receiver is asked.
    delivered: Mutex<VecDeque<(String, IdempotencyKey)>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bound {
    endpoint: String,
    /// Host and port only; the rest of an address may be secret.
    host: String,
    body: Digest,
}

impl Webhook {
    /// The name steps call it by.
    pub const NAME: &str = "webhook";

    /// A driver for these webhooks.
    ///
    /// # Errors
    /// [`ActError::Setup`] for the first webhook that cannot be used, with the remedy, without secrets.
    pub fn load(folder: &Path, config: &BTreeMap<String, WebhookConfig>) -> Result<Self, ActError> {
        let endpoints = config
            .iter()
            .map(|(name, config)| Ok((name.clone(), Endpoint::load(&format!("webhook.{name}"), folder, config)?)))
            .collect::<Result<_, ActError>>()?;
        Ok(Self { endpoints, pauses: PAUSES.to_vec(), delivered: Mutex::default() })
    }

    /// With other pauses between deliveries; their number is the limit of retries.
    #[must_use]
    pub fn with_pauses(mut self, pauses: Vec<Duration>) -> Self {
        self.pauses = pauses;
        self
    }

    fn delivered(&self) -> MutexGuard<'_, VecDeque<(String, IdempotencyKey)>> {
        // A panic while it was held leaves it whole.
        self.delivered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, host: &str, key: &IdempotencyKey) {
        let mut delivered = self.delivered();
        if delivered.len() == DELIVERED_MAX {
            delivered.pop_front();
        }
        delivered.push_back((host.to_owned(), *key));
    }

    fn message<'a>(&'a self, step: &'a Step) -> Result<Message<'a>, ActError> {
        let Call::Webhook { endpoint: name, body } = &step.call else {
            return Err(ActError::refused(step, "it is no message; use driver `contract-call`"));
        };
        let endpoint = self.endpoints.get(name).ok_or_else(|| {
            ActError::refused(step, format!("there is no webhook `{name}`; add `[webhook.{name}]` to breakglass.toml"))
        })?;
        let body = case::canonical(body)?;
        if body.len() > BODY_BYTES_MAX {
            let why = format!("its message has {} bytes, the limit is {BODY_BYTES_MAX}; shorten it", body.len());
            return Err(ActError::refused(step, why));
        }
        Ok(Message { name, endpoint, body })
    }

    fn bound<'a>(&'a self, step: &'a Step, binding: &Binding) -> Result<Message<'a>, ActError> {
        let message = self.message(step)?;
        let bound: Bound = serde_json::from_value(binding.clone())
            .map_err(|error| ActError::refused(step, format!("its binding is none of a webhook: {error}")))?;
        let now = message.bind();
        if bound == now {
            return Ok(message);
        }
        let why = format!(
            "it was bound to `{}` at `{}` with message {}, and is now `{}` at `{}` with message {}; plan again",
            bound.endpoint,
            bound.host,
            bound.body.short(),
            now.endpoint,
            now.host,
            now.body.short()
        );
        Err(ActError::refused(step, why))
    }
}

struct Message<'a> {
    name: &'a str,
    endpoint: &'a Endpoint,
    body: Vec<u8>,
}

impl Message<'_> {
    fn bind(&self) -> Bound {
        Bound { endpoint: self.name.to_owned(), host: self.endpoint.host.clone(), body: Digest::of_bytes(&self.body) }
    }
}

#[async_trait]
impl Driver for Webhook {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn calls(&self, step: &Step) -> Result<Vec<(ChainId, TxRequest)>, ActError> {
        self.message(step).map(|_| Vec::new())
    }

    async fn bind(&self, step: &Step, _key: &IdempotencyKey, now: Timestamp) -> Result<Binding, ActError> {
        in_time(step, now)?;
        serde_json::to_value(self.message(step)?.bind()).map_err(|error| ActError::Canonical(error.into()))
    }

    async fn submit(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        _attempt: &Attempt<'_>,
        now: Timestamp,
    ) -> Result<Sent, ActError> {
        let message = self.bound(step, binding)?;
        in_time(step, now)?;
        let endpoint = message.endpoint;
        let host = &endpoint.host;
        let mut pauses = self.pauses.iter();
        loop {
            let request = endpoint
                .post(message.body.clone())
                .header(SIGNATURE_HEADER, signature::header(&endpoint.secret, &message.body, now))
                .header(KEY_HEADER, key.0.to_string());
            let answer = match endpoint.ask(request).await {
                Ok(answer) => answer,
                Err(Silence::NotSent(why)) => return Err(ActError::Unreachable { what: format!("`{host}`"), why }),
                // It may have arrived: the outcome is asked for before it is delivered again.
                Err(Silence::Lost(why)) => {
                    return Ok(Sent { tx: None, says: format!("answer of `{host}` lost: {why}") });
                }
            };
            let said = if answer.text.is_empty() { String::new() } else { format!(": `{}`", answer.text) };
            let says = format!("`{host}` answered {}{said}", answer.status);
            info!(step = step.id, host, status = answer.status, "delivered");
            match answer.status {
                200..=299 => {
                    self.remember(host, key);
                    return Ok(Sent { tx: None, says });
                }
                409 if answer.key.as_deref().is_none_or(|theirs| theirs == key.0.to_string()) => {
                    return Ok(Sent { tx: None, says: format!("`{host}` had it already") });
                }
                300..=399 => {
                    return Err(ActError::refused(
                        step,
                        format!("{says}; redirects are not followed, correct the address"),
                    ));
                }
                429 | 500..=599 => match pauses.next() {
                    Some(pause) => {
                        let asked = answer.retry_after_s.map_or(*pause, Duration::from_secs);
                        tokio::time::sleep(asked.clamp(*pause, PAUSE_MAX.max(*pause))).await;
                    }
                    None => {
                        let why = format!("{says}, {} times", self.pauses.len() + 1);
                        return Err(ActError::Unreachable { what: format!("`{host}`"), why });
                    }
                },
                _ => {
                    return Err(ActError::refused(
                        step,
                        format!("{says}; correct webhook `{}` or the message", message.name),
                    ));
                }
            }
        }
    }

    async fn outcome(
        &self,
        step: &Step,
        key: &IdempotencyKey,
        binding: &Binding,
        _earlier: &[B256],
        now: Timestamp,
    ) -> Result<Outcome, ActError> {
        let message = self.bound(step, binding)?;
        let endpoint = message.endpoint;
        let host = &endpoint.host;
        if self.delivered().iter().any(|(to, delivered)| to == host && delivered == key) {
            return Ok(Outcome::Done { tx: None, block: None });
        }
        let key = key.0.to_string();
        let request = endpoint
            .get()
            .header(SIGNATURE_HEADER, signature::header(&endpoint.secret, key.as_bytes(), now))
            .header(KEY_HEADER, &key);
        let answer = endpoint.ask(request).await.map_err(|silence| {
            let (Silence::NotSent(why) | Silence::Lost(why)) = silence;
            ActError::Unreachable { what: format!("`{host}`"), why }
        })?;
        // Any web page answers 200 or 404; only a receiver that speaks of this key is believed.
        let speaks_of_it = answer.key.as_deref() == Some(key.as_str());
        Ok(match answer.status {
            200 if speaks_of_it => Outcome::Done { tx: None, block: None },
            404 if speaks_of_it => Outcome::NotSent,
            429 | 500..=599 => {
                return Err(ActError::Unreachable {
                    what: format!("`{host}`"),
                    why: format!("it answered {}", answer.status),
                });
            }
            status => Outcome::Unknown {
                why: format!(
                    "`{host}` answered {status} and does not say what became of key {}; ask its people",
                    &key[..12]
                ),
            },
        })
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.endpoints.iter().map(|(name, endpoint)| (name, &endpoint.host))).finish()
    }
}
