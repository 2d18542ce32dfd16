//! From a decision to the conversions that the book should hold.

use waymark_attribution::Decision;
use waymark_attribution::decision::{self, Conversion};
use waymark_attribution::money::Currency;

use crate::{Claim, Status, Terms, TooLarge, Wanted};

/// The conversions of a decision on an order in that currency.
///
/// # Errors
/// [`TooLarge`], for a commission that no ledger can hold.
pub fn wanted(decision: &Decision<'_>, currency: Currency) -> Result<Vec<Wanted>, TooLarge> {
    let conversions = decision.conversions.iter();
    conversions
        .map(|conversion| {
            let Conversion { affiliate, method, evidence, .. } = conversion;
            Ok(Wanted {
                claim: Claim {
                    affiliate: affiliate.to_string(),
                    method: method.as_str().to_owned(),
                    evidence: evidence.to_string(),
                    currency,
                },
                terms: Terms {
                    status: match conversion.status {
                        decision::Status::Pending => Status::Pending,
                        decision::Status::Unqualified => Status::Unqualified,
                    },
                    reason: conversion.reason.map(|reason| reason.as_str().to_owned()),
                    visible: conversion.visible,
                    review: conversion.review,
                    share_bp: i64::from(conversion.share_bp.get()),
                },
                commission: conversion.commission.amount().map_err(|_| TooLarge)?,
            })
        })
        .collect()
}
