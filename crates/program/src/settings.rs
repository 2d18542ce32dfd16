//! `[settings]` of the program file: how the edge treats visitors, and when affiliates are paid.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use waymark_attribution::Currencies;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::{Duration, Instant};
use waymark_click::{Consent, CookieDomain, Destination, Mode, Signal, Storefront};

use crate::problem::Problem;

/// How the edge treats visitors, and when affiliates are paid.
///
/// ```
/// use waymark_program::settings::{Renewals, Settings};
///
/// let settings: Settings = toml::from_str(r#"
///     hold = "14d"
///     payout_minimum = { USD = "50.00" }
///     renewals = { first = 3 }
/// "#)?;
/// assert_eq!(settings.hold.to_string(), "14d");
/// assert_eq!(settings.payout_minimum("USD".parse()?).minor(), 5_000);
/// assert_eq!(settings.renewals, Renewals::First(3));
/// assert_eq!(Settings::default().hold.to_string(), "30d");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The `Domain` of the cookie, for a shop whose pages have several hosts. Without one, the
    /// cookie stays on the very host that set it, which is safer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cookie_domain: Option<String>,
    /// The number of journey shards that new visitors are spread over. It may be raised at any
    /// time: a visitor stays in the shard that the visitor id names.
    pub journey_shards: u16,
    /// What may be kept of visitors: `first_party`, `consent_required`, `cookieless` or `off`.
    pub consent: Mode,
    /// The same for browsers that send `Sec-GPC: 1`; of the two, the one that keeps less counts.
    /// Whatever it is, nothing about such a visit is passed to third parties.
    pub gpc: Mode,
    /// With `consent_required`, the cookie by which the shop's banner says that the visitor
    /// agreed. Default: `wm_consent`, which contains `yes`.
    pub consent_cookie: Signal,
    /// With `consent_required`, a query value that says the same. None by default: whoever writes
    /// a link can write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent_parameter: Option<Signal>,
    /// The query parameter in which the visitor's token travels where there is no cookie.
    pub token_parameter: String,
    /// The day (`YYYY-MM-DD`) since which the shop honours Global Privacy Control as it does now:
    /// `lastUpdate` of `/.well-known/gpc.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpc_since: Option<String>,
    /// The shop's own pages, if Waymark stands before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storefront: Option<Storefront>,
    /// How long after an order was placed its commission is approved by itself, so that it may be
    /// refunded before: `"30d"` by default; `"0s"` for at once. For an order, the hold that was in
    /// force when it was placed counts.
    pub hold: Duration,
    /// Currency → the least that a payout in it may come to. What is below waits for the next one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub payout_minimum: BTreeMap<String, String>,
    /// How long what stores send is kept as they sent it, e-mails and addresses included: `"30d"` by
    /// default; `"0s"` to keep nothing but what follows from it. What could not be used is kept for
    /// 30 days in any case, and a call of BigCommerce's until its order was asked for.
    pub keep_payloads: Duration,
    /// Which renewals of a subscription earn: `"all"` (the default), `"none"`, or the first few,
    /// `{ first = 3 }`.
    pub renewals: Renewals,
    /// How often a store that has an `api` is looked at for orders that no call told of: `"1h"` by
    /// default, from `"5m"` to `"7d"`; `"0s"` for never.
    pub reconcile: Duration,
}

/// Which renewals of a subscription earn, credited as its first order was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Renewals {
    /// Every renewal is credited.
    #[default]
    All,
    /// No renewal is credited.
    None,
    /// So many, from the first renewal on. The order that begins the subscription is not one.
    First(u32),
}

impl Renewals {
    /// Whether the renewal of that number earns; the first renewal has number 1.
    #[must_use]
    pub fn earns(self, renewal: u32) -> bool {
        match self {
            Renewals::All => true,
            Renewals::None => false,
            Renewals::First(count) => renewal <= count,
        }
    }
}

/// 30 days: long enough for most shops' returns, and to look into what a store sent.
const THIRTY_DAYS: &str = "30d";
/// Soon enough for a dashboard; a look at a store where nothing happened is one call.
const USUAL_RECONCILE: &str = "1h";
/// How often a store may be looked at, in milliseconds: five minutes to seven days.
const RECONCILE_MS: RangeInclusive<i64> = 300_000..=604_800_000;

impl Default for Settings {
    fn default() -> Self {
        let Consent {
            mode,
            gpc,
            cookie,
            parameter,
            token_parameter,
            gpc_since,
        } = Consent::default();
        Self {
            cookie_domain: None,
            journey_shards: 16,
            consent: mode,
            gpc,
            consent_cookie: cookie,
            consent_parameter: parameter,
            token_parameter,
            gpc_since,
            storefront: None,
            hold: THIRTY_DAYS.parse().unwrap_or_default(),
            payout_minimum: BTreeMap::new(),
            keep_payloads: THIRTY_DAYS.parse().unwrap_or_default(),
            renewals: Renewals::default(),
            reconcile: USUAL_RECONCILE.parse().unwrap_or_default(),
        }
    }
}

