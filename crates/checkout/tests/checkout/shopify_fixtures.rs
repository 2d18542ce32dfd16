//! Shopify's own samples and captures of its calls, and what a person reading them would write
//! down. They are not part of the repository: `WAYMARK_FIXTURES` names the folder that holds them.

use crate::reading::assert_reads;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use waymark_checkout::{Parsed, shopify};

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

    let body = member(&samples.join("shopify_python_api/order.json"), "order");
    assert_reads(
        &read("orders/create", &body),
        "order 450789469 placed 2008-01-10T16:00:00.000Z
         version 2008-01-10T16:00:00.000Z
         email bob.norman@hostmail.com
         customer 207119551
         coupons TENOFF
         line 466157049: 1 IPOD2008GREEN 199.00
         line 518995019: 1 IPOD2008RED 199.00
         line 703073504: 1 IPOD2008BLACK 199.00
         discount 0.00 shipping 0.00 tax 11.94 USD",
    );
}

#[test]
fn every_other_captured_call_is_ignored_with_a_reason() {
    let Some(samples) = samples() else { return };
    let mut count = 0;
    for folder in ["hookdeck-2023-01", "hookdeck-2024-10"] {
        for entry in std::fs::read_dir(samples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let topic = name.replacen('.', "/", 1);
            let body = member(&path, "body");
            let is_order = serde_json::from_str::<Value>(&body)
                .unwrap()
                .get("line_items")
                .is_some();
            let ignored = matches!(read(&topic, &body), Parsed::Ignored { .. });
            let of_concern = topic == "refunds/create"
                || is_order && topic.starts_with("orders/") && topic != "orders/delete";
            assert_eq!(ignored, !of_concern, "{topic}");
            count += 1;
        }
    }
    assert!(count > 30, "only {count} calls");
}
