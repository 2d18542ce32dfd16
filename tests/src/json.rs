//! Calls that differ in some members.

use serde_json::Value;

/// An object with these members, in place of those it has by their names.
///
/// # Panics
/// One of the two is no object.
#[must_use]
pub fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members, not {members}");
    };
    let whole = object.as_object_mut().expect("an object");
    whole.extend(members);
    object
}
