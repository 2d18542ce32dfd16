//! Syncing what changed at stores: nothing is passed over, whatever happens meanwhile, and
//! nothing is asked of anybody else.

use crate::changing_store::{Changing, Store, at, query_of, value};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use waymark_facts::FactKind;
use waymark_stores::sync::{Cursor, Response};
use waymark_stores::{Parsed, Platform, shopify, stripe, woocommerce};

const BEGAN: i64 = 1_767_528_000;

fn shopify_store() -> Store {
    Store::of(Platform::Shopify, |field| {
        let host = field == "host";
        if host {
            "kettle.myshopify.com"
        } else {
            "shpat_secret"
        }
        .to_owned()
    })
}

fn woocommerce_store() -> Store {
    Store::of(Platform::WooCommerce, |field| match field {
        "url" => "https://shop.example/blog".to_owned(),
        "key" => "ck_1".to_owned(),
        _ => "cs_1".to_owned(),
    })
}

fn stripe_store() -> Store {
    Store::of(Platform::Stripe, |_| "rk_live_secret".to_owned())
}

fn ok(body: &str) -> Response<'_> {
    Response {
        status: 200,
        body: body.as_bytes(),
        ..Response::default()
    }
}

fn headers(store: &Store, cursor: &Cursor) -> BTreeMap<&'static str, String> {
    store.request(cursor).headers.into_iter().collect()
}

#[test]
fn each_store_is_asked_with_its_own_credentials_for_what_changed_since() {
    let cursor = Cursor::from(at(BEGAN));
    let shopify = headers(&shopify_store(), &cursor);
    assert_eq!(shopify["x-shopify-access-token"], "shpat_secret");

    let request = woocommerce_store().request(&cursor);
    assert_eq!(
        request.url,
        "https://shop.example/blog/wp-json/wc/v3/orders?modified_after=2026-01-04T11%3A50%3A00\
         &dates_are_gmt=true&status=any&orderby=modified&order=asc&per_page=50&page=1"
    );
    let woocommerce = headers(&woocommerce_store(), &cursor);
    assert_eq!(woocommerce["authorization"], "Basic Y2tfMTpjc18x");

    let request = stripe_store().request(&cursor);
    let (place, query) = request.url.split_once('?').unwrap();
    assert_eq!(place, "https://api.stripe.com/v1/events");
    let pairs = query_of(query);
    let types = pairs.iter().filter(|(name, _)| name == "types[]").count();
    assert!((1..=20).contains(&types), "Stripe takes at most 20");
    assert_eq!(value(&pairs, "created[gte]"), Some("1767527400"));
    assert_eq!(value(&pairs, "limit"), Some("100"));
    let stripe = headers(&stripe_store(), &cursor);
    assert_eq!(stripe["authorization"], "Bearer rk_live_secret");
}

