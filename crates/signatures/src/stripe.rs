//! `Stripe-Signature`: a time and one signature or more, such as `t=1492774577,v1=…,v1=…,v0=…`.

use super::{Secret, SignatureError, Tag, tag};

pub(super) const HEADER: &str = "stripe-signature";
pub(super) const TIME: &str = "t of stripe-signature";
const TAG: &str = "v1 of stripe-signature";

/// The value of `Stripe-Signature` for a body; `timestamp` is Unix time in seconds.
#[must_use]
pub fn sign_stripe(secret: &Secret, timestamp: i64, body: &[u8]) -> String {
    let timestamp = timestamp.to_string();
    let mut header = format!("t={timestamp},v1=");
    for byte in tag(secret, &[timestamp.as_bytes(), b".", body]) {
        for digit in [byte >> 4, byte & 15] {
            header.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    header
}

/// The time as it was signed, and the `v1` signatures: two while a secret is being replaced.
///
/// Other schemes (`v0` is one of test mode), and signatures that Stripe could not have made, are
/// passed over, as they are by Stripe's own libraries.
pub(super) fn parts(header: &str) -> Result<(&str, Vec<Tag>), SignatureError> {
    let mut time = None;
    let mut tags = Vec::new();
    let mut unreadable = false;
    for part in header.split(',') {
        let (scheme, value) = part
            .split_once('=')
            .ok_or(SignatureError::Malformed(HEADER))?;
        match scheme {
            // Of two times only one can be the signed one.
            "t" if time.is_some() => return Err(SignatureError::Malformed(TIME)),
            "t" => time = Some(value),
            "v1" => match decode(value) {
                Some(tag) => tags.push(tag),
                None => unreadable = true,
            },
            _ => {}
        }
    }
    let time = time.ok_or(SignatureError::Missing(TIME))?;
    match tags.is_empty() {
        false => Ok((time, tags)),
        true if unreadable => Err(SignatureError::Malformed(TAG)),
        true => Err(SignatureError::Missing(TAG)),
    }
}

/// 32 bytes as lower-case hex, the only way in which Stripe writes them.
fn decode(text: &str) -> Option<Tag> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut tag = Tag::default();
    for (byte, pair) in tag.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(tag)
}

fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scheme, verify};
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_700_000_000;
    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";

    fn secret(text: &str) -> Secret {
        Scheme::Stripe.secret(text).unwrap()
    }

    fn check_at(header: &str, now_ms: i64) -> Result<(), SignatureError> {
        let secrets = [secret("whsec_old"), secret("whsec_new")];
        let look_up = |name| (name == HEADER).then_some(header);
        verify(Scheme::Stripe, look_up, BODY, &secrets, now_ms)
    }

    fn check(header: &str) -> Result<(), SignatureError> {
        check_at(header, NOW * 1000)
    }

    /// The signature alone, without its time.
    fn v1(text: &str) -> String {
        let header = sign_stripe(&secret(text), NOW, BODY);
        let (_, tag) = header.split_once(",v1=").unwrap();
        tag.to_owned()
    }

    #[test]
    fn the_key_is_the_secret_with_its_prefix() {
        assert_eq!(secret("whsec_new").0, b"whsec_new");
        let without = sign_stripe(&secret("new"), NOW, BODY);
        assert_eq!(check(&without), Err(SignatureError::Mismatch));
    }

    #[test]
    fn any_v1_may_match_and_what_else_is_listed_does_not_matter() {
        let (good, other) = (v1("whsec_new"), v1("whsec_unknown"));
        for header in [
            format!("t={NOW},v1={good}"),
            format!("v1={good},t={NOW}"),
            format!("t={NOW},v1={other},v1={good}"),
            format!("t={NOW},v1=bad_signature,v1={good},v0={other},scheme="),
        ] {
            assert_eq!(check(&header), Ok(()), "{header}");
        }
    }

    #[test]
    fn a_signature_of_another_scheme_does_not_count() {
        let good = v1("whsec_new");
        for header in [format!("t={NOW},v0={good}"), format!("t={NOW}, v1={good}")] {
            assert_eq!(check(&header), Err(SignatureError::Missing(TAG)));
        }
    }

    #[test]
    fn what_no_signer_writes_is_refused_by_name() {
        let good = v1("whsec_new");
        let upper = good.to_uppercase();
        for (header, error) in [
            (String::new(), SignatureError::Malformed(HEADER)),
            ("v1,t=1".to_owned(), SignatureError::Malformed(HEADER)),
            ("t=".to_owned(), SignatureError::Missing(TAG)),
            (format!("t={NOW}"), SignatureError::Missing(TAG)),
            (format!("v1={good}"), SignatureError::Missing(TIME)),
            (format!("t=,v1={good}"), SignatureError::Malformed(TIME)),
            (
                format!("t=+{NOW},v1={good}"),
                SignatureError::Malformed(TIME),
            ),
            (
                format!("t={NOW}.0,v1={good}"),
                SignatureError::Malformed(TIME),
            ),
            (
                format!("t={NOW},t={NOW},v1={good}"),
                SignatureError::Malformed(TIME),
            ),
            (
                format!("t={NOW},v1={upper}"),
                SignatureError::Malformed(TAG),
            ),
            (
                format!("t={NOW},v1={}", &good[..62]),
                SignatureError::Malformed(TAG),
            ),
            (
                format!("t={NOW},v1={good}00"),
                SignatureError::Malformed(TAG),
            ),
        ] {
            assert_eq!(check(&header), Err(error), "{header}");
        }
    }

    #[test]
    fn an_error_says_which_part_of_the_header_is_wrong() {
        assert_eq!(
            check("t=x,v1=").unwrap_err().to_string(),
            "v1 of stripe-signature: malformed"
        );
    }

    #[test]
    fn the_signed_time_may_be_300_seconds_off_in_both_directions_and_no_more() {
        let header = sign_stripe(&secret("whsec_new"), NOW, BODY);
        let at = |seconds: i64| check_at(&header, seconds * 1000 + 999);
        assert_eq!(at(NOW + 300), Ok(()));
        assert_eq!(at(NOW - 300), Ok(()));
        assert_eq!(at(NOW + 301), Err(SignatureError::Stale));
        assert_eq!(at(NOW - 301), Err(SignatureError::Stale));
    }

    #[test]
    fn another_time_cannot_be_put_before_a_signature() {
        let header = format!("t={},v1={}", NOW + 1, v1("whsec_new"));
        assert_eq!(check(&header), Err(SignatureError::Mismatch));
    }

    proptest! {
        #[test]
        fn no_header_makes_reading_fail_otherwise_than_with_an_error(header in "[tv01=,a-f0-9é]{0,80}") {
            prop_assert!(check(&header).is_err());
        }

        #[test]
        fn a_signature_reads_as_the_bytes_that_were_written(body in prop::collection::vec(any::<u8>(), 0..64)) {
            let key = secret("whsec_x");
            let header = sign_stripe(&key, NOW, &body);
            let now = NOW.to_string();
            let expected = tag(&key, &[now.as_bytes(), b".", &body]);
            prop_assert_eq!(parts(&header).unwrap(), (now.as_str(), vec![expected]));
        }
    }
}
