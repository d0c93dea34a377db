//! Questions for much at once, which not every node answers.

use std::sync::atomic::Ordering;

use super::Endpoint;
use crate::RpcError;

/// What some nodes tell at once, and others bit by bit.
#[derive(Clone, Copy)]
pub(crate) enum AtOnce {
    Accounts,
    Slots,
}

impl Endpoint {
    /// Asks for much at once where it may answer that, else for the same bit by bit.
    pub(crate) async fn at_once_or<T>(
        &self,
        what: AtOnce,
        at_once: impl Future<Output = Result<T, RpcError>>,
        bit_by_bit: impl Future<Output = Result<T, RpcError>>,
    ) -> Result<T, RpcError> {
        let unanswered = &self.unanswered[what as usize];
        if !unanswered.load(Ordering::Relaxed) {
            match at_once.await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_silence() || matches!(error, RpcError::WrongChain { .. }) => return Err(error),
                // State that it has not is none of another question either.
                Err(RpcError::Missing { .. }) => {}
                // Nodes find many words for not knowing a question. Whatever is wrong with the answer, there is another
                // way to the same.
                Err(_) => unanswered.store(true, Ordering::Relaxed),
            }
        }
        bit_by_bit.await
    }
}
