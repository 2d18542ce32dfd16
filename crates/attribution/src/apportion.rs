//! Dividing a whole number in proportion to weights: the method of largest remainders.

use std::cmp::Reverse;

/// Divides `total` in proportion to `weights`, so that the parts sum to `total`.
///
/// Each part is its exact quota rounded down; what is left goes, one each, to the parts with
/// the largest remainders, of equals to the earlier. If all weights are zero, so are all parts.
pub(crate) fn apportion(total: u128, weights: &[u128]) -> Vec<u128> {
    let whole = weights.iter().copied().fold(0, u128::saturating_add);
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let mut left = total;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts: Vec<u128> = weights
        .iter()
        .enumerate()
        .map(|(place, weight)| {
            let (part, remainder) = multiply_divide(total, *weight, whole);
            left = left.saturating_sub(part);
            remainders.push((Reverse(remainder), place));
            part
        })
        .collect();
    if left > 0 {
        remainders.sort_unstable();
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        for (_, place) in remainders.into_iter().take(left) {
            if let Some(part) = parts.get_mut(place) {
                *part = part.saturating_add(1);
            }
        }
    }
    parts
}

/// `a × b ÷ c` and its remainder, where `b ≤ c` and `0 < c < 2^126`, even if `a × b` exceeds 128 bits.
fn multiply_divide(a: u128, b: u128, c: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (
            product.checked_div(c).unwrap_or_default(),
            product.checked_rem(c).unwrap_or_default(),
        );
    }
    // Long multiplication from the top bit of `a`, divided on the way: the remainder stays below
    // `c` and therefore twice it plus `b` below 2^128.
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for bit in (0..u128::BITS).rev() {
        quotient = quotient.wrapping_mul(2);
        remainder = remainder.wrapping_mul(2);
        if a.wrapping_shr(bit) & 1 == 1 {
            remainder = remainder.wrapping_add(b);
        }
        while remainder >= c {
            remainder = remainder.wrapping_sub(c);
            quotient = quotient.wrapping_add(1);
        }
    }
    (quotient, remainder)
}

/// `a ÷ b` rounded to the nearest whole number, and to the even one of two that are equally near.
pub(crate) fn divide_half_even(a: u128, b: u128) -> u128 {
    let quotient = a.checked_div(b).unwrap_or_default();
    let remainder = a.checked_rem(b).unwrap_or_default();
    let rest = b.saturating_sub(remainder);
    let up = remainder > rest || (remainder == rest && quotient % 2 == 1);
    quotient.saturating_add(u128::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_goes_to_the_largest_remainders_and_of_equals_to_the_earlier() {
        assert_eq!(apportion(10_000, &[1, 1, 1]), [3334, 3333, 3333]);
        assert_eq!(apportion(100, &[1, 2, 4]), [14, 29, 57]);
        assert_eq!(apportion(2, &[1, 1, 1]), [1, 1, 0]);
    }

    #[test]
    fn without_any_weight_nothing_is_given() {
        assert_eq!(apportion(5, &[0, 0]), [0, 0]);
        assert_eq!(apportion(5, &[]), [] as [u128; 0]);
    }

    #[test]
    fn halves_are_rounded_to_even() {
        for (a, rounded) in [
            (4, 0),
            (5, 0),
            (6, 1),
            (14, 1),
            (15, 2),
            (25, 2),
            (26, 3),
            (35, 4),
        ] {
            assert_eq!(divide_half_even(a, 10), rounded, "{a} / 10");
        }
    }

    proptest! {
        #![proptest_config(crate::tests::laws())]

        #[test]
        fn parts_sum_to_the_total_and_differ_from_their_quota_by_less_than_one(
            total in 0_u128..1_000_000_000,
            weights in prop::collection::vec(0_u128..1_000_000_000, 1..20),
        ) {
            let whole: u128 = weights.iter().sum();
            prop_assume!(whole > 0);
            let parts = apportion(total, &weights);
            prop_assert_eq!(parts.iter().sum::<u128>(), total);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!((part * whole).abs_diff(total * weight) < whole);
            }
        }

        #[test]
        fn a_product_beyond_128_bits_is_divided_exactly(a in 1_u128 << 100..1 << 127, c in 1_u128 << 80..1 << 125, b in any::<u128>()) {
            let b = b % (c + 1);
            let (quotient, remainder) = multiply_divide(a, b, c);
            prop_assert!(remainder < c);
            // a × b = quotient × c + remainder, compared modulo two numbers that together exceed both sides' error.
            prop_assert_eq!(a.wrapping_mul(b), quotient.wrapping_mul(c).wrapping_add(remainder));
            let modulus = (1 << 61) - 1;
            let times = |x: u128, y: u128| (x % modulus) * (y % modulus) % modulus;
            prop_assert_eq!(times(a, b), (times(quotient, c) + remainder % modulus) % modulus);
        }
    }
}
