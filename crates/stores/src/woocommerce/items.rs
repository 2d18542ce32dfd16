//! What an order is made of: its lines and fees, and what each can give back.

use std::collections::BTreeSet;

use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::OrderLine;

use super::goods::{Goods, Part};
use crate::payload::{MAX_LINES, Object, Unusable};

/// What an order is made of, beside its shipping.
pub(super) struct Items {
    pub lines: Vec<OrderLine>,
    /// The tax of each line, in minor units.
    taxes: Vec<i64>,
    /// What fees cost.
    pub charged: Part,
    /// What lines and fees below zero take off.
    discounted: Part,
}

/// An amount in minor units; empty ones are none.
pub(super) fn amount(
    of: &Object<'_, '_>,
    name: &'static str,
    currency: Currency,
) -> Result<i64, Unusable> {
    let amount = of.get(name).rounded(currency)?;
    Ok(amount.unwrap_or_default().minor())
}

/// The same, of which nothing is paid: what cannot be read is none.
pub(super) fn tax(of: &Object<'_, '_>, name: &'static str, currency: Currency) -> i64 {
    amount(of, name, currency).unwrap_or_default()
}

impl Items {
    pub fn of(order: &Object<'_, '_>, currency: Currency) -> Result<Self, Unusable> {
        let list = order.get("line_items");
        if list.is_absent() {
            return Err(list.error("missing"));
        }
        let mut items = Self {
            lines: Vec::new(),
            taxes: Vec::new(),
            charged: Part::default(),
            discounted: Part::default(),
        };
        let mut ids = BTreeSet::new();
        for (line, place) in list.php_objects_at_most(MAX_LINES)?.iter().zip(1_u32..) {
            if !line.has("total") {
                return Err(line.get("total").error("missing"));
            }
            let part = Part {
                net: amount(line, "total", currency)?,
                tax: tax(line, "total_tax", currency),
                quantity: line.get("quantity").php_pieces()?.unwrap_or(1),
            };
            if part.net < 0 {
                items.discounted = items.discounted.and(part.negated());
                continue;
            }
            if part.quantity == 0 && part.net == 0 {
                continue;
            }
            let id = id(line, place, &ids);
            ids.insert(id.clone());
            items.taxes.push(part.tax.max(0));
            items.lines.push(OrderLine {
                id,
                // One that cannot be used is none: the line is the shopper's all the same.
                sku: line.get("sku").php_text().ok().flatten(),
                quantity: part.quantity.max(1),
                amount: Amount::from_minor(part.net),
            });
        }
        for fee in order.get("fee_lines").php_items()? {
            let fee = fee.required_object()?;
            let part = Part {
                net: amount(&fee, "total", currency)?,
                tax: tax(&fee, "total_tax", currency),
                quantity: 0,
            };
            if part.net < 0 {
                items.discounted = items.discounted.and(part.negated());
            } else {
                items.charged = items.charged.and(part);
            }
        }
        Ok(items)
    }

    /// What is taken off the lines, at most all that they cost.
    pub fn discount(&self) -> Amount {
        let lines = self.lines.iter();
        let whole = lines.fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
        Amount::from_minor(self.discounted.net.min(whole))
    }

    /// What of it can be given back.
    pub fn goods(&self, order: &Object<'_, '_>, currency: Currency) -> Result<Goods, Unusable> {
        let shipping = Part {
            net: amount(order, "shipping_total", currency)?.max(0),
            tax: tax(order, "shipping_tax", currency).max(0),
            quantity: 0,
        };
        let lines = self.lines.iter().zip(&self.taxes).map(|(line, tax)| {
            let part = Part {
                net: line.amount.minor(),
                tax: *tax,
                quantity: line.quantity,
            };
            (line.id.clone(), part)
        });
        let mut goods = Goods {
            lines: lines.collect(),
            shipping: shipping.and(self.charged),
            discount: self.discounted,
            paid: 0,
            is_taxed: tax(order, "total_tax", currency) > 0,
        };
        let whole = order.get("total").rounded(currency).ok().flatten();
        goods.paid = whole.map_or_else(|| goods.whole().gross(), |whole| whole.minor());
        Ok(goods)
    }
}

/// Imports leave ids out, and give one twice: such lines are known by their place.
fn id(line: &Object<'_, '_>, place: u32, taken: &BTreeSet<String>) -> String {
    let own = line.get("id").id().ok().flatten();
    let own = own.filter(|id| id != "0" && !taken.contains(id));
    own.unwrap_or_else(|| {
        let mut id = format!("line {place}");
        while taken.contains(&id) {
            id.push('\'');
        }
        id
    })
}
