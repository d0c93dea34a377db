//! From logs and native transfers to movements of value.

use facts::{Address, Asset, B256, Flow, FlowKind, Log, U256};
use revm::primitives::b256;

/// `Transfer(address,address,uint256)`: ERC-20 and ERC-721.
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/// `TransferSingle(address,address,address,uint256,uint256)`: ERC-1155.
const TRANSFER_SINGLE: B256 = b256!("c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
/// `TransferBatch(address,address,address,uint256[],uint256[])`: ERC-1155.
const TRANSFER_BATCH: B256 = b256!("4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");
/// `Deposit(address,uint256)`: WETH9.
const DEPOSIT: B256 = b256!("e1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c");
/// `Withdrawal(address,uint256)`: WETH9.
const WITHDRAWAL: B256 = b256!("7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65");
/// Ids read from one batch transfer; a block's gas does not pay for more in one log.
const BATCH_MAX: usize = 4096;

/// Adds the token flows that `logs` tell of to the native ones, in the order of events.
pub(crate) fn with_tokens(native: Vec<Flow>, logs: &[Log], wrapped: &[Address]) -> Vec<Flow> {
    if logs.is_empty() {
        return native;
    }
    let mut flows = Vec::with_capacity(native.len() + logs.len());
    let mut native = native.into_iter().peekable();
    for log in logs {
        while let Some(flow) = native.next_if(|flow| flow.at < log.at) {
            flows.push(flow);
        }
        of_log(log, wrapped, &mut flows);
    }
    flows.extend(native);
    flows
}

/// The movements of value that one log tells of.
fn of_log(log: &Log, wrapped: &[Address], flows: &mut Vec<Flow>) {
    let Some(topic) = log.topics.first() else { return };
    let token = log.address;
    let mut push = |asset, from: B256, to: B256, amount, kind| {
        let (from, to) = (Address::from_word(from), Address::from_word(to));
        flows.push(Flow { asset, from, to, amount, kind, frame: log.frame, at: log.at });
    };
    let topics = log.topics.as_slice();
    match *topic {
        TRANSFER => match (topics, log.data.len()) {
            (&[_, from, to], 32) => {
                push(Asset::Erc20(token), from, to, U256::from_be_slice(&log.data), FlowKind::Event);
            }
            (&[_, from, to, id], 0) => {
                push(Asset::Erc721(token, id.into()), from, to, U256::ONE, FlowKind::Event);
            }
            // Old tokens indexed nothing.
            (&[_], 96) => {
                let word = |at: usize| B256::from_slice(&log.data[at * 32..at * 32 + 32]);
                push(Asset::Erc20(token), word(0), word(1), word(2).into(), FlowKind::Event);
            }
            _ => {}
        },
        TRANSFER_SINGLE => {
            if let (&[_, _, from, to], 64) = (topics, log.data.len()) {
                let (id, amount) = log.data.split_at(32);
                let asset = Asset::Erc1155(token, U256::from_be_slice(id));
                push(asset, from, to, U256::from_be_slice(amount), FlowKind::Event);
            }
        }
        TRANSFER_BATCH => {
            if let &[_, _, from, to] = topics {
                for (id, amount) in batch(&log.data) {
                    push(Asset::Erc1155(token, id), from, to, amount, FlowKind::Event);
                }
            }
        }
        DEPOSIT if wrapped.contains(&token) => {
            if let (&[_, to], 32) = (topics, log.data.len()) {
                push(Asset::Erc20(token), B256::ZERO, to, U256::from_be_slice(&log.data), FlowKind::Wrap);
            }
        }
        WITHDRAWAL if wrapped.contains(&token) => {
            if let (&[_, from], 32) = (topics, log.data.len()) {
                push(Asset::Erc20(token), from, B256::ZERO, U256::from_be_slice(&log.data), FlowKind::Unwrap);
            }
        }
        _ => {}
    }
}

/// Ids and amounts of a batch transfer, as far as its data makes sense: two arrays of the same length.
fn batch(data: &[u8]) -> Vec<(U256, U256)> {
    let word = |at: usize| data.get(at..at.checked_add(32)?).map(U256::from_be_slice);
    let array = |head: usize| {
        let start = usize::try_from(word(head)?).ok()?;
        let len = usize::try_from(word(start)?).ok().filter(|len| *len <= BATCH_MAX)?;
        (0..len).map(|index| word(start.checked_add(32 + index * 32)?)).collect::<Option<Vec<_>>>()
    };
    match (array(0), array(32)) {
        (Some(ids), Some(amounts)) if ids.len() == amounts.len() => ids.into_iter().zip(amounts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(topics: Vec<B256>, data: Vec<u8>) -> Log {
        Log { address: Address::repeat_byte(0x70), topics, data: data.into(), frame: 0, at: 1 }
    }

    fn flows(log: &Log, wrapped: &[Address]) -> Vec<(Asset, U256)> {
        with_tokens(Vec::new(), std::slice::from_ref(log), wrapped)
            .into_iter()
            .map(|flow| (flow.asset, flow.amount))
            .collect()
    }

    #[test]
    fn one_event_name_three_meanings() {
        let token = Address::repeat_byte(0x70);
        let (a, b) = (B256::left_padding_from(&[1]), B256::left_padding_from(&[2]));
        let seven = B256::left_padding_from(&[7]);
        let erc20 = log(vec![TRANSFER, a, b], seven.to_vec());
        assert_eq!(flows(&erc20, &[]), [(Asset::Erc20(token), U256::from(7))]);
        let erc721 = log(vec![TRANSFER, a, b, seven], Vec::new());
        assert_eq!(flows(&erc721, &[]), [(Asset::Erc721(token, U256::from(7)), U256::ONE)]);
        let old = log(vec![TRANSFER], [a, b, seven].concat());
        assert_eq!(flows(&old, &[]), [(Asset::Erc20(token), U256::from(7))]);
        let neither = log(vec![TRANSFER, a, b], vec![0; 31]);
        assert_eq!(flows(&neither, &[]), []);
    }

    #[test]
    fn a_deposit_is_a_flow_only_of_a_known_wrapper() {
        let deposit = log(vec![DEPOSIT, B256::left_padding_from(&[1])], B256::left_padding_from(&[7]).to_vec());
        assert_eq!(flows(&deposit, &[]), []);
        assert_eq!(flows(&deposit, &[deposit.address]).len(), 1);
    }

    #[test]
    fn a_batch_that_lies_about_its_length_is_no_flow() {
        let word = |n: u64| U256::from(n).to_be_bytes::<32>();
        let good = [word(64), word(128), word(1), word(5), word(1), word(9)].concat();
        assert_eq!(batch(&good), [(U256::from(5), U256::from(9))]);
        let endless = [word(64), word(96), word(u64::MAX), word(1)].concat();
        assert_eq!(batch(&endless), []);
        let far = [[0xff; 32], word(0)].concat();
        assert_eq!(batch(&far), []);
    }
}
