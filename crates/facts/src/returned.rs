//! Money that went back, made into refunds of the order: what was lost by disputes, and what payments say
//! beyond the refunds that were heard of. Of a payment that orders share each has its part.

use crate::fact::{DisputeFact, DisputeState, RefundDetail, RefundFact, RefundTotalFact};
use crate::flag::Flag;
use crate::shares::Shares;
use std::borrow::Cow;
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, Currency};

/// A refund as far as it falls to this order; `None` if nothing of it does.
pub(crate) fn part_of<'f>(
    refund: &'f RefundFact,
    shares: &Shares<'_>,
    order: Option<&str>,
) -> Option<Cow<'f, RefundFact>> {
    let part = shares.of(refund.of.as_deref(), order, refund.unassigned);
    if part == refund.unassigned {
        return Some(Cow::Borrowed(refund));
    }
    (part > Amount::ZERO).then(|| {
        Cow::Owned(RefundFact {
            unassigned: part,
            ..refund.clone()
        })
    })
}

/// Lost disputes as refunds: a bank takes a part of the payment, tax and shipping included. One in another currency than
/// the order's takes nothing off it, and holds it.
pub(crate) fn lost<'f>(
    disputes: impl Iterator<Item = &'f DisputeFact>,
    part: impl Fn(&DisputeFact) -> Amount,
    currency: Option<Currency>,
    flags: &mut BTreeSet<Flag>,
) -> Vec<RefundFact> {
    let mut lost = Vec::new();
    for dispute in disputes {
        let id = dispute.id.clone();
        let taken = part(dispute);
        if taken == Amount::ZERO && dispute.amount > Amount::ZERO {
            continue;
        }
        match dispute.state {
            DisputeState::Won => {}
            DisputeState::Open => {
                flags.insert(Flag::DisputeOpen { dispute: id });
            }
            DisputeState::Lost if currency.is_some_and(|it| it != dispute.currency) => {
                flags.insert(Flag::DisputeInOtherCurrency { dispute: id });
            }
            DisputeState::Lost => {
                lost.push(RefundFact {
                    at: Some(dispute.at),
                    ..gross(format!("dispute {id}"), taken, dispute.currency)
                });
                flags.insert(Flag::DisputeLost { dispute: id });
            }
        }
    }
    lost
}

/// What a payment says was refunded beyond its refunds, as one: money went back, whatever it was for. Of
/// what was never taken no refund has to be looked for.
pub(crate) fn presumed(
    total: &RefundTotalFact,
    missing: Amount,
    flags: &mut BTreeSet<Flag>,
) -> RefundFact {
    let payment = total.payment.clone();
    let amount = total.currency.format(missing);
    let id = format!("other refunds of {payment}");
    if total.released.is_none_or(|released| missing > released) {
        flags.insert(Flag::RefundNotHeardOf {
            payment,
            missing: format!("{amount} {}", total.currency.code()),
        });
    }
    RefundFact {
        at: Some(total.at),
        ..gross(id, missing, total.currency)
    }
}

/// Money that went back of a payment, tax and shipping included.
fn gross(id: String, amount: Amount, currency: Currency) -> RefundFact {
    RefundFact {
        id,
        at: None,
        currency,
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: amount,
        gross: true,
        withheld: Amount::ZERO,
        failed: false,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    }
}
