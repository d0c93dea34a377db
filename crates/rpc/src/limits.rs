//! The numbers on everything that could grow.

use std::time::Duration;

/// How large an answer may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Size {
    Small,
    Large,
    Trace,
    /// What anybody can fill: transactions that wait.
    Pending,
}

/// Bytes of an answer about transactions that wait, however many were asked for.
pub(crate) const PENDING_BYTES: usize = 16 << 20;

/// How much may be asked of one endpoint, and how much it may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests that wait for an answer at the same time.
    pub in_flight: usize,
    /// Requests begun within a second; a batch counts each of its requests.
    pub requests_per_second: u32,
    /// Requests in one HTTP batch. Nodes refuse more than some hundred.
    pub batch: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long a trace of a whole block may take.
    pub trace_timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// Bytes of a small answer: numbers, headers, one receipt.
    pub small_bytes: usize,
    /// Bytes of a large answer: blocks, receipts, traces, code, batches.
    pub large_bytes: usize,
}

impl Default for Limits {
    /// What a local node bears without noticing. Public endpoints want fewer requests a second.
    fn default() -> Self {
        Self {
            in_flight: 32,
            requests_per_second: 1_000,
            batch: 100,
            timeout: Duration::from_secs(10),
            trace_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            small_bytes: 1 << 20,
            large_bytes: 64 << 20,
        }
    }
}

/// How long to wait between rounds over all endpoints, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    /// Rounds after the first before an error is given to the caller.
    pub retries: u32,
    /// The first wait; each next is twice as long.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Where the jitter comes from: equal seeds wait equally.
    pub seed: u64,
}

impl Default for Backoff {
    /// Gives up after about three seconds of waiting; `watch` then says so and goes on asking.
    fn default() -> Self {
        Self { retries: 5, first: Duration::from_millis(100), longest: Duration::from_secs(2), seed: 0 }
    }
}

impl Backoff {
    /// The wait before retry number `retry` (from zero) of the request `salt`, or `None` when it is time to give up.
    pub fn wait(&self, retry: u32, salt: u64) -> Option<Duration> {
        if retry >= self.retries {
            return None;
        }
        let full = self.first.saturating_mul(1 << retry.min(20)).min(self.longest);
        // Between half and all of it, so that many clients of one node do not come back at the same time.
        let half = full / 2;
        let span = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX).saturating_add(1);
        let random = splitmix(self.seed ^ splitmix(salt ^ u64::from(retry)));
        Some(half + Duration::from_nanos(random % span))
    }
}

/// Steele, Lea and Flood's SplitMix64.
fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_bounded_and_end() {
        let backoff = Backoff { retries: 8, ..Backoff::default() };
        let waits: Vec<_> = (0..).map_while(|retry| backoff.wait(retry, 7)).collect();
        assert_eq!(waits.len(), 8);
        for (retry, wait) in waits.iter().enumerate() {
            let full = Duration::from_millis(100 << retry).min(Duration::from_secs(2));
            assert!(full / 2 <= *wait && *wait <= full, "retry {retry} waits {wait:?}");
        }
        let again: Vec<_> = (0..).map_while(|retry| backoff.wait(retry, 7)).collect();
        assert_eq!(waits, again, "the same seed and request wait the same");
        assert_ne!(backoff.wait(3, 7), backoff.wait(3, 8), "two requests do not come back together");
    }
}
