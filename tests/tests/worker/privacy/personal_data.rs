//! What identifies a person does not get into the log, and of an order not into the store.
//!
//! The exceptions: what a store sent is kept as it came for as long as the program says, 30 days by
//! default, and so is a dead letter, which nobody can use, so that the merchant can see what is wrong.

use serde_json::{Value, json};
use waymark_tests::{
    Options, SHOPIFY_SECRET, STORE_SECRET, Workerd, becomes, demo, eventually, merchant, person,
    shopper, store,
};

const EMAIL: &str = "canary.7f3a@shopper.example";
const NAME: &str = "Canaria Yellowfeather";
const ADDRESS: &str = "17 Birdcage Walk";
const PHONE: &str = "+1-555-0142-7791";
const IP: &str = "203.0.113.77";
/// What shoppers and stores say about a person, in any call of these tests.
const PERSONAL: [&str; 7] = [
    EMAIL,
    "CANARY.7F3A@SHOPPER.EXAMPLE",
    "canary.7f3a",
    NAME,
    ADDRESS,
    PHONE,
    IP,
];

/// A Shopify order with everything that a real one says about its shopper.
fn shopify_order(id: u64, token: &str) -> Value {
    let address = json!({ "name": NAME, "address1": ADDRESS, "phone": PHONE });
    json!({
        "id": id, "created_at": "2026-01-01T00:00:00Z", "currency": "USD",
        "email": EMAIL, "contact_email": EMAIL.to_uppercase(), "phone": PHONE,
        "browser_ip": IP, "client_details": { "browser_ip": IP, "user_agent": NAME },
        "note": format!("for {NAME}"),
        "note_attributes": [{ "name": "_waymark", "value": token }],
        "customer": { "id": 7, "email": EMAIL, "first_name": NAME, "default_address": address },
        "billing_address": address, "shipping_address": address,
        "discount_codes": [{ "code": "BEN15" }],
        "line_items": [{ "id": 1, "quantity": 1, "price": "82.00" }],
    })
}

/// A person's request: the address of the machine, as proxies pass it on, in every header that has it.
fn from_person(request: ureq::http::request::Builder) -> ureq::http::request::Builder {
    request
        .header("cf-connecting-ip", IP)
        .header("x-forwarded-for", IP)
        .header("x-real-ip", IP)
        .header("referer", format!("https://mail.example/?to={EMAIL}"))
}

/// Clicks by a person, whose token it gives.
fn visit(workerd: &Workerd) -> String {
    let first = workerd.send(from_person(shopper::browser(workerd, "/r/ANA")), "");
    let token = shopper::token(&first);
    for path in ["/q/BEN?sub1=spring", "/r/NOBODY", "/r/%00"] {
        let again = shopper::browser(workerd, path).header("cookie", format!("__Host-wm={token}"));
        assert_eq!(workerd.send(from_person(again), "").status(), 302);
    }
    let damaged = token.replace(token.get(30..34).unwrap_or_default(), "AAAA");
    let damaged =
        shopper::browser(workerd, "/r/ANA").header("cookie", format!("__Host-wm={damaged}"));
    assert_eq!(workerd.send(from_person(damaged), "").status(), 302);
    token
}

/// The names of the store's files that hold this text.
fn files_with(workerd: &Workerd, text: &str) -> Vec<String> {
    let holds = |bytes: &[u8]| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    let stored = workerd.stored();
    assert!(
        stored.len() > 2,
        "a store without files: {:?}",
        stored.keys()
    );
    let holding = stored.iter().filter(|(_, bytes)| holds(bytes));
    holding
        .map(|(path, _)| path.display().to_string())
        .collect()
}

