//! What may be meant and yet loses credit silently, said where the file is checked.

use waymark_click::{Destination, Mode};
use waymark_stores::Platform;

use crate::document::ProgramDocument;
use crate::problem::Problem;
use crate::settings::Renewals;

impl ProgramDocument {
    /// What of the file does not do what it seems to. Nothing of it keeps the file from being applied.
    ///
    /// `is_public_suffix` tells domains under which anybody may register names.
    pub fn warnings(&self, is_public_suffix: impl Fn(&str) -> bool) -> Vec<Problem> {
        let mut warnings = Vec::new();
        self.warn_of_what_never_comes(&mut warnings);
        let mut kinds = self.endpoints.values().map(|endpoint| endpoint.kind);
        if kinds.any(|kind| kind == Platform::Shopify) {
            if !self.tags.is_empty() {
                warnings.push(Problem::new("tags", NO_CUSTOMER_TAGS));
            }
            if matches!(self.settings.renewals, Renewals::First(_)) {
                warnings.push(Problem::new("settings.renewals", RENEWALS_UNTOLD));
            }
        }
        // Where no cookie is kept the mark travels in the address, to whichever host.
        if self.settings.consent != Mode::Cookieless {
            self.add_other_domains(&is_public_suffix, &mut warnings);
        }
        warnings
    }

    fn add_other_domains(
        &self,
        is_public_suffix: &impl Fn(&str) -> bool,
        warnings: &mut Vec<Problem>,
    ) {
        let host = |url: &str| {
            let url = Destination::published(url).ok()?;
            Some(url.host().to_owned())
        };
        let Some(home) = host(&self.home) else {
            return;
        };
        for (code, link) in &self.links {
            let variants = link.variants.iter().enumerate();
            let variants = variants.map(|(place, variant)| {
                (format!("links.{code}.variants[{place}].url"), &variant.url)
            });
            let own = (format!("links.{code}.url"), &link.url);
            for (path, url) in std::iter::once(own).chain(variants) {
                let other = host(url).filter(|it| !share_a_domain(&home, it, is_public_suffix));
                if let Some(other) = other {
                    let message = format!(
                        "leads to {other}, another domain than that of home ({home}): the mark is kept \
                         where the links are, and no page there can read it. Run Waymark on that domain, \
                         too, or rely on coupons there"
                    );
                    warnings.push(Problem::new(path, message));
                }
            }
        }
    }
}

const NO_CUSTOMER_TAGS: &str = "Shopify's calls name the tags of an order, and since its API of 2025 none of \
     its customer: a customer's tag credits nobody. Have the order tagged (Shopify Flow does), or name \
     customers in [emails]";
const RENEWALS_UNTOLD: &str = "Shopify's renewals name neither their contract nor its first order: each counts \
     as the first renewal of its subscription, and is credited by what is known of it alone";

/// Whether a cookie of one host can be that of the other, too: what they end in alike is no public suffix.
fn share_a_domain(one: &str, other: &str, is_public_suffix: &impl Fn(&str) -> bool) -> bool {
    let ends = one.rsplit('.').zip(other.rsplit('.'));
    let alike: Vec<&str> = ends.take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let common: Vec<&str> = alike.into_iter().rev().collect();
    common.len() > 1 && !is_public_suffix(&common.join("."))
}
