//! What a click needs of JavaScript, each in one call, since a crossing costs more than most of
//! the work. `js_bridge.js` is the other side.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use waymark_click::{RESPONSE_HEADERS, RequestView};
use web_sys::{Request, Response};
use worker::Result;

/// wasm-bindgen writes into what is compiled where this file lies. By this, which `scripts/build`
/// sets, cargo compiles it again for another clone with the same target directory.
const _: Option<&str> = option_env!("WAYMARK_CLONE");

#[wasm_bindgen(module = "/src/platform/js_bridge.js")]
extern "C" {
    fn told(request: &Request) -> String;

    #[wasm_bindgen(catch)]
    fn answered(
        status: u16,
        fixed: &Object,
        location: Option<&str>,
        cookie: Option<&str>,
        traffic: Option<&str>,
    ) -> std::result::Result<Response, JsValue>;
}

thread_local! {
    /// [`RESPONSE_HEADERS`], as JavaScript takes headers.
    static FIXED: Object = {
        let headers = Object::new();
        for (name, value) in RESPONSE_HEADERS {
            // A new object takes any member.
            _ = Reflect::set(&headers, &name.into(), &value.into());
        }
        headers
    };
}

/// What a request says of who sent it: its method and some of its headers.
pub struct Sent(String);

impl Sent {
    pub fn by(request: &Request) -> Self {
        Self(told(request))
    }

    /// The request as the click path sees it, and its `Cookie` header.
    pub fn view(&self) -> (RequestView<'_>, Option<&str>) {
        let mut lines = self.0.split('\n');
        let method = lines.next().unwrap_or_default();
        let mut header = || lines.next().filter(|value| !value.is_empty());
        // In the sequence of `js_bridge.js`, which is that of evaluation.
        let request = RequestView {
            method,
            sec_purpose: header(),
            purpose: header(),
            x_purpose: header(),
            x_moz: header(),
            sec_fetch_mode: header(),
            sec_fetch_dest: header(),
            sec_fetch_site: header(),
            user_agent: header(),
            sec_gpc: header(),
            sec_ch_ua_mobile: header(),
            country: header(),
        };
        (request, header())
    }
}

/// An answer without a body, with the [`RESPONSE_HEADERS`].
pub fn respond(status: u16, location: Option<&str>, set_cookie: Option<&str>) -> Result<Response> {
    Ok(FIXED.with(|fixed| answered(status, fixed, location, set_cookie, None))?)
}

/// An answer to a program: it says that it is taken for one, so that whoever tries a link by such a
/// program is not misled.
pub fn respond_to_bot(status: u16, location: Option<&str>) -> Result<Response> {
    Ok(FIXED.with(|fixed| answered(status, fixed, location, None, Some("bot")))?)
}
