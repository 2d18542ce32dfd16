//! What it costs to receive an order natively: to verify a Shopify call's signature, and to read its
//! body, of some 7 KB.

#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a benchmark that cannot make or read its order has failed"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use waymark_signatures::{Scheme, Secret, SignatureError, sign_shopify, verify};
use waymark_stores::{Parsed, shopify};

fn money(amount: &str) -> Value {
    let money = json!({ "amount": amount, "currency_code": "USD" });
    json!({ "shop_money": money, "presentment_money": money })
}

fn address() -> Value {
    json!({
        "first_name": "Ada", "last_name": "Lovelace", "name": "Ada Lovelace", "company": null,
        "address1": "12 St James's Square", "address2": null, "city": "London", "zip": "SW1Y 4JH",
        "province": "England", "province_code": "ENG", "country": "United Kingdom",
        "country_code": "GB", "phone": "+44 20 7946 0000", "latitude": 51.5, "longitude": -0.13,
    })
}

fn line(place: u64) -> Value {
    let discount = json!({
        "amount": "5.00", "amount_set": money("5.00"), "discount_application_index": 0,
    });
    let tax = json!({
        "title": "VAT", "price": "7.50", "price_set": money("7.50"), "rate": 0.2, "channel_liable": false,
    });
    json!({
        "id": 866_550_311_766_439_020 + place,
        "admin_graphql_api_id": format!("gid://shopify/LineItem/{}", 866_550_311_766_439_020 + place),
        "attributed_staffs": [], "current_quantity": 2, "fulfillable_quantity": 2,
        "fulfillment_service": "manual", "fulfillment_status": null, "gift_card": false, "grams": 420,
        "name": "Enamel mug – blue", "price": "21.25", "price_set": money("21.25"),
        "product_exists": true, "product_id": 632_910_392 + place, "properties": [], "quantity": 2,
        "requires_shipping": true, "sku": format!("MUG-{place}"), "taxable": true,
        "title": "Enamel mug", "total_discount": "0.00", "total_discount_set": money("0.00"),
        "variant_id": 808_950_810 + place, "variant_inventory_management": "shopify",
        "variant_title": "blue", "vendor": "Kettle", "tax_lines": [tax], "duties": [],
        "discount_allocations": [discount],
    })
}

/// An order with what Shopify sends beside what we read.
fn order() -> Vec<u8> {
    let mut order = json!({
        "id": 820_982_911_946_154_508_u64,
        "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
        "app_id": 580_111, "browser_ip": "203.0.113.7", "buyer_accepts_marketing": true,
        "cancel_reason": null, "cancelled_at": null, "cart_token": "68778783ad298f1c80c3bafcddeea02f",
        "checkout_id": 901_414_060, "checkout_token": "bd5a8aa1ecd019dd3520ff791ee3a24c",
        "client_details": { "accept_language": "en-GB", "browser_ip": "203.0.113.7",
            "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15" },
        "confirmed": true, "contact_email": "ada@example.com", "created_at": "2026-01-04T13:00:00+01:00",
        "currency": "USD", "customer_locale": "en", "discount_codes": [
            { "code": "SAVE10", "amount": "10.00", "type": "fixed_amount" } ],
        "email": "ada@example.com", "estimated_taxes": false, "financial_status": "paid",
        "fulfillment_status": null, "landing_site": "/collections/mugs?ref=ANA",
        "landing_site_ref": "ANA", "location_id": null, "name": "#1001", "note": null,
        "note_attributes": [ { "name": "_waymark", "value": "A".repeat(120) } ],
        "number": 1, "order_number": 1001, "payment_gateway_names": ["shopify_payments"],
        "presentment_currency": "USD", "processed_at": "2026-01-04T13:00:00+01:00",
        "referring_site": "https://blog.example/mugs", "source_name": "web", "tags": "gift, wholesale",
        "taxes_included": false, "test": false, "token": "b1946ac92492d2347c6235b4d2611184",
        "total_discounts": "10.00", "total_line_items_price": "85.00", "total_outstanding": "0.00",
        "total_price": "94.90", "total_tax": "15.00", "total_tip_received": "0.00",
        "total_weight": 840, "updated_at": "2026-01-04T13:00:05+01:00", "user_id": null,
        "billing_address": address(), "shipping_address": address(),
        "customer": { "id": 115_310_627_314_723_954_u64, "email": "ada@example.com", "state": "enabled",
            "first_name": "Ada", "last_name": "Lovelace", "tags": "vip", "currency": "USD",
            "default_address": address(), "verified_email": true, "tax_exempt": false },
        "discount_applications": [ { "target_type": "line_item", "type": "discount_code",
            "value": "10.0", "value_type": "fixed_amount", "allocation_method": "across", "code": "SAVE10" } ],
        "fulfillments": [], "refunds": [], "payment_terms": null,
        "line_items": [line(0), line(1)],
        "shipping_lines": [ { "id": 271_878_346, "code": "Standard", "title": "Standard", "source": "shopify",
            "price": "4.90", "price_set": money("4.90"), "discounted_price": "4.90",
            "discounted_price_set": money("4.90"), "tax_lines": [], "discount_allocations": [] } ],
    });
    for name in [
        "subtotal_price",
        "total_tax",
        "total_discounts",
        "total_price",
        "current_total_price",
    ] {
        let set = format!("{name}_set");
        order.as_object_mut().unwrap().insert(set, money("75.00"));
    }
    let body = order.to_string().into_bytes();
    assert!((6_500..7_500).contains(&body.len()), "{} bytes", body.len());
    body
}

fn check(signature: &str, body: &[u8], secrets: &[Secret]) -> Result<(), SignatureError> {
    let header = |name| (name == "x-shopify-hmac-sha256").then_some(signature);
    verify(Scheme::Shopify, header, body, secrets, 0)
}

#[inline(never)]
fn receive(signature: &str, body: &[u8], secrets: &[Secret]) -> Parsed {
    check(signature, body, secrets).unwrap();
    shopify::parse("orders/create", body).unwrap()
}

fn receiving(criterion: &mut Criterion) {
    let body = order();
    let secrets = [Scheme::Shopify.secret("the app's client secret").unwrap()];
    let signature = sign_shopify(&secrets[0], &body);
    let mut group = criterion.benchmark_group("receive");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| check(black_box(&signature), black_box(&body), &secrets));
    });
    group.bench_function("parse", |bencher| {
        bencher.iter(|| shopify::parse("orders/create", black_box(&body)).unwrap());
    });
    group.bench_function("both", |bencher| {
        bencher.iter(|| receive(black_box(&signature), black_box(&body), &secrets));
    });
    group.finish();
}

criterion_group!(benches, receiving);
criterion_main!(benches);
