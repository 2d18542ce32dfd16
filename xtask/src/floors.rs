//! Crates stand on their floors: each needs those below it only, and only those that are named here.

use crate::breach::Breach;
use crate::workspace::Package;

/// Every crate, with the crates of ours that it may be built with. A floor that is not needed is taken out.
const FLOORS: &[(&str, &[&str])] = &[
    ("waymark-attribution", &[]),
    ("waymark-attribution-js", &["waymark-attribution"]),
    (
        "waymark-cli",
        &["waymark-attribution", "waymark-orders", "waymark-program"],
    ),
    ("waymark-click", &[]),
    (
        "waymark-facts",
        &["waymark-attribution", "waymark-signatures"],
    ),
    ("waymark-ledger", &["waymark-attribution", "waymark-facts"]),
    (
        "waymark-orders",
        &[
            "waymark-attribution",
            "waymark-click",
            "waymark-facts",
            "waymark-ledger",
            "waymark-program",
        ],
    ),
    (
        "waymark-outbox",
        &[
            "waymark-attribution",
            "waymark-click",
            "waymark-ledger",
            "waymark-signatures",
        ],
    ),
    (
        "waymark-program",
        &[
            "waymark-attribution",
            "waymark-click",
            "waymark-facts",
            "waymark-outbox",
            "waymark-signatures",
            "waymark-stores",
        ],
    ),
    ("waymark-qr", &[]),
    ("waymark-signatures", &[]),
    (
        "waymark-stores",
        &["waymark-attribution", "waymark-facts", "waymark-signatures"],
    ),
];

pub fn check(packages: &[Package]) -> Vec<Breach> {
    check_on(packages, FLOORS)
}

fn check_on(packages: &[Package], floors: &[(&str, &[&str])]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let crates = |package: &&Package| package.directory.starts_with("crates/");
    for package in packages.iter().filter(crates) {
        let name = package.name.as_str();
        let mut breach = |what: String, remedy: &str| {
            breaches.push(Breach::new(package.manifest(), 1, what, remedy));
        };
        let Some((_, floor)) = floors.iter().find(|(crate_, _)| *crate_ == name) else {
            breach(
                format!("{name} stands on no floor"),
                "Add it to FLOORS in xtask/src/floors.rs, with the crates that it may need.",
            );
            continue;
        };
        for needed in package.needs.iter().filter(|needed| ours(needed)) {
            if !floor.contains(&needed.as_str()) {
                breach(
                    format!("{name} may not need {needed}"),
                    "Move what both need to a crate below, or hand it in as a value; FLOORS in xtask/src/floors.rs says what may need what.",
                );
            }
        }
        for needed in *floor {
            if !package.needs.iter().any(|name| name == needed) {
                breach(
                    format!("{name} does not need {needed}, which FLOORS allows"),
                    "Take it out of FLOORS in xtask/src/floors.rs.",
                );
            }
        }
    }
    for (name, _) in floors.iter().filter(|(name, _)| !ours(name)) {
        breaches.push(Breach::new(
            "xtask/src/floors.rs",
            1,
            format!("FLOORS names {name}, and there is no such crate"),
            "Take it out, or correct its name.",
        ));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, needs: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            directory: format!("crates/{name}"),
            needs: needs.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn a_crate_that_needs_one_above_it_is_a_breach() {
        let packages = [package("low", &["high", "serde"]), package("high", &[])];
        let breaches = check_on(&packages, &[("low", &[]), ("high", &[])]);
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].what, "low may not need high");
        assert_eq!(breaches[0].file, "crates/low/Cargo.toml");
    }

    #[test]
    fn the_table_says_what_is() {
        let breaches = check_on(&[package("new", &[])], &[("gone", &[])]);
        let what: Vec<&str> = breaches.iter().map(|breach| &*breach.what).collect();
        assert_eq!(
            what,
            [
                "new stands on no floor",
                "FLOORS names gone, and there is no such crate"
            ]
        );
        let packages = [package("low", &[]), package("high", &[])];
        let breaches = check_on(&packages, &[("low", &[]), ("high", &["low"])]);
        assert_eq!(
            breaches[0].what,
            "high does not need low, which FLOORS allows"
        );
    }

    #[test]
    fn the_crates_of_this_house_stand_on_their_floors() {
        crate::assert_tidy(&check(&crate::workspace::ours()));
    }
}
