//! A status as a running service would keep it, and names as an installation would know them.
#![allow(dead_code, reason = "each user needs only a part")]

use case::{
    Actor, Ctx, Draft, Event, Readiness, ReadinessCheck, ReadinessChecked, ReadinessFinding, ReadinessState, Stream,
};
use console::{
    AssetName, Automatic, BlindStatus, ChainStatus, EndpointStatus, Finality, HeadStatus, Names, PendingStatus,
    QueueStatus, SealStatus, StatusBoard,
};
use facts::{AccountId, AssetId, B256, ChainId, Sight};
use jiff::{SignedDuration, Timestamp};

use super::story::{account, chain, ether, token};

/// Names for the vault of the story and for its assets.
pub struct Known;

impl Names for Known {
    fn asset(&self, id: &AssetId) -> Option<AssetName> {
        let name = |symbol: &str, decimals| Some(AssetName { symbol: symbol.into(), decimals });
        if *id == ether() {
            return name("ETH", 18);
        }
        (*id == token()).then(|| name("USDC", 6)).flatten()
    }

    fn account(&self, id: &AccountId) -> Option<String> {
        (*id == account(0xa1)).then(|| "Demo Vault".to_owned())
    }
}

/// One chain that is well and, if asked for, one that is partly blind.
pub fn board(now: Timestamp, head: u64, with_blind: bool) -> StatusBoard {
    let board = StatusBoard::new("0.1.0", Automatic::Reversible, now - SignedDuration::from_hours(51));
    renew(&board, now, head, with_blind);
    board
}

/// Tells the board the same again, one moment later.
pub fn renew(board: &StatusBoard, now: Timestamp, head: u64, with_blind: bool) {
    let node = |name: &str, state: &str, behind| EndpointStatus { name: name.into(), state: state.into(), behind };
    let well = ChainStatus {
        id: chain(),
        name: "Ethereum".into(),
        following: true,
        head: Some(HeadStatus {
            number: head,
            hash: B256::repeat_byte(0x5c),
            time: now - SignedDuration::from_secs(7),
        }),
        node_head: Some(head),
        lag_blocks: Some(0),
        lag_ms: Some(212),
        finality: Finality { safe: Some(head - 38), finalized: Some(head - 70) },
        sight: Some(Sight::Executed),
        blind_recent: Vec::new(),
        endpoints: vec![node("own-geth", "ok", Some(0)), node("backup", "ok", Some(1))],
        pending: PendingStatus { state: "ok".into(), held: 12, tried: 40_118, left_out: 0, refused: 3 },
    };
    let blind = ChainStatus {
        id: ChainId::eip155(10),
        name: "OP Mainnet".into(),
        head: Some(HeadStatus {
            number: 129_400_118,
            hash: B256::repeat_byte(0x6d),
            time: now - SignedDuration::from_secs(3),
        }),
        node_head: Some(129_400_119),
        lag_blocks: Some(1),
        lag_ms: Some(640),
        finality: Finality { safe: Some(129_400_000), finalized: Some(129_399_210) },
        sight: Some(Sight::Calls),
        blind_recent: vec![BlindStatus {
            block: 129_400_102,
            at: now - SignedDuration::from_secs(35),
            why: "the node has no state for this block; give an archive endpoint to see storage writes".into(),
        }],
        endpoints: vec![node("op-public", "answers slowly", Some(1))],
        pending: PendingStatus { state: "no node tells of its mempool".into(), ..PendingStatus::default() },
        ..well.clone()
    };
    board.update(now, |status| {
        status.queues = vec![QueueStatus { name: "triage".into(), length: 0, limit: Some(1024) }];
        status.last_seal = Some(SealStatus { seq: 3_074, at: now - SignedDuration::from_secs(21) });
        status.chains = if with_blind { vec![well, blind] } else { vec![well] };
    });
}

/// A vault that can be stopped by its guardian, who cannot let it go on; a revert reason tries to be markup.
pub fn readiness(now: Timestamp) -> Draft {
    let ready = |check, what: &str| ReadinessFinding { check, state: ReadinessState::Ready { what: what.into() } };
    let what = "`unpause()` fails when `guardian` sends it after `pause()`: \"<b>only the admin</b>\"";
    let remedy = "see that whoever may call `unpause()` can be reached";
    let gap = ReadinessState::Gap { what: what.into(), remedy: remedy.into() };
    let why = "the balance of the signer was not seen";
    let contract = Readiness {
        contract: account(0xa1),
        name: "Demo Vault".into(),
        on: None,
        findings: vec![
            ready(ReadinessCheck::Code, "2512 bytes of code"),
            ready(ReadinessCheck::Implementation, "the proxy's implementation has 4810 bytes of code"),
            ready(ReadinessCheck::Pause, "`pause()` takes effect when `guardian` sends it, for 54321 gas"),
            ReadinessFinding { check: ReadinessCheck::Unpause, state: gap },
            ready(ReadinessCheck::Stranger, "a stranger's `pause()` fails: NotGuardian()"),
            ReadinessFinding { check: ReadinessCheck::Gas, state: ReadinessState::Unknown { why: why.into() } },
        ],
    };
    let event = Event::ReadinessChecked(Box::new(ReadinessChecked { contracts: vec![contract] }));
    let ctx = Ctx::new(Actor::machine("prepare"), "tried on the head of each chain", now);
    Draft::new(Stream::Org, ctx, &event).expect("an event can be written")
}
