//! What a merchant may set of a link: when it leads, where, and whom.

use serde_json::Value;
use waymark_tests::{Answer, Options, Workerd, becomes, demo, merchant, shopper};

const HOME: &str = "https://kettle.example/";

/// A workerd with the demo program, in which Ana's link has these fields besides.
fn with_link(fields: &str) -> Workerd {
    let workerd = Workerd::start(Options::default());
    let program = demo::program().replace("[links.ANA]\n", &format!("[links.ANA]\n{fields}\n"));
    let answer = merchant::apply(&workerd, &program, "");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    workerd
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status(), 302);
    answer.header("location").unwrap_or_default()
}

/// Every header but those that the time or the visitor are in.
fn headers(workerd: &Workerd, path: &str) -> Vec<Option<String>> {
    let answer = shopper::click(workerd, path);
    let names = [
        "location",
        "set-cookie",
        "cache-control",
        "content-length",
        "content-security-policy",
        "cross-origin-resource-policy",
        "referrer-policy",
        "x-frame-options",
        "x-robots-tag",
    ];
    names
        .map(|name| answer.header(name).map(str::to_owned))
        .into()
}

#[test]
fn a_link_out_of_force_is_answered_as_a_code_that_names_none() {
    for fields in [
        "paused = true",
        "starts = \"2999-01-01T00:00:00Z\"",
        "ends = \"2026-01-01T00:00:00Z\"",
    ] {
        let workerd = with_link(fields);
        let answer = headers(&workerd, "/r/ANA?to=/a");
        assert_eq!(answer, headers(&workerd, "/r/NOBODY?to=/a"), "{fields}");
        assert_eq!(answer.first(), Some(&Some(HOME.to_owned())), "{fields}");
        assert_eq!(answer.get(1), Some(&None), "{fields}");
    }
}

#[test]
fn a_link_in_its_time_leads_to_its_page_and_marks() {
    let workerd = with_link("starts = \"2026-01-01T00:00:00Z\"\nends = \"2999-01-01T00:00:00Z\"");
    let answer = shopper::click(&workerd, "/r/ANA");
    assert_eq!(
        location(&answer),
        "https://kettle.example/collections/green"
    );
    assert!(answer.header("set-cookie").is_some());
}

#[test]
fn countries_and_devices_have_destinations_of_their_own() {
    let workerd = with_link(
        "variants = [\n\
         { countries = [\"DE\", \"AT\"], devices = [\"phone\"], url = \"https://kettle.example/de-app\" },\n\
         { countries = [\"DE\"], url = \"https://kettle.example/de\" },\n\
         { devices = [\"tablet\"], url = \"https://kettle.example/big\" },\n\
         ]",
    );
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
    let tablet = "Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0";
    let desktop = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    for (country, device, page) in [
        ("AT", phone, "de-app?a=b"),
        ("DE", phone, "de-app?a=b"),
        ("DE", desktop, "de?a=b"),
        ("FR", tablet, "big?a=b"),
        ("DE", tablet, "de?a=b"),
        ("AT", desktop, "collections/green?a=b"),
        ("not a country", phone, "collections/green?a=b"),
    ] {
        let request = workerd
            .request("GET", "/r/ANA?a=b")
            .header("cf-ipcountry", country)
            .header("user-agent", device);
        let answer = workerd.send(request, "");
        assert_eq!(location(&answer), format!("{HOME}{page}"), "{country}");
        assert!(answer.header("set-cookie").is_some(), "{country}");
    }
    let hint = shopper::browser(&workerd, "/q/ANA")
        .header("cf-ipcountry", "AT")
        .header("sec-ch-ua-mobile", "?1");
    assert_eq!(location(&workerd.send(hint, "")), format!("{HOME}de-app"));
}

