//! What of an order can be given back, and what a refund's sum comes to of it.

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
    pub fn gross(self) -> i64 {
        self.net.saturating_add(self.tax)
    }

    pub fn and(self, other: Self) -> Self {
        Self {
            net: self.net.saturating_add(other.net),
            tax: self.tax.saturating_add(other.tax),
            quantity: self.quantity.saturating_add(other.quantity),
        }
    }

    /// What is left of it, never below nothing.
    pub fn without(self, other: Self) -> Self {
        Self {
            net: self.net.saturating_sub(other.net).max(0),
            tax: self.tax.saturating_sub(other.tax).max(0),
            quantity: self.quantity.saturating_sub(other.quantity),
        }
    }

    /// The amounts with the other sign; of pieces there are none.
    pub fn negated(self) -> Self {
        Self {
            net: self.net.saturating_neg(),
            tax: self.tax.saturating_neg(),
            quantity: 0,
        }
    }

    /// So many of its pieces, rounded half up as WooCommerce rounds.
    pub fn pieces(self, pieces: u32) -> Self {
        let of = |amount: i64| share(amount, i64::from(pieces), i64::from(self.quantity));
        Self {
            net: of(self.net),
            tax: of(self.tax),
            quantity: pieces,
        }
    }
}

/// `amount × part ÷ whole`, rounded half up; all of it where there is no whole.
pub(super) fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let scaled = i128::from(amount).saturating_mul(i128::from(part));
    let rounded = scaled
        .saturating_mul(2)
        .saturating_add(i128::from(whole))
        .checked_div(i128::from(whole).saturating_mul(2));
    rounded
        .and_then(|it| i64::try_from(it).ok())
        .unwrap_or(amount)
}

/// What of an order can be given back, or is left of that.
#[derive(Clone, Debug, Default)]
pub(super) struct Goods {
    /// By line id, in the order's sequence.
    pub lines: Vec<(String, Part)>,
    /// Shipping and fees.
    pub shipping: Part,
    /// What is taken off all lines together.
    pub discount: Part,
    /// What the shopper has paid in all, in minor units.
    pub paid: i64,
    /// Whether the order has tax at all.
    pub is_taxed: bool,
}

/// A refund's sum in minor units, and its tax if that is said.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    pub gross: i64,
    pub tax: Option<i64>,
}

/// What a refund may have given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Places of lines, and how many pieces of each.
    pub lines: Vec<(usize, u32)>,
    pub shipping: bool,
    /// Whether its tax was given back with it.
    pub with_tax: bool,
}

/// How well a part of an order comes to a sum.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Exact,
    /// But for a cent of rounding.
    Near,
}

/// Orders with more lines are not searched for sums of several of them.
const MAX_SUMMED: usize = 10;

impl Goods {
    /// All lines after what is taken off them.
    pub fn all_lines(&self) -> Part {
        let lines = self.lines.iter();
        let sum = lines.fold(Part::default(), |sum, (_, line)| sum.and(*line));
        sum.without(self.discount)
    }

    pub fn whole(&self) -> Part {
        self.all_lines().and(self.shipping)
    }

    /// Whether a sum is of an amount that somebody typed, for no line: such a refund has no tax, whatever
    /// the order has.
    pub fn is_amount_alone(&self, sum: Sum) -> bool {
        self.is_taxed && sum.tax == Some(0)
    }

    fn fit(&self, sum: Sum, part: Part, with_tax: bool) -> Option<Fit> {
        let (amount, tax_fits) = match sum.tax {
            _ if !with_tax => (part.net, self.is_amount_alone(sum) && part.tax > 0),
            Some(tax) if !self.is_amount_alone(sum) => (part.gross(), tax.abs_diff(part.tax) <= 1),
            _ => (part.gross(), true),
        };
        match sum.gross.abs_diff(amount) {
            0 if tax_fits => Some(Fit::Exact),
            1 if tax_fits && with_tax && !self.is_amount_alone(sum) => Some(Fit::Near),
            _ => None,
        }
    }

