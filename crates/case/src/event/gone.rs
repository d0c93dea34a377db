//! Why an alert does not stand any more.

use std::fmt;

use facts::{B256, BlockRef};
use serde::{Deserialize, Serialize};

/// Why an alert does not stand any more. Only what is part of the chain can be lost, and only what waited to be mined can
/// have come to another end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// The block it was seen in is no longer part of the chain.
    Lost(BlockRef),
    /// The transaction that was seen waiting was mined. What it did is told by what was seen of it there.
    Mined {
        /// The block it is in.
        at: BlockRef,
        /// Whether a rule objects to what it did.
        alerted: bool,
    },
    /// Another transaction of the same sender and number took its place.
    Replaced {
        /// That one.
        by: B256,
        /// The block it is in; none while it waits itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<BlockRef>,
    },
    /// It was not mined for so long that it is not waited for any more.
    NotMined {
        /// The block that was waited for last.
        at: BlockRef,
    },
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(block) => write!(f, "block {} is no longer part of the chain", block.number),
            Self::Mined { at, alerted: true } => {
                write!(f, "its transaction was mined in block {}, and alerts about that tell what it did", at.number)
            }
            Self::Mined { at, alerted: false } => {
                write!(f, "its transaction was mined in block {}, and no rule objects to what it did there", at.number)
            }
            Self::Replaced { by, at: Some(at) } => {
                write!(f, "its transaction was replaced by {by}, which is in block {}", at.number)
            }
            Self::Replaced { by, at: None } => write!(f, "its transaction was replaced by {by}, which waits now"),
            Self::NotMined { at } => write!(f, "its transaction was not mined until block {}", at.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use facts::ChainId;
    use serde_json::json;

    use super::*;
    use crate::{AlertWithdrawn, Digest};

    #[test]
    fn a_lost_block_is_written_as_it_always_was_and_every_end_is_read_again() {
        let at = BlockRef { chain: ChainId::eip155(1), number: 7, hash: B256::ZERO, parent: B256::ZERO };
        let write = |why: &Gone| {
            serde_json::to_value(AlertWithdrawn { id: Digest::of_bytes(b"alert"), why: why.clone() }).unwrap()
        };
        assert_eq!(write(&Gone::Lost(at.clone()))["lost"], json!(at));
        let ends = [
            Gone::Lost(at.clone()),
            Gone::Mined { at: at.clone(), alerted: true },
            Gone::Replaced { by: B256::ZERO, at: None },
            Gone::Replaced { by: B256::ZERO, at: Some(at.clone()) },
            Gone::NotMined { at },
        ];
        for why in ends {
            let read: AlertWithdrawn = serde_json::from_value(write(&why)).unwrap();
            assert_eq!(read.why, why);
        }
    }
}
