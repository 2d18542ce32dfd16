//! What all orders of a replay come to, as tables and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use waymark_attribution::money::{Amount, Currency, Money};
use waymark_orders::what_if::{Both, Change, Comparison};

use crate::failure::Failure;
use crate::terminal::{printable, table};

/// A line of the input that was decided twice.
pub struct Compared {
    /// The order's store, if the line names it.
    pub store: Option<String>,
    pub comparison: Comparison,
}

/// Sums up comparisons. Besides the listed orders it grows with the affiliates only.
pub struct Report {
    policy: PolicyVersion,
    orders: Orders,
    review: Both<u64>,
    changes: Vec<ChangedOrder>,
    /// How many changes are kept.
    listed: usize,
    /// By affiliate and currency.
    money: BTreeMap<(String, Currency), Sum>,
}

#[derive(Serialize)]
struct PolicyVersion {
    name: String,
    version: i64,
}

#[derive(Default, Serialize)]
struct Orders {
    total: u64,
    changed_hands: u64,
    changed_amounts: u64,
    unchanged: u64,
}

/// An order that changes hands.
#[derive(Serialize)]
struct ChangedOrder {
    line: u64,
    store: Option<String>,
    order: String,
    currency: Currency,
    #[serde(flatten)]
    credit: Both<Vec<Earned>>,
}

#[derive(Serialize)]
struct Earned {
    affiliate: String,
    commission: Money,
}

/// Money of one currency.
#[derive(Clone, Copy)]
struct Sum {
    currency: Currency,
    money: Both<Amount>,
}

/// Money of one currency, to be printed.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    affiliate: Option<&'a str>,
    currency: Currency,
    before: Money,
    after: Money,
    difference: Money,
}

impl Report {
    /// A report on the policy of that name and version that lists at most so many changed orders.
    pub fn new((name, version): (String, i64), listed: usize) -> Report {
        Report {
            policy: PolicyVersion { name, version },
            orders: Orders::default(),
            review: Both::default(),
            changes: Vec::new(),
            listed,
            money: BTreeMap::new(),
        }
    }

    /// Adds the order of a line.
    ///
    /// # Errors
    /// If the money of an affiliate exceeds 64 bits of minor units.
    pub fn add(&mut self, line: u64, compared: Compared) -> Result<(), Failure> {
        let comparison = &compared.comparison;
        let count = |counter: &mut u64| *counter = counter.saturating_add(1);
        count(&mut self.orders.total);
        if comparison.credit.before.review {
            count(&mut self.review.before);
        }
        if comparison.credit.after.review {
            count(&mut self.review.after);
        }
        let currency = comparison.currency;
        for (affiliate, amount) in &comparison.credit.before.earned {
            let sum = self.sum(affiliate, currency);
            sum.before = add(sum.before, *amount, affiliate)?;
        }
        for (affiliate, amount) in &comparison.credit.after.earned {
            let sum = self.sum(affiliate, currency);
            sum.after = add(sum.after, *amount, affiliate)?;
        }
        match comparison.change() {
            Change::Nothing => count(&mut self.orders.unchanged),
            Change::Amounts => count(&mut self.orders.changed_amounts),
            Change::Hands => {
                count(&mut self.orders.changed_hands);
                if self.changes.len() < self.listed {
                    self.changes.push(ChangedOrder::new(line, compared));
                }
            }
        }
        Ok(())
    }

    fn sum(&mut self, affiliate: &str, currency: Currency) -> &mut Both<Amount> {
        let key = (affiliate.to_owned(), currency);
        let sum = self.money.entry(key).or_insert(Sum {
            currency,
            money: Both::default(),
        });
        &mut sum.money
    }

    /// The whole report, as tables or as JSON.
    ///
    /// # Errors
    /// If the money of all affiliates exceeds 64 bits of minor units.
    pub fn print(&self, json: bool, bad: usize) -> Result<String, Failure> {
        let money = self
            .money
            .iter()
            .map(|((affiliate, _), sum)| sum.row(Some(affiliate)))
            .collect::<Result<Vec<_>, Failure>>()?;
        let totals = self.totals()?;
        let totals = totals
            .values()
            .map(|sum| sum.row(None))
            .collect::<Result<Vec<_>, Failure>>()?;
        match json {
            true => self.json(&money, &totals, bad),
            false => Ok(self.tables(&money, &totals)),
        }
    }

    /// The money of all affiliates, by currency.
    fn totals(&self) -> Result<BTreeMap<Currency, Sum>, Failure> {
        let mut totals = BTreeMap::<_, Sum>::new();
        for ((_, currency), sum) in &self.money {
            let total = totals.entry(*currency).or_insert(Sum {
                currency: sum.currency,
                money: Both::default(),
            });
            total.money.before = add(total.money.before, sum.money.before, "all affiliates")?;
            total.money.after = add(total.money.after, sum.money.after, "all affiliates")?;
        }
        Ok(totals)
    }

