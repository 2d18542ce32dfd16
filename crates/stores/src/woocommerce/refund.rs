//! WooCommerce's refunds, as an order lists them: `{ "id", "reason", "total": "-8.10" }`, and from
//! WooCommerce 10.9 on `"total_tax": "-0.66"`. No line is named, and nothing says what of it is shipping.
//!
//! What was given back is found by what there is to give back: some pieces of one line, whole lines, the
//! shipping, or all of it. Where one of these, and no other, comes to the refund's sum and tax, it was
//! that. Else it is taken off the goods before the shipping, in proportion, and the refund is marked
//! as guessed.

use std::collections::BTreeMap;

use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{RefundFact, RefundedLine};

use crate::payload::{Object, Unusable};

/// Orders with more lines are not searched for sums of whole lines.
const MAX_SUMMED: usize = 10;

/// A part of an order that can be given back, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// After discounts and before tax.
    pub net: i64,
    pub tax: i64,
    /// Pieces.
    pub quantity: u32,
}

impl Part {
    fn gross(self) -> i64 {
        self.net.saturating_add(self.tax)
    }

    fn and(self, other: Part) -> Part {
        Part {
            net: self.net.saturating_add(other.net),
            tax: self.tax.saturating_add(other.tax),
            quantity: self.quantity.saturating_add(other.quantity),
        }
    }

    fn without(self, other: Part) -> Part {
        Part {
            net: self.net.saturating_sub(other.net).max(0),
            tax: self.tax.saturating_sub(other.tax).max(0),
            quantity: self.quantity.saturating_sub(other.quantity),
        }
    }

    /// So many of its pieces, rounded half up as WooCommerce rounds.
    fn pieces(self, pieces: u32) -> Part {
        let of = |amount: i64| part(amount, i64::from(pieces), i64::from(self.quantity));
        Part {
            net: of(self.net),
            tax: of(self.tax),
            quantity: pieces,
        }
    }
}

/// `amount × share ÷ whole`, rounded half up; all of it where there is no whole.
fn part(amount: i64, share: i64, whole: i64) -> i64 {
    let scaled = i128::from(amount).saturating_mul(i128::from(share));
    let doubled = i128::from(whole).saturating_mul(2);
    let rounded = scaled
        .saturating_mul(2)
        .saturating_add(i128::from(whole))
        .checked_div(doubled);
    rounded
        .and_then(|it| i64::try_from(it).ok())
        .unwrap_or(amount)
}

/// What of an order can be given back.
#[derive(Clone, Debug, Default)]
pub(super) struct Goods {
    /// By line id.
    pub lines: BTreeMap<String, Part>,
    /// Shipping and fees.
    pub shipping: Part,
}

/// What one refund gave back: pieces of lines, and shipping.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Given {
    lines: BTreeMap<String, u32>,
    shipping: bool,
}

/// A refund's sum, and its tax if that is said.
#[derive(Clone, Copy)]
struct Sum {
    gross: i64,
    tax: Option<i64>,
}

impl Sum {
    /// Whether a part of an order comes to this. Of tax a cent more or less is rounding.
    fn is(self, part: Part) -> bool {
        let tax_fits = self.tax.is_none_or(|tax| tax.abs_diff(part.tax) <= 1);
        self.gross == part.gross() && tax_fits
    }
}

impl Goods {
    fn all_lines(&self) -> Part {
        self.lines
            .values()
            .fold(Part::default(), |sum, line| sum.and(*line))
    }

