//! BigCommerce: captured calls, and fetched orders written for these tests, and what a person reading
//! them would write down.

use crate::damage::damages;
use crate::reading::{assert_reads, write_down};
use proptest::prelude::*;
use waymark_facts::email::EmailKey;
use waymark_facts::fold;
use waymark_stores::{Parsed, Platform, Unusable, bigcommerce};

const ORDER: &str = include_str!("../samples/bigcommerce-order.json");
const PRODUCTS: &str = include_str!("../samples/bigcommerce-products.json");
const COUPONS: &str =
    r#"[{"id":1,"coupon_id":9,"code":"SPRING","amount":10,"discount":"10.0000"}]"#;
const REFUNDS: &str = include_str!("../samples/bigcommerce-refunds.json");

fn order(order: &str, products: &str, coupons: &str, refunds: &str) -> Result<Parsed, String> {
    let bodies = [order, products, coupons, refunds].map(|body| body.as_bytes().to_vec());
    let delivery = Platform::BigCommerce.fetched(&bodies);
    delivery
        .map(Parsed::Delivery)
        .map_err(|error| error.to_string())
}

/// The sample order with one piece of its text replaced.
fn order_with(old: &str, new: &str) -> String {
    assert_eq!(ORDER.matches(old).count(), 1, "{old}");
    ORDER.replace(old, new)
}

#[test]
fn an_order_reads_with_its_discounts_where_they_belong() {
    assert_reads(
        &order(ORDER, PRODUCTS, COUPONS, REFUNDS).unwrap(),
        // 130.00 of goods, 8.00 + 2.00 + 1.50 of charges, 126.50 in all: 15.00 were taken off, 10.00
        // of them off the lamps. Of the 60.30 refunded 5.30 are tax, 8.00 shipping, 2.00 asked for.
        "order 9007199254740993021 placed 2026-03-01T10:00:00.000Z
         version 2026-03-01T10:02:05.000Z
         email ada@example.com
         customer 9007199254740993002
         coupons SPRING
         line 9007199254740993022: 2 LAMP 90.00
         line 2: 1 - 30.00
         discount 5.00 shipping 11.50 tax 12.65 USD
         refund 9007199254740993023 of 9007199254740993021
         version 2026-03-09T09:30:00.000Z
         line 9007199254740993022: 1 45.00 tax 0.00
         shipping 8.00 tax 5.30 unassigned 2.00 withheld 0.00 USD
         refund 4 of 9007199254740993021
         version 2026-03-10T09:30:00.000Z
         failed
         line 2: 1 0.00 tax 0.00
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 USD",
    );
}

/// A shop whose prices contain tax writes discounts with it, too: of the 15.00 that were taken off
/// before tax no more than that can have come off a line.
#[test]
fn discounts_with_tax_in_them_count_as_proportions() {
    let products = PRODUCTS
        .replace("\"amount\": \"10.0000\"", "\"amount\": \"12.0000\"")
        .replace(
            "\"applied_discounts\": []",
            "\"applied_discounts\": [{\"amount\":\"6.0000\"}]",
        );
    let written = write_down(&order(ORDER, &products, "", "").unwrap());
    assert!(
        written.contains("LAMP 90.00\nline 2: 1 - 25.00\ndiscount 0.00 shipping 11.50"),
        "{written}"
    );
}

#[test]
fn what_a_total_has_beyond_its_parts_is_a_charge() {
    let more = order_with(
        "\"total_ex_tax\": \"126.5000\"",
        "\"total_ex_tax\": \"145.0000\"",
    );
    let written = write_down(&order(&more, PRODUCTS, "", "").unwrap());
    assert!(
        written.contains("LAMP 100.00\nline 2: 1 - 30.00\ndiscount 0.00 shipping 15.00"),
        "{written}"
    );
}

#[test]
fn a_store_that_has_no_coupons_and_refunds_answers_with_nothing() {
    for nothing in ["", "  \n", "[]", "null"] {
        let written = write_down(&order(ORDER, PRODUCTS, nothing, "").unwrap());
        assert!(!written.contains("coupons"), "{written}");
    }
    for nothing in ["", "null", "{}", r#"{"data":[],"meta":{}}"#] {
        let written = write_down(&order(ORDER, PRODUCTS, "", nothing).unwrap());
        assert!(!written.contains("refund"), "{written}");
    }
}

