//! Half a year of a shop: every state that an order, a payment, a customer and a message can be in
//! has come about by what people and stores did.

use crate::shop::{Shop, done};
use crate::stores::{
    bigcommerce, bigcommerce_api, shopify_order, stripe, with, woocommerce, woocommerce_order,
};
use serde_json::{Value, json};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::{Workerd, merchant, shopper, store};

const SHOPIFY: &str = "kettle.myshopify.com";
const PROGRAM: &str = include_str!("program.toml");

/// Until June 20, coupons and e-mails count alike, so that a person has to decide.
const TIES: &str = r#"
[policy]
rank = [["coupon", "email"], ["link", "qr"], ["tag"]]
additive = ["sku"]
self_referral = "review"
rates = { default = { percent = "8" }, coupon = { percent = "10" }, email = { percent = "6.5" } }
"#;

const LAST_CLICK: &str = r#"
[policy]
preset = "last-click"
include_shipping = true
rates = { default = { percent = "8" }, coupon = { percent = "10" }, qr = { per_item = "2.00" }, tag = { per_order = "3.00" } }
"#;

/// From August 15, customers stay with the affiliate of their first order, for 90 days.
const STICKY: &str = r#"
[policy]
preset = "salesking"
window = "30d"
losers = "unqualified"
additive = ["sku"]
assignment = { expires = "90d" }
rates = { default = { percent = "10" }, assigned = { percent = "5" }, sku = { per_item = "0.50" } }
"#;

const RECEIVERS: &str = r#"
[outbox]
hosts = ["hooks.example", "books.example", "track.example", "gone.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]

[webhooks.books]
url = "https://books.example/conversions"
secrets = ["SHOP_HOOKS"]
events = ["conversion.created", "conversion.approved", "conversion.reversed"]

[postbacks.ana]
url = "https://track.example/p?click={click_id}&sub={sub1}&sum={payout}&order={order_id}"
affiliate = "ana"

[postbacks.gone]
url = "https://gone.example/p?sum={payout}"
"#;

/// A webhook that ended before the last program.
const ENDED: &str = r#"
[webhooks.ended]
url = "https://books.example/ended"
secrets = ["SHOP_HOOKS"]
"#;

fn apply(workerd: &Workerd, program: &str, since: &str) {
    let answer = merchant::apply(workerd, program, &format!("?effective_at={since}"));
    let _: Value = done(answer);
}

/// Tells it all, on a Worker of which nothing is stored yet; the token of a visitor of November, who
/// had clicked on Ana's link.
pub fn tell(workerd: &Workerd, internet: &Internet) -> String {
    play(internet);
    let shop = at(workerd, "2026-06-01T08:00:00Z");
    // Eve leaves in June.
    let program = PROGRAM.replace("status = \"paused\"", "status = \"active\"");
    apply(workerd, &format!("{program}{TIES}"), "2026-01-01T00:00:00Z");
    let visitors = june(&shop);
    june_at_stores(&at(workerd, "2026-06-04T10:00:00Z"), &visitors);
    // What was heard alone is an orphan by now, and what ties with nothing is the last click's.
    let shop = at(workerd, "2026-06-20T08:00:00Z");
    apply(
        workerd,
        &format!("{PROGRAM}{LAST_CLICK}"),
        "2026-06-20T00:00:00Z",
    );
    last_click(&shop);
    payouts(&at(workerd, "2026-07-25T08:00:00Z"));
    after_payment(&at(workerd, "2026-08-03T08:00:00Z"));
    let shop = at(workerd, "2026-08-15T08:00:00Z");
    apply(
        workerd,
        &format!("{PROGRAM}{STICKY}"),
        "2026-08-15T00:00:00Z",
    );
    customers(&shop);
    renewals(&at(workerd, "2026-09-05T08:00:00Z"));
    given_away(&at(workerd, "2026-10-10T08:00:00Z"));
    let shop = at(workerd, "2026-11-20T08:00:00Z");
    let program = format!("{PROGRAM}{STICKY}{RECEIVERS}");
    apply(
        workerd,
        &format!("{program}{ENDED}"),
        "2026-11-20T00:00:00Z",
    );
    let visitor = november(&shop);
    apply(workerd, &program, "2026-11-20T00:00:01Z");
    end(&at(workerd, "2026-11-30T11:59:00Z"), internet);
    visitor
}

fn at<'w>(workerd: &'w Workerd, at: &str) -> Shop<'w> {
    Shop::at(workerd, at)
}

