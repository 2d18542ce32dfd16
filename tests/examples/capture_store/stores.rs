//! What each platform's store calls, signed by the captured Worker's clock.

use serde_json::{Value, json};
use waymark_signatures::{Scheme, sign_shopify, sign_standard_webhooks, sign_stripe};
use waymark_tests::clock::Clock;
use waymark_tests::internet::Reply;
use waymark_tests::old_store::secret;
use waymark_tests::shop::Asked;
use waymark_tests::{Answer, Workerd, store};

/// A call of the generic store.
pub fn generic(workerd: &Workerd, clock: Clock, call: &Value) -> Answer {
    let body = call.to_string();
    let secret = secret("DEMO_STORE_SECRET");
    workerd.send(store::signed(workerd, secret, clock.now(), &body), body)
}

/// A call of the WooCommerce shop.
pub fn woocommerce(workerd: &Workerd, topic: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let secret = Scheme::WooCommerce.secret(secret("WOO_SECRET"));
    let signature = sign_shopify(&secret.expect("a secret"), body.as_bytes());
    let request = workerd
        .request("POST", "/hooks/woo")
        .header("x-wc-webhook-topic", topic)
        .header("x-wc-webhook-signature", signature);
    workerd.send(request, body)
}

/// An order of 64.00 USD, as WooCommerce writes it.
pub fn woocommerce_order(id: u32, at: &str, more: Value) -> Value {
    let at = at.trim_end_matches('Z');
    with(
        json!({
            "id": id, "status": "processing", "currency": "USD", "total": "64.00",
            "date_created_gmt": at, "date_modified_gmt": at, "date_paid_gmt": at,
            "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "total": "64.00" }],
        }),
        more,
    )
}

/// An order of 64.00 USD, as Shopify writes it.
pub fn shopify_order(id: u64, at: &str, more: Value) -> Value {
    with(
        json!({
            "id": id, "created_at": at, "updated_at": at, "currency": "USD", "total_tax": "0.00",
            "financial_status": "paid", "refunds": [],
            "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "price": "64.00" }],
        }),
        more,
    )
}

/// A call of Stripe.
pub fn stripe(workerd: &Workerd, clock: Clock, kind: &str, object: Value) -> Answer {
    let seconds = clock.now().div_euclid(1_000);
    let name = object.get("id").and_then(Value::as_str).expect("an id");
    let event = json!({
        "id": format!("evt_{name}_{kind}"), "object": "event", "created": seconds,
        "livemode": true, "type": kind, "data": { "object": object },
    });
    let body = event.to_string();
    let secret = Scheme::Stripe.secret(secret("STRIPE_SECRET"));
    let signature = sign_stripe(&secret.expect("a secret"), seconds, body.as_bytes());
    let request = workerd.request("POST", "/hooks/stripe");
    workerd.send(request.header("stripe-signature", signature), body)
}

/// A call of BigCommerce, which says no more than that an order changed.
pub fn bigcommerce(workerd: &Workerd, clock: Clock, order: u32, scope: &str) -> Answer {
    let seconds = clock.now().div_euclid(1_000);
    let body = json!({
        "scope": scope, "store_id": "1", "data": { "type": "order", "id": order },
        "hash": "0123456789abcdef", "created_at": seconds, "producer": "stores/abc9",
    })
    .to_string();
    let secret = Scheme::BigCommerce.secret(secret("BIG_SECRET"));
    let id = format!("msg_{order}");
    let signature =
        sign_standard_webhooks(&secret.expect("a secret"), &id, seconds, body.as_bytes());
    let request = workerd
        .request("POST", "/hooks/big")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature);
    workerd.send(request, body)
}

/// What BigCommerce's API says of orders: 64.00 USD on that day, with a coupon of Ben's.
pub fn bigcommerce_api(asked: &Asked) -> Reply {
    let (path, _) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let day = "Thu, 04 Jun 2026 09:00:00 +0000";
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts[..] {
        // It does not answer for this one any more.
        [_, _, "v2", "orders", "251", ..] => Reply::status(500),
        [_, _, "v2", "orders", id] => Reply::json(&json!({
            "id": id.parse::<u32>().expect("a number"), "customer_id": 0, "status_id": 11,
            "date_created": day, "date_modified": day,
            "total_ex_tax": "64.0000", "total_inc_tax": "64.0000", "total_tax": "0.0000",
            "payment_status": "captured", "refunded_amount": "0.0000",
            "default_currency_code": "USD", "currency_code": "USD", "is_deleted": false,
        })),
        [_, _, "v2", "orders", _, "products"] => Reply::json(&json!([{
            "id": 1, "sku": "KETTLE", "quantity": 1, "total_ex_tax": "64.0000",
            "applied_discounts": [],
        }])),
        [_, _, "v2", "orders", _, "coupons"] => Reply::json(&json!([{ "code": "BEN15" }])),
        [_, _, "v3", "orders", _, "payment_actions", "refunds"] => {
            Reply::json(&json!({ "data": [], "meta": {} }))
        }
        _ => Reply::status(404),
    }
}

/// An object with more members, or others.
pub fn with(mut whole: Value, members: Value) -> Value {
    for (name, value) in members.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    whole
}
