//! What a program says of all its clicks.

use std::num::NonZeroU16;

use crate::consent::Consent;
use crate::cookie::CookieDomain;
use crate::destination::Destination;
use crate::keys::ProgramKeys;
use crate::location::Precedence;
use crate::storefront::Storefront;

/// What a program's clicks have in common.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where a code leads that names no link, or one that counts no longer or not yet.
    pub home: Destination,
    /// Whose query values stay, unless a link says otherwise.
    pub precedence: Precedence,
    /// Whether redirects carry `afsrc=1`, unless a link says otherwise: it tells browser extensions
    /// that an affiliate brought the visitor, so that they stand down.
    pub afsrc: bool,
    /// The domain whose hosts share the cookie; none: only the host that set it.
    pub cookie_domain: Option<CookieDomain>,
    /// Whose consent is needed, and how it is given.
    pub consent: Consent,
    /// The hosts of the shop, in ASCII.
    pub hosts: Vec<String>,
    /// The shop's own pages, if Waymark stands before them.
    pub storefront: Option<Storefront>,
    /// How long a visitor is remembered after a touch, in milliseconds: the longest window of the
    /// program's policy. The cookie lives as long, but at most 400 days.
    pub max_age_ms: i64,
    /// How many journey shards new visitors are spread over.
    pub shards: NonZeroU16,
    /// Without keys nobody is remembered, and links lead where they lead all the same.
    pub keys: Option<ProgramKeys>,
}
