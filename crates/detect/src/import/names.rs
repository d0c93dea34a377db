//! What networks are called elsewhere.

use facts::ChainId;

/// The chain of a name that OpenZeppelin's tools use. Source: their documentation of networks; number from chainlist.
pub(super) fn chain(name: &str) -> Option<ChainId> {
    let name = name.trim().to_lowercase().replace(['_', ' '], "-");
    let number = match name.as_str() {
        "mainnet" | "ethereum" | "ethereum-mainnet" | "homestead" => 1,
        "sepolia" | "ethereum-sepolia" => 11_155_111,
        "holesky" => 17_000,
        "hoodi" => 560_048,
        "goerli" => 5,
        "xdai" | "gnosis" => 100,
        "bsc" | "bsc-mainnet" => 56,
        "bsctest" | "bsc-testnet" => 97,
        "fantom" => 250,
        "fantomtest" => 4_002,
        "matic" | "polygon" | "polygon-mainnet" => 137,
        "mumbai" => 80_001,
        "amoy" | "polygon-amoy" => 80_002,
        "matic-zkevm" | "polygon-zkevm" => 1_101,
        "avalanche" | "avalanche-c-chain" => 43_114,
        "fuji" | "avalanche-fuji" => 43_113,
        "optimism" | "optimism-mainnet" => 10,
        "optimism-sepolia" => 11_155_420,
        "arbitrum" | "arbitrum-one" => 42_161,
        "arbitrum-nova" => 42_170,
        "arbitrum-sepolia" => 421_614,
        "base" | "base-mainnet" => 8_453,
        "base-sepolia" => 84_532,
        "celo" | "celo-mainnet" => 42_220,
        "alfajores" | "celo-alfajores" => 44_787,
        "moonbeam" => 1_284,
        "moonriver" => 1_285,
        "moonbase" => 1_287,
        "aurora" => 1_313_161_554,
        "zksync" | "zksync-era-mainnet" => 324,
        "zksync-sepolia" | "zksync-era-sepolia" => 300,
        "linea" | "linea-mainnet" => 59_144,
        "linea-sepolia" => 59_141,
        "scroll" | "scroll-mainnet" => 534_352,
        "scroll-sepolia" => 534_351,
        "mantle" | "mantle-mainnet" => 5_000,
        "fuse" => 122,
        "hedera" => 295,
        "unichain" => 130,
        "unichain-sepolia" => 1_301,
        "sonic-mainnet" | "sonic" => 146,
        _ => return None,
    };
    Some(ChainId::eip155(number))
}
