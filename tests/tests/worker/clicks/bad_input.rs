//! What no browser sends: whatever arrives, there is a clear answer, and nobody is taken for
//! somebody else.

use std::collections::BTreeSet;
use std::path::Path;

use waymark_click::{Keys, VisitorId};
use waymark_tests::{Answer, Options, TOKEN_KEYS, Workerd, demo, merchant, shopper, store};

const ANAS_PAGE: &str = "https://kettle.example/collections/green";
const HOME: &str = "https://kettle.example/";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The visitor of a token that Waymark signed.
fn visitor(token: &str) -> VisitorId {
    let keys: Keys = TOKEN_KEYS.parse().expect("keys");
    let token = keys.for_program("main").verify(token, store::now(), 60_000);
    token.expect("a token of our own").visitor
}

/// The answer to a person's GET with these bytes as target and in this header, as it came: status,
/// location, and the visitor that its cookie names.
fn send(
    workerd: &Workerd,
    target: &[u8],
    name: &str,
    value: &[u8],
) -> (u16, String, Option<VisitorId>) {
    let mut request = Vec::new();
    request.extend(b"GET ");
    request.extend(target);
    request.extend(b" HTTP/1.1\r\nHost: kettle.example\r\nConnection: close\r\n");
    if !name.eq_ignore_ascii_case("user-agent") {
        request.extend(format!("User-Agent: {BROWSER}\r\n").bytes());
    }
    request.extend(format!("{name}: ").bytes());
    request.extend(value);
    request.extend(b"\r\n\r\n");
    let answer = workerd.send_raw(&request);
    let answer = String::from_utf8_lossy(&answer);
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let header = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let cookie = header("set-cookie").map(|cookie| {
        let (_, value) = cookie.split_once('=').expect("a cookie");
        visitor(value.split(';').next().unwrap_or_default())
    });
    (
        status.and_then(|it| it.parse().ok()).unwrap_or_default(),
        header("location").unwrap_or_default(),
        cookie,
    )
}

