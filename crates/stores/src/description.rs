//! What is particular to a platform, as data: each has one of these in its file.

use waymark_signatures::Scheme;

use crate::access::{Access, ApiField};
use crate::delivery::{Delivery, Parsed};
use crate::grant::Grant;
use crate::payload::Unusable;
use crate::sync::{Request, Sync};

/// All that is particular to a platform.
pub(crate) struct Description {
    /// As the program file names it.
    pub name: &'static str,
    pub scheme: Scheme,
    /// The header that names a call's topic, in lower case; `None` where the body says it.
    pub topic_header: Option<&'static str>,
    /// Reads the body of a verified call of that topic.
    pub parse: fn(topic: &str, body: &[u8]) -> Result<Parsed, Unusable>,
    /// Whether it dates no deletion, and may restore what it deleted.
    pub undated_deletions: bool,
    /// Whether its calls say no more than that an order changed, so that its API is required.
    pub only_notifies: bool,
    /// What opens its API; empty where there is none.
    pub api: &'static [ApiField],
    /// How its API is opened by tokens that end, where it gives such.
    pub grant: Option<Grant>,
    /// How to ask for what changed, where it can be asked.
    pub sync: Option<Sync>,
    /// How to ask for one order, where its calls do not say all of it.
    pub fetch: Option<Fetch>,
}

/// The next request for an order, after the bodies of these answers.
pub(crate) type Further = fn(&Access, &str, &[Vec<u8>]) -> Result<Option<Request>, Unusable>;

/// How one order is asked for.
pub(crate) struct Fetch {
    pub requests: fn(access: &Access, order_id: &str) -> Result<Vec<Request>, Unusable>,
    /// What is left to be asked for after these answers.
    pub further: Further,
    /// Reads the bodies of the answers, in the sequence of the requests.
    pub read: fn(bodies: &[Vec<u8>]) -> Result<Delivery, Unusable>,
}
