//! The lines of Shopify's order, and what of their prices is nobody's sale.
//!
//! * `price` is per piece, before discounts. `discount_allocations` hold the line's part of every
//!   discount, those of the whole order included. `total_discount` is the line's own discount only,
//!   but scripts and old API versions set nothing else. So the larger of the two is taken off, as far as
//!   the line reaches: a cent more, from the shopper's currency, is the order's own.
//! * If prices include tax (`taxes_included`), the line's `tax_lines` are taken out, and its `duties` if
//!   they are in it (`duties_included`).
//! * Some programs write the tax of several lines on one of them. What is more than the line's price
//!   less its discounts, or than its own rate makes of it, is that of the lines which name no tax. Where
//!   all name theirs, it is that of none: nothing is contained in a price of 0.00.
//! * A tip or a gift card is no line. A gift card is money that the shopper holds; what is bought with it
//!   is a sale.

use super::money::{amount, is_no_sale, is_tip, share, shop_amount, sum};
use crate::payload::{MAX_LINES, Object, Unusable, Value};
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::OrderLine;
use waymark_facts::spread;

/// The lines of an order, and what follows from all of them. Amounts in minor units.
pub(super) struct Lines {
    pub lines: Vec<OrderLine>,
    /// Discounts that the lines' amounts already account for, those of tips and gift cards among them.
    pub discounted: i64,
    /// What lines below zero take off the whole order.
    pub below_zero: i64,
    /// What the store's sum of the goods that are left should be made of.
    pub current: Current,
}

/// Sums over the pieces that are still in the order (`current_quantity`), after discounts.
#[derive(Default)]
pub(super) struct Current {
    /// Of the lines that count, before tax.
    counted: i64,
    /// Of those and gift cards, before tax.
    net: i64,
    /// Of the same, as priced.
    gross: i64,
    /// Of tips.
    tips: i64,
}

/// A line, with what its price contains. Amounts in minor units.
struct Item {
    line: OrderLine,
    counts: bool,
    /// After discounts, as priced.
    gross: i64,
    duties: i64,
    taxes: Taxes,
    pieces_left: u32,
}

/// How an order's prices are meant.
#[derive(Clone, Copy)]
pub(super) struct Prices {
    pub currency: Currency,
    pub taxes_included: bool,
    pub duties_included: bool,
}

pub(super) fn lines(list: &Value<'_, '_>, prices: Prices) -> Result<Lines, Unusable> {
    if list.is_absent() {
        return Err(list.error("missing"));
    }
    let mut ids = BTreeSet::new();
    let mut items = Vec::new();
    let mut read = Lines {
        lines: Vec::new(),
        discounted: 0,
        below_zero: 0,
        current: Current::default(),
    };
    for item in list.objects_at_most(MAX_LINES)? {
        let is_tip = is_tip(&item);
        let id = match is_tip {
            true => String::new(),
            false => item.get("id").required_id()?,
        };
        let quantity = item.get("quantity");
        let quantity = quantity.required(quantity.quantity()?)?;
        let price = item.get("price");
        let each = match price.is_absent() {
            // An amount that names its currency stands for it.
            true => shop_amount(&item, "price", |value| value.rounded(prices.currency))?,
            false => price.rounded(prices.currency)?,
        };
        let gross = price
            .required(each)?
            .minor()
            .checked_mul(i64::from(quantity))
            .filter(|gross| gross.saturating_abs() <= Amount::MAX.minor())
            .ok_or_else(|| price.error("too large for its quantity"))?;
        if gross < 0 {
            read.below_zero = read.below_zero.saturating_sub(gross);
            continue;
        }
        let discount = discount(&item, prices.currency)?.min(gross);
        read.discounted = read.discounted.saturating_add(discount);
        let gross = gross.saturating_sub(discount);
        if is_tip {
            read.current.tips = read.current.tips.saturating_add(gross);
            continue;
        }
        if !ids.insert(id.clone()) {
            return Err(item.get("id").error("the same as an earlier line's"));
        }
        if quantity == 0 {
            continue;
        }
        let taxes = match prices.taxes_included {
            true => taxes(&item, prices.currency)?,
            false => Taxes::default(),
        };
        let duties = match prices.duties_included {
            true => duties(&item, prices)?,
            false => 0,
        };
        let pieces_left = item.get("current_quantity").quantity().ok().flatten();
        items.push(Item {
            line: OrderLine {
                id,
                sku: item.get("sku").text()?,
                quantity,
                amount: Amount::ZERO,
            },
            counts: !is_no_sale(&item),
            gross,
            duties,
            taxes,
            pieces_left: pieces_left.unwrap_or(quantity).min(quantity),
        });
    }
    let contained = contained(&items);
    for (item, contained) in items.into_iter().zip(contained) {
        read.take(item, contained);
    }
    Ok(read)
}

