//! Places where a test may end the process, to prove that nothing is lost. In other builds they are nothing.

/// Passes a place. With the feature `failpoints`, `BREAKGLASS_FAILPOINT=name` or `name:n` ends the process here the
/// first or n-th time, at once and without cleaning up, as `kill -9` would.
#[cfg(feature = "failpoints")]
pub fn pass(name: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };
    static ARMED: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let wanted = std::env::var("BREAKGLASS_FAILPOINT").ok()?;
        let (place, times) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        let times = times.parse().expect("BREAKGLASS_FAILPOINT is `name` or `name:n`");
        Some((place.to_owned(), times))
    });
    static PASSES: AtomicU64 = AtomicU64::new(0);
    if let Some((place, times)) = &*ARMED
        && place == name
        && PASSES.fetch_add(1, Ordering::SeqCst) + 1 == *times
    {
        std::process::abort();
    }
}

/// Passes a place: nothing, without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn pass(_: &str) {}
