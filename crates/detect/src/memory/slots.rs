//! What rules in data keep: series and notes by key, each in a slot with limits of its own.

use super::{
    Entry, Found, Joining, MemoryView, Series, Slot,
    cell::{Content, Note},
};
use facts::U256;

impl MemoryView<'_> {
    /// Block and time of now.
    pub(crate) fn now(&self) -> (u64, u64) {
        (self.journal.block.number, self.journal.time)
    }

    /// The series at a key.
    pub(crate) fn series(&self, slot: &Slot, key: &[u8]) -> Found<&Series> {
        match self.content(&slot.key(Content::SERIES, key)) {
            Some(Content::Series(series)) if series.short_until <= self.moment(slot) => Found::Whole(series),
            Some(_) => Found::Lost,
            None => self.absent(slot),
        }
    }

    /// Adds an entry to the series at a key. Where there is no room for one more key the entry is lost, and reading
    /// any key that is not there says so for as long as the entry would have counted.
    pub(crate) fn append(&mut self, slot: &Slot, key: &[u8], value: U256, joining: Joining) {
        let key = slot.key(Content::SERIES, key);
        let (block, time) = self.now();
        let entry = Entry { block, time, count: 1, value };
        if self.content(&key).is_none() {
            let place = self.place();
            if !self.state.admit(place, slot, self.journal) {
                return;
            }
            let series = Series { short_until: self.lost_until(slot), ..Series::default() };
            self.put(&key, Content::Series(series));
        }
        let place = self.place();
        self.state.append(place, &key.key(), self.journal, |series| series.append(entry, joining, slot));
        self.state.make_room(place, self.limits, self.journal);
    }

    /// What is written down about a key. A note is over when its slot's span has passed since it was written.
    pub(crate) fn note(&self, slot: &Slot, key: &[u8]) -> Found<&[u8]> {
        let now = self.moment(slot);
        let key = slot.key(Content::NOTE, key);
        match self.cell(&key) {
            Some(cell) => match &cell.content {
                Content::Note(note) if note.short_until > now => Found::Lost,
                Content::Note(note) if slot.span.reaches(slot.span.moment(cell.touched, note.time), now) => {
                    Found::Whole(&note.bytes)
                }
                _ => Found::Nothing,
            },
            None => self.absent(slot),
        }
    }

    /// Writes something down about a key, or strikes it out.
    pub(crate) fn set_note(&mut self, slot: &Slot, key: &[u8], bytes: Option<Box<[u8]>>) {
        let key = slot.key(Content::NOTE, key);
        let there = match self.content(&key) {
            Some(Content::Note(note)) => Some(note.short_until),
            _ => None,
        };
        let short_until = match there {
            Some(short_until) => short_until,
            None if bytes.is_none() => return,
            None => {
                let place = self.place();
                if !self.state.admit(place, slot, self.journal) {
                    return;
                }
                self.lost_until(slot)
            }
        };
        match bytes {
            Some(bytes) => {
                let time = self.journal.time;
                self.put(&key, Content::Note(Note { time, short_until, bytes }));
            }
            None => self.strike(&key),
        }
    }

    fn moment(&self, slot: &Slot) -> u64 {
        slot.span.moment(self.journal.block.number, self.journal.time)
    }

    /// Until when a key that is not there may be one that was given up.
    fn lost_until(&self, slot: &Slot) -> u64 {
        let last = self.drawer().and_then(|drawer| drawer.losses.last);
        last.map_or(0, |(block, time)| slot.span.moment(block, time).saturating_add(slot.span.length()))
    }

    fn absent<T>(&self, slot: &Slot) -> Found<T> {
        if self.lost_until(slot) > self.moment(slot) { Found::Lost } else { Found::Nothing }
    }
}