/// The tables and columns of the store's databases in which this text stands. A file may still hold
/// what SQLite has deleted, until it writes over it.
fn rows_with(workerd: &Workerd, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let stored = workerd.stored();
    let mut found = Vec::new();
    for (place, (path, bytes)) in stored.iter().enumerate() {
        if path.extension().is_none_or(|kind| kind != "sqlite") {
            continue;
        }
        let copy = folder.path().join(place.to_string());
        std::fs::write(&copy, bytes).expect("a copy");
        let log = path.with_extension("sqlite-wal");
        if let Some(bytes) = stored.get(&log) {
            std::fs::write(folder.path().join(format!("{place}-wal")), bytes).expect("a copy");
        }
        let database = rusqlite::Connection::open(&copy).expect("a database");
        let columns = "SELECT sqlite_schema.name, columns.name FROM sqlite_schema
                       JOIN pragma_table_info(sqlite_schema.name) AS columns
                       WHERE sqlite_schema.type = 'table'";
        let mut columns = database.prepare(columns).expect("tables");
        let columns: Vec<(String, String)> = columns
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .expect("columns");
        for (table, column) in columns {
            let held = format!("SELECT count(*) FROM \"{table}\" WHERE instr(\"{column}\", ?)");
            let held: i64 = database
                .query_row(&held, [text], |row| row.get(0))
                .expect("a count");
            if held > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    found
}

fn assert_not_logged(workerd: &Workerd, texts: &[&str]) {
    let log = workerd.log();
    // Without this the test would prove nothing if the log went elsewhere.
    assert!(log.contains("hook: "), "{log}");
    for text in texts {
        assert!(!log.contains(text), "{text} in the log:\n{log}");
    }
}

#[test]
fn an_accepted_order_leaves_nothing_of_its_shopper_in_log_or_store() {
    let workerd = demo::start_with("keep_payloads = \"0s\"");
    let token = visit(&workerd);
    let body = shopify_order(1, &token).to_string();
    assert_eq!(
        store::deliver_shopify(&workerd, "orders/create", &body).outcome(),
        "applied"
    );
    let mut order = demo::order("2");
    order["email"] = json!(EMAIL);
    order["token"] = json!(token);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(merchant::ask(&workerd, "store", "2").status(), 200);
    let waiting = json!({ "type": "order", "id": "3", "placed_at": "1999-01-01T00:00:00Z",
        "updated_at": "1999-01-01T00:00:00Z", "currency": "USD", "email": EMAIL, "lines": [] });
    assert_eq!(store::deliver(&workerd, &waiting).outcome(), "applied");

    assert_not_logged(&workerd, &PERSONAL);
    assert_not_logged(&workerd, &[&token, "spring"]);
    for text in PERSONAL {
        assert_eq!(files_with(&workerd, text), [""; 0], "{text}");
    }
    assert_eq!(files_with(&workerd, &token), [""; 0]);
    // The search does find what is stored.
    assert_ne!(files_with(&workerd, "e1_"), [""; 0]);
    for path in [
        "/v1/orders",
        "/v1/orders/store/2",
        "/v1/orders/kettle.myshopify.com/1",
        "/v1/program",
    ] {
        let answer = merchant::get(&workerd, path);
        for text in PERSONAL {
            assert!(!answer.text().contains(text), "{path} tells {text}");
        }
    }
}

#[test]
fn a_programs_e_mails_are_stored_as_keyed_hashes_only() {
    let workerd = demo::start(Options::default());
    assert_eq!(files_with(&workerd, "office@bigcustomer.example"), [""; 0]);
    assert_eq!(files_with(&workerd, "ana@teablog.example"), [""; 0]);
    let program = merchant::get(&workerd, "/v1/program");
    assert!(
        !program.text().contains("bigcustomer"),
        "{}",
        program.text()
    );
    assert!(!program.text().contains("teablog"), "{}", program.text());
}

#[test]
fn a_refused_call_leaves_nothing_of_its_shopper_in_log_or_store() {
    let workerd = demo::start(Options::default());
    let token = visit(&workerd);
    let body = shopify_order(1, &token).to_string();
    let wrong = store::signed_shopify(&workerd, "orders/create", "another-secret", &body);
    assert_eq!(workerd.send(from_person(wrong), &body).status(), 401);
    let unknown = workerd.request("POST", "/hooks/nobody");
    assert_eq!(workerd.send(from_person(unknown), &body).status(), 401);
    let stale = store::signed(&workerd, STORE_SECRET, store::now() - 600_000, &body);
    assert_eq!(workerd.send(from_person(stale), &body).status(), 401);
    assert_not_logged(&workerd, &PERSONAL);
    assert_not_logged(&workerd, &[&token]);
    for text in PERSONAL {
        assert_eq!(files_with(&workerd, text), [""; 0], "{text}");
    }
}

#[test]
fn what_a_store_sent_is_kept_until_its_customer_is_forgotten() {
    let workerd = demo::start(Options::default());
    let token = visit(&workerd);
    let body = shopify_order(1, &token).to_string();
    let deliver = || store::deliver_shopify(&workerd, "orders/create", &body);
    assert_eq!(deliver().outcome(), "applied");
    assert_eq!(rows_with(&workerd, ADDRESS), ["calls.body"]);
    let before = merchant::order(&workerd, "kettle.myshopify.com", "1");
    let hash = before["facts"][0]["fact"]["email"]
        .as_str()
        .expect("a hash");
    assert!(rows_with(&workerd, hash).contains(&"facts.body".to_owned()));

    let customer = json!({ "email": EMAIL });
    assert_eq!(person::erase(&workerd, &customer)["orders"], 1);
    assert_eq!(deliver().outcome(), "duplicate");
    for person in [ADDRESS, EMAIL, hash] {
        assert_eq!(rows_with(&workerd, person), [""; 0], "{person}");
    }

    // The order is decided and booked as before, by facts that name nobody.
    let after = merchant::order(&workerd, "kettle.myshopify.com", "1");
    assert_eq!(after["conversions"], before["conversions"]);
    assert_eq!(after["decision"], before["decision"]);
    let text = after.to_string();
    assert!(
        !text.contains("e1_") && !text.contains("customer_id"),
        "{text}"
    );
    let known = merchant::post(&workerd, "/v1/customers/lookup", &customer);
    assert_eq!(
        known.json::<Value>(),
        json!({ "assignments": [], "orders": [] })
    );

    // A later version brings amounts and no person.
    let mut later: Value = serde_json::from_str(&body).expect("JSON");
    later["updated_at"] = json!("2026-01-02T00:00:00Z");
    later["line_items"][0]["price"] = json!("41.00");
    let answer = store::deliver_shopify(&workerd, "orders/updated", &later.to_string());
    assert_eq!(answer.outcome(), "applied");
    let after = merchant::order(&workerd, "kettle.myshopify.com", "1");
    assert_ne!(after["conversions"], before["conversions"]);
    assert!(!after.to_string().contains("e1_"), "{after}");
    assert_eq!(merchant::items(&workerd, "/v1/audit")[0]["by"], "Mo");
}

/// An order of the visitor with that token.
fn deliver_of(workerd: &Workerd, id: &str, token: &str) {
    let mut order = demo::order(id);
    order["email"] = json!(EMAIL);
    order["token"] = json!(token);
    assert_eq!(store::deliver(workerd, &order).outcome(), "applied");
}

#[test]
fn with_a_customer_the_journey_is_forgotten_that_led_to_the_order() {
    let workerd = demo::start(Options::default());
    let token = visit(&workerd);
    let is_kept = || !rows_with(&workerd, "spring").is_empty();
    eventually("the journey", || is_kept().then_some(()));
    deliver_of(&workerd, "1", &token);
    let erased = person::erase(&workerd, &json!({ "email": EMAIL }));
    assert_eq!(erased["visitors"], 1);
    eventually("no journey", || (!is_kept()).then_some(()));
}

/// Of very many orders some wait: an alarm goes on with them.
#[test]
fn a_customer_is_forgotten_in_orders_that_still_wait_for_it() {
    let mut workerd = demo::start(Options::default());
    let token = visit(&workerd);
    deliver_of(&workerd, "1", &token);
    let names_them = "facts WHERE order_id = '1' AND instr(body, 'e1_')";
    assert_eq!(workerd.count(names_them), 1);
    workerd.restart_with("INSERT INTO erasures SELECT store, id FROM orders WHERE id = '1'");
    deliver_of(&workerd, "2", &token);
    becomes("facts that name the customer", &0, || {
        workerd.count(names_them)
    });
    assert_eq!(workerd.count("erasures"), 0);
}

#[test]
fn an_unusable_call_is_kept_for_the_merchant_and_for_nobody_else() {
    let workerd = demo::start(Options::default());
    let token = visit(&workerd);
    let mut order = shopify_order(1, &token);
    order["currency"] = json!(EMAIL);
    order["line_items"] = json!(NAME);
    let body = order.to_string();
    assert_eq!(
        store::deliver_shopify(&workerd, "orders/create", &body).outcome(),
        "dead_letter"
    );
    let mut order = demo::order("2");
    order[EMAIL] = json!(NAME);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "dead_letter");
    assert_not_logged(&workerd, &PERSONAL);
    assert_not_logged(&workerd, &[&token]);
    // Kept as it came, in the program's own file, and shown to whoever has the token of the API.
    assert_eq!(
        files_with(&workerd, NAME).len(),
        files_with(&workerd, ADDRESS).len()
    );
    assert_ne!(files_with(&workerd, ADDRESS), [""; 0]);
    let kept = merchant::dead_letters(&workerd);
    assert!(json!(kept).to_string().contains(ADDRESS));
}

#[test]
fn no_secret_is_logged_stored_or_told() {
    let workerd = demo::start(Options::default());
    let token = visit(&workerd);
    store::deliver_shopify(
        &workerd,
        "orders/create",
        &shopify_order(1, &token).to_string(),
    );
    let secrets = Options::default().secrets;
    let texts: Vec<&str> = secrets
        .values()
        .map(String::as_str)
        .chain([SHOPIFY_SECRET])
        .collect();
    assert_not_logged(&workerd, &texts);
    for secret in texts {
        assert_eq!(files_with(&workerd, secret), [""; 0]);
        let program = merchant::get(&workerd, "/v1/program");
        assert!(!program.text().contains(secret));
    }
}
