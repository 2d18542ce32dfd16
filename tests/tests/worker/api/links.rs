//! The list of links, as a merchant copies from it.

use serde_json::{Value, json};
use waymark_tests::{Options, demo, merchant, shopper};

#[test]
fn a_link_has_addresses_to_share_to_scan_and_to_print_on_the_host_that_was_asked() {
    let workerd = demo::start(Options::default());
    let ana = json!({
        "code": "ana",
        "affiliate": "ana",
        "url": "https://kettle.example/collections/green",
        "link": workerd.url("/r/ana"),
        "qr": workerd.url("/q/ana"),
        "svg": workerd.url("/q/ana.svg"),
        "png": workerd.url("/q/ana.png"),
    });
    for code in ["ana", "ANA"] {
        let answer = merchant::get(&workerd, &format!("/v1/links/{code}"));
        assert_eq!(
            (answer.status(), answer.json::<Value>()),
            (200, ana.clone())
        );
    }
    let on_the_shop =
        merchant::authorised(&workerd, "GET", "/v1/links/ana").header("host", "shop.example");
    let ana: Value = workerd.send(on_the_shop, "").json();
    assert_eq!(ana["link"], "https://shop.example/r/ana");
}

#[test]
fn every_address_of_every_link_works() {
    let workerd = demo::start(Options::default());
    let links = merchant::pages(&workerd, "/v1/links", 200).concat();
    assert_eq!(links.len(), 2);
    let path = |link: &Value, member: &str| {
        let address = link[member].as_str().expect(member);
        address
            .strip_prefix(&workerd.url(""))
            .expect("this host")
            .to_owned()
    };
    for link in &links {
        for member in ["link", "qr"] {
            let answer = shopper::click(&workerd, &path(link, member));
            assert_eq!(answer.header("location"), link["url"].as_str());
        }
        for member in ["svg", "png"] {
            assert_eq!(workerd.get(&path(link, member)).status(), 200, "{link}");
        }
    }
}

#[test]
fn links_are_read_page_by_page_by_code() {
    let workerd = demo::start(Options::default());
    let links: String = (0..7)
        .map(|number| format!("[links.L{number}]\naffiliate = \"ana\"\nurl = \"https://kettle.example/{number}\"\n"))
        .collect();
    let program = format!("{}\n{links}", demo::program());
    assert_eq!(merchant::apply(&workerd, &program, "").status(), 200);
    let pages = merchant::pages(&workerd, "/v1/links", 4);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 1]);
    let codes: Vec<_> = pages
        .concat()
        .iter()
        .map(|link| link["code"].clone())
        .collect();
    assert_eq!(
        codes,
        ["ana", "ben", "l0", "l1", "l2", "l3", "l4", "l5", "l6"]
    );
}

#[test]
fn a_link_that_never_was_or_has_ended_is_none() {
    let workerd = demo::start(Options::default());
    let program = demo::program().replace("links.ANA", "links.ANNA");
    assert_eq!(merchant::apply(&workerd, &program, "").status(), 200);
    for code in ["ANA", "NOBODY", "a%20b", "%00"] {
        let answer = merchant::get(&workerd, &format!("/v1/links/{code}"));
        assert_eq!(answer.status(), 404, "{code}");
        assert!(
            answer.text().starts_with("{\"error\":\"code: "),
            "{}",
            answer.text()
        );
    }
    assert_eq!(
        merchant::pages(&workerd, "/v1/links", 200).concat().len(),
        2
    );
}
