//! The shop's own pages behind the Worker: they arrive as the shop sent them, with a mark where a
//! link's code stands in the URL.

use serde_json::{Value, json};
use ureq::http::request;
use waymark_tests::shop::{Asked, Shop};
use waymark_tests::{Answer, Kv, Options, Workerd, becomes, demo, merchant, shopper};

/// A page that every cache may keep, with two cookies of the shop's.
fn page(asked: &Asked) -> String {
    if asked.target.starts_with("/moved") {
        return "302 Found\r\nlocation: /elsewhere?ref=ANA\r\ncontent-length: 0\r\n\r\n".to_owned();
    }
    if asked.target.starts_with("/dropped") {
        return "301 Moved Permanently\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
            .to_owned();
    }
    format!(
        "200 OK\r\ncontent-type: text/html\r\nx-shop: kettle\r\nset-cookie: cart=1; Path=/\r\n\
         set-cookie: theme=dark\r\ncache-control: public, max-age=600\r\n\
         cdn-cache-control: max-age=600\r\nexpires: Thu, 01 Jan 2099 00:00:00 GMT\r\n\r\n\
         <h1>{} {}</h1>{}",
        asked.method, asked.target, asked.body
    )
}

fn start(settings: &str) -> (Workerd, Shop) {
    start_with(settings, Kv::Working)
}

fn start_with(settings: &str, kv: Kv) -> (Workerd, Shop) {
    let shop = Shop::start(page);
    let workerd = Workerd::start(Options {
        shop: Some(shop.port()),
        kv,
        ..Options::default()
    });
    merchant::apply_since_2000(&workerd, &demo::program_with(settings));
    (workerd, shop)
}

/// A person's request for a page of the shop, to add headers to.
fn visit(workerd: &Workerd, target: &str) -> request::Builder {
    shopper::browser(workerd, target).header("host", "kettle.example")
}

fn get(workerd: &Workerd, target: &str) -> Answer {
    workerd.send(visit(workerd, target), "")
}

#[test]
fn a_code_in_the_url_marks_the_visitor_and_the_page_is_the_shops() {
    let (workerd, shop) = start("storefront = {}");
    let answer = get(&workerd, "/tea/green?ref=ana&size=2");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text(), "<h1>GET /tea/green?ref=ana&size=2</h1>");
    assert_eq!(answer.header("x-shop"), Some("kettle"));
    let cookies = answer.headers("set-cookie");
    assert_eq!(cookies[..2], ["cart=1; Path=/", "theme=dark"]);
    assert!(cookies[2].starts_with("__Host-wm="), "{cookies:?}");

    // No cache may give this visitor's mark to another.
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    for name in ["cdn-cache-control", "expires"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    let asked = shop.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].headers.get("host").map(String::as_str),
        Some("kettle.example")
    );
}

#[test]
fn a_page_without_a_links_code_arrives_as_it_is() {
    let (workerd, _shop) = start("storefront = {}");
    for target in [
        "/",
        "/tea?size=2",
        "/?ref=NOBODY",
        "/?ref=a.b",
        "/waymark",
        "/rings",
        "/wm",
    ] {
        let answer = get(&workerd, target);
        assert_eq!(answer.text(), format!("<h1>GET {target}</h1>"));
        assert_eq!(answer.headers("set-cookie").len(), 2, "{target}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=600"));
        assert_eq!(answer.header("cdn-cache-control"), Some("max-age=600"));
    }
}

#[test]
fn only_a_person_who_opens_the_page_is_marked() {
    let (workerd, _shop) = start("storefront = {}");
    for (name, value) in [
        (
            "user-agent",
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
        ),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-mode", "cors"),
    ] {
        let request = match name {
            "user-agent" => workerd.request("GET", "/?ref=ANA"),
            _ => shopper::browser(&workerd, "/?ref=ANA"),
        };
        let request = request.header("host", "kettle.example").header(name, value);
        let answer = workerd.send(request, "");
        assert_eq!(answer.status(), 200, "{name}");
        assert_eq!(answer.headers("set-cookie").len(), 2, "{name}: {value}");
    }
    let ahead = workerd.send(
        visit(&workerd, "/?ref=ANA").header("sec-purpose", "prefetch"),
        "",
    );
    assert_eq!((ahead.status(), ahead.header("set-cookie")), (503, None));
    let ahead = workerd.send(
        visit(&workerd, "/tea").header("sec-purpose", "prefetch"),
        "",
    );
    assert_eq!(ahead.status(), 200);
}

