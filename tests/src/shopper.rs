//! Shoppers: they click and scan, and their browsers keep the cookie.

use crate::answer::Answer;
use crate::workerd::Workerd;
use serde_json::json;
use ureq::http::request;

/// What a person's browser calls itself. Without it a request is taken for a program's.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A person's first click or scan: a GET by a browser without a cookie.
pub fn click(workerd: &Workerd, path: &str) -> Answer {
    workerd.send(browser(workerd, path), "")
}

/// A click or scan by the visitor who has this token in the cookie.
pub fn click_again(workerd: &Workerd, path: &str, token: &str) -> Answer {
    let request = browser(workerd, path).header("cookie", format!("__Host-wm={token}"));
    workerd.send(request, "")
}

/// A browser's GET, to add headers to.
pub fn browser(workerd: &Workerd, path: &str) -> request::Builder {
    workerd.request("GET", path).header("user-agent", BROWSER)
}

/// What `/wm/me` tells the visitor with that token, whatever the method does.
pub fn me(workerd: &Workerd, method: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    let request = workerd
        .request(method, "/wm/me")
        .header("cookie", format!("__Host-wm={token}"));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    workerd.send(request, "")
}

/// A page that thanks for an order of the demo's store says whose it is: the visitor's with that token.
pub fn thanks(workerd: &Workerd, order: &str, token: &str) -> Answer {
    let request = workerd
        .request("POST", "/wm/order")
        .header("origin", workerd.url(""))
        .header("cookie", format!("__Host-wm={token}"));
    let body = json!({ "store": "store", "order": order });
    workerd.send(request, body.to_string())
}

/// The token in the cookie that an answer sets.
pub fn token(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, _attributes) = cookie.split_once(';').expect("a cookie with attributes");
    let (_name, value) = pair.split_once('=').expect("a cookie with a value");
    value.to_owned()
}
