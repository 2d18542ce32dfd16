//! A file has one subject. One of more than 400 lines has two, most often.

use crate::breach::Breach;
use crate::house::House;

/// How many lines a file of Rust may have, without its tests.
const LONGEST: usize = 400;

/// Longer files: how many lines they may have, and why. This list may only shrink.
const LONGER: &[(&str, usize, &str)] = &[
    (
        "crates/cli/src/orders.rs",
        458,
        "every command about one order, with its words for people",
    ),
    (
        "crates/outbox/src/event.rs",
        429,
        "all that a receiver may be told, as one document",
    ),
    (
        "crates/stores/src/generic.rs",
        410,
        "the format of our own, a quarter of it the example that is compiled",
    ),
    (
        "crates/stores/src/payload.rs",
        450,
        "the lenient reader, which knows the path of every fault",
    ),
    (
        "simulator/src/program.rs",
        430,
        "all tables of a program in memory",
    ),
    (
        "simulator/src/story.rs",
        460,
        "one order's story, from one source of random numbers",
    ),
    (
        "tests/examples/capture_store/story.rs",
        587,
        "half a year of one shop, told in its sequence",
    ),
];

pub fn check(house: &House) -> Vec<Breach> {
    check_but_for(house, LONGER)
}

fn check_but_for(house: &House, longer: &[(&str, usize, &str)]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in house.sources("") {
        // Tests are as long as what they tell.
        if file.contains("/tests/") || file.ends_with("/tests.rs") {
            continue;
        }
        let all = house.text(file).unwrap_or_default().lines().count();
        let lines = all.saturating_sub(source.test_lines);
        let entry = longer.iter().find(|(name, ..)| *name == file);
        let longest = entry.map_or(LONGEST, |&(_, lines, _)| lines);
        if lines > longest {
            breaches.push(Breach::new(
                file,
                longest.saturating_add(1),
                format!("{lines} lines, of {longest}"),
                "Find its second subject, and give that a file of its own.",
            ));
        }
        if entry.is_some() && lines <= LONGEST {
            breaches.push(Breach::new(
                "xtask/src/lengths.rs",
                1,
                format!("{file} has {lines} lines, and needs no exception"),
                "Take the entry out.",
            ));
        }
    }
    for (file, ..) in longer
        .iter()
        .filter(|(file, ..)| house.source(file).is_none())
    {
        breaches.push(Breach::new(
            "xtask/src/lengths.rs",
            1,
            format!("there is no {file}"),
            "Take the entry out.",
        ));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_more_than_four_hundred_lines_is_a_breach() {
        let lines = "// a line\n".repeat(LONGEST);
        let tests = "#[cfg(test)]\nmod tests {\n}\n";
        let house = House::of(&[
            ("src/a.rs", &format!("{lines}{tests}")),
            ("src/b.rs", &format!("{lines}fn f() {{}}\n{tests}")),
            ("tests/tests/c.rs", &format!("{lines}{lines}")),
        ]);
        let breaches = check_but_for(&house, &[]);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert_eq!(
            breaches[0].to_string().lines().next(),
            Some("src/b.rs:401: 401 lines, of 400")
        );
    }

    #[test]
    fn an_exception_is_needed_and_not_outgrown() {
        let house = House::of(&[("src/a.rs", &"// a line\n".repeat(410))]);
        assert_eq!(check_but_for(&house, &[("src/a.rs", 410, "")]), []);
        assert_eq!(check_but_for(&house, &[("src/a.rs", 409, "")]).len(), 1);
        let house = House::of(&[("src/a.rs", "")]);
        let stale = check_but_for(&house, &[("src/a.rs", 410, ""), ("src/b.rs", 410, "")]);
        assert_eq!(stale.len(), 2);
    }

    #[test]
    fn every_file_of_this_house_has_one_subject() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
