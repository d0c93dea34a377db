//! What tokens say they are called. A stranger wrote it: it is read with limits, and escaped by whoever shows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use facts::{Address, Answer, Ask, B256, Budget, Bytes, Overrides, Question, TxRequest, U256};
use report::analysis::TokenName;
use rpc::{Called, Node};
use tokio::task::JoinSet;
use trace::{NoReader, Tracer};
use watch::Recording;

use super::seen::witnessed_state;
use crate::Lens;

/// Tokens that are asked for one transaction. The rest are told in base units.
const TOKENS_MAX: usize = 64;
/// Characters of a symbol. Real ones have less than a dozen.
const SYMBOL_CHARS_MAX: usize = 32;
/// Gas of one question; a plain getter behind a proxy needs a tenth of it.
const GAS: u64 = 200_000;

/// Call data that asks for `symbol()` and `decimals()`.
pub const TOKEN_CALLS: [[u8; 4]; 2] = [[0x95, 0xd8, 0x9b, 0x41], [0x31, 0x3c, 0xe5, 0x67]];

/// Asks tokens on the state after a block. One that does not answer has no name.
pub(super) async fn of_node(node: &Arc<Node>, at: B256, tokens: &BTreeSet<Address>) -> BTreeMap<Address, TokenName> {
    let mut asked = JoinSet::new();
    for token in tokens.iter().take(TOKENS_MAX).copied() {
        let node = Arc::clone(node);
        asked.spawn(async move {
            let [symbol, decimals] = TOKEN_CALLS.map(|selector| request(token, selector));
            let (symbol, decimals) = tokio::join!(node.call(at, &symbol), node.call(at, &decimals));
            let returned = |called| match called {
                Ok(Called::Returned(data)) => Some(data),
                Ok(Called::Reverted { .. }) | Err(_) => None,
            };
            named(returned(symbol)?, returned(decimals)).map(|name| (token, name))
        });
    }
    let mut names = BTreeMap::new();
    while let Some(answer) = asked.join_next().await {
        names.extend(answer.ok().flatten());
    }
    names
}

/// Asks tokens on the state that came with a block. Where it does not hold what a token looks up, there is no name.
pub(super) fn of_recording(
    lens: &Lens,
    recording: &Recording,
    tokens: &BTreeSet<Address>,
) -> BTreeMap<Address, TokenName> {
    let header = &recording.block.header;
    let at = recording.block.at(&recording.chain);
    let (Some(witness), Ok(fork)) = (&recording.block.witness, lens.fork(header.number, header.timestamp)) else {
        return BTreeMap::new();
    };
    let mut tracer = Tracer::new(lens.environment().clone(), NoReader, at.number.saturating_sub(1), at.parent);
    tracer.state = witnessed_state(&at, witness);
    let mut ask = |token, selector| {
        let question = Question {
            at: at.clone(),
            overrides: Overrides::default(),
            ask: Ask::View(request(token, selector)),
            budget: Budget::default(),
        };
        match trace::answer(&mut tracer, &question, header, fork) {
            Answer::View(Ok(data)) => Some(data),
            _ => None,
        }
    };
    let [symbol, decimals] = TOKEN_CALLS;
    let asked = tokens.iter().take(TOKENS_MAX).copied();
    asked
        .filter_map(|token| {
            let name = ask(token, symbol)?;
            Some((token, named(name, ask(token, decimals))?))
        })
        .collect()
}

fn request(token: Address, selector: [u8; 4]) -> TxRequest {
    TxRequest {
        from: Address::ZERO,
        to: Some(token),
        value: U256::ZERO,
        input: Bytes::from(selector),
        gas_limit: Some(GAS),
    }
}

/// A symbol without decimals makes a wrong amount, so both are needed. A collection has no decimals, and needs none: it
/// answers with nothing, or not at all.
fn named(symbol: Bytes, decimals: Option<Bytes>) -> Option<TokenName> {
    Some(TokenName { symbol: symbol_of(&symbol)?, decimals: decimals_of(&decimals?)? })
}

/// A `string`, or the `bytes32` of the oldest tokens.
pub fn symbol_of(data: &[u8]) -> Option<String> {
    let bytes = if data.len() == 32 {
        data.split(|byte| *byte == 0).next()?
    } else {
        let number = |at: usize| usize::try_from(U256::from_be_slice(data.get(at..at.checked_add(32)?)?)).ok();
        let offset = number(0)?;
        data.get(offset.checked_add(32)?..)?.get(..number(offset)?)?
    };
    let text: String = std::str::from_utf8(bytes).ok()?.chars().take(SYMBOL_CHARS_MAX).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// A `uint8`.
pub fn decimals_of(data: &[u8]) -> Option<u8> {
    let word: &[u8; 32] = data.try_into().ok()?;
    u8::try_from(U256::from_be_bytes(*word)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> [u8; 32] {
        U256::from(number).to_be_bytes()
    }

    #[test]
    fn symbols_come_in_two_forms_and_lies_have_none() {
        let string = |text: &[u8]| {
            let padding = vec![0; (32 - text.len() % 32) % 32];
            [word(32).as_slice(), &word(text.len() as u64), text, &padding].concat()
        };
        assert_eq!(symbol_of(&string(b"USDC")).as_deref(), Some("USDC"));
        assert_eq!(symbol_of(&string(&[b'x'; 1_000_000])).unwrap().len(), SYMBOL_CHARS_MAX);
        assert_eq!(symbol_of(&string(b"<script>")).as_deref(), Some("<script>"), "escaped by whoever shows it");
        let mut old = [0; 32];
        old[..3].copy_from_slice(b"MKR");
        assert_eq!(symbol_of(&old).as_deref(), Some("MKR"));
        assert_eq!(symbol_of(&string(b"\xff\xfe")), None);
        assert_eq!(symbol_of(&string(b"")), None);
        assert_eq!(symbol_of(&[]), None);
        assert_eq!(symbol_of(&[[0xff; 32], [0xff; 32]].concat()), None, "an offset beyond everything");
        assert_eq!(symbol_of(&[word(32), word(u64::MAX)].concat()), None, "a length beyond everything");
    }

    #[test]
    fn decimals_are_a_byte_or_unknown() {
        assert_eq!(decimals_of(&word(6)), Some(6));
        assert_eq!(decimals_of(&word(256)), None);
        assert_eq!(decimals_of(&[]), None);
    }
}