impl Settings {
    /// What is asked of visitors before they are remembered.
    pub fn consent(&self) -> Consent {
        Consent {
            mode: self.consent,
            gpc: self.gpc,
            cookie: self.consent_cookie.clone(),
            parameter: self.consent_parameter.clone(),
            token_parameter: self.token_parameter.clone(),
            gpc_since: self.gpc_since.clone(),
        }
    }

    /// The least that a payout in that currency may come to; zero where the file names none.
    pub fn payout_minimum(&self, currency: Currency) -> Amount {
        let minimum = self.payout_minimum.get(currency.code());
        let minimum = minimum.and_then(|text| currency.parse(text).ok());
        minimum.unwrap_or(Amount::ZERO)
    }

    /// Everything that is wrong with the settings.
    pub(crate) fn check(&self, currencies: &Currencies, problems: &mut Vec<Problem>) {
        let mut wrong = |field: &str, message: String| {
            problems.push(Problem::new(format!("settings.{field}"), message));
        };
        if let Some(domain) = &self.cookie_domain
            && let Err(error) = domain.parse::<CookieDomain>()
        {
            wrong("cookie_domain", error.to_string());
        }
        if self.journey_shards == 0 {
            wrong("journey_shards", "must be at least 1".to_owned());
        }
        let consent = self.consent_parameter.as_ref();
        let storefront = self.storefront.as_ref();
        let names = [
            ("consent_cookie.name", Some(&self.consent_cookie.name)),
            ("consent_parameter.name", consent.map(|signal| &signal.name)),
            ("token_parameter", Some(&self.token_parameter)),
            ("storefront.parameter", storefront.map(|it| &it.parameter)),
        ];
        for (field, name) in names {
            if name.is_some_and(|name| !is_name(name)) {
                wrong(
                    field,
                    "expected a name of 1 to 64 of A-Z a-z 0-9 - _ .".to_owned(),
                );
            }
        }
        if storefront.is_some_and(|it| it.parameter == self.token_parameter) {
            let message = "is that of token_parameter, too; name another one";
            wrong("storefront.parameter", message.to_owned());
        }
        let texts = [
            ("consent_cookie.contains", Some(&self.consent_cookie)),
            ("consent_parameter.contains", consent),
        ];
        for (field, signal) in texts {
            if signal.is_some_and(|signal| signal.contains.is_empty()) {
                wrong(
                    field,
                    "is empty, so that everybody would have agreed; name a text that stands there \
                     only if the visitor agreed, such as \"marketing:true\""
                        .to_owned(),
                );
            }
        }
        if self.gpc_since.as_deref().is_some_and(|day| !is_day(day)) {
            wrong(
                "gpc_since",
                "expected a day such as \"2026-11-22\"".to_owned(),
            );
        }
        if let Some(origin) = storefront.and_then(|it| it.origin.as_deref())
            && !is_origin(origin)
        {
            let message = "expected where the shop's pages come from, such as \
                           \"https://origin.shop.example\", without a path";
            wrong("storefront.origin", message.to_owned());
        }
        let every = self.reconcile.as_millis();
        if every != 0 && !RECONCILE_MS.contains(&every) {
            let message = "expected \"5m\" to \"7d\", or \"0s\" for never";
            wrong("reconcile", message.to_owned());
        }
        self.check_payment(currencies, &mut wrong);
    }

    fn check_payment(&self, currencies: &Currencies, wrong: &mut impl FnMut(&str, String)) {
        for (code, minimum) in &self.payout_minimum {
            let error = match currencies.find(code) {
                Err(error) => Some(error.to_string()),
                Ok(currency) => currency.parse(minimum).err().map(|it| it.to_string()),
            };
            if let Some(error) = error {
                wrong(&format!("payout_minimum.{code}"), error);
            }
        }
        if self.renewals == Renewals::First(0) {
            let message = "is none; write \"none\", or first = 1 or more";
            wrong("renewals.first", message.to_owned());
        }
    }
}

/// A name that stands in a cookie header and in a query as it is.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && format!("{text}T00:00:00Z").parse::<Instant>().is_ok()
}

/// Whether the text is a scheme and a host, to which a path can be added.
fn is_origin(text: &str) -> bool {
    let is_host = |url: &Destination| {
        let host = text.strip_prefix("https://").map(Destination::host_name);
        host.is_some_and(|host| host.as_deref() == Ok(url.host()))
    };
    Destination::published(text)
        .is_ok_and(|url| is_host(&url) || url.as_str() == format!("{text}/"))
}