#[test]
fn a_shopify_discount_is_applied_on_the_way_to_the_page() {
    let workerd = with_link("shopify_discount = \"SAVE 10%\"\nafsrc = true");
    for (query, page) in [
        ("", "%2Fcollections%2Fgreen%3Fafsrc%3D1"),
        (
            "?to=/products/kettle%3Fsize%3D1&utm_source=blog&sub1=me",
            "%2Fproducts%2Fkettle%3Fsize%3D1%26utm_source%3Dblog%26afsrc%3D1",
        ),
        ("?to=//evil.example", "%2Fcollections%2Fgreen%3Fafsrc%3D1"),
    ] {
        let answer = shopper::click(&workerd, &format!("/r/ANA{query}"));
        let expected = format!("https://kettle.example/discount/SAVE%2010%25?redirect={page}");
        assert_eq!(location(&answer), expected, "{query}");
    }
}

#[test]
fn whose_query_values_stay_is_the_program_s_to_say_and_the_link_s() {
    let page = |redirects: &str, own: &str| {
        let links = format!("[redirects]\n{redirects}\n[links.ANA]\n{own}\n");
        let program = demo::program()
            .replace("collections/green", "collections/green?utm_source=mine")
            .replace("[links.ANA]\n", &links);
        let workerd = Workerd::start(Options::default());
        let answer = merchant::apply(&workerd, &program, "");
        assert_eq!(answer.status(), 200, "{}", answer.text());
        let answer = shopper::click(&workerd, "/r/ANA?utm_source=theirs");
        location(&answer).replace("https://kettle.example/collections/green?", "")
    };
    assert_eq!(page("", ""), "utm_source=mine");
    assert_eq!(page("precedence = \"visitor\"", ""), "utm_source=theirs");
    assert_eq!(
        page(
            "precedence = \"visitor\"\nafsrc = true",
            "precedence = \"merchant\""
        ),
        "utm_source=mine&afsrc=1"
    );
}

#[test]
fn a_link_leads_home_once_as_many_people_clicked_as_its_limit_says() {
    let mut workerd = with_link("limit = 3");
    let leads = |workerd: &Workerd| {
        let answer = shopper::click(workerd, "/r/ANA");
        let leads = location(&answer) != HOME;
        assert_eq!(answer.header("set-cookie").is_some(), leads);
        leads
    };
    for _ in 0..2 {
        assert!(leads(&workerd));
    }
    let bot = workerd
        .request("GET", "/r/ANA")
        .header("user-agent", "curl/8.5.0");
    workerd.send(bot, "");
    await_people(&workerd, 2);
    // Another isolate has to ask what is published; the one before knows it for half a minute.
    workerd.restart();
    assert!(leads(&workerd));
    await_people(&workerd, 3);
    workerd.restart();
    for _ in 0..3 {
        assert!(!leads(&workerd));
    }
    // Who is led home does not count for the link, and the merchant may raise the limit.
    let program = demo::program().replace("[links.ANA]\n", "[links.ANA]\nlimit = 4\n");
    assert_eq!(merchant::apply(&workerd, &program, "").status(), 200);
    workerd.restart();
    assert!(leads(&workerd));
    await_people(&workerd, 4);
}

/// Waits until the merchant sees that many clicks by people on Ana's link.
fn await_people(workerd: &Workerd, wanted: u64) {
    becomes("clicks by people", &wanted, || {
        merchant::people(workerd, "&link=ANA")
    });
}

#[test]
fn a_link_that_could_not_work_is_refused_by_its_field() {
    let workerd = Workerd::start(Options::default());
    let program = demo::program().replace(
        "[links.ANA]\n",
        "[links.ANA]\nvariants = [{ devices = [\"phone\"], url = \"https://evil.example/\" }]\n",
    );
    let answer = merchant::apply(&workerd, &program, "");
    let body: Value = answer.json();
    assert_eq!(
        (answer.status(), body.get("error").and_then(Value::as_str)),
        (
            422,
            Some(
                "links.ANA.variants[0].url: evil.example is not one of the program's hosts; use \
                 one of them, or add it"
            )
        )
    );
}
