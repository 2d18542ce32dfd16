//! Whether a request is a person's navigation, and so may make a touch.

use crate::bots::is_bot;

/// What a request says of itself; header values as they came, `None` where absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestView<'a> {
    pub method: &'a str,
    pub sec_purpose: Option<&'a str>,
    pub purpose: Option<&'a str>,
    pub x_purpose: Option<&'a str>,
    pub x_moz: Option<&'a str>,
    pub sec_fetch_mode: Option<&'a str>,
    pub sec_fetch_dest: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub sec_gpc: Option<&'a str>,
}

/// Who or what sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A browser that looks ahead. It is refused: given a redirect it would keep it, and the click
    /// that may follow would never be seen.
    Speculative,
    /// Not a navigation of a window: `HEAD`, an image, a frame, a script. A touch from one would
    /// credit an affiliate for a page that nobody chose to open.
    NotNavigation,
    /// A crawler, link preview, monitor or program, or anything that does not say what it is.
    Bot,
    /// A person who follows a link or scans a code.
    Person,
}

/// Judges a request by its method and headers.
///
/// Older browsers and the browsers inside apps send no Fetch Metadata; what they do not say is not
/// held against them.
pub fn verdict(request: &RequestView<'_>) -> Verdict {
    if is_speculative(request) {
        Verdict::Speculative
    } else if !is_navigation(request) {
        Verdict::NotNavigation
    } else if request.user_agent.is_none_or(is_bot) {
        Verdict::Bot
    } else {
        Verdict::Person
    }
}

/// `Sec-Purpose: prefetch`, also with parameters such as `prefetch;prerender`, and what browsers
/// sent before it: `Purpose: prefetch`, `X-Purpose: preview`, `X-Moz: prefetch`.
fn is_speculative(request: &RequestView<'_>) -> bool {
    let sent = [
        request.sec_purpose,
        request.purpose,
        request.x_purpose,
        request.x_moz,
    ];
    sent.into_iter().flatten().any(|value| {
        let purpose = value.split(';').next().unwrap_or_default().trim();
        ["prefetch", "prerender", "preview"]
            .iter()
            .any(|known| purpose.eq_ignore_ascii_case(known))
    })
}

fn is_navigation(request: &RequestView<'_>) -> bool {
    request.method == "GET"
        && request.sec_fetch_mode.is_none_or(|mode| mode == "navigate")
        && request.sec_fetch_dest.is_none_or(|dest| dest == "document")
}
