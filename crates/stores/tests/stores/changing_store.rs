//! A store that changes while it is synced, and pages as the real ones do.

use std::collections::BTreeMap;
use waymark_attribution::time::Instant;
use waymark_stores::sync::{Cursor, Failure, Request, Response, SyncPage};
use waymark_stores::{Access, Platform};

pub fn at(seconds: i64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}

/// A store, with what opens its API.
#[derive(Debug)]
pub struct Store {
    pub platform: Platform,
    access: Access,
}

impl Store {
    pub fn of(platform: Platform, value: impl Fn(&str) -> String) -> Self {
        let access = platform.open(|field| Ok::<_, String>(value(field.name)));
        Self {
            platform,
            access: access.unwrap(),
        }
    }

    pub fn request(&self, cursor: &Cursor) -> Request {
        let request = self.platform.sync_request(&self.access, cursor);
        request.expect("a list of what changed")
    }

    pub fn read(
        &self,
        cursor: &Cursor,
        response: &Response<'_>,
        now: Instant,
    ) -> Result<SyncPage, Failure> {
        self.platform.sync_page(&self.access, cursor, response, now)
    }
}

/// A store that changes while it is synced.
pub struct Changing {
    pub store: Store,
    /// By the store's clock.
    pub now: i64,
    /// When each order was last changed, and how often it was.
    pub orders: BTreeMap<u32, (i64, u32)>,
    /// Time, order and version of each change.
    pub events: Vec<(i64, u32, u32)>,
    /// The largest page that fits a response.
    pub fits: usize,
    /// When the store's local time went back by an hour, if it sorts changes by that, as WooCommerce
    /// does that keeps its orders among WordPress's posts.
    pub summer_until: Option<i64>,
}

impl Changing {
    pub fn change(&mut self, order: u32) {
        let version = self
            .orders
            .get(&order)
            .map_or(1, |(_, version)| version + 1);
        self.orders.insert(order, (self.now, version));
        self.events.push((self.now, order, version));
    }

    /// The oldest first, as the store sees it.
    fn sorted(&self) -> Vec<(i64, u32, u32)> {
        let orders = self.orders.iter();
        let mut all: Vec<_> = orders
            .map(|(id, (at, version))| (*at, *id, *version))
            .collect();
        all.sort_unstable_by_key(|(at, id, _)| (self.local(*at), *id));
        all
    }

    fn local(&self, at: i64) -> i64 {
        match self.summer_until {
            Some(until) if at < until => at + 7_200,
            Some(_) => at + 3_600,
            None => at,
        }
    }

    /// Body and link of the response, and whether it fits.
    pub fn response(&self, url: &str) -> (String, String, bool) {
        let (_, query) = url.split_once('?').unwrap();
        let pairs = query_of(query);
        let limit = value(&pairs, "limit")
            .or(value(&pairs, "per_page"))
            .unwrap();
        let limit: usize = limit.parse().unwrap();
        let (body, link) = match self.store.platform {
            Platform::Shopify => self.shopify(&pairs, limit),
            Platform::WooCommerce => self.woocommerce(&pairs, limit),
            Platform::Stripe => self.stripe(&pairs, limit),
            other => panic!("a {} store has no list", other.name()),
        };
        (body, link, limit <= self.fits)
    }

    /// `page_info` names the last order of the page before, and the time that it had then.
    fn shopify(&self, pairs: &[(String, String)], limit: usize) -> (String, String) {
        let all = self.sorted().into_iter();
        let listed: Vec<_> = match value(pairs, "page_info") {
            Some(place) => {
                let (at, id) = place.split_once('.').unwrap();
                let place: (i64, u32) = (at.parse().unwrap(), id.parse().unwrap());
                all.filter(|(at, id, _)| (*at, *id) > place).collect()
            }
            None => {
                let since = seconds(value(pairs, "updated_at_min").unwrap());
                all.filter(|(at, ..)| *at >= since).collect()
            }
        };
        let page: Vec<_> = listed.iter().take(limit).collect();
        let orders: Vec<_> = page
            .iter()
            .map(|(time, id, version)| {
                let updated = at(*time);
                format!("{{\"id\": {id}, \"version\": {version}, \"updated_at\": \"{updated}\"}}")
            })
            .collect();
        let link = match page.last().filter(|_| listed.len() > limit) {
            None => String::new(),
            Some((at, id, _)) => format!(
                "<https://kettle.myshopify.com/admin/api/2026-10/orders.json?limit={limit}\
                 &page_info={at}.{id}>; rel=\"next\""
            ),
        };
        (format!("{{\"orders\": [{}]}}", orders.join(",")), link)
    }

    /// Pages are counted from the beginning; `modified_after` leaves its own second out, `exclude`
    /// orders, and the status `any` those in the trash: where every third change puts one, and the next
    /// takes it back.
    fn woocommerce(&self, pairs: &[(String, String)], limit: usize) -> (String, String) {
        let since = seconds(&format!("{}Z", value(pairs, "modified_after").unwrap()));
        let page: usize = value(pairs, "page").unwrap().parse().unwrap();
        let all = self.sorted().into_iter();
        let excluded = value(pairs, "exclude").unwrap_or_default();
        let excluded: Vec<u32> = excluded
            .split("%2C")
            .filter_map(|id| id.parse().ok())
            .collect();
        let of_trash = value(pairs, "status") == Some("trash");
        let listed = all.filter(|(at, id, version)| {
            *at > since && !excluded.contains(id) && (version % 3 == 0) == of_trash
        });
        let orders: Vec<_> = listed
            .skip((page - 1) * limit)
            .take(limit)
            .map(|(time, id, version)| {
                let written = |time| at(time).to_string().chars().take(19).collect::<String>();
                let (modified, local) = (written(time), written(self.local(time)));
                format!(
                    "{{\"id\": {id}, \"version\": {version}, \"date_modified\": \"{local}\", \
                     \"date_modified_gmt\": \"{modified}\"}}"
                )
            })
            .collect();
        (format!("[{}]", orders.join(",")), String::new())
    }

    /// The newest first.
    fn stripe(&self, pairs: &[(String, String)], limit: usize) -> (String, String) {
        let since: i64 = value(pairs, "created[gte]").unwrap().parse().unwrap();
        let numbered = self.events.iter().enumerate().rev();
        let all = numbered.filter(|(_, (at, ..))| *at >= since);
        let before = value(pairs, "starting_after").map(|id| id[4..].parse::<usize>().unwrap());
        let listed: Vec<_> = all
            .filter(|(number, _)| before.is_none_or(|before| *number < before))
            .collect();
        let events: Vec<_> = listed
            .iter()
            .take(limit)
            .map(|(number, (at, id, version))| {
                format!(
                    "{{\"id\": \"evt_{number}\", \"created\": {at}, \"order\": {id}, \
                     \"version\": {version}}}"
                )
            })
            .collect();
        let more = listed.len() > limit;
        let body = format!("{{\"data\": [{}], \"has_more\": {more}}}", events.join(","));
        (body, String::new())
    }
}

pub fn seconds(time: &str) -> i64 {
    time.parse::<Instant>().unwrap().as_millis() / 1_000
}

pub fn query_of(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        text.replace("%3A", ":")
            .replace("%5B", "[")
            .replace("%5D", "]")
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

pub fn value<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let found = pairs.iter().find(|(it, _)| it == name);
    found.map(|(_, value)| value.as_str())
}
