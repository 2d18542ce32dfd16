//! What is kept of a shopper is what the merchant has set and the shopper agreed to.

use serde_json::{Value, json};
use waymark_tests::json::with;
use waymark_tests::{Answer, Options, Workerd, demo, merchant, shopper, store};

const ANAS_PAGE: &str = "https://kettle.example/collections/green";

/// A click with one more header.
fn click_with(workerd: &Workerd, name: &str, value: &str) -> Answer {
    let request = shopper::browser(workerd, "/r/ANA?a=b").header(name, value);
    workerd.send(request, "")
}

/// The token in the redirect's URL.
fn carried(answer: &Answer) -> Option<String> {
    let location = answer.header("location").expect("a redirect");
    let query = location.strip_prefix(&format!("{ANAS_PAGE}?a=b"))?;
    query.strip_prefix("&wm=").map(str::to_owned)
}

/// Who is credited for an order that brings this token.
fn credited(workerd: &Workerd, token: &str) -> Vec<String> {
    let order = with(demo::order("1"), json!({ "token": token }));
    assert_eq!(store::deliver(workerd, &order).outcome(), "applied");
    demo::book(workerd, "1")
}

#[test]
fn until_a_shopper_agrees_the_token_travels_in_the_url_and_credits_all_the_same() {
    let workerd = demo::start_with("consent = \"consent_required\"");
    for cookie in ["", "wm_consent=no", "other=yes"] {
        let answer = click_with(&workerd, "cookie", cookie);
        assert_eq!(answer.header("set-cookie"), None, "{cookie}");
        assert!(carried(&answer).is_some(), "{cookie}");
    }
    let agreed = click_with(&workerd, "cookie", "wm_consent=yes");
    assert!(agreed.header("set-cookie").is_some());
    assert_eq!(carried(&agreed), None);

    let token = carried(&click_with(&workerd, "cookie", "")).expect("a token");
    assert_eq!(
        credited(&workerd, &token),
        ["ana link 6.56 pending", "cleo sku 3.00 pending"]
    );
}

#[test]
fn a_shop_names_the_cookie_of_its_own_banner() {
    let workerd = demo::start_with(
        "consent = \"consent_required\"\n\
         consent_cookie = { name = \"CookieConsent\", contains = \"marketing:true\" }",
    );
    let banner = "CookieConsent={necessary:true%2Cmarketing:true}";
    let agreed = click_with(&workerd, "cookie", banner);
    assert!(agreed.header("set-cookie").is_some());
    let refused = click_with(&workerd, "cookie", &banner.replace("marketing:true", "x"));
    assert_eq!(refused.header("set-cookie"), None);
}

#[test]
fn without_cookies_none_is_set_whatever_the_shopper_brings() {
    let workerd = demo::start_with("consent = \"cookieless\"\ntoken_parameter = \"via\"");
    let answer = click_with(&workerd, "cookie", "wm_consent=yes");
    assert_eq!(answer.header("set-cookie"), None);
    let location = answer.header("location").expect("a redirect");
    assert!(
        location.starts_with(&format!("{ANAS_PAGE}?a=b&via=")),
        "{location}"
    );
}

#[test]
fn where_nobody_is_to_be_remembered_links_lead_where_they_lead_and_that_is_all() {
    let workerd = demo::start_with("consent = \"off\"");
    let answer = click_with(&workerd, "cookie", "wm_consent=yes");
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(
        answer.header("location"),
        Some(format!("{ANAS_PAGE}?a=b").as_str())
    );
}

#[test]
fn global_privacy_control_keeps_less_where_the_merchant_says_so() {
    let usual = demo::start(Options::default());
    assert!(
        click_with(&usual, "sec-gpc", "1")
            .header("set-cookie")
            .is_some()
    );

    let workerd = demo::start_with("gpc = \"off\"");
    let answer = click_with(&workerd, "sec-gpc", "1");
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(carried(&answer), None);
    assert!(
        click_with(&workerd, "sec-gpc", "0")
            .header("set-cookie")
            .is_some()
    );
}

#[test]
fn the_shop_says_that_it_honours_global_privacy_control_and_since_when() {
    let told = |workerd: &Workerd| -> Value { workerd.get("/.well-known/gpc.json").json() };
    let usual = told(&demo::start(Options::default()));
    assert_eq!(usual.get("gpc"), Some(&json!(true)), "{usual}");
    let own = told(&demo::start_with("gpc_since = \"2026-05-04\""));
    assert_eq!(own, json!({ "gpc": true, "lastUpdate": "2026-05-04" }));
}

/// Where the token travels in addresses, the store keeps it in that of the landing page.
#[test]
fn a_token_in_the_landing_pages_address_is_found_under_the_programs_own_name_for_it() {
    let workerd = demo::start_with("consent = \"cookieless\"\ntoken_parameter = \"via\"");
    let answer = click_with(&workerd, "accept", "text/html");
    let location = answer.header("location").expect("a redirect");
    let (_, token) = location.split_once("via=").expect("a token");
    for (id, parameter, credited) in [(1, "via", true), (2, "wm", false)] {
        let now = store::time_in(0);
        let order = json!({
            "id": id, "created_at": now, "updated_at": now, "currency": "USD",
            "total_tax": "0.00", "landing_site": format!("/tea?{parameter}={token}"),
            "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "price": "64.00" }],
        });
        let answer = store::deliver_shopify(&workerd, "orders/create", &order.to_string());
        assert_eq!(answer.outcome(), "applied", "{}", answer.text());
        let view = merchant::order(&workerd, "kettle.myshopify.com", &id.to_string());
        let book = merchant::book(&view);
        let expected: &[&str] = if credited {
            &["ana link 5.12 pending"]
        } else {
            &[]
        };
        assert_eq!(book, expected, "{parameter}");
    }
}
