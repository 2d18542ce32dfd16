//! What a merchant should know of a file that may be applied: nothing in it is wrong, and yet something
//! would not come as expected.

use std::collections::BTreeSet;

use waymark_stores::Platform;

use crate::document::ProgramDocument;
use crate::problem::Problem;
use crate::settings::Renewals;

impl ProgramDocument {
    /// What will not come as expected, each with the remedy.
    #[must_use]
    pub fn advice(&self) -> Vec<Problem> {
        let mut advice = Vec::new();
        self.advise_on_codes(&mut advice);
        for (name, endpoint) in &self.endpoints {
            let place = format!("endpoints.{name}");
            let lists_nothing = endpoint.api.is_none();
            match endpoint.kind {
                Platform::Stripe if lists_nothing && !self.skus.is_empty() => {
                    advice.push(Problem::new(
                        &place,
                        "Stripe's calls about checkout sessions and payment links list no lines, so [skus] \
                         does not hold for them; sell by invoices, or name coupons or tags instead",
                    ));
                }
                Platform::Shopify if self.settings.renewals != Renewals::All => {
                    advice.push(Problem::new(
                        &place,
                        "Shopify's orders do not say which subscription they renew; settings.renewals \
                         counts for those that its own subscriptions place, by their source",
                    ));
                }
                _ => {}
            }
            if !self.tags.is_empty()
                && let Some(why) = without_tags(endpoint.kind, lists_nothing)
            {
                advice.push(Problem::new(&place, why));
            }
        }
        advice
    }

    /// The hosts to which shoppers may be led, without ports; each once.
    pub fn all_hosts(&self) -> impl Iterator<Item = String> {
        let home = self.home.split("://").nth(1).unwrap_or_default();
        let home = home.split(['/', '?', '#']).next().unwrap_or_default();
        let all = self.hosts.iter().map(String::as_str).chain([home]);
        let names = all.map(|host| host.split(':').next().unwrap_or_default().to_owned());
        names.collect::<BTreeSet<String>>().into_iter()
    }

    /// Chat apps and mail programs take what looks like punctuation at an address' end for the
    /// sentence's.
    fn advise_on_codes(&self, advice: &mut Vec<Problem>) {
        let cut = self.links.keys().filter(|code| code.ends_with(['_', '-']));
        advice.extend(cut.map(|code| {
            Problem::new(
                format!("links.{code}"),
                "chat apps leave the _ or - at the end of an address off, and lead to another code or to \
                 none; let the code end with a letter or a digit",
            )
        }));
    }
}

/// Why tags do not hold for the orders of such a store, if they do not.
fn without_tags(kind: Platform, lists_nothing: bool) -> Option<&'static str> {
    match kind {
        Platform::WooCommerce => Some(
            "WooCommerce's orders and customers have no tags, so [tags] does not hold for them; name \
             coupons, e-mails or SKUs instead",
        ),
        Platform::Stripe => Some(
            "Stripe's payments have no tags, so [tags] does not hold for them; name coupons or e-mails \
             instead",
        ),
        Platform::BigCommerce => Some(
            "BigCommerce's orders have no tags, so [tags] does not hold for them; name coupons, e-mails \
             or SKUs instead",
        ),
        Platform::Shopify if lists_nothing => Some(
            "Shopify sends the tags of orders, and since 2025 none of customers; for those of customers \
             set api, so that they are asked for",
        ),
        Platform::Shopify | Platform::Generic => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(rest: &str) -> Vec<String> {
        let text = format!(
            "name = \"Kettle\"\nhome = \"https://kettle.example/\"\ncurrency = \"USD\"\n\
             policy = \"last-click\"\n[affiliates.ana]\n{rest}"
        );
        let program = ProgramDocument::from_toml(&text).unwrap();
        program.clone().validate().unwrap();
        program.advice().iter().map(|it| it.path.clone()).collect()
    }

    fn endpoint(kind: &str) -> String {
        format!(
            "[endpoints.shop]\nkind = \"{kind}\"\nstore = \"shop\"\nsecrets = [\"SHOP_SECRET\"]\n"
        )
    }

    #[test]
    fn a_code_that_chat_apps_cut_is_told_of() {
        let links = ["ANA_", "ANA-", "A_N-A"].map(|code| {
            format!("[links.{code}]\naffiliate = \"ana\"\nurl = \"https://kettle.example/\"\n")
        });
        assert_eq!(advice(&links.concat()), ["links.ANA-", "links.ANA_"]);
    }

    #[test]
    fn claims_by_what_a_store_never_sends_are_told_of() {
        let tags = "[tags]\nvip = \"ana\"\n";
        for (kind, told) in [("woocommerce", true), ("stripe", true), ("shopify", true), ("generic", false)] {
            let with_tags = advice(&format!("{tags}{}", endpoint(kind)));
            assert_eq!(with_tags.contains(&"endpoints.shop".to_owned()), told, "{kind}");
            assert_eq!(advice(&endpoint(kind)), [""; 0], "{kind}");
        }
        let skus = format!("[skus.TEA]\naffiliate = \"ana\"\n{}", endpoint("stripe"));
        assert_eq!(advice(&skus), ["endpoints.shop"]);
    }
}