    /// Everything of that sum, by what a shop can give back.
    fn of_sum(&self, sum: Sum, whole: &Goods) -> Vec<Given> {
        let mut found = Vec::new();
        let mut look = |given: Given, part: Part| {
            if sum.is(part) && !found.contains(&given) {
                found.push(given);
            }
        };
        let shipping = self.shipping;
        let has_shipping = shipping.gross() > 0;
        if has_shipping {
            look(
                Given {
                    shipping: true,
                    ..Given::default()
                },
                shipping,
            );
        }
        let mut with_and_without_shipping = |lines: BTreeMap<String, u32>, part: Part| {
            look(
                Given {
                    lines: lines.clone(),
                    shipping: false,
                },
                part,
            );
            if has_shipping {
                look(
                    Given {
                        lines,
                        shipping: true,
                    },
                    part.and(shipping),
                );
            }
        };
        let left: Vec<(&String, Part)> = self
            .lines
            .iter()
            .map(|(id, part)| (id, *part))
            .filter(|(_, part)| part.quantity > 0)
            .collect();
        for (id, line) in &left {
            let of = whole.lines.get(*id).copied().unwrap_or_default();
            for pieces in 1..line.quantity.min(1_000) {
                let lines = BTreeMap::from([((*id).clone(), pieces)]);
                with_and_without_shipping(lines, of.pieces(pieces));
            }
        }
        let all = left.iter().map(|(id, line)| ((*id).clone(), line.quantity));
        with_and_without_shipping(all.collect(), self.all_lines());
        if left.len() <= MAX_SUMMED {
            for chosen in 1_u32..1_u32.wrapping_shl(left.len() as u32) {
                let lines = left.iter().zip(0_u32..);
                let lines = lines.filter(|(_, place)| chosen & 1_u32.wrapping_shl(*place) != 0);
                let mut pieces = BTreeMap::new();
                let mut part = Part::default();
                for ((id, line), _) in lines {
                    pieces.insert((*id).clone(), line.quantity);
                    part = part.and(*line);
                }
                with_and_without_shipping(pieces, part);
            }
        }
        found
    }
}

/// What the refunds of an order gave back, in their sequence.
pub(super) fn facts(
    refunds: &[Object<'_, '_>],
    goods: &Goods,
    currency: Currency,
) -> Result<Vec<RefundFact>, Unusable> {
    let mut left = goods.clone();
    let mut facts = Vec::with_capacity(refunds.len());
    for refund in refunds {
        let total = refund.get("total");
        let gross = total.required(total.rounded(currency)?)?;
        let tax = refund.get("total_tax").rounded(currency)?;
        let sum = Sum {
            gross: gross.minor().saturating_abs(),
            tax: tax.map(|tax| tax.minor().saturating_abs()),
        };
        let mut fact = RefundFact {
            id: refund.get("id").required_id()?,
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
        };
        match left.of_sum(sum, goods).as_slice() {
            _ if sum.gross == 0 => {}
            [given] => left.give(given, goods, &mut fact),
            _ => left.guess(sum, &mut fact),
        }
        facts.push(fact);
    }
    Ok(facts)
}

impl Goods {
    fn give(&mut self, given: &Given, whole: &Goods, fact: &mut RefundFact) {
        for (id, pieces) in &given.lines {
            let Some(line) = self.lines.get_mut(id) else {
                continue;
            };
            let part = match *pieces == line.quantity {
                true => *line,
                false => whole
                    .lines
                    .get(id)
                    .copied()
                    .unwrap_or_default()
                    .pieces(*pieces),
            };
            *line = line.without(part);
            fact.lines.push(RefundedLine {
                line: id.clone(),
                quantity: *pieces,
                amount: Some(Amount::from_minor(part.net)),
                tax: Amount::from_minor(part.tax),
            });
        }
        if given.shipping {
            fact.shipping = Amount::from_minor(self.shipping.net);
            fact.tax = Amount::from_minor(self.shipping.tax);
            self.shipping = Part::default();
        }
    }

