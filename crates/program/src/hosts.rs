//! The hosts of the program file: where links may lead, and whose cookie a visitor carries.

use waymark_click::{CookieDomain, Destination};

use crate::document::ProgramDocument;
use crate::problem::Problem;

/// Checks home page, hosts and cookie domain, and gives the hosts that links may lead to, in lower
/// case and in ASCII. Names under which `is_public_suffix` anybody may register are refused: a link there would
/// lead to strangers, and browsers refuse a cookie for all of them.
pub(crate) fn check(
    document: &ProgramDocument,
    is_public_suffix: impl Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let mut hosts = Vec::with_capacity(document.hosts.len());
    for (place, host) in document.hosts.iter().enumerate() {
        let problem = match Destination::host_name(host) {
            Ok(host) if is_public_suffix(&host) => Some(shared(&host)),
            Ok(host) => {
                hosts.push(host);
                None
            }
            Err(error) => Some(error.to_string()),
        };
        problems.extend(problem.map(|it| Problem::new(format!("hosts[{place}]"), it)));
    }
    let home = Destination::published(&document.home);
    if document.hosts.is_empty()
        && let Ok(home) = &home
    {
        hosts.push(home.host().to_owned());
    }
    match home.and_then(|_| Destination::parse(&document.home, &hosts)) {
        Ok(home) if is_public_suffix(home.host()) => {
            problems.push(Problem::new("home", shared(home.host())));
        }
        Ok(_) => {}
        Err(error) => problems.push(Problem::new("home", error.to_string())),
    }
    if let Some(domain) = &document.settings.cookie_domain
        && let Ok(domain) = domain.parse::<CookieDomain>()
    {
        let domain = domain.to_string();
        let message = if is_public_suffix(&domain) {
            Some(shared(&domain))
        } else if !hosts.iter().any(|host| is_within(host, &domain)) {
            Some(format!(
                "none of the program's hosts is {domain} or ends in .{domain}, so no page of the \
                 shop would get the cookie; name the domain that they have in common"
            ))
        } else {
            None
        };
        problems.extend(message.map(|it| Problem::new("settings.cookie_domain", it)));
    }
    hosts
}

fn shared(host: &str) -> String {
    format!("{host} is shared by many owners (a public suffix); name the shop's own host")
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a name is likely a public suffix, as far as that can be told without the
/// [list](https://publicsuffix.org): it is too large for a Worker, and the command line has it.
/// Browsers have it, too: what slips through here is a cookie that they do not take.
pub fn looks_like_public_suffix(host: &str) -> bool {
    let registry =
        |label: &str| ["ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"].contains(&label);
    match host.split_once('.') {
        Some((name, country)) if country.len() == 2 => registry(name),
        Some(_) => SHARED.contains(&host),
        None => false,
    }
}

/// Where shops and other sites of many owners live side by side.
const SHARED: [&str; 12] = [
    "azurewebsites.net",
    "fly.dev",
    "github.io",
    "herokuapp.com",
    "mybigcommerce.com",
    "myshopify.com",
    "netlify.app",
    "onrender.com",
    "pages.dev",
    "vercel.app",
    "web.app",
    "workers.dev",
];
