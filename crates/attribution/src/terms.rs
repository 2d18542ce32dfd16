//! What is agreed about commission, with everybody (the policy) or with one affiliate.

use crate::error::{CaseError, Locate};
use crate::limits;
use crate::method::Method;
use crate::money::{Amount, Currency};
use crate::rate::{Rate, RateDocument, RatesDocument, SkuDocument};
use crate::sorted::Sorted;
use crate::text::Text;

/// Rates per method and for single SKUs, and the lists of SKUs that do not earn or alone earn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms<'a> {
    /// At most one for each method, and one for the default (`None`).
    rates: Vec<(Option<Method>, Rate<Amount>)>,
    disabled: Sorted<Text<'a>, ()>,
    allowed: Sorted<Text<'a>, ()>,
    sku_rates: Sorted<Text<'a>, Rate<Amount>>,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(
        rates: RatesDocument<'a>,
        sku: SkuDocument<'a>,
        currency: Currency,
    ) -> Result<Terms<'a>, CaseError> {
        Ok(Terms {
            rates: rates
                .into_entries()
                .map(|(method, document)| {
                    let name = method.map_or("default", Method::as_str);
                    Ok((method, rate(document, currency).field(name).field("rates")?))
                })
                .collect::<Result<_, CaseError>>()?,
            disabled: sku_list(sku.disabled).field("disabled").field("sku")?,
            allowed: sku_list(sku.allowed).field("allowed").field("sku")?,
            sku_rates: sku
                .rates
                .0
                .into_iter()
                .map(|(sku, document)| {
                    limits::id(&sku).field(&sku)?;
                    let rate = sku_rate(document, currency).field(&sku)?;
                    Ok((sku, rate))
                })
                .collect::<Result<Vec<_>, CaseError>>()
                .and_then(Sorted::new)
                .field("rates")
                .field("sku")?,
        })
    }

    /// The rate for a method: its own, for `qr` also that of `link`, or else the default.
    pub(crate) fn rate(&self, method: Method) -> Option<Rate<Amount>> {
        let own = |method: Option<Method>| {
            self.rates
                .iter()
                .find(|(key, _)| *key == method)
                .map(|(_, rate)| *rate)
        };
        own(Some(method))
            .or_else(|| match method {
                Method::Qr => own(Some(Method::Link)),
                _ => None,
            })
            .or_else(|| own(None))
    }

    /// The rate for a SKU, whatever the method.
    pub(crate) fn sku_rate(&self, sku: &str) -> Option<Rate<Amount>> {
        self.sku_rates.get(&sku.into()).copied()
    }

    /// Whether the SKU is on the list of those that earn nothing.
    pub(crate) fn disables(&self, sku: &str) -> bool {
        self.disabled.get(&sku.into()).is_some()
    }

    /// Whether the SKU may earn: there is no list of those that may, or it is on it. A line
    /// without a SKU is on no list.
    pub(crate) fn allows(&self, sku: Option<&str>) -> bool {
        self.allowed.is_empty() || sku.is_some_and(|sku| self.allowed.get(&sku.into()).is_some())
    }
}

fn rate(document: RateDocument<'_>, currency: Currency) -> Result<Rate<Amount>, CaseError> {
    let kind = document.kind();
    document
        .try_map(|text| {
            limits::text(&text)?;
            Ok::<_, CaseError>(currency.parse(&text)?)
        })
        .field(kind)
}

/// A rate given for a SKU, which cannot be `per_order`: several SKUs may be in one order.
pub(crate) fn sku_rate(
    document: RateDocument<'_>,
    currency: Currency,
) -> Result<Rate<Amount>, CaseError> {
    match rate(document, currency)? {
        Rate::PerOrder(_) => Err(CaseError::new(
            "not possible for a SKU; use percent or per_item",
        ))
        .field("per_order"),
        rate => Ok(rate),
    }
}

fn sku_list(skus: Vec<Text<'_>>) -> Result<Sorted<Text<'_>, ()>, CaseError> {
    for (index, sku) in skus.iter().enumerate() {
        limits::id(sku).index(index)?;
    }
    Ok(Sorted::set(skus))
}
