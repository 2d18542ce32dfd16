//! What this isolate remembers of a merchant: links, the program's settings, endpoints. Read from KV or
//! from the program object, and used for a while without asking.

use std::cell::RefCell;
use std::num::NonZeroU16;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use waymark_click::cache::{Cache, Cached};
use waymark_click::{Code, Destination, PublishedLink, Settings};
use waymark_program::directory::Kind;
use waymark_program::edge::PublishedProgram;
use worker::{Error, Result, console_error};

use crate::merchant::Merchant;
use crate::platform::durable_object::{Ask, now, within};
use crate::program::directory::publish;
use crate::program::protocol::Command;
use crate::program::protocol::directory::{FindEndpoint, FindLink, FindProgram, Reached};

/// How long a click waits for one read of storage.
const READ_TIMEOUT: Duration = Duration::from_millis(1_000);
/// How long an isolate uses what it has read without asking, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// How long an isolate remembers that a code names no link, in milliseconds.
const UNKNOWN_LINK_FRESH_MS: i64 = 5_000;
/// How long an isolate remembers that there is no such endpoint, in milliseconds.
const UNKNOWN_ENDPOINT_FRESH_MS: i64 = 2_000;
/// Links of one merchant that an isolate remembers.
const MAX_LINKS: usize = 10_000;
/// Endpoints of one merchant that an isolate remembers.
const MAX_ENDPOINTS: usize = 1_000;
/// Merchants whom an isolate remembers, those it met last.
const MAX_MERCHANTS: usize = 100;

/// What is remembered of one merchant.
struct Published {
    merchant: Merchant,
    links: Cache<Option<Rc<PublishedLink>>>,
    settings: Cache<Rc<Settings>>,
    endpoints: Cache<Option<Reached>>,
}

/// There is one of these for a merchant.
const SETTINGS: &str = "";

thread_local! {
    static PUBLISHED: RefCell<Vec<Published>> = const { RefCell::new(Vec::new()) };
}

/// Gives what is remembered of a merchant.
fn remembered<T>(merchant: &Merchant, with: impl FnOnce(&mut Published) -> T) -> T {
    PUBLISHED.with_borrow_mut(|all| {
        if let Some(published) = all.iter_mut().find(|it| it.merchant == *merchant) {
            return with(published);
        }
        if all.len() >= MAX_MERCHANTS {
            all.remove(0);
        }
        let mut published = Published {
            merchant: merchant.clone(),
            links: Cache::new(MAX_LINKS),
            settings: Cache::new(1),
            endpoints: Cache::new(MAX_ENDPOINTS),
        };
        let given = with(&mut published);
        all.push(published);
        given
    })
}

impl Merchant {
    /// The link of the first of these codes that has one, and can be read.
    pub async fn link_of(
        &self,
        codes: impl Iterator<Item = Code>,
        now: i64,
    ) -> Option<Rc<PublishedLink>> {
        for code in codes {
            if let Some(link) = self.link(code.as_str(), now).await {
                return Some(link);
            }
        }
        None
    }

    /// The link of that code, if there is one and it can be read.
    pub async fn link(&self, code: &str, now: i64) -> Option<Rc<PublishedLink>> {
        let known = remembered(self, |it| it.links.get(code, now));
        if let Some(Cached { value, fresh: true }) = known {
            return value;
        }
        match self.published_link(code).await {
            Ok(found) => {
                let found = found.map(Rc::new);
                let fresh = match found {
                    Some(_) => FRESH_MS,
                    None => UNKNOWN_LINK_FRESH_MS,
                };
                remembered(self, |it| it.links.put(code, found.clone(), now, fresh));
                found
            }
            Err(error) => {
                console_error!("click: a link could not be read: {error}");
                known.and_then(|cached| cached.value)
            }
        }
    }

    /// The link of a code that is in force, as it is published.
    ///
    /// # Errors
    /// Nothing could be reached.
    pub async fn published_link(&self, code: &str) -> Result<Option<PublishedLink>> {
        let request = FindLink {
            code: code.to_owned(),
        };
        self.look_up(Kind::Link, code, request).await
    }

    /// What the program's clicks have in common, once a program was applied.
    ///
    /// # Errors
    /// Nothing could be reached, and this isolate remembers nothing.
    pub async fn settings(&self, now: i64) -> Result<Option<Rc<Settings>>> {
        let known = remembered(self, |it| it.settings.get(SETTINGS, now));
        if let Some(Cached { value, fresh: true }) = known {
            return Ok(Some(value));
        }
        let name = Kind::Program.as_str();
        let program = self.look_up(Kind::Program, name, FindProgram).await;
        let found = program.and_then(|program| {
            let settings = program.map(|program| self.read_settings(program).map(Rc::new));
            settings.transpose()
        });
        match found {
            Ok(found) => {
                // That there is no program is not remembered: the click after it was applied must count.
                if let Some(found) = &found {
                    remembered(self, |it| {
                        it.settings.put(SETTINGS, found.clone(), now, FRESH_MS);
                    });
                }
                Ok(found)
            }
            Err(error) => {
                console_error!("click: the program's settings could not be read: {error}");
                let known = known.ok_or(error)?;
                Ok(Some(known.value))
            }
        }
    }

    /// An endpoint that is in force.
    ///
    /// # Errors
    /// The program object did not answer.
    pub async fn endpoint(&self, id: &str) -> Result<Option<Reached>> {
        let now = now();
        let known = remembered(self, |it| it.endpoints.get(id, now));
        if let Some(Cached { value, fresh: true }) = known {
            return Ok(value);
        }
        let found = self.find(FindEndpoint { id: id.to_owned() }).await?;
        let fresh = match found {
            Some(_) => FRESH_MS,
            None => UNKNOWN_ENDPOINT_FRESH_MS,
        };
        remembered(self, |it| it.endpoints.put(id, found.clone(), now, fresh));
        Ok(found)
    }

    /// Reads from KV, else from the program object.
    async fn look_up<R>(&self, kind: Kind, key: &str, request: R) -> Result<Option<R::Answer>>
    where
        R: Ask + Into<Command>,
        R::Answer: DeserializeOwned,
    {
        if let Some(key) = publish::key(self, kind, key) {
            let published = within(READ_TIMEOUT, async {
                Ok(self.env().kv("LINKS")?.get(&key).text().await?)
            });
            match published.await {
                Ok(Some(text)) => return Ok(Some(waymark_attribution::from_json(&text)?)),
                Ok(None) => {}
                Err(error) => console_error!("click: KV did not answer: {error}"),
            }
        }
        within(READ_TIMEOUT, self.find(request)).await
    }

    fn read_settings(&self, program: PublishedProgram) -> Result<Settings> {
        let invalid = |error: &dyn std::fmt::Display| Error::RustError(error.to_string());
        let cookie_domain = program
            .settings
            .cookie_domain
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| invalid(&error))?;
        Ok(Settings {
            home: Destination::published(&program.home).map_err(|error| invalid(&error))?,
            precedence: program.redirects.precedence,
            afsrc: program.redirects.afsrc,
            cookie_domain,
            consent: program.settings.consent(),
            hosts: program.hosts,
            storefront: program.settings.storefront,
            max_age_ms: program.window_ms,
            shards: NonZeroU16::new(program.settings.journey_shards).unwrap_or(NonZeroU16::MIN),
            keys: self
                .token_keys()
                .inspect_err(|error| console_error!("click: nobody is remembered: {error}"))
                .ok(),
        })
    }
}
