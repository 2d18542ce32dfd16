//! How large a commission and a sum of them may become.

use waymark_attribution::money::Amount;

/// The largest balance that can be stored: a Worker's SQLite hands integers over as JavaScript
/// numbers, which are exact up to 2^53 − 1.
pub const MAX_SUM: Amount = Amount::from_minor(9_007_199_254_740_991);

/// An amount that cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// More than 10^15 minor units, the most that RULES.md lets any amount be.
    #[error("commission: more than 10^15 minor units; correct the order's amounts or the rate")]
    Commission,
    /// Beyond [`MAX_SUM`], either way.
    #[error(
        "balance: beyond 2^53 minor units; pay out or correct what is owed before more is booked"
    )]
    Sum,
}

/// A balance after an entry of that amount.
///
/// # Errors
/// [`TooLarge::Sum`], if the sum could not be stored exactly.
pub fn add(balance: Amount, amount: Amount) -> Result<Amount, TooLarge> {
    storable(balance.checked_add(amount))
}

/// The entry that brings a balance to an amount.
pub(crate) fn difference(target: Amount, balance: Amount) -> Result<Amount, TooLarge> {
    storable(target.checked_sub(balance))
}

fn storable(sum: Option<Amount>) -> Result<Amount, TooLarge> {
    sum.filter(|sum| sum.minor().unsigned_abs() <= MAX_SUM.minor().unsigned_abs())
        .ok_or(TooLarge::Sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_a_javascript_number_cannot_hold_is_refused_either_way() {
        let one = Amount::from_minor(1);
        let below = Amount::from_minor((1 << 53) - 2);
        assert_eq!(add(below, one), Ok(MAX_SUM));
        assert_eq!(add(MAX_SUM, one), Err(TooLarge::Sum));
        let lowest = Amount::from_minor(-MAX_SUM.minor());
        assert_eq!(add(lowest, Amount::ZERO), Ok(lowest));
        assert_eq!(difference(lowest, one), Err(TooLarge::Sum));
        let most = Amount::from_minor(i64::MAX);
        assert_eq!(add(most, most), Err(TooLarge::Sum));
    }
}
