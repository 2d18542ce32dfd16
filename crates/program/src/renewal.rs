//! Renewals of subscriptions: orders of their own, credited as the subscription's first order was, as
//! far as the program lets renewals earn.

use crate::settings::{Renewals, Settings};

/// What a renewal is credited by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// 1 for the first renewal.
    number: u32,
    /// The case of the subscription's first order, if that was heard of and could be decided.
    pub first_case: Option<String>,
    /// Whether renewals of that number earn anything.
    pub earns: bool,
}

impl Renewal {
    /// The renewal of that number (1 for the first), by the settings of when it was placed; before
    /// there were any, all renewals earn.
    #[must_use]
    pub fn new(number: u32, first_case: Option<String>, settings: Option<&Settings>) -> Self {
        let renewals = settings.map_or(Renewals::All, |settings| settings.renewals);
        Self {
            number,
            first_case,
            earns: renewals.earns(number),
        }
    }

    /// What a person should know.
    #[must_use]
    pub fn flag(&self) -> Option<String> {
        let number = self.number;
        if !self.earns {
            Some(format!(
                "renewal {number} of its subscription, which earns nothing by settings.renewals"
            ))
        } else if self.first_case.is_none() {
            Some(format!(
                "renewal {number} of a subscription whose first order is not known: decided by \
                 what is known of this order alone"
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewal(number: u32, renewals: Renewals, first_is_known: bool) -> (bool, Option<String>) {
        let settings = Settings {
            renewals,
            ..Settings::default()
        };
        let first_case = first_is_known.then(|| "{}".to_owned());
        let renewal = Renewal::new(number, first_case, Some(&settings));
        (renewal.earns, renewal.flag())
    }

    #[test]
    fn a_renewal_earns_as_the_settings_say_and_one_that_does_not_says_why() {
        assert_eq!(renewal(3, Renewals::All, true), (true, None));
        assert_eq!(renewal(3, Renewals::First(3), true), (true, None));
        for renewals in [Renewals::None, Renewals::First(2)] {
            let (earns, flag) = renewal(3, renewals, true);
            let flag = flag.unwrap_or_default();
            assert!(!earns && flag.contains("renewal 3") && flag.contains("settings.renewals"));
        }
    }

    #[test]
    fn a_renewal_of_an_unknown_first_order_is_flagged() {
        let (earns, flag) = renewal(1, Renewals::All, false);
        assert!(earns && flag.is_some_and(|flag| flag.contains("first order is not known")));
    }
}
