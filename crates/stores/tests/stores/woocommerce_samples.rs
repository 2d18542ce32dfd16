//! WooCommerce payloads, written for these tests, and what a person reading them would write down.

use crate::damage::damages;
use crate::reading::{assert_reads, write_down};
use proptest::prelude::*;
use waymark_facts::email::EmailKey;
use waymark_facts::{Flag, fold};
use waymark_stores::{Parsed, woocommerce};

const ORDER: &str = include_str!("../samples/woocommerce-order.json");

fn read(topic: &str, body: &str) -> Parsed {
    woocommerce::parse(topic, body.as_bytes()).unwrap()
}

fn refusal(body: &str) -> String {
    let refused = woocommerce::parse("order.updated", body.as_bytes()).unwrap_err();
    refused.to_string()
}

/// An order of one line that costs 10.00, with `members` replaced or added.
fn order_with(members: &str) -> String {
    let base = r#""id":1,"status":"completed","date_created_gmt":"2026-01-01T00:00:00","currency":"USD","line_items":[{"id":1,"quantity":1,"total":"10.00"}]"#;
    format!("{{{base},{members}}}")
}

#[test]
fn an_order_reads_with_its_lines_before_tax_and_its_charges_beside_them() {
    assert_reads(
        &read("order.created", ORDER),
        // 88.00 + 20.01 of goods, 5.04 shipping and 3.00 wrapping, less 2.00, plus 21.68: 135.73.
        "order 9007199254740993011 placed 2026-03-01T10:00:00.000Z
         version 2026-03-01T10:02:05.000Z
         email ada@example.com
         coupons spring
         line 9007199254740993012: 2 LAMP 88.00
         line 2: 2 - 20.01
         discount 2.00 shipping 8.04 tax 21.68 EUR
         refund 9007199254740993013 of 9007199254740993011
         version 2026-03-01T10:02:05.000Z
         shipping 0.00 tax 9.32 unassigned 49.04 withheld 0.00 EUR
         token w1.token
         token w1.landing",
    );
}

/// What the order gives back of the goods, the charges and the tax, in cents, and its flags.
fn given_back(body: &str) -> (Vec<i64>, i64, i64, Vec<Flag>) {
    let Parsed::Delivery(delivery) = read("order.updated", body) else {
        panic!("it is an order")
    };
    let folded = fold(&delivery.seal(&EmailKey::new(*b"k")).facts);
    let order = folded.order.unwrap();
    let lines = order.snapshot.lines.iter().map(|line| {
        let parts = order.refunds.iter().flat_map(|refund| &refund.lines);
        parts
            .filter(|part| part.line == line.id)
            .map(|part| part.amount.minor())
            .sum()
    });
    let refunds = order.refunds.iter();
    (
        lines.collect(),
        refunds.clone().map(|it| it.shipping.minor()).sum(),
        refunds.map(|it| it.tax.minor()).sum(),
        folded.flags.into_iter().collect(),
    )
}

/// Before WooCommerce 10.9, 58.36 of 135.73. It is no sum of lines or of the shipping, so it is taken off
/// the goods first: 106.01 and 20.15 of tax after what is taken off them, of which 58.36 have 49.04 and 9.32.
#[test]
fn a_refund_of_no_sum_is_taken_off_the_goods_and_flagged_as_a_guess() {
    let guessed = Flag::RefundGuessed {
        refund: "9007199254740993013".to_owned(),
    };
    // 49.04 × 86.37 ÷ 106.01 are 39.95.
    assert_eq!(given_back(ORDER), (vec![3_995, 909], 0, 932, vec![guessed]));
}

