//! The papers hold: every link in a public document leads somewhere, the README is read to its end, and
//! nobody's machine is in them.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use url::Url;

use crate::breach::Breach;
use crate::house::House;

/// How many lines a newcomer reads.
const README: usize = 150;

/// What only a developer's machine has.
const OF_A_MACHINE: [&str; 2] = ["/home/", "/Users/"];

pub fn check(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in documents(house) {
        for (number, line) in (1..).zip(text.lines()) {
            if file == "README.md" && number == README.saturating_add(1) {
                let lines = text.lines().count();
                breaches.push(Breach::new(
                    file,
                    number,
                    format!("{lines} lines, of {README}"),
                    "Move what a newcomer does not need to docs/, and link to it.",
                ));
            }
            for path in OF_A_MACHINE.iter().filter(|path| line.contains(*path)) {
                breaches.push(Breach::new(
                    file,
                    number,
                    format!("{path} is on somebody's machine"),
                    "Write what a reader has: a path within the project, or an address.",
                ));
            }
        }
        for (link, line) in links(text) {
            if let Err(what) = follow(house, file, &link) {
                let remedy = "Correct the link, or what it leads to.";
                breaches.push(Breach::new(file, line, what, remedy));
            }
        }
    }
    breaches
}

/// Path and text of every document.
pub fn documents(house: &House) -> impl Iterator<Item = (&str, &str)> {
    house.files().filter(|(file, _)| file.ends_with(".md"))
}

/// The events of a document, each with its line.
pub fn events(text: &str) -> impl Iterator<Item = (Event<'_>, usize)> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS;
    let mut at = 0;
    let mut line = 1_usize;
    Parser::new_ext(text, options)
        .into_offset_iter()
        .map(move |(event, range)| {
            if range.start < at {
                (at, line) = (0, 1);
            }
            let between = text.get(at..range.start).unwrap_or_default();
            line = line.saturating_add(between.matches('\n').count());
            at = range.start;
            (event, line)
        })
}

/// Where a document's links and pictures lead, and their lines.
fn links(text: &str) -> Vec<(String, usize)> {
    events(text)
        .filter_map(|(event, line)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some((dest_url.into_string(), line))
            }
            _ => None,
        })
        .collect()
}

/// Whether a link leads somewhere; if not, why.
fn follow(house: &House, from: &str, link: &str) -> Result<(), String> {
    match Url::parse(link) {
        Ok(url) if url.scheme() == "mailto" => return Ok(()),
        Ok(url) if url.scheme() == "https" && url.host().is_some() => return Ok(()),
        Ok(_) => return Err(format!("{link} is no https address")),
        Err(url::ParseError::RelativeUrlWithoutBase) => {}
        Err(error) => return Err(format!("{link} is no address: {error}")),
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => from.to_owned(),
        path => join(from, path).ok_or_else(|| format!("{link} leads out of the project"))?,
    };
    if !house.has(&target) {
        return Err(format!("{link} leads to {target}, which is not there"));
    }
    if !anchor.is_empty() && target.ends_with(".md") {
        let text = house.text(&target).unwrap_or_default();
        if !anchors(text).contains(&anchor.to_owned()) {
            return Err(format!("{link}: {target} has no section #{anchor}"));
        }
    }
    Ok(())
}

/// A path that is written in a file, from the project's root. It may not leave the project.
fn join(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What links may name in a document: its headings, as forges write them, and its `id`s.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<String> = None;
    for (event, _) in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&heading.take().unwrap_or_default());
                let times = seen.entry(slug.clone()).or_default();
                anchors.push(match *times {
                    0 => slug,
                    times => format!("{slug}-{times}"),
                });
                *times = times.saturating_add(1);
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for (_, rest) in html
                    .match_indices(" id=\"")
                    .filter_map(|(at, found)| html.get(at..)?.split_at_checked(found.len()))
                {
                    anchors.extend(rest.split('"').next().map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(readme: &str) -> Vec<String> {
        let house = House::of(&[
            ("README.md", readme),
            (
                "docs/a.md",
                "# An order's life\n## `one`, two\n## `one`, two\n<a id=\"x\"></a>\n",
            ),
            ("crates/qr/src/lib.rs", ""),
        ]);
        let breaches = check(&house);
        breaches
            .into_iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect()
    }

    #[test]
    fn links_that_lead_nowhere_are_breaches() {
        assert_eq!(
            breaches("# A\n[a](docs/b.md) and\n[b](docs/a.md#lives)\n\n[c](#b)\n![d](../d.png)"),
            [
                "2: docs/b.md leads to docs/b.md, which is not there",
                "3: docs/a.md#lives: docs/a.md has no section #lives",
                "5: #b: README.md has no section #b",
                "6: ../d.png leads out of the project",
            ]
        );
        assert_eq!(
            breaches("[a](http://example.com), [b](https://)"),
            [
                "1: http://example.com is no https address",
                "1: https:// is no address: empty host"
            ]
        );
    }

    #[test]
    fn links_that_lead_somewhere_are_none() {
        let readme =
            "# The way\n[a](docs/a.md#an-orders-life) [b](docs/a.md#one-two-1) [c](#the-way)
            [d](crates/qr) [e](https://example.com/#f) [f](docs/a.md#x) [g](mailto:a@example.com)";
        assert_eq!(breaches(readme), [""; 0]);
    }

    #[test]
    fn a_long_readme_and_a_machines_path_are_breaches() {
        let readme = format!("{}in /home/ana/waymark\n", "a\n".repeat(README));
        assert_eq!(
            breaches(&readme),
            [
                "151: 151 lines, of 150",
                "151: /home/ is on somebody's machine"
            ]
        );
    }

    #[test]
    fn the_papers_of_this_house_hold() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
