//! Whether a user agent is a program rather than a browser that a person uses.
//!
//! The names of a [kept list](names), matched as parts of the user agent in one pass and without
//! case, by tables that the compiler makes of the list. A name gets in if no browser that a person
//! may use contains it: a bot that slips through is one touch too many, but a person who is taken
//! for a bot costs an affiliate the order. That is why apps' words such as `scanner` or `reader` are
//! not in it alone.

mod names;

/// How much of a user agent is read. Browsers stay well below; the longest are those inside apps.
const MAX_USER_AGENT_LEN: usize = 1024;

static BOTS: Names = Names::new(names::BOTS);
static PEOPLE: Names = Names::new(names::PEOPLE);

/// Whether this user agent is a bot's.
pub(crate) fn is_bot(user_agent: &str) -> bool {
    let end = user_agent.floor_char_boundary(MAX_USER_AGENT_LEN);
    let user_agent = user_agent.get(..end).unwrap_or_default();
    let mut rest = user_agent.as_bytes();
    let mut people = false;
    while let [_, tail @ ..] = rest {
        if let Some(after) = PEOPLE.strip(rest) {
            people = true;
            rest = after;
        } else if is_bot_word(rest) || BOTS.strip(rest).is_some() {
            return true;
        } else {
            rest = tail;
        }
    }
    !people && is_bare_product(user_agent)
}

/// `bot` at the end of a word, as in `Googlebot/2.1`; not `fuboTV` or `turbotabbee`.
fn is_bot_word(text: &[u8]) -> bool {
    match text {
        [b'b' | b'B', b'o' | b'O', b't' | b'T', after @ ..] => {
            !after.first().is_some_and(u8::is_ascii_alphabetic)
        }
        _ => false,
    }
}

/// A name alone, or with a version of digits and dots: `undici`, `PostmanRuntime/7.29.0`. Browsers,
/// also those inside apps, name their system or engine besides.
fn is_bare_product(user_agent: &str) -> bool {
    let (name, version) = user_agent.split_once('/').unwrap_or((user_agent, "1"));
    let version = version.strip_prefix('v').unwrap_or(version);
    let numbers = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    !name.contains(['(', '<', ',']) && version.split('.').all(numbers)
}

/// Names in lower case and in order, to be found at the beginning of a text.
struct Names {
    sorted: &'static [&'static str],
    /// The first three bytes of every name, five bits of each, so that upper and lower case are
    /// one: a word for the first two, a bit of it for the third. Nearly every place in a user agent
    /// is ruled out by this one look.
    beginnings: [u32; 1024],
}

impl Names {
    #[expect(
        clippy::indexing_slicing,
        reason = "ten bits index 1024 words; and it runs at compile time, where it could not panic"
    )]
    const fn new(sorted: &'static [&'static str]) -> Self {
        let mut beginnings = [0; 1024];
        let mut names = sorted;
        while let [name, others @ ..] = names {
            if let [first, second, third, ..] = name.as_bytes() {
                beginnings[word(*first, *second)] |= bit(*third);
            }
            names = others;
        }
        Self { sorted, beginnings }
    }

    /// What follows a name at the beginning of `text`, if one is there.
    fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let [first, second, third, ..] = text else {
            return None;
        };
        if self.beginnings.get(word(*first, *second))? & bit(*third) == 0 {
            return None;
        }
        let beginning = [first, second, third].map(u8::to_ascii_lowercase);
        let start = self
            .sorted
            .partition_point(|name| name.as_bytes() < &beginning[..]);
        let candidates = self.sorted.get(start..)?.iter().map(|name| name.as_bytes());
        candidates
            .take_while(|name| name.starts_with(&beginning))
            .find_map(|name| {
                let (head, after) = text.split_at_checked(name.len())?;
                head.eq_ignore_ascii_case(name).then_some(after)
            })
    }
}

const fn word(first: u8, second: u8) -> usize {
    ((first & 31) as usize) << 5 | (second & 31) as usize
}

const fn bit(third: u8) -> u32 {
    1_u32.wrapping_shl((third & 31) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_lower_case_and_in_order_as_the_search_needs_them() {
        for names in [&BOTS, &PEOPLE] {
            assert!(names.sorted.is_sorted());
            for name in names.sorted {
                assert!(
                    name.len() >= 2 && *name == name.to_ascii_lowercase(),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn every_name_is_found_wherever_it_stands_and_however_it_is_written() {
        for name in BOTS.sorted {
            assert!(is_bot(name), "{name}");
            let amid = format!("Mozilla/5.0 (X11; {}; rv:1) x", name.to_ascii_uppercase());
            assert!(is_bot(&amid), "{amid}");
        }
    }

    #[test]
    fn crawlers_previews_and_programs_are_bots() {
        for user_agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/130.0.0.0 Mobile Safari/537.36 (compatible; GPTBot/1.2)",
            "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "WhatsApp/2.23.20.0 A",
            "TelegramBot (like TwitterBot)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             HeadlessChrome/120.0.0.0 Safari/537.36",
            "curl/8.5.0",
            "Wget/1.21.4 (linux-gnu)",
            "python-requests/2.32.3",
            "node",
            "SomethingNew/1.0",
            "",
        ] {
            assert!(is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn people_s_browsers_are_none() {
        for user_agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/131.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) \
             Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36 Instagram 360.0.0.1 Android \
             (34/14; 450dpi; 1080x2340; Google/google; Pixel 8; ruby; de_DE; 1)",
            "Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/72.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Mobile/15E148 QRScanner/3.1",
            "Opera/9.80 (J2ME/MIDP; Opera Mini/8.0) Presto/2.12",
        ] {
            assert!(!is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_boundless_user_agent_is_read() {
        let long = format!("Mozilla/5.0 (X11) {}", "ü".repeat(8000));
        assert!(!is_bot(&format!("{long} Googlebot")));
    }

    /// The published corpora of the JavaScript library `isbot`, where the directory that
    /// `WAYMARK_FIXTURES` names has them.
    #[test]
    fn of_known_crawlers_99_in_100_are_found_and_no_known_browser_is_taken_for_one() {
        let Some(fixtures) = std::env::var_os("WAYMARK_FIXTURES") else {
            println!("skipped: WAYMARK_FIXTURES is not set");
            return;
        };
        let read = |file: &str| {
            let path = std::path::Path::new(&fixtures).join("bots").join(file);
            let text = std::fs::read_to_string(path).unwrap();
            let entries = text.lines().filter_map(|line| line.strip_prefix("  - "));
            entries
                .map(|entry| entry.trim_matches('"').to_owned())
                .collect::<Vec<_>>()
        };

        let (crawlers, browsers) = (read("isbot-crawlers.yml"), read("isbot-browsers.yml"));
        assert!(crawlers.len() > 600 && browsers.len() > 500);
        let missed: Vec<_> = crawlers.iter().filter(|crawler| !is_bot(crawler)).collect();
        assert!(missed.len() * 100 <= crawlers.len(), "{missed:#?}");
        let mistaken: Vec<_> = browsers.iter().filter(|browser| is_bot(browser)).collect();
        assert!(mistaken.is_empty(), "{mistaken:#?}");
        println!("missed {} of {} crawlers", missed.len(), crawlers.len());
    }
}