#[test]
fn forms_and_redirects_pass_through_untouched() {
    let (workerd, shop) = start("storefront = {}");
    let posted = workerd
        .request("POST", "/cart/add?ref=ANA")
        .header("host", "kettle.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-mine", "1");
    let answer = workerd.send(posted, "id=7");
    assert_eq!(answer.text(), "<h1>POST /cart/add?ref=ANA</h1>id=7");
    assert_eq!(answer.headers("set-cookie").len(), 2);
    assert_eq!(
        shop.asked()[0].headers.get("x-mine").map(String::as_str),
        Some("1")
    );

    let moved = get(&workerd, "/moved");
    assert_eq!(moved.status(), 302);
    assert_eq!(moved.header("location"), Some("/elsewhere?ref=ANA"));
}

#[test]
fn a_page_that_leads_on_with_the_code_leaves_the_visit_to_the_one_it_leads_to() {
    let (workerd, shop) = start("storefront = {}");
    let moved = get(&workerd, "/moved?ref=ANA");
    assert_eq!((moved.status(), moved.header("set-cookie")), (302, None));
    assert_eq!(
        get(&workerd, "/elsewhere?ref=ANA")
            .headers("set-cookie")
            .len(),
        3
    );
    // Where the code is dropped on the way, this is the last page that knows of it.
    let dropped = get(&workerd, "/dropped?ref=BEN");
    assert_eq!((dropped.status(), shop.asked().len()), (301, 3));
    assert!(dropped.header("set-cookie").is_some());
    becomes("the clicks", &json!([["ana", 1], ["ben", 1]]), || {
        let clicks = merchant::items(&workerd, "/v1/clicks?by=link");
        let people = clicks.iter().map(|of| json!([of["link"], of["people"]]));
        people.collect::<Value>()
    });
}

#[test]
fn a_page_that_is_loaded_again_and_the_shops_own_links_are_no_new_visit() {
    let (workerd, _shop) = start("storefront = {}");
    let visit_from = |target: &str, cookie: &str, site: &str| {
        let request = visit(&workerd, target)
            .header("cookie", cookie)
            .header("sec-fetch-site", site);
        let answer = workerd.send(request, "");
        let set = answer.headers("set-cookie");
        set.get(2)
            .and_then(|set| set.split(';').next())
            .map(str::to_owned)
    };
    let ana = visit_from("/?ref=ANA", "theme=dark", "cross-site").expect("a mark");
    assert_eq!(visit_from("/?ref=ANA", &ana, "cross-site"), None);
    let ben = visit_from("/tea?ref=BEN", &ana, "cross-site").expect("a mark");
    // The shop's own link that kept the code, or the browser's way back.
    assert_eq!(visit_from("/cart?ref=ANA", &ben, "same-origin"), None);
    assert!(visit_from("/?ref=ANA", &ben, "cross-site").is_some());
    becomes("the clicks", &json!([["ana", 2], ["ben", 1]]), || {
        let clicks = merchant::items(&workerd, "/v1/clicks?by=link");
        let people = clicks.iter().map(|of| json!([of["link"], of["people"]]));
        people.collect::<Value>()
    });
}

#[test]
fn a_code_that_was_passed_on_marks_as_the_code_does() {
    let (workerd, _shop) = start("storefront = {}");
    for target in [
        "/p?REF=ANA",
        "/p?ref=ANA?utm_source=x",
        "/p?ref=ANA/",
        "/p?ref=ANA.",
        "/p?ref=%20ANA%E2%80%8B",
        "/p?a=b&amp;ref=ANA",
    ] {
        let answer = get(&workerd, target);
        assert_eq!(answer.headers("set-cookie").len(), 3, "{target}");
        assert_eq!(answer.text(), format!("<h1>GET {target}</h1>"));
    }
}

