//! Renewals of subscriptions in the tables, as the Worker's `src/program/orders/renewals.rs` has them.

use std::collections::BTreeSet;

use waymark_facts::ruling::Ruling;
use waymark_facts::{Order as Told, fold};
use waymark_ledger::Approval;
use waymark_orders::Known;
use waymark_orders::places::{Place, PlaceChanges};
use waymark_orders::renewal::{First, Renewed, renewed};

use crate::program::Tables;

impl Tables {
    /// Notes an order's places in its subscriptions, and has the orders decided again that depend on
    /// them.
    pub(crate) fn note_places(&mut self, id: &str, order: &Told) {
        let own = self.places.iter().filter(|(_, of)| of == id);
        let before = own.map(|(place, _)| place.clone()).collect();
        let PlaceChanges { gone, new, concern } = PlaceChanges::of(order, before);
        self.places
            .retain(|(place, of)| of != id || !gone.contains(place));
        self.places
            .extend(new.into_iter().map(|place| (place, id.to_owned())));
        self.mark_dependents(id, &concern);
    }

    /// Has the orders decided again that depend on these places of an order.
    fn mark_dependents(&mut self, id: &str, concern: &[Place]) {
        let concerned = |(place, of): &&(Place, String)| {
            of != id && concern.iter().any(|it| it.concerns(place))
        };
        let stale = self.places.iter().filter(concerned);
        self.stale.extend(stale.map(|(_, of)| of.clone()));
    }

    /// Has the orders decided again that depend on an order that was two: there is one less before
    /// them, and it has another id.
    pub(crate) fn note_joined(&mut self, id: &str) {
        let places = self.places.iter().filter(|(_, of)| of == id);
        let places: Vec<Place> = places.map(|(place, _)| place.clone()).collect();
        self.mark_dependents(id, &places);
    }

    /// What is known of the subscription that an order renews, if it renews one.
    pub(crate) fn renewed(&self, id: &str, order: &Told) -> Option<Renewed> {
        let subscription = renewed(order)?;
        let at = |place: &Place, of: &str| (place.placed_at, of.to_owned());
        let of_it = self.places.iter();
        let of_it = of_it.filter(|(place, _)| place.subscription == subscription);
        let own = (order.snapshot.placed_at, id.to_owned());
        let before: BTreeSet<&String> = of_it
            .clone()
            .filter(|(place, of)| place.counted && at(place, of) <= own)
            .map(|(_, of)| of)
            .collect();
        let first = of_it
            .filter(|(place, of)| !place.renewal && self.orders.contains_key(of))
            .min_by_key(|(place, of)| at(place, of));
        Some(Renewed {
            number: u32::try_from(before.len()).expect("a few"),
            first: first.and_then(|(_, of)| self.first(of)),
        })
    }

    fn first(&self, id: &str) -> Option<First> {
        let order = &self.orders[id];
        let row = order.row.as_ref()?;
        let frozen = order.stored.frozen_case.clone();
        let case = frozen.or_else(|| row.case.clone())?;
        let read: serde_json::Value = serde_json::from_str(&case).expect("a case");
        let currency = read["order"]["currency"].as_str().expect("a currency");
        Some(First {
            currency: currency.parse().expect("a currency"),
            ruling: match &order.stored.approval {
                Approval::Approved(approved) => approved.ruling.clone(),
                _ => fold(order.facts.values()).ruling.map(|fact| fact.ruling),
            },
            case,
        })
    }

    /// What a person ruled on the order that this one renews, if it goes by it.
    pub(crate) fn inherited(&self, id: &str, known: &Known) -> Option<Ruling> {
        let order = known.folded.order.as_ref()?;
        let first = self.renewed(id, order)?.first?;
        first
            .ruling
            .filter(|_| first.currency == order.snapshot.currency)
    }
}
