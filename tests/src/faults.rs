//! Faults of storage and of calls to others, by index: `faults.js` explains them.

use crate::workerd::Workerd;
use serde_json::Value;

/// Has a call fail, or none (`null`); what became of the plan before: how many calls were `seen`, and
/// which one was `failed`. The Worker has to be started with [`Options::faults`](crate::Options).
pub fn plan(workerd: &Workerd, plan: &Value) -> Value {
    let request = workerd
        .request("GET", "/")
        .header("x-plan", plan.to_string());
    workerd.send(request, "").json()
}
