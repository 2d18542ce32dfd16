//! Shoppers: they click and scan, and their browsers keep the cookie.

use crate::answer::Answer;
use crate::workerd::Workerd;
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

/// The token in the cookie that an answer sets.
pub fn token(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, _attributes) = cookie.split_once(';').expect("a cookie with attributes");
    let (_name, value) = pair.split_once('=').expect("a cookie with a value");
    value.to_owned()
}
