//! `web/` knows only `/v1`: what stands there could be served from anywhere, and written by anyone. The
//! script of the shop's pages also knows the addresses that a shop's pages call.

use crate::breach::Breach;
use crate::house::House;

/// What the script of the shop's pages may call.
const OF_A_SHOP: [&str; 3] = ["/wm/", "/r/", "/q/"];

pub fn check(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in house.files().filter(|(file, _)| file.starts_with("web/")) {
        for (number, line) in (1..).zip(text.lines()) {
            for path in paths(line) {
                let is_known = is_below(path, "/v1")
                    || is_file(house, path)
                    || file.starts_with("web/snippet/")
                        && OF_A_SHOP.iter().any(|known| path.starts_with(known));
                if !is_known {
                    breaches.push(Breach::new(
                        file,
                        number,
                        format!("{path} is neither below /v1 nor a file of web/"),
                        "Ask /v1 for it; what /v1 lacks is added there, for everybody.",
                    ));
                }
            }
        }
    }
    breaches
}

/// Whatever is quoted and looks like an absolute path.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let quotes = ['"', '\'', '`'];
    line.match_indices(quotes).filter_map(move |(at, _)| {
        let quoted = line.get(at..)?.get(1..)?;
        let name = quoted.strip_prefix('/')?;
        let is_name = name.starts_with(|c: char| c.is_alphanumeric() || c == '.');
        let ends = |c: char| quotes.contains(&c) || "?#$ ".contains(c);
        is_name.then(|| quoted.split(ends).next()).flatten()
    })
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is of a static file, or of one that is served at the root.
fn is_file(house: &House, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    house.has(&format!("web{path}")) || house.has(&format!("web/snippet{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_worker_is_a_breach_anywhere_but_in_the_snippet() {
        let house = House::of(&[
            (
                "web/console/app.js",
                "fetch('/v1/orders');\nfetch(`/wm/me?a=${b}`);",
            ),
            (
                "web/console/index.html",
                "<script src=\"/console/app.js\"></script>",
            ),
            (
                "web/snippet/waymark.js",
                "// src=\"/waymark.js\"\ncall('/wm/token' + query);",
            ),
            (
                "web/portal/a.js",
                "go('/v10/a'); split('/'); fetch('/hooks/a')",
            ),
        ]);
        let breaches: Vec<String> = check(&house)
            .into_iter()
            .map(|breach| format!("{}:{}: {}", breach.file, breach.line, breach.what))
            .collect();
        assert_eq!(
            breaches,
            [
                "web/console/app.js:2: /wm/me is neither below /v1 nor a file of web/",
                "web/portal/a.js:1: /v10/a is neither below /v1 nor a file of web/",
                "web/portal/a.js:1: /hooks/a is neither below /v1 nor a file of web/",
            ]
        );
    }

    #[test]
    fn the_pages_of_this_house_know_only_its_api() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
