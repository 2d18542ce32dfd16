//! A payment: whether it came, for orders that wait for it, and of how much it was. It says neither what
//! was bought nor for whom, so it is no order.

use super::event::{Event, about_payment, end_of, reference, start_of};
use super::evidence;
use super::money::Money;
use super::refund;
use crate::delivery::Parsed;
use crate::payload::{Object, Unusable};
use waymark_attribution::money::Amount;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, RefundTotalFact};
use waymark_facts::payment::{PaymentFact, PaymentState};

/// A payment that came. What was authorised and not captured is released, and counts as refunded.
pub(super) fn parse(event: Event, payment: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let name = payment.get("id").required_id()?;
    let money = Money::of(payment)?;
    let asked = money.amount(&payment.get("amount"))?.unwrap_or_default();
    let received = money.amount(&payment.get("amount_received"))?;
    let received = received.filter(|it| *it > 0).unwrap_or(asked);
    let released = asked.saturating_sub(received);
    let charge = reference(&payment.get("latest_charge"))?;
    let total = (released > 0).then(|| {
        FactKind::RefundTotal(RefundTotalFact {
            payment: charge.unwrap_or_else(|| name.clone()),
            at: start_of(event.at),
            currency: money.currency,
            amount: Amount::from_minor(released),
            released: Some(Amount::from_minor(released)),
            of: Some(name.clone()),
        })
    });
    let mut parsed = about_payment(name.clone(), received_at(event, name));
    if let Parsed::Delivery(delivery) = &mut parsed {
        delivery.reports.extend(total);
        evidence::tokens_in(&mut delivery.tokens, payment);
    }
    Ok(parsed)
}

/// A charge that was authorised before, and captured now.
pub(super) fn parse_captured(event: Event, charge: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let name = refund::name(charge)?;
    let total = refund::total(event, charge, &name)?;
    let mut parsed = about_payment(name.clone(), received_at(event, name));
    if let Parsed::Delivery(delivery) = &mut parsed
        && total.amount > Amount::ZERO
    {
        delivery.reports.push(FactKind::RefundTotal(total));
    }
    Ok(parsed)
}

fn received_at(event: Event, payment: String) -> FactKind<PlainEmail> {
    FactKind::Payment(PaymentFact {
        payment,
        at: start_of(event.at),
        state: PaymentState::Received,
    })
}

/// A payment that was given up, such as an authorisation that was not captured in time.
pub(super) fn parse_cancelled(event: Event, payment: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let name = payment.get("id").required_id()?;
    let fact = PaymentFact {
        payment: name.clone(),
        at: end_of(event.at),
        state: PaymentState::Cancelled,
    };
    Ok(about_payment(name, FactKind::Payment(fact)))
}
