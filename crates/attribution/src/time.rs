//! Time: instants and durations in whole milliseconds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::text;

/// A moment in whole milliseconds, read from RFC 3339 with any offset and written as UTC.
///
/// It counts from 1970-01-01T00:00:00Z, lies within the years 0000 to 9999, and prints three decimals:
///
/// ```
/// use waymark_attribution::time::Instant;
///
/// let noon: Instant = "2026-01-04T13:00:00.1239+01:00".parse()?;
/// assert_eq!(noon.to_string(), "2026-01-04T12:00:00.123Z");
/// # Ok::<(), waymark_attribution::time::InstantError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Instant(i64);

/// A text that is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an RFC 3339 date and time such as 2026-01-04T12:00:00Z")]
pub struct InstantError;

/// A length of time in milliseconds, never negative; written as `"45s"`, `"90m"`, `"12h"` or `"30d"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Duration(i64);

/// A text that is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a duration such as \"45s\", \"90m\", \"12h\" or \"30d\"")]
pub struct DurationError;

/// 0000-01-01T00:00:00.000Z
const EARLIEST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
const LATEST: i64 = 253_402_300_799_999;

impl Instant {
    /// The moment so many milliseconds after the start of 1970 in UTC, or the nearest that RFC 3339 can write.
    pub fn from_millis(millis: i64) -> Instant {
        Instant(millis.clamp(EARLIEST, LATEST))
    }

    /// Milliseconds since the start of 1970 in UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; `None` if it is before.
    pub fn since(self, earlier: Instant) -> Option<Duration> {
        self.0
            .checked_sub(earlier.0)
            .filter(|millis| *millis >= 0)
            .map(Duration)
    }

    /// The date and time of day in UTC.
    pub(crate) fn utc(self) -> OffsetDateTime {
        // The bounds of an instant lie within the calendar's.
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(SECOND))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    /// Reads `date "T" time offset` of RFC 3339, section 5.6, to the letter.
    ///
    /// Digits after the third decimal are cut. A leap second is read as the last millisecond
    /// before it, which keeps instants in order.
    fn from_str(text: &str) -> Result<Self, InstantError> {
        parse(text).map(Instant).ok_or(InstantError)
    }
}

fn parse(text: &str) -> Option<i64> {
    let (civil, rest) = text.as_bytes().split_at_checked(19)?;
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        mo0,
        mo1,
        b'-',
        d0,
        d1,
        b'T' | b't',
        h0,
        h1,
        b':',
        mi0,
        mi1,
        b':',
        s0,
        s1,
    ] = civil
    else {
        return None;
    };
    let year = i32::from(two_digits(y0, y1)?)
        .checked_mul(100)?
        .checked_add(i32::from(two_digits(y2, y3)?))?;
    let (second, leap) = match two_digits(s0, s1)? {
        60 => (59, true),
        second => (second, false),
    };
    let (millis, offset) = match rest {
        [b'.', rest @ ..] => {
            let (millis, offset) = fraction(rest)?;
            (if leap { 999 } else { millis }, offset)
        }
        offset => (if leap { 999 } else { 0 }, offset),
    };
    let month = Month::try_from(two_digits(mo0, mo1)?).ok()?;
    let date = Date::from_calendar_date(year, month, two_digits(d0, d1)?).ok()?;
    let time = Time::from_hms(two_digits(h0, h1)?, two_digits(mi0, mi1)?, second).ok()?;
    PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp()
        .checked_mul(SECOND)?
        .checked_add(millis)?
        .checked_sub(offset_millis(offset)?)
        .filter(|millis| (EARLIEST..=LATEST).contains(millis))
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(10)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

/// The milliseconds of a fraction of a second, and what follows its digits.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let first = digits.first()?;
    [Some(first), digits.get(1), digits.get(2)]
        .into_iter()
        .try_fold(0_i64, |millis, digit| {
            let digit = digit.map_or(0, |digit| i64::from(digit.wrapping_sub(b'0')));
            millis.checked_mul(10)?.checked_add(digit)
        })
        .map(|millis| (millis, rest))
}

fn offset_millis(text: &[u8]) -> Option<i64> {
    let &[sign, h0, h1, b':', m0, m1] = text else {
        return matches!(text, [b'Z' | b'z']).then_some(0);
    };
    let hours = two_digits(h0, h1).filter(|hours| *hours < 24)?;
    let minutes = two_digits(m0, m1).filter(|minutes| *minutes < 60)?;
    let millis = i64::from(hours)
        .checked_mul(60)?
        .checked_add(i64::from(minutes))?
        .checked_mul(60_000)?;
    match sign {
        b'+' => Some(millis),
        b'-' => millis.checked_neg(),
        _ => None,
    }
}

