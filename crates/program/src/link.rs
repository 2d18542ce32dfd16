//! `[links]` and `[redirects]` of the program file: where links lead, when, and whom.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_click::{Country, Destination, DestinationError, Device, Precedence, PublishedLink};

use crate::problem::Problem;

/// Variants of one link; a click may have to look at each.
const MAX_VARIANTS: usize = 50;

/// Longest discount code that Shopify takes, in characters.
const DISCOUNT_MAX_CHARS: usize = 255;

/// One link: `/r/CODE`, and `/q/CODE` for a scan.
///
/// While it is paused, before it starts, once it ended and when its clicks are used up, it leads to
/// the program's home page and leaves no touch, as a code does that names no link: nobody learns
/// that there is one.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The affiliate's id.
    pub affiliate: String,
    /// Where it leads: `https`, to one of the program's hosts.
    pub url: String,
    /// Other destinations. The first whose countries and devices are those of a click is taken
    /// instead of `url`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// A discount code of the Shopify store: whoever follows the link has it in the cart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shopify_discount: Option<String>,
    /// Instead of [`Redirects::precedence`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedence: Option<Precedence>,
    /// Instead of [`Redirects::afsrc`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub afsrc: Option<bool>,
    /// Whether it is paused: it leads to the shop's home page then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// From when on the link counts. Default: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Instant>,
    /// From when on the link counts no longer. Default: it counts while it is in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Instant>,
    /// How many clicks and scans by people it is for, whatever else changed of it meanwhile.
    ///
    /// They are counted after they were answered, and the edge hears of it when KV does: a link
    /// takes the clicks of a minute or two more than its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Another destination of a link, for some countries, some devices, or both.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Two letters each (ISO 3166-1), `XX` for an unknown one. Default: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// `phone`, `tablet`, `desktop`. Default: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// As [`Link::url`].
    pub url: String,
}

/// What redirects do with query values, unless a link says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Redirects {
    /// Whose query value stays where a link's URL and the request have one of the same name:
    /// `merchant` or `visitor`.
    pub precedence: Precedence,
    /// Whether redirects carry `afsrc=1`: it tells browser extensions that an affiliate brought the
    /// visitor, so that those which honour it stand down.
    pub afsrc: bool,
}

impl Link {
    /// What is wrong with the link at `path`, in a program with these hosts.
    pub(crate) fn problems(&self, path: &str, hosts: &[String]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |field: &str, message: String| {
            problems.push(Problem::new(format!("{path}.{field}"), message));
        };
        if let Err(error) = Destination::parse(&self.url, hosts) {
            problem("url", error.to_string());
        }
        if self.variants.len() > MAX_VARIANTS {
            problem(
                "variants",
                format!("more than {MAX_VARIANTS}; use several links"),
            );
        }
        for (place, variant) in self.variants.iter().enumerate() {
            let field = format!("variants[{place}]");
            if let Err(error) = Destination::parse(&variant.url, hosts) {
                problem(&format!("{field}.url"), error.to_string());
            }
            if variant.countries.is_empty() && variant.devices.is_empty() {
                problem(
                    &field,
                    "is for every click; give it countries or devices, or make it the link's url"
                        .to_owned(),
                );
            }
        }
        if let Some(code) = &self.shopify_discount
            && !is_discount(code)
        {
            problem(
                "shopify_discount",
                format!(
                    "expected a discount code as it stands in Shopify: 1 to {DISCOUNT_MAX_CHARS} \
                     characters, none of them a control character, at least one a letter or digit"
                ),
            );
        }
        if let (Some(starts), Some(ends)) = (self.starts, self.ends)
            && ends <= starts
        {
            problem(
                "ends",
                format!("is not after `starts`, {starts}; the link would never count"),
            );
        }
        if self.limit == Some(0) {
            problem(
                "limit",
                "must be at least 1; a link for nobody is `paused`".to_owned(),
            );
        }
        problems
    }

    /// The link as clicks read it, by the number of its row, after that many clicks by people.
    ///
    /// # Errors
    /// A URL is no destination; in a file that was checked none is.
    pub(crate) fn published(
        self,
        number: u32,
        clicks: u64,
    ) -> Result<PublishedLink, DestinationError> {
        let variants = self.variants.into_iter().map(|variant| {
            Ok::<_, DestinationError>(waymark_click::Variant {
                countries: variant.countries,
                devices: variant.devices,
                url: Destination::published(&variant.url)?,
            })
        });
        Ok(PublishedLink {
            number,
            affiliate: self.affiliate,
            url: Destination::published(&self.url)?,
            variants: variants.collect::<Result<_, _>>()?,
            shopify_discount: self.shopify_discount,
            precedence: self.precedence,
            afsrc: self.afsrc,
            paused: self.paused,
            exhausted: self.limit.is_some_and(|limit| clicks >= limit.into()),
            starts: self.starts.map(Instant::as_millis),
            ends: self.ends.map(Instant::as_millis),
        })
    }
}

/// A code of dots alone would be a step in a path, not a part of it.
fn is_discount(code: &str) -> bool {
    code.chars().count() <= DISCOUNT_MAX_CHARS
        && !code.contains(char::is_control)
        && code.contains(char::is_alphanumeric)
}
