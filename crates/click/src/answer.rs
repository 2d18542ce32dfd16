//! The whole click: from a request, and the link that its code names, to the answer.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::cookie::{CookieDomain, read_cookie, set_cookie};
use crate::destination::Destination;
use crate::keys::ProgramKeys;
use crate::redirect::{Precedence, redirect};
use crate::subs::Subs;
use crate::token::{Rejected, Token};
use crate::touch::{Mark, Method, NewTouch, touch_id};
use crate::verdict::{RequestView, Verdict, verdict};
use crate::visitor::VisitorId;

/// A link as the program publishes it to the edge. It was checked before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedLink {
    /// The program's immutable number of the link.
    pub number: u32,
    /// The [`Destination`].
    pub url: String,
    /// The id of the affiliate who is credited.
    pub affiliate: String,
    /// Whose query values stay; the merchant's where nothing is said.
    #[serde(default)]
    pub precedence: Precedence,
}

/// One request for `/r/CODE` or `/q/CODE`.
#[derive(Debug, Clone, Copy)]
pub struct Click<'a> {
    pub request: RequestView<'a>,
    /// [`Method::Link`] for `/r/`, [`Method::Qr`] for `/q/`.
    pub method: Method,
    /// The link that the code names, if there is one.
    pub link: Option<&'a PublishedLink>,
    /// The request's query, without the question mark.
    pub query: &'a str,
    /// The request's `Cookie` header.
    pub cookie: Option<&'a str>,
}

/// What a program's clicks have in common.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where a code that names no link leads.
    pub home: Destination,
    pub cookie_domain: Option<CookieDomain>,
    /// How long a visitor is remembered after a touch, in milliseconds: the longest window of the
    /// program's policy. The cookie lives as long, but at most 400 days.
    pub max_age_ms: i64,
    /// How many journey shards new visitors are spread over.
    pub shards: NonZeroU16,
    pub keys: ProgramKeys,
}

/// What to answer, and what to record once it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 302, or 503 for a [speculative](Verdict::Speculative) request.
    pub status: u16,
    pub location: Option<String>,
    pub set_cookie: Option<String>,
    pub touch: Option<NewTouch>,
    pub verdict: Verdict,
    /// Why the cookie that was sent counts as none; for counting only.
    pub rejected: Option<Rejected>,
}

/// Headers of every answer, whatever the request, so that an answer does not tell whether a code
/// exists. No cache keeps it, no other site shows or frames it, no index lists it.
pub const RESPONSE_HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store, private"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-site"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// Answers one click. `now_ms` is Unix time in milliseconds; `random` names a visitor who is new.
///
/// Nobody is shown an error: a code without a link, or with one whose destination does not read,
/// leads to the shop's home page, and a cookie that does not verify counts as none.
pub fn answer(click: &Click<'_>, settings: &Settings, now_ms: i64, random: [u8; 16]) -> Answer {
    let verdict = verdict(&click.request);
    if verdict == Verdict::Speculative {
        return Answer {
            status: 503,
            location: None,
            set_cookie: None,
            touch: None,
            verdict,
            rejected: None,
        };
    }

    let landing = click.link.and_then(|link| {
        let destination = Destination::published(&link.url).ok()?;
        Some((link, redirect(&destination, click.query, link.precedence)))
    });
    let Some((link, location)) = landing else {
        return redirected(settings.home.as_str().to_owned(), verdict);
    };
    if verdict != Verdict::Person {
        return redirected(location, verdict);
    }

    let read = click.cookie.map_or(Ok(None), |header| {
        let domain = settings.cookie_domain.as_ref();
        read_cookie(header, domain, &settings.keys, now_ms, settings.max_age_ms)
    });
    let mark = Mark {
        at: now_ms,
        link: link.number,
        method: click.method,
    };
    let visitor = new_visitor(settings.shards, random);
    let token = Token::touched(read.ok().flatten(), visitor, mark);
    let signed = settings.keys.sign(&token);

    Answer {
        set_cookie: Some(set_cookie(
            signed,
            settings.cookie_domain.as_ref(),
            settings.max_age_ms,
        )),
        touch: Some(NewTouch {
            id: touch_id(token.visitor, token.last),
            visitor: token.visitor,
            mark: token.last,
            subs: Subs::from_query(click.query),
            opted_out: click.request.sec_gpc == Some("1"),
        }),
        rejected: read.err(),
        ..redirected(location, verdict)
    }
}

fn redirected(location: String, verdict: Verdict) -> Answer {
    Answer {
        status: 302,
        location: Some(location),
        set_cookie: None,
        touch: None,
        verdict,
        rejected: None,
    }
}

fn new_visitor(shards: NonZeroU16, random: [u8; 16]) -> VisitorId {
    let [high, low, rest @ ..] = random;
    VisitorId::new(u16::from_be_bytes([high, low]) % shards, rest)
}
