//! What a node means when it does not take a transaction. JSON-RPC has one code for nearly all of it, so the words decide;
//! they are those of geth, reth, Nethermind, Besu, Erigon and anvil.

/// What the node's words amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rebuff {
    /// It has this very transaction.
    AlreadyKnown,
    /// The nonce is spent; whether by us is to be asked.
    NonceTooLow,
    /// Another transaction with this nonce waits and pays as much.
    ReplacementUnderpriced,
    /// The fee is below what the node or the next block takes.
    FeeTooLow,
    /// The account cannot pay.
    InsufficientFunds,
    /// No node will ever take it as it stands, such as a gas limit above the block's.
    Impossible,
    /// The node's own trouble, or words we do not know. It was not taken.
    Other,
}

/// Words and their meaning; the first that fits decides.
const WORDS: &[(&str, Rebuff)] = &[
    ("already known", Rebuff::AlreadyKnown),
    ("alreadyknown", Rebuff::AlreadyKnown),
    ("already imported", Rebuff::AlreadyKnown),
    ("known transaction", Rebuff::AlreadyKnown),
    ("already in pool", Rebuff::AlreadyKnown),
    ("already exists", Rebuff::AlreadyKnown),
    ("nonce too low", Rebuff::NonceTooLow),
    ("nonce is too low", Rebuff::NonceTooLow),
    ("nonce_too_low", Rebuff::NonceTooLow),
    ("oldnonce", Rebuff::NonceTooLow),
    ("replacement transaction underpriced", Rebuff::ReplacementUnderpriced),
    ("replacement not allowed", Rebuff::ReplacementUnderpriced),
    ("replacementnotallowed", Rebuff::ReplacementUnderpriced),
    ("could not replace existing tx", Rebuff::ReplacementUnderpriced),
    ("underpriced", Rebuff::FeeTooLow),
    ("less than block base fee", Rebuff::FeeTooLow),
    ("feetoolow", Rebuff::FeeTooLow),
    ("fee too low", Rebuff::FeeTooLow),
    ("gas price below", Rebuff::FeeTooLow),
    ("insufficient funds", Rebuff::InsufficientFunds),
    ("insufficientfunds", Rebuff::InsufficientFunds),
    ("upfront cost exceeds account balance", Rebuff::InsufficientFunds),
    ("intrinsic gas too low", Rebuff::Impossible),
    ("exceeds block gas limit", Rebuff::Impossible),
    ("gas limit too high", Rebuff::Impossible),
    ("gas too high", Rebuff::Impossible),
    ("exceeds transaction gas limit", Rebuff::Impossible),
    ("oversized data", Rebuff::Impossible),
    ("invalid sender", Rebuff::Impossible),
    ("invalid chain id", Rebuff::Impossible),
    ("transaction type not supported", Rebuff::Impossible),
];

/// Reads a node's words.
pub(super) fn read(message: &str) -> Rebuff {
    let message = message.to_ascii_lowercase();
    WORDS.iter().find(|(words, _)| message.contains(words)).map_or(Rebuff::Other, |(_, rebuff)| *rebuff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_nodes() {
        for (message, meant) in [
            ("already known", Rebuff::AlreadyKnown),
            ("transaction already imported", Rebuff::AlreadyKnown),
            ("nonce too low: next nonce 7, tx nonce 6", Rebuff::NonceTooLow),
            ("Nonce too low", Rebuff::NonceTooLow),
            ("OldNonce, Current nonce: 3, nonce of rejected tx: 1", Rebuff::NonceTooLow),
            ("replacement transaction underpriced", Rebuff::ReplacementUnderpriced),
            ("transaction underpriced: tip needed 1, tip permitted 0", Rebuff::FeeTooLow),
            ("max fee per gas less than block base fee: address 0x.., maxFeePerGas: 1, baseFee: 7", Rebuff::FeeTooLow),
            ("insufficient funds for gas * price + value: balance 0, tx cost 21", Rebuff::InsufficientFunds),
            ("Insufficient funds for gas * price + value", Rebuff::InsufficientFunds),
            ("exceeds block gas limit", Rebuff::Impossible),
            ("intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", Rebuff::Impossible),
            ("txpool is full", Rebuff::Other),
            ("", Rebuff::Other),
        ] {
            assert_eq!(read(message), meant, "{message}");
        }
    }
}
