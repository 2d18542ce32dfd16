//! Step 6: what each credited claim earns, line by line, exactly until it is rounded once.

use crate::apportion::{apportion, divide_half_even};
use crate::case::Case;
use crate::claim::{Claim, Claims};
use crate::decision::{BasisPoints, Exclusion, LineShare};
use crate::directory::Affiliate;
use crate::method::Method;
use crate::money::{Amount, Money};
use crate::order::{Charge, Line, Order};
use crate::rate::Rate;
use crate::split::{Credit, Shared};

/// What one credited claim earns.
pub(crate) struct Earnings<'c> {
    pub(crate) commission: Money,
    pub(crate) lines: Vec<LineShare<'c>>,
}

/// The earnings of every credit, in the order of the credits.
pub(crate) fn commission<'c>(case: &'c Case<'c>, shared: &Shared<'c>) -> Vec<Earnings<'c>> {
    let mut remains = Remains::of(&case.order);
    if shared
        .credits
        .iter()
        .any(|credit| credit.only_sku(&shared.claims).is_some())
    {
        remains.sort_by_sku();
    }
    shared
        .credits
        .iter()
        .filter_map(|credit| earnings(case, &remains, &shared.claims, credit))
        .collect()
}

/// What is left of an order after the discount, refunds and a cancellation.
struct Remains<'c> {
    lines: Vec<RemainingLine<'c>>,
    /// The places of the lines that have a SKU, by SKU and place; empty unless some credit needs them.
    by_sku: Vec<(&'c str, usize)>,
    shipping: Amount,
    tax: Amount,
}

struct RemainingLine<'c> {
    line: &'c Line<'c>,
    /// What a percentage is taken of.
    base: Amount,
    quantity: u64,
}

impl<'c> Remains<'c> {
    fn of(order: &'c Order<'c>) -> Remains<'c> {
        let left = |charge: &Charge, discount: Amount| match order.cancelled {
            true => Amount::ZERO,
            false => {
                let left = charge.amount.minor().saturating_sub(discount.minor());
                Amount::from_minor(left.saturating_sub(charge.refunded.minor()).max(0))
            }
        };
        Remains {
            lines: order
                .lines
                .iter()
                .zip(discounts(order))
                .map(|(line, discount)| RemainingLine {
                    line,
                    base: left(&line.charge, discount),
                    quantity: match order.cancelled {
                        true => 0,
                        false => line.quantity.saturating_sub(line.refunded_quantity),
                    },
                })
                .collect(),
            by_sku: Vec::new(),
            shipping: left(&order.shipping, Amount::ZERO),
            tax: left(&order.tax, Amount::ZERO),
        }
    }

    /// Prepares [`of_sku`](Remains::of_sku): as many SKU claims as lines would otherwise look at each line.
    fn sort_by_sku(&mut self) {
        let skus = self.lines.iter().enumerate();
        self.by_sku = skus
            .filter_map(|(place, left)| Some((left.line.sku.as_deref()?, place)))
            .collect();
        self.by_sku.sort_unstable();
    }

    /// The lines of one SKU, in their order.
    fn of_sku(&self, sku: &str) -> Vec<&RemainingLine<'c>> {
        let first = self.by_sku.partition_point(|(other, _)| *other < sku);
        let from_first = self.by_sku.get(first..).unwrap_or_default();
        from_first
            .iter()
            .take_while(|(other, _)| *other == sku)
            .filter_map(|(_, place)| self.lines.get(*place))
            .collect()
    }
}

/// Each line's part of the discount on the whole order, which is at most the lines' sum.
fn discounts(order: &Order<'_>) -> impl Iterator<Item = Amount> {
    let parts = match order.discount {
        Amount::ZERO => Vec::new(),
        discount => {
            let amounts: Vec<u128> = order
                .lines
                .iter()
                .map(|line| whole(line.charge.amount))
                .collect();
            apportion(whole(discount).min(amounts.iter().sum()), &amounts)
        }
    };
    parts
        .into_iter()
        .map(|part| Amount::from_minor(i64::try_from(part).unwrap_or(i64::MAX)))
        .chain(std::iter::repeat(Amount::ZERO))
}

/// An amount of a case, which is never negative.
fn whole(amount: Amount) -> u128 {
    u128::try_from(amount.minor()).unwrap_or_default()
}

/// The unit of exact earnings: a millionth of a minor unit, the last place of amount × percent.
const MILLION: u128 = 1_000_000;

