//! The ways to act, one file each. A new one passes the common exam in `tests/drivers/exam.rs`.

pub(crate) mod contract_call;
pub mod webhook;
