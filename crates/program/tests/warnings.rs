//! What `waymark program check` says of a file that can be applied and does not do what it seems to.

use waymark_program::ProgramDocument;

const PROGRAM: &str = r#"{
    "name": "Kettle", "home": "https://www.kettle.co.uk/", "currency": "GBP",
    "policy": { "preset": "last-click", "rates": { "default": { "percent": "10" } } },
    "affiliates": { "ana": {} },
    "links": {}, "tags": {}, "settings": {},
    "endpoints": { "shop": { "kind": "shopify", "store": "shop", "secrets": ["SECRET"] } }
}"#;

/// Where the file with these members warns.
fn warned(members: &[(&str, &str)]) -> Vec<String> {
    let mut program = PROGRAM.to_owned();
    for (empty, full) in members {
        assert_eq!(program.matches(empty).count(), 1, "{empty}");
        program = program.replace(empty, full);
    }
    let Ok(document) = ProgramDocument::from_json(&program) else {
        return vec!["no program".to_owned()];
    };
    let warnings = document.warnings(|host| host == "co.uk" || host == "uk" || host == "de");
    warnings.into_iter().map(|warning| warning.path).collect()
}

#[test]
fn tags_of_customers_are_not_said_by_shopify_and_others_say_them() {
    let tags = ("\"tags\": {}", "\"tags\": { \"vip\": \"ana\" }");
    let generic = ("\"kind\": \"shopify\"", "\"kind\": \"generic\"");
    assert_eq!(warned(&[]), [""; 0]);
    assert_eq!(warned(&[tags]), ["tags"]);
    assert_eq!(warned(&[tags, generic]), [""; 0]);
}

#[test]
fn the_first_few_renewals_cannot_be_counted_in_shopify() {
    let settings = |renewals: &str| {
        let full = format!("\"settings\": {{ \"renewals\": {renewals} }}");
        warned(&[("\"settings\": {}", &full)])
    };
    assert_eq!(settings("{ \"first\": 3 }"), ["settings.renewals"]);
    assert_eq!(settings("\"none\""), [""; 0]);
    assert_eq!(settings("\"all\""), [""; 0]);
}

#[test]
fn a_link_to_another_domain_loses_its_mark_unless_no_cookie_keeps_it() {
    let link = |url: &str| {
        format!(
            r#""links": {{ "ANA": {{ "affiliate": "ana", "url": "https://kettle.co.uk/a",
                "variants": [{{ "countries": ["DE"], "url": "{url}" }}] }} }}"#
        )
    };
    let links = |url: &str| warned(&[("\"links\": {}", &link(url))]);
    for other in [
        "https://kettle-shop.de/a",
        "https://other.co.uk/",
        "https://kettle.de/",
    ] {
        assert_eq!(links(other), ["links.ANA.variants[0].url"], "{other}");
    }
    for same in [
        "https://de.kettle.co.uk/a",
        "https://kettle.co.uk/de",
        "https://www.kettle.co.uk/",
    ] {
        assert_eq!(links(same), [""; 0], "{same}");
    }
    let cookieless = (
        "\"settings\": {}",
        "\"settings\": { \"consent\": \"cookieless\" }",
    );
    let link = link("https://kettle-shop.de/a");
    assert_eq!(warned(&[("\"links\": {}", &link), cookieless]), [""; 0]);
}
