//! What shoppers see: they are redirected, whatever happens, and nowhere but to the shop.

use waymark_tests::{Kv, Options, Workerd, demo, merchant, shopper};

const ANAS_PAGE: &str = "https://kettle.example/collections/green";
const HOME: &str = "https://kettle.example/";

#[test]
fn a_click_leads_to_the_links_page_and_marks_the_visitor() {
    let workerd = demo::start(Options::default());
    let answer = shopper::click(&workerd, "/r/ANA");
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.header("location"), Some(ANAS_PAGE));
    assert_eq!(answer.header("cache-control"), Some("no-store, private"));
    let cookie = answer.header("set-cookie").expect("a mark");
    for part in [
        "__Host-wm=",
        "; HttpOnly",
        "; Secure",
        "; SameSite=Lax",
        "; Path=/",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn the_click_right_after_the_program_was_applied_counts() {
    let workerd = Workerd::start(Options::default());
    assert_eq!(shopper::click(&workerd, "/").status(), 200);
    assert_eq!(shopper::click(&workerd, "/r/BEN").status(), 302);
    merchant::apply_since_2000(&workerd, &demo::program());
    let answer = shopper::click(&workerd, "/r/ANA");
    assert_eq!(answer.header("location"), Some(ANAS_PAGE));
    shopper::token(&answer);
}

#[test]
fn a_scan_and_a_code_in_another_case_lead_to_the_same_page() {
    let workerd = demo::start(Options::default());
    for path in ["/q/ANA", "/r/ana", "/q/aNa"] {
        assert_eq!(
            shopper::click(&workerd, path).header("location"),
            Some(ANAS_PAGE),
            "{path}"
        );
    }
}

#[test]
fn a_code_that_was_passed_on_leads_where_the_code_leads() {
    let workerd = demo::start(Options::default());
    for path in [
        "/r/ANA.",
        "/r/ANA)",
        "/r/ANA%E2%80%A6",
        "/r/%EF%BB%BFANA",
        "/r/ANA%20",
        "/r/ANA&utm_source=x",
        "/r/ANA%3Futm_source=x",
        "/R/ANA",
        "/Q/ANA",
        "//r/ANA",
        "/r//ANA",
        "/r/ANA//",
    ] {
        let answer = shopper::click(&workerd, path);
        assert_eq!(answer.header("location"), Some(ANAS_PAGE), "{path}");
        assert!(answer.header("set-cookie").is_some(), "{path}");
    }
    let picture = shopper::click(&workerd, "/Q/ANA.SVG");
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
}

#[test]
fn office_is_led_to_the_link_itself_and_a_bot_is_told_that_it_is_one() {
    let workerd = demo::start(Options::default());
    let asks = |method: &str, agent: &str, path: &str| {
        let request = workerd.request(method, path).header("user-agent", agent);
        workerd.send(request, "")
    };
    let office = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)";
    for path in ["/r/ANA", "/r/NOBODY"] {
        let page = asks("GET", office, path);
        assert_eq!((page.status(), page.header("location")), (200, None));
        assert!(page.text().contains("<a href=\"\">"), "{}", page.text());
        assert_eq!(page.header("set-cookie"), None);
        assert_eq!(page.header("cache-control"), Some("no-store, private"));
        assert_eq!(asks("HEAD", office, path).status(), 200);
    }
    let bot = asks("GET", "curl/8.5.0", "/r/ANA");
    assert_eq!(
        (bot.status(), bot.header("waymark-traffic")),
        (302, Some("bot"))
    );
    let person = shopper::click(&workerd, "/r/ANA");
    assert_eq!(person.header("waymark-traffic"), None);
}