/// Cookie headers that parsers get wrong.
const COOKIES: [&[u8]; 34] = [
    b"",
    b" ",
    b";",
    b"=",
    b"==",
    b";;;;",
    b"; ; =; ;=",
    b"__Host-wm",
    b"__Host-wm=",
    b"__Host-wm==",
    b"=__Host-wm=a",
    b"__Host-wm=\"\"",
    b"__Host-wm=\"a",
    b"__host-wm=a",
    b"__Host-wm =a",
    b"__Host-wm= a ",
    b"\t__Host-wm\t=\ta\t",
    b"__Host-wm=a, __Host-wm=b",
    b"__Host-wm=a;__Host-wm=b;__Host-wm=c",
    b"$Version=1; __Host-wm=a; $Path=/",
    b"__Host-wm=%41%42",
    b"__Host-wm=%00",
    b"__Host-wm=%ff%fe",
    b"__Host-wm=../../etc/passwd",
    b"__Host-wm={\"a\":[1,2]}",
    b"__Host-wm=\x80\x81\xfe\xff",
    b"\xff\xfe=__Host-wm",
    b"__Host-wm=\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9",
    b"__Host-wm=\xed\xa0\x80",
    b"__Host-wm=\xc0\x80",
    b"__Host-wm=\x01\x02\x7f",
    b"__Host-wm=a\x0bb\x0cc",
    b"__Host-wm=AQcAAwUFBQUFBQUFBQUFBQUFAZt4__kAAAAABwABm3k254AAAAAJAbAJbGM0pGUs0ngeYcqTbYE",
    b"__Host-wm=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// Strings that are known to make trouble, where the folder that `WAYMARK_FIXTURES` names has them.
fn naughty_strings() -> Vec<String> {
    let Some(fixtures) = std::env::var_os("WAYMARK_FIXTURES") else {
        println!("skipped: WAYMARK_FIXTURES is not set");
        return Vec::new();
    };
    let path = Path::new(&fixtures).join("strings/blns.json");
    let text = std::fs::read_to_string(path).expect("the list of naughty strings");
    serde_json::from_str(&text).expect("a list of strings")
}

/// A header's value cannot contain these: they would end it.
fn fits_a_header(value: &[u8]) -> bool {
    !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

#[test]
fn no_cookie_header_makes_an_error_or_a_known_visitor() {
    let workerd = demo::start(Options::default());
    let strings = naughty_strings();
    let naughty = strings.iter().flat_map(|text| {
        let ours = [b"__Host-wm=", text.as_bytes()].concat();
        [text.clone().into_bytes(), ours]
    });
    let cookies = COOKIES.map(<[u8]>::to_vec).into_iter().chain(naughty);
    let mut visitors = BTreeSet::new();
    for cookie in cookies.filter(|cookie| fits_a_header(cookie)) {
        let shown = String::from_utf8_lossy(&cookie).into_owned();
        let (status, location, visitor) = send(&workerd, b"/r/ANA", "Cookie", &cookie);
        assert_eq!((status, location.as_str()), (302, ANAS_PAGE), "{shown}");
        let visitor = visitor.unwrap_or_else(|| panic!("nobody was marked: {shown}"));
        assert!(visitors.insert(visitor), "taken for somebody else: {shown}");
    }
    assert!(visitors.len() >= COOKIES.len());
}

#[test]
fn no_other_header_makes_an_error_or_leads_elsewhere() {
    let workerd = demo::start(Options::default());
    let strings = naughty_strings();
    let hostile: [&[u8]; 6] = [
        b"\xff\xfe",
        b"\x01\x02",
        b"\xf0\x9f\x92\xa9",
        b"?1",
        b",,;;==\"\"",
        b"prefetchx",
    ];
    let values = hostile
        .into_iter()
        .map(<[u8]>::to_vec)
        .chain(strings.into_iter().step_by(8).map(String::into_bytes));
    for value in values.filter(|value| fits_a_header(value)) {
        for name in [
            "User-Agent",
            "CF-IPCountry",
            "Sec-CH-UA-Mobile",
            "Sec-Purpose",
            "Sec-Fetch-Dest",
            "Sec-GPC",
            "Referer",
        ] {
            let shown = String::from_utf8_lossy(&value).into_owned();
            let (status, location, _) = send(&workerd, b"/r/ANA", name, &value);
            assert_eq!(
                (status, location.as_str()),
                (302, ANAS_PAGE),
                "{name}: {shown}"
            );
        }
    }
}

#[test]
fn no_url_makes_an_error_or_leads_off_the_shop() {
    let workerd = demo::start(Options::default());
    let kib_16 = 16 * 1024;
    let mut targets: Vec<String> = [
        format!("/r/ANA?a={}", "b".repeat(kib_16)),
        format!("/r/ANA?{}", "a=b&".repeat(kib_16 / 4)),
        format!("/r/ANA?to=/{}", "c".repeat(kib_16)),
        format!("/r/ANA?to={}", "/..".repeat(kib_16 / 3)),
        format!("/r/ANA?sub1={}", "%F0%9F%92%A9".repeat(kib_16 / 12)),
        format!("/r/{}", "A".repeat(kib_16)),
        format!("/q/ANA/{}", "b/".repeat(kib_16 / 2)),
        format!("/r/{}", "%".repeat(kib_16)),
        "/r/ANA?%".to_owned(),
        "/r/ANA?%zz=%f&to=%".to_owned(),
        "/r/ANA?to=%ff%fe&sub1=%ff".to_owned(),
        "/r/%00".to_owned(),
        "/r/ANA%0d%0aSet-Cookie:%20a=b".to_owned(),
        "/r/ANA?to=/%0d%0aSet-Cookie:%20a=b".to_owned(),
        "//r//ANA".to_owned(),
        "/r/../r/ANA?x=1#y".to_owned(),
    ]
    .into();
    for text in naughty_strings() {
        let encoded = merchant::encode(&text);
        targets.push(format!("/r/{encoded}"));
        targets.push(format!("/r/ANA?to={encoded}&sub1={encoded}&{encoded}"));
        targets.push(format!("/r/ANA?to=/{encoded}"));
    }
    for target in targets {
        let (status, location, _) = send(&workerd, target.as_bytes(), "Accept", b"*/*");
        // Where the path is none of Waymark's, there is nothing.
        assert!(matches!(status, 302 | 404), "{status}: {target}");
        if status == 302 {
            let kept = location.len() <= 8_000 && location.starts_with(HOME);
            assert!(
                kept && !location.contains("Set-Cookie: a=b"),
                "{target} led to {location}"
            );
        }
    }
    // What no URL has, the runtime may refuse before it comes to Waymark.
    for target in [
        &b"/r/ANA?a=\xff\xfe"[..],
        b"/r/\xf0\x9f\x92\xa9",
        b"/r/ANA?to=/\xc0\x80",
        b"/r/ANA?a=\"<script>&b='|^`{}",
    ] {
        let (status, location, _) = send(&workerd, target, "Accept", b"*/*");
        assert!(status == 302 || status == 400, "{status}");
        assert!(status == 400 || location.starts_with(HOME), "{location}");
    }
    assert_eq!(
        shopper::click(&workerd, "/r/ANA").header("location"),
        Some(ANAS_PAGE)
    );
}

#[test]
fn a_visitor_is_known_among_any_number_of_cookies_of_any_length() {
    let workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let ours = format!("__Host-wm={token}");
    let foreign = "__Host-wm=AQcAAwUFBQUFBQUFBQUFBQUF";
    let long = |length: usize| format!("a={}; {ours}", "b".repeat(length));
    for (what, cookie) in [
        ("alone", ours.clone()),
        ("last of 64", "a=b; ".repeat(63) + &ours),
        ("last of 65", "a=b; ".repeat(64) + &ours),
        ("last of 3 000", "a=b; ".repeat(2_999) + &ours),
        ("beyond 8 KiB", long(8_192)),
        ("beyond 16 KiB", long(16_384)),
        ("twice", format!("{ours}; {ours}")),
        (
            "after forged ones",
            format!("{foreign}; __Host-wm=; {foreign}; {ours}"),
        ),
        (
            "after a thousand forged ones",
            "__Host-wm=; ".repeat(1_000) + &ours,
        ),
        (
            "before forged ones",
            format!("{ours}; {foreign}; __Host-wm="),
        ),
    ] {
        let (status, location, named) = send(&workerd, b"/r/ANA", "Cookie", cookie.as_bytes());
        assert_eq!((status, location.as_str()), (302, ANAS_PAGE), "{what}");
        assert_eq!(named, Some(visitor(&token)), "{what}");
    }
}

#[test]
fn every_visitor_of_many_at_once_stays_who_they_are() {
    let workerd = demo::start(Options::default());
    let first = |path: &str| -> Answer { shopper::click(&workerd, path) };
    let tokens: Vec<String> = (0..16).map(|_| shopper::token(&first("/r/ANA"))).collect();
    let visitors: BTreeSet<VisitorId> = tokens.iter().map(|token| visitor(token)).collect();
    assert_eq!(visitors.len(), tokens.len());
    std::thread::scope(|scope| {
        for (place, token) in tokens.iter().enumerate() {
            let (workerd, visitors) = (&workerd, &visitors);
            scope.spawn(move || {
                for click in 0..20 {
                    if place % 4 == 3 {
                        // In between, somebody whose cookie is damaged: always a new visitor.
                        let damaged = token.replace('A', "B");
                        let answer = shopper::click_again(workerd, "/r/BEN", &damaged);
                        let found = visitor(&shopper::token(&answer));
                        assert!(!visitors.contains(&found), "{click}");
                    } else {
                        let answer = shopper::click_again(workerd, "/q/BEN", token);
                        assert_eq!(visitor(&shopper::token(&answer)), visitor(token), "{click}");
                    }
                }
            });
        }
    });
}