impl Instant {
    /// Writes the instant into its 24 bytes, digit by digit: every claim of a decision has one, and
    /// formatting with padding would cost more than deciding.
    fn write_to(self, buffer: &mut [u8; 24]) -> &str {
        let utc = self.utc();
        let millis = u32::try_from(self.0.rem_euclid(SECOND)).unwrap_or_default();
        *buffer = *b"0000-00-00T00:00:00.000Z";
        let [
            y0,
            y1,
            y2,
            y3,
            _,
            mo0,
            mo1,
            _,
            d0,
            d1,
            _,
            h0,
            h1,
            _,
            mi0,
            mi1,
            _,
            s0,
            s1,
            _,
            ms0,
            ms1,
            ms2,
            _,
        ] = buffer;
        for (places, value) in [
            (&mut [y3, y2, y1, y0][..], utc.year().unsigned_abs()),
            (&mut [mo1, mo0], u8::from(utc.month()).into()),
            (&mut [d1, d0], utc.day().into()),
            (&mut [h1, h0], utc.hour().into()),
            (&mut [mi1, mi0], utc.minute().into()),
            (&mut [s1, s0], utc.second().into()),
            (&mut [ms2, ms1, ms0], millis),
        ] {
            let mut rest: u32 = value;
            for place in places {
                **place = b'0'.wrapping_add(u8::try_from(rest % 10).unwrap_or_default());
                rest /= 10;
            }
        }
        // Only ASCII was written.
        str::from_utf8(buffer).unwrap_or_default()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write_to(&mut [0; 24]))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write_to(&mut [0; 24]))
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::parsed(deserializer, "an RFC 3339 date and time")
    }
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// A day is 24 hours: a window does not stretch when clocks change.
const DAY: i64 = 24 * HOUR;

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// So many minutes; used by the presets.
    pub(crate) const fn minutes(minutes: u16) -> Duration {
        Duration((minutes as i64).saturating_mul(MINUTE))
    }

    /// So many days of 24 hours; used by the presets.
    pub(crate) const fn days(days: u16) -> Duration {
        Duration((days as i64).saturating_mul(DAY))
    }

    /// The number of milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    /// Reads a whole number and one unit out of `s`, `m`, `h`, `d`.
    fn from_str(text: &str) -> Result<Self, DurationError> {
        let unit = match text.as_bytes().last() {
            Some(b's') => SECOND,
            Some(b'm') => MINUTE,
            Some(b'h') => HOUR,
            Some(b'd') => DAY,
            _ => return Err(DurationError),
        };
        let number = text
            .get(..text.len().saturating_sub(1))
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .ok_or(DurationError)?;
        number
            .parse::<i64>()
            .ok()
            .and_then(|number| number.checked_mul(unit))
            .map(Duration)
            .ok_or(DurationError)
    }
}

impl fmt::Display for Duration {
    /// Writes the duration in the largest unit that needs no fraction: `24h` prints as `1d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, letter) = [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')]
            .into_iter()
            .find(|(unit, _)| self.0 != 0 && self.0.checked_rem(*unit) == Some(0))
            .unwrap_or((SECOND, 's'));
        write!(
            f,
            "{}{letter}",
            self.0.checked_div(unit).unwrap_or_default()
        )
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::parsed(deserializer, "a duration such as \"30d\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().as_millis()
    }

    #[test]
    fn an_instant_is_the_same_in_every_offset() {
        assert_eq!(millis("1970-01-01T00:00:00Z"), 0);
        assert_eq!(millis("1970-01-01T05:30:00+05:30"), 0);
        assert_eq!(millis("1969-12-31T16:00:00-08:00"), 0);
        assert_eq!(millis("1970-01-01t00:00:00z"), 0);
    }

    #[test]
    fn digits_after_the_third_are_cut_however_many() {
        assert_eq!(millis("1970-01-01T00:00:00.1Z"), 100);
        assert_eq!(millis("1970-01-01T00:00:00.1239999999999999Z"), 123);
        assert_eq!(millis("1969-12-31T23:59:59.9999Z"), -1);
    }

    #[test]
    fn a_leap_second_stands_before_the_next_minute() {
        assert_eq!(
            millis("2016-12-31T23:59:60Z").checked_add(1).unwrap(),
            millis("2017-01-01T00:00:00Z")
        );
    }

    #[test]
    fn what_rfc_3339_does_not_allow_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00,5Z",
            "2026-01-01T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+01:60",
            "2026-01-01T00:00:00Z[UTC]",
            "+002026-01-01T00:00:00Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-01T00:00:00é",
        ] {
            assert_eq!(text.parse::<Instant>(), Err(InstantError), "{text:?}");
        }
    }

    #[test]
    fn every_instant_reads_back_what_it_wrote() {
        for millis in [
            i64::MIN,
            EARLIEST,
            -1,
            0,
            1,
            1_767_528_000_123,
            LATEST,
            i64::MAX,
        ] {
            let instant = Instant::from_millis(millis);
            assert_eq!(instant.to_string().parse(), Ok(instant));
        }
    }

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, millis) in [
            ("45s", 45_000),
            ("90m", 5_400_000),
            ("12h", 43_200_000),
            ("30d", 2_592_000_000),
            ("0s", 0),
        ] {
            let duration = text.parse::<Duration>().unwrap();
            assert_eq!(duration.as_millis(), millis);
            assert_eq!(duration.to_string().parse(), Ok(duration));
        }
        for text in [
            "",
            "s",
            "1",
            "-1s",
            "+1s",
            "1.5h",
            "1w",
            "1D",
            " 1s",
            "1é",
            "99999999999999999999s",
            "9223372036854775807d",
        ] {
            assert_eq!(text.parse::<Duration>(), Err(DurationError), "{text:?}");
        }
    }

    #[test]
    fn a_duration_prints_in_its_largest_whole_unit() {
        for (text, printed) in [
            ("60m", "1h"),
            ("24h", "1d"),
            ("90m", "90m"),
            ("61s", "61s"),
            ("0d", "0s"),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), printed);
        }
    }
}
