//! An invoice that was paid: a subscription's first order, a renewal, or a single one.

use super::event::{Event, end_of, payment_of, reference, required_seconds};
use super::evidence;
use super::goods::{self, Goods};
use super::money::Money;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{MAX_LINES, Object, Unusable};
use std::collections::BTreeSet;
use waymark_attribution::money::Amount;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment, Subscription};
use waymark_facts::spread;

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
    let tax = tax(invoice, money)?;
    let shipping = goods::shipping(invoice, &invoice.get("amount_shipping"), money)?;
    let worth = asked.saturating_sub(tax).saturating_sub(shipping);
    if worth < 0 {
        return Err(total.error("less than its tax and shipping"));
    }
    // What was not due was paid with the customer's credit: money that counted when it came in, or that
    // never did. Without it the order is what a refund of all of the payment leaves nothing of.
    let due = money.amount(&invoice.get("amount_due"))?.unwrap_or(asked);
    let due = spread(due, &[worth, shipping, tax]);
    let [worth, shipping, tax] = due.first_chunk().copied().unwrap_or_default();
    let Goods { lines, discount } = goods::settle(lines(invoice, money)?, worth);
    let snapshot = OrderSnapshot {
        id: order_id.clone(),
        placed_at: end_of(required_seconds(invoice, "created")?),
        updated_at: end_of(event.at),
        currency: money.currency,
        test: event.test,
        payment: Payment::Received,
        subscription,
        taxes_included: false,
        email: invoice.get("customer_email").text()?.map(PlainEmail::new),
        customer_id: evidence::customer(invoice)?,
        coupons: coupons(invoice)?.into_iter().collect(),
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines,
        discount,
        shipping: Amount::from_minor(shipping),
        tax: Amount::from_minor(tax),
        refunds: None,
        restates: false,
        goods_left: None,
    };
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: payments(invoice)?,
        reports: vec![FactKind::Snapshot(snapshot)],
        tokens: if renews { Vec::new() } else { tokens(invoice) },
        landing_pages: Vec::new(),
    }))
}

/// Which payment an invoice was paid by: nothing but another name of the order.
pub(super) fn parse_payment(payment: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let invoice = payment.get("invoice");
    let order_id = invoice.required(reference(&invoice)?)?;
    Ok(match payment_name(payment)? {
        None => Parsed::Ignored { reason: OUTSIDE },
        Some(name) => Parsed::Delivery(Delivery {
            order_id,
            other_names: vec![name],
            reports: Vec::new(),
            tokens: Vec::new(),
            landing_pages: Vec::new(),
        }),
    })
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
/// was changed, lower what all of them are worth.
fn lines(invoice: &Object<'_, '_>, money: Money) -> Result<Vec<OrderLine>, Unusable> {
    let Some(list) = invoice.get("lines").object()? else {
        return Ok(Vec::new());
    };
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for line in list.get("data").objects_at_most(MAX_LINES)? {
        let id = line.get("id").required_id()?;
        if !ids.insert(id.clone()) {
            return Err(line.get("id").error("the same as an earlier line's"));
        }
        let amount = line.get("amount");
        let amount = amount
            .required(money.signed(&amount)?)?
            .saturating_sub(money.sum(&line.get("discount_amounts"), "amount")?)
            .saturating_sub(contained_tax(&line, money)?);
        if amount < 0 {
            continue;
        }
        lines.push(OrderLine {
            id,
            sku: product(&line)?,
            quantity: goods::pieces(&line)?,
            amount: Amount::from_minor(amount),
        });
    }
    Ok(lines)
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
