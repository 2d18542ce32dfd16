//! When a message is tried again.
//!
//! Ten tries over three days, at growing distances, as Standard Webhooks suggests: at once, and
//! then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and the rest of three days after the try
//! before. Each distance is up to a tenth shorter or longer, so that messages which failed together
//! do not come together again.

use waymark_attribution::time::Instant;

/// Tries of one message, the first one included.
pub const TRIES: u32 = 10;

/// Distances between tries, in milliseconds; together three days.
const DISTANCES_MS: [i64; 9] = [
    5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000,
    73_495_000,
];

/// Three days, and the tenth by which the distances may be longer, in milliseconds: later than
/// this after its first try, a message is not tried again.
pub const MAX_MS: i64 = 3 * DAY_MS + 3 * DAY_MS / 10;

/// The longest wait that a receiver may ask for, in milliseconds.
const MAX_WAIT_MS: i64 = DAY_MS;

const DAY_MS: i64 = 86_400_000;

/// What an answer means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It failed, and may succeed later.
    Failed,
    /// It failed, and would fail again: given up.
    Refused,
    /// The receiver wants no more messages: 410.
    Gone,
}

/// Which answers of a receiver mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// 200 to 299 is received and 410 is gone; everything else is tried again.
    Webhook,
    /// These statuses – none listed: 200 to 299 – are received, 410 is gone, and 408, 429 and
    /// 500 to 599 are tried again, as networks expect it. Everything else is refused: the same
    /// call again would be, too.
    Postback {
        /// The status codes that the network answers with when it has the call.
        success: Vec<u16>,
    },
}

impl Rule {
    /// What that status means. A redirect, which is never followed, is a failure.
    pub fn verdict(&self, status: u16) -> Verdict {
        let usual = (200..=299).contains(&status);
        match self {
            Rule::Postback { success } if success.contains(&status) => Verdict::Delivered,
            Rule::Postback { success } if usual && success.is_empty() => Verdict::Delivered,
            Rule::Webhook if usual => Verdict::Delivered,
            _ if status == 410 => Verdict::Gone,
            Rule::Postback { .. } if !matches!(status, 408 | 429 | 500..=599) => Verdict::Refused,
            _ => Verdict::Failed,
        }
    }
}

/// When to try again, after so many tries of which the first was at `began`; `None`: never.
///
/// `retry_after` is the answer's header; the try comes no earlier than it says, within a day and
/// within the schedule's three days. One that cannot be read says nothing. `random` is any number.
pub fn next_try(
    tries: u32,
    began: Instant,
    now: Instant,
    retry_after: Option<&str>,
    random: u32,
) -> Option<Instant> {
    let distance = usize::try_from(tries.checked_sub(1)?).ok()?;
    let distance = DISTANCES_MS.get(distance)?;
    let last = began.as_millis().saturating_add(MAX_MS);
    if now.as_millis() >= last {
        return None;
    }
    let asked = retry_after.and_then(|text| wait(text, now)).unwrap_or(0);
    let wait = jittered(*distance, random).max(asked.min(MAX_WAIT_MS));
    Some(Instant::from_millis(
        now.as_millis().saturating_add(wait).min(last),
    ))
}

/// A tenth shorter to a tenth longer, evenly.
fn jittered(distance_ms: i64, random: u32) -> i64 {
    let tenth = distance_ms / 10;
    let spread = tenth.saturating_mul(2).saturating_add(1);
    // Of 64 bits, the upper 32 of the product are `spread` scaled by the random fraction.
    let above = i64::from(random).saturating_mul(spread) >> 32;
    distance_ms.saturating_sub(tenth).saturating_add(above)
}

