//! An invoice that was paid: a subscription's first order, a renewal, or a single one.

use super::event::{Event, end_of, payment_of, reference, required_seconds, start_of};
use super::evidence;
use super::goods::{self, Goods, LineNames, Listed};
use super::money::Money;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{MAX_LINES, Object, Unusable};
use std::collections::{BTreeMap, BTreeSet};
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{
    FactKind, LeftOut, OrderLine, OrderSnapshot, Payment, Subscription, VersionNotes,
};
use waymark_facts::payment::PaymentPartFact;

const CREDIT: &str = "the invoice gives credit, which comes off the customer's next invoices";
const OUTSIDE: &str =
    "the invoice was paid outside of Stripe, so nothing else will name the payment";

pub(super) fn parse(event: Event, invoice: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let order_id = invoice.get("id").required_id()?;
    let money = Money::of(invoice)?;
    let total = invoice.get("total");
    let asked = total.required(money.signed(&total)?)?;
    if asked < 0 {
        return Ok(Parsed::Ignored { reason: CREDIT });
    }
    let subscription = subscription(invoice)?;
    let renews = subscription.as_ref().is_some_and(|it| it.renewal);
    // A voucher that is not taxed may leave less than the tax: then the goods cost nothing.
    let tax = tax(invoice, money)?.min(asked);
    let shipping = goods::shipping(invoice, &invoice.get("amount_shipping"), money)?;
    let shipping = shipping.min(asked.saturating_sub(tax));
    let worth = asked.saturating_sub(tax).saturating_sub(shipping);
    // What was not due was paid with the customer's credit: money that counted when it came in, or that
    // never did. Without it the order is what a refund of all of the payment leaves nothing of. And money
    // that came in beyond what was asked for becomes credit; a sum that is too small to be charged is
    // due with the next invoice.
    let carried = money.signed(&invoice.get("starting_balance"))?;
    let most = asked.saturating_add(carried.unwrap_or_default().max(0));
    let due = money.amount(&invoice.get("amount_due"))?;
    let due = due.unwrap_or(asked).min(most);
    let paid = money.amount(&invoice.get("amount_paid"))?;
    let overpaid = money.amount(&invoice.get("amount_overpaid"))?;
    let overpaid = overpaid.filter(|_| paid != Some(0));
    let due = due.saturating_add(overpaid.unwrap_or_default());
    let due = due.min(Amount::MAX.minor());
    let due = goods::scaled(due, &[worth, shipping, tax]);
    let [worth, shipping, tax] = due.first_chunk().copied().unwrap_or_default();
    let goods = goods::settle(lines(invoice, money)?, worth);
    let coupons: Vec<String> = coupons(invoice)?.into_iter().collect();
    // A renewal is credited as the first order was.
    let codes_left_out = !renews && coupons.is_empty() && has_discounts(invoice)?;
    let left_out = [
        goods.left_out.then_some(LeftOut::Lines),
        codes_left_out.then_some(LeftOut::Coupons),
    ];
    let Goods {
        lines, discount, ..
    } = goods;
    let snapshot = OrderSnapshot {
        id: order_id.clone(),
        placed_at: end_of(placed_at(invoice)?),
        updated_at: end_of(event.at),
        currency: money.currency,
        test: event.test,
        payment: Payment::Received,
        subscription,
        taxes_included: false,
        email: invoice.get("customer_email").text()?.map(PlainEmail::new),
        customer_id: evidence::customer(invoice)?,
        coupons,
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines,
        discount,
        shipping: Amount::from_minor(shipping),
        tax: Amount::from_minor(tax),
        refunds: None,
        restates: false,
        notes: VersionNotes {
            typed_email: false,
            left_out: left_out.into_iter().flatten().collect(),
        },
        goods_left: None,
    };
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    if let Some(list) = invoice.get("payments").object()? {
        for item in list.get("data").objects()? {
            if let Some(name) = payment_name(&item)? {
                let part = part(&item, name, order_id.clone(), start_of(event.at))?;
                reports.extend(part.map(FactKind::PaymentPart));
            }
        }
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: payments(invoice)?,
        reports,
        tokens: tokens(invoice),
        landing_pages: Vec::new(),
    }))
}

