//! BigCommerce's refund, as API V3 lists them by order.
//!
//! It says what the shopper got in all and how much of that was tax, which pieces came back, and
//! what was asked for beside them; not what each piece was worth. So the money without tax goes to
//! charges as asked, to the order as a whole as asked, and the rest to the pieces in proportion to
//! their part of their lines.
//!
//! Where prices contain tax, what is asked contains it, too: of a charge as much as the order says, else as
//! much as of the whole refund. A refund of the order as a whole that names no tax is for goods, charges and
//! tax in proportion.

use super::order::money;
use crate::payload::{MAX_LINES, Object, Unusable};
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{OrderLine, RefundDetail, RefundFact, RefundedLine};
use waymark_facts::spread;

pub(super) fn fact(
    refund: &Object<'_, '_>,
    order: &[OrderLine],
    prices: &Prices,
) -> Result<RefundFact, Unusable> {
    let currency = prices.currency;
    let total = refund.get("total_amount");
    let total = total.required(money(&total, currency)?)?.minor();
    let (declined, failed) = declined(refund, currency)?;
    let paid = total.saturating_sub(declined).max(0);
    // Below zero where more tax was kept than the pieces had.
    let tax = refund.get("total_tax").rounded(currency)?;
    let tax = tax.unwrap_or_default().minor().clamp(0, paid);
    let Asked {
        mut lines,
        worth,
        charges,
        as_a_whole,
    } = asked(
        refund,
        order,
        prices,
        Part {
            net: paid.saturating_sub(tax),
            whole: paid,
        },
    )?;

    let mut rest = paid.saturating_sub(tax);
    let mut take = |wanted: i64| {
        let taken = wanted.min(rest);
        rest = rest.saturating_sub(taken);
        taken
    };
    let charges = take(charges);
    let as_a_whole = take(as_a_whole);
    for (line, amount) in lines.iter_mut().zip(spread(rest, &worth)) {
        rest = rest.saturating_sub(amount);
        line.amount = Some(Amount::from_minor(amount));
    }
    let created = refund.get("created");
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        at: created.instant()?,
        currency,
        lines,
        shipping: Amount::from_minor(charges),
        tax: Amount::from_minor(tax),
        unassigned: Amount::from_minor(as_a_whole.saturating_add(rest)),
        gross: prices.contain_tax && tax == 0,
        withheld: Amount::ZERO,
        failed,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    })
}

/// What of a refund its payments declined, in minor units, and whether that was all of them.
fn declined(refund: &Object<'_, '_>, currency: Currency) -> Result<(i64, bool), Unusable> {
    let list = refund.get("payments");
    let payments = list.items()?;
    let mut amount = 0_i64;
    let mut failed = !payments.is_empty();
    for item in payments {
        let payment = item.required_object()?;
        if payment.get("is_declined").flag()? {
            let declined = money(&payment.get("amount"), currency)?;
            amount = amount.saturating_add(declined.unwrap_or_default().minor());
        } else {
            failed = false;
        }
    }
    Ok((amount, failed))
}

/// What a refund is for, amounts in minor units.
struct Asked {
    /// Pieces, without their money.
    lines: Vec<RefundedLine>,
    /// What each of these is worth at most.
    worth: Vec<i64>,
    charges: i64,
    as_a_whole: i64,
}

/// What is without tax of a sum, both in minor units.
#[derive(Clone, Copy, Default)]
struct Part {
    net: i64,
    whole: i64,
}

impl Part {
    fn of(self, amount: i64) -> i64 {
        let twice = i128::from(amount)
            .saturating_mul(i128::from(self.net))
            .saturating_mul(2);
        let whole = i128::from(self.whole);
        let nearest = twice
            .saturating_add(whole)
            .checked_div(whole.saturating_mul(2));
        let net = nearest.and_then(|net| i64::try_from(net).ok());
        net.unwrap_or(amount).min(amount)
    }
}

/// How an order's prices are meant.
pub(super) struct Prices {
    currency: Currency,
    contain_tax: bool,
    shipping: Option<Part>,
    handling: Option<Part>,
    wrapping: Option<Part>,
}

impl Prices {
    pub(super) fn of(order: &Object<'_, '_>, currency: Currency) -> Result<Self, Unusable> {
        let part = |net: &str, whole: &str| -> Result<Option<Part>, Unusable> {
            let net = money(&order.get(net), currency)?;
            let whole = money(&order.get(whole), currency)?;
            let whole = whole.filter(|whole| *whole > Amount::ZERO);
            Ok(net.zip(whole).map(|(net, whole)| Part {
                net: net.minor(),
                whole: whole.minor(),
            }))
        };
        Ok(Self {
            currency,
            contain_tax: order.get("is_tax_inclusive_pricing").flag()?,
            shipping: part("shipping_cost_ex_tax", "shipping_cost_inc_tax")?,
            handling: part("handling_cost_ex_tax", "handling_cost_inc_tax")?,
            wrapping: part("wrapping_cost_ex_tax", "wrapping_cost_inc_tax")?,
        })
    }
}

fn asked(
    refund: &Object<'_, '_>,
    order: &[OrderLine],
    prices: &Prices,
    usual: Part,
) -> Result<Asked, Unusable> {
    let mut asked = Asked {
        lines: Vec::new(),
        worth: Vec::new(),
        charges: 0,
        as_a_whole: 0,
    };
    let list = refund.get("items");
    for item in list.objects_at_most(MAX_LINES)? {
        let amount = money(&item.get("requested_amount"), prices.currency)?;
        let amount = amount.unwrap_or_default().minor();
        let net = |part: Option<Part>| match prices.contain_tax {
            true => part.unwrap_or(usual).of(amount),
            false => amount,
        };
        match item.get("item_type").text()?.as_deref() {
            Some("PRODUCT") => {
                let id = item.get("item_id").required_id()?;
                let quantity = item.get("quantity").quantity()?.unwrap_or_default();
                let line = order.iter().find(|line| line.id == id);
                asked
                    .worth
                    .push(line.map_or(0, |line| worth(line, quantity)));
                asked.lines.push(RefundedLine {
                    line: id,
                    quantity,
                    amount: None,
                    tax: Amount::ZERO,
                });
            }
            Some("ORDER") => asked.as_a_whole = asked.as_a_whole.saturating_add(net(None)),
            // It is in the refund's tax.
            Some("TAX") => {}
            // Shipping, handling, wrapping and fees: charges, as in the order.
            kind => {
                let part = match kind {
                    Some("SHIPPING") => prices.shipping,
                    Some("HANDLING") => prices.handling,
                    Some("GIFT_WRAPPING") => prices.wrapping,
                    _ => None,
                };
                asked.charges = asked.charges.saturating_add(net(part));
            }
        }
    }
    Ok(asked)
}

/// The pieces' part of their line.
fn worth(line: &OrderLine, quantity: u32) -> i64 {
    let pieces = i128::from(quantity.min(line.quantity));
    let part = i128::from(line.amount.minor())
        .saturating_mul(pieces)
        .checked_div(i128::from(line.quantity));
    part.and_then(|part| i64::try_from(part).ok()).unwrap_or(0)
}