/// Milliseconds that a `Retry-After` asks to wait: seconds, or a date (RFC 9110, section 10.2.3;
/// of the three forms of a date the one that is not obsolete).
fn wait(text: &str, now: Instant) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        return Some(
            text.parse::<i64>()
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000),
        );
    }
    let at = http_date(text)?;
    Some(at.as_millis().saturating_sub(now.as_millis()).max(0))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (time, zone, end) = (parts.next()?, parts.next()?, parts.next());
    if zone != "GMT" || end.is_some() {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = month.saturating_add(1);
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEGAN_MS: i64 = 1_764_000_000_000;

    fn at(ms_after: i64) -> Instant {
        Instant::from_millis(BEGAN_MS + ms_after)
    }

    /// Milliseconds from `now_ms` after the beginning until the next try.
    fn distance(tries: u32, now_ms: i64, retry_after: Option<&str>, random: u32) -> Option<i64> {
        let next = next_try(tries, at(0), at(now_ms), retry_after, random)?;
        Some(next.as_millis() - at(now_ms).as_millis())
    }

    #[test]
    fn distances_grow_and_make_three_days() {
        assert_eq!(DISTANCES_MS.iter().sum::<i64>(), 3 * DAY_MS);
        assert!(DISTANCES_MS.is_sorted());
        assert_eq!(u32::try_from(DISTANCES_MS.len()).unwrap() + 1, TRIES);
    }

    #[test]
    fn a_distance_is_up_to_a_tenth_shorter_or_longer() {
        assert_eq!(distance(1, 0, None, 0), Some(4_500));
        assert_eq!(distance(1, 0, None, u32::MAX / 2 + 1), Some(5_000));
        assert_eq!(distance(1, 0, None, u32::MAX), Some(5_500));
        assert_eq!(distance(9, 0, None, u32::MAX), Some(80_844_500));
        assert_eq!(distance(TRIES, 0, None, 0), None);
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_not_for_a_shorter_one() {
        let middle = u32::MAX / 2 + 1;
        for (header, wait) in [
            ("120", 120_000),
            (" 120 ", 120_000),
            ("0", 5_000),
            ("1", 5_000),
            ("86400", DAY_MS),
            ("86401", DAY_MS),
            ("99999999999999999999999", DAY_MS),
            ("-1", 5_000),
            ("soon", 5_000),
            ("", 5_000),
            // 1_764_000_000 is Mon, 24 Nov 2025 16:00:00 GMT.
            ("Mon, 24 Nov 2025 16:10:00 GMT", 600_000),
            ("Mon, 24 Nov 2025 15:10:00 GMT", 5_000),
            ("Mon, 24 Nov 2026 16:10:00 GMT", DAY_MS),
            ("Mon, 24 Nov 2025 16:10:00 CET", 5_000),
            ("Mon, 31 Feb 2026 16:10:00 GMT", 5_000),
            ("Mon, 24 Nov 2025 16:10:00 GMT ago", 5_000),
        ] {
            assert_eq!(distance(1, 0, Some(header), middle), Some(wait), "{header}");
        }
    }

    #[test]
    fn no_try_comes_later_than_three_days_and_a_tenth_after_the_first() {
        let last = MAX_MS;
        assert_eq!(distance(3, last - 10, None, 0), Some(10));
        assert_eq!(distance(3, last - 10, Some("3600"), 0), Some(10));
        assert_eq!(distance(3, last, None, 0), None);
        assert_eq!(distance(3, last + 1, None, 0), None);
    }

    #[test]
    fn a_webhook_is_tried_again_whatever_was_answered_but_410() {
        for status in [
            100, 199, 301, 302, 307, 400, 401, 404, 408, 422, 429, 500, 503, 599,
        ] {
            assert_eq!(Rule::Webhook.verdict(status), Verdict::Failed, "{status}");
        }
        for status in [200, 202, 204, 299] {
            assert_eq!(
                Rule::Webhook.verdict(status),
                Verdict::Delivered,
                "{status}"
            );
        }
        assert_eq!(Rule::Webhook.verdict(410), Verdict::Gone);
    }

    #[test]
    fn a_postback_is_tried_again_where_that_can_help() {
        let usual = Rule::Postback { success: vec![] };
        let own = Rule::Postback {
            success: vec![200, 409, 410],
        };
        for (status, by_default, by_list) in [
            (200, Verdict::Delivered, Verdict::Delivered),
            (204, Verdict::Delivered, Verdict::Refused),
            (302, Verdict::Refused, Verdict::Refused),
            (400, Verdict::Refused, Verdict::Refused),
            (408, Verdict::Failed, Verdict::Failed),
            (409, Verdict::Refused, Verdict::Delivered),
            (410, Verdict::Gone, Verdict::Delivered),
            (429, Verdict::Failed, Verdict::Failed),
            (500, Verdict::Failed, Verdict::Failed),
            (599, Verdict::Failed, Verdict::Failed),
        ] {
            assert_eq!(usual.verdict(status), by_default, "{status}");
            assert_eq!(own.verdict(status), by_list, "{status}");
        }
    }

    proptest! {
        #[test]
        fn a_schedule_without_wishes_ends_three_days_after_it_began_give_or_take_a_tenth(
            random in proptest::collection::vec(any::<u32>(), 9),
        ) {
            let mut now = at(0);
            for (made, random) in (1..).zip(random) {
                let next = next_try(made, at(0), now, None, random).unwrap();
                prop_assert!(next > now);
                now = next;
            }
            prop_assert_eq!(next_try(TRIES, at(0), now, None, 0), None);
            let total = now.as_millis() - BEGAN_MS;
            prop_assert!((total - 3 * DAY_MS).abs() <= 3 * DAY_MS / 10, "{}", total);
        }

        #[test]
        fn whatever_is_asked_for_the_next_try_is_within_the_bounds(
            tries in 0_u32..12, now in 0..2 * MAX_MS, header in "\\PC*", random: u32,
        ) {
            if let Some(next) = next_try(tries, at(0), at(now), Some(&header), random) {
                prop_assert!(next > at(now) && next <= at(MAX_MS));
                prop_assert!(next.as_millis() - at(now).as_millis() <= DAY_MS);
            }
        }
    }
}
