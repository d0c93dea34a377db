//! One incident told to people.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use case::{CaseId, Incident, Stream};
use facts::{AccountId, AssetId, ChainId};
use report::{Blindness, CaseFile};

use super::extract::Path;
use crate::{AppState, Problem, auth::Viewer};

/// An incident on a page or two, in Markdown: what happened, since when, who is affected, what was done, what stands, what
/// is not known, the timeline, and the draft of a first public note. Text from a chain stands in it as code only, with
/// whatever would deceive or break out of it shown by its number.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/brief", tag = "incidents",
    params(("id" = String, Path, description = "the incident's id")),
    responses((status = 200, description = "the brief", body = String, content_type = "text/markdown"),
              (status = 401, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(super) async fn brief(_: Viewer, State(desk): State<AppState>, path: Path<String>) -> Result<Response, Problem> {
    let id: CaseId = path.parse()?;
    // Told from one reading, so that the timeline and what it adds up to are of the same moment.
    desk.incident(&id).await?;
    let entries = desk.whole_stream(&Stream::Case(id.clone())).await?;
    let incident = Incident::fold(&id, &entries).map_err(|error| Problem::internal(&error))?;
    let blind = blind(&desk, &incident);
    let file =
        CaseFile { incident: &incident, entries: &entries, names: &Known(&desk), blind: &blind, now: desk.now() };
    let text = report::brief(&file).map_err(|error| Problem::internal(&error))?;
    let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Names as this desk knows them.
struct Known<'a>(&'a AppState);

impl report::Names for Known<'_> {
    fn asset(&self, id: &AssetId) -> Option<report::AssetName> {
        self.0.asset(id).map(|name| report::AssetName { symbol: name.symbol, decimals: name.decimals })
    }

    fn account(&self, id: &AccountId) -> Option<String> {
        self.0.account(id)
    }
}

/// What cannot be seen right now of the chains that the case is about.
fn blind(desk: &AppState, incident: &Incident) -> Vec<Blindness> {
    let mut chains: Vec<&ChainId> = incident.alerts.iter().map(|held| &held.alert.seen_at.chain).collect();
    chains.push(&incident.subject.chain);
    chains.sort();
    chains.dedup();
    let status = desk.board().read();
    let stale = desk.now().duration_since(status.updated_at) > desk.limits().status_stale;
    let mut blind = Vec::new();
    for id in chains {
        let mut say = |why: String| blind.push(Blindness { chain: id.clone(), why });
        let Some(chain) = status.chains.iter().find(|chain| chain.id == *id) else {
            say("the chain is not followed here: what goes on there now is not seen".to_owned());
            continue;
        };
        if stale {
            say(format!("how it is followed was last said at {}: look at the service", status.updated_at));
        }
        if !chain.following {
            say("it is not followed at its head: what goes on there now is not seen".to_owned());
        }
        let unseen = chain.sight.map(facts::Sight::cannot_see).unwrap_or_default();
        if !unseen.is_empty() {
            say(format!("its last block was seen without {}", unseen.join(", ")));
        }
        for spot in &chain.blind_recent {
            say(format!("block {}: {}", spot.block, spot.why));
        }
    }
    blind
}
