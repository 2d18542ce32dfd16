//! Many at once: stores and shoppers who do not wait for each other.

use std::sync::{Mutex, PoisonError};

/// Does something with every item, over so many connections.
pub fn at_once<T, I>(items: I, connections: usize, each: impl Fn(T) + Sync)
where
    I: IntoIterator<Item = T, IntoIter: Send>,
{
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                while let Some(item) = next() {
                    each(item);
                }
            });
        }
    });
}
