//! Waymark: referral tracking at the edge. The Worker's entry point; every route is on this page.

mod api;
mod edge;
mod journeys;
mod merchant;
mod platform;
mod program;

use merchant::Merchant;
use platform::http;
use wasm_bindgen::prelude::*;
use waymark_click::{Method, link_path, path_and_query};
use waymark_qr::Format;
use web_sys::{Request, Response};
use worker::{Context, Env, Result, console_error, worker_sys};

/// What Cloudflare calls for every request: a [`Response`], or a promise of one.
#[wasm_bindgen]
pub fn fetch(
    request: Request,
    env: Env,
    context: worker_sys::Context,
) -> std::result::Result<JsValue, JsValue> {
    platform::at_once::at_once(async {
        let answer = route(request, env, Context::new(context)).await;
        answer.or_else(|error| {
            console_error!("{error}");
            text(500, "Something went wrong here.\n")
        })
    })
}

async fn route(request: Request, env: Env, context: Context) -> Result<Response> {
    let merchant = &Merchant::of_request(env);
    let url = request.url();
    let (path, query) = path_and_query(&url);
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some((method, code)) = link_path(path) {
        let picture = match method {
            Method::Link => None,
            Method::Qr => Format::of_file(code),
        };
        return match picture {
            Some((code, format)) => {
                edge::qr_image::handle(&request, merchant, code, format, query).await
            }
            None => edge::click::handle(&request, merchant, &context, method, code, query).await,
        };
    }
    let mut segments = path.splitn(3, '/').skip(1);
    match (segments.next(), segments.next()) {
        (Some("hooks"), Some(endpoint)) => {
            edge::webhooks::handle(request, merchant, endpoint).await
        }
        (Some("v1"), _) => api::handle(request, merchant.clone()).await,
        (Some("wm"), Some("me")) => edge::privacy::me(&request, merchant).await,
        (Some("wm"), Some("token")) => edge::shop_pages::token(&request, merchant, query).await,
        (Some("wm"), Some("order")) => edge::shop_pages::order(request, merchant).await,
        (Some("waymark.js"), None) => edge::shop_pages::script(&request),
        (Some(".well-known"), Some("gpc.json")) => edge::privacy::gpc(merchant).await,
        (first, _) => match edge::storefront::handle(&request, merchant, &context).await? {
            Some(page) => Ok(page),
            None if first.is_none() => text(200, "This is Waymark.\n"),
            None => text(404, "There is nothing here.\n"),
        },
    }
}

fn text(status: u16, body: &str) -> Result<Response> {
    http::respond(status, &[], Some(body))
}
