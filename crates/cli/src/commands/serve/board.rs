//! How the chains stand, told to the desk.

use std::time::Duration;

use case::Timestamp;
use console::{Automatic, BlindStatus, ChainStatus, EndpointStatus, Finality, HeadStatus, PendingStatus, StatusBoard};
use respond::Policy;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the desk is told.
const STATUS_EVERY: Duration = Duration::from_millis(500);

/// A board with nothing on it yet.
pub fn open(version: &str, policy: &Policy) -> StatusBoard {
    let automatic = match policy.automatic {
        respond::Automatic::Never => Automatic::Never,
        respond::Automatic::Reversible => Automatic::Reversible,
    };
    StatusBoard::new(version, automatic, Timestamp::now())
}

/// Tells the desk how the chains stand, also when nothing changes: silence would look like an old truth.
pub async fn tell(chains: Vec<watch::Receiver<engine::ChainStatus>>, board: StatusBoard, stop: CancellationToken) {
    loop {
        let now = Timestamp::now();
        for chain in &chains {
            let held = chain.borrow().clone();
            board.chain(now, shown(held));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(STATUS_EVERY) => {}
        }
    }
}

fn shown(mut held: engine::ChainStatus) -> ChainStatus {
    let is_held = held.held.is_some();
    if let Some((at, why)) = held.held.take() {
        // What could not be written was not seen by anybody who reads the book.
        held.blind.push_front((held.head.as_ref().map_or(0, |head| head.number + 1), at, why));
    }
    let time = i64::try_from(held.head_time).ok().and_then(|time| Timestamp::from_second(time).ok());
    let (node_head, lag_blocks) = (held.node_head, held.lag_blocks());
    // Endpoints are looked at together now and then: they are compared with each other, not with what came since.
    let best = held.endpoints.iter().filter_map(|endpoint| endpoint.head.as_ref().ok()).max().copied();
    ChainStatus {
        id: held.chain,
        name: held.name,
        following: held.head.is_some() && held.trouble.is_empty() && !is_held,
        head: held.head.map(|head| HeadStatus {
            number: head.number,
            hash: head.hash,
            time: time.unwrap_or(Timestamp::UNIX_EPOCH),
        }),
        node_head,
        lag_blocks,
        lag_ms: Some(held.lag_ms),
        finality: Finality { safe: held.safe, finalized: held.finalized },
        sight: held.sight,
        blind_recent: held.blind.into_iter().map(|(block, at, why)| BlindStatus { block, at, why }).collect(),
        endpoints: held.endpoints.into_iter().map(|endpoint| endpoint_shown(endpoint, best)).collect(),
        pending: PendingStatus {
            state: held.pending.state.to_string(),
            held: held.pending.held,
            tried: held.pending.tried,
            left_out: held.pending.left_out,
            refused: held.pending.refused,
        },
    }
}

fn endpoint_shown(held: engine::EndpointStatus, best: Option<u64>) -> EndpointStatus {
    let (state, behind) = match held.head {
        Ok(head) => ("ok".to_owned(), best.map(|best| best.saturating_sub(head))),
        Err(why) => (why, None),
    };
    EndpointStatus { name: held.name, state, behind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_says_how_far_it_is_behind_or_what_is_wrong_with_it() {
        let held = |head| engine::EndpointStatus { name: "ws://node".to_owned(), head };
        let ok = endpoint_shown(held(Ok(7)), Some(10));
        assert_eq!((ok.state.as_str(), ok.behind), ("ok", Some(3)));
        let ahead = endpoint_shown(held(Ok(11)), Some(10));
        assert_eq!(ahead.behind, Some(0));
        let silent = endpoint_shown(held(Err("`ws://node` cannot be reached".to_owned())), Some(10));
        assert_eq!((silent.state.as_str(), silent.behind), ("`ws://node` cannot be reached", None));
    }
}
