//! The rules of execution in force at a block, by the name of the upgrade that brought them.

use std::{fmt, str::FromStr};

use alloy_primitives::U256;
use serde::{Deserialize, Serialize, de};

macro_rules! forks {
    ($($(#[$doc:meta])* $fork:ident $name:literal,)*) => {
        /// An upgrade of Ethereum's execution layer. Later ones are greater.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fork { $($(#[$doc])* $fork,)* }

        impl Fork {
            /// All of them, oldest first.
            pub const ALL: &'static [Self] = &[$(Self::$fork,)*];

            /// Its name, as chain files write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fork => $name,)* }
            }
        }
    };
}

forks! {
    /// The beginning.
    Frontier "frontier",
    /// Lifted the gas limit of the first days; execution is Frontier's.
    FrontierThawing "frontier-thawing",
    /// EIP-2: creation costs more, `DELEGATECALL` (EIP-7).
    Homestead "homestead",
    /// The irregular move of the DAO's balances; execution is Homestead's.
    Dao "dao",
    /// EIP-150: calls cost more and keep a 64th of the gas.
    Tangerine "tangerine",
    /// EIP-155, 160, 161, 170: replay protection, empty accounts, size of code.
    SpuriousDragon "spurious-dragon",
    /// `REVERT`, static calls, status in receipts. The block reward falls to 3 ether.
    Byzantium "byzantium",
    /// Shifts, `CREATE2`, `EXTCODEHASH`. The block reward falls to 2 ether.
    Constantinople "constantinople",
    /// Constantinople without EIP-1283.
    Petersburg "petersburg",
    /// `CHAINID`, `SELFBALANCE`, new storage costs (EIP-2200).
    Istanbul "istanbul",
    /// Delayed the difficulty bomb.
    MuirGlacier "muir-glacier",
    /// Access lists (EIP-2929, EIP-2930).
    Berlin "berlin",
    /// The base fee (EIP-1559).
    London "london",
    /// Delayed the difficulty bomb.
    ArrowGlacier "arrow-glacier",
    /// Delayed the difficulty bomb.
    GrayGlacier "gray-glacier",
    /// Proof of stake: no block reward, `PREVRANDAO`.
    Paris "paris",
    /// Withdrawals, `PUSH0`.
    Shanghai "shanghai",
    /// Blobs, transient storage, the beacon root contract.
    Cancun "cancun",
    /// Set-code transactions, requests, history of block hashes.
    Prague "prague",
    /// The gas limit of a transaction, costlier `MODEXP`.
    Osaka "osaka",
    /// More blobs (EIP-7892).
    Bpo1 "bpo1",
    /// More blobs (EIP-7892).
    Bpo2 "bpo2",
    /// Block access lists (EIP-7928).
    Amsterdam "amsterdam",
}

impl Fork {
    /// What the miner of a block was given for it, in wei, without fees; zero from Paris on.
    pub fn block_reward_wei(self) -> U256 {
        let ether = match self {
            fork if fork < Self::Byzantium => 5,
            fork if fork < Self::Constantinople => 3,
            fork if fork < Self::Paris => 2,
            _ => 0,
        };
        U256::from(ether) * U256::from(1_000_000_000_000_000_000_u64)
    }

    /// What the miner of a block was given for each ommer it named: a 32nd of the reward.
    pub fn nephew_reward_wei(self) -> U256 {
        self.block_reward_wei() / U256::from(32)
    }

    /// What the miner of an ommer was given, when the block that named it stood `distance` blocks (1 to 6) above it;
    /// zero at any other distance, as such an ommer is not valid.
    pub fn ommer_reward_wei(self, distance: u64) -> U256 {
        if !(1..=6).contains(&distance) {
            return U256::ZERO;
        }
        self.block_reward_wei() * U256::from(8 - distance) / U256::from(8)
    }
}

/// A name that is no fork's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a fork this version knows")]
pub struct UnknownFork {
    /// The name as it was given, cut to 80 characters.
    pub name: String,
}

impl FromStr for Fork {
    type Err = UnknownFork;

    /// Case, spaces and punctuation do not matter; the spellings of geth, anvil and revm are understood. "latest" is
    /// not: it means another fork in each version of a node.
    fn from_str(name: &str) -> Result<Self, UnknownFork> {
        let plain = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(40).collect()
        };
        let given = plain(name);
        let alias = match given.as_str() {
            "merge" | "themerge" => Some(Self::Paris),
            "eip150" | "tangerinewhistle" => Some(Self::Tangerine),
            "eip155" | "eip158" | "spurious" => Some(Self::SpuriousDragon),
            "constantinoplefix" | "stpetersburg" => Some(Self::Petersburg),
            "daofork" => Some(Self::Dao),
            "greyglacier" => Some(Self::GrayGlacier),
            _ => Self::ALL.iter().copied().find(|fork| plain(fork.name()) == given),
        };
        alias.ok_or_else(|| UnknownFork { name: name.chars().take(80).collect() })
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Fork {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Fork {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_nodes_name_the_same_fork() {
        let cases = [
            (Fork::Bpo1, &["Bpo1", "BPO1", "bpo1", "bpo-1"][..]),
            (Fork::SpuriousDragon, &["spuriousDragon", "SPURIOUS_DRAGON", "Spurious Dragon", "eip158"]),
            (Fork::Paris, &["merge", "Merge", "paris"]),
            (Fork::Petersburg, &["petersburg", "ConstantinopleFix"]),
            (Fork::Tangerine, &["tangerine", "TangerineWhistle", "eip150"]),
            (Fork::MuirGlacier, &["muirGlacier", "muir_glacier"]),
        ];
        for (fork, names) in cases {
            for name in names {
                assert_eq!(name.parse(), Ok(fork), "{name}");
            }
        }
        for fork in Fork::ALL {
            assert_eq!(fork.to_string().parse(), Ok(*fork));
            assert_eq!(format!("{fork:?}").parse(), Ok(*fork));
        }
        for name in ["", "latest", "Bpo9", "london!x", "…"] {
            assert!(name.parse::<Fork>().is_err(), "{name}");
        }
    }

    #[test]
    fn later_forks_are_greater() {
        assert!(Fork::ALL.is_sorted());
        assert_eq!(Fork::ALL.len(), 23);
    }

    #[test]
    fn miners_were_given_five_three_two_and_then_nothing() {
        let milliether = |wei: U256| wei / U256::from(1_000_000_000_000_000_u64);
        let cases = [
            (Fork::Frontier, 5000, 156, 4375),
            (Fork::SpuriousDragon, 5000, 156, 4375),
            (Fork::Byzantium, 3000, 93, 2625),
            (Fork::Constantinople, 2000, 62, 1750),
            (Fork::GrayGlacier, 2000, 62, 1750),
            (Fork::Paris, 0, 0, 0),
            (Fork::Amsterdam, 0, 0, 0),
        ];
        for (fork, block, nephew, ommer) in cases {
            assert_eq!(milliether(fork.block_reward_wei()), U256::from(block), "{fork}");
            assert_eq!(milliether(fork.nephew_reward_wei()), U256::from(nephew), "{fork}");
            assert_eq!(milliether(fork.ommer_reward_wei(1)), U256::from(ommer), "{fork}");
        }
        assert_eq!(milliether(Fork::Frontier.ommer_reward_wei(6)), U256::from(1250));
        for distance in [0, 7, 8, u64::MAX] {
            assert_eq!(Fork::Frontier.ommer_reward_wei(distance), U256::ZERO);
        }
    }
}
