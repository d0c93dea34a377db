//! Warm state: who executes every block knows every write, so only first reads have to be asked for.

mod database;
mod guess;
mod log;
mod reader;
mod touched;
mod warm;

pub(crate) use guess::Guess;
pub use log::ReadLog;
pub use reader::{Fetched, Missing, NoReader, ReadError, StateReader};
pub use touched::Touched;
pub use warm::{WarmState, Yields};
