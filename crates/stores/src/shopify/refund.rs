//! Shopify's refund, as `refunds/create` and orders carry it.

use super::money::{amount, in_shop_money, is_no_sale, known_currency, presentment, shop_amount};
use super::payments::Payments;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, MAX_LINES, Object, Unusable};
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{FactKind, RefundDetail, RefundFact, RefundedLine};

const NOTHING: &str = "the refund gives back neither money nor pieces";

pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let refund = payload::object(body)?;
    let order_id = refund.get("order_id").required_id()?;
    if is_of_nothing(&refund)? && shop_currency(&refund)?.is_none() {
        return Ok(Parsed::Ignored { reason: NOTHING });
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: vec![FactKind::Refund(fact(&refund, None)?)],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// A return that was closed, a duty, a note: there is no currency in it, nor anything to count.
fn is_of_nothing(refund: &Object<'_, '_>) -> Result<bool, Unusable> {
    let lists = [
        "refund_line_items",
        "order_adjustments",
        "refund_shipping_lines",
        "transactions",
    ];
    for list in lists {
        if !refund.get(list).items()?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A refund, read alike whether it came by itself or inside an order. Its time is that of its making;
/// inside an order, which shows how it stands later on, that of the order counts.
///
/// Besides the pieces refunded there are `order_adjustments`, negative where money went to the
/// shopper. Those for shipping say so by their kind or, since that is on its way out, by their reason;
/// their amount is without the tax that `tax_amount` adds to it. Later API versions say it in
/// `refund_shipping_lines`, some in both: then the adjustments count, since the lines may leave out the
/// tax, or contain it. All other adjustments are the difference between what the pieces would give
/// and what was paid: negative is money refunded for nothing in particular, positive is money kept.
/// A payment that is still pending shows up as kept as well, whatever its currency, but it is on its way
/// to the shopper. Where every payment of a refund failed nothing was refunded, and where some did, their
/// part of it was not; Shopify makes another refund of another try.
pub(super) fn fact(
    refund: &Object<'_, '_>,
    order_currency: Option<Currency>,
) -> Result<RefundFact, Unusable> {
    let currency = match (shop_currency(refund)?, order_currency) {
        (Some(currency), _) | (None, Some(currency)) => currency,
        (None, None) => {
            let place = refund.get("transactions");
            return Err(place.error("the refund names no currency anywhere"));
        }
    };
    let payments = Payments::read(refund, currency)?;
    let lines_of_shipping = shipping_lines(refund, currency)?;
    let Adjustments {
        shipping,
        mut kept,
        given,
    } = adjustments(refund, currency, lines_of_shipping)?;
    let was_kept = kept;
    kept.less(payments.on_its_way(&was_kept, currency));
    let difference = kept.amount.saturating_sub(given.amount);
    let difference_tax = kept.tax.saturating_sub(given.tax);
    let (shipping, tax) = shipping.or(lines_of_shipping).unwrap_or_default();
    let tax = tax.saturating_sub(difference_tax.min(0));
    let withheld = difference.max(0).saturating_add(difference_tax.max(0));

    let share = payments.share_given(&was_kept, currency);
    let part = |minor: i64| Amount::from_minor(share.of(minor.max(0)));
    let mut lines = lines(refund, currency)?;
    for line in &mut lines {
        line.amount = line.amount.map(|amount| part(amount.minor()));
        line.tax = part(line.tax.minor());
    }
    let created = refund.get("created_at").instant()?;
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        // What was made later than it says it was is news all the same.
        at: created.max(refund.get("processed_at").instant()?),
        currency,
        lines,
        shipping: part(shipping),
        tax: part(tax),
        unassigned: part(difference.min(0).saturating_neg()),
        gross: false,
        withheld: part(withheld),
        failed: payments.all_failed(),
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    })
}

/// A sum of adjustments of one sign, in minor units of the shop's currency.
#[derive(Clone, Copy, Default)]
pub(super) struct Adjusted {
    pub amount: i64,
    pub tax: i64,
    /// The same, tax included, in the currency that the shopper paid in, where it is known.
    pub seen: Option<(i64, Currency)>,
}

impl Adjusted {
    fn add(&mut self, amount: i64, tax: i64) {
        self.amount = self.amount.saturating_add(amount);
        self.tax = self.tax.saturating_add(tax);
    }

    pub(super) fn whole(&self) -> i64 {
        self.amount.saturating_add(self.tax)
    }

    fn less(&mut self, minor: i64) {
        let amount = minor.min(self.amount);
        self.amount = self.amount.saturating_sub(amount);
        self.tax = self.tax.saturating_sub(minor.saturating_sub(amount)).max(0);
    }
}

struct Adjustments {
    /// What adjustments give back of shipping, and of its tax, if there are any for it.
    shipping: Option<(i64, i64)>,
    /// What was kept of the refund, or is not paid yet.
    kept: Adjusted,
    /// What was given back for nothing in particular.
    given: Adjusted,
}

fn adjustments(
    refund: &Object<'_, '_>,
    currency: Currency,
    lines_of_shipping: Option<(i64, i64)>,
) -> Result<Adjustments, Unusable> {
    let mut read = Adjustments {
        shipping: None,
        kept: Adjusted::default(),
        given: Adjusted::default(),
    };
    for adjustment in refund.get("order_adjustments").objects()? {
        let of = |name| shop_amount(&adjustment, name, |value| value.rounded(currency));
        let amount = of("amount")?.unwrap_or_default().minor();
        let tax = of("tax_amount")?.unwrap_or_default().minor();
        if is_of_shipping(&adjustment, amount, lines_of_shipping)? {
            let (shipping, of_tax) = read.shipping.unwrap_or_default();
            let shipping = shipping.saturating_sub(amount);
            read.shipping = Some((shipping, of_tax.saturating_sub(tax)));
            continue;
        }
        read.kept.add(amount.max(0), tax.max(0));
        let given = (amount.min(0), tax.min(0));
        read.given
            .add(given.0.saturating_neg(), given.1.saturating_neg());
        if amount > 0 {
            for name in ["amount_set", "tax_amount_set"] {
                if let Some((seen, currency)) = presentment(&adjustment.get(name))? {
                    let before = read.kept.seen.map_or(0, |(sum, _)| sum);
                    let sum = before.saturating_add(seen.minor().max(0));
                    read.kept.seen = Some((sum, currency));
                }
            }
        }
    }
    Ok(read)
}

/// Whether an adjustment is for shipping: by its kind or its reason, or, where it has neither, by being as
/// much as the refund's shipping lines.
fn is_of_shipping(
    adjustment: &Object<'_, '_>,
    amount: i64,
    lines_of_shipping: Option<(i64, i64)>,
) -> Result<bool, Unusable> {
    let kind = adjustment.get("kind").text()?;
    let reason = adjustment.get("reason").text()?;
    Ok(match (kind.as_deref(), reason) {
        (Some("shipping_refund"), _) => true,
        (_, Some(reason)) => reason.to_ascii_lowercase().starts_with("shipping"),
        (Some(_), None) => false,
        (None, None) => {
            lines_of_shipping.is_some_and(|(shipping, _)| shipping == amount.saturating_neg())
        }
    })
}

/// What `refund_shipping_lines` give back of shipping, and of its tax where they tell it, in minor
/// units; `None` without any. If the order's prices include tax, so may these: the fold has what is too
/// much for shipping be its tax.
fn shipping_lines(
    refund: &Object<'_, '_>,
    currency: Currency,
) -> Result<Option<(i64, i64)>, Unusable> {
    let mut sum: Option<(i64, i64)> = None;
    for line in refund.get("refund_shipping_lines").objects()? {
        let of = |name| shop_amount(&line, name, |value| amount(value, currency));
        let subtotal = of("subtotal_amount")?.unwrap_or_default().minor();
        let tax_amount = of("tax_amount")?.unwrap_or_default().minor();
        let (shipping, tax) = sum.unwrap_or_default();
        let shipping = shipping.saturating_add(subtotal);
        sum = Some((shipping, tax.saturating_add(tax_amount)));
    }
    Ok(sum)
}

/// Shopify's `subtotal` of a refunded line is after discounts and, like the line's price, with tax
/// if the order's prices include it. Old payloads leave it out and give the pieces only. A tip or
/// gift card given back is left out, as it is of the order.
fn lines(refund: &Object<'_, '_>, currency: Currency) -> Result<Vec<RefundedLine>, Unusable> {
    let list = refund.get("refund_line_items");
    let mut lines = Vec::new();
    for line in list.objects_at_most(MAX_LINES)? {
        let item = line.get("line_item").object()?;
        if item.as_ref().is_some_and(is_no_sale) {
            continue;
        }
        let of = |name| shop_amount(&line, name, |value| amount(value, currency));
        let quantity = line.get("quantity");
        lines.push(RefundedLine {
            line: line.get("line_item_id").required_id()?,
            quantity: quantity.required(quantity.quantity()?)?,
            amount: of("subtotal")?,
            tax: of("total_tax")?.unwrap_or_default(),
        });
    }
    Ok(lines)
}

/// The shop's currency, from wherever the refund names it first.
fn shop_currency(refund: &Object<'_, '_>) -> Result<Option<Currency>, Unusable> {
    let sets = [
        ("refund_line_items", "subtotal_set"),
        ("order_adjustments", "amount_set"),
        ("refund_shipping_lines", "subtotal_amount_set"),
    ];
    for (list, set) in sets {
        for item in refund.get(list).objects()? {
            let currency = in_shop_money(&item.get(set), |money| {
                money.get("currency_code").currency()
            })?;
            if currency.is_some() {
                return Ok(currency);
            }
        }
    }
    let duties = refund.get("total_duties_set");
    let currency = in_shop_money(&duties, |money| money.get("currency_code").currency())?;
    if currency.is_some() {
        return Ok(currency);
    }
    let payments = refund.get("transactions");
    let payments = payments.objects()?;
    let mut currencies = payments
        .iter()
        .map(|it| known_currency(&it.get("currency")));
    Ok(currencies.find_map(|currency| currency))
}