#[test]
fn the_status_says_whether_it_was_paid() {
    let payment = |status: u32, refunds: &str| {
        let order_text = order_with("\"status_id\": 11", &format!("\"status_id\": {status}"));
        let written = write_down(&order(&order_text, PRODUCTS, "", refunds).unwrap());
        let payment = written
            .lines()
            .find_map(|line| line.strip_prefix("payment "));
        payment.unwrap_or("received").to_owned()
    };
    for status in [0, 1, 7, 12, 13] {
        assert_eq!(payment(status, REFUNDS), "awaited", "{status}");
    }
    for status in [2, 3, 4, 8, 9, 10, 11, 14] {
        assert_eq!(payment(status, REFUNDS), "received", "{status}");
    }
    for status in [5, 6] {
        assert_eq!(payment(status, REFUNDS), "failed", "{status}");
    }
    // Set by hand: no refund says what was refunded.
    assert_eq!(payment(4, ""), "failed");
}

#[test]
fn an_archived_order_counts_as_deleted_and_a_guest_has_no_id() {
    let archived = order_with("\"is_deleted\": false", "\"is_deleted\": true");
    let archived = archived.replace("\"customer_id\": 9007199254740993002", "\"customer_id\": 0");
    let written = write_down(&order(&archived, PRODUCTS, "", "").unwrap());
    assert!(
        written.ends_with("USD\ndeleted 2026-03-01T10:02:05.000Z\n"),
        "{written}"
    );
    assert!(!written.contains("customer"), "{written}");
}

/// All of it comes back, and the fold has nothing to complain of: what was taken off the order as a
/// whole is in no line's money.
#[test]
fn a_refund_of_everything_leaves_nothing() {
    let refunds = r#"{"data":[{"id":1,"created":"2026-03-09T09:30:00Z","total_amount":139.15,
        "total_tax":12.65,"items":[
            {"item_type":"PRODUCT","item_id":9007199254740993022,"quantity":2},
            {"item_type":"PRODUCT","item_id":2,"quantity":1},
            {"item_type":"SHIPPING","item_id":1,"requested_amount":8},
            {"item_type":"HANDLING","item_id":1,"requested_amount":2},
            {"item_type":"FEE","item_id":1,"requested_amount":1.5}],
        "payments":[]}]}"#;
    let Parsed::Delivery(delivery) = order(ORDER, PRODUCTS, "", refunds).unwrap() else {
        panic!("ignored")
    };
    let folded = fold(&delivery.seal(&EmailKey::new(*b"k")).facts);
    assert!(folded.flags.is_empty(), "{:?}", folded.flags);
    let order = folded.order.unwrap();
    let refund = &order.refunds[0];
    let amounts: Vec<i64> = refund
        .lines
        .iter()
        .map(|line| line.amount.minor())
        .collect();
    assert_eq!(amounts, [8_625, 2_875]);
    assert_eq!(refund.shipping, order.snapshot.shipping);
    assert_eq!(refund.tax, order.snapshot.tax);
}

