//! No import circle above two files: whoever reads a file need not have read all others first.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{greedy_feedback_arc_set, tarjan_scc};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::breach::Breach;
use crate::house::House;
use crate::modules::{Import, Modules};

/// How many files may import each other: a thing and its part.
const LARGEST: usize = 2;

/// Circles that are there, to be opened: where, how many files, and why. This list may only shrink.
const KNOWN: &[(&str, usize, &str)] = &[];

/// Files that import each other, in one way or another.
pub struct Circle {
    pub files: Vec<String>,
    /// What would open it, were it not imported.
    pub opening: Vec<Import>,
}

/// All circles of more than two files below this directory of sources, the largest first.
pub fn circles(house: &House, root: &str) -> Vec<Circle> {
    let files = ["lib.rs", "main.rs"].map(|name| format!("{root}/{name}"));
    let imports = files
        .iter()
        .flat_map(|file| Modules::below(house, file).imports());
    let mut between: BTreeMap<(String, String), Vec<Import>> = BTreeMap::new();
    for import in imports {
        let ends = (import.from.clone(), import.to.clone());
        between.entry(ends).or_default().push(import);
    }
    let graph = graph(between.keys());
    let mut circles: Vec<Circle> = tarjan_scc(&graph)
        .into_iter()
        .filter(|circle| circle.len() > LARGEST)
        .map(|circle| {
            let mut files: Vec<String> = circle
                .iter()
                .filter_map(|&file| graph.node_weight(file).map(|&file| file.to_owned()))
                .collect();
            files.sort();
            let opening = opening(&files, &between);
            Circle { files, opening }
        })
        .collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.files.len()));
    circles
}

type Edge = (String, String);

fn graph<'a>(edges: impl Iterator<Item = &'a Edge>) -> DiGraph<&'a str, &'a Edge> {
    let mut graph = DiGraph::new();
    let mut nodes: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for edge in edges {
        let [from, to] = [edge.0.as_str(), edge.1.as_str()]
            .map(|file| *nodes.entry(file).or_insert_with(|| graph.add_node(file)));
        graph.add_edge(from, to, edge);
    }
    graph
}

/// Few imports without which these files form no circle.
fn opening(files: &[String], between: &BTreeMap<Edge, Vec<Import>>) -> Vec<Import> {
    let within =
        graph(between.keys().filter(|(from, to)| {
            files.binary_search(from).is_ok() && files.binary_search(to).is_ok()
        }));
    let mut imports: Vec<Import> = greedy_feedback_arc_set(&within)
        .filter_map(|edge| between.get(*edge.weight()))
        .flatten()
        .cloned()
        .collect();
    imports.sort();
    imports
}

/// What is wrong with the imports of the Worker and of each crate.
pub fn check(house: &House) -> Vec<Breach> {
    check_but_for(house, KNOWN)
}

fn check_but_for(house: &House, known: &[(&str, usize, &str)]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for root in house.source_roots() {
        let circles = circles(house, &root);
        let largest = circles.first().map_or(0, |circle| circle.files.len());
        let known = known.iter().find(|(at, ..)| *at == root);
        let may_be = known.map_or(LARGEST, |&(_, files, _)| files);
        if known.is_some() && largest < may_be {
            breaches.push(Breach::new(
                "xtask/src/circles.rs",
                1,
                format!(
                    "KNOWN allows {may_be} files in {root}, and its largest circle has {largest}"
                ),
                format!("Write {largest} there, or take {root} out where it is at most {LARGEST}."),
            ));
        }
        for circle in circles.iter().filter(|circle| circle.files.len() > may_be) {
            let Some(opening) = circle.opening.first() else {
                continue;
            };
            breaches.push(Breach::new(
                &opening.from,
                opening.line,
                format!(
                    "{} files import each other in a circle: {}",
                    circle.files.len(),
                    circle.files.join(", ")
                ),
                format!(
                    "`{}` is of {}: move it to where both may import it (`cargo xtask circles` lists all such imports).",
                    opening.name, opening.to
                ),
            ));
        }
    }
    breaches
}

/// All circles in words: their files, and the imports that would open them.
pub fn report(house: &House) -> String {
    let mut report = String::new();
    for root in house.source_roots() {
        for circle in circles(house, &root) {
            let all = house.sources(&format!("{root}/")).count();
            let mut lines = vec![format!(
                "{root}: {} of {all} files in one circle",
                circle.files.len()
            )];
            lines.extend(circle.files.iter().map(|file| format!("    {file}")));
            lines.push("  It opens without:".to_owned());
            let between = |a: &Import, b: &Import| (&a.from, &a.to) == (&b.from, &b.to);
            for imports in circle.opening.chunk_by(between) {
                let Some(Import { from, to, line, .. }) = imports.first() else {
                    continue;
                };
                let names: BTreeSet<&str> = imports
                    .iter()
                    .filter_map(|import| import.name.rsplit("::").next())
                    .collect();
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                lines.push(format!("    {from}:{line} needs of {to}: {names}"));
            }
            report.push_str(&lines.join("\n"));
            report.push('\n');
        }
    }
    if report.is_empty() {
        report = format!("No circle of more than {LARGEST} files.\n");
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIRCLE: [(&str, &str); 4] = [
        ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
        ("src/a.rs", "use crate::b::B;\npub struct A(B);"),
        ("src/b.rs", "use crate::c::C;\npub struct B(C);"),
        ("src/c.rs", "use crate::a::A;\npub struct C(Box<A>);"),
    ];

    #[test]
    fn three_files_in_a_circle_are_a_breach() {
        let breaches = check_but_for(&House::of(&CIRCLE), &[]);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(breaches[0].what.starts_with("3 files"), "{breaches:?}");
    }

    #[test]
    fn what_opens_a_circle_opens_it() {
        let [circle] = &circles(&House::of(&CIRCLE), "src")[..] else {
            panic!("one circle");
        };
        let opening = &circle.opening[0];
        let opened = CIRCLE.map(|(file, text)| match file == opening.from {
            true => (file, ""),
            false => (file, text),
        });
        assert!(circles(&House::of(&opened), "src").is_empty());
    }

    #[test]
    fn two_files_may_need_each_other() {
        let files = [
            ("src/lib.rs", "mod a;\nmod b;"),
            ("src/a.rs", "use crate::b::B;\npub struct A(B);"),
            ("src/b.rs", "use crate::a::A;\npub struct B(Box<A>);"),
        ];
        assert_eq!(check_but_for(&House::of(&files), &[]), []);
    }

    #[test]
    fn a_known_circle_may_shrink_and_must_be_noted_then() {
        let house = House::of(&CIRCLE);
        assert_eq!(check_but_for(&house, &[("src", 3, "")]), []);
        let breaches = check_but_for(&house, &[("src", 4, "")]);
        assert!(breaches[0].remedy.starts_with("Write 3"), "{breaches:?}");
    }

    #[test]
    fn no_circle_stands_in_this_house() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
