//! A shop at work: what its shoppers, its stores and its merchant do, by the captured Worker's clock.

use crate::stores::{self, with};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use waymark_tests::clock::Clock;
use waymark_tests::{Answer, Workerd, eventually, merchant, shopper};

/// A shop, from one time to the next.
pub struct Shop<'w> {
    pub workerd: &'w Workerd,
    pub clock: Clock,
}

impl<'w> Shop<'w> {
    /// The shop at a time, once all that is due by then is done.
    pub fn at(workerd: &'w Workerd, at: &str) -> Self {
        let at: Timestamp = at.parse().expect("a time");
        let clock = Clock::set(workerd, at);
        let shop = Self { workerd, clock };
        shop.rest();
        shop
    }

    /// Waits until nothing is due any more.
    pub fn rest(&self) {
        // Whoever asks moves the alarm along with the clock.
        assert_eq!(merchant::get(self.workerd, "/v1/receivers").status(), 200);
        let due = [
            "orders WHERE due_at <= NOW",
            "stale_orders",
            "erasures",
            "forgotten_visitors",
            "unpublished",
            "order_fetches WHERE due <= NOW",
            "order_journeys WHERE read = 0",
            "messages WHERE state = 'waiting' AND due <= NOW",
            "syncs WHERE due <= NOW",
        ];
        for due in due {
            eventually(due, || {
                let due = due.replace("NOW", &self.clock.now().to_string());
                (self.workerd.count(&due) == 0).then_some(())
            });
        }
    }

    /// A new visitor's click, or one more of the visitor with that token; the token.
    pub fn click(&self, path: &str, token: Option<&str>) -> String {
        let answer = match token {
            None => shopper::click(self.workerd, path),
            Some(token) => shopper::click_again(self.workerd, path, token),
        };
        assert_eq!(answer.status(), 302, "{path}");
        // It is recorded after its answer.
        std::thread::sleep(Duration::from_millis(150));
        token.map_or_else(|| shopper::token(&answer), str::to_owned)
    }

    /// Waits until the program was told of all clicks.
    pub fn clicks_are_counted(&self) {
        std::thread::sleep(Duration::from_secs(6));
    }

    /// An order of 82.00 USD at the generic store, placed in a moment.
    pub fn order(&self, id: &str, members: Value) -> Value {
        let order = with(self.placed(id), members);
        self.said(&order);
        order
    }

    fn placed(&self, id: &str) -> Value {
        // Whole seconds, after what was clicked.
        let now = self.clock.time_in(2);
        json!({
            "type": "order", "id": id, "placed_at": now, "updated_at": now, "currency": "USD",
            "lines": [
                { "id": "1", "sku": "KETTLE", "quantity": 1, "amount": "64.00" },
                { "id": "2", "sku": "EARL-GREY", "quantity": 2, "amount": "18.00" },
            ],
        })
    }

    /// The generic store says something of an order.
    pub fn said(&self, call: &Value) {
        let answer = stores::generic(self.workerd, self.clock, call);
        assert_eq!(answer.outcome(), "applied", "{call}: {}", answer.text());
    }

    /// Another version of an order, as it is now.
    pub fn changed(&self, order: &Value, members: Value) -> Value {
        let at = json!({ "updated_at": self.clock.time_in(5) });
        let order = with(with(order.clone(), at), members);
        self.said(&order);
        order
    }

    pub fn refunded(&self, order: &str, id: &str, members: Value) {
        let refund = json!({ "type": "refund", "order": order, "id": id, "currency": "USD",
            "at": self.clock.time_in(0) });
        self.said(&with(refund, members));
    }

    pub fn disputed(&self, order: &str, state: &str, members: Value) {
        let dispute = json!({ "type": "dispute", "order": order, "id": "d1", "state": state,
            "currency": "USD", "amount": "41.00", "at": self.clock.time_in(0) });
        self.said(&with(dispute, members));
    }

    /// Mo does something.
    pub fn does(&self, path: &str, members: Value) -> Value {
        let body = with(json!({ "by": "Mo", "reason": "we spoke" }), members);
        done(merchant::post(self.workerd, path, &body))
    }

    /// Somebody asks for something to be done, of which nothing is written down.
    pub fn asks_for(&self, path: &str) {
        _ = done(merchant::post(self.workerd, path, &json!({})));
    }

    /// Mo does something to an order of the generic store.
    pub fn to_order(&self, id: &str, what: &str, members: Value) {
        self.does(&format!("/v1/orders/store/{id}/{what}"), members);
    }
}

pub fn done(answer: Answer) -> Value {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()
}
