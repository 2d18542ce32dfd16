//! Waiting for what the Worker does by itself.

use std::time::{Duration, Instant};

/// How long it may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until there is something to find.
///
/// # Panics
/// There is nothing within a minute.
#[expect(clippy::disallowed_methods, reason = "a person waits by the clock")]
pub fn eventually<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}