#[test]
fn an_unknown_or_impossible_code_leads_to_the_home_page_without_a_mark() {
    let workerd = demo::start(Options::default());
    let long = format!("/r/{}", "A".repeat(2_000));
    for path in [
        "/r/NOBODY",
        "/q/NOBODY",
        "/r/%00",
        "/r/..%2f..%2f",
        "/r/%F0%9F%92%A9",
        "/r/",
        "/r",
        "/q/ANA/further",
        &long,
    ] {
        let answer = shopper::click(&workerd, path);
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.header("location"), Some(HOME), "{path}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
}

#[test]
fn a_shop_may_be_named_in_any_letters_and_a_link_leads_there_in_ascii() {
    let workerd = Workerd::start(Options::default());
    let program = demo::program().replace("kettle.example", "Café.example");
    merchant::apply_since_2000(&workerd, &program);
    for (path, page) in [
        ("/r/ANA", "https://xn--caf-dma.example/collections/green"),
        ("/r/ANA?to=/tea", "https://xn--caf-dma.example/tea"),
        ("/r/NOBODY", "https://xn--caf-dma.example/"),
    ] {
        let answer = shopper::click(&workerd, path);
        assert_eq!(answer.header("location"), Some(page), "{path}");
    }
}

#[test]
fn no_request_chooses_another_host() {
    let workerd = demo::start(Options::default());
    for to in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "%2F%2Fevil.example",
    ] {
        let answer = shopper::click(&workerd, &format!("/r/ANA?to={to}"));
        let location = answer.header("location").expect("a redirect");
        assert!(location.starts_with(HOME), "{to} led to {location}");
    }
}

#[test]
fn a_bot_a_prefetch_and_an_image_leave_no_mark() {
    let workerd = demo::start(Options::default());
    let bot = workerd.request("GET", "/r/ANA").header(
        "user-agent",
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
    );
    let answer = workerd.send(bot, "");
    assert_eq!((answer.status(), answer.header("set-cookie")), (302, None));

    let prefetch = shopper::browser(&workerd, "/r/ANA").header("sec-purpose", "prefetch");
    let answer = workerd.send(prefetch, "");
    assert_eq!((answer.status(), answer.header("set-cookie")), (503, None));
    assert_eq!(answer.header("cache-control"), Some("no-store, private"));

    let image = shopper::browser(&workerd, "/r/ANA")
        .header("sec-fetch-mode", "no-cors")
        .header("sec-fetch-dest", "image");
    let answer = workerd.send(image, "");
    assert_eq!((answer.status(), answer.header("set-cookie")), (302, None));
}

#[test]
fn a_damaged_cookie_and_one_signed_by_another_key_count_as_none() {
    let workerd = demo::start(Options::default());
    let mut strange = Options::default();
    let other_key = format!("1:{}", "A".repeat(43));
    strange
        .secrets
        .insert("WAYMARK_TOKEN_KEYS".into(), other_key);
    let foreign = shopper::token(&shopper::click(&demo::start(strange), "/r/BEN"));
    let mut damaged = shopper::token(&shopper::click(&workerd, "/r/BEN"));
    damaged.replace_range(
        20..21,
        if damaged.get(20..21) == Some("A") {
            "B"
        } else {
            "A"
        },
    );

    for cookie in [foreign, damaged, "x".repeat(4_000)] {
        let request =
            shopper::browser(&workerd, "/r/ANA").header("cookie", format!("__Host-wm={cookie}"));
        let answer = workerd.send(request, "");
        assert_eq!(answer.header("location"), Some(ANAS_PAGE));
        // The bytes after version and key are the visitor: whoever cannot prove who they are is new.
        assert_ne!(shopper::token(&answer).get(3..24), cookie.get(3..24));
    }
}

