//! Snoozes as the desk knows them, and their ends: each ends by itself, and says what it held back.

use anyhow::{Context as _, Result};
use case::{Actor, Ctx, Draft, Entry, Event, HeldSnooze, SnoozeEnded, Stream};

use super::Desk;

impl Desk {
    /// Learns of snoozes from a line of the book; what has ended need not be known any more.
    pub(super) fn hear_snoozes(&mut self, entry: &Entry, event: Option<&Event>) {
        if let Some(event) = event {
            HeldSnooze::take(&mut self.snoozes, entry, event);
            self.snoozes.retain(|held| held.ended.is_none());
        }
    }

    /// Writes down that snoozes are over whose time has come. A service that was down then writes it when it is back.
    pub(super) async fn end_snoozes(&mut self) -> Result<()> {
        let now = (self.clock)();
        let (over, on): (Vec<_>, Vec<_>) = self.snoozes.drain(..).partition(|held| held.snooze.until <= now);
        self.snoozes = on;
        let mut drafts = Vec::new();
        for held in over {
            let HeldSnooze { id, snooze, held_back, .. } = held;
            let (count, rule) = (held_back.count, &snooze.rule);
            if count > 0 {
                let worst = held_back.worst.map_or("", |worst| worst.as_str());
                tracing::warn!(rule, snooze = id, count, worst, "a snooze is over: look at what it held back");
            }
            let why = format!("its time is over; {count} alerts of rule {rule} were held back");
            let ctx = Ctx::new(Actor::machine("respond"), why, now);
            drafts.push(Draft::new(Stream::Org, ctx, &Event::SnoozeEnded(SnoozeEnded { id, held_back }))?);
        }
        if drafts.is_empty() {
            Ok(())
        } else {
            self.write(drafts).await.context("the end of a snooze cannot be written")
        }
    }
}
