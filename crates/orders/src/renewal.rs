//! Renewals of subscriptions: orders of their own, credited as the subscription's first order was, as
//! far as the program lets renewals earn.

use serde::{Deserialize, Serialize};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::money::Currency;
use waymark_attribution::read_json;
use waymark_attribution::text::Text;
use waymark_facts::Order;
use waymark_facts::ruling::Ruling;
use waymark_program::settings::Renewals;

/// The order that began a subscription, as its renewals go by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// Its case: that of its approval, if it is approved.
    pub case: String,
    /// That of the case.
    pub currency: Currency,
    /// What a person ruled on it, if it is approved, until then. It counts for renewals that have no
    /// ruling of their own.
    pub ruling: Option<Ruling>,
}

impl First {
    /// Whether its goods cost nothing.
    fn was_free(&self) -> bool {
        self.worth().is_some_and(|worth| worth <= 0)
    }

    /// What its goods cost, in minor units; `None` if its case does not say.
    fn worth(&self) -> Option<i64> {
        let case: CaseDocument<'_> = read_json(&self.case).ok()?;
        let minor = |amount: &Option<Text<'_>>| match amount {
            Some(amount) => Some(self.currency.parse(amount).ok()?.minor()),
            None => Some(0),
        };
        let mut worth = minor(&case.order.discount)?.saturating_neg();
        for line in &case.order.lines {
            worth = worth.saturating_add(minor(&line.amount)?);
        }
        Some(worth)
    }
}

/// What is known of an order that renews a subscription, by the subscription's other orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// 1 for the first renewal. Those that cost nothing are not counted.
    pub number: u32,
    /// The subscription's first order, if that was heard of and could be decided.
    pub first: Option<First>,
}

/// The subscription that an order renews, by the store's id.
#[must_use]
pub fn renewed(order: &Order) -> Option<&str> {
    let mut subscriptions = order.subscriptions.iter();
    let last = subscriptions.rfind(|it| it.renewal);
    last.map(|it| it.id.as_str())
}

/// What a renewal is credited by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal<'a> {
    number: u32,
    /// The subscription's first order, if it is known and in the currency of the renewal.
    pub first: Option<&'a First>,
    /// The currency of the first order, if it is another one.
    other_currency: Option<Currency>,
    /// Whether renewals of that number earn anything.
    pub earns: bool,
    /// Whether its goods cost nothing: then it has no number, and nothing to earn.
    is_free: bool,
}

impl<'a> Renewal<'a> {
    /// The renewal in that currency; `is_free`: its goods cost nothing; `renewals` is the program's
    /// setting of when it was placed.
    ///
    /// Of a subscription that began with a trial the first renewal is what was sold: it earns, whatever
    /// renewals do.
    #[must_use]
    pub fn new(
        renewed: &'a Renewed,
        currency: Currency,
        is_free: bool,
        renewals: Renewals,
    ) -> Self {
        let first = renewed.first.as_ref();
        let earns = renewals.earns(renewed.number)
            || (renewed.number == 1 && first.is_some_and(First::was_free));
        let other = first.map(|first| first.currency);
        Self {
            number: renewed.number,
            first: first.filter(|first| first.currency == currency),
            other_currency: other.filter(|other| *other != currency),
            earns,
            is_free,
        }
    }

    /// What a person should know.
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        let number = self.number;
        if self.is_free {
            None
        } else if !self.earns {
            Some(format!(
                "renewal {number} of its subscription, which earns nothing by settings.renewals"
            ))
        } else if let Some(other) = self.other_currency {
            Some(format!(
                "renewal {number} of a subscription whose first order is in {other}, another \
                 currency: decided by what is known of this order alone"
            ))
        } else {
            match self.first {
                None => Some(format!(
                    "renewal {number} of a subscription whose first order is not known: decided by \
                     what is known of this order alone"
                )),
                Some(first) => first.ruling.is_some().then(|| {
                    format!(
                        "renewal {number} of a subscription on whose first order a person ruled: \
                         that counts here too, unless a person ruled on this order"
                    )
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn renewal(number: u32, renewals: Renewals, first: Option<First>) -> (bool, Option<String>) {
        let renewed = Renewed { number, first };
        let renewal = Renewal::new(&renewed, currency("USD"), false, renewals);
        (renewal.earns, renewal.flag())
    }

    fn first(ruling: Option<Ruling>) -> Option<First> {
        let case = "{}".to_owned();
        let currency = currency("USD");
        Some(First {
            case,
            currency,
            ruling,
        })
    }

    #[test]
    fn a_renewal_earns_as_the_settings_say_and_one_that_does_not_says_why() {
        assert_eq!(renewal(3, Renewals::All, first(None)), (true, None));
        assert_eq!(renewal(3, Renewals::First(3), first(None)), (true, None));
        for renewals in [Renewals::None, Renewals::First(2)] {
            let (earns, flag) = renewal(3, renewals, first(None));
            let flag = flag.unwrap_or_default();
            assert!(!earns && flag.contains("renewal 3") && flag.contains("settings.renewals"));
        }
    }

    fn costing(lines: &str) -> Option<First> {
        let case = format!(
            r#"{{"policy":"last-click","directory":{{}},"order":{{"id":"1","placed_at":"2026-01-04T12:00:00Z","currency":"USD","discount":"9.00","lines":[{lines}]}}}}"#
        );
        first(None).map(|first| First { case, ..first })
    }

    /// A trial, and a first month that a code makes free.
    #[test]
    fn the_first_renewal_of_what_began_for_nothing_earns_and_those_after_it_by_the_settings() {
        let line = r#"{"quantity":1,"amount":"9.00"}"#;
        for free in [costing(""), costing(line)] {
            assert_eq!(renewal(1, Renewals::None, free.clone()), (true, None));
            assert!(!renewal(2, Renewals::None, free.clone()).0);
            assert!(renewal(3, Renewals::First(3), free.clone()).0);
            assert!(!renewal(4, Renewals::First(3), free).0);
        }
        let paid = costing(r#"{"quantity":1,"amount":"9.01"}"#);
        assert!(!renewal(1, Renewals::None, paid).0);
    }

    #[test]
    fn a_renewal_that_costs_nothing_is_not_said_to_earn_nothing() {
        let renewed = Renewed {
            number: 0,
            first: None,
        };
        let free = Renewal::new(&renewed, currency("USD"), true, Renewals::None);
        assert_eq!(free.flag(), None);
    }

    #[test]
    fn a_renewal_of_an_unknown_first_order_is_flagged() {
        let (earns, flag) = renewal(1, Renewals::All, None);
        assert!(earns && flag.is_some_and(|flag| flag.contains("first order is not known")));
    }

    #[test]
    fn a_renewal_in_another_currency_goes_by_nothing_of_its_first_order_and_says_so() {
        let first = first(Some(Ruling::Deny));
        let renewed = Renewed { number: 2, first };
        let renewal = Renewal::new(&renewed, currency("EUR"), false, Renewals::All);
        let flag = renewal.flag().unwrap_or_default();
        assert!(flag.contains("in USD, another currency"), "{flag}");
        assert_eq!((renewal.first, renewal.earns), (None, true));
    }

    #[test]
    fn a_renewal_says_that_it_goes_by_a_persons_ruling_on_another_order() {
        let (earns, flag) = renewal(1, Renewals::All, first(Some(Ruling::Deny)));
        assert!(earns && flag.is_some_and(|flag| flag.contains("a person ruled")));
    }
}
