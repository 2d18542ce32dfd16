//! A clock that a test sets: `clock.js` explains it. What lies months apart for a shop, such as an
//! order, its payment and what is refunded later, happens at once.

use crate::store;
use crate::workerd::Workerd;
use jiff::Timestamp;

/// The Worker's clock. The Worker has to be started with [`Options::clock`](crate::Options).
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// How far ahead of this machine's it is, in milliseconds.
    ahead: i64,
}

impl Clock {
    /// Sets the Worker's clock, from which it goes on.
    pub fn set(workerd: &Workerd, at: Timestamp) -> Self {
        let at = at.as_millisecond();
        let request = workerd
            .request("GET", "/")
            .header("x-clock", at.to_string());
        assert_eq!(workerd.send(request, "").status(), 200);
        Self {
            ahead: at.saturating_sub(store::now()),
        }
    }

    /// What it shows, in milliseconds of Unix time.
    pub fn now(self) -> i64 {
        store::now().saturating_add(self.ahead)
    }

    /// What it shows that many seconds from now, as RFC 3339 with whole seconds.
    pub fn time_in(self, seconds: i64) -> String {
        let at = self.now().div_euclid(1_000).saturating_add(seconds);
        Timestamp::from_second(at).expect("a time").to_string()
    }
}