fn earnings<'c>(
    case: &'c Case<'c>,
    remains: &Remains<'c>,
    claims: &Claims<'c>,
    credit: &Credit,
) -> Option<Earnings<'c>> {
    let claim = claims.get(credit.claim)?;
    let affiliate = case.affiliate(claim.known)?;
    let agreement = Agreement {
        case,
        affiliate,
        claim,
    };
    let only = credit.only_sku(claims);
    let taking_part = match only {
        Some(sku) => remains.of_sku(sku),
        None => remains.lines.iter().collect(),
    };
    let mut earned = Vec::with_capacity(taking_part.len().saturating_add(2));
    let mut lines = Vec::with_capacity(earned.capacity());
    let mut add = |line: &'c str,
                   base: Amount,
                   terms: Result<Option<Rate<Amount>>, Exclusion>,
                   earns: u128| {
        earned.push(earns);
        lines.push(LineShare {
            line: line.into(),
            base: case.order.currency.money(base),
            rate: terms
                .ok()
                .flatten()
                .map(|rate| rate.map(|amount| case.order.currency.money(amount))),
            excluded: terms.err(),
            commission: case.order.currency.exact(0),
        });
    };
    let mut per_order_is_booked = false;
    let mut any_may_earn = false;
    for RemainingLine {
        line,
        base,
        quantity,
    } in taking_part
    {
        let terms = agreement.line_rate(line.sku.as_deref());
        any_may_earn |= terms.is_ok();
        let earns = match terms {
            Ok(Some(Rate::Percent(percent))) => {
                whole(*base).saturating_mul(u128::from(percent.millionths()))
            }
            Ok(Some(Rate::PerItem(amount))) if *base > Amount::ZERO => whole(amount)
                .saturating_mul(u128::from(*quantity))
                .saturating_mul(MILLION),
            Ok(Some(Rate::PerOrder(amount))) if *base > Amount::ZERO && !per_order_is_booked => {
                per_order_is_booked = true;
                whole(amount).saturating_mul(MILLION)
            }
            _ => 0,
        };
        add(&line.name, *base, terms, earns);
    }
    if any_may_earn && only.is_none() {
        for (name, base, included) in [
            ("shipping", remains.shipping, case.policy.include_shipping),
            ("tax", remains.tax, case.policy.include_tax),
        ] {
            if included && let Some(Rate::Percent(percent)) = agreement.method_rate() {
                let earns = whole(base).saturating_mul(u128::from(percent.millionths()));
                add(name, base, Ok(Some(Rate::Percent(percent))), earns);
            }
        }
    }
    Some(settle(case, credit.share, &earned, lines))
}

/// Rounds the exact total of a conversion once, and gives each line its share of what came out.
fn settle<'c>(
    case: &Case<'_>,
    share: BasisPoints,
    earned: &[u128],
    mut lines: Vec<LineShare<'c>>,
) -> Earnings<'c> {
    let currency = case.order.currency;
    let total = earned.iter().copied().fold(0, u128::saturating_add);
    let commission = divide_half_even(
        total.saturating_mul(u128::from(share.get())),
        MILLION.saturating_mul(u128::from(BasisPoints::WHOLE.get())),
    );
    let money = |minor: u128| currency.exact(i128::try_from(minor).unwrap_or(i128::MAX));
    for (line, part) in lines.iter_mut().zip(apportion(commission, earned)) {
        line.commission = money(part);
    }
    Earnings {
        commission: money(commission),
        lines,
    }
}

/// What was agreed with one affiliate about claims of one kind.
struct Agreement<'c> {
    case: &'c Case<'c>,
    affiliate: &'c Affiliate<'c>,
    claim: &'c Claim<'c>,
}

impl Agreement<'_> {
    /// The rate of a line, if there is one, or why the line earns nothing.
    fn line_rate(&self, sku: Option<&str>) -> Result<Option<Rate<Amount>>, Exclusion> {
        let (own, everyone) = (&self.affiliate.terms, &self.case.policy.terms);
        if sku.is_some_and(|sku| everyone.disables(sku) || own.disables(sku)) {
            return Err(Exclusion::SkuDisabled);
        }
        if !(everyone.allows(sku) && own.allows(sku)) {
            return Err(Exclusion::SkuNotAllowed);
        }
        Ok(sku
            .and_then(|sku| own.sku_rate(sku).or_else(|| everyone.sku_rate(sku)))
            .or_else(|| self.trigger_rate())
            .or_else(|| self.method_rate()))
    }

    /// The directory's rate for the SKU that a SKU claim rests on, whichever line it earns on.
    fn trigger_rate(&self) -> Option<Rate<Amount>> {
        match self.claim.method {
            Method::Sku => {
                self.case
                    .directory
                    .skus
                    .get(&self.claim.evidence.into())?
                    .rate
            }
            _ => None,
        }
    }

    /// The rate for the claim's method, the affiliate's before the policy's.
    fn method_rate(&self) -> Option<Rate<Amount>> {
        self.affiliate
            .terms
            .rate(self.claim.method)
            .or_else(|| self.case.policy.terms.rate(self.claim.method))
    }
}
