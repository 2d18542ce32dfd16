//! Shopify's own samples and captures of its calls, and what a person reading them would write
//! down. They are not part of the repository: `WAYMARK_FIXTURES` names the folder that holds them.

use crate::reading::assert_reads;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use waymark_stores::{Parsed, shopify};

fn samples() -> Option<PathBuf> {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: Shopify's samples were not tested");
        return None;
    };
    Some(Path::new(&folder).join("shopify"))
}

/// A member of a sample, as it stands in the file: numbers must not pass through a float here.
fn member(path: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).unwrap();
    members[name].get().to_owned()
}

fn read(topic: &str, body: &str) -> Parsed {
    shopify::parse(topic, body.as_bytes()).unwrap()
}

#[test]
fn the_sample_orders_of_2024_read_alike_under_every_order_topic() {
    let Some(samples) = samples() else { return };
    for event in [
        "create",
        "updated",
        "paid",
        "cancelled",
        "fulfilled",
        "partially_fulfilled",
    ] {
        let path = samples.join(format!("hookdeck-2024-10/orders.{event}.json"));
        let body = member(&path, "body");
        // 398.00 of goods less 20.00 that no line carries, and 10.00 of shipping: 388.00 in all.
        assert_reads(
            &read(&format!("orders/{event}"), &body),
            "order 820982911946154500 placed 2022-01-01T00:00:00.000Z
             version 2022-01-01T00:00:00.000Z
             test
             payment failed
             email jon@example.com
             customer 115310627314723950
             tags tag1 | tag2
             line 866550311766439000: 1 IPOD2008PINK 199.00
             line 141249953214522980: 1 IPOD2008PINK 199.00
             discount 20.00 shipping 10.00 tax 0.00 USD
             cancelled 2022-01-01T00:00:00.000Z",
        );
    }
}

#[test]
fn the_sample_orders_of_2023_read_alike_but_for_their_times() {
    let Some(samples) = samples() else { return };
    for (event, at) in [
        ("create", "2023-02-21T01:50:03.000Z"),
        ("updated", "2023-02-21T01:50:50.000Z"),
        ("paid", "2023-02-21T01:50:47.000Z"),
        ("cancelled", "2023-02-21T01:49:46.000Z"),
        ("fulfilled", "2023-02-21T01:50:45.000Z"),
    ] {
        let path = samples.join(format!("hookdeck-2023-01/orders.{event}.json"));
        assert_reads(
            &read(&format!("orders/{event}"), &member(&path, "body")),
            &format!(
                "order 820982911946154500 placed {at}
                 version {at}
                 test
                 payment failed
                 email jon@example.com
                 customer 115310627314723950
                 line 866550311766439000: 1 1 1.99
                 line 141249953214522980: 1 - 30.00
                 discount 5.00 shipping 10.00 tax 0.00 CAD
                 cancelled {at}"
            ),
        );
    }
}

#[test]
fn the_sample_order_between_the_years_reads_as_it_stands() {
    let Some(samples) = samples() else { return };
    let path = samples.join("hookdeck-2023-01/orders.partially_fulfilled.json");
    assert_reads(
        &read("orders/partially_fulfilled", &member(&path, "body")),
        "order 820982911946154500 placed 2022-01-01T00:00:00.000Z
         version 2022-01-01T00:00:00.000Z
         test
         payment failed
         email jon@example.com
         customer 115310627314723950
         line 866550311766439000: 1 IPOD2008PINK 199.00
         line 141249953214522980: 1 IPOD2008PINK 199.00
         discount 5.00 shipping 10.00 tax 0.00 USD
         cancelled 2022-01-01T00:00:00.000Z",
    );
}

#[test]
fn an_id_above_2_to_the_53_reads_as_it_is_sent() {
    let Some(samples) = samples() else { return };
    let path = samples.join("hookdeck-2024-10/orders.create.json");
    // The tool that recorded the call rounded the id, which the call itself had as ….508.
    let body = member(&path, "body").replace("820982911946154500", "820982911946154508");
    let Parsed::Delivery(delivery) = read("orders/create", &body) else {
        panic!("ignored")
    };
    assert_eq!(delivery.order_id, "820982911946154508");
}

