//! What was announced of a chain, read from the book before each block: what the desk wrote down before a block came is
//! known to the rules that look at it, without a restart and without a signal that could be late.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use case::{Entry, Event, HeldAnnouncement, Stream};
use detect::Announcements;
use facts::ChainId;
use store::Store;

/// Lines that make or withdraw announcements.
const KINDS: [&str; 2] = ["announcement.made/1", "announcement.withdrawn/1"];
/// Lines read at once.
const PAGE: u32 = 256;

/// Blocks before an announcement of which a reorganisation may still move transactions behind it, and blocks after it in which
/// that may be noticed.
const MOVED_MAX: u64 = 256;

/// How far the book was read for announcements.
#[derive(Debug, Default)]
pub(super) struct Noticeboard {
    /// The last line of the book when it was last looked at.
    looked: Option<u64>,
    /// The last line about announcements that is known.
    known: u64,
}

impl Noticeboard {
    /// Blocks were lost: what was in them may come again in others, and what is announced is read anew with that in view.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What is announced of a chain, if that is not what it was when this was last asked.
    pub(super) async fn news(&mut self, store: &Store, chain: &ChainId) -> Result<Option<Arc<Announcements>>> {
        let last = store.last_position().await.context("the book cannot be read for announcements")?;
        if self.looked == Some(last) {
            return Ok(None);
        }
        let mut newest = 0;
        for kind in KINDS {
            let found = store.of_kind_before(kind, u64::MAX, 1).await.context("announcements cannot be read")?;
            newest = newest.max(found.first().map_or(0, |(position, _)| *position));
        }
        self.looked = Some(last);
        if newest <= self.known {
            return Ok(None);
        }
        let announced = announcements(store, chain).await?;
        self.known = newest;
        Ok(Some(Arc::new(Announcements::new(announced))))
    }
}

/// All announcements about a chain that the book holds, each with the transactions that had been seen before it.
///
/// # Errors
/// If the book cannot be read.
pub async fn announcements(store: &Store, chain: &ChainId) -> Result<Vec<HeldAnnouncement>> {
    let stream = Stream::Chain(chain.clone());
    let mut lines: Vec<(u64, Entry)> = Vec::new();
    for kind in KINDS {
        let mut before = u64::MAX;
        loop {
            let page = store.of_kind_before(kind, before, PAGE).await.context("announcements cannot be read")?;
            let Some((oldest, _)) = page.last() else { break };
            before = *oldest;
            lines.extend(page.into_iter().filter(|(_, entry)| entry.stream == stream));
        }
    }
    lines.sort_by_key(|(position, _)| *position);
    let held = HeldAnnouncement::fold(lines.iter().map(|(_, entry)| entry));
    let mut held = held.context("an announcement in the book cannot be read")?;
    let made = lines.iter().filter(|(_, entry)| entry.kind == KINDS[0]).map(|(position, _)| *position);
    let head = store.head(chain).await?.map_or(0, |head| head.block.number);
    for (one, position) in held.iter_mut().zip(made) {
        note_seen(store, one, position, head).await?;
    }
    Ok(held)
}

/// Notes the transactions that alerts were about before an announcement was made in this line, or in blocks before it.
async fn note_seen(store: &Store, held: &mut HeldAnnouncement, made: u64, head: u64) -> Result<()> {
    // A block from before it may be looked at after it, though not long after.
    let is_fresh = head <= held.after.saturating_add(2 * MOVED_MAX);
    let mut before = if is_fresh { u64::MAX } else { made };
    loop {
        let page = store.alerts(Some(&held.announcement.chain), before, PAGE).await?;
        let Some((oldest, _)) = page.last() else { return Ok(()) };
        before = *oldest;
        for (position, entry) in page {
            let Some(Event::AlertRaised(raised)) = entry.event().context("an alert cannot be read")? else { continue };
            if raised.alert.basis.is_mined() && raised.alert.seen_at.number.saturating_add(MOVED_MAX) < held.after {
                return Ok(());
            }
            held.note(&raised.alert, position < made);
        }
    }
}