    /// The one thing that comes to that sum, by what a shop can give back: pieces of one line, whole
    /// lines, shipping, or lines with the shipping. `None` if there is none, or another.
    pub fn one_of_sum(&self, sum: Sum, whole: &Goods) -> Option<Given> {
        let mut found: Vec<(Fit, Given)> = Vec::new();
        let mut look = |lines: &[(usize, u32)], part: Part| {
            for shipping in [false, true] {
                if shipping && self.shipping.gross() == 0 {
                    continue;
                }
                let part = match shipping {
                    true => part.and(self.shipping),
                    false => part,
                };
                for with_tax in [true, false] {
                    if let Some(fit) = self.fit(sum, part, with_tax) {
                        let given = Given {
                            lines: lines.to_vec(),
                            shipping,
                            with_tax,
                        };
                        if part.gross() > 0 && !found.iter().any(|(_, known)| *known == given) {
                            found.push((fit, given));
                        }
                    }
                }
            }
        };
        look(&[], Part::default());
        // Lines that cost nothing would make two things of one.
        let left: Vec<(usize, Part, Part)> = (0..)
            .zip(self.lines.iter().zip(&whole.lines))
            .map(|(place, ((_, left), (_, whole)))| (place, *left, *whole))
            .filter(|(_, left, _)| left.quantity > 0 && left.gross() > 0)
            .collect();
        for (place, left, whole) in &left {
            look(&[(*place, left.quantity)], *left);
            for pieces in self.pieces_of_sum(sum, *whole) {
                if pieces < left.quantity {
                    look(&[(*place, pieces)], whole.pieces(pieces));
                }
            }
        }
        if left.len() <= MAX_SUMMED {
            for chosen in 1_u32..1_u32.wrapping_shl(left.len() as u32) {
                let is_chosen = |bit: u32| chosen & 1_u32.wrapping_shl(bit) != 0;
                let lines = left.iter().zip(0..).filter(|(_, bit)| is_chosen(*bit));
                let (mut pieces, mut part) = (Vec::new(), Part::default());
                for ((place, line, _), _) in lines {
                    pieces.push((*place, line.quantity));
                    part = part.and(*line);
                }
                look(&pieces, part);
            }
        } else {
            let lines = left.iter();
            let all: Vec<_> = lines.map(|(place, it, _)| (*place, it.quantity)).collect();
            let lines = left.iter();
            look(&all, lines.fold(Part::default(), |sum, it| sum.and(it.1)));
        }
        let exact: Vec<&Given> = of(&found, Fit::Exact);
        let near = of(&found, Fit::Near);
        match (exact.as_slice(), near.as_slice()) {
            ([one], _) | ([], [one]) => Some((*one).clone()),
            _ => None,
        }
    }

    /// Numbers of pieces of a line that may come to the sum, with or without tax and shipping.
    fn pieces_of_sum(&self, sum: Sum, line: Part) -> Vec<u32> {
        let rest = sum.gross.saturating_sub(self.shipping.gross());
        let rest_net = sum.gross.saturating_sub(self.shipping.net);
        let sums = [
            (sum.gross, line.gross()),
            (rest, line.gross()),
            (sum.gross, line.net),
            (rest_net, line.net),
        ];
        let mut numbers: Vec<u32> = Vec::new();
        for (amount, whole) in sums.into_iter().filter(|(_, whole)| *whole > 0) {
            let about = share(i64::from(line.quantity), amount, whole);
            for number in [about.saturating_sub(1), about, about.saturating_add(1)] {
                let number = u32::try_from(number).unwrap_or_default();
                if (1..line.quantity).contains(&number) && !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
        }
        numbers
    }
}

fn of(found: &[(Fit, Given)], wanted: Fit) -> Vec<&Given> {
    let found = found.iter().filter(|(fit, _)| *fit == wanted);
    found.map(|(_, given)| given).collect()
}
