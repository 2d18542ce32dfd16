//! Shopify's `customers/merge`: two customers become one. Orders of the one that is gone come with the id of
//! the other from then on.

use crate::delivery::Parsed;
use crate::payload::{self, Object, Unusable};

const NOT_DONE: &str = "the customers are not merged, or not yet";

/// Of those that are asked for, under way, or failed nothing follows.
pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let merge = payload::object(body)?;
    let status = merge.get("status");
    if status.required(status.text()?)? != "completed" {
        return Ok(Parsed::Ignored { reason: NOT_DONE });
    }
    Ok(Parsed::Merged {
        kept: customer(&merge, "admin_graphql_api_customer_kept_id")?,
        gone: customer(&merge, "admin_graphql_api_customer_deleted_id")?,
    })
}

/// The number in `gid://shopify/Customer/NUMBER`, which orders name.
fn customer(merge: &Object<'_, '_>, name: &str) -> Result<String, Unusable> {
    let place = merge.get(name);
    let id = place.required(place.text()?)?;
    let number = id.rsplit('/').next().unwrap_or_default();
    match !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(number.to_owned()),
        false => Err(place.error("must be a customer such as gid://shopify/Customer/7001")),
    }
}
