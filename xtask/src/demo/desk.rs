//! The service's API, as any program would use it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use ureq::Agent;

use super::{process::Serving, stop::Stop};

/// How long the service may take to notice and contain: a debug build on a loaded machine.
const WITHIN: Duration = Duration::from_secs(60);

/// A client of the desk.
pub struct Desk {
    url: String,
    token: String,
    agent: Agent,
    stop: Stop,
}

impl Desk {
    pub fn new(serving: &Serving, stop: Stop) -> Self {
        let agent = Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(20))).build().into();
        Self { url: serving.url.clone(), token: serving.token.clone(), agent, stop }
    }

    fn get(&self, path: &str) -> Result<ureq::http::Response<ureq::Body>> {
        let request = self.agent.get(format!("{}/api/v1{path}", self.url));
        let sent = request.header("authorization", format!("Bearer {}", self.token)).call();
        sent.with_context(|| format!("the desk does not answer `{path}`"))
    }

    fn json(&self, path: &str) -> Result<Value> {
        self.get(path)?.body_mut().read_json().with_context(|| format!("the desk's answer to `{path}`"))
    }

    /// A list that the API gives on one page; a page without a list is no empty list.
    fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut page = self.json(path)?;
        ensure!(page["next"].is_null(), "`{path}` has more than the demo can have brought about");
        page["items"].as_array_mut().map(std::mem::take).with_context(|| format!("the desk gives no list at `{path}`"))
    }

    /// The open incident in which this account is the victim, if there is one.
    pub fn incident_of(&self, account: &str) -> Result<Option<Value>> {
        for summary in self.list("/incidents?state=open&limit=100")? {
            let incident = self.incident(summary["id"].as_str().context("an incident has an id")?)?;
            let victims = incident["victims"].as_array().into_iter().flatten();
            if victims.filter_map(Value::as_str).any(|victim| is_account(victim, account)) {
                return Ok(Some(incident));
            }
        }
        Ok(None)
    }

    /// An incident as it stands.
    pub fn incident(&self, id: &str) -> Result<Value> {
        self.json(&format!("/incidents/{id}"))
    }

    /// Lines of a case after a number.
    pub fn entries(&self, id: &str, after: u64) -> Result<Vec<Value>> {
        self.list(&format!("/incidents/{id}/entries?after={after}&limit=200"))
    }

    /// All alerts, of any severity: the newest page holds more than the demo can bring about.
    pub fn alerts(&self) -> Result<Vec<Value>> {
        self.list("/alerts?limit=500")
    }

    /// What a transaction did.
    pub fn trace(&self, chain: &str, tx: &str) -> Result<Value> {
        self.json(&format!("/chains/{chain}/trace/{tx}"))
    }

    /// A case as it is taken out of the book.
    pub fn export(&self, id: &str) -> Result<Vec<u8>> {
        let mut answer = self.get(&format!("/incidents/{id}/export"))?;
        answer.body_mut().with_config().limit(1 << 30).read_to_vec().context("the exported case cannot be read")
    }

    /// Waits, within a bound, for something that the service does.
    pub fn wait_for<T>(&self, what: &str, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        self.stop.wait_for(what, WITHIN, look)
    }
}

/// Whether a CAIP-10 id names this address.
fn is_account(id: &str, address: &str) -> bool {
    id.rsplit(':').next().is_some_and(|last| last.eq_ignore_ascii_case(address))
}
