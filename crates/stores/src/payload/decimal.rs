//! Decimal numbers as PHP and its plugins write them.

/// The furthest that an exponent moves the point: what PHP's floats leave over is near zero.
const MAX_SHIFT: usize = 40;

/// The number as sign, whole digits and decimals, or `None` where it could mean two things. Read are
/// `12.50`, `.5`, `5.`, `+5`, PHP's exponents such as `-1.4E-14`, and the decimals of other languages: a
/// comma before one or two digits, or whichever of comma and point is last where there are both.
pub(super) fn plain(text: &str) -> Option<(bool, String, String)> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, decimals) = parts(mantissa)?;
    let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
    if shift > MAX_SHIFT {
        return None;
    }
    let (whole, decimals) = match exponent {
        0 => (whole, decimals),
        ..0 => {
            let padded = format!("{}{whole}", "0".repeat(shift));
            let kept = padded.len().saturating_sub(shift);
            let (whole, moved) = padded.split_at_checked(kept)?;
            (whole.to_owned(), format!("{moved}{decimals}"))
        }
        1.. => {
            let padded = format!("{decimals}{}", "0".repeat(shift));
            let (moved, decimals) = padded.split_at_checked(shift)?;
            (format!("{whole}{moved}"), decimals.to_owned())
        }
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0".to_owned(),
        whole => whole.to_owned(),
    };
    Some((negative, whole, decimals))
}

/// Whole digits and decimals of a number without sign and exponent.
fn parts(mantissa: &str) -> Option<(String, String)> {
    let points = mantissa.matches('.').count();
    let commas = mantissa.matches(',').count();
    let (whole, decimals) = match (points, commas) {
        (0, 0) => (mantissa, ""),
        (1, 0) => mantissa.split_once('.')?,
        (0, 1) => {
            let (whole, decimals) = mantissa.split_once(',')?;
            // Three digits may be thousands.
            if !matches!(decimals.len(), 1 | 2) {
                return None;
            }
            (whole, decimals)
        }
        _ => {
            let (whole, decimals) = mantissa.rsplit_once(['.', ','])?;
            let last = if mantissa.rfind('.') > mantissa.rfind(',') {
                points
            } else {
                commas
            };
            let groups: Vec<&str> = whole.split(['.', ',']).collect();
            let are_thousands = groups.iter().skip(1).all(|group| group.len() == 3);
            let begins = groups.first().is_some_and(|it| matches!(it.len(), 1..=3));
            let of_one_kind = !(whole.contains('.') && whole.contains(','));
            if last != 1 || points == 0 || commas == 0 {
                return None;
            }
            if !(are_thousands && begins && of_one_kind) {
                return None;
            }
            (whole, decimals)
        }
    };
    let whole: String = whole.split(['.', ',']).collect();
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_some = !whole.is_empty() || !decimals.is_empty();
    (is_some && is_number(&whole) && is_number(decimals)).then(|| (whole, decimals.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_php_and_other_languages_write_is_read_where_it_can_mean_one_thing() {
        for (text, expected) in [
            ("12.50", "12.50"),
            (" 12.50 ", "12.50"),
            ("-8.10", "-8.10"),
            ("+5", "5."),
            (".5", "0.5"),
            ("5.", "5."),
            ("007.50", "7.50"),
            ("-1.4210854715202E-14", "-0.0000000000000142108547152020"),
            ("1.5e1", "15."),
            ("1E+3", "1000."),
            ("12,5", "12.5"),
            ("12,50", "12.50"),
            ("1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1.234.567,89", "1234567.89"),
            ("1,234,567.891", "1234567.891"),
        ] {
            let read = plain(text).map(|(negative, whole, decimals)| {
                format!("{}{whole}.{decimals}", if negative { "-" } else { "" })
            });
            let read = read.as_deref().map(|it| it.trim_end_matches('0'));
            assert_eq!(read, Some(expected.trim_end_matches('0')), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "e5",
            "1e",
            "1e99999",
            "1,234",
            "1,2,3",
            "1.2.3",
            "1.234.567",
            "12.34,5,6",
            "1234.567,8,",
            "1,23.4",
            "12 50",
            "€5",
            "NAN",
            "INF",
            "0x1",
            "1-2",
            "--1",
            "1e5.5",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