/// What each line's price contains of tax and duties. Tax that cannot be a line's is that of those which
/// name none.
fn contained(items: &[Item]) -> Vec<i64> {
    let names_none = |item: &Item| item.taxes.count == 0 && item.gross > item.duties;
    let are_some = items.iter().any(names_none);
    let own: Vec<i64> = items
        .iter()
        .map(|item| match are_some {
            true => item.taxes.by_rate(item.gross, item.line.quantity),
            false => item.taxes.amount.min(item.gross),
        })
        .collect();
    let named = items
        .iter()
        .fold(0_i64, |sum, item| sum.saturating_add(item.taxes.amount));
    let elsewhere = own
        .iter()
        .fold(named, |rest, own| rest.saturating_sub(*own));
    let rooms: Vec<i64> = items
        .iter()
        .map(|item| match names_none(item) {
            true => item.gross.saturating_sub(item.duties),
            false => 0,
        })
        .collect();
    let parts = own.into_iter().zip(spread(elsewhere, &rooms)).zip(items);
    parts
        .map(|((own, further), item)| {
            let contained = own.saturating_add(further).saturating_add(item.duties);
            contained.min(item.gross)
        })
        .collect()
}

impl Lines {
    fn take(&mut self, item: Item, contained: i64) {
        let net = item.gross.saturating_sub(contained);
        let of_pieces = |amount: i64| {
            let (left, all) = (i64::from(item.pieces_left), i64::from(item.line.quantity));
            share(amount, left, all)
        };
        let current = &mut self.current;
        current.gross = current.gross.saturating_add(of_pieces(item.gross));
        current.net = current.net.saturating_add(of_pieces(net));
        if item.counts {
            current.counted = current.counted.saturating_add(of_pieces(net));
            self.lines.push(OrderLine {
                amount: Amount::from_minor(net),
                ..item.line
            });
        }
    }
}

impl Current {
    /// What the store's sum, `current_subtotal_price`, says of the goods that count, before tax: as much
    /// of it as these are of the pieces that are left. It contains tax where prices do; whether tips, no
    /// paper says, so whichever is the sum of the pieces is it.
    pub(super) fn goods_left(&self, subtotal: i64, lines: usize) -> Option<i64> {
        let tolerance = i64::try_from(lines).unwrap_or(i64::MAX);
        let with_tips = self.gross.saturating_add(self.tips);
        let is_sum = [self.gross, self.net, with_tips]
            .iter()
            .any(|sum| sum.abs_diff(subtotal) <= tolerance.unsigned_abs());
        if is_sum {
            return Some(self.counted);
        }
        (self.gross > 0).then(|| share(subtotal, self.counted, self.gross))
    }
}

/// What is taken off a line, in minor units.
pub(super) fn discount(line: &Object<'_, '_>, currency: Currency) -> Result<i64, Unusable> {
    let allocated = sum(&line.get("discount_allocations"), "amount", currency)?;
    let own = amount(&line.get("total_discount"), currency)?;
    Ok(allocated.max(own.unwrap_or_default().minor()))
}

/// The tax that a line names.
#[derive(Default)]
struct Taxes {
    amount: i64,
    count: usize,
    /// The sum of the rates in millionths, if each has one.
    rate: Option<i64>,
}

impl Taxes {
    /// How much of it can be that of a line with this price: no more than the price, nor than its rates
    /// make of it. Shops round for each piece and each tax.
    fn by_rate(&self, gross: i64, quantity: u32) -> i64 {
        let most = self.amount.min(gross);
        let Some(rate) = self.rate.filter(|rate| *rate > 0) else {
            return most;
        };
        let by_rate = share(gross, rate, rate.saturating_add(1_000_000));
        let roundings = i64::try_from(self.count).unwrap_or(i64::MAX);
        let slack = roundings.saturating_mul(i64::from(quantity));
        match self.amount > by_rate.saturating_add(slack) {
            true => by_rate.min(most),
            false => most,
        }
    }
}

fn taxes(line: &Object<'_, '_>, currency: Currency) -> Result<Taxes, Unusable> {
    let list = line.get("tax_lines");
    let mut count = 0_usize;
    let mut rate = Some(0_i64);
    for tax in list.objects()? {
        if amount(&tax.get("price"), currency)? > Some(Amount::ZERO) {
            count = count.saturating_add(1);
            let own = millionths(&tax.get("rate"));
            rate = rate.zip(own).map(|(sum, own)| sum.saturating_add(own));
        }
    }
    Ok(Taxes {
        amount: sum(&list, "price", currency)?,
        count,
        rate: rate.filter(|_| count > 0),
    })
}

/// A rate such as `0.19` in millionths.
fn millionths(value: &Value<'_, '_>) -> Option<i64> {
    let literal = value.number_literal().ok().flatten()?;
    let (whole, fraction) = literal.split_once('.').unwrap_or((&literal, ""));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    (is_number(whole) && is_number(&digits) && whole.len() < 4)
        .then(|| format!("{whole}{digits}").parse().ok())
        .flatten()
}

/// Duties in a line's price, with the tax on them where prices have it, in minor units.
fn duties(line: &Object<'_, '_>, prices: Prices) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for duty in line.get("duties").objects()? {
        let shop_money = duty.get("shop_money").object()?;
        let price = match &shop_money {
            Some(money) => amount(&money.get("amount"), prices.currency)?,
            None => shop_amount(&duty, "price", |value| amount(value, prices.currency))?,
        };
        let tax = match prices.taxes_included {
            true => sum(&duty.get("tax_lines"), "price", prices.currency)?,
            false => 0,
        };
        let price = price.unwrap_or_default().minor();
        total = total.saturating_add(price).saturating_add(tax);
    }
    Ok(total)
}
