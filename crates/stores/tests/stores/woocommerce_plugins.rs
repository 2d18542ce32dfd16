//! What WooCommerce's plugins, imports and tills write into an order, and what a person would read there.

use crate::reading::write_down;
use waymark_stores::{Parsed, woocommerce};

/// An order of one line that costs 10.00, with `members` replaced or added, as it is written down.
fn read(members: &str) -> String {
    let base = r#""id":1,"status":"completed","date_created_gmt":"2026-01-01T00:00:00","currency":"USD","line_items":[{"id":1,"quantity":1,"total":"10.00"}]"#;
    match woocommerce::parse("order.updated", format!("{{{base},{members}}}").as_bytes()) {
        Ok(parsed) => write_down(&parsed),
        Err(unusable) => format!("unusable: {unusable}"),
    }
}

fn assert_says(members: &str, expected: &str) {
    let written = read(members);
    let has = written.lines().any(|line| line == expected);
    assert!(has, "{members}\nsays\n{written}not\n{expected}");
}

fn assert_silent(members: &str, word: &str) {
    let written = read(members);
    let said = written.lines().any(|line| line.starts_with(word));
    assert!(
        !said && !written.starts_with("unusable"),
        "{members}\nsays\n{written}"
    );
}

#[test]
fn codes_are_what_was_typed() {
    for (code, typed) in [
        (r#""ANA10""#, "ANA10"),
        (r#"" ana10 ""#, "ana10"),
        (r#""tea&amp;cake""#, "tea&cake"),
        (r#""5&lt;10""#, "5<10"),
        (r#""mum&#039;s10""#, "mum's10"),
        (r#""l&#8217;\u00e9t\u00e9""#, "l\u{2019}été"),
        (r#""\u041b\u0415\u0422\u041e15""#, "ЛЕТО15"),
        (r#""\u00a320""#, "£20"),
        ("12345", "12345"),
        ("-5", "-5"),
        (r#""10%""#, "10%"),
        (r#""a&b;c""#, "a&b;c"),
    ] {
        let members = format!(r#""coupon_lines":[{{"id":1,"code":{code}}}]"#);
        assert_says(&members, &format!("coupons {typed}"));
    }
    for none in [
        r#"[{"id":1,"code":""}]"#,
        r#"[{"id":1,"code":false}]"#,
        r#"[{"id":1,"code":null}]"#,
        r#"[{"id":1}]"#,
        r#"[{"id":1,"code":["ana"]}]"#,
        r#"["ana"]"#,
        r#""ana""#,
        "{}",
        "7",
        "null",
    ] {
        assert_silent(&format!(r#""coupon_lines":{none}"#), "coupons");
    }
    // What is no code takes none of the others away.
    let mixed = r#""coupon_lines":[{"code":{}},7,{"code":"ben"},{"code":"ben"},{"code":"ana"}]"#;
    assert_says(mixed, "coupons ben | ana");
    let many: Vec<String> = (0..300)
        .map(|it| format!(r#"{{"code":"c{it}"}}"#))
        .collect();
    let many = read(&format!(r#""coupon_lines":[{}]"#, many.join(",")));
    assert!(many.contains("| c255\n"), "{many}");
}

#[test]
fn amounts_are_read_as_php_and_other_languages_write_them() {
    for (total, amount) in [
        (r#""10""#, "10.00"),
        ("10", "10.00"),
        ("10.5", "10.50"),
        ("1.05e1", "10.50"),
        (r#""1.0E+1""#, "10.00"),
        (r#""10.004""#, "10.00"),
        (r#""10.005""#, "10.01"),
        (r#""9.9950000""#, "10.00"),
        ("9.994999999999999", "9.99"),
        (r#"".99""#, "0.99"),
        (r#""10.""#, "10.00"),
        (r#"" 10.00 ""#, "10.00"),
        (r#""10,50""#, "10.50"),
        (r#""1.234,50""#, "1234.50"),
        (r#""1,234.50""#, "1234.50"),
        ("0.30000000000000004", "0.30"),
        (r#""""#, "0.00"),
        ("false", "0.00"),
        ("null", "0.00"),
        (r#""-0.00""#, "0.00"),
        ("-1.4210854715202004e-14", "0.00"),
    ] {
        let members = format!(r#""line_items":[{{"id":1,"quantity":1,"total":{total}}}]"#);
        assert_says(&members, &format!("line 1: 1 - {amount}"));
    }
    for total in [
        r#""1,234""#,
        r#""ten""#,
        r#""€10""#,
        r#""NAN""#,
        "true",
        "[]",
        "{}",
    ] {
        let members = format!(r#""line_items":[{{"id":1,"quantity":1,"total":{total}}}]"#);
        let written = read(&members);
        let unusable = written.starts_with("unusable: line_items[0].total: ");
        assert!(unusable, "{total}: {written}");
    }
    // Of three decimals, of none, and of eight.
    for (currency, total, amount) in [
        ("KWD", "1.0005", "1.001"),
        ("JPY", "99.5", "100"),
        ("bhd", "0.1234567", "0.123"),
        ("HUF", "12.345", "12.35"),
        ("TND", "5", "5.000"),
    ] {
        let members = format!(
            r#""currency":"{currency}","line_items":[{{"id":1,"quantity":1,"total":"{total}"}}]"#
        );
        assert_says(&members, &format!("line 1: 1 - {amount}"));
    }
}

#[test]
fn what_is_below_zero_is_a_discount_and_no_tax_or_shipping() {
    for (members, expected) in [
        (
            r#""line_items":[{"id":1,"quantity":1,"total":"10"},{"id":2,"quantity":-1,"total":"-4.00"}]"#,
            "discount 4.00 shipping 0.00 tax 0.00 USD",
        ),
        (
            r#""fee_lines":[{"total":"-3.00"},{"total":"2.00"},{"total":""}]"#,
            "discount 3.00 shipping 2.00 tax 0.00 USD",
        ),
        (
            r#""fee_lines":[{"total":"-30.00"}]"#,
            "discount 10.00 shipping 0.00 tax 0.00 USD",
        ),
        (
            r#""shipping_total":"-5.00","total_tax":"-0.01""#,
            "discount 0.00 shipping 0.00 tax 0.00 USD",
        ),
        (
            r#""shipping_total":"","total_tax":"much""#,
            "discount 0.00 shipping 0.00 tax 0.00 USD",
        ),
        (
            r#""fee_lines":{"3":{"total":"1.005"}}"#,
            "discount 0.00 shipping 1.01 tax 0.00 USD",
        ),
        (
            r#""fee_lines":null"#,
            "discount 0.00 shipping 0.00 tax 0.00 USD",
        ),
    ] {
        assert_says(members, expected);
    }
}

#[test]
fn phps_types_are_what_they_mean() {
    for (members, expected) in [
        (r#""id":"1""#, "order 1 placed 2026-01-01T00:00:00.000Z"),
        (
            r#""line_items":{"0":{"id":1,"quantity":"2","total":10}}"#,
            "line 1: 2 - 10.00",
        ),
        (
            r#""line_items":{"7":{"id":"8","quantity":1.0,"total":"10"}}"#,
            "line 8: 1 - 10.00",
        ),
        (
            r#""line_items":[{"id":1,"quantity":1,"total":"10","sku":123}]"#,
            "line 1: 1 123 10.00",
        ),
        (
            r#""line_items":[{"id":1,"quantity":1,"total":"10","sku":false}]"#,
            "line 1: 1 - 10.00",
        ),
        (
            r#""line_items":[{"id":1,"quantity":1,"total":"10","sku":["A"]}]"#,
            "line 1: 1 - 10.00",
        ),
        (
            r#""line_items":[{"id":1,"quantity":1,"total":"10","sku":true}]"#,
            "line 1: 1 - 10.00",
        ),
        (r#""customer_id":"7""#, "customer 7"),
        (
            r#""meta_data":{"0":{"key":"_waymark","value":"w1.t"}}"#,
            "token w1.t",
        ),
        (
            r#""meta_data":[7,null,{"key":"_waymark","value":["w1.t"]},{"key":"waymark","value":"w1.u"}]"#,
            "token w1.u",
        ),
        (
            r#""meta_data":[{"key":"_subscription_renewal","value":["214"]}]"#,
            "renews 214",
        ),
        (
            r#""meta_data":[{"key":"_subscription_renewal","value":{"0":214,"1":215}}]"#,
            "renews 214",
        ),
    ] {
        assert_says(members, expected);
    }
    for (members, word) in [
        (r#""customer_id":false"#, "customer"),
        (r#""customer_id":"0""#, "customer"),
        (r#""customer_id":-1"#, "customer"),
        (r#""customer_id":1.5"#, "customer"),
        (r#""billing":[]"#, "email"),
        (r#""billing":"""#, "email"),
        (r#""billing":{"email":false}"#, "email"),
        (r#""billing":{"email":["a@b.example"]}"#, "email"),
        (r#""billing":{"email":"none"}"#, "email"),
        (r#""meta_data":"a:0:{}""#, "token"),
        (r#""meta_data":[{"key":"_waymark","value":false}]"#, "token"),
    ] {
        assert_silent(members, word);
    }
}

#[test]
fn ids_that_repeat_or_are_none_leave_every_line_its_own() {
    let lines = |ids: [&str; 3]| {
        let lines = ids.map(|id| format!(r#"{{"id":{id},"quantity":1,"total":"1.00"}}"#));
        let written = read(&format!(r#""line_items":[{}]"#, lines.join(",")));
        let named = written.lines().filter_map(|it| it.strip_prefix("line "));
        let named = named.map(|it| it.split(": ").next().unwrap().to_owned());
        named.collect::<Vec<_>>().join(" & ")
    };
    assert_eq!(lines(["5", "6", "7"]), "5 & 6 & 7");
    assert_eq!(lines(["5", "5", "5"]), "5 & line 2 & line 3");
    assert_eq!(lines(["0", "0", "null"]), "line 1 & line 2 & line 3");
    assert_eq!(lines(["false", "\"\"", "1.5"]), "line 1 & line 2 & line 3");
    assert_eq!(lines(["\"line 3\"", "5", "0"]), "line 3 & 5 & line 3'");
}

#[test]
fn times_are_read_as_they_are_written() {
    let noon = "order 1 placed 2026-11-30T12:00:00.000Z";
    for time in [
        r#""2026-11-30T12:00:00""#,
        r#""2026-11-30T12:00:00Z""#,
        r#""2026-11-30T13:00:00+01:00""#,
        r#""2026-11-30 12:00:00""#,
        r#""2026-11-30 12:00:00.000000""#,
        r#""2026-11-30T12:00:00.000000Z""#,
        r#"" 2026-11-30T12:00:00 ""#,
        r#"{"date":"2026-11-30 12:00:00.000000","timezone_type":3,"timezone":"UTC"}"#,
        r#"{"date":"2026-11-30 12:00:00.000000","timezone_type":1,"timezone":"+00:00"}"#,
        "1796040000",
        r#""1796040000""#,
    ] {
        assert_says(&format!(r#""date_created_gmt":{time}"#), noon);
    }
    // No time of its own: when it was paid, else when it was changed.
    for none in [
        "null",
        "false",
        r#""""#,
        "0",
        r#""0000-00-00 00:00:00""#,
        r#""0000-00-00T00:00:00""#,
        r#""-0001-11-30T00:00:00""#,
    ] {
        let members = format!(r#""date_created_gmt":{none},"date_paid_gmt":"2026-11-30T12:00:00""#);
        assert_says(&members, noon);
        let members =
            format!(r#""date_created_gmt":{none},"date_modified_gmt":"2026-11-30 12:00:00""#);
        assert_says(&members, noon);
        assert_eq!(
            read(&format!(r#""date_created_gmt":{none}"#)),
            "unusable: date_created_gmt: missing"
        );
    }
    for time in [
        r#""yesterday""#,
        r#""30.11.2026""#,
        r#""2026-11-31T12:00:00""#,
        r#"{"date":"2026-11-30 12:00:00","timezone":"Europe/Berlin"}"#,
        "[]",
        "12",
        "true",
    ] {
        let written = read(&format!(r#""date_created_gmt":{time}"#));
        assert!(
            written.starts_with("unusable: date_created_gmt: must be"),
            "{time}: {written}"
        );
    }
    // What is no time of payment says that nothing is paid.
    assert_says(
        r#""status":"shipped","date_paid_gmt":"soon""#,
        "payment awaited",
    );
}

#[test]
fn statuses_of_plugins_say_what_the_time_of_payment_says() {
    let paid = r#""date_paid_gmt":"2026-01-01T00:00:01""#;
    for status in [
        "processing",
        "wc-processing",
        "Processing",
        "shipped",
        "partial-shipped",
        "delivered",
        "pre-ordered",
        "ready-for-pickup",
        "awaiting-shipment",
        "wcf-main-order",
        "pos-open",
        "active",
    ] {
        assert_silent(&format!(r#""status":"{status}",{paid}"#), "payment");
        let unpaid = format!(r#""status":"{status}","date_paid_gmt":null"#);
        assert_says(&unpaid, "payment awaited");
    }
    for status in [
        "on-hold",
        "pending",
        "partially-paid",
        "partial-payment",
        "scheduled-payment",
    ] {
        assert_says(&format!(r#""status":"{status}",{paid}"#), "payment awaited");
    }
    for status in ["cancelled", "wc-cancelled", "canceled", "failed"] {
        assert_says(&format!(r#""status":"{status}",{paid}"#), "payment failed");
    }
    for status in ["checkout-draft", "wc-checkout-draft", "auto-draft", "draft"] {
        let written = read(&format!(r#""status":"{status}",{paid}"#));
        assert_eq!(written, "ignored: a draft is no order yet\n");
    }
    let trashed =
        r#""status":"trash","meta_data":[{"key":"_wp_trash_meta_status","value":"wc-completed"}]"#;
    assert_silent(trashed, "payment");
    assert_says(trashed, "deleted 2026-01-01T00:00:00.000Z");
    let draft = r#""status":"trash","meta_data":[{"key":"_wp_trash_meta_status","value":"wc-checkout-draft"}]"#;
    assert_eq!(read(draft), "ignored: a draft is no order yet\n");
}

#[test]
fn an_order_that_was_anonymised_names_nobody() {
    let who = r#""customer_id":5,"billing":{"email":"ada@example.com"}"#;
    assert_says(who, "customer 5");
    for yes in [r#""yes""#, r#""1""#, "1", "true", r#""true""#, r#"["yes"]"#] {
        let members = format!(r#"{who},"meta_data":[{{"key":"_anonymized","value":{yes}}}]"#);
        assert_silent(&members, "customer");
        assert_silent(&members, "email");
    }
    for no in [r#""no""#, r#""0""#, "0", "false", r#""""#, "null", "[]"] {
        let members = format!(r#"{who},"meta_data":[{{"key":"_anonymized","value":{no}}}]"#);
        assert_says(&members, "customer 5");
        assert_says(&members, "email ada@example.com");
    }
    for nobody in [
        "deleted@site.invalid",
        "DELETED@SITE.INVALID",
        "deleted@site.invalid.",
        "x@invalid",
        "[deleted]",
        "deleted",
        "",
        " ",
    ] {
        assert_silent(&format!(r#""billing":{{"email":"{nobody}"}}"#), "email");
    }
}

#[test]
fn refunds_of_any_form_are_read_and_a_list_that_is_not_there_says_nothing() {
    for refund in [
        r#"[{"id":9,"total":"-10.00"}]"#,
        r#"[{"id":"9","total":-10}]"#,
        r#"[{"id":9,"total":"10.00"}]"#,
        r#"[{"id":9,"amount":"10.00"}]"#,
        r#"[{"id":9,"total":"-10.0000","total_tax":"-0"}]"#,
        r#"[{"id":9,"total":"-1.0E+1","total_tax":""}]"#,
        r#"{"1":{"id":9,"total":"-10.00","total_tax":false}}"#,
        r#"[{"id":9,"total":"-10,00","total_tax":"?"}]"#,
        r#"[{"id":9,"total":"-9.999"}]"#,
        r#"[{"id":9,"total":"-10.01"}]"#,
    ] {
        let written = read(&format!(r#""refunds":{refund}"#));
        assert!(written.contains("\nrefund 9 of 1\n"), "{refund}: {written}");
        // Of an order that has no other part it is all.
        assert!(
            written.contains("shipping 0.00 tax 0.00 total 10.0"),
            "{refund}: {written}"
        );
    }
    for nothing in [
        r#"[{"id":9,"total":""}]"#,
        r#"[{"id":9,"total":null}]"#,
        r#"[{"id":9,"total":"0.00"}]"#,
    ] {
        assert_says(
            &format!(r#""refunds":{nothing}"#),
            "shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 USD",
        );
    }
    assert_eq!(
        read(r#""refunds":[{"id":9}]"#),
        "unusable: refunds[0].total: missing"
    );
    let listed = |members: &str| {
        let base =
            r#""id":1,"date_created_gmt":"2026-01-01T00:00:00","currency":"USD","line_items":[]"#;
        let parsed = woocommerce::parse("order.updated", format!("{{{base}{members}}}").as_bytes());
        let Ok(Parsed::Delivery(delivery)) = parsed else {
            panic!("{parsed:?}")
        };
        format!("{:?}", delivery.reports[0]).contains("refunds: Some([])")
    };
    assert!(listed(r#","refunds":[]"#));
    assert!(listed(r#","refunds":{}"#));
    assert!(!listed(""));
    assert!(!listed(r#","refunds":null"#));
}

#[test]
fn a_refusal_says_what_has_to_be_mended() {
    for (code, remedy) in [
        ("woocommerce_rest_cannot_view", "a user who may"),
        ("woocommerce_rest_authentication_error", "a user who may"),
        ("rest_forbidden", "a user who may"),
        (
            "woocommerce_rest_invalid_shop_order_id",
            "WP REST API Integration v3",
        ),
        ("rest_no_route", "WP REST API Integration v3"),
        (
            "woocommerce_rest_shop_order_invalid_id",
            "was deleted before",
        ),
    ] {
        let body = format!(r#"{{"code":"{code}","message":"Sorry","data":{{"status":401}}}}"#);
        let refused = woocommerce::parse("order.updated", body.as_bytes()).unwrap_err();
        assert_eq!(refused.path, "code");
        assert!(refused.message.contains(remedy), "{code}: {refused}");
    }
}

/// What stands between the shop and Waymark may put a byte order mark before a body.
#[test]
fn a_byte_order_mark_is_no_part_of_an_order() {
    let body = "\u{feff}{\"id\":1,\"status\":\"completed\",\"date_created_gmt\":\"2026-01-01T00:00:00\",\"currency\":\"USD\",\"line_items\":[]}";
    assert!(woocommerce::parse("order.created", body.as_bytes()).is_ok());
}