    fn json(&self, money: &[Row<'_>], totals: &[Row<'_>], bad: usize) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Json<'a> {
            policy: &'a PolicyVersion,
            orders: &'a Orders,
            bad: usize,
            review: Both<u64>,
            changes: &'a [ChangedOrder],
            money: &'a [Row<'a>],
            totals: &'a [Row<'a>],
        }
        let json = serde_json::to_string_pretty(&Json {
            policy: &self.policy,
            orders: &self.orders,
            bad,
            review: self.review,
            changes: &self.changes,
            money,
            totals,
        });
        let json = json.map_err(|error| Failure::at("report", error))?;
        Ok(json + "\n")
    }

    // Writing to a `String` cannot fail.
    fn tables(&self, money: &[Row<'_>], totals: &[Row<'_>]) -> String {
        let mut text = self.summary();
        if !self.changes.is_empty() {
            let mut changes = table(["LINE", "ORDER", "CURRENCY", "BEFORE", "AFTER"], &[0]);
            for change in &self.changes {
                changes.add_row(change.cells());
            }
            let _ = write!(text, "\n{}\n", changes.trim_fmt());
        }
        let listed = u64::try_from(self.changes.len()).unwrap_or(u64::MAX);
        match self.orders.changed_hands.saturating_sub(listed) {
            0 => {}
            more => {
                let _ = writeln!(text, "… and {more} more; --all lists them");
            }
        }
        if !money.is_empty() {
            let header = ["AFFILIATE", "CURRENCY", "BEFORE", "AFTER", "DIFFERENCE"];
            let mut sums = table(header, &[2, 3, 4]);
            for row in money.iter().chain(totals) {
                sums.add_row(row.cells());
            }
            let _ = write!(text, "\n{}\n", sums.trim_fmt());
        }
        text
    }

    fn summary(&self) -> String {
        let PolicyVersion { name, version } = &self.policy;
        let title = format!("UNDER {}, version {version}", printable(name));
        let mut counts = table([&title, "ORDERS"], &[1]);
        for (what, count) in [
            ("all", self.orders.total),
            ("change hands", self.orders.changed_hands),
            (
                "same affiliates, other amounts",
                self.orders.changed_amounts,
            ),
            ("unchanged", self.orders.unchanged),
            ("wait for a review, before", self.review.before),
            ("wait for a review, after", self.review.after),
        ] {
            counts.add_row([what.to_owned(), count.to_string()]);
        }
        format!("{}\n", counts.trim_fmt())
    }
}

fn add(sum: Amount, amount: Amount, whose: &str) -> Result<Amount, Failure> {
    sum.checked_add(amount).ok_or_else(|| {
        Failure::at(
            whose,
            "the sum of commissions exceeds 64 bits of minor units",
        )
    })
}

impl Sum {
    fn row<'a>(&self, affiliate: Option<&'a str>) -> Result<Row<'a>, Failure> {
        let Both { before, after } = self.money;
        // Neither is negative, so this cannot overflow.
        let difference = after.checked_sub(before).unwrap_or_default();
        Ok(Row {
            affiliate,
            currency: self.currency,
            before: self.currency.money(before),
            after: self.currency.money(after),
            difference: self.currency.money(difference),
        })
    }
}

impl Row<'_> {
    fn cells(&self) -> [String; 5] {
        let sign = if self.difference.minor() > 0 { "+" } else { "" };
        [
            printable(self.affiliate.unwrap_or("all affiliates")).into_owned(),
            self.currency.to_string(),
            self.before.to_string(),
            self.after.to_string(),
            format!("{sign}{}", self.difference),
        ]
    }
}

impl ChangedOrder {
    fn new(line: u64, compared: Compared) -> ChangedOrder {
        let Compared { store, comparison } = compared;
        let currency = comparison.currency;
        let list = |earned: BTreeMap<String, Amount>| {
            let earned = earned.into_iter().map(|(affiliate, amount)| Earned {
                affiliate,
                commission: currency.money(amount),
            });
            earned.collect()
        };
        ChangedOrder {
            line,
            store,
            order: comparison.order,
            currency,
            credit: Both {
                before: list(comparison.credit.before.earned),
                after: list(comparison.credit.after.earned),
            },
        }
    }

    fn cells(&self) -> [String; 5] {
        let order = match &self.store {
            Some(store) => format!("{store}/{}", self.order),
            None => self.order.clone(),
        };
        [
            self.line.to_string(),
            printable(&order).into_owned(),
            self.currency.to_string(),
            in_words(&self.credit.before),
            in_words(&self.credit.after),
        ]
    }
}

/// `ana 8.00, ben 2.00`.
fn in_words(earned: &[Earned]) -> String {
    if earned.is_empty() {
        return "nobody".to_owned();
    }
    let earned = earned.iter().map(
        |Earned {
             affiliate,
             commission,
         }| format!("{} {commission}", printable(affiliate)),
    );
    earned.collect::<Vec<_>>().join(", ")
}
