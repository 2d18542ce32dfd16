//! Mo, who works for the merchant: what is done by a person is signed with a name and a reason.

use crate::answer::Answer;
use crate::json::with;
use crate::merchant;
use crate::workerd::Workerd;
use serde_json::{Value, json};

/// The person's name.
pub const MO: &str = "Mo";

/// Does something as Mo, who spoke with somebody; other members count before that name and that reason.
pub fn act(workerd: &Workerd, path: &str, what: Value) -> Answer {
    let signed = json!({ "by": MO, "reason": "we spoke" });
    merchant::post(workerd, path, &with(signed, what))
}

/// What came of something that was done.
pub fn done(answer: Answer) -> Value {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()
}

/// Approves an order of the demo's store.
pub fn approve(workerd: &Workerd, order: &str) -> Answer {
    let path = format!("/v1/orders/store/{order}/approve");
    act(workerd, &path, json!({}))
}

/// Rules on an order of the demo's store.
pub fn rule(workerd: &Workerd, order: &str, what: Value) -> Answer {
    act(workerd, &format!("/v1/orders/store/{order}/rule"), what)
}

/// Forgets a customer.
pub fn erase(workerd: &Workerd, customer: &Value) -> Value {
    let what = json!({ "customer": customer });
    done(act(workerd, "/v1/customers/erase", what))
}

/// Makes payouts of all that is owed to an affiliate, or to everybody (`null`).
pub fn pay_out(workerd: &Workerd, affiliate: Option<&str>) -> Value {
    let what = affiliate.map_or(json!({}), |affiliate| json!({ "affiliate": affiliate }));
    done(act(workerd, "/v1/payouts", what))
}

/// Pays a payout, or calls it off: `pay`, `cancel`.
pub fn end_payout(workerd: &Workerd, payout: &Value, how: &str) -> Answer {
    let number = payout.get("number").expect("a number");
    act(workerd, &format!("/v1/payouts/{number}/{how}"), json!({}))
}
