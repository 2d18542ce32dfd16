//! Decimal text to an integer of its last place, without a float in between.

use thiserror::Error;

/// Why a text is not a decimal of the wanted scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum DecimalError {
    #[error("not a decimal number: digits, then perhaps a point and digits")]
    Malformed,
    #[error("too many decimals")]
    TooManyDecimals,
    #[error("too large")]
    TooLarge,
}

/// Reads `12.5` with two decimals as `1250`, if it is at most `most`.
///
/// Digits are needed before the point and after it; a sign, an exponent, white space and
/// grouping are refused, and so are more than `decimals` digits after the point, even zeros.
pub(crate) fn parse(text: &str, decimals: u32, most: i64) -> Result<i64, DecimalError> {
    let (whole, fraction) = match text.split_once('.') {
        None => (text, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return Err(DecimalError::Malformed);
    }
    let fraction = fraction.unwrap_or_default();
    let missing = usize::try_from(decimals)
        .ok()
        .and_then(|decimals| decimals.checked_sub(fraction.len()))
        .ok_or(DecimalError::TooManyDecimals)?;
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(std::iter::repeat_n(b'0', missing))
        .try_fold(0_i64, |value, digit| {
            value
                .checked_mul(10)?
                .checked_add(i64::from(digit.wrapping_sub(b'0')))
                .filter(|value| *value <= most)
        })
        .ok_or(DecimalError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_digits_and_one_point_are_a_decimal() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "1.2.3", "١", "0x1", "NaN",
        ] {
            assert_eq!(
                parse(text, 2, i64::MAX),
                Err(DecimalError::Malformed),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_value_is_scaled_to_its_last_place() {
        assert_eq!(parse("12.5", 2, i64::MAX), Ok(1250));
        assert_eq!(parse("12", 0, i64::MAX), Ok(12));
        assert_eq!(parse("007.10", 3, i64::MAX), Ok(7100));
    }

    #[test]
    fn digits_beyond_the_scale_are_refused_even_when_they_are_zero() {
        assert_eq!(
            parse("1.000", 2, i64::MAX),
            Err(DecimalError::TooManyDecimals)
        );
        assert_eq!(
            parse("1.0", 0, i64::MAX),
            Err(DecimalError::TooManyDecimals)
        );
    }

    #[test]
    fn the_greatest_value_is_included() {
        assert_eq!(parse("10.00", 2, 1000), Ok(1000));
        assert_eq!(parse("10.01", 2, 1000), Err(DecimalError::TooLarge));
        assert_eq!(
            parse("99999999999999999999", 2, i64::MAX),
            Err(DecimalError::TooLarge)
        );
    }
}
