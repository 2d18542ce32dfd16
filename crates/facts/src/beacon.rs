//! Which visitor an order belongs to by the page that thanks for it.
//!
//! Anyone with a visit of their own can say that an order is theirs, and ids of orders can often
//! be guessed. So a store has to allow beacons, a token in the order itself counts before any, the
//! order is flagged, and a beacon is believed only soon after the order was placed: nobody can
//! claim orders ahead, nor old ones.

use crate::fact::BeaconFact;
use waymark_attribution::time::Instant;

/// How far before the order a beacon may come, in milliseconds: clocks differ by minutes.
const EARLIEST_MS: i64 = 5 * 60 * 1000;
/// How long after the order a beacon may come, in milliseconds: a day, for payments by transfer.
const LATEST_MS: i64 = 24 * 60 * 60 * 1000;

/// The beacon that counts.
pub(crate) struct Tied<'f> {
    pub(crate) beacon: &'f BeaconFact,
    /// Whether no other visitor claims the order.
    pub(crate) alone: bool,
}

/// The earliest beacon that is believed of an order placed then.
pub(crate) fn tied<'f>(beacons: &[&'f BeaconFact], placed_at: Instant) -> Option<Tied<'f>> {
    let believed = || {
        let delay_ms = |beacon: &BeaconFact| {
            let (at, placed_at) = (beacon.at.as_millis(), placed_at.as_millis());
            at.saturating_sub(placed_at)
        };
        let believed =
            move |beacon: &&&'f BeaconFact| (-EARLIEST_MS..=LATEST_MS).contains(&delay_ms(beacon));
        beacons.iter().filter(believed)
    };
    let beacon = believed().min_by_key(|beacon| (beacon.at, &beacon.visitor))?;
    Some(Tied {
        beacon,
        alone: believed().all(|other| other.visitor == beacon.visitor),
    })
}
