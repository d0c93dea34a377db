//! Warm state: who executes every block knows every write, so only first reads have to be asked for.

mod reader;
mod warm;

pub use reader::{Fetched, Missing, NoReader, ReadError, StateReader};
pub use warm::{Touched, WarmState};
