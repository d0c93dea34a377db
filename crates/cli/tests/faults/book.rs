//! The book as it stands on disk, and what it says without what differs from run to run.

use std::{collections::BTreeMap, path::Path};

use case::{CaseId, Entry, Incident, Phase, StepStatus, Stream};
use facts::{BlockRef, ChainId};
use serde_json::Value;
use store::{Limits, MemoryRows, Store};

/// Lines that add up what a case has come to: a later one takes the place of those before it, and how many there are
/// depends on how much came at once.
const SUMS: [&str; 2] = ["losses.assessed/1", "money.traced/1"];

pub fn chain() -> ChainId {
    ChainId::eip155(31337)
}

/// Everything in a book of one chain.
pub struct Book {
    pub head: Option<BlockRef>,
    /// All lines with their positions.
    pub lines: Vec<(u64, Entry)>,
    pub cases: Vec<Incident>,
    pub blocks: Vec<BlockRef>,
    pub memory: MemoryRows,
    decided: u64,
}

impl Book {
    /// Reads a book beside whoever writes it; none as long as there is none.
    pub async fn read(path: &Path) -> Option<Self> {
        let store = Store::open_to_read(&format!("sqlite://{}", path.display()), Limits::default()).await.ok()?;
        let book = Self::of(&store).await;
        store.close().await;
        book
    }

    /// All of it at one moment. Its parts are read one after the other, and a block that came in between would be a head
    /// without its alerts.
    async fn of(store: &Store) -> Option<Self> {
        loop {
            let book = Self::in_parts(store).await?;
            if book.head == head(store).await? && book.decided == decided(store).await? {
                return Some(book);
            }
        }
    }

    async fn in_parts(store: &Store) -> Option<Self> {
        let head = head(store).await?;
        let decided = decided(store).await?;
        let mut blocks = store.ring(&chain(), 256).await.ok()?;
        blocks.reverse();
        let memory = store.memory(&chain()).await.ok()?;
        let mut lines = Vec::new();
        loop {
            let more = store.entries_after(lines.last().map_or(0, |(at, _)| *at), 256).await.ok()?;
            if more.is_empty() {
                return Some(Self { head, cases: cases(&lines), blocks, memory, decided, lines });
            }
            lines.extend(more);
        }
    }

    /// Whether triage has seen every alert.
    pub fn is_decided(&self) -> bool {
        let about = |line: &&(u64, Entry)| matches!(line.1.kind.as_str(), "alert.raised/1" | "alert.withdrawn/1");
        self.lines.iter().rev().find(about).is_none_or(|(at, _)| *at <= self.decided)
    }

    pub fn is_contained(&self) -> bool {
        self.cases.iter().any(|case| case.phase == Phase::Contained)
    }

    /// Whether every step of every plan is done.
    pub fn is_through(&self) -> bool {
        let mut steps = self.cases.iter().flat_map(|case| &case.plans).flat_map(|plan| &plan.steps);
        steps.all(|step| matches!(step.status, StepStatus::Done { .. }))
    }

    /// Whether losses and the way of the money were worked out from the alerts that stand, or from none if none does.
    pub fn is_reckoned(&self) -> bool {
        self.cases.iter().all(|case| {
            let is_empty = case.standing_alerts().next().is_none();
            case.ledger.losses.as_ref().is_none_or(|losses| losses.txs.is_empty()) == is_empty
                && case.ledger.money.as_ref().is_none_or(|money| money.trails.is_empty()) == is_empty
        })
    }

    /// Lines of a kind, in order.
    pub fn of_kind(&self, kind: &str) -> Vec<&Entry> {
        self.lines.iter().map(|(_, line)| line).filter(|line| line.kind == kind).collect()
    }

    /// Alerts of a rule.
    pub fn alerts(&self, rule: &str) -> Vec<&Entry> {
        let of_rule = |line: &&Entry| line.payload["alert"]["rule"]["id"] == rule;
        self.of_kind("alert.raised/1").into_iter().filter(of_rule).collect()
    }

    /// Whether every height from the first to the head is there, each on the one before.
    pub fn is_whole(&self) -> bool {
        self.blocks.windows(2).all(|pair| pair[1].number == pair[0].number + 1 && pair[1].parent == pair[0].hash)
    }

    /// What chain and cases say, without times and without what follows from times: stream by stream, and in each what
    /// every room says in its order. Rooms do not wait for each other.
    pub fn story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for stream in self.streams() {
            let mut rooms: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (_, line) in self.lines.iter().filter(|(_, line)| line.stream == stream) {
                let mut payload = line.payload.clone();
                if line.kind == "case.receipt/1" && payload["tx"].is_null() {
                    // The receiver of a message says whether it has it, and nothing is left to say of handing it over.
                    continue;
                }
                if line.kind == "case.receipt/1" {
                    // Who asks after a crash is told what the node knows of it, not what it said when it took it.
                    payload["says"].take();
                }
                timeless(&mut payload);
                let said = rooms.entry(format!("{:?}", line.ctx.who)).or_default();
                let is_sum = SUMS.contains(&line.kind.as_str());
                if is_sum {
                    said.clear();
                    // Nothing in the end is the same as nothing from the beginning.
                    if ["txs", "trails"].iter().any(|sum| payload[*sum] == Value::Array(Vec::new())) {
                        continue;
                    }
                }
                let told = format!("{} {payload} {}", line.kind, if is_sum { "" } else { &line.ctx.why });
                // One transaction may be handed over twice: it is the same one.
                if line.kind != "case.receipt/1" || !said.contains(&told) {
                    said.push(told);
                }
            }
            let said =
                rooms.into_iter().flat_map(|(room, said)| said.into_iter().map(move |line| format!("{room} {line}")));
            story.extend(said.map(|line| format!("{stream} {line}")));
        }
        story
    }

    fn streams(&self) -> Vec<Stream> {
        let mut streams = vec![Stream::Chain(chain())];
        streams.extend(self.cases.iter().map(|case| Stream::Case(case.id.clone())));
        streams
    }
}

async fn head(store: &Store) -> Option<Option<BlockRef>> {
    Some(store.head(&chain()).await.ok()?.map(|head| head.block))
}

/// Up to which line triage has decided.
async fn decided(store: &Store) -> Option<u64> {
    store.cursor("desk").await.ok()
}

/// The cases in the order in which they were opened.
fn cases(lines: &[(u64, Entry)]) -> Vec<Incident> {
    let opened = |(_, line): &(u64, Entry)| match &line.stream {
        Stream::Case(id) if line.kind == "case.opened/1" => Some(id.clone()),
        _ => None,
    };
    let fold = |id: CaseId| {
        let of_case = |(_, line): &(u64, Entry)| (line.stream == Stream::Case(id.clone())).then(|| line.clone());
        Incident::fold(&id, &lines.iter().filter_map(of_case).collect::<Vec<_>>()).unwrap()
    };
    lines.iter().filter_map(opened).map(fold).collect()
}

/// A plan holds until a time of the clock, so its digest and the keys of its steps differ from run to run.
fn timeless(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["received_at", "made_at", "based_on", "until", "key", "digest"] {
                fields.remove(name);
            }
            if fields.get("plan").is_some_and(Value::is_string) {
                fields.remove("plan");
            }
            fields.values_mut().for_each(timeless);
        }
        Value::Array(items) => items.iter_mut().for_each(timeless),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
