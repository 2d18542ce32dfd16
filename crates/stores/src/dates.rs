//! Dates of stores that do not write RFC 3339. Each becomes RFC 3339 and is read as such, so what is
//! no date there is none here.

use waymark_attribution::time::Instant;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date and time without a zone, by a store that means UTC: `2026-03-01T09:00:00`, or with a space as
/// MySQL writes it. A zone counts where there is one.
pub(crate) fn utc(text: &str) -> Option<Instant> {
    let written = text.parse().ok();
    let written = written.or_else(|| format!("{text}Z").parse().ok());
    written.or_else(|| {
        let (day, time) = text.split_once(' ')?;
        format!("{day}T{time}Z").parse().ok()
    })
}

/// A date and time, or a day, which counts as its beginning in UTC: `2026-03-01`.
pub(crate) fn time_or_day(text: &str) -> Option<Instant> {
    let written = text.parse().ok();
    written.or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

/// RFC 2822, section 3.3, without comments: `Tue, 20 Nov 2012 00:00:00 +0000`. The weekday follows
/// from the rest and is not looked at; seconds may be left out.
pub(crate) fn rfc2822(text: &str) -> Option<Instant> {
    let rest = text.split_once(',').map_or(text, |(_weekday, rest)| rest);
    let mut words = rest.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let month = MONTHS
        .iter()
        .zip(1..)
        .find_map(|(name, number)| name.eq_ignore_ascii_case(month).then_some(number))?;
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let (hours, minutes) = match zone {
        "GMT" | "UT" | "UTC" | "Z" => ("+00", "00"),
        zone => zone.split_at_checked(3)?,
    };
    format!("{year}-{month:02}-{day:0>2}T{time}{seconds}{hours}:{minutes}")
        .parse()
        .ok()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(text: &str) -> Option<Instant> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_date_without_a_zone_is_utc_and_a_day_is_its_beginning() {
        let noon = instant("2026-03-01T12:00:00Z");
        assert_eq!(utc("2026-03-01T12:00:00"), noon);
        assert_eq!(utc("2026-03-01T13:00:00+01:00"), noon);
        assert_eq!(utc("2026-03-01 12:00:00"), noon);
        assert_eq!(utc("2026-03-01"), None);
        assert_eq!(utc(""), None);
        assert_eq!(time_or_day("2026-03-01"), instant("2026-03-01T00:00:00Z"));
        assert_eq!(time_or_day("2026-03-01T13:00:00+01:00"), noon);
        assert_eq!(time_or_day("2026-02-30"), None);
    }

    #[test]
    fn a_date_of_rfc_2822_is_read_with_its_zone() {
        for (text, same) in [
            ("Tue, 20 Nov 2012 00:00:00 +0000", "2012-11-20T00:00:00Z"),
            ("3 Mar 2018 02:35 GMT", "2018-03-03T02:35:00Z"),
            ("Sat,  3 mar 2018 02:35:28 -0530", "2018-03-03T08:05:28Z"),
            ("Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc2822(text), instant(same), "{text}");
        }
        for text in [
            "",
            "Tue, 20 Nov 2012 00:00:00",
            "Tue, 30 Feb 2012 00:00:00 +0000",
            "Tue, 20 Nov 12 00:00:00 +0000",
            "Tue, 20 Brumaire 2012 00:00:00 +0000",
            "Tue, 20 Nov 2012 00:00:00 +00000",
            "Tue, 20 Nov 2012 00:00:00 +é",
            "Tue, 20 Nov 2012 00:00:00 +0000 again",
            "2012-11-20T00:00:00Z",
        ] {
            assert_eq!(rfc2822(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_is_read_back(second in 0..4_000_000_000_i64, minutes in -720..=720_i64) {
            let at = Instant::from_millis(second * 1000);
            let local = Instant::from_millis((second + minutes * 60) * 1000).to_string();
            let (year, month, day) = (&local[..4], &local[5..7], &local[8..10]);
            let name = MONTHS[month.parse::<usize>().unwrap() - 1];
            let sign = if minutes < 0 { '-' } else { '+' };
            let zone = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
            let text = format!("Xyz, {day} {name} {year} {} {zone}", &local[11..19]);
            prop_assert_eq!(rfc2822(&text), Some(at), "{}", text);
        }

        #[test]
        fn no_text_is_more_than_no_date(text in ".{0,40}") {
            let _ = (utc(&text), time_or_day(&text), rfc2822(&text));
        }
    }
}
