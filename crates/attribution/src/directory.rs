//! Who may be credited, and which codes, addresses, SKUs and tags belong to whom, checked.

use crate::document::{AffiliateClass, AffiliateDocument, AffiliateStatus, DirectoryDocument};
use crate::entries::Entries;
use crate::error::{CaseError, Locate};
use crate::key::Key;
use crate::limits;
use crate::money::{Amount, Currency};
use crate::rate::Rate;
use crate::sorted::Sorted;
use crate::terms::{self, Terms};
use crate::text::Text;
use crate::time::Duration;

/// The place of an affiliate in the directory: what the steps compare instead of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AffiliateIndex(usize);

/// An affiliate as something in the case names it, whether the directory knows it or not.
#[derive(Debug, Clone)]
pub(crate) struct Named<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) known: Option<AffiliateIndex>,
}

#[derive(Debug, Clone)]
pub(crate) struct Affiliate<'a> {
    pub(crate) active: bool,
    pub(crate) class: AffiliateClass,
    pub(crate) window: Option<Duration>,
    /// Whether one of its e-mail addresses is the order's.
    pub(crate) is_buyer: bool,
    pub(crate) terms: Terms<'a>,
}

#[derive(Debug, Clone)]
pub(crate) struct SkuTrigger<'a> {
    pub(crate) affiliate: Named<'a>,
    pub(crate) rate: Option<Rate<Amount>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Directory<'a> {
    affiliates: Affiliates<'a>,
    pub(crate) coupons: Sorted<Key<'a>, Named<'a>>,
    pub(crate) emails: Sorted<Key<'a>, Named<'a>>,
    pub(crate) skus: Sorted<Text<'a>, SkuTrigger<'a>>,
    pub(crate) tags: Sorted<Key<'a>, Named<'a>>,
}

impl<'a> Directory<'a> {
    /// Checks a directory for an order in this currency by a buyer with this e-mail address.
    pub(crate) fn new(
        document: DirectoryDocument<'a>,
        currency: Currency,
        buyer: Option<&Key<'_>>,
    ) -> Result<Directory<'a>, CaseError> {
        let affiliates =
            Affiliates::new(document.affiliates, currency, buyer).field("affiliates")?;
        Ok(Directory {
            coupons: affiliates.triggers(document.coupons).field("coupons")?,
            emails: affiliates.triggers(document.emails).field("emails")?,
            tags: affiliates.triggers(document.tags).field("tags")?,
            skus: map(document.skus, Ok, |trigger| {
                Ok(SkuTrigger {
                    affiliate: affiliates.named(trigger.affiliate).field("affiliate")?,
                    rate: trigger
                        .rate
                        .map(|rate| terms::sku_rate(rate, currency))
                        .transpose()
                        .field("rate")?,
                })
            })
            .field("skus")?,
            affiliates,
        })
    }

    /// Looks an id up, once, so that the steps need not.
    pub(crate) fn named(&self, id: Text<'a>) -> Result<Named<'a>, CaseError> {
        self.affiliates.named(id)
    }

    pub(crate) fn affiliate(&self, index: AffiliateIndex) -> Option<&Affiliate<'a>> {
        self.affiliates.0.at(index.0)
    }
}

#[derive(Debug, Clone)]
struct Affiliates<'a>(Sorted<Text<'a>, Affiliate<'a>>);

impl<'a> Affiliates<'a> {
    fn new(
        documents: Entries<'a, AffiliateDocument<'a>>,
        currency: Currency,
        buyer: Option<&Key<'_>>,
    ) -> Result<Affiliates<'a>, CaseError> {
        map(documents, Ok, |document| {
            affiliate(document, currency, buyer)
        })
        .map(Affiliates)
    }

    fn named(&self, id: Text<'a>) -> Result<Named<'a>, CaseError> {
        limits::id(&id)?;
        Ok(Named {
            known: self.0.position(&id).map(AffiliateIndex),
            id,
        })
    }

    fn triggers(
        &self,
        entries: Entries<'a, Text<'a>>,
    ) -> Result<Sorted<Key<'a>, Named<'a>>, CaseError> {
        // `limits::id` has refused the texts that no key can be made of.
        let key = |text| Key::new(text).ok_or_else(|| CaseError::new("empty"));
        map(entries, key, |id| self.named(id))
    }
}

/// Checks the entries of a JSON object of the directory.
fn map<'a, K: Ord + AsRef<str>, D, V>(
    entries: Entries<'a, D>,
    key: impl Fn(Text<'a>) -> Result<K, CaseError>,
    value: impl Fn(D) -> Result<V, CaseError>,
) -> Result<Sorted<K, V>, CaseError> {
    entries
        .0
        .into_iter()
        .map(|(name, document)| {
            limits::id(&name).field(&name)?;
            let value = value(document).field(&name)?;
            Ok((key(name)?, value))
        })
        .collect::<Result<Vec<_>, CaseError>>()
        .and_then(Sorted::new)
}

fn affiliate<'a>(
    document: AffiliateDocument<'a>,
    currency: Currency,
    buyer: Option<&Key<'_>>,
) -> Result<Affiliate<'a>, CaseError> {
    for (index, email) in document.emails.iter().enumerate() {
        limits::text(email).index(index).field("emails")?;
    }
    Ok(Affiliate {
        active: document.status == AffiliateStatus::Active,
        class: document.class,
        window: document.window,
        is_buyer: buyer.is_some_and(|buyer| {
            let mut emails = document.emails.into_iter().filter_map(Key::new);
            emails.any(|email| email == *buyer)
        }),
        terms: Terms::new(document.rates, document.sku, currency)?,
    })
}
