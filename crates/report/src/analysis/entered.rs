//! Re-entries for a reader: those that are alike are one line, however often a loop made them.

use facts::{AccountId, B256};

use super::model::ReentryRow;

/// Re-entries of one contract by the same caller, in the same functions, with the same effect.
#[derive(Debug)]
pub(super) struct Entered<'a> {
    /// The first of them.
    pub(super) first: &'a ReentryRow,
    /// The frames of all.
    pub(super) frames: Vec<u32>,
}

/// What tells one re-entry from another.
type Like<'a> = (&'a AccountId, &'a AccountId, &'a Option<String>, Option<B256>, bool);

/// Alike ones together: what was disturbed first, the rest in the order it began.
pub(super) fn entered(rows: &[ReentryRow]) -> Vec<Entered<'_>> {
    let mut all: Vec<(Like<'_>, Entered<'_>)> = Vec::new();
    for row in rows {
        let like = (&row.account, &row.by, &row.function, row.stale_slot, row.read_only);
        match all.iter_mut().find(|(held, _)| *held == like) {
            Some((_, held)) => held.frames.push(row.frame),
            None => all.push((like, Entered { first: row, frames: vec![row.frame] })),
        }
    }
    let mut entered: Vec<Entered<'_>> = all.into_iter().map(|(_, held)| held).collect();
    entered.sort_by_key(|held| held.first.stale_slot.is_none());
    entered
}

#[cfg(test)]
mod tests {
    use facts::{Address, ChainId};

    use super::*;

    #[test]
    fn a_loop_is_one_line_and_what_was_disturbed_comes_first() {
        let account = |byte| AccountId { chain: ChainId::eip155(1), address: Address::repeat_byte(byte) };
        let row = |frame: u32, of: u8, slot: Option<B256>| ReentryRow {
            account: account(of),
            frame,
            outer: frame - 1,
            by: account(9),
            outer_function: None,
            function: Some("f()".to_owned()),
            read_only: false,
            stale_slot: slot,
        };
        let slot = Some(B256::repeat_byte(1));
        let rows = [row(3, 1, None), row(4, 2, slot), row(6, 1, None), row(7, 2, slot), row(8, 2, None)];
        let told: Vec<_> = entered(&rows).iter().map(|held| held.frames.clone()).collect();
        assert_eq!(told, [vec![4, 7], vec![3, 6], vec![8]]);
    }
}