#[test]
fn a_cookie_for_several_hosts_names_their_domain_and_is_known_again() {
    let workerd = Workerd::start(Options::default());
    let settings = "[settings]\ncookie_domain = \"kettle.example\"\n\n[policy]";
    let program = demo::program().replace("[policy]", settings);
    assert_eq!(merchant::apply(&workerd, &program, "").status(), 200);
    let answer = shopper::click(&workerd, "/r/ANA");
    let cookie = answer.header("set-cookie").expect("a mark");
    for part in ["__Secure-wm=", "; Domain=kettle.example", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = format!("__Secure-wm={}", shopper::token(&answer));
    let request = shopper::browser(&workerd, "/r/ANA").header("cookie", pair);
    let again = shopper::token(&workerd.send(request, ""));
    assert_eq!(again.get(3..24), shopper::token(&answer).get(3..24));
}

#[test]
fn a_signing_key_is_replaced_without_losing_a_visitor() {
    let key = |number: u8, letter: &str| format!("{number}:{}", letter.repeat(43));
    let with_keys = |first: String, second: Option<String>| {
        let mut options = Options::default();
        options.secrets.insert("WAYMARK_TOKEN_KEYS".into(), first);
        if let Some(second) = second {
            options
                .secrets
                .insert("WAYMARK_TOKEN_KEYS_2".into(), second);
        }
        demo::start(options)
    };
    let visitor = |token: &str| token.get(3..24).map(str::to_owned);
    let old = shopper::token(&shopper::click(&with_keys(key(1, "A"), None), "/r/ANA"));
    // The new key signs; who comes with the old one's signature is known, and signed anew.
    let both = with_keys(key(1, "A"), Some(key(2, "I")));
    let renewed = shopper::token(&shopper::click_again(&both, "/r/ANA", &old));
    assert_eq!(visitor(&renewed), visitor(&old));
    // Next time the new key takes the place of the oldest one.
    let third = with_keys(key(3, "Q"), Some(key(2, "I")));
    let again = shopper::token(&shopper::click_again(&third, "/r/ANA", &renewed));
    assert_eq!(visitor(&again), visitor(&old));
    let forgotten = shopper::token(&shopper::click_again(&third, "/r/ANA", &old));
    assert_ne!(visitor(&forgotten), visitor(&old));
}

#[test]
fn clicks_are_redirected_and_marked_while_kv_is_down() {
    let workerd = demo::start(Options {
        kv: Kv::Down,
        ..Options::default()
    });
    for path in ["/r/ANA", "/q/ana"] {
        let answer = shopper::click(&workerd, path);
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.header("location"), Some(ANAS_PAGE), "{path}");
        assert!(answer.header("set-cookie").is_some(), "{path}");
    }
    let answer = shopper::click(&workerd, "/r/NOBODY");
    assert_eq!(answer.header("location"), Some(HOME));
    assert_eq!(answer.header("set-cookie"), None);
}

#[test]
fn a_link_that_ended_leads_home_and_a_link_that_moved_leads_to_its_new_page() {
    let workerd = demo::start(Options::default());
    let without_ana = |program: &str| {
        let start = program.find("[links.ANA]").expect("Ana's link");
        let end = program.find("[links.BEN]").expect("Ben's link");
        let mut program = program.to_owned();
        program.replace_range(start..end, "");
        program
    };
    let program = without_ana(&demo::program()).replace("products/kettle", "products/teapot");
    assert_eq!(merchant::apply(&workerd, &program, "").status(), 200);
    assert_eq!(
        shopper::click(&workerd, "/r/ANA").header("location"),
        Some(HOME)
    );
    assert_eq!(
        shopper::click(&workerd, "/r/BEN").header("location"),
        Some("https://kettle.example/products/teapot")
    );
}

#[test]
fn a_click_is_redirected_where_no_program_was_ever_applied() {
    let workerd = Workerd::start(Options::default());
    let answer = shopper::click(&workerd, "/r/ANA");
    assert_eq!(
        (answer.status(), answer.header("location")),
        (302, Some("/"))
    );
    // A browser that looks ahead would keep that redirect for the click after the first apply.
    let ahead = shopper::browser(&workerd, "/r/ANA").header("sec-purpose", "prefetch");
    let ahead = workerd.send(ahead, "");
    assert_eq!((ahead.status(), ahead.header("location")), (503, None));
    assert_eq!(ahead.header("cache-control"), Some("no-store, private"));
}
