//! Things in groups by a key, each group in the order of its things.

use std::hash::Hash;

use facts::KeyedMap;

/// Groups for which there is room from the beginning. What most transactions have fits, and what a hostile one has grows.
const ROOM: usize = 64;
/// No thing: the end of a group, or a thing that belongs to none.
const NONE: u32 = u32::MAX;

/// The things of a list by a key. Each knows the next one of its group, so that a group costs no list of its own.
#[derive(Debug)]
pub(super) struct Groups<K> {
    /// The first thing of each group, and the group's number.
    groups: KeyedMap<K, [u32; 2]>,
    next: Vec<u32>,
    /// The first thing of each group, in order.
    firsts: Vec<u32>,
    /// The last thing of each group, in the same order.
    lasts: Vec<u32>,
}

impl<K: Eq + Hash> Groups<K> {
    /// Groups `things` by a key; those without one belong nowhere.
    pub(super) fn by<T>(things: &[T], key: impl Fn(&T) -> Option<K>) -> Self {
        let mut this =
            Self { groups: KeyedMap::default(), next: vec![NONE; things.len()], firsts: Vec::new(), lasts: Vec::new() };
        this.groups.reserve(things.len().min(ROOM));
        for (at, thing) in (0u32..).zip(things) {
            let Some(key) = key(thing) else { continue };
            let group = u32::try_from(this.firsts.len()).unwrap_or(NONE);
            let [_, group] = *this.groups.entry(key).or_insert([at, group]);
            match this.lasts.get_mut(group as usize) {
                Some(last) => {
                    if let Some(next) = this.next.get_mut(*last as usize) {
                        *next = at;
                    }
                    *last = at;
                }
                None => {
                    this.firsts.push(at);
                    this.lasts.push(at);
                }
            }
        }
        this
    }

    /// Whether the group has any.
    pub(super) fn has(&self, key: &K) -> bool {
        self.groups.contains_key(key)
    }

    /// The places of the things of a group, in order.
    pub(super) fn of(&self, key: &K) -> impl Iterator<Item = usize> + use<'_, K> {
        self.numbered(key).map(|at| at as usize)
    }

    /// The same as numbers.
    pub(super) fn numbered(&self, key: &K) -> impl Iterator<Item = u32> + use<'_, K> {
        let first = self.groups.get(key).map(|[first, _]| *first);
        std::iter::successors(first, |at| self.next.get(*at as usize).copied().filter(|next| *next != NONE))
    }

    /// The places of the first and the last thing of each group, in order of the first.
    pub(super) fn ends(&self) -> impl Iterator<Item = (usize, usize)> {
        self.firsts.iter().zip(&self.lasts).map(|(first, last)| (*first as usize, *last as usize))
    }
}