/// Stores tell of nothing new, but for one order; one receiver fails, and one is gone.
fn play(internet: &Internet) {
    let lost = shopify_order(
        5002,
        "2026-06-03T09:00:00Z",
        json!({ "discount_codes": [{ "code": "BEN15" }] }),
    );
    internet.script(
        SHOPIFY,
        [
            Reply::json(&json!({ "orders": [] })),
            Reply::json(&json!({ "orders": [lost] })),
            Reply::json(&json!({ "orders": [] })),
        ],
    );
    internet.script("woo.example", [Reply::json(&json!([]))]);
    let none = json!({ "object": "list", "data": [], "has_more": false });
    internet.script("api.stripe.com", [Reply::json(&none)]);
    internet.host("api.bigcommerce.com", bigcommerce_api);
    internet.script("hooks.example", [Reply::status(200)]);
    internet.script("books.example", [Reply::status(500)]);
    internet.script("track.example", [Reply::status(200)]);
    internet.script("gone.example", [Reply::status(410)]);
}

/// Visitors' tokens.
struct Visitors {
    ana: String,
    ben: String,
}

fn june(shop: &Shop<'_>) -> Visitors {
    let workerd = shop.workerd;
    let ana = shop.click("/r/ANA?sub1=spring&click_id=c-1", None);
    let ben = shop.click("/r/BEN", None);
    shop.click("/r/ANA", Some(&ben));
    let scanned = shop.click("/q/DORA", None);
    let gone = shop.click("/r/EVE", None);
    shop.click("/r/NOBODY", Some(&gone));
    let opted_out = shopper::browser(workerd, "/r/ANA?sub1=secret").header("sec-gpc", "1");
    let opted_out = shopper::token(&workerd.send(opted_out, ""));
    others_click(workerd);
    shop.clicks_are_counted();

    shop.order(
        "s-1001",
        json!({ "token": ana, "email": "pat@shopper.example" }),
    );
    shop.order(
        "s-1002",
        json!({ "coupons": ["BEN15"], "customer": { "id": "c-2" } }),
    );
    shop.order(
        "s-1003",
        json!({ "token": ben, "shipping": "4.90", "tax": "8.43" }),
    );
    shop.order("s-1004", json!({ "token": scanned, "discount": "2.00" }));
    shop.refunded(
        "s-1004",
        "r1",
        json!({ "lines": [{ "line": "2", "quantity": 1 }] }),
    );
    shop.order("s-1005", json!({ "coupons": ["ANA10"] }));
    let at = shop.clock.time_in(1);
    shop.said(&json!({ "type": "cancellation", "order": "s-1005", "at": at }));
    shop.order("s-1006", json!({ "coupons": ["ANA10"] }));
    shop.said(&json!({ "type": "deletion", "order": "s-1006" }));
    shop.order(
        "s-1007",
        json!({ "token": ana, "email": "ana@teablog.example" }),
    );
    shop.order("s-gone", json!({ "token": gone, "coupons": ["EVE20"] }));
    shop.order("s-opted-out", json!({ "token": opted_out }));
    ties(shop);

    shop.order("s-1012", json!({ "coupons": ["BEN15"] }));
    shop.disputed("s-1012", "open", json!({}));
    shop.order("s-1013", json!({ "coupons": ["BEN15"] }));
    shop.disputed("s-1013", "lost", json!({}));
    shop.order("s-1014", json!({ "coupons": ["BEN15"] }));
    shop.disputed("s-1014", "lost", json!({ "currency": "EUR" }));
    shop.order(
        "s-test",
        json!({ "coupons": ["BEN15"], "test": true,
        "email": "kim@shopper.example", "customer": { "id": "c-kim" } }),
    );
    shop.order(
        "s-1016",
        json!({ "coupons": ["ANA10"], "payment": "awaited" }),
    );
    shop.order(
        "s-1017",
        json!({ "coupons": ["ANA10"], "payment": "failed" }),
    );
    shop.refunded("s-orphan", "r1", json!({ "amount": "3.00" }));
    let old = "1999-12-31T00:00:00Z";
    shop.order("s-1020", json!({ "coupons": ["ANA10"], "placed_at": old }));
    shop.order(
        "s-1021",
        json!({ "coupons": ["ANA10"], "tags": ["wholesale"] }),
    );
    shop.to_order("s-1021", "approve", json!({}));
    shop.order("s-1022", json!({ "coupons": ["ANA10"] }));
    shop.to_order("s-1022", "approve", json!({}));
    shop.to_order("s-1022", "unapprove", json!({}));
    let yen = json!([{ "id": "1", "sku": "EARL-GREY", "quantity": 3, "amount": "9000" }]);
    shop.order(
        "s-yen",
        json!({ "currency": "JPY", "coupons": ["BEN15"], "lines": yen }),
    );
    let one = shop.order("s-1025", json!({ "coupons": ["BEN15"] }));
    shop.changed(&one, json!({ "currency": "EUR" }));
    shop.order("s-empty", json!({ "lines": [], "coupons": ["BEN15"] }));
    let letter = json!({ "type": "order", "id": "s-broken", "currency": "USD" });
    let letter = crate::stores::generic(workerd, shop.clock, &letter);
    assert_eq!(letter.outcome(), "dead_letter");
    Visitors { ana, ben }
}

