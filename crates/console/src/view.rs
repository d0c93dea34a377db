//! What the API shows: structs of its own, so that the words of the case may change without the API changing.
//!
//! Amounts are decimal strings in base units, times RFC 3339 in UTC, chains, accounts and assets CAIP-2, CAIP-10 and
//! CAIP-19 ids. Text from a chain is given as it is: whoever shows it must escape it.

mod alert;
mod announcement;
mod entry;
mod incident;
mod names;
mod plan;

pub(crate) use alert::{AlertState, AlertView, BlockView, MarkWord};
pub(crate) use announcement::{AnnouncementView, FitWord, PlannedView, address};
pub(crate) use entry::{ActorView, EntryView};
pub(crate) use incident::{IncidentSummary, IncidentView, ResolutionWord, SeverityWord};
pub(crate) use names::NamesView;
pub(crate) use plan::{PlanView, StepView};

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items, newest first unless the list says otherwise.
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; absent on the last.
    pub next: Option<String>,
}

/// The time of a block: seconds since 1970 as chains keep it. A time outside of the calendar is shown as its edge.
pub(crate) fn block_time(seconds: u64) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

/// Gives an enum of the case words a twin for the API, with the same cases.
macro_rules! word {
    ($(#[$about:meta])* $name:ident = $of:ty { $($(#[$doc:meta])* $case:ident),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$doc])* $case),* }
        impl From<$of> for $name {
            fn from(word: $of) -> Self {
                match word { $(<$of>::$case => Self::$case),* }
            }
        }
        impl From<$name> for $of {
            fn from(word: $name) -> Self {
                match word { $($name::$case => Self::$case),* }
            }
        }
    };
}
pub(crate) use word;