#[test]
fn what_cannot_be_booked_is_refused_by_the_name_of_its_field() {
    for (old, new, message) in [
        ("\"id\": 9007199254740993021", "\"id\": null", "id: missing"),
        (
            "\"date_created\": \"Sun, 01 Mar 2026 10:00:00 +0000\"",
            "\"date_created\": \"2026-03-01\"",
            "date_created: must be a date such as \"Tue, 20 Nov 2012 00:00:00 +0000\"",
        ),
        (
            "\"status_id\": 11",
            "\"status_id\": 15",
            "status_id: not a status that BigCommerce is known to have",
        ),
        (
            "\"default_currency_code\": \"USD\"",
            "\"default_currency_code\": \"dollars\"",
            "default_currency_code: not an ISO 4217 currency code such as USD",
        ),
    ] {
        let refused = order(&order_with(old, new), PRODUCTS, COUPONS, REFUNDS).unwrap_err();
        assert_eq!(refused, message);
    }
    let products = |text: &str| order(ORDER, text, "", "").unwrap_err();
    assert_eq!(products("{}"), "products: must be a list");
    assert_eq!(
        products(r#"[{"id":1,"quantity":1}]"#),
        "products[0].total_ex_tax: missing"
    );
    let refused = order(ORDER, PRODUCTS, "", r#"{"data":[{"id":1}]}"#).unwrap_err();
    assert_eq!(refused, "refunds.data[0].total_amount: missing");
    assert_eq!(
        order(ORDER, PRODUCTS, "\u{7f}", "")
            .unwrap_err()
            .split(':')
            .next(),
        Some("coupons")
    );
}

/// The addresses that an order of a store is asked for at.
fn urls(store_hash: &str, order_id: &str) -> Result<Vec<String>, Unusable> {
    let value = |name: &str| match name {
        "store_hash" => store_hash.to_owned(),
        _ => "secret".to_owned(),
    };
    let access = Platform::BigCommerce.open(|field| Ok::<_, Unusable>(value(field.name)))?;
    let requests = Platform::BigCommerce.fetch_requests(&access, order_id)?;
    for request in &requests {
        assert!(
            request
                .headers
                .contains(&("x-auth-token", "secret".to_owned()))
        );
        assert!(!format!("{request:?} {access:?}").contains("secret"));
    }
    Ok(requests.into_iter().map(|request| request.url).collect())
}

#[test]
fn requests_ask_for_one_order_of_one_store_and_lead_nowhere_else() {
    assert_eq!(
        urls("abc123", "250").unwrap(),
        [
            "https://api.bigcommerce.com/stores/abc123/v2/orders/250",
            "https://api.bigcommerce.com/stores/abc123/v2/orders/250/products?limit=250",
            "https://api.bigcommerce.com/stores/abc123/v2/orders/250/coupons?limit=250",
            "https://api.bigcommerce.com/stores/abc123/v3/orders/250/payment_actions/refunds",
        ]
    );
    for (hash, id) in [
        ("", "1"),
        ("a/b", "1"),
        ("a?", "1"),
        ("abc", ""),
        ("abc", "../1"),
        ("abc", "1?x"),
        ("abc", "-1"),
    ] {
        assert!(urls(hash, id).is_err(), "{hash} {id}");
    }
}

fn call(scope: &str, data: &str) -> String {
    format!(
        r#"{{"scope":"{scope}","store_id":"1","data":{data},"hash":"h","created_at":1,"producer":"stores/abc"}}"#
    )
}

#[test]
fn a_call_names_the_order_that_changed() {
    for (scope, data) in [
        (
            "store/order/created",
            r#"{"type":"order","id":9007199254740993021}"#,
        ),
        (
            "store/order/archived",
            r#"{"type":"order","id":"9007199254740993021"}"#,
        ),
        (
            "store/channel/12/order/created",
            r#"{"order_id":9007199254740993021}"#,
        ),
        (
            "store/order/transaction/updated",
            r#"{"type":"transaction","id":7,"order_id":9007199254740993021}"#,
        ),
    ] {
        let parsed = bigcommerce::parse(call(scope, data).as_bytes()).unwrap();
        assert_reads(&parsed, "changed: order 9007199254740993021");
    }
    for (scope, data, message) in [
        ("store/order/created", "{}", "data.id: missing"),
        ("store/order/created", "null", "data: missing"),
        (
            "store/order/created",
            r#"{"id":"../1"}"#,
            "data.id: must be a whole number",
        ),
        ("", "{}", "scope: missing"),
    ] {
        let refused = bigcommerce::parse(call(scope, data).as_bytes()).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn scopes_without_bearing_are_ignored_and_unknown_ones_are_not() {
    let parse = |scope: &str| bigcommerce::parse(call(scope, r#"{"id":1}"#).as_bytes());
    for scope in [
        "store/order/message/created",
        "store/product/updated",
        "store/channel/created",
        "store/channel/1/cart/created",
        "store/customer/address/created",
        "store/app/uninstalled",
    ] {
        assert!(
            matches!(parse(scope), Ok(Parsed::Ignored { .. })),
            "{scope}"
        );
    }
    for scope in [
        "order/created",
        "store/order",
        "store/order/eaten",
        "store/pet/fed",
    ] {
        let refused = parse(scope).unwrap_err().to_string();
        assert!(refused.starts_with("scope: unknown"), "{scope}");
    }
}

#[test]
fn every_captured_call_is_read_or_ignored_with_a_reason() {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: captured calls were not tested");
        return;
    };
    let notes = "ignored: a message or a metafield; it changes nothing of the order";
    let irrelevant = "ignored: this scope has no bearing on attribution";
    let mut count = 0;
    for entry in std::fs::read_dir(format!("{folder}/bigcommerce/hookdeck")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let call: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = match call["topic"].as_str().unwrap() {
            "store/order/created"
            | "store/order/statusUpdated"
            | "store/order/refund/created"
            | "store/order/transaction/created" => "changed: order 250",
            "store/channel/1/order/updated" => "changed: order 127",
            "store/order/message/created" | "store/order/metafield/created" => notes,
            "store/cart/converted"
            | "store/cart/couponApplied"
            | "store/cart/created"
            | "store/cart/lineItem/created"
            | "store/cart/metafield/created" => irrelevant,
            unknown => panic!("no expectation of {unknown}"),
        };
        let body = call["body"].to_string();
        assert_reads(&bigcommerce::parse(body.as_bytes()).unwrap(), expected);
        count += 1;
    }
    assert_eq!(count, 12);
}

proptest! {
    #[test]
    fn damaged_answers_are_read_or_refused_and_never_a_panic(which in 0..4_usize, damage in damages()) {
        let mut answers = [ORDER, PRODUCTS, COUPONS, REFUNDS].map(|text| text.as_bytes().to_vec());
        answers[which] = damage.done_to(std::str::from_utf8(&answers[which]).unwrap());
        if let Err(refused) = Platform::BigCommerce.fetched(&answers) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }

    #[test]
    fn no_bytes_make_a_call_fail_otherwise_than_with_an_error(
        body in prop::collection::vec(any::<u8>(), 0..64),
        damage in damages(),
    ) {
        let _ = bigcommerce::parse(&body);
        let _ = bigcommerce::parse(&damage.done_to(&call("store/order/created", r#"{"id":1}"#)));
        let bodies = [ORDER.as_bytes(), &body, &body, &body].map(<[u8]>::to_vec);
        let _ = Platform::BigCommerce.fetched(&bodies);
    }

    /// Of whatever was refunded nothing is lost and nothing invented.
    #[test]
    fn a_refund_sums_to_what_the_shopper_got(
        cents in 0..20_000_i64, tax in 0..2_000_i64, shipping in 0..2_000_i64, whole in 0..2_000_i64, pieces in 0..4_u32,
    ) {
        let money = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        let refunds = format!(
            r#"{{"data":[{{"id":1,"total_amount":{},"total_tax":{},"items":[
                {{"item_type":"PRODUCT","item_id":9007199254740993022,"quantity":{pieces}}},
                {{"item_type":"PRODUCT","item_id":2,"quantity":1}},
                {{"item_type":"SHIPPING","requested_amount":{}}},
                {{"item_type":"ORDER","requested_amount":{}}}]}}]}}"#,
            money(cents), money(tax), money(shipping), money(whole),
        );
        let Parsed::Delivery(delivery) = order(ORDER, PRODUCTS, "", &refunds).unwrap() else {
            panic!("ignored")
        };
        let waymark_facts::FactKind::Refund(refund) = &delivery.reports[1] else {
            panic!("it is a refund")
        };
        let lines: i64 = refund.lines.iter().map(|line| line.amount.unwrap().minor()).sum();
        let sum = lines + refund.shipping.minor() + refund.tax.minor() + refund.unassigned.minor();
        prop_assert_eq!(sum, cents);
    }

    #[test]
    fn an_id_of_any_size_arrives_as_it_was_sent(id in any::<u64>()) {
        let body = call("store/order/updated", &format!(r#"{{"type":"order","id":{id}}}"#));
        let parsed = bigcommerce::parse(body.as_bytes()).unwrap();
        prop_assert_eq!(parsed, Parsed::Changed { order_id: id.to_string() });
    }
}
