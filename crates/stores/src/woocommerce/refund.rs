//! WooCommerce's refunds, as an order lists them: `{ "id", "reason", "total": "-8.10" }`, and from
//! WooCommerce 10.9 on `"total_tax": "-0.66"`. No line is named, and nothing says what of it is shipping.
//!
//! Where the store was asked for them, [`asked`](super::asked) has what each was for. Else that is found
//! by what there is to give back:
//!
//! 1. What comes to all that is left of what was paid, gave back all that is left.
//! 2. Where pieces of one line, whole lines or the shipping, and nothing else, come to the refund's sum and
//!    tax, it was that.
//! 3. A refund without tax of an order that has tax is of an amount that somebody typed, for nothing in
//!    particular: it goes over lines, shipping and tax alike.
//! 4. Any other is taken off the goods before the shipping, in proportion, and marked as guessed.

use std::collections::BTreeMap;

use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{RefundDetail, RefundFact, RefundedLine};

use super::asked;
use super::goods::{Given, Goods, Part, Sum, share};
use crate::payload::{Object, Unusable};

/// A refund of which nothing is known but its id.
pub(super) fn empty(id: String, currency: Currency) -> RefundFact {
    RefundFact {
        id,
        at: None,
        currency,
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: Amount::ZERO,
        gross: false,
        withheld: Amount::ZERO,
        failed: false,
        guessed: false,
        of: None,
        detail: RefundDetail::default(),
    }
}

/// What an order says of one refund.
struct Listed {
    id: String,
    sum: Sum,
}

/// What the refunds of an order gave back, and their sum in minor units. `answers` are the refunds as the store gives them when it is
/// asked, empty where it was not.
pub(super) fn facts(
    refunds: &[Object<'_, '_>],
    answers: &[Object<'_, '_>],
    goods: &Goods,
    currency: Currency,
) -> Result<(Vec<RefundFact>, i64), Unusable> {
    let mut answered: BTreeMap<String, &Object<'_, '_>> = BTreeMap::new();
    for answer in answers {
        answered.insert(answer.get("id").required_id()?, answer);
    }
    let mut listed = Vec::with_capacity(refunds.len());
    for refund in refunds {
        listed.push(Listed::of(refund, currency)?);
    }
    // The latest comes first, and what it came to is told by what the others had left.
    listed.sort_by(|a, b| (a.id.len(), &a.id).cmp(&(b.id.len(), &b.id)));
    let mut left = goods.clone();
    let mut facts = Vec::with_capacity(listed.len());
    let mut whole = 0_i64;
    for Listed { id, sum } in listed {
        let answer = answered.get(&id).copied();
        let mut fact = match answer {
            Some(answer) => asked::fact(answer, id, sum, goods, currency)?,
            None => empty(id, currency),
        };
        if fact.detail == RefundDetail::Asked {
            left.take(&fact, sum);
        } else if sum.gross > 0 {
            left.find(sum, goods, answer.is_some(), &mut fact);
        }
        left.paid = left.paid.saturating_sub(sum.gross);
        whole = whole.saturating_add(sum.gross);
        facts.push(fact);
    }
    Ok((facts, whole))
}

impl Listed {
    fn of(refund: &Object<'_, '_>, currency: Currency) -> Result<Self, Unusable> {
        let name = match refund.has("total") {
            true => "total",
            false => "amount",
        };
        if !refund.has(name) {
            return Err(refund.get("total").error("missing"));
        }
        let gross = refund.get(name).rounded(currency)?.unwrap_or_default();
        let tax = refund.get("total_tax").rounded(currency).ok().flatten();
        Ok(Self {
            id: refund.get("id").required_id()?,
            sum: Sum {
                gross: gross.minor().saturating_abs(),
                tax: tax.map(|tax| tax.minor().saturating_abs()),
            },
        })
    }
}

impl Goods {
    /// Finds what a sum gave back. `is_alone`: the store was asked, and it was for no line.
    fn find(&mut self, sum: Sum, whole: &Goods, is_alone: bool, fact: &mut RefundFact) {
        let found = match is_alone {
            true => None,
            false => self.one_of_sum(sum, whole),
        };
        if sum.gross.abs_diff(self.paid) <= 1 {
            (fact.unassigned, fact.gross) = (Amount::from_minor(sum.gross), true);
            fact.detail = RefundDetail::Rest;
        } else if let Some(given) = found {
            self.give(&given, whole, fact);
        } else if is_alone || self.is_amount_alone(sum) {
            (fact.unassigned, fact.gross) = (Amount::from_minor(sum.gross), true);
            if is_alone {
                fact.detail = RefundDetail::Asked;
            }
            self.spread(sum.gross);
        } else {
            self.guess(sum, fact);
        }
    }