#[test]
fn no_secret_can_be_printed() {
    for store in [shopify_store(), woocommerce_store(), stripe_store()] {
        let cursor = Cursor::from(at(BEGAN));
        let printed = format!("{store:?} {:?}", store.request(&cursor));
        for secret in ["secret", "cs_1", "Basic"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

/// A page says of an order what the call of that topic would have said, so that its facts are the
/// same ones.
#[test]
fn an_order_of_a_page_is_what_its_call_would_have_said() {
    let shopify_order = include_str!("../samples/shopify-order-discounts.json");
    let woocommerce_order = include_str!("../samples/woocommerce-order.json");
    let session = include_str!("../samples/stripe-session-payment-link.json");
    for (store, page, called, body) in [
        (
            shopify_store(),
            format!("{{\"orders\": [{shopify_order}]}}"),
            shopify::parse("orders/create", shopify_order.as_bytes()),
            shopify_order,
        ),
        (
            woocommerce_store(),
            format!("[{woocommerce_order}]"),
            woocommerce::parse("order.created", woocommerce_order.as_bytes()),
            woocommerce_order,
        ),
        (
            stripe_store(),
            format!("{{\"object\": \"list\", \"has_more\": false, \"data\": [{session}]}}"),
            stripe::parse(session.as_bytes()),
            session,
        ),
    ] {
        let cursor = Cursor::from(at(BEGAN));
        let page = store.read(&cursor, &ok(&page), at(BEGAN)).unwrap();
        let [change] = page.changes.as_slice() else {
            panic!("{:?}", page.changes);
        };
        assert!(matches!(called, Ok(Parsed::Delivery(_))), "{called:?}");
        assert_eq!(change.parsed, called);
        assert_eq!(change.body, body.trim());
        // What lies in WooCommerce's trash is asked for next.
        assert_eq!(page.more, store.platform == Platform::WooCommerce);
    }
}

/// A deletion whose call was lost. The order was trashed while a sync that failed was under way.
#[test]
fn what_lies_in_the_trash_is_asked_for_from_where_it_was_read_last() {
    let store = woocommerce_store();
    let asked = |cursor: &Cursor| {
        let url = store.request(cursor).url;
        let pairs = query_of(url.split_once('?').unwrap().1);
        let of = |name| value(&pairs, name).unwrap().to_owned();
        (of("status"), of("modified_after"))
    };
    let any = |time: &str| ("any".to_owned(), time.to_owned());
    let trash = |time: &str| ("trash".to_owned(), time.to_owned());
    let first = Cursor::from(at(BEGAN));
    assert_eq!(asked(&first), any("2026-01-04T11:50:00"));
    let order = r#"[{"id":7,"date_modified_gmt":"2026-01-04T15:00:00"}]"#;
    let now = at(BEGAN + 4 * 3_600);
    let page = store.read(&first, &ok(order), now).unwrap();
    assert!(page.more);
    assert_eq!(asked(&page.cursor), trash("2026-01-04T11:50:00"));

    // What was read stays read, but for the trash.
    let refused = Response {
        status: 403,
        ..ok("")
    };
    let failure = store.read(&page.cursor, &refused, now).unwrap_err();
    let again = *failure.cursor;
    assert_eq!(asked(&again), any("2026-01-04T14:50:00"));
    let kept = serde_json::to_string(&again).unwrap();
    let again: Cursor = serde_json::from_str(&kept).unwrap();
    let page = store.read(&again, &ok(order), now).unwrap();
    assert_eq!(asked(&page.cursor), trash("2026-01-04T11:50:00"));

    let trashed = r#"[{"id":8,"status":"trash","currency":"USD","line_items":[],"date_created_gmt":"2026-01-04T11:00:00",
        "date_modified_gmt":"2026-01-04T15:30:00","meta_data":[{"key":"_wp_trash_meta_status","value":"wc-completed"}]}]"#;
    let page = store.read(&page.cursor, &ok(trashed), now).unwrap();
    assert!(!page.more);
    let Ok(Parsed::Delivery(delivery)) = &page.changes[0].parsed else {
        panic!("{:?}", page.changes);
    };
    let deleted = FactKind::Deleted {
        at: Some("2026-01-04T15:30:00Z".parse().unwrap()),
    };
    assert!(delivery.reports.contains(&deleted));
    // How far the rest was read, the trash does not say.
    assert_eq!(page.cursor.since(), at(BEGAN + 3 * 3_600));
    let next = page.cursor;
    assert_eq!(asked(&next), any("2026-01-04T14:50:00"));
    let page = store.read(&next, &ok("[]"), now).unwrap();
    assert_eq!(asked(&page.cursor), trash("2026-01-04T14:50:00"));
}

#[test]
fn an_order_that_cannot_be_used_stands_beside_those_that_can() {
    let order = include_str!("../samples/shopify-order-discounts.json");
    let page = format!("{{\"orders\": [{{\"id\": 1}}, 7, {order}, null]}}");
    let cursor = Cursor::from(at(BEGAN));
    let page = shopify_store()
        .read(&cursor, &ok(&page), at(BEGAN))
        .unwrap();
    let usable: Vec<bool> = page.changes.iter().map(|it| it.parsed.is_ok()).collect();
    assert_eq!(usable, [false, false, true, false]);
    assert_eq!(page.changes[0].body, "{\"id\": 1}");
    assert_eq!(page.changes[0].topic, "orders/updated");
}

#[test]
fn the_next_page_is_taken_from_the_shops_own_host_only() {
    let own = "https://kettle.myshopify.com/admin/api/2026-10/orders.json?limit=50&page_info=abc";
    for (address, taken) in [
        (own, true),
        ("https://evil.example/admin/api/2026-10/orders.json", false),
        (
            "http://kettle.myshopify.com/admin/api/2026-10/orders.json",
            false,
        ),
        (
            "https://kettle.myshopify.com.evil.example/admin/api/x",
            false,
        ),
        (
            "https://kettle.myshopify.com@evil.example/admin/api/x",
            false,
        ),
        ("https://kettle.myshopify.com:8443/admin/api/x", false),
        ("https://kettle.myshopify.com/elsewhere", false),
        ("https://kettle.myshopify.com/admin/api/x y", false),
        ("https://kettle.myshopify.com/admin/api/x\\@y", false),
        ("//kettle.myshopify.com/admin/api/x", false),
        ("/admin/api/x", false),
        ("", false),
    ] {
        let link = format!("<{address}>; rel=\"next\"");
        let response = Response {
            link: Some(&link),
            ..ok("{\"orders\": []}")
        };
        let cursor = Cursor::from(at(BEGAN));
        let page = shopify_store().read(&cursor, &response, at(BEGAN)).unwrap();
        assert_eq!(page.more, taken, "{address}");
        let next = shopify_store().request(&page.cursor).url;
        if taken {
            assert_eq!(next, own);
        }
        assert!(next.starts_with("https://kettle.myshopify.com/admin/api/"));
    }
}

#[test]
fn a_refusal_says_what_can_be_done_and_a_page_that_is_gone_is_asked_for_anew() {
    let link = "<https://kettle.myshopify.com/admin/api/x?page_info=old>; rel=next";
    let first = Cursor::from(at(BEGAN));
    let response = Response {
        link: Some(link),
        ..ok("{\"orders\": [{\"updated_at\": \"2026-01-04T13:00:00Z\"}]}")
    };
    let page = shopify_store().read(&first, &response, at(BEGAN + 7_200));
    let under_way = page.unwrap().cursor;
    for (status, expected, goes_on) in [
        (
            401,
            "the store answered 401: the token is not accepted",
            false,
        ),
        (
            403,
            "the store answered 403: the token may not read orders",
            false,
        ),
        (404, "the store answered 404: there is no such shop", false),
        (301, "the store answered 301: there is no such shop", false),
        (400, "the store answered 400", false),
        (429, "the store answered 429: it is asked again later", true),
        (500, "the store answered 500", true),
    ] {
        let response = Response {
            status,
            retry_after: Some("2.0"),
            body: b"shpat_secret",
            ..Response::default()
        };
        let failure = shopify_store()
            .read(&under_way, &response, at(BEGAN))
            .unwrap_err();
        assert!(failure.problem.starts_with(expected), "{}", failure.problem);
        assert!(!failure.problem.contains("shpat"));
        let asked = (status == 429).then_some(2_000);
        assert_eq!(failure.wait_ms, asked, "{status}");
        assert_eq!(*failure.cursor == under_way, goes_on, "{status}");
        // What the first page brought stays read.
        assert_eq!(failure.cursor.since(), at(BEGAN + 3_600), "{status}");
    }
}

#[test]
fn an_answer_that_is_no_list_is_a_failure() {
    for store in [shopify_store(), woocommerce_store(), stripe_store()] {
        for body in [
            "",
            "<html>",
            "{}",
            "null",
            "{\"orders\": 7, \"data\": 7}",
            "7",
        ] {
            let cursor = Cursor::from(at(BEGAN));
            let failure = store.read(&cursor, &ok(body), at(BEGAN)).unwrap_err();
            assert!(failure.problem.contains("not a list"), "{body}");
            assert_eq!(*failure.cursor, cursor);
        }
    }
}

#[test]
fn smaller_pages_are_asked_for_where_one_is_too_large_down_to_one_order() {
    let response = Response {
        cut: true,
        ..ok("")
    };
    let mut cursor = Cursor::from(at(BEGAN));
    let mut limits = Vec::new();
    let failure = loop {
        let url = shopify_store().request(&cursor).url;
        limits.push(url.rsplit('=').next().unwrap().to_owned());
        let failure = shopify_store()
            .read(&cursor, &response, at(BEGAN))
            .unwrap_err();
        if *failure.cursor == cursor {
            break failure;
        }
        cursor = *failure.cursor;
    };
    assert_eq!(limits, ["50", "25", "12", "6", "3", "1"]);
    assert_eq!(failure.problem, "an order is larger than 8 MiB");
}

#[test]
fn a_time_of_a_clock_that_is_wrong_is_not_followed() {
    let cursor = Cursor::from(at(BEGAN));
    let body = "{\"orders\": [{\"updated_at\": \"2099-01-01T00:00:00Z\"}]}";
    let page = shopify_store()
        .read(&cursor, &ok(body), at(BEGAN + 60))
        .unwrap();
    assert_eq!(page.cursor.since(), at(BEGAN + 60));
}

/// A plugin that writes dates of its own.
#[test]
fn a_local_time_that_cannot_be_does_not_hold_up_a_sync() {
    let order = |id: i64, minute: i64| {
        let modified: String = at(BEGAN + 60 * minute)
            .to_string()
            .chars()
            .take(19)
            .collect();
        format!(
            "{{\"id\": {id}, \"date_modified\": \"0001-01-01T00:00:00\", \
             \"date_modified_gmt\": \"{modified}\"}}"
        )
    };
    let orders: Vec<String> = (0..50).map(|id| order(id, 90 + id)).collect();
    let body = format!("[{}]", orders.join(","));
    let page = woocommerce_store()
        .read(&Cursor::from(at(BEGAN)), &ok(&body), at(BEGAN + 100_000))
        .unwrap();
    // But for the hour that local time may have gone back by.
    assert_eq!(page.cursor.since(), at(BEGAN + 60 * (139 - 60)));
}

/// What happens before a page is asked for: time passes, and orders change.
type Meanwhile = (i64, Vec<u32>);

fn meanwhile() -> impl Strategy<Value = Vec<Meanwhile>> {
    let changes = prop::collection::vec(0..60_u32, 0..5);
    prop::collection::vec((0..3_i64, changes), 1..50)
}

/// Syncs with what happens meanwhile, and adds the versions of orders that it showed.
fn sync(
    changing: &mut Changing,
    mut cursor: Cursor,
    ours: i64,
    meanwhile: &mut impl Iterator<Item = Meanwhile>,
    read: &mut BTreeSet<(u64, u64)>,
) -> Cursor {
    // Fewer pages than one sync takes in one go, and more than all changes need, one to a page.
    for _ in 0..900 {
        if let Some((passed, orders)) = meanwhile.next() {
            changing.now += passed;
            for order in orders {
                changing.change(order);
            }
        }
        let (body, link, fits) = changing.response(&changing.store.request(&cursor).url);
        let response = Response {
            link: Some(&link),
            cut: !fits,
            ..ok(&body)
        };
        let page = match changing
            .store
            .read(&cursor, &response, at(changing.now + ours))
        {
            Ok(page) => page,
            Err(failure) => {
                assert!(!fits, "{}", failure.problem);
                cursor = *failure.cursor;
                continue;
            }
        };
        for change in &page.changes {
            let said: serde_json::Value = serde_json::from_str(&change.body).unwrap();
            let order = said.get("order").unwrap_or(&said["id"]);
            read.insert((order.as_u64().unwrap(), said["version"].as_u64().unwrap()));
        }
        cursor = page.cursor;
        if !page.more {
            return cursor;
        }
    }
    panic!("the sync does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever changes while a store is synced, once it rests the last version of every order was
    /// seen; with small pages, many changes in one second, clocks that differ by up to an hour, and at
    /// the end of summer time.
    #[test]
    fn no_change_is_passed_over(
        kind in 0..4,
        fits in 1..8_usize,
        ours in -3_600..3_600_i64,
        summer_until in BEGAN..BEGAN + 7_200,
        first in prop::collection::vec((0..60_u32, prop_oneof![Just(0), 0..600_i64]), 0..40),
        mut syncs in prop::collection::vec(meanwhile(), 1..4),
    ) {
        let store = match kind {
            0 => shopify_store(),
            1 | 2 => woocommerce_store(),
            _ => stripe_store(),
        };
        let summer_until = (kind == 2).then_some(summer_until);
        let mut changing = Changing {
            store, now: BEGAN, orders: BTreeMap::new(), events: Vec::new(), fits, summer_until,
        };
        for (order, passed) in first {
            changing.now += passed;
            changing.change(order);
        }
        let mut cursor = Cursor::from(at(BEGAN - 1));
        let mut read = BTreeSet::new();
        syncs.push(Vec::new());
        for meanwhile in syncs {
            cursor = sync(&mut changing, cursor, ours, &mut meanwhile.into_iter(), &mut read);
            changing.now += 3_600;
        }
        for (order, (_, version)) in &changing.orders {
            prop_assert!(
                read.contains(&(u64::from(*order), u64::from(*version))),
                "version {} of order {} was passed over", version, order
            );
        }
    }

    #[test]
    fn no_answer_is_more_than_a_failure(body in ".{0,60}", link in ".{0,60}", status in 0..600_u16) {
        for store in [shopify_store(), woocommerce_store(), stripe_store()] {
            let response = Response { status, link: Some(&link), retry_after: Some(&link), ..ok(&body) };
            let _ = store.read(&Cursor::from(at(BEGAN)), &response, at(BEGAN));
        }
    }
}

/// A shop whose app was made since 2026.
fn by_grant() -> waymark_stores::Access {
    let access = Platform::Shopify.open_by_grant(|field| match field.name {
        "host" => Ok("kettle.myshopify.com".to_owned()),
        "client_id" => Ok("3e1a0c6f".to_owned()),
        other => Err(other),
    });
    access.unwrap()
}

#[test]
fn a_token_is_asked_for_with_the_apps_id_and_secret_and_opens_the_api() {
    let request = Platform::Shopify
        .grant_request(&by_grant(), "a&b=c")
        .unwrap();
    assert_eq!(
        request.url,
        "https://kettle.myshopify.com/admin/oauth/access_token"
    );
    assert_eq!(
        request.body,
        "grant_type=client_credentials&client_id=3e1a0c6f&client_secret=a%26b%3Dc"
    );
    assert!(!format!("{request:?}").contains("a%26b"));
    let token = Platform::Shopify
        .granted(
            200,
            br#"{"access_token":"shpat_1","scope":"read_orders","expires_in":86399}"#,
        )
        .unwrap();
    // Five minutes less than a day.
    assert_eq!(
        (token.value.as_str(), token.lasts_ms),
        ("shpat_1", 86_099_000)
    );
    let cursor = Cursor::from("2026-01-04T12:00:00Z".parse().unwrap());
    let access = by_grant().with_token(token.value);
    let request = Platform::Shopify.sync_request(&access, &cursor).unwrap();
    assert!(
        request
            .headers
            .contains(&("x-shopify-access-token", "shpat_1".to_owned()))
    );
    for platform in Platform::ALL {
        let gives = platform == Platform::Shopify;
        assert_eq!(platform.grant_request(&by_grant(), "s").is_some(), gives);
        assert_eq!(platform.grant_fields().is_empty(), !gives);
    }
}

#[test]
fn where_no_token_is_given_the_merchant_reads_why_and_never_a_secret() {
    for (status, body, expected) in [
        (
            400,
            r#"{"error":"shop_not_permitted","error_description":"x"}"#,
            "(400, shop_not_permitted)",
        ),
        (401, r#"{"error":"Secret shpss_1 is wrong"}"#, "(401)"),
        (200, r#"{"access_token":""}"#, "(200)"),
        (200, "<html>", "(200)"),
        (503, "", "(503)"),
    ] {
        let problem = Platform::Shopify
            .granted(status, body.as_bytes())
            .unwrap_err();
        assert!(
            problem.contains(expected) && problem.contains("read_orders"),
            "{problem}"
        );
        assert!(!problem.contains("shpss"), "{problem}");
    }
    let short = Platform::Shopify.granted(200, br#"{"access_token":"t","expires_in":10}"#);
    assert_eq!(short.unwrap().lasts_ms, 0);
}
