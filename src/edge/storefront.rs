//! The shop's own pages, where the Worker stands before them: passed on as they are, with a cookie
//! added where `?ref=CODE` brought the visitor.
//!
//! Whatever fails here, the shopper gets the shop's page.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use waymark_click::{
    CACHE_HEADERS, ClickRecord, PRIVATE_HEADERS, PageVisit, Passage, Settings, Storefront, pass,
    path_and_query, traffic,
};
use web_sys::{Request, RequestInit, Response, ResponseInit};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Context, Result, console_error};

use crate::edge::click::{self, new_visitor};
use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::js_bridge::{Sent, respond};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(request: &Request) -> std::result::Result<Promise, JsValue>;
}

/// Answers a request for a page that is not one of Waymark's own; `None` where the program has no
/// storefront at the host that was asked.
pub async fn handle(
    request: &Request,
    merchant: &Merchant,
    context: &Context,
) -> Result<Option<Response>> {
    // Should the Worker itself break, Cloudflare asks the shop.
    context.pass_through_on_exception();
    let now = now();
    let settings = match merchant.settings(now).await {
        Ok(Some(settings)) => settings,
        Ok(None) => return Ok(None),
        Err(error) => {
            console_error!("storefront: passed on unseen: {error}");
            return page(request, None).await.map(Some);
        }
    };
    let url = request.url();
    let Some(storefront) = storefront_at(&url, &settings) else {
        return Ok(None);
    };
    let visit = visit(request, &url, merchant, &settings, storefront, now).await;
    let (passage, click) = visit.unwrap_or_else(|error| {
        console_error!("storefront: passed on unmarked: {error}");
        (Passage::Page, None)
    });
    let origin = storefront.origin.as_deref();
    let response = match passage {
        Passage::Page | Passage::Repeated => page(request, origin).await,
        Passage::Refused => respond(503, None, None),
        Passage::Carried { location, .. } => respond(302, Some(&location), None),
        Passage::Marked { set_cookie, .. } => {
            let page = page(request, origin).await?;
            if leads_on_with_code(&page, storefront) {
                // The visit is that of the page which it leads to.
                return Ok(Some(page));
            }
            marked(&page, &set_cookie)
        }
    };
    if let Some((click, shard)) = click {
        journeys::record(merchant, context, click, shard);
    }
    response.map(Some)
}

/// Whether the shop leads on to an address that still has the code, as to the one it prefers.
fn leads_on_with_code(page: &Response, storefront: &Storefront) -> bool {
    let location = match page.status() {
        301 | 302 | 303 | 307 | 308 => page.headers().get("location").ok().flatten(),
        _ => None,
    };
    location.is_some_and(|location| {
        let (_, query) = path_and_query(&location);
        storefront.codes(query).next().is_some()
    })
}

/// The storefront, if the request is for it: with an origin of its own every host is, without one
/// only the shop's, since asking any other would ask this Worker again.
fn storefront_at<'s>(url: &str, settings: &'s Settings) -> Option<&'s Storefront> {
    let storefront = settings.storefront.as_ref()?;
    let authority = url.split("://").nth(1)?.split('/').next()?;
    let is_shop = settings.hosts.iter().any(|host| host == authority);
    (is_shop || storefront.origin.is_some()).then_some(storefront)
}

/// Decides what becomes of the request, and what is to be recorded of it at which shard if it is a
/// click.
async fn visit(
    request: &Request,
    url: &str,
    merchant: &Merchant,
    settings: &Settings,
    storefront: &Storefront,
    now: i64,
) -> Result<(Passage, Option<(ClickRecord, u16)>)> {
    let (_, query) = path_and_query(url);
    let link = merchant.link_of(storefront.codes(query), now).await;
    let Some(link) = link.filter(|link| link.leads_at(now)) else {
        return Ok((Passage::Page, None));
    };
    let sent = Sent::by(request);
    let (request, cookie) = sent.view();
    let visit = PageVisit {
        request,
        link: &link,
        url,
        query,
        cookie,
    };
    let (random, shard) = new_visitor(merchant, settings.shards)?;
    let passage = pass(&visit, storefront, settings, now, random);
    let touch = match &passage {
        Passage::Marked { touch, .. } | Passage::Carried { touch, .. } => Some(touch.clone()),
        Passage::Page | Passage::Refused => None,
        Passage::Repeated => return Ok((passage, None)),
    };
    let traffic = traffic(&request);
    let click = click::record(&request, Some(link.number), traffic, touch, settings, now);
    Ok((passage, Some((click, shard))))
}

/// The shop's answer, as it is: neither its body nor its redirects are followed or read here.
async fn page(request: &Request, origin: Option<&str>) -> Result<Response> {
    let elsewhere = match origin {
        None => None,
        Some(origin) => {
            let url = request.url();
            let rest = url.splitn(4, '/').nth(3).unwrap_or_default();
            Some(format!("{origin}/{rest}"))
        }
    };
    // A request that came in has `redirect: manual`, and one made from it keeps that.
    let answer = match elsewhere {
        None => fetch(request)?,
        Some(url) => {
            let init: &RequestInit = request.unchecked_ref();
            fetch(&Request::new_with_str_and_init(&url, init)?)?
        }
    };
    Ok(JsFuture::from(answer).await?.unchecked_into())
}

/// The page with the cookie added, and kept from every cache.
fn marked(page: &Response, set_cookie: &str) -> Result<Response> {
    // What was fetched cannot be changed. The copy has its status, headers and streaming body.
    let init: &ResponseInit = page.unchecked_ref();
    let copy = Response::new_with_opt_readable_stream_and_init(page.body().as_ref(), init)?;
    let headers = copy.headers();
    for name in CACHE_HEADERS {
        headers.delete(name)?;
    }
    for (name, value) in PRIVATE_HEADERS {
        headers.set(name, value)?;
    }
    headers.append("set-cookie", set_cookie)?;
    Ok(copy)
}