#[test]
fn a_visitor_who_returns_keeps_the_mark_and_waymarks_own_paths_stay_its_own() {
    let (workerd, shop) = start("storefront = { parameter = \"via\" }");
    let first = get(&workerd, "/?via=ANA");
    let cookie = first.headers("set-cookie")[2]
        .split(';')
        .next()
        .expect("a pair");
    let again = workerd.send(visit(&workerd, "/?via=BEN").header("cookie", cookie), "");
    let renewed = again.headers("set-cookie")[2];
    // The bytes after version and key name the visitor.
    assert_eq!(renewed.get(..34), cookie.get(..34));
    assert_eq!(get(&workerd, "/?ref=ANA").headers("set-cookie").len(), 2);

    let before = shop.asked().len();
    for own in ["/r/ANA", "/q/ANA", "/waymark.js", "/wm/token", "/v1/orders"] {
        _ = get(&workerd, own);
    }
    assert_eq!(shop.asked().len(), before);
}

#[test]
fn without_a_cookie_the_page_is_opened_with_the_token_in_place_of_the_code() {
    let (workerd, _shop) = start("storefront = {}\nconsent = \"cookieless\"");
    let answer = get(&workerd, "/tea?ref=ANA&size=2");
    assert_eq!(answer.status(), 302);
    let location = answer.header("location").expect("a redirect").to_owned();
    let target = location
        .strip_prefix("http://kettle.example")
        .expect("the same host");
    assert!(target.starts_with("/tea?size=2&wm="), "{target}");
    let page = get(&workerd, target);
    assert_eq!((page.status(), page.headers("set-cookie").len()), (200, 2));
    // No path makes it lead to another host.
    let answer = get(&workerd, "//evil.example/?ref=ANA");
    let location = answer.header("location").expect("a redirect");
    assert!(
        location.starts_with("http://kettle.example//evil.example/"),
        "{location}"
    );
}

#[test]
fn the_pages_may_come_from_a_host_of_their_own() {
    let (workerd, shop) = start("storefront = { origin = \"http://127.0.0.1:3000\" }");
    let answer = workerd.send(shopper::browser(&workerd, "/tea?ref=ANA"), "");
    assert_eq!(answer.text(), "<h1>GET /tea?ref=ANA</h1>");
    assert_eq!(answer.headers("set-cookie").len(), 3);
    let asked = shop.asked();
    assert_eq!(
        asked[0].headers.get("host").map(String::as_str),
        Some("127.0.0.1:3000")
    );
}

#[test]
fn the_page_arrives_while_kv_is_down_and_where_no_host_is_the_shops_there_is_none() {
    let (workerd, _shop) = start_with("storefront = {}", Kv::Down);
    let answer = get(&workerd, "/tea?ref=ANA");
    assert_eq!(
        (answer.status(), answer.headers("set-cookie").len()),
        (200, 3)
    );

    let elsewhere = workerd.send(shopper::browser(&workerd, "/tea?ref=ANA"), "");
    assert_eq!(elsewhere.status(), 404);
    let (none, shop) = start("journey_shards = 3");
    assert_eq!(get(&none, "/tea?ref=ANA").status(), 404);
    assert_eq!(shop.asked().len(), 0);
}

#[test]
fn visits_are_counted_as_clicks_are() {
    let (workerd, _shop) = start("storefront = {}");
    get(&workerd, "/tea?ref=ANA");
    get(&workerd, "/tea?ref=NOBODY");
    for (name, value) in [
        ("user-agent", "Googlebot/2.1"),
        ("sec-purpose", "prefetch"),
        ("sec-fetch-dest", "image"),
    ] {
        let mut request = visit(&workerd, "/tea?ref=ANA");
        if let Some(headers) = request.headers_mut() {
            let value = value.parse().expect("a header");
            headers.insert(name, value);
        }
        workerd.send(request, "");
    }
    let expected = json!([
        { "link": "ana", "people": 1, "bots": 1, "speculative": 1, "not_navigation": 1 },
    ]);
    becomes("the clicks", &expected, || {
        json!(merchant::items(&workerd, "/v1/clicks?by=link"))
    });
}
