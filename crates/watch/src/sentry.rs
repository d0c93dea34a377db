//! Keeps an eye on the watch itself: tells each trouble once when it begins and once when it ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use facts::BlockRef;
use rpc::Sighting;

use crate::{News, Notice, news::Trouble};

#[derive(Debug)]
pub(crate) struct Sentry {
    behind_max: u64,
    told: BTreeSet<Trouble>,
    suspected: BTreeSet<Trouble>,
}

impl Sentry {
    pub(crate) fn new(behind_max: u64) -> Self {
        Self { behind_max, told: BTreeSet::new(), suspected: BTreeSet::new() }
    }

    /// A trouble is there: told unless it was before.
    pub(crate) fn begin(&mut self, notice: Notice, queue: &mut VecDeque<News>) {
        if notice.trouble().is_some_and(|trouble| self.told.insert(trouble)) {
            queue.push_back(News::Notice(notice));
        }
    }

    /// A trouble is not there (any more).
    pub(crate) fn end(&mut self, trouble: Trouble, queue: &mut VecDeque<News>) {
        if self.told.remove(&trouble) {
            queue.push_back(News::Notice(Notice::Cleared { what: trouble }));
        }
    }

    /// Judges what the endpoints saw while our head was `ours`.
    ///
    /// At the tip endpoints differ for a moment by nature, so a trouble is told when two surveys in a row show it.
    pub(crate) fn judge(&mut self, ours: &BlockRef, sightings: &[Sighting], queue: &mut VecDeque<News>) {
        let mut found: BTreeMap<Trouble, Notice> = BTreeMap::new();
        let mut open = BTreeSet::new();
        let best = sightings.iter().filter_map(|seen| seen.head.as_ref().ok()).map(|head| head.at.number).max();
        let agrees = |seen: &&Sighting| seen.there.as_ref().is_some_and(|there| there.hash == ours.hash);
        // When nobody has our block any more, that is a reorg, and the next look walks it back.
        let witness = sightings.iter().find(agrees);
        for seen in sightings {
            let endpoint = seen.endpoint.clone();
            let mut notices = Vec::new();
            match &seen.head {
                Err(error) => {
                    // What an endpoint without voice would say of the rest stays open.
                    open.insert(Trouble::EndpointBehind(endpoint.clone()));
                    open.insert(Trouble::Disagreement(endpoint.clone()));
                    notices.push(Notice::EndpointDown { endpoint, why: error.to_string() });
                }
                Ok(head) => {
                    let blocks = best.unwrap_or_default().saturating_sub(head.at.number);
                    if blocks > self.behind_max {
                        notices.push(Notice::EndpointBehind { endpoint: endpoint.clone(), blocks });
                    }
                    if let (Some(one), Some(there)) = (witness, &seen.there)
                        && there.hash != ours.hash
                    {
                        notices.push(Notice::Disagreement {
                            number: ours.number,
                            one: one.endpoint.clone(),
                            one_says: ours.hash,
                            other: endpoint,
                            other_says: there.hash,
                        });
                    }
                }
            }
            found.extend(notices.into_iter().filter_map(|notice| Some((notice.trouble()?, notice))));
        }
        let over: Vec<_> = self
            .told
            .iter()
            .filter(|trouble| !matches!(trouble, Trouble::Blind | Trouble::HeadStalled))
            .filter(|trouble| !found.contains_key(*trouble) && !open.contains(*trouble))
            .cloned()
            .collect();
        for trouble in over {
            self.end(trouble, queue);
        }
        let suspected: BTreeSet<Trouble> = found.keys().cloned().collect();
        for (trouble, notice) in found {
            if self.suspected.contains(&trouble) {
                self.begin(notice, queue);
            }
        }
        self.suspected = suspected;
    }
}