#[test]
fn the_sample_refunds_read_as_pieces_and_money() {
    let Some(samples) = samples() else { return };
    let body = member(
        &samples.join("hookdeck-2024-10/refunds.create.json"),
        "body",
    );
    assert_reads(
        &read("refunds/create", &body),
        "refund 890088186047892400 of 820982911946154500
         version 2022-01-01T00:00:00.000Z
         line 866550311766439000: 1 199.00 tax 0.00
         line 141249953214522980: 1 199.00 tax 0.00
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 USD",
    );
    let body = member(
        &samples.join("hookdeck-2023-01/refunds.create.json"),
        "body",
    );
    assert_reads(
        &read("refunds/create", &body),
        "refund 890088186047892400 of 820982911946154500
         line 866550311766439000: 1 1.99 tax 0.00
         line 141249953214522980: 1 30.00 tax 0.00
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 CAD",
    );
    let body = member(&samples.join("shopify_python_api/refund.json"), "refund");
    assert_reads(
        &read("refunds/create", &body),
        "refund 509562969 of 450789469
         version 2016-06-20T17:35:06.000Z
         line 703073504: 1 - tax 0.00
         line 466157049: 1 - tax 0.00
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 USD",
    );
}

#[test]
fn orders_of_other_libraries_read_as_they_stand() {
    let Some(samples) = samples() else { return };
    let go_shopify = "order 123456 placed 2016-05-17T04:14:36.000Z
         version 2016-05-17T08:14:36.000Z
         test
         payment failed
         email jon@doe.ca
         line 254721536: 1 - 0.00
         line 5: 1 - 0.00
         discount 0.00 shipping 10.00 tax 0.00 USD
         cancelled 2016-05-17T08:14:36.000Z";
    for file in ["order.json", "order_with_transaction.json"] {
        let body = member(&samples.join("go-shopify").join(file), "order");
        assert_reads(&read("orders/create", &body), go_shopify);
    }
    let orders = member(&samples.join("go-shopify/orders.json"), "orders");
    let orders: Vec<Box<RawValue>> = serde_json::from_str(&orders).unwrap();
    assert_reads(&read("orders/create", orders[0].get()), go_shopify);

    let python = "order 450789469 placed 2008-01-10T16:00:00.000Z
         version 2008-01-10T16:00:00.000Z
         email bob.norman@hostmail.com
         customer 207119551
         coupons TENOFF
         line 466157049: 1 IPOD2008GREEN 199.00
         line 518995019: 1 IPOD2008RED 199.00
         line 703073504: 1 IPOD2008BLACK 199.00
         discount 0.00 shipping 0.00 tax 11.94 USD";
    let body = member(&samples.join("shopify_python_api/order.json"), "order");
    assert_reads(&read("orders/create", &body), python);
    let orders = member(&samples.join("shopify_python_api/orders.json"), "orders");
    let orders: Vec<Box<RawValue>> = serde_json::from_str(&orders).unwrap();
    // Here its lines were cut out: what was bought is not known.
    let refused = shopify::parse("orders/create", orders[0].get().as_bytes()).unwrap_err();
    assert_eq!(refused.to_string(), "line_items: missing");
}

#[test]
fn a_deleted_order_is_no_more_than_its_id() {
    let Some(samples) = samples() else { return };
    // In 2023 the call had the whole order as it was, now it has its id.
    for folder in ["hookdeck-2023-01", "hookdeck-2024-10"] {
        let body = member(&samples.join(folder).join("orders.delete.json"), "body");
        let parsed = read("orders/delete", &body);
        assert_reads(&parsed, "deleted");
        let Parsed::Delivery(delivery) = parsed else {
            panic!("ignored")
        };
        assert_eq!(delivery.order_id, "820982911946154500");
    }
}

#[test]
fn the_sample_disputes_are_open_and_a_millisecond_past_their_beginning() {
    let Some(samples) = samples() else { return };
    for folder in ["hookdeck-2023-01", "hookdeck-2024-10"] {
        for event in ["create", "update"] {
            let path = samples.join(folder).join(format!("disputes.{event}.json"));
            assert_reads(
                &read(&format!("disputes/{event}"), &member(&path, "body")),
                "dispute 285332461850802050 open 11.50 CAD at 2022-01-01T00:00:00.001Z",
            );
        }
    }
}

/// A line as it stands in the samples of the Go library, in an order.
fn order_of(line: &str) -> String {
    format!(
        r#"{{"id":1,"created_at":"2026-01-01T00:00:00Z","currency":"EUR","line_items":[{line}]}}"#
    )
}