    fn give(&mut self, given: &Given, whole: &Goods, fact: &mut RefundFact) {
        let taxed = |tax: i64| Amount::from_minor(if given.with_tax { tax } else { 0 });
        for (place, pieces) in &given.lines {
            let of = whole.lines.get(*place);
            let (Some((id, line)), Some((_, whole))) = (self.lines.get_mut(*place), of) else {
                continue;
            };
            let part = match *pieces == line.quantity {
                true => *line,
                false => whole.pieces(*pieces),
            };
            *line = line.without(part);
            fact.lines.push(RefundedLine {
                line: id.clone(),
                quantity: *pieces,
                amount: Some(Amount::from_minor(part.net)),
                tax: taxed(part.tax),
            });
        }
        if given.shipping {
            fact.shipping = Amount::from_minor(self.shipping.net);
            fact.tax = taxed(self.shipping.tax);
            self.shipping = Part::default();
        }
    }

    /// Takes off what a refund gave back as the store says.
    fn take(&mut self, fact: &RefundFact, sum: Sum) {
        for refunded in &fact.lines {
            let mut lines = self.lines.iter_mut();
            if let Some((_, line)) = lines.find(|(id, _)| *id == refunded.line) {
                *line = line.without(Part {
                    net: refunded.amount.unwrap_or_default().minor(),
                    tax: refunded.tax.minor(),
                    quantity: refunded.quantity,
                });
            }
        }
        self.shipping = self.shipping.without(Part {
            net: fact.shipping.minor(),
            tax: fact.tax.minor(),
            quantity: 0,
        });
        if fact.unassigned > Amount::ZERO {
            self.spread(fact.unassigned.minor().min(sum.gross));
        }
    }

    /// Takes an amount off lines, shipping and tax alike.
    fn spread(&mut self, amount: i64) {
        let goods = self.all_lines();
        let whole = goods.and(self.shipping).gross();
        let of = |part: Part| Part {
            net: share(part.net, amount, whole).min(part.net),
            tax: share(part.tax, amount, whole).min(part.tax),
            quantity: 0,
        };
        self.discount = self.discount.and(of(goods));
        self.shipping = self.shipping.without(of(self.shipping));
    }

    /// Off the goods before the shipping; of each as much net as its own tax leaves. What is more than
    /// there is stays in sight.
    fn guess(&mut self, sum: Sum, fact: &mut RefundFact) {
        fact.guessed = true;
        let (goods, shipping) = (self.all_lines(), self.shipping);
        let (of_goods, of_shipping, beyond) = match sum.tax.filter(|_| self.is_taxed) {
            Some(tax) => {
                let net = sum.gross.saturating_sub(tax).max(0);
                let of_goods = net.min(goods.net);
                let rest = net.saturating_sub(of_goods);
                let of_shipping = rest.min(shipping.net);
                (of_goods, of_shipping, rest.saturating_sub(of_shipping))
            }
            None => {
                let of_goods = sum.gross.min(goods.gross());
                let rest = sum.gross.saturating_sub(of_goods);
                let of_shipping = rest.min(shipping.gross());
                (
                    share(goods.net, of_goods, goods.gross()).min(of_goods),
                    share(shipping.net, of_shipping, shipping.gross()).min(of_shipping),
                    rest.saturating_sub(of_shipping),
                )
            }
        };
        let net = of_goods.saturating_add(beyond);
        let all = net.saturating_add(of_shipping);
        let tax = sum.gross.saturating_sub(all).max(0);
        fact.unassigned = Amount::from_minor(net);
        fact.shipping = Amount::from_minor(of_shipping);
        fact.tax = Amount::from_minor(tax);
        let of_goods = Part {
            net: of_goods,
            tax: share(goods.tax, of_goods, goods.net),
            quantity: 0,
        };
        let of_shipping = Part {
            net: of_shipping,
            tax: share(shipping.tax, of_shipping, shipping.net),
            quantity: 0,
        };
        // What of single lines it was is not known: it is taken off all of them together.
        self.discount = self.discount.and(of_goods);
        self.shipping = self.shipping.without(of_shipping);
    }
}

#[cfg(test)]
mod tests;