    /// Off the goods before the shipping; of each as much net as its own tax leaves.
    fn guess(&mut self, sum: Sum, fact: &mut RefundFact) {
        fact.guessed = true;
        let goods = self.all_lines();
        let (net, shipping) = match sum.tax {
            Some(tax) => {
                let net = sum.gross.saturating_sub(tax).max(0);
                (net.min(goods.net), net.saturating_sub(goods.net).max(0))
            }
            None => {
                let of_goods = sum.gross.min(goods.gross());
                let beyond = sum.gross.saturating_sub(of_goods);
                let shipping = part(self.shipping.net, beyond, self.shipping.gross());
                (
                    part(goods.net, of_goods, goods.gross()),
                    shipping.min(beyond),
                )
            }
        };
        fact.unassigned = Amount::from_minor(net);
        fact.shipping = Amount::from_minor(shipping);
        let tax = sum
            .gross
            .saturating_sub(net)
            .saturating_sub(shipping)
            .max(0);
        fact.tax = Amount::from_minor(tax);
        // What is left of single lines is not known any more, and no later refund is told by them.
        let taken = Part {
            net,
            tax: part(goods.tax, net, goods.net),
            quantity: 0,
        };
        let rest = goods.without(taken);
        for line in self.lines.values_mut() {
            *line = Part {
                net: part(line.net, rest.net, goods.net),
                tax: part(line.tax, rest.tax, goods.tax),
                quantity: line.quantity,
            };
        }
        self.shipping.net = self.shipping.net.saturating_sub(shipping).max(0);
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::payload;

    fn goods(lines: &[(i64, i64, u32)], shipping: (i64, i64)) -> Goods {
        let of = |(net, tax, quantity)| Part { net, tax, quantity };
        let lines = lines.iter().zip(1..);
        Goods {
            lines: lines
                .map(|(line, id)| (id.to_string(), of(*line)))
                .collect(),
            shipping: of((shipping.0, shipping.1, 0)),
        }
    }

    /// What each refund takes: of lines by id, of goods in proportion, of shipping; and whether that is a
    /// guess.
    fn taken(goods: &Goods, refunds: &str) -> Vec<(Vec<(String, u32, i64)>, i64, i64, bool)> {
        let text = format!(r#"{{"refunds":{refunds}}}"#);
        let order = payload::object(text.as_bytes()).unwrap();
        let list = order.get("refunds");
        let refunds = list.objects().unwrap();
        let facts = facts(&refunds, goods, "USD".parse().unwrap()).unwrap();
        let line = |line: RefundedLine| (line.line, line.quantity, line.amount.unwrap().minor());
        facts
            .into_iter()
            .map(|fact| {
                let lines = fact.lines.into_iter().map(line).collect();
                (
                    lines,
                    fact.unassigned.minor(),
                    fact.shipping.minor(),
                    fact.guessed,
                )
            })
            .collect()
    }

    #[test]
    fn goods_and_shipping_are_told_by_their_sums() {
        let goods = goods(&[(7_646, 669, 1)], (750, 66));
        let back = |total: &str, tax: &str| {
            taken(
                &goods,
                &format!(r#"[{{"id":1,"total":"{total}","total_tax":"{tax}"}}]"#),
            )
        };
        let line = vec![("1".to_owned(), 1, 7_646)];
        assert_eq!(back("-83.15", "-6.69"), [(line.clone(), 0, 0, false)]);
        assert_eq!(back("-8.16", "-0.66"), [(vec![], 0, 750, false)]);
        assert_eq!(back("-91.31", "-7.35"), [(line, 0, 750, false)]);
        assert_eq!(back("-10.00", "-0.80"), [(vec![], 920, 0, true)]);
        assert_eq!(back("0.00", "0.00"), [(vec![], 0, 0, false)]);
    }

    #[test]
    fn before_10_9_the_sum_has_to_do() {
        let goods = goods(&[(7_646, 669, 1)], (750, 66));
        let back = |total: &str| taken(&goods, &format!(r#"[{{"id":1,"total":"{total}"}}]"#));
        assert_eq!(back("-8.16"), [(vec![], 0, 750, false)]);
        assert_eq!(
            back("-83.15"),
            [(vec![("1".to_owned(), 1, 7_646)], 0, 0, false)]
        );
        // Goods before shipping, each with its tax.
        assert_eq!(back("-41.58"), [(vec![], 3_823, 0, true)]);
        assert_eq!(back("-87.00"), [(vec![], 7_646, 354, true)]);
    }

    #[test]
    fn pieces_of_a_line_are_told_from_other_lines() {
        let goods = goods(&[(1_500, 0, 3), (2_500, 0, 1)], (0, 0));
        let two = r#"[{"id":1,"total":"-10.00","total_tax":"0"},{"id":2,"total":"-25.00","total_tax":"0"}]"#;
        assert_eq!(
            taken(&goods, two),
            [
                (vec![("1".to_owned(), 2, 1_000)], 0, 0, false),
                (vec![("2".to_owned(), 1, 2_500)], 0, 0, false),
            ]
        );
    }

    #[test]
    fn what_could_be_either_of_two_lines_is_a_guess() {
        let goods = goods(&[(1_000, 0, 1), (1_000, 0, 1)], (0, 0));
        let one = r#"[{"id":1,"total":"-10.00","total_tax":"0"}]"#;
        assert_eq!(taken(&goods, one), [(vec![], 1_000, 0, true)]);
        let both = r#"[{"id":1,"total":"-20.00","total_tax":"0"}]"#;
        let lines = vec![("1".to_owned(), 1, 1_000), ("2".to_owned(), 1, 1_000)];
        assert_eq!(taken(&goods, both), [(lines, 0, 0, false)]);
    }
}
