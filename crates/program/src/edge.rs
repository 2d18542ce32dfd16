//! What a program publishes to the edge, for clicks to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use waymark_attribution::money::Currency;
use waymark_attribution::{CaseError, Currencies};
use waymark_click::PublishedLink;

use crate::link::{Link, Redirects};
use crate::settings::Settings;

/// The body of the directory's one row of kind `program`, published as it is: what every click
/// needs to know.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct PublishedProgram {
    /// The program's name.
    pub name: String,
    /// Where a code that names no link leads.
    pub home: String,
    /// The hosts that links may lead to.
    pub hosts: Vec<String>,
    /// The currency of the program's flat rates.
    pub currency: String,
    /// What the program knows besides the currencies of ISO 4217: code → digits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub currencies: BTreeMap<String, u8>,
    /// What holds for all of the program.
    pub settings: Settings,
    /// What redirects of all links say, where a link says nothing.
    #[serde(default)]
    pub redirects: Redirects,
    /// The longest window of the policy and of all affiliates, in milliseconds: so long, a touch
    /// may count, and a visitor is remembered.
    pub window_ms: i64,
}

impl PublishedProgram {
    /// The currencies in which its orders and rates may be.
    ///
    /// # Errors
    /// The file was not checked.
    pub fn currencies(&self) -> Result<Currencies, CaseError> {
        let further = self.currencies.iter();
        Currencies::with(further.map(|(code, digits)| (code.as_str(), *digits)))
    }

    /// The currency of its flat rates.
    ///
    /// # Errors
    /// The file was not checked.
    pub fn own_currency(&self) -> Result<Currency, CaseError> {
        Ok(self.currencies()?.find(&self.currency)?)
    }
}

/// The published form of a link: the directory's row of that number, after that many
/// clicks by people.
///
/// # Errors
/// The row's number does not fit in a token, or it is no link that was checked.
pub fn published_link(
    number: i64,
    link: Link,
    clicks: u64,
) -> Result<PublishedLink, serde_json::Error> {
    let number = u32::try_from(number).map_err(serde::de::Error::custom)?;
    link.published(number, clicks)
        .map_err(serde::de::Error::custom)
}