/// Programs, browsers that look ahead, and what is no navigation.
fn others_click(workerd: &Workerd) {
    let program = workerd
        .request("GET", "/r/ANA")
        .header("user-agent", "curl/8.5.0");
    workerd.send(program, "");
    let ahead = shopper::browser(workerd, "/r/BEN").header("sec-purpose", "prefetch");
    workerd.send(ahead, "");
    let picture = shopper::browser(workerd, "/r/BEN").header("sec-fetch-dest", "image");
    workerd.send(picture, "");
}

/// Ana's coupon and Ben's customer's e-mail claim alike.
fn ties(shop: &Shop<'_>) {
    let ana = json!({ "affiliate": "ana", "method": "coupon", "evidence": "ANA10" });
    let ben = json!({ "affiliate": "ben", "method": "email", "evidence": "email" });
    let tied = json!({ "coupons": ["ANA10"], "email": "office@bigcustomer.example" });
    for id in [
        "tie-split",
        "tie-accept",
        "tie-undone",
        "tie-denied",
        "tie-held",
    ] {
        shop.order(id, tied.clone());
    }
    let parts = json!([
        with(ana.clone(), json!({ "share_bp": 2_500 })),
        with(ben.clone(), json!({ "share_bp": 7_500 })),
    ]);
    shop.to_order(
        "tie-split",
        "rule",
        json!({ "id": "split-1", "split": parts }),
    );
    shop.to_order(
        "tie-accept",
        "rule",
        json!({ "id": "accept-1", "accept": ben }),
    );
    shop.to_order(
        "tie-undone",
        "rule",
        json!({ "id": "accept-2", "accept": ana }),
    );
    shop.to_order(
        "tie-undone",
        "rule",
        json!({ "id": "undo-1", "undo": "accept-2" }),
    );
    shop.to_order(
        "tie-denied",
        "rule",
        json!({ "id": "deny-1", "deny": true }),
    );
}

