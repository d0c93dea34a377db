//! Cursors: where the next page of a list begins. Opaque to clients, so that we may change what is in them.

use serde::Deserialize;

use crate::{
    Problem,
    limits::{PAGE_DEFAULT, PAGE_MAX},
};

/// Which list a cursor belongs to: one list's cursor is refused by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Alerts,
    Groups,
    Incidents,
}

impl List {
    fn tag(self) -> &'static str {
        match self {
            List::Alerts => "al",
            List::Groups => "gr",
            List::Incidents => "in",
        }
    }
}

/// The cursor for the page that goes on from `position`.
pub(crate) fn write(list: List, position: u64) -> String {
    format!("{}{position:016x}", list.tag())
}

/// The position in a cursor of this list.
pub(crate) fn read(list: List, cursor: &str) -> Result<u64, Problem> {
    let digits = cursor.strip_prefix(list.tag()).unwrap_or_default();
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    let fits = digits.len() == 16 && digits.bytes().all(hex);
    fits.then(|| u64::from_str_radix(digits, 16).ok()).flatten().ok_or_else(|| Problem::bad_cursor(cursor))
}

/// How many items a page may have.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct PageSize(pub u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(PAGE_DEFAULT)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = String;

    fn try_from(size: u32) -> Result<Self, String> {
        (1..=PAGE_MAX)
            .contains(&size)
            .then_some(Self(size))
            .ok_or_else(|| format!("`limit` is {size}; a page has 1 to {PAGE_MAX} items"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_and_nothing_else_does() {
        for position in [0, 1, u64::MAX] {
            assert_eq!(read(List::Alerts, &write(List::Alerts, position)).unwrap(), position);
        }
        let other = write(List::Incidents, 7);
        for bad in [other.as_str(), "", "al", "al7", "al+00000000000007", "al000000000000000G", "'; drop table"] {
            assert!(read(List::Alerts, bad).unwrap_err().kind.ends_with("bad-cursor"), "{bad}");
        }
    }
}
