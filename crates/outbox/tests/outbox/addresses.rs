//! No spelling of a URL reaches a host that was not confirmed.

use serde_json::Value;
use url::Url;
use waymark_outbox::address::confirmed_host;
use waymark_outbox::template::UrlTemplate;

use crate::samples::hosts;

/// The web platform's own collection of what parsers have to bear: whatever of it is let through,
/// alone or after a confirmed host, a browser's parser reads as the confirmed host.
#[test]
fn nothing_in_the_web_platform_s_url_tests_leads_elsewhere() {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: the web platform's URLs were not tested");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/url/wpt-urltestdata.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let inputs = cases.iter().filter_map(|case| case["input"].as_str());
    let (mut tried, mut taken) = (0, 0);
    for input in inputs {
        let before = input.replacen("//", "//hooks.example", 1);
        for url in [
            input.to_owned(),
            before,
            format!("https://hooks.example{input}"),
            format!("https://hooks.example/{input}"),
            format!("https://hooks.example/?a={input}"),
            format!("https://{input}hooks.example/"),
            format!("https://{input}"),
        ] {
            tried += 1;
            let alone = confirmed_host(&url, &hosts()).is_ok();
            let template = UrlTemplate::parse(&url, &hosts());
            let filled = template.map(|template| template.fill(|_| "@evil.example/".to_owned()));
            let sent = alone.then_some(url.clone()).into_iter().chain(filled.ok());
            for sent in sent {
                taken += 1;
                let read = Url::parse(&sent).unwrap();
                assert_eq!(read.scheme(), "https", "{url}");
                assert_eq!(read.host_str(), Some("hooks.example"), "{url}");
                assert_eq!(read.port(), None, "{url}");
                assert!(
                    read.username().is_empty() && read.password().is_none(),
                    "{url}"
                );
            }
        }
    }
    assert!(tried > 5_000 && taken > 1_000, "{taken} of {tried}");
}

/// Even if the address of this machine had been confirmed.
#[test]
fn no_url_of_the_web_platform_s_tests_reaches_an_address_in_figures() {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: the web platform's URLs were not tested");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/url/wpt-urltestdata.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut hosts: Vec<String> = cases
        .iter()
        .filter_map(|case| case["hostname"].as_str())
        .map(str::to_owned)
        .collect();
    hosts.push("127.0.0.1".to_owned());
    let mut figures = 0;
    for case in &cases {
        let Some(input) = case["input"].as_str() else {
            continue;
        };
        // The parser of the tests is built without the tables of Unicode that hosts need.
        let secure = input.replacen("http://", "https://", 1);
        if !secure.is_ascii() || secure.contains('%') {
            continue;
        }
        let Ok(host) = Url::parse(&secure).map(|url| url.host().map(|host| host.to_owned())) else {
            continue;
        };
        if matches!(host, Some(url::Host::Ipv4(_) | url::Host::Ipv6(_))) {
            figures += 1;
            assert!(confirmed_host(&secure, &hosts).is_err(), "{secure}");
        }
    }
    assert!(figures > 20, "{figures}");
}
