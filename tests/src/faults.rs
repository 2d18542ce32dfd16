//! Faults of storage and of calls to others, by index: `faults.js` explains them.
//!
//! The Worker has to be started [with faults](crate::Options::with_faults).

use crate::workerd::Workerd;
use serde_json::{Value, json};

/// Has a call fail, or none (`null`); what became of the plan before: how many calls were `seen`, and
/// which one was `failed`.
pub fn plan(workerd: &Workerd, plan: &Value) -> Value {
    let request = workerd
        .request("GET", "/")
        .header("x-plan", plan.to_string());
    workerd.send(request, "").json()
}

/// Has the call of that number fail, of those that are made from now on during an `alarm` or a
/// `request`: before it is done, or after.
pub fn fail(workerd: &Workerd, call: usize, after: bool, during: &str) {
    let wanted = json!({ "fail": call, "after": after, "during": during });
    plan(workerd, &wanted);
}

/// Has none fail any more; what has failed, if anything has: `exec`, `fetch`, `object`.
pub fn end(workerd: &Workerd) -> Option<String> {
    let became = plan(workerd, &Value::Null);
    became.get("failed")?.as_str().map(str::to_owned)
}