fn june_at_stores(shop: &Shop<'_>, visitors: &Visitors) {
    let (workerd, clock) = (shop.workerd, shop.clock);
    let now = clock.time_in(0);
    let attribute = json!([{ "name": "_waymark", "value": visitors.ana }]);
    let members = json!({ "note_attributes": attribute, "email": "kay@shopper.example",
        "customer": { "id": 7, "email": "kay@shopper.example" } });
    let shopify = |topic: &str, body: &Value| {
        let answer = store::deliver_shopify(workerd, topic, &body.to_string());
        assert_eq!(answer.outcome(), "applied", "{topic}: {}", answer.text());
    };
    shopify("orders/create", &shopify_order(5001, &now, members));
    let coupon = json!({ "discount_codes": [{ "code": "ANA10" }] });
    shopify("orders/create", &shopify_order(5003, &now, coupon));
    shopify(
        "disputes/create",
        &json!({ "id": 31, "order_id": 5003, "type": "chargeback",
        "status": "needs_response", "currency": "USD", "amount": "64.00", "initiated_at": now }),
    );
    let kay = json!({ "customer": { "id": 7, "email": "kay@shopper.example" } });
    shopify(
        "customers/data_request",
        &with(kay.clone(), json!({ "orders_requested": [5001] })),
    );
    shopify(
        "customers/redact",
        &with(kay, json!({ "orders_to_redact": [5001] })),
    );
    // The order that its call did not tell of.
    shop.asks_for("/v1/stores/kettle.myshopify.com/sync");

    let coupon = json!({ "coupon_lines": [{ "code": "ben15" }] });
    let subscription = json!({ "id": 15, "parent_id": 14, "status": "active" });
    let renews = json!({ "meta_data": [{ "key": "_subscription_renewal", "value": "15" }] });
    for (topic, body) in [
        ("order.created", woocommerce_order(14, &now, coupon)),
        ("subscription.created", subscription),
        (
            "order.created",
            woocommerce_order(16, &clock.time_in(5), renews),
        ),
    ] {
        let answer = woocommerce(workerd, topic, &body);
        assert_eq!(answer.outcome(), "applied", "{topic}: {}", answer.text());
    }
    purchase(shop, 1, &visitors.ben);
    let answer = bigcommerce(workerd, clock, 250, "store/order/created");
    assert_eq!(answer.outcome(), "applied");
    shop.rest();

    // A page reports an order before its store does, and one that its store never does.
    for id in ["page-1", "page-2"] {
        let request = workerd
            .request("POST", "/wm/order")
            .header("origin", workerd.url(""))
            .header("cookie", format!("__Host-wm={}", visitors.ana));
        let body = json!({ "store": "store", "order": id }).to_string();
        let status = workerd.send(request, body).status();
        assert!((200..300).contains(&status), "{status}");
    }
    shop.order("page-1", json!({}));
}

/// Stripe's session, invoice and payment, which turn out to be one order; the first of a subscription.
fn purchase(shop: &Shop<'_>, number: u32, token: &str) {
    let at = shop.clock.now().div_euclid(1_000);
    let [session, invoice, payment] = ["cs", "in", "pi"].map(|kind| format!("{kind}_{number}"));
    let line = json!({ "id": "il_1", "amount": 6_400, "quantity": 2,
        "pricing": { "price_details": { "product": "prod_1" } } });
    let session = json!({
        "id": session, "object": "checkout.session", "mode": "payment",
        "payment_status": "paid", "created": at, "currency": "usd", "amount_total": 6_400,
        "payment_intent": payment, "invoice": null, "subscription": format!("sub_{number}"),
        "customer_details": { "email": "pat@shopper.example" }, "client_reference_id": token,
        "discounts": [{ "promotion_code": { "id": "promo_1", "code": "BEN15" } }],
    });
    let invoiced = json!({
        "id": invoice, "object": "invoice", "created": at + 30, "currency": "usd",
        "total": 6_400, "amount_due": 6_400, "billing_reason": "subscription_create",
        "subscription": format!("sub_{number}"), "lines": { "data": [line] },
    });
    let paid = json!({ "id": format!("inpay_{number}"), "object": "invoice_payment",
        "invoice": invoice,
        "payment": { "type": "payment_intent", "payment_intent": payment } });
    let refund = json!({ "id": format!("re_{number}"), "object": "refund", "amount": 3_200,
        "currency": "usd", "created": at + 60, "status": "succeeded",
        "payment_intent": payment });
    for (kind, object) in [
        ("refund.created", refund),
        ("invoice.paid", invoiced),
        ("invoice_payment.paid", paid),
        ("checkout.session.completed", session),
    ] {
        let answer = stripe(shop.workerd, shop.clock, kind, object);
        assert_eq!(answer.outcome(), "applied", "{kind}: {}", answer.text());
    }
}

