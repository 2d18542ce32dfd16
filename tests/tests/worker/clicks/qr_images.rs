//! QR pictures, for merchants to print: of links that exist, in styles that scan. That what is drawn
//! can be read again is for the tests of `waymark-qr`: here, the Worker's picture is its picture.

use waymark_qr::{Format, draw};
use waymark_tests::{Answer, Kv, Options, Workerd, demo, merchant};

/// The picture that stands for this address.
fn picture(address: &str, query: &str, format: Format) -> Vec<u8> {
    let style = query.parse().expect("a style");
    draw(address, &style, format).expect("a picture")
}

fn known(workerd: &Workerd, path: &str, tag: &str) -> Answer {
    workerd.send(
        workerd.request("GET", path).header("if-none-match", tag),
        "",
    )
}

#[test]
fn a_picture_holds_the_address_to_scan_on_the_host_that_was_asked() {
    let workerd = demo::start(Options::default());
    let address = workerd.url("/q/ana");
    for (file, format, media_type) in [
        ("ANA.svg", Format::Svg, "image/svg+xml"),
        ("ana.png", Format::Png, "image/png"),
    ] {
        for query in ["", "size=300&margin=2&ecc=H&fg=1b3a57&bg=fff8e7"] {
            let answer = workerd.get(&format!("/q/{file}?{query}"));
            assert_eq!(answer.status(), 200, "{file}?{query}");
            assert_eq!(answer.header("content-type"), Some(media_type));
            assert_eq!(
                answer.header("cache-control"),
                Some("public, max-age=86400")
            );
            assert!(
                answer.bytes() == picture(&address, query, format),
                "{file}?{query}"
            );
        }
    }
    let on_the_shop = workerd
        .request("GET", "/q/ANA.svg")
        .header("host", "shop.example");
    let answer = workerd.send(on_the_shop, "");
    let printed = picture("https://shop.example/q/ana", "", Format::Svg);
    assert!(answer.bytes() == printed, "{}", answer.text());
}

#[test]
fn a_picture_that_is_known_is_not_sent_again() {
    let workerd = demo::start(Options::default());
    let path = "/q/ANA.png?size=256";
    let tag = workerd.get(path).header("etag").expect("a tag").to_owned();
    for known_as in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".into(),
    ] {
        let answer = known(&workerd, path, &known_as);
        assert_eq!(
            (answer.status(), answer.bytes()),
            (304, &[][..]),
            "{known_as}"
        );
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    for other in [
        "/q/ANA.png?size=257",
        "/q/ANA.svg?size=256",
        "/q/BEN.png?size=256",
    ] {
        assert_eq!(known(&workerd, other, &tag).status(), 200, "{other}");
    }
}

#[test]
fn what_would_not_scan_is_refused_in_words() {
    let workerd = demo::start(Options::default());
    for (query, field) in [
        ("size=20", "size: expected 21 to 2048 pixels"),
        ("size=30", "size: too few pixels for this symbol; ask for "),
        ("size=1000000000", "size: expected 21 to 2048 pixels"),
        ("margin=17", "margin: expected 0 to 16 modules"),
        ("ecc=Z", "ecc: expected L, M, Q or H"),
        ("fg=red", "fg: expected a colour of six hex digits"),
        ("fg=ffff00", "fg: too little contrast with bg"),
        ("fg=ffffff&bg=000000", "fg: not darker than bg"),
        ("colour=000000", "colour: no value of a picture"),
        ("size=64&size=64", "size: given twice"),
    ] {
        let answer = workerd.get(&format!("/q/ANA.png?{query}"));
        assert_eq!(answer.status(), 400, "{query}: {}", answer.text());
        assert!(
            answer.text().starts_with(field),
            "{query}: {}",
            answer.text()
        );
    }
}

#[test]
fn there_is_no_picture_of_a_link_that_does_not_exist() {
    let workerd = demo::start(Options::default());
    for path in [
        "/q/NOBODY.svg",
        "/q/.svg",
        "/q/ANA.svg.png",
        "/q/%00.png",
        "/q/A%20A.png",
    ] {
        let answer = workerd.get(path);
        assert_eq!(answer.status(), 404, "{path}");
        assert!(
            answer.text().starts_with("code: "),
            "{path}: {}",
            answer.text()
        );
    }
    let without_ana = demo::program().replace("links.ANA", "links.ANNA");
    assert_eq!(merchant::apply(&workerd, &without_ana, "").status(), 200);
    assert_eq!(workerd.get("/q/ANA.svg").status(), 404);
    assert_eq!(workerd.get("/q/ANNA.svg").status(), 200);
    let nothing_applied = Workerd::start(Options::default());
    assert_eq!(nothing_applied.get("/q/ANA.svg").status(), 404);
}

#[test]
fn a_picture_is_read_and_nothing_else() {
    let workerd = demo::start(Options::default());
    let head = workerd.send(workerd.request("HEAD", "/q/ANA.svg"), "");
    assert_eq!((head.status(), head.bytes()), (200, &[][..]));
    assert_eq!(
        head.header("etag"),
        workerd.get("/q/ANA.svg").header("etag")
    );
    for method in ["POST", "PUT", "DELETE"] {
        let answer = workerd.send(workerd.request(method, "/q/ANA.svg"), "");
        assert_eq!(answer.status(), 405, "{method}");
    }
}

#[test]
fn a_picture_is_drawn_and_marks_nobody_while_kv_is_down() {
    let workerd = demo::start(Options {
        kv: Kv::Down,
        ..Options::default()
    });
    let answer = workerd.get("/q/ANA.svg");
    assert_eq!((answer.status(), answer.header("set-cookie")), (200, None));
    assert_eq!(workerd.get("/q/NOBODY.svg").status(), 404);
}