/// Two lines of 100.00 each and tax of 40.00: 120.00 that somebody typed are half of all of it.
#[test]
fn a_refund_of_half_of_an_order_is_half_of_its_goods_and_one_of_all_leaves_nothing() {
    let back = |refunds: &str| {
        let members = format!(
            r#""total_tax":"40.00","total":"240.00","line_items":[{{"id":1,"quantity":1,"total":"100.00","total_tax":"20.00"}},{{"id":2,"quantity":1,"total":"100.00","total_tax":"20.00"}}],"refunds":[{refunds}]"#
        );
        let (lines, _, tax, flags) = given_back(&order_with(&members));
        assert_eq!(flags, []);
        (lines, tax)
    };
    let sum = |refunds: &str| {
        let (lines, tax) = back(refunds);
        (lines.iter().sum::<i64>(), tax)
    };
    assert_eq!(
        sum(r#"{"id":9,"total":"-120.00","total_tax":"0.00"}"#),
        (10_000, 2_000)
    );
    assert_eq!(
        sum(r#"{"id":9,"total":"-60.00","total_tax":"0.00"}"#),
        (5_000, 1_000)
    );
    assert_eq!(
        sum(r#"{"id":9,"total":"-240.00","total_tax":"0.00"}"#),
        (20_000, 4_000)
    );
    assert_eq!(sum(r#"{"id":9,"total":"-240.00"}"#), (20_000, 4_000));
    assert_eq!(
        sum(r#"{"id":9,"total":"-60.00","total_tax":"0.00"},{"id":10,"total":"-180.00"}"#),
        (20_000, 4_000)
    );
}

#[test]
fn the_status_says_whether_it_was_paid() {
    let payment = |members: &str| {
        let written = write_down(&read("order.updated", &order_with(members)));
        written
            .lines()
            .find_map(|line| line.strip_prefix("payment "))
            .unwrap_or("received")
            .to_owned()
    };
    for (status, paid) in [
        ("pending", "awaited"),
        ("on-hold", "awaited"),
        ("processing", "received"),
        ("completed", "received"),
        // Nothing was refunded of it.
        ("refunded", "failed"),
        ("wc-completed", "received"),
        ("Completed", "received"),
        ("cancelled", "failed"),
        ("failed", "failed"),
        ("trash", "awaited"),
        ("being-knitted", "awaited"),
    ] {
        assert_eq!(
            payment(&format!("\"status\":\"{status}\"")),
            paid,
            "{status}"
        );
    }
    let knitted = r#""status":"being-knitted","date_paid_gmt":"2026-01-01T00:00:01""#;
    assert_eq!(payment(knitted), "received");
    assert_eq!(payment("\"status\":null"), "awaited");
    let refunded = r#""status":"refunded","refunds":[{"id":2,"total":"-10.00"}]"#;
    assert_eq!(payment(refunded), "received");
    // Cash on delivery, and a deposit on an order that is not paid before the rest of it is.
    assert_eq!(
        payment(r#""status":"processing","date_paid_gmt":null"#),
        "awaited"
    );
    let deposit = r#""status":"partially-paid","date_paid_gmt":"2026-01-01T00:00:01""#;
    assert_eq!(payment(deposit), "awaited");
}

#[test]
fn a_draft_is_no_order_whatever_it_lacks() {
    for status in ["draft", "auto-draft", "checkout-draft"] {
        let draft = format!(r#"{{"id":1,"status":"{status}","date_created_gmt":null}}"#);
        assert_reads(
            &read("order.updated", &draft),
            "ignored: a draft is no order yet",
        );
    }
}

#[test]
fn a_customer_is_known_by_id_unless_a_guest() {
    let customer = |members: &str| {
        let written = write_down(&read("order.created", &order_with(members)));
        written.contains("customer 9007199254740993002")
    };
    assert!(customer("\"customer_id\":9007199254740993002"));
    assert!(
        !write_down(&read("order.created", &order_with("\"customer_id\":0"))).contains("customer")
    );
    // PHP writes an empty object as a list.
    assert!(!customer("\"billing\":[],\"meta_data\":null"));
}

#[test]
fn a_renewal_names_its_subscription() {
    for value in ["9007199254740993", "\"9007199254740993\""] {
        let meta = format!(
            r#""meta_data":[{{"key":"_subscription_switch","value":"1"}},{{"key":"_subscription_renewal","value":[]}},{{"key":"_subscription_renewal","value":{value}}},{{"key":"_subscription_renewal","value":"2"}}]"#
        );
        let written = write_down(&read("order.created", &order_with(&meta)));
        assert!(written.contains("\nrenews 9007199254740993\n"), "{written}");
    }
}

#[test]
fn a_subscription_names_its_first_order() {
    for topic in [
        "subscription.created",
        "subscription.updated",
        "subscription.switched",
    ] {
        for (ids, said) in [
            (
                r#""id":9007199254740993,"parent_id":14"#,
                "14 begins 9007199254740993\n",
            ),
            (
                r#""id":"15","parent_id":"14","status":"active""#,
                "14 begins 15\n",
            ),
        ] {
            let read = read(topic, &format!("{{{ids}}}"));
            assert_eq!(write_down(&read), said, "{topic}");
        }
        for without in ["", r#","parent_id":0"#, r#","parent_id":null"#] {
            let read = read(topic, &format!("{{\"id\":15{without}}}"));
            assert!(matches!(read, Parsed::Ignored { .. }), "{topic} {without}");
        }
        for (body, path) in [
            ("{}", "id"),
            (r#"{"parent_id":14}"#, "id"),
            (r#"{"id":15,"parent_id":1.5}"#, "parent_id"),
        ] {
            let unusable = woocommerce::parse(topic, body.as_bytes()).unwrap_err();
            assert_eq!(unusable.path, path, "{topic} {body}");
        }
    }
    assert!(matches!(
        read("subscription.deleted", r#"{"id":15}"#),
        Parsed::Ignored { .. }
    ));
}

#[test]
fn topics_without_bearing_are_ignored_and_unknown_ones_are_not() {
    for topic in [
        "coupon.created",
        "product.updated",
        "customer.deleted",
        "action.woocommerce_add_to_cart",
    ] {
        assert!(
            matches!(read(topic, "{}"), Parsed::Ignored { .. }),
            "{topic}"
        );
    }
    let refused = woocommerce::parse("", b"{}").unwrap_err().to_string();
    assert!(
        refused.starts_with("X-WC-Webhook-Topic: this header is missing"),
        "{refused}"
    );
    for topic in [
        "order",
        "order.shipped",
        "refund.created",
        "couponx.created",
    ] {
        let refused = woocommerce::parse(topic, b"{}").unwrap_err().to_string();
        assert!(
            refused.starts_with("X-WC-Webhook-Topic: unknown"),
            "{topic}"
        );
    }
}

#[test]
fn a_deleted_order_is_its_id() {
    let parsed = read("order.deleted", r#"{"id":9007199254740993011}"#);
    assert_reads(&parsed, "deleted");
    let Parsed::Delivery(delivery) = parsed else {
        panic!("ignored")
    };
    assert_eq!(delivery.order_id, "9007199254740993011");
}

/// The deletion was heard at 12:00 of the 5th.
#[test]
fn an_order_that_is_restored_is_no_deleted_one_any_more_whatever_the_topic_that_says_it() {
    let deleted = |topic: &str, modified: &str| {
        let heard = "2026-01-05T12:00:00Z".parse().unwrap();
        let members = format!("\"date_modified_gmt\":\"{modified}\"");
        let calls = [
            read("order.created", &order_with("\"x\":0")),
            read("order.deleted", r#"{"id":1}"#),
            read(topic, &order_with(&members)),
        ];
        let key = EmailKey::new(*b"k");
        let facts = calls.into_iter().flat_map(|parsed| match parsed {
            Parsed::Delivery(delivery) => delivery.heard_at(heard).seal(&key).facts,
            other => panic!("{other:?}"),
        });
        let facts: Vec<_> = facts.collect();
        !fold(&facts).flags.is_empty()
    };
    for topic in ["order.restored", "order.updated"] {
        assert!(deleted(topic, "2026-01-05T11:59:59"));
        assert!(deleted(topic, "2026-01-05T12:00:00"));
        assert!(!deleted(topic, "2026-01-05T12:00:01"));
    }
}

#[test]
fn a_part_of_a_piece_counts_as_one() {
    for (quantity, pieces) in [
        ("1", "1"),
        ("\"3\"", "3"),
        ("2.0", "2"),
        ("2.0001", "3"),
        ("0.5", "1"),
        ("0", "1"),
        ("1000000", "1000000"),
        ("-2", "2"),
        ("1e3", "1000"),
        ("\"1.\"", "1"),
        ("\".5\"", "1"),
        ("\"+1\"", "1"),
        ("\"1,5\"", "2"),
        ("\"\"", "1"),
        ("false", "1"),
        ("null", "1"),
    ] {
        let members = format!(r#""line_items":[{{"id":1,"quantity":{quantity},"total":"10.00"}}]"#);
        let written = write_down(&read("order.created", &order_with(&members)));
        assert!(
            written.contains(&format!("line 1: {pieces} -")),
            "{written}"
        );
    }
    for quantity in ["1000000.5", "1e9", "\"1,500\"", "\"two\"", "true", "[]"] {
        let members = format!(r#""line_items":[{{"id":1,"quantity":{quantity},"total":"10.00"}}]"#);
        let refused = refusal(&order_with(&members));
        assert!(
            refused.starts_with("line_items[0].quantity: "),
            "{quantity}: {refused}"
        );
    }
}

#[test]
fn what_cannot_be_booked_is_refused_by_the_name_of_its_field() {
    for (members, message) in [
        ("\"id\":null", "id: missing"),
        (
            "\"id\":1.5",
            "id: must be an id: a string or a whole number",
        ),
        ("\"currency\":\"\"", "currency: missing"),
        ("\"date_created_gmt\":null", "date_created_gmt: missing"),
        (
            "\"date_modified_gmt\":\"yesterday\"",
            "date_modified_gmt: must be a date and time in UTC such as \"2026-01-04T12:00:00\"",
        ),
        ("\"line_items\":null", "line_items: missing"),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1}]",
            "line_items[0].total: missing",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"total\":\"1,234\"}]",
            "line_items[0].total: not a decimal amount such as \"12.50\"",
        ),
        ("\"refunds\":[{\"id\":1}]", "refunds[0].total: missing"),
        (
            "\"shipping_total\":\"a lot\"",
            "shipping_total: not a decimal amount such as \"12.50\"",
        ),
    ] {
        assert_eq!(refusal(&order_with(members)), message);
    }
    assert_eq!(
        refusal(
            r#"{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}"#
        ),
        "code: the webhook's user may not see orders; save the webhook anew as a user who may"
    );
}

#[test]
fn amounts_have_the_digits_that_the_shop_shows() {
    for (currency, total, amount) in [
        ("JPY", "1000.00", "1000"),
        ("EUR", "8", "8.00"),
        ("USD", "8.1000", "8.10"),
        ("KWD", "8.1", "8.100"),
    ] {
        let members = format!(
            r#""currency":"{currency}","line_items":[{{"id":1,"quantity":1,"total":"{total}"}}]"#
        );
        let written = write_down(&read("order.created", &order_with(&members)));
        assert!(
            written.contains(&format!("line 1: 1 - {amount}\n")),
            "{written}"
        );
    }
}

#[test]
fn captured_calls_about_coupons_and_products_are_ignored() {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: captured calls were not tested");
        return;
    };
    let mut topics = Vec::new();
    for entry in std::fs::read_dir(format!("{folder}/woocommerce/hookdeck")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let call: serde_json::Value = serde_json::from_str(&text).unwrap();
        // One file describes the others.
        let Some(topic) = call["topic"].as_str() else {
            assert_eq!(call["label"], "WooCommerce");
            continue;
        };
        assert_reads(
            &read(topic, &call["body"].to_string()),
            "ignored: this topic has no bearing on attribution",
        );
        topics.push(topic.to_owned());
    }
    topics.sort_unstable();
    assert_eq!(
        topics,
        [
            "coupon.created",
            "coupon.deleted",
            "coupon.restored",
            "product.created",
            "product.updated",
        ]
    );
}

proptest! {
    #[test]
    fn a_damaged_payload_is_read_or_refused_and_never_a_panic(damage in damages()) {
        let parsed = woocommerce::parse("order.updated", &damage.done_to(ORDER));
        if let Err(refused) = parsed {
            prop_assert!(!refused.to_string().to_lowercase().contains("xample.com"), "{}", refused);
        }
    }

    #[test]
    fn no_bytes_make_a_call_fail_otherwise_than_with_an_error(
        topic in prop::sample::select(vec!["order.created", "order.deleted", "coupon.created", ""]),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let _ = woocommerce::parse(topic, &body);
        let _ = woocommerce::is_ping(&body);
    }

    #[test]
    fn an_id_of_any_size_and_every_amount_arrive_as_they_were_sent(id in any::<u128>(), cents in 1..1_000_000_000_000_i64) {
        let total = format!("{}.{:02}", cents / 100, cents % 100);
        let members = format!(
            r#""id":{id},"line_items":[{{"id":{id},"quantity":1,"total":{total}}}],"refunds":[{{"id":{id},"total":"-{total}"}}]"#
        );
        let written = write_down(&read("order.created", &order_with(&members)));
        prop_assert!(written.starts_with(&format!("order {id} placed")), "{}", written);
        let line = format!("line {id}: 1 - {total}\n");
        prop_assert!(written.contains(&line), "{}", written);
        let refund = format!("total {total} withheld 0.00 USD");
        prop_assert!(written.contains(&refund), "{}", written);
    }
}