fn last_click(shop: &Shop<'_>) {
    let ana = shop.click("/r/ANA", None);
    shop.click("/r/BEN", Some(&ana));
    let scanned = shop.click("/q/BEN", None);
    shop.order(
        "l-1",
        json!({ "token": ana, "coupons": ["ANA10"], "shipping": "4.90" }),
    );
    shop.order("l-2", json!({ "token": scanned }));
    shop.order(
        "l-3",
        json!({ "tags": ["wholesale"], "email": "office@bigcustomer.example" }),
    );
    shop.order("l-gone", json!({ "coupons": ["EVE20"] }));
    shop.order("l-4", json!({ "customer_tags": ["vip"] }));
    let late = shop.order(
        "l-late",
        json!({ "coupons": ["ANA10"], "tags": ["wholesale"] }),
    );
    shop.to_order("l-late", "approve", json!({}));
    // Once it is approved, who is credited stays, and a person is told.
    shop.changed(&late, json!({ "coupons": ["BEN15"] }));
    let known = shop.order("l-seen", json!({ "coupons": ["ANA10"] }));
    shop.to_order("l-seen", "approve", json!({}));
    shop.changed(&known, json!({ "coupons": ["BEN15"] }));
    shop.to_order("l-seen", "acknowledge", json!({}));
    shop.to_order("s-1007", "rule", json!({ "id": "own-1", "deny": true }));
    shop.disputed("s-1012", "won", json!({}));
    subscription(shop, "l-sub-1", "s-5", json!({ "coupons": ["DORA5"] }));
}

/// The first order of a subscription, or a renewal.
fn subscription(shop: &Shop<'_>, id: &str, subscription: &str, members: Value) {
    let renewal = members.get("coupons").is_none();
    let of = json!({ "subscription": { "id": subscription, "renewal": renewal } });
    shop.order(id, with(of, members));
}

/// By now most of June is approved.
fn payouts(shop: &Shop<'_>) {
    shop.does("/v1/payouts", json!({}));
    shop.does("/v1/payouts/1/pay", json!({}));
    shop.does("/v1/payouts/2/cancel", json!({}));
    shop.does("/v1/payouts/3/pay", json!({}));
}

/// What is refunded after payment lowers the next payout.
fn after_payment(shop: &Shop<'_>) {
    shop.refunded(
        "s-1001",
        "late-1",
        json!({ "lines": [{ "line": "1", "quantity": 1 }] }),
    );
    shop.refunded("s-1002", "late-2", json!({ "amount": "10.00" }));
    let at = shop.clock.time_in(0);
    shop.said(&json!({ "type": "cancellation", "order": "s-1021", "at": at }));
    subscription(shop, "l-sub-2", "s-5", json!({}));
}

fn customers(shop: &Shop<'_>) {
    let token = shop.click("/r/ANA?sub1=summer", None);
    let home = json!({ "email": "home@shopper.example" });
    let both = json!({ "email": "home@shopper.example", "customer": { "id": "c-77" } });
    let work = json!({ "email": "work@shopper.example", "customer": { "id": "c-77" } });
    shop.order(
        "c-first",
        with(home, json!({ "token": token, "coupons": ["ANA10"] })),
    );
    shop.order("c-both", both);
    // By another e-mail, it is found to be the same person.
    shop.order("c-work", work.clone());
    shop.order(
        "c-other-coupon",
        with(work, json!({ "coupons": ["BEN15"] })),
    );
    // Placed before, heard of later.
    let before = json!({ "placed_at": "2026-08-15T01:00:00Z", "coupons": ["BEN15"],
        "email": "home@shopper.example", "customer": { "id": "c-78" } });
    shop.order("c-before", before);
    let phone = shop.click("/q/BEN", None);
    let kim = json!({ "email": "kim@shopper.example", "customer": { "id": "c-kim" } });
    shop.order("kim-1", with(kim.clone(), json!({ "token": phone })));
    shop.order(
        "kim-2",
        with(kim, json!({ "token": shop.click("/r/DORA", None) })),
    );
    let joe = json!({ "email": "joe@shopper.example", "customer": { "id": "c-joe" } });
    shop.order("joe-1", with(joe.clone(), json!({ "coupons": ["DORA5"] })));
    shop.order("joe-2", joe);
    shop.does(
        "/v1/customers/erase",
        json!({ "customer": { "email": "joe@shopper.example" } }),
    );
}

