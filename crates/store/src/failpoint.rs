//! Places where a test may kill the process, to prove that nothing is lost. In other builds they are nothing.

/// Passes a place. With the feature `failpoints`, `BREAKGLASS_FAILPOINT=name` or `name:n` ends the process here the
/// first or n-th time, at once and without cleaning up, as `kill -9` would.
#[inline]
pub fn pass(name: &str) {
    #[cfg(feature = "failpoints")]
    armed::pass(name);
    #[cfg(not(feature = "failpoints"))]
    let _: &str = name;
}

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSES: AtomicU64 = AtomicU64::new(0);

    pub(super) fn pass(name: &str) {
        let Ok(wanted) = std::env::var("BREAKGLASS_FAILPOINT") else { return };
        let (place, times) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        let times: u64 = times.parse().unwrap_or(1);
        if place == name && PASSES.fetch_add(1, Ordering::SeqCst) + 1 == times {
            std::process::abort();
        }
    }
}
