//! A Checkout session, as payment links, buy buttons and pricing tables make it too.

use super::event::{Event, end_of, reference, required_seconds, start_of};
use super::evidence;
use super::goods::{self, Goods, LineNames, Listed};
use super::money::Money;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{MAX_LINES, Object, Unusable};
use std::collections::BTreeSet;
use waymark_attribution::money::Amount;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{
    FactKind, LeftOut, OrderLine, OrderSnapshot, Payment, Subscription, VersionNotes,
};

const SETUP: &str = "the session took no money: it only kept a way to pay";

/// How far a session has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The shopper is through. Whether it is paid is in `payment_status`.
    Completed,
    /// A payment that takes its time, such as a debit, has arrived.
    Paid,
    /// It did not.
    Failed,
}

pub(super) fn parse(
    event: Event,
    session: &Object<'_, '_>,
    stage: Stage,
) -> Result<Parsed, Unusable> {
    let mode = session.get("mode").text()?;
    if mode.as_deref() == Some("setup") {
        return Ok(Parsed::Ignored { reason: SETUP });
    }
    let session_id = session.get("id").required_id()?;
    let payment = reference(&session.get("payment_intent"))?;
    let (order_id, other_names) = match reference(&session.get("invoice"))? {
        Some(invoice) => (invoice, [Some(session_id), payment]),
        None => (session_id, [payment, None]),
    };
    let snapshot = snapshot(event, session, stage, order_id.clone())?;
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    let coupons = coupons(session)?.into_iter();
    reports.extend(coupons.map(|code| FactKind::Coupon { code }));
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: other_names.into_iter().flatten().collect(),
        reports,
        tokens: tokens(session),
        landing_pages: Vec::new(),
    }))
}

fn snapshot(
    event: Event,
    session: &Object<'_, '_>,
    stage: Stage,
    id: String,
) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let created = required_seconds(session, "created")?;
    let money = Money::of(session)?;
    let total = session.get("amount_total");
    let asked = total.required(money.amount(&total)?)?;
    let details = session.get("total_details").object()?;
    let detail = |name| match &details {
        Some(details) => money.amount(&details.get(name)),
        None => Ok(None),
    };
    // As of invoices, a voucher may leave less than the tax.
    let tax = detail("amount_tax")?.unwrap_or_default().min(asked);
    let discount = detail("amount_discount")?.unwrap_or_default();
    let shipping = shipping(session, details.as_ref(), money)?;
    let shipping = shipping.min(asked.saturating_sub(tax));
    let worth = asked.saturating_sub(tax).saturating_sub(shipping);
    let listed = lines(session, money)?;
    let lines_left_out = worth > 0 && listed.is_none();
    let goods = match listed {
        Some(lines) => goods::settle(lines, worth),
        None => goods::settle(whole(worth.saturating_add(discount)), worth),
    };
    let payment = match stage {
        Stage::Completed => payment(session)?,
        Stage::Paid => Payment::Received,
        Stage::Failed => Payment::Failed,
    };
    let invoice_left_out =
        asked > 0 && payment == Payment::Received && invoice_is_left_out(session)?;
    let left_out = [
        (lines_left_out || goods.left_out).then_some(LeftOut::Lines),
        invoice_left_out.then_some(LeftOut::Invoice),
    ];
    let email = email(session)?.map(PlainEmail::new);
    let Goods {
        lines, discount, ..
    } = goods;
    let subscription = reference(&session.get("subscription"))?;
    Ok(OrderSnapshot {
        id,
        placed_at: end_of(created),
        updated_at: match stage {
            Stage::Completed => start_of(created),
            Stage::Paid | Stage::Failed => end_of(created),
        },
        currency: money.currency,
        test: event.test,
        payment,
        subscription: subscription.map(|id| Subscription { id, renewal: false }),
        taxes_included: false,
        // What the shopper said counts before what the invoice has of the customer's record.
        notes: VersionNotes {
            typed_email: email.is_some(),
            left_out: left_out.into_iter().flatten().collect(),
        },
        email,
        customer_id: evidence::customer(session)?,
        coupons: Vec::new(),
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines,
        discount,
        shipping: Amount::from_minor(shipping),
        tax: Amount::from_minor(tax),
        refunds: None,
        restates: false,
        goods_left: None,
    })
}

