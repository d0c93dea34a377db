//! Whether what is protected can be stopped, as it was last found.

use axum::{Json, extract::State};
use case::{Readiness, ReadinessCheck, ReadinessState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    AppState, Problem,
    auth::Viewer,
    view::{BlockView, word},
};

word! {
    /// What was checked.
    CheckWord = ReadinessCheck {
        /// There is code at the address.
        Code,
        /// Behind a proxy there is code too (EIP-1967).
        Implementation,
        /// The pause takes effect when its signer sends it.
        Pause,
        /// The pause can be taken back.
        Unpause,
        /// A stranger cannot pause.
        Stranger,
        /// The signer can pay for gas.
        Gas,
    }
}

/// What came of a check.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StateWord {
    /// It is as it should be.
    Ready,
    /// It is not.
    Gap,
    /// It could not be found out, which is not being ready.
    Unknown,
}

/// One check of one contract.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingView {
    /// What was checked.
    check: CheckWord,
    /// What came of it.
    state: StateWord,
    /// What was seen, or why nothing was. Text from a chain in it is hostile until it is escaped.
    says: String,
    /// What to do about a gap.
    remedy: Option<String>,
}

/// How ready one protected contract is.
#[derive(Serialize, ToSchema)]
pub(super) struct ContractView {
    /// Where it is, CAIP-10.
    account: String,
    /// Its name in the protocol.
    name: String,
    /// The block it was tried on; none if its chain could not be asked.
    block: Option<BlockView>,
    /// Check by check.
    findings: Vec<FindingView>,
}

/// How ready everything that is protected is.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadinessView {
    /// Since when it is as it is, in UTC; none if nobody has looked yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Every protected contract, in the order of the protocol.
    contracts: Vec<ContractView>,
}

impl From<&Readiness> for ContractView {
    fn from(held: &Readiness) -> Self {
        let finding = |check: ReadinessCheck, state: &ReadinessState| {
            let (state, says, remedy) = match state {
                ReadinessState::Ready { what } => (StateWord::Ready, what, None),
                ReadinessState::Gap { what, remedy } => (StateWord::Gap, what, Some(remedy.clone())),
                ReadinessState::Unknown { why } => (StateWord::Unknown, why, None),
            };
            FindingView { check: check.into(), state, says: says.clone(), remedy }
        };
        Self {
            account: held.contract.to_string(),
            name: held.name.clone(),
            block: held.on.as_ref().map(Into::into),
            findings: held.findings.iter().map(|found| finding(found.check, &found.state)).collect(),
        }
    }
}

/// Whether what is protected can be stopped: each check as it was last found on the head of its chain.
#[utoipa::path(get, path = "/api/v1/readiness", tag = "status",
    responses((status = 200, body = ReadinessView),
              (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn readiness(_: Viewer, State(desk): State<AppState>) -> Result<Json<ReadinessView>, Problem> {
    let Some((since, checked)) = desk.readiness().await? else {
        return Ok(Json(ReadinessView { since: None, contracts: Vec::new() }));
    };
    Ok(Json(ReadinessView { since: Some(since), contracts: checked.contracts.iter().map(Into::into).collect() }))
}
