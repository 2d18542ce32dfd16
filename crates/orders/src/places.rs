//! Where an order stands in its subscriptions, and whom that concerns.
//!
//! Whichever is heard of first, the orders of a subscription end up alike: one that becomes known, or
//! changes, has those decided again that depend on it.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_facts::Order;

/// An order's place in a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The store's id of the subscription.
    pub subscription: String,
    /// Or the first order.
    pub renewal: bool,
    /// Whether it is counted among the renewals: one that costs nothing is none of those that earn.
    pub counted: bool,
    /// When the order was placed.
    pub placed_at: Instant,
}

/// What has to be noted of an order's places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceChanges {
    /// Where it stood before, by an earlier version of it.
    pub gone: Vec<Place>,
    /// Where it stands now, and did not before.
    pub new: Vec<Place>,
    /// Places on which other orders depend that have to be decided again: on that of a renewal, the
    /// renewals after it, whose numbers change; on that of the first order, all of the subscription.
    pub concern: Vec<Place>,
}

impl PlaceChanges {
    /// What has to be noted of an order that stood in these places before.
    #[must_use]
    pub fn of(order: &Order, before: Vec<Place>) -> Self {
        let is_free = order.is_free();
        let places = order.subscriptions.iter().map(|it| Place {
            subscription: it.id.clone(),
            renewal: it.renewal,
            counted: it.renewal && !is_free,
            placed_at: order.snapshot.placed_at,
        });
        let places: Vec<Place> = places.collect();
        let is_new = |it: &&Place| !before.contains(it);
        let new: Vec<Place> = places.iter().filter(is_new).cloned().collect();
        let gone: Vec<Place> = before
            .iter()
            .filter(|it| !places.contains(it))
            .cloned()
            .collect();
        // Whatever is news of the first order, its renewals are credited by it.
        let firsts = places
            .iter()
            .filter(|it| !it.renewal && before.contains(it));
        Self {
            concern: gone.iter().chain(&new).chain(firsts).cloned().collect(),
            gone,
            new,
        }
    }
}

impl Place {
    /// Whether an order that renews the same subscription, placed then, depends on this place.
    #[must_use]
    pub fn concerns(&self, renewal: &Place) -> bool {
        renewal.renewal
            && renewal.subscription == self.subscription
            && (!self.renewal || renewal.placed_at >= self.placed_at)
    }
}