#[test]
fn sample_lines_read_whatever_their_properties_are() {
    let Some(samples) = samples() else { return };
    let text = |name: &str| {
        let path = samples.join("go-shopify/orderlineitems").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    // 12.34 less the larger of 1.23 and the 5.50 that are allocated to it. It is marked as a gift card.
    let goods = text("valid.json").replace("\"gift_card\": true", "\"gift_card\": false");
    assert_reads(
        &read("orders/create", &order_of(&goods)),
        "order 1 placed 2026-01-01T00:00:00.000Z
         version 2026-01-01T00:00:00.000Z
         line 254721536: 1 sku-123 6.84
         discount 0.00 shipping 0.00 tax 0.00 EUR",
    );
    let line = r#"{"id":7,"quantity":1,"price":"1.00","properties":"#;
    for name in [
        "properties_empty_object.json",
        "properties_invalid1.json",
        "properties_invalid2.json",
        "properties_object.json",
    ] {
        let body = order_of(&format!("{line}{}}}", text(name)));
        let read = read("orders/create", &body);
        assert!(matches!(read, Parsed::Delivery(_)), "{name}");
    }
    let refused = |body: &str| {
        let refused = shopify::parse("orders/create", body.as_bytes()).unwrap_err();
        refused.to_string()
    };
    let omitted = order_of(&text("properties_ommited.json"));
    assert_eq!(refused(&omitted), "line_items[0].id: missing");
    let cut = refused(&order_of(&text("properties_invalid0.json")));
    assert!(cut.starts_with("payload: not whole JSON"), "{cut}");
}

/// What is no webhook's body is refused, and says why.
#[test]
fn sample_objects_that_are_no_order_are_refused() {
    let Some(samples) = samples() else { return };
    for (file, name) in [
        ("go-shopify/webhook.json", "webhook"),
        ("go-shopify/discount_code.json", "discount_code"),
        ("shopify_python_api/discount_code.json", "discount_code"),
    ] {
        let body = member(&samples.join(file), name);
        let refused = shopify::parse("orders/create", body.as_bytes()).unwrap_err();
        assert_eq!(refused.to_string(), "currency: missing", "{file}");
    }
}

/// Topics that are ignored, each with the sentence that a person reads.
const IGNORED: [(&str, &str); 10] = [
    ("app.uninstalled", NO_BEARING),
    ("carts.create", NO_BEARING),
    ("carts.update", NO_BEARING),
    ("checkouts.create", NO_BEARING),
    ("checkouts.delete", NO_BEARING),
    ("checkouts.update", NO_BEARING),
    ("draft_orders.create", NO_BEARING),
    ("orders.risk_assessment_changed", NO_BEARING),
    ("orders.shopify_protect_eligibility_changed", NO_BEARING),
    (
        "order_transactions.create",
        "a payment; the orders/updated call beside it says what it did to the order and its refunds",
    ),
];
const NO_BEARING: &str = "this topic has no bearing on attribution";
const EDITED: &str =
    "an edit names only what changed; the orders/updated call beside it has the whole order";

/// Samples that the other tests of this file read, by name.
const READ: [&str; 27] = [
    "go-shopify/discount_code",
    "go-shopify/order",
    "go-shopify/order_with_transaction",
    "go-shopify/orderlineitems/properties_empty_object",
    "go-shopify/orderlineitems/properties_invalid0",
    "go-shopify/orderlineitems/properties_invalid1",
    "go-shopify/orderlineitems/properties_invalid2",
    "go-shopify/orderlineitems/properties_object",
    "go-shopify/orderlineitems/properties_ommited",
    "go-shopify/orderlineitems/valid",
    "go-shopify/orders",
    "go-shopify/webhook",
    "shopify_python_api/discount_code",
    "shopify_python_api/order",
    "shopify_python_api/orders",
    "shopify_python_api/refund",
    "hookdeck-*/disputes.create",
    "hookdeck-*/disputes.update",
    "hookdeck-*/orders.cancelled",
    "hookdeck-*/orders.create",
    "hookdeck-*/orders.delete",
    "hookdeck-*/orders.fulfilled",
    "hookdeck-*/orders.paid",
    "hookdeck-*/orders.partially_fulfilled",
    "hookdeck-*/orders.updated",
    "hookdeck-*/refunds.create",
    "hookdeck-*/orders.edited",
];

#[test]
fn every_sample_is_read_by_a_test_or_ignored_with_a_reason() {
    let Some(samples) = samples() else { return };
    let mut folders = vec![samples.clone()];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&samples).unwrap().with_extension("");
            let name = name.to_str().unwrap();
            let call = name.rsplit('/').next().unwrap();
            let ignored = IGNORED.into_iter().find(|(topic, _)| *topic == call);
            if let Some((topic, reason)) = ignored {
                let body = member(&path, "body");
                let topic = topic.replacen('.', "/", 1);
                assert_reads(&read(&topic, &body), &format!("ignored: {reason}"));
            } else {
                let any_year = format!("hookdeck-*/{call}");
                let is_read = READ.contains(&name) || READ.contains(&any_year.as_str());
                assert!(is_read, "{name}");
            }
            count += 1;
        }
    }
    assert_eq!(count, 55);
}

#[test]
fn an_edit_is_ignored_since_the_update_beside_it_has_the_whole_order() {
    let Some(samples) = samples() else { return };
    for folder in ["hookdeck-2023-01", "hookdeck-2024-10"] {
        let body = member(&samples.join(folder).join("orders.edited.json"), "body");
        assert_reads(&read("orders/edited", &body), &format!("ignored: {EDITED}"));
    }
}
