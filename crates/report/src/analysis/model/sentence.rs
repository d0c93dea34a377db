//! A sentence of the story, in parts, so that each form can show an account or an amount in its own way.

use facts::{AccountId, AssetId, U256};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saying {
    /// Who called what.
    Began,
    /// What was borrowed.
    Borrowed,
    /// What was manipulated.
    Manipulated,
    /// What was entered again.
    Reentered,
    /// Who may now do what.
    Privilege,
    /// What was deployed or made to run foreign code.
    Code,
    /// Who lost what.
    Lost,
    /// Who gained what, and what it cost.
    Gained,
    /// What moved, where nothing more is to be said of it.
    Moved,
    /// Why it failed.
    Failed,
    /// What is wrong with what is told.
    Warning,
}

/// One sentence, with the frames that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// What it is about.
    pub about: Saying,
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// Frames that prove it, the most telling first.
    pub frames: Vec<u32>,
}

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words of our own.
    Own(String),
    /// Words of a stranger.
    Foreign(String),
    /// An account, and how it is written here.
    Account(AccountId, String),
    /// An amount, and how it is written here. The symbol in it is a stranger's.
    Amount(AssetId, U256, String),
}

impl Part {
    /// The part in words, as they are.
    pub fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Foreign(text) | Self::Account(_, text) | Self::Amount(_, _, text) => text,
        }
    }
}

impl Sentence {
    /// The whole, in words as they are: whoever shows it escapes it.
    pub fn text(&self) -> String {
        self.parts.iter().map(Part::text).collect()
    }
}

impl Serialize for Sentence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Sentence", 3)?;
        fields.serialize_field("about", &self.about)?;
        fields.serialize_field("text", &self.text())?;
        fields.serialize_field("frames", &self.frames)?;
        fields.end()
    }
}
