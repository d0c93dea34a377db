//! One transaction, told to a responder: what was done, by whom, to whom, how, and by which call each of it is proved.
//!
//! Everything that may be looked at is handed in as one [`Material`]; [`analyse`] decides what it means, and [`text`],
//! [`html`] and the [`Analysis`] itself (as JSON) say it. Nothing is asked for here and nothing is guessed: what is not
//! in the material is not known, and what was not seen is said first.

mod amounts;
mod borrowed;
mod cast;
mod entered;
mod failure;
mod html;

mod material;
mod model;
mod observed;
mod page;
mod pools;
mod privileges;
mod proxies;
mod reentry;
mod rows;
mod sides;
mod storage;
mod story;
mod text;

pub use html::html;
pub use material::{Material, Sender, TokenName};
pub use model::{
    AccountRow, Analysis, Borrowed, CallRow, ChangeRow, Coin, CreatedRow, DelegationRow, EventRow, Fees, FlowRow,
    LabelRow, NetRow, Part, PriceRow, ReadingRow, ReentryRow, Saying, SenderRow, Sentence, SlotRow, StepRow, StepsRow,
    TokenRow, Told, Weakness, WeaknessEvidence, WriteRow,
};
pub use rows::analyse;
pub use text::{Look, Paint, text};

#[cfg(test)]
mod tests;
