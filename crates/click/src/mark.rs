//! What a person's visit leaves: a signed token, in the cookie or in the URL, and a touch.

use std::num::NonZeroU16;

use crate::consent::Keeping;
use crate::cookie::{read_cookie, set_cookie};
use crate::settings::Settings;
use crate::subs::Subs;
use crate::token::{Rejected, Token};
use crate::touch::{Mark, Method, NewTouch, touch_id};
use crate::visitor::VisitorId;

/// A person's visit by a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit<'a> {
    /// The link's number.
    pub link: u32,
    pub method: Method,
    /// The request's query, without the question mark.
    pub query: &'a str,
    /// The request's `Cookie` header.
    pub cookie: Option<&'a str>,
    /// Whether the request carries `Sec-GPC: 1`.
    pub gpc: bool,
    /// Whether a page of the same origin led here, or it is loaded again.
    pub same_origin: bool,
}

/// What becomes of a visit.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one is made for a click, and is not kept; how large it is differs by platform"
)]
pub(crate) enum Outcome {
    /// Nobody is to be remembered.
    Unmarked,
    /// It is a visit that was remembered before, in this token: nothing changes.
    Repeated(Token),
    /// It is to be remembered.
    Marked(Marked),
}

/// For how long a visit by the same link is the same visit, in milliseconds: 30 minutes, as analytics
/// have it of sessions.
const SAME_VISIT_MS: i64 = 30 * 60 * 1000;

/// What is to be remembered of a visit, and where.
#[derive(Debug)]
pub(crate) struct Marked {
    pub carrier: Carrier,
    pub token: Token,
    pub touch: NewTouch,
    /// Why the cookie that was sent counts as none; for counting only.
    pub rejected: Option<Rejected>,
}

/// What keeps the visitor's token.
#[derive(Debug)]
pub(crate) enum Carrier {
    /// The browser, told by this `Set-Cookie` value.
    Cookie(String),
    /// The URL that the visitor is sent to. This is the signed token.
    Url(String),
}

/// Marks a visit as far as the program's [`Consent`](crate::Consent) allows; not where nobody is to be
/// remembered, or no key is there to sign with.
///
/// A page that is loaded again, a browser's way back, and the shop's own links that keep the code are
/// no new visit: an affiliate who brought the visitor in between would lose the order to them.
///
/// A cookie is read only where one may be set: a visitor who has not agreed, or no longer does, is
/// a new one. `random` names a visitor who is new.
pub(crate) fn mark(
    visit: &Visit<'_>,
    settings: &Settings,
    now_ms: i64,
    random: [u8; 10],
) -> Outcome {
    let Some(keys) = settings.keys.as_ref() else {
        return Outcome::Unmarked;
    };
    let domain = settings.cookie_domain.as_ref();
    let keeping = settings
        .consent
        .keeping(visit.gpc, visit.cookie, visit.query);
    let read = match (keeping, visit.cookie) {
        (Keeping::Nothing, _) => return Outcome::Unmarked,
        (Keeping::Cookie, Some(header)) => {
            read_cookie(header, domain, keys, now_ms, settings.max_age_ms)
        }
        (Keeping::Cookie, None) | (Keeping::Url, _) => Ok(None),
    };

    let mark = Mark {
        at: now_ms,
        link: visit.link,
        method: visit.method,
    };
    let known = read.ok().flatten();
    if let Some(token) = known.filter(|token| is_known(token, mark, visit.same_origin)) {
        return Outcome::Repeated(token);
    }
    let visitor = new_visitor(settings.shards, now_ms, random);
    let token = Token::touched(known, visitor, mark);
    let signed = keys.sign(&token);
    let touch = NewTouch {
        id: touch_id(token.visitor, token.last),
        visitor: token.visitor,
        mark: token.last,
        subs: Subs::from_query(visit.query),
        opted_out: visit.gpc,
    };
    let carrier = match keeping {
        Keeping::Cookie => Carrier::Cookie(set_cookie(&signed, domain, settings.max_age_ms)),
        Keeping::Url | Keeping::Nothing => Carrier::Url(signed),
    };
    Outcome::Marked(Marked {
        carrier,
        token,
        touch,
        rejected: read.err(),
    })
}

/// Whether a visit is one that the token remembers: its latest, or, where the same origin led here,
/// either of those that it has.
fn is_known(token: &Token, visit: Mark, same_origin: bool) -> bool {
    let is_visit = |known: Mark| {
        let age_ms = visit.at.saturating_sub(known.at);
        (known.link, known.method) == (visit.link, visit.method)
            && (0..SAME_VISIT_MS).contains(&age_ms)
    };
    is_visit(token.last) || (same_origin && is_visit(token.first))
}

pub(crate) fn new_visitor(shards: NonZeroU16, now_ms: i64, random: [u8; 10]) -> VisitorId {
    let [high, low, rest @ ..] = random;
    VisitorId::new(u16::from_be_bytes([high, low]) % shards, now_ms, rest)
}
