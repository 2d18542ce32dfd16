//! The class of device that a request comes from.

use serde::{Deserialize, Serialize};

use crate::traffic::RequestView;

/// What kind of device a person holds or sits at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// Anything else, and what does not say: an iPad asks for pages as a Mac does, and many Android
    /// tablets as a Linux desktop, so that they get the pages that fit their screens.
    Desktop,
}

impl Device {
    /// Judges by `Sec-CH-UA-Mobile`, which Chromium's browsers send unasked, and otherwise by the
    /// words in a user agent that makers and browsers agree on: an Android device is a phone if
    /// its browser says `Mobile`, and a tablet if not.
    pub fn of(request: &RequestView<'_>) -> Self {
        let user_agent = request.user_agent.unwrap_or_default();
        let says = |word: &str| user_agent.contains(word);
        if says("iPad") || says("Tablet") || says("Kindle") {
            Self::Tablet
        } else if request.sec_ch_ua_mobile == Some("?1")
            || says("Mobi")
            || says("iPhone")
            || says("iPod")
            || says("Opera Mini")
        {
            Self::Phone
        } else if says("Android") {
            Self::Tablet
        } else {
            Self::Desktop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(user_agent: Option<&str>, sec_ch_ua_mobile: Option<&str>) -> Device {
        Device::of(&RequestView {
            user_agent,
            sec_ch_ua_mobile,
            ..RequestView::default()
        })
    }

    #[test]
    fn phones_tablets_and_desktops_are_told_apart_by_their_user_agents() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                Device::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/131.0.0.0 Mobile Safari/537.36",
                Device::Phone,
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
                Device::Phone,
            ),
            (
                "Opera/9.80 (J2ME/MIDP; Opera Mini/8.0) Presto/2.12",
                Device::Phone,
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/12.1 Mobile/15E148 Safari/604.1",
                Device::Tablet,
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/131.0.0.0 Safari/537.36",
                Device::Tablet,
            ),
            (
                "Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0",
                Device::Tablet,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/18.1 Safari/605.1.15",
                Device::Desktop,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/131.0.0.0 Safari/537.36",
                Device::Desktop,
            ),
        ] {
            assert_eq!(device(Some(user_agent), None), expected, "{user_agent}");
        }
    }

    #[test]
    fn the_client_hint_makes_a_phone_but_no_desktop() {
        assert_eq!(device(Some("Mozilla/5.0"), Some("?1")), Device::Phone);
        assert_eq!(device(Some("Mozilla/5.0"), Some("?0")), Device::Desktop);
        // A tablet sends ?0, and so does a phone that asks for the desktop's page.
        let tablet = "Mozilla/5.0 (Linux; Android 13; SM-X906C) Chrome/131.0.0.0 Safari/537.36";
        assert_eq!(device(Some(tablet), Some("?0")), Device::Tablet);
    }

    #[test]
    fn who_says_nothing_is_at_a_desktop() {
        assert_eq!(device(None, None), Device::Desktop);
        assert_eq!(device(Some(""), Some("")), Device::Desktop);
    }
}
