//! The merchant: applies the program file, and asks `/v1` what became of orders.

use crate::answer::Answer;
use crate::becomes;
use crate::config::API_TOKEN;
use crate::workerd::Workerd;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use ureq::http::request;
use waymark_program::json_from_toml;

/// Applies a program file (TOML), whatever is wrong with it. `query` as in `?dry_run=true`, or empty.
pub fn apply(workerd: &Workerd, program: &str, query: &str) -> Answer {
    let path = format!("/v1/program{query}");
    let request = authorised(workerd, "PUT", &path).header("content-type", "application/json");
    workerd.send(request, json_from_toml(program).expect("TOML"))
}

/// Applies a program file as of 2000, since samples of stores are old.
pub fn apply_since_2000(workerd: &Workerd, program: &str) {
    let answer = apply(workerd, program, "?effective_at=2000-01-01T00:00:00Z");
    assert_eq!(answer.status(), 200, "{}\n{}", answer.text(), workerd.log());
}

/// What `/v1/orders` tells of an order of the store with that store.
pub fn ask(workerd: &Workerd, store: &str, order: &str) -> Answer {
    get(workerd, &format!("/v1/orders/{store}/{}", encode(order)))
}

/// An order that is known, as [`ask`] shows it.
pub fn order(workerd: &Workerd, store: &str, order: &str) -> Value {
    let answer = ask(workerd, store, order);
    assert_eq!(answer.status(), 200, "{}\n{}", answer.text(), workerd.log());
    answer.json()
}

/// Has an order decided again.
pub fn decide(workerd: &Workerd, store: &str, order: &str) -> Answer {
    command(
        workerd,
        &format!("/v1/orders/{store}/{}/decide", encode(order)),
    )
}

/// A GET with the merchant's token.
pub fn get(workerd: &Workerd, path: &str) -> Answer {
    workerd.send(authorised(workerd, "GET", path), "")
}

/// A POST of JSON with the merchant's token.
pub fn post(workerd: &Workerd, path: &str, body: &Value) -> Answer {
    workerd.send(authorised(workerd, "POST", path), body.to_string())
}

/// A POST without a body, with the merchant's token: `…/resume`, `…/replay`.
pub fn command(workerd: &Workerd, path: &str) -> Answer {
    workerd.send(authorised(workerd, "POST", path), "")
}

/// A request with the merchant's token, to add headers to.
pub fn authorised(workerd: &Workerd, method: &str, path: &str) -> request::Builder {
    workerd
        .request(method, path)
        .header("authorization", format!("Bearer {API_TOKEN}"))
}

/// A text as it may stand in a path or a query.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The pages of a list, in the sequence in which `next` leads through them.
pub fn pages(workerd: &Workerd, path: &str, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let page = get(workerd, &format!("{path}?limit={limit}{after}"));
        assert_eq!(page.status(), 200, "{}", page.text());
        let mut page: Value = page.json();
        let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
            panic!("a page without items: {page}");
        };
        pages.push(items);
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={}", encode(next)),
            None => return pages,
        }
    }
}

/// The items of the first page of a list, whose path may have a query.
pub fn items(workerd: &Workerd, path: &str) -> Vec<Value> {
    let page = get(workerd, path);
    assert_eq!(page.status(), 200, "{}", page.text());
    match page.json::<Value>().get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => panic!("a page without items: {}", page.text()),
    }
}

/// The calls of stores that nobody could use, the latest first.
pub fn dead_letters(workerd: &Workerd) -> Vec<Value> {
    pages(workerd, "/v1/dead-letters", 200).concat()
}

/// Everything that could be owed: all orders, and all affiliates with their balances.
pub fn owed(workerd: &Workerd) -> Value {
    let all = |path| pages(workerd, path, 200).concat();
    json!({ "orders": all("/v1/orders"), "affiliates": all("/v1/affiliates") })
}

/// The balances of an affiliate, such as `["8.20 USD"]`.
pub fn balances(workerd: &Workerd, affiliate: &str) -> Vec<String> {
    let answer = get(workerd, &format!("/v1/affiliates/{}", encode(affiliate)));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    lines(&answer.json(), "balances", ["amount", "currency"])
}

/// The conversions of an order's decision, such as `ana link 6.56 pending`.
pub fn decided(order: &Value) -> Vec<String> {
    let decision = order.get("decision").expect("a decision");
    let members = ["affiliate", "method", "commission", "status"];
    lines(decision, "conversions", members)
}

/// The book of an order, such as `ana link 6.56 pending`: a line for each conversion.
pub fn book(order: &Value) -> Vec<String> {
    lines(
        order,
        "conversions",
        ["affiliate", "method", "balance", "status"],
    )
}

/// The book of an order but for what was taken back for good: lines that end in ` 0.00 reversed`.
pub fn unreversed(order: &Value) -> Vec<String> {
    let mut book = book(order);
    book.retain(|line| !line.ends_with(" 0.00 reversed"));
    book
}

/// The lines of the book of an order that come to something.
pub fn owed_for(order: &Value) -> Vec<String> {
    let mut book = book(order);
    book.retain(|line| !line.contains(" 0.00 "));
    book
}

/// How many touches are facts of an order.
pub fn touches(order: &Value) -> usize {
    let facts = order.get("facts").and_then(Value::as_array);
    let kinds = facts
        .expect("facts")
        .iter()
        .map(|it| it.pointer("/fact/kind"));
    kinds.filter(|kind| *kind == Some(&json!("touch"))).count()
}

/// How many clicks by people the merchant sees, on links that a query such as `&link=ANA` names.
pub fn people(workerd: &Workerd, query: &str) -> u64 {
    let days = items(workerd, &format!("/v1/clicks?by=day{query}"));
    let people = days.iter().filter_map(|day| day.get("people")?.as_u64());
    people.sum()
}

/// Waits until the merchant sees so many clicks by people: shards tell of them by and by.
pub fn await_people(workerd: &Workerd, wanted: u64) {
    becomes("clicks by people", &wanted, || people(workerd, ""));
}

/// The ledger of an order, such as `ana +6.56 credited`: a line for each entry.
pub fn entries(order: &Value) -> Vec<String> {
    let conversions = order
        .get("conversions")
        .and_then(Value::as_array)
        .expect("a book");
    let of = |conversion| {
        let affiliate = text(conversion, "affiliate");
        let entries = lines(conversion, "entries", ["amount", "reason"]);
        entries
            .into_iter()
            .map(move |entry| format!("{affiliate} {entry}"))
    };
    conversions.iter().flat_map(of).collect()
}

/// The claims of an order's decision, such as `ben coupon BEN15 outranked`.
pub fn trace(order: &Value) -> Vec<String> {
    let decision = order.get("decision").expect("a decision");
    lines(
        decision,
        "trace",
        ["affiliate", "method", "evidence", "outcome"],
    )
}

fn lines<const N: usize>(of: &Value, list: &str, members: [&str; N]) -> Vec<String> {
    let items = of.get(list).and_then(Value::as_array).expect(list);
    let line = |item| members.map(|member| text(item, member)).join(" ");
    items.iter().map(line).collect()
}

fn text<'a>(item: &'a Value, member: &str) -> &'a str {
    item.get(member).and_then(Value::as_str).expect(member)
}
