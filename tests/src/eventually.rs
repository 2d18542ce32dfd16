//! Waiting for what the Worker does by itself.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long it may take before the test fails: much longer than it takes on a machine that has
/// nothing else to do.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Waits until there is something to find.
///
/// # Panics
/// There is nothing within two minutes.
pub fn eventually<T>(what: &str, find: impl FnMut() -> Option<T>) -> T {
    look(find, Option::is_some)
        .unwrap_or_else(|| panic!("{what}: not within {} s", TIMEOUT.as_secs()))
}

/// Waits until what is found is what is wanted.
///
/// # Panics
/// It is still something else after two minutes: what it is then is told.
pub fn becomes<T, W>(what: &str, wanted: &W, find: impl FnMut() -> T)
where
    T: PartialEq<W> + Debug,
    W: Debug + ?Sized,
{
    let found = look(find, |found| *found == *wanted);
    assert!(found == *wanted, "{what}: {found:?}, not {wanted:?}");
}

/// What is found at last: the first that is right, or what there is when it has taken too long.
#[expect(clippy::disallowed_methods, reason = "a person waits by the clock")]
fn look<T>(mut find: impl FnMut() -> T, is_right: impl Fn(&T) -> bool) -> T {
    let begun = Instant::now();
    loop {
        let found = find();
        if is_right(&found) || begun.elapsed() > TIMEOUT {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