fn shipping(
    session: &Object<'_, '_>,
    details: Option<&Object<'_, '_>>,
    money: Money,
) -> Result<i64, Unusable> {
    match details {
        Some(details) => goods::shipping(session, &details.get("amount_shipping"), money),
        None => goods::shipping(session, &session.get("amount_shipping"), money),
    }
}

fn payment(session: &Object<'_, '_>) -> Result<Payment, Unusable> {
    let status = session.get("payment_status");
    match status.text()?.as_deref() {
        Some("paid" | "no_payment_required") => Ok(Payment::Received),
        Some("unpaid") => Ok(Payment::Awaited),
        _ => Err(status.error("must be \"paid\", \"unpaid\" or \"no_payment_required\"")),
    }
}

/// Whether the session gets an invoice that it does not name.
fn invoice_is_left_out(session: &Object<'_, '_>) -> Result<bool, Unusable> {
    let gets_one = match session.get("invoice_creation").object()? {
        Some(creation) => creation.get("enabled").flag()?,
        None => false,
    };
    Ok(gets_one && session.get("invoice").is_absent())
}

/// Events tell no lines of a session, only what it comes to.
fn whole(amount: i64) -> Listed {
    let line = OrderLine {
        id: "total".to_owned(),
        sku: None,
        quantity: 1,
        amount: Amount::from_minor(amount),
    };
    Listed {
        lines: vec![line],
        whole: true,
    }
}

/// The lines of a session that was asked for with them.
fn lines(session: &Object<'_, '_>, money: Money) -> Result<Option<Listed>, Unusable> {
    let Some(list) = session.get("line_items").object()? else {
        return Ok(None);
    };
    let mut names = LineNames::default();
    let mut lines = Vec::new();
    for (place, line) in list
        .get("data")
        .objects_at_most(MAX_LINES)?
        .iter()
        .enumerate()
    {
        let id = names.name(line, place);
        let total = line.get("amount_total");
        let tax = money.amount(&line.get("amount_tax"))?.unwrap_or_default();
        let amount = total
            .required(money.amount(&total)?)?
            .saturating_sub(tax)
            .max(0);
        lines.push(OrderLine {
            id,
            sku: goods::product(line.get("price").object()?.as_ref())?,
            quantity: goods::pieces(line)?,
            amount: Amount::from_minor(amount),
        });
    }
    let has_more = list.get("has_more");
    Ok(Some(Listed {
        lines,
        whole: !has_more.is_absent() && !has_more.flag()?,
    }))
}

/// What the shopper typed before what the shop already knew.
fn email(session: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    let typed = match session.get("customer_details").object()? {
        Some(details) => details.get("email").text()?,
        None => None,
    };
    match typed {
        None => session.get("customer_email").text(),
        email => Ok(email),
    }
}

/// From the list that sessions have since API version 2025-01-27, and from the breakdown where the
/// session was asked for with it.
fn coupons(session: &Object<'_, '_>) -> Result<BTreeSet<String>, Unusable> {
    let mut coupons: BTreeSet<String> = BTreeSet::new();
    coupons.extend(evidence::coupons(&session.get("discounts"))?);
    if let Some(details) = session.get("total_details").object()?
        && let Some(breakdown) = details.get("breakdown").object()?
    {
        for item in breakdown.get("discounts").items()? {
            if let Some(discount) = item.required_object()?.get("discount").object()? {
                coupons.extend(evidence::of_discount(&discount)?);
            }
        }
    }
    Ok(coupons)
}

fn tokens(session: &Object<'_, '_>) -> Vec<String> {
    let mut tokens = Vec::new();
    evidence::token(&mut tokens, &session.get("client_reference_id"));
    evidence::tokens_in(&mut tokens, session);
    evidence::tokens_of(&mut tokens, &session.get("payment_intent"));
    evidence::tokens_of(&mut tokens, &session.get("subscription"));
    tokens
}
