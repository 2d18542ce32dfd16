//! Shopify's refund, as `refunds/create` carries it and as orders contain it.

use super::money::{in_shop_money, is_tip, shop_amount};
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, MAX_LINES, Object, Unusable};
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{FactKind, RefundDetail, RefundFact, RefundedLine};

pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let refund = payload::object(body)?;
    let order_id = refund.get("order_id").required_id()?;
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: vec![FactKind::Refund(fact(&refund, None)?)],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// A refund, alike whether it came by itself or inside an order, so that it is one fact.
///
/// Besides the pieces refunded there are `order_adjustments`, negative where money went to the
/// shopper. Those of kind `shipping_refund` are the shipping, without the tax that `tax_amount` adds to
/// it. Later API versions say it in `refund_shipping_lines`, some in both: then the adjustments count,
/// since the lines may leave out the tax, or contain it. All other adjustments are the difference between what the pieces would give
/// and what was paid: negative is money refunded for nothing in particular, positive is money kept.
/// A payment that is still pending shows up as kept as well, but it is on its way to the shopper.
/// Where every payment of a refund failed nothing was refunded; Shopify makes another refund of
/// another try.
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
    let mut adjusted: Option<(i64, i64)> = None;
    let mut difference = 0_i64;
    let mut difference_tax = 0_i64;
    for adjustment in refund.get("order_adjustments").objects()? {
        let of = |name| shop_amount(&adjustment, name, |value| value.signed_amount(currency));
        let amount = of("amount")?.unwrap_or_default().minor();
        let of_tax = of("tax_amount")?.unwrap_or_default().minor();
        if adjustment.get("kind").text()?.as_deref() == Some("shipping_refund") {
            let (shipping, tax) = adjusted.unwrap_or_default();
            adjusted = Some((shipping.saturating_sub(amount), tax.saturating_sub(of_tax)));
        } else {
            difference = difference.saturating_add(amount);
            difference_tax = difference_tax.saturating_add(of_tax);
        }
    }
    let (shipping, tax) = match adjusted {
        Some(adjusted) => adjusted,
        None => shipping_lines(refund, currency)?,
    };
    let unassigned = difference.min(0).saturating_neg();
    let tax = tax.saturating_sub(difference_tax.min(0));
    let withheld = difference
        .max(0)
        .saturating_add(difference_tax.max(0))
        .saturating_sub(pending(refund, currency)?);
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        at: match refund.get("processed_at").instant()? {
            None => refund.get("created_at").instant()?,
            at => at,
        },
        currency,
        lines: lines(refund, currency)?,
        shipping: Amount::from_minor(shipping.max(0)),
        tax: Amount::from_minor(tax.max(0)),
        unassigned: Amount::from_minor(unassigned),
        gross: false,
        withheld: Amount::from_minor(withheld.max(0)),
        failed: failed(refund)?,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    })
}

/// What `refund_shipping_lines` give back of shipping, and of its tax where they tell it, in minor
/// units. If the order's prices include tax, so may these: the fold has what is too much for shipping
/// be its tax.
fn shipping_lines(refund: &Object<'_, '_>, currency: Currency) -> Result<(i64, i64), Unusable> {
    let (mut shipping, mut tax) = (0_i64, 0_i64);
    for line in refund.get("refund_shipping_lines").objects()? {
        let of = |name| shop_amount(&line, name, |value| value.amount(currency));
        shipping = shipping.saturating_add(of("subtotal_amount")?.unwrap_or_default().minor());
        tax = tax.saturating_add(of("tax_amount")?.unwrap_or_default().minor());
    }
    Ok((shipping, tax))
}

/// Whether the refund has payments and none of them succeeded, or still may.
fn failed(refund: &Object<'_, '_>) -> Result<bool, Unusable> {
    let mut failed = false;
    for payment in refund.get("transactions").objects()? {
        if payment.get("kind").text()?.as_deref() == Some("refund") {
            match payment.get("status").text()?.as_deref() {
                Some("failure" | "error") => failed = true,
                _ => return Ok(false),
            }
        }
    }
    Ok(failed)
}

/// Shopify's `subtotal` of a refunded line is after discounts and, like the line's price, with tax
/// if the order's prices include it. Old payloads leave it out and give the pieces only. A tip given
/// back is left out, as it is of the order.
fn lines(refund: &Object<'_, '_>, currency: Currency) -> Result<Vec<RefundedLine>, Unusable> {
    let list = refund.get("refund_line_items");
    let mut lines = Vec::new();
    for line in list.objects_at_most(MAX_LINES)? {
        let item = line.get("line_item").object()?;
        if item.as_ref().is_some_and(is_tip) {
            continue;
        }
        let of = |name| shop_amount(&line, name, |value| value.amount(currency));
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

/// The sum of the refund's payments that are under way.
fn pending(refund: &Object<'_, '_>, currency: Currency) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for payment in refund.get("transactions").objects()? {
        let of_refund = payment.get("kind").text()?.as_deref() == Some("refund");
        let under_way = payment.get("status").text()?.as_deref() == Some("pending");
        // A payment may be in the shopper's currency, which says nothing about the shop's.
        let same_currency = payment
            .get("currency")
            .currency()?
            .is_none_or(|paid| paid == currency);
        if of_refund && under_way && same_currency {
            let amount = payment.get("amount").amount(currency)?.unwrap_or_default();
            total = total.saturating_add(amount.minor());
        }
    }
    Ok(total)
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
    for item in refund.get("transactions").items()? {
        let currency = item.required_object()?.get("currency").currency()?;
        if currency.is_some() {
            return Ok(currency);
        }
    }
    Ok(None)
}
