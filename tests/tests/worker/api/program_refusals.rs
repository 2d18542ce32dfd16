//! A program file that cannot be applied: all that is wrong with it is told by the field's name, and
//! nothing changes.

use serde_json::Value;
use waymark_tests::{Options, Workerd, demo, merchant};

#[test]
fn everything_that_is_wrong_with_a_file_is_named_by_its_field() {
    let workerd = demo::start(Options::default());
    let before = merchant::get(&workerd, "/v1/program").text().to_owned();
    for (right, wrong, field) in [
        ("name = \"Kettle & Leaf\"", "name = \" \"", "name"),
        ("name = \"Kettle & Leaf\"", "", "name"),
        ("name = \"Kettle & Leaf\"", "name = 7", "name"),
        ("name = \"Kettle & Leaf\"", "naem = \"Kettle\"", "naem"),
        (
            "home = \"https://kettle.example/\"",
            "home = \"kettle.example\"",
            "home",
        ),
        (
            "home = \"https://kettle.example/\"",
            "home = \"javascript:alert(1)\"",
            "home",
        ),
        ("currency = \"USD\"", "currency = \"usd\"", "currency"),
        (
            "currency = \"USD\"",
            "currency = \"USD\"\nsettings = { cookie_domain = \"a b\" }",
            "settings.cookie_domain",
        ),
        (
            "currency = \"USD\"",
            "currency = \"USD\"\nsettings = { journey_shards = 0 }",
            "settings.journey_shards",
        ),
        (
            "currency = \"USD\"",
            "currency = \"USD\"\nsettings = { cookie = 1 }",
            "settings.cookie",
        ),
        (
            "preset = \"last-click\"",
            "preset = \"first-click\"",
            "policy.preset",
        ),
        (
            "percent = \"8\"",
            "percent = \"108\"",
            "policy.rates.default.percent",
        ),
        (
            "percent = \"8\"",
            "percent = 8",
            "policy.rates.default.percent",
        ),
        (
            "percent = \"12\"",
            "per_order = \"1.001\"",
            "affiliates.ben.rates.link.per_order",
        ),
        (
            "name = \"Ben's videos\"",
            "nmae = \"Ben\"",
            "affiliates.ben.nmae",
        ),
        (
            "name = \"Ben's videos\"",
            "status = \"gone\"",
            "affiliates.ben.status",
        ),
        (
            "name = \"Ben's videos\"",
            "window = \"a week\"",
            "affiliates.ben.window",
        ),
        (
            "\"ana@teablog.example\"",
            "\"ana\"",
            "affiliates.ana.emails",
        ),
        ("[links.ANA]", "[links.\"A NA\"]", "links.A NA"),
        ("[links.ANA]", "[links.ben]", "links.ben"),
        ("affiliate = \"ana\"", "affiliate = \"anna\"", "links.ANA"),
        (
            "https://kettle.example/collections",
            "http://kettle.example/collections",
            "links.ANA.url",
        ),
        (
            "https://kettle.example/collections",
            "https://evil.example",
            "links.ANA.url",
        ),
        ("ANA10 = \"ana\"", "ANA10 = \"anna\"", "coupons.ANA10"),
        (
            "ANA10 = \"ana\"",
            "ANA10 = \"ana\"\nana10 = \"ben\"",
            "coupons.ana10",
        ),
        ("ANA10 = \"ana\"", "\" \" = \"ana\"", "coupons. "),
        ("\"office@bigcustomer.example\"", "office", "emails.office"),
        (
            "per_item = \"1.50\"",
            "per_order = \"1.50\"",
            "skus.EARL-GREY.rate.per_order",
        ),
        (
            "kind = \"generic\"",
            "kind = \"magento\"",
            "endpoints.store.kind",
        ),
        (
            "store = \"store\"",
            "store = \"a/b\"",
            "endpoints.store.store",
        ),
        ("[\"DEMO_STORE_SECRET\"]", "[]", "endpoints.store.secrets"),
        (
            "[\"DEMO_STORE_SECRET\"]",
            "[\"whsec_abc\"]",
            "endpoints.store.secrets",
        ),
        (
            "[endpoints.store]",
            "[endpoints.\"the store\"]",
            "endpoints.the store",
        ),
    ] {
        let program = demo::program().replacen(right, wrong, 1);
        assert_ne!(
            program,
            demo::program(),
            "{right} is not in the demo program"
        );
        let answer = merchant::apply(&workerd, &program, "");
        assert_eq!(answer.status(), 422, "{wrong}: {}", answer.text());
        let body: Value = answer.json();
        let error = body["error"].as_str().expect("an error");
        assert!(
            error.starts_with(&format!("{field}: ")),
            "{wrong}: {error}, not {field}"
        );
        assert_eq!(body["problems"][0], error);
    }
    assert_eq!(merchant::get(&workerd, "/v1/program").text(), before);
}

#[test]
fn a_file_is_told_all_that_is_wrong_with_it_at_once() {
    let workerd = Workerd::start(Options::default());
    let program = demo::program()
        .replace("currency = \"USD\"", "currency = \"BTC\"")
        .replace("ANA10 = \"ana\"", "ANA10 = \"anna\"")
        .replace("products/kettle", "products kettle\\u0000");
    let body: Value = merchant::apply(&workerd, &program, "").json();
    let problems = body["problems"].as_array().expect("problems");
    assert!(problems.len() >= 2, "{body}");
    // JSON is read by the same rules, and refused where it is none.
    let request = merchant::authorised(&workerd, "PUT", "/v1/program");
    let answer = workerd.send(request, "{\"name\": 7}");
    assert_eq!(answer.status(), 422);
    assert!(
        answer.json::<Value>()["error"]
            .to_string()
            .starts_with("\"name: "),
        "{}",
        answer.text()
    );
    let request = merchant::authorised(&workerd, "PUT", "/v1/program");
    let answer = workerd.send(request, demo::program());
    assert_eq!(answer.status(), 422);
    let error = answer.json::<Value>()["error"].to_string();
    assert!(error.starts_with("\"program: not JSON"), "{error}");
    assert!(error.contains("`waymark program apply`"), "{error}");
}
