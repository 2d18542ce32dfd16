//! Warnings of codes that are cut, and of claims by what a kind of store never sends.

use std::collections::BTreeSet;

use waymark_stores::Platform;

use crate::document::ProgramDocument;
use crate::problem::Problem;

impl ProgramDocument {
    /// Warns of codes that are cut, and of claims by what a store never sends.
    pub(crate) fn warn_of_what_never_comes(&self, warnings: &mut Vec<Problem>) {
        self.warn_of_codes(warnings);
        for (name, endpoint) in &self.endpoints {
            let place = format!("endpoints.{name}");
            let lists_nothing = endpoint.api.is_none();
            match endpoint.kind {
                Platform::Stripe if lists_nothing && !self.skus.is_empty() => {
                    warnings.push(Problem::new(
                        &place,
                        "Stripe's calls about checkout sessions and payment links list no lines, so [skus] \
                         does not hold for them; sell by invoices, or name coupons or tags instead",
                    ));
                }
                _ => {}
            }
            if !self.tags.is_empty()
                && let Some(why) = without_tags(endpoint.kind)
            {
                warnings.push(Problem::new(&place, why));
            }
        }
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
    fn warn_of_codes(&self, warnings: &mut Vec<Problem>) {
        let cut = self.links.keys().filter(|code| code.ends_with(['_', '-']));
        warnings.extend(cut.map(|code| {
            Problem::new(
                format!("links.{code}"),
                "chat apps leave the _ or - at the end of an address off, and lead to another code or to \
                 none; let the code end with a letter or a digit",
            )
        }));
    }
}

/// Why tags do not hold for the orders of such a store, if they do not.
fn without_tags(kind: Platform) -> Option<&'static str> {
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
        Platform::Shopify | Platform::Generic => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(rest: &str) -> Vec<String> {
        let text = format!(
            "name = \"Kettle\"\nhome = \"https://kettle.example/\"\ncurrency = \"USD\"\n\
             policy = \"last-click\"\n[affiliates.ana]\n{rest}"
        );
        let program = ProgramDocument::from_toml(&text).unwrap();
        program.clone().validate().unwrap();
        let mut warnings = Vec::new();
        program.warn_of_what_never_comes(&mut warnings);
        warnings.into_iter().map(|it| it.path).collect()
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
        assert_eq!(warned(&links.concat()), ["links.ANA-", "links.ANA_"]);
    }

    #[test]
    fn claims_by_what_a_store_never_sends_are_told_of() {
        let tags = "[tags]\nvip = \"ana\"\n";
        for (kind, told) in [
            ("woocommerce", true),
            ("stripe", true),
            ("shopify", false),
            ("generic", false),
        ] {
            let with_tags = warned(&format!("{tags}{}", endpoint(kind)));
            assert_eq!(
                with_tags.contains(&"endpoints.shop".to_owned()),
                told,
                "{kind}"
            );
            assert_eq!(warned(&endpoint(kind)), [""; 0], "{kind}");
        }
        let skus = format!("[skus.TEA]\naffiliate = \"ana\"\n{}", endpoint("stripe"));
        assert_eq!(warned(&skus), ["endpoints.shop"]);
    }
}
