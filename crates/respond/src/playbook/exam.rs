//! A playbook's own tests: an incident in, the steps of the plan out, in words.

use atlas::{
    AtlasError, Protocol,
    config::{ConfigError, Spanned, Text},
};
use case::{
    Alert, CaseId, Confidence, Digest, Fingerprint, Incident, Phase, RuleRef, Severity, Standing, Standpoint, Timestamp,
};
use facts::{AccountId, Address, B256, BlockRef, ChainId};
use serde::Deserialize;

use super::{Playbook, file};
use crate::{Installation, plan, step_in_words};

/// The chain that tests happen on.
const CHAIN: &str = "eip155:31337";
/// Contracts, signers, webhooks or expected steps of one test.
const PARTS_MAX: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestText {
    name: Spanned<String>,
    kind: String,
    severity: Severity,
    #[serde(default)]
    contract: Vec<ContractText>,
    #[serde(default)]
    signers: Vec<String>,
    #[serde(default)]
    webhooks: Vec<String>,
    #[serde(default = "yes")]
    applies: bool,
    steps: Option<Vec<String>>,
    refused: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractText {
    name: String,
    pause: Option<String>,
    unpause: Option<String>,
    signer: Option<String>,
    /// Whether the incident names it as a victim.
    #[serde(default)]
    victim: bool,
}

/// One test, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    name: String,
    kind: String,
    severity: Severity,
    contracts: Vec<ContractText>,
    signers: Vec<String>,
    webhooks: Vec<String>,
    expected: Expected,
    span: std::ops::Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// The playbook is not for this incident.
    NotChosen,
    /// These steps.
    Steps(Vec<String>),
    /// No plan, for a reason that holds this text.
    Refused(String),
}

impl Test {
    pub(super) fn read(place: &Text<'_>, test: Spanned<TestText>) -> Result<Self, ConfigError> {
        let span = test.span();
        let read = test.into_inner();
        let name = file::words(place, &read.name)?;
        let expected = match (read.applies, read.steps, read.refused) {
            (false, None, None) => Expected::NotChosen,
            (true, Some(steps), None) => Expected::Steps(steps),
            (true, None, Some(why)) => Expected::Refused(why),
            _ => {
                let hint = "write one of `steps = [..]`, `refused = \"..\"` and `applies = false`";
                return Err(place.error(span, format!("test `{name}` does not say what must come out")).hint(hint));
            }
        };
        let expected_steps = if let Expected::Steps(steps) = &expected { steps.len() } else { 0 };
        let most = [read.contract.len(), read.signers.len(), read.webhooks.len(), expected_steps];
        if most.iter().any(|count| *count > PARTS_MAX) {
            let what = format!("test `{name}` lists more than {PARTS_MAX} things");
            return Err(place.error(span, what).hint("a test is read by people: keep it small"));
        }
        let TestText { kind, severity, contract: contracts, signers, webhooks, .. } = read;
        Ok(Self { name, kind, severity, contracts, signers, webhooks, expected, span })
    }

    fn installation(&self) -> Result<Installation, AtlasError> {
        let mut text = String::from("schema = 1\nname = \"playbook test\"\n");
        // The inventory names at least one contract; this one has nothing to do with any incident.
        let bystander =
            ContractText { name: "Bystander".into(), pause: None, unpause: None, signer: None, victim: false };
        for (n, contract) in self.contracts.iter().chain([&bystander]).enumerate() {
            let keys = [("pause", &contract.pause), ("unpause", &contract.unpause), ("signer", &contract.signer)];
            text.push_str(&format!("[[contract]]\nchain = \"{CHAIN}\"\naddress = \"{:#x}\"\n", address(n)));
            text.push_str(&format!("name = {}\n", toml::Value::from(contract.name.as_str())));
            for (key, value) in keys.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))) {
                text.push_str(&format!("{key} = {}\n", toml::Value::from(value)));
            }
        }
        Ok(Installation {
            protocol: Protocol::parse("the contracts of a playbook's test", &text)?,
            signers: self.signers.iter().cloned().collect(),
            webhooks: self.webhooks.iter().cloned().collect(),
        })
    }

    fn incident(&self) -> Incident {
        let named = self.contracts.iter().enumerate().filter(|(_, contract)| contract.victim);
        let victims: Vec<AccountId> = named.map(|(n, _)| AccountId { chain: chain(), address: address(n) }).collect();
        let subject =
            victims.first().cloned().unwrap_or(AccountId { chain: chain(), address: Address::repeat_byte(0xee) });
        let id = Digest::of_bytes(self.name.as_bytes());
        let block = BlockRef { chain: chain(), number: 1, hash: B256::repeat_byte(1), parent: B256::ZERO };
        let alert = Alert {
            rule: RuleRef { id: "playbook-test".to_owned(), hash: Digest::ZERO },
            family: "test".to_owned(),
            kind: self.kind.clone(),
            subject: subject.clone(),
            severity: self.severity,
            confidence: Confidence::CERTAIN,
            seen_at: block,
            block_time: 0,
            tx: None,
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(self.name.clone()),
            evidence: Vec::new(),
            attackers: Vec::new(),
            victims,
            losses: Vec::new(),
            message: self.name.clone(),
            announcement: None,
        };
        Incident {
            id: CaseId::opened_by(&id),
            title: self.name.clone(),
            severity: self.severity,
            kind: self.kind.clone(),
            subject,
            opened_at: Timestamp::UNIX_EPOCH,
            block_time: 0,
            phase: Phase::Analysis,
            standing: Standing::Stands,
            resolution: None,
            drill: true,
            alerts: vec![Standpoint { id, alert, attached_at: Timestamp::UNIX_EPOCH, withdrawn: false, mark: None }],
            plans: Vec::new(),
            ledger: case::Ledger::default(),
            entries: 2,
            head: Digest::ZERO,
        }
    }
}

pub(super) fn run(playbook: &Playbook) -> Result<usize, ConfigError> {
    let place = Text { file: &playbook.file, text: &playbook.text };
    for test in &playbook.tests {
        let incident = test.incident();
        let installation = test.installation().map_err(|why| {
            let what = format!(
                "test `{}` of playbook `{}` has contracts that no protocol.toml may have",
                test.name, playbook.id
            );
            place.error(test.span.clone(), what).hint(why.to_string())
        })?;
        let found = if playbook.applies(&incident, &installation) {
            match plan(playbook, &incident, &installation, Timestamp::UNIX_EPOCH) {
                Ok(plan) => Expected::Steps(plan.steps.iter().map(step_in_words).collect()),
                Err(why) => Expected::Refused(why.to_string()),
            }
        } else {
            Expected::NotChosen
        };
        let agrees = match (&test.expected, &found) {
            (Expected::Refused(part), Expected::Refused(why)) => why.contains(part.as_str()),
            (expected, found) => expected == found,
        };
        if !agrees {
            let what = format!("test `{}` of playbook `{}` came out as {}", test.name, playbook.id, in_words(&found));
            return Err(place.error(test.span.clone(), what).hint("correct the playbook, or what the test expects"));
        }
    }
    Ok(playbook.tests.len())
}

fn in_words(found: &Expected) -> String {
    match found {
        Expected::NotChosen => "`applies = false`".to_owned(),
        Expected::Steps(steps) => format!("`steps = {steps:?}`"),
        Expected::Refused(why) => format!("`refused = {why:?}`"),
    }
}

fn chain() -> ChainId {
    ChainId::eip155(31337)
}

fn address(n: usize) -> Address {
    Address::left_padding_from(&(n as u64 + 1).to_be_bytes())
}
