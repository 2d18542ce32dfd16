//! From a decision to the conversions that the book should hold.

use waymark_attribution::Decision;
use waymark_attribution::decision::{self, Conversion};
use waymark_attribution::money::{Amount, Currency, Money};

use crate::{Claim, Status, Terms, TooLarge, Wanted};

/// The conversions of a decision on an order in that currency. If a person has to look at any of
/// them, all that are credited are held: what is found out about one may concern the others.
pub(crate) fn wanted(decision: &Decision<'_>, currency: Currency) -> Result<Vec<Wanted>, TooLarge> {
    let conversions = decision.conversions.iter();
    let review = decision.review || conversions.clone().any(|it| it.review);
    conversions
        .map(|conversion| {
            let Conversion {
                affiliate,
                method,
                evidence,
                ..
            } = conversion;
            Ok(Wanted {
                claim: Claim {
                    affiliate: affiliate.to_string(),
                    method: method.as_str().to_owned(),
                    evidence: evidence.to_string(),
                    currency,
                },
                terms: Terms {
                    status: match conversion.status {
                        decision::Status::Pending if review => Status::Held,
                        decision::Status::Pending => Status::Pending,
                        decision::Status::Unqualified => Status::Unqualified,
                    },
                    reason: conversion.reason.map(|reason| reason.as_str().to_owned()),
                    visible: conversion.visible,
                    review: conversion.review,
                    share_bp: i64::from(conversion.share_bp.get()),
                },
                commission: bookable(conversion.commission)?,
            })
        })
        .collect()
}

fn bookable(commission: Money) -> Result<Amount, TooLarge> {
    let amount = commission.amount().map_err(|_| TooLarge::Commission)?;
    (amount <= Amount::MAX)
        .then_some(amount)
        .ok_or(TooLarge::Commission)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_booked_than_an_amount_may_be() {
        let booked = |text: &str| bookable(text.parse().unwrap()).map(Amount::minor);
        assert_eq!(booked("0.00"), Ok(0));
        assert_eq!(booked("10000000000000.00"), Ok(1_000_000_000_000_000));
        let too_large = Err(TooLarge::Commission);
        assert_eq!(booked("10000000000000.01"), too_large);
        assert_eq!(booked("100000000000000000000000.00"), too_large);
    }
}
