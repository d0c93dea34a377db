//! Arguments of calls, and their encoding.

use alloy_dyn_abi::DynSolValue;
use alloy_primitives::I256;
use facts::{Address, B256, Bytes, Selector, U256};

/// Something that can be passed to a contract.
pub trait Arg {
    /// The argument as the ABI knows it.
    fn value(self) -> DynSolValue;
}

impl Arg for U256 {
    fn value(self) -> DynSolValue {
        DynSolValue::Uint(self, 256)
    }
}

impl Arg for u64 {
    fn value(self) -> DynSolValue {
        U256::from(self).value()
    }
}

impl Arg for i128 {
    fn value(self) -> DynSolValue {
        DynSolValue::Int(I256::unchecked_from(self), 128)
    }
}

impl Arg for Address {
    fn value(self) -> DynSolValue {
        DynSolValue::Address(self)
    }
}

impl Arg for bool {
    fn value(self) -> DynSolValue {
        DynSolValue::Bool(self)
    }
}

impl Arg for B256 {
    fn value(self) -> DynSolValue {
        DynSolValue::FixedBytes(self, 32)
    }
}

impl Arg for Selector {
    fn value(self) -> DynSolValue {
        DynSolValue::FixedBytes(B256::right_padding_from(self.as_slice()), 4)
    }
}

impl Arg for Bytes {
    fn value(self) -> DynSolValue {
        DynSolValue::Bytes(self.to_vec())
    }
}

impl Arg for &str {
    fn value(self) -> DynSolValue {
        DynSolValue::String(self.to_owned())
    }
}

impl<A: Arg> Arg for Vec<A> {
    fn value(self) -> DynSolValue {
        DynSolValue::Array(self.into_iter().map(Arg::value).collect())
    }
}

/// A struct or tuple.
#[derive(Debug, Clone)]
pub struct Tuple(pub Vec<DynSolValue>);

impl Arg for Tuple {
    fn value(self) -> DynSolValue {
        DynSolValue::Tuple(self.0)
    }
}

/// Arguments of a call, in order.
#[macro_export]
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::Arg::value($arg)),*] };
}

/// Call data for a function of this signature, such as `deposit(uint256,address)`.
pub fn call_data(signature: &str, args: Vec<DynSolValue>) -> Bytes {
    let selector = &alloy_primitives::keccak256(signature)[..4];
    [selector, &encode(args)].concat().into()
}

/// Arguments as a constructor or function reads them.
pub fn encode(args: Vec<DynSolValue>) -> Vec<u8> {
    if args.is_empty() { Vec::new() } else { DynSolValue::Tuple(args).abi_encode_params() }
}