fn renewals(shop: &Shop<'_>) {
    for number in 3..=5 {
        subscription(shop, &format!("l-sub-{number}"), "s-5", json!({}));
    }
    let at = shop.clock.now().div_euclid(1_000);
    let renewal = json!({
        "id": "in_9", "object": "invoice", "created": at, "currency": "usd", "total": 6_400,
        "amount_due": 6_400, "billing_reason": "subscription_cycle", "subscription": "sub_1",
        "lines": { "data": [{ "id": "il_9", "amount": 6_400, "quantity": 1 }] },
    });
    let answer = stripe(shop.workerd, shop.clock, "invoice.paid", renewal);
    assert_eq!(answer.outcome(), "applied", "{}", answer.text());
}

/// Customers are given to others, and freed.
fn given_away(shop: &Shop<'_>) {
    let home = json!({ "email": "home@shopper.example" });
    shop.does(
        "/v1/customers/assign",
        json!({ "customer": home, "affiliate": "ben" }),
    );
    let kim = json!({ "email": "kim@shopper.example" });
    shop.does(
        "/v1/customers/assign",
        json!({ "customer": kim, "affiliate": null }),
    );
    let work = json!({ "email": "work@shopper.example", "placed_at": shop.clock.time_in(5) });
    shop.order("c-given", work);
    // Decided again, it says that the customer belonged to another, and does not any more.
    assert_eq!(
        merchant::decide(shop.workerd, "store", "c-before").status(),
        200
    );
    shop.does("/v1/payouts", json!({}));
}

fn november(shop: &Shop<'_>) -> String {
    let token = shop.click("/r/ANA?sub1=autumn&click_id=c-9", None);
    shop.order(
        "n-1",
        json!({ "token": token, "email": "lou@shopper.example" }),
    );
    shop.order(
        "n-2",
        json!({ "coupons": ["BEN15"], "email": "max@shopper.example" }),
    );
    shop.to_order("n-2", "approve", json!({}));
    shop.refunded("n-2", "r1", json!({ "amount": "10.00" }));
    done(merchant::post(
        shop.workerd,
        "/v1/receivers/webhook/shop/test",
        &json!({}),
    ));
    shop.rest();
    done(merchant::post(
        shop.workerd,
        "/v1/receivers/webhook/books/pause",
        &json!({}),
    ));
    // One visitor's two orders as one customer.
    let late = shop.click("/r/DORA", None);
    let zoe = json!({ "email": "zoe@shopper.example", "token": late });
    shop.order("late-1", zoe);
    shop.order("late-2", json!({ "email": "zoe@shopper.example" }));
    token
}

/// What is not done yet when the Worker ends.
fn end(shop: &Shop<'_>, internet: &Internet) {
    let (workerd, clock) = (shop.workerd, shop.clock);
    internet.script("api.stripe.com", [Reply::status(401)]);
    internet.script("hooks.example", [Reply::status(503)]);
    shop.asks_for("/v1/stores/stripe/sync");
    shop.order(
        "e-1",
        json!({ "coupons": ["ANA10"], "email": "lou@shopper.example" }),
    );
    shop.refunded("e-waits", "r1", json!({ "amount": "3.00" }));
    let page = workerd
        .request("POST", "/wm/order")
        .header("origin", workerd.url(""))
        .header(
            "cookie",
            format!("__Host-wm={}", shop.click("/r/ANA", None)),
        );
    workerd.send(
        page,
        json!({ "store": "store", "order": "e-page" }).to_string(),
    );
    bigcommerce(workerd, clock, 251, "store/order/created");
    let letter = json!({ "type": "parcel", "id": "e-broken" });
    crate::stores::generic(workerd, clock, &letter);
    internet.await_asked("api.stripe.com", 2);
    shop.clicks_are_counted();
    // Of these the program is not told any more.
    shop.click("/q/BEN", None);
    others_click(workerd);
    std::thread::sleep(std::time::Duration::from_millis(300));
}