/// When the invoice was asked for. A draft may have waited for that for days.
fn placed_at(invoice: &Object<'_, '_>) -> Result<i64, Unusable> {
    let created = required_seconds(invoice, "created")?;
    let transitions = invoice.get("status_transitions").object()?;
    let finalised = match &transitions {
        Some(transitions) => transitions.get("finalized_at").whole_number()?,
        None => invoice.get("finalized_at").whole_number()?,
    };
    Ok(finalised.map_or(created, |it| it.max(created)))
}

/// Which payment an invoice was paid by, and with how much of it: another name of the order, but one
/// that it may share with other invoices.
pub(super) fn parse_payment(event: Event, payment: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let Some((order_id, name)) = paid_by(payment)? else {
        return Ok(Parsed::Ignored { reason: OUTSIDE });
    };
    let part = part(payment, name.clone(), order_id.clone(), start_of(event.at))?;
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: vec![name],
        reports: part.into_iter().map(FactKind::PaymentPart).collect(),
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// A payment that was taken off an invoice, which is open again.
pub(super) fn parse_detached(event: Event, payment: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let Some((order_id, name)) = paid_by(payment)? else {
        return Ok(Parsed::Ignored { reason: OUTSIDE });
    };
    let nothing = PaymentPartFact {
        payment: name.clone(),
        order: order_id.clone(),
        at: end_of(event.at),
        amount: Amount::ZERO,
    };
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: vec![name],
        reports: vec![FactKind::PaymentPart(nothing)],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// Invoice and payment of an invoice's payment; `None` if it was paid outside of Stripe.
fn paid_by(payment: &Object<'_, '_>) -> Result<Option<(String, String)>, Unusable> {
    let invoice = payment.get("invoice");
    let order_id = invoice.required(reference(&invoice)?)?;
    Ok(payment_name(payment)?.map(|name| (order_id, name)))
}

/// What of a payment an invoice was paid with, if that is said.
fn part(
    payment: &Object<'_, '_>,
    name: String,
    order: String,
    at: Instant,
) -> Result<Option<PaymentPartFact>, Unusable> {
    let paid = payment.get("amount_paid");
    if paid.is_absent() {
        return Ok(None);
    }
    let amount = Money::of(payment)?.amount(&paid)?;
    Ok(amount.map(|amount| PaymentPartFact {
        payment: name,
        order,
        at,
        amount: Amount::from_minor(amount),
    }))
}

/// All taxes, contained in the prices or not. The names of the list changed with API version
/// 2025-03-31; old ones have the sum as well.
fn tax(invoice: &Object<'_, '_>, money: Money) -> Result<i64, Unusable> {
    for list in ["total_taxes", "total_tax_amounts"] {
        let list = invoice.get(list);
        if !list.is_absent() {
            return Ok(money.sum(&list, "amount")?.max(0));
        }
    }
    Ok(money
        .signed(&invoice.get("tax"))?
        .unwrap_or_default()
        .max(0))
}

/// The lines that cost something or nothing; those below zero, such as what is left of a plan that
/// was changed, lower what all of them are worth. Pieces that are given back by one are not bought anew
/// by another of the same product.
fn lines(invoice: &Object<'_, '_>, money: Money) -> Result<Listed, Unusable> {
    let Some(list) = invoice.get("lines").object()? else {
        return Ok(Listed::default());
    };
    let mut names = LineNames::default();
    let mut lines = Vec::new();
    let mut returned: BTreeMap<String, u32> = BTreeMap::new();
    for (place, line) in list
        .get("data")
        .objects_at_most(MAX_LINES)?
        .iter()
        .enumerate()
    {
        let id = names.name(line, place);
        let amount = line.get("amount");
        let amount = amount
            .required(money.signed(&amount)?)?
            .saturating_sub(money.sum(&line.get("discount_amounts"), "amount")?)
            .saturating_sub(contained_tax(line, money)?);
        let (sku, quantity) = (product(line)?, goods::pieces(line)?);
        if amount < 0 {
            if let Some(sku) = sku {
                let pieces = returned.entry(sku).or_default();
                *pieces = pieces.saturating_add(quantity);
            }
            continue;
        }
        lines.push(OrderLine {
            id,
            sku,
            quantity,
            amount: Amount::from_minor(amount),
        });
    }
    for line in &mut lines {
        if let Some(pieces) = line.sku.as_ref().and_then(|sku| returned.get_mut(sku)) {
            // A line has a piece at least.
            let off = line.quantity.saturating_sub(1).min(*pieces);
            line.quantity = line.quantity.saturating_sub(off);
            *pieces = pieces.saturating_sub(off);
        }
    }
    let has_more = list.get("has_more");
    Ok(Listed {
        lines,
        whole: !has_more.is_absent() && !has_more.flag()?,
    })
}

/// The taxes that the line's price contains. Their names, too, changed with API version 2025-03-31.
fn contained_tax(line: &Object<'_, '_>, money: Money) -> Result<i64, Unusable> {
    let mut contained = 0_i64;
    for list in ["taxes", "tax_amounts"] {
        for tax in line.get(list).objects()? {
            let inclusive = tax.get("tax_behavior").text()?.as_deref() == Some("inclusive")
                || tax.get("inclusive").flag()?;
            if inclusive {
                let amount = money.signed(&tax.get("amount"))?;
                contained = contained.saturating_add(amount.unwrap_or_default());
            }
        }
    }
    Ok(contained)
}

/// Since API version 2025-03-31 a line has its price's ids in `pricing`, before in `price`.
fn product(line: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    let Some(pricing) = line.get("pricing").object()? else {
        return goods::product(line.get("price").object()?.as_ref());
    };
    goods::product(pricing.get("price_details").object()?.as_ref())
}

fn subscription(invoice: &Object<'_, '_>) -> Result<Option<Subscription>, Unusable> {
    let of_parent = parent(invoice, |details| reference(&details.get("subscription")))?;
    let id = match of_parent.transpose()?.flatten() {
        None => reference(&invoice.get("subscription"))?,
        id => id,
    };
    let reason = invoice.get("billing_reason").text()?;
    let begins = matches!(
        reason.as_deref(),
        Some("subscription_create" | "quote_accept")
    );
    Ok(id.map(|id| Subscription {
        id,
        renewal: !begins,
    }))
}

/// Reads what an invoice says of its subscription since API version 2025-03-31.
fn parent<T>(
    invoice: &Object<'_, '_>,
    read: impl FnOnce(&Object<'_, '_>) -> T,
) -> Result<Option<T>, Unusable> {
    let Some(parent) = invoice.get("parent").object()? else {
        return Ok(None);
    };
    let details = parent.get("subscription_details").object()?;
    Ok(details.map(|details| read(&details)))
}

/// The payments that the invoice names: one up to API version 2025-02-24, then a list, where it was
/// asked for.
fn payments(invoice: &Object<'_, '_>) -> Result<Vec<String>, Unusable> {
    let mut names = BTreeSet::new();
    names.extend(reference(&invoice.get("payment_intent"))?);
    names.extend(reference(&invoice.get("charge"))?);
    if let Some(list) = invoice.get("payments").object()? {
        for item in list.get("data").items()? {
            names.extend(payment_name(&item.required_object()?)?);
        }
    }
    Ok(names.into_iter().collect())
}

fn payment_name(payment: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    match payment.get("payment").object()? {
        Some(details) => payment_of(&details),
        None => payment_of(payment),
    }
}

/// Before API version 2025-03-31 an invoice has its first discount as an object.
fn coupons(invoice: &Object<'_, '_>) -> Result<BTreeSet<String>, Unusable> {
    let mut coupons: BTreeSet<String> = BTreeSet::new();
    if let Some(discount) = invoice.get("discount").object()? {
        coupons.extend(evidence::of_discount(&discount)?);
    }
    coupons.extend(evidence::coupons(&invoice.get("discounts"))?);
    Ok(coupons)
}

/// Whether something was taken off by a discount.
fn has_discounts(invoice: &Object<'_, '_>) -> Result<bool, Unusable> {
    Ok(!invoice.get("discounts").items()?.is_empty())
}

fn tokens(invoice: &Object<'_, '_>) -> Vec<String> {
    let mut tokens = Vec::new();
    evidence::tokens_in(&mut tokens, invoice);
    // Nothing about tokens makes an invoice unusable.
    let _ = parent(invoice, |details| evidence::tokens_in(&mut tokens, details));
    evidence::tokens_of(&mut tokens, &invoice.get("subscription_details"));
    evidence::tokens_of(&mut tokens, &invoice.get("subscription"));
    evidence::tokens_of(&mut tokens, &invoice.get("payment_intent"));
    tokens
}
