//! What a click costs, beside Workers that do nothing, and whether it grows with what is stored.

use crate::Given;
use crate::crossings::{self, Crossings};
use crate::figure::{Figure, median};
use crate::load::{Visit, running_time};
use crate::{seed, workers};
use comfy_table::{CellAlignment, Table};
use serde::Serialize;
use std::cell::Cell;
use std::fmt;
use std::process::{Command, Stdio};
use std::time::Instant;
use waymark_tests::{Workerd, shopper};

/// A browser that comes from another page.
const BROWSER: [(&str, &str); 5] = [
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];
const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
/// Connections at once.
const MANY: u32 = 32;
/// Starts of each Worker.
const STARTS: usize = 15;
/// What the others are compared with: the first two of all rows that are measured by turns.
const NOOP_JAVASCRIPT: &str = "no-op JavaScript Worker";
const NOOP_RUST: &str = "no-op Rust Worker";

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    /// The script, WebAssembly and JavaScript, in bytes, gzipped.
    script_gzipped: usize,
    requests: Vec<Row>,
    starts: Vec<Start>,
    growth: Vec<Row>,
}

/// From the start of the process to the first answer.
#[derive(Serialize)]
struct Start {
    what: String,
    millis: f64,
    /// User and system time of the process meanwhile.
    cpu_millis: f64,
}

#[derive(Serialize)]
struct Row {
    what: String,
    /// At 32 connections.
    many: Figure,
    /// The CPU time of each round of that, in microseconds.
    rounds: Vec<f64>,
    /// At one.
    one: Figure,
    crossings: Option<Crossings>,
}

pub fn run(given: &Given) -> Report {
    say("starting the Workers");
    let noop_javascript = workers::noop_javascript();
    let noop_rust = workers::noop_rust();
    let cookie_only = workers::forgetful_waymark();
    let full = workers::waymark();
    let requests = [
        (NOOP_JAVASCRIPT, visit(&noop_javascript, "/")),
        (NOOP_RUST, visit(&noop_rust, "/")),
        (
            "cookie only, new visitor",
            click(&cookie_only, "/r/ANA", None),
        ),
        ("new visitor", click(&full, "/r/ANA", None)),
        ("returning visitor", returning(&full, "/r/ANA")),
        ("unknown code", click(&full, "/r/NOBODY", None)),
        ("bot", click(&full, "/r/ANA", Some(BOT))),
    ];
    say("measuring");
    let mut rows = measure(given, &requests);
    drop(requests);

    say("counting crossings");
    let mut counting = workers::forgetful_waymark();
    crossings::count_in(&mut counting);
    for row in &mut rows {
        let visit = match row.what.as_str() {
            "cookie only, new visitor" => click(&counting, "/r/ANA", None),
            "returning visitor" => returning(&counting, "/r/ANA"),
            "unknown code" => click(&counting, "/r/NOBODY", None),
            "bot" => click(&counting, "/r/ANA", Some(BOT)),
            _ => continue,
        };
        row.crossings = Some(crossings::of(&visit));
    }

    say("starting cold");
    let (waymark, _kv) = workers::waymark_beside_kv();
    let starts = starts([
        (NOOP_JAVASCRIPT, workers::noop_javascript()),
        (NOOP_RUST, workers::noop_rust()),
        ("Waymark", waymark),
    ]);

    Report {
        script_gzipped: gzipped(),
        requests: rows,
        starts,
        growth: match given.without_growth {
            true => Vec::new(),
            false => growth(given, [&noop_javascript, &noop_rust]),
        },
    }
}

/// The same clicks with more and more links and visitors stored, after the Workers that do nothing:
/// those of the same minutes, since machines slow down and quicken.
fn growth(given: &Given, [noop_javascript, noop_rust]: [&Workerd; 2]) -> Vec<Row> {
    let [links, visitors]: [&[u32]; 2] = match given.quick {
        true => [&[100, 10_000], &[1_000, 10_000]],
        false => [&[100, 10_000, 1_000_000], &[1_000, 1_000_000]],
    };
    let mut growing = Vec::new();
    for count in links {
        say(&format!("storing {count} links"));
        let mut workerd = workers::waymark();
        seed::links(&mut workerd, *count);
        growing.push((format!("{count} links"), workerd, *count));
    }
    for count in visitors {
        say(&format!("storing {count} visitors"));
        let mut workerd = workers::waymark();
        // Enough for every shard to have somebody.
        (0..200).for_each(|_| click(&workerd, "/r/ANA", None).once());
        std::thread::sleep(std::time::Duration::from_millis(300));
        seed::visitors(&mut workerd, *count);
        growing.push((format!("{count} visitors"), workerd, 0));
    }
    say("measuring");
    let mut visits = vec![
        (NOOP_JAVASCRIPT.to_owned(), visit(noop_javascript, "/")),
        (NOOP_RUST.to_owned(), visit(noop_rust, "/")),
    ];
    for (what, workerd, links) in &growing {
        match links {
            0 => {
                visits.push((
                    format!("{what}: new visitor"),
                    click(workerd, "/r/ANA", None),
                ));
                visits.push((
                    format!("{what}: returning visitor"),
                    returning(workerd, "/r/ANA"),
                ));
            }
            links => {
                let last = seed::FIRST_CODE - 1 + links;
                visits.push((
                    format!("{what}: one link"),
                    click(workerd, &format!("/r/{last}"), None),
                ));
                visits.push((
                    format!("{what}: unknown code"),
                    click(workerd, "/r/NOBODY", None),
                ));
                let mut any = click(workerd, "/r/1{n}", None);
                any.of = *links;
                visits.push((format!("{what}: any of them, by turns"), any));
            }
        }
    }
    let visits: Vec<_> = visits
        .iter()
        .map(|(what, visit)| (what.as_str(), visit))
        .collect();
    rows(given, &visits)
}

/// Measures all of them by turns, so that what else the machine does meets all alike.
fn measure(given: &Given, visits: &[(&str, Visit<'_>)]) -> Vec<Row> {
    let visits: Vec<_> = visits.iter().map(|(what, visit)| (*what, visit)).collect();
    rows(given, &visits)
}

fn rows(given: &Given, visits: &[(&str, &Visit<'_>)]) -> Vec<Row> {
    let mut measured = vec![(Vec::new(), Vec::new()); visits.len()];
    for (_, visit) in visits {
        // V8 compiles what is hot while it runs.
        visit.repeat(MANY, 1);
    }
    for _ in 0..given.rounds {
        for ((_, visit), (many, one)) in visits.iter().zip(&mut measured) {
            many.push(visit.repeat(MANY, given.seconds));
            one.push(visit.repeat(1, given.seconds));
        }
    }
    visits
        .iter()
        .zip(measured)
        .map(|((what, _), (many, one))| Row {
            what: (*what).to_owned(),
            many: Figure::median(&many),
            rounds: many.iter().map(|figure| figure.cpu_us).collect(),
            one: Figure::median(&one),
            crossings: None,
        })
        .collect()
}

fn visit<'a>(workerd: &'a Workerd, path: &str) -> Visit<'a> {
    Visit {
        workerd,
        path: path.to_owned(),
        of: 1,
        asked: Cell::new(0),
        headers: BROWSER.map(|(name, value)| (name, value.to_owned())).into(),
    }
}

/// A click without a cookie, by a browser or by somebody who says so.
fn click<'a>(workerd: &'a Workerd, path: &str, agent: Option<&str>) -> Visit<'a> {
    let mut visit = visit(workerd, path);
    if let Some(agent) = agent {
        visit.headers = vec![("user-agent", agent.to_owned())];
    }
    visit
}

fn returning<'a>(workerd: &'a Workerd, path: &str) -> Visit<'a> {
    let token = shopper::token(&shopper::click(workerd, path));
    let mut visit = visit(workerd, path);
    visit.headers.push(("cookie", format!("__Host-wm={token}")));
    visit
}

/// Starts each of them again and again, by turns, from a configuration that workerd need not parse:
/// to read a script out of a text takes it longer, by the byte, than to compile the script.
fn starts<const N: usize>(workers: [(&str, Workerd); N]) -> Vec<Start> {
    let mut measured = workers.map(|(what, workerd)| {
        workerd.compile_config();
        (what, workerd, Vec::new())
    });
    for _ in 0..STARTS {
        for (_, workerd, times) in &mut measured {
            workerd.kill9();
            let began = Instant::now();
            workerd.restart();
            workerd.get("/");
            let millis = began.elapsed().as_secs_f64() * 1e3;
            times.push((
                millis,
                running_time(workerd.process_id()).as_secs_f64() * 1e3,
            ));
        }
    }
    let of = |(what, _, times): (&str, Workerd, Vec<(f64, f64)>)| Start {
        what: what.to_owned(),
        millis: median(times.iter().map(|(millis, _)| *millis).collect()),
        cpu_millis: median(times.iter().map(|(_, cpu)| *cpu).collect()),
    };
    measured.map(of).into()
}

fn gzipped() -> usize {
    let files = ["../build/index.js", "../build/index_bg.wasm"].map(workers::here);
    let cat = Command::new("cat")
        .args(files)
        .stdout(Stdio::piped())
        .spawn();
    let cat = cat.expect("cat").stdout.expect("its output");
    let output = Command::new("gzip").arg("-9").stdin(cat).output();
    output.expect("gzip").stdout.len()
}

fn say(what: &str) {
    eprintln!("    {what}");
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = [&self.requests, &self.growth];
        for rows in measured.into_iter().filter(|rows| !rows.is_empty()) {
            writeln!(f, "{}\n", compared(rows))?;
        }
        writeln!(
            f,
            "CPU: user and system time of workerd per request; {MANY} connections but in the column \"at 1\"."
        )?;
        writeln!(
            f,
            "by turns: links that the isolate has to read first, once there are more than it remembers.\n\
             What stands in for KV then, a Durable Object in the same process, is counted with them."
        )?;
        writeln!(
            f,
            "in, out: calls into WebAssembly and out of it, per request.\n\
             ×: the median of the rounds' own ratios.\n"
        )?;
        for start in &self.starts {
            let Start {
                what,
                millis,
                cpu_millis,
            } = start;
            writeln!(
                f,
                "{what}: {millis:.0} ms from the start of workerd to the first answer, {cpu_millis:.0} ms of CPU"
            )?;
        }
        writeln!(f, "the script: {} KiB gzipped", self.script_gzipped / 1024)
    }
}

/// Rows that were measured by turns, beside the first two of them.
fn compared(rows: &[Row]) -> Table {
    let times = |row: &Row, place: usize| times(row, rows.get(place));
    let mut table = table(&[
        "",
        "CPU µs",
        "× no-op Rust",
        "× no-op JS",
        "per s",
        "p50 ms",
        "p99 ms",
        "p50 ms at 1",
        "in",
        "out",
    ]);
    for row in rows {
        let crossings = |of: fn(&Crossings) -> f64| {
            row.crossings
                .as_ref()
                .map_or(String::new(), |count| format!("{:.1}", of(count)))
        };
        table.add_row([
            row.what.clone(),
            format!("{:.0}", row.many.cpu_us),
            format!("{:.2}", times(row, 1)),
            format!("{:.2}", times(row, 0)),
            format!("{:.0}", row.many.per_second),
            format!("{:.2}", row.many.p50_us / 1e3),
            format!("{:.2}", row.many.p99_us / 1e3),
            format!("{:.2}", row.one.p50_us / 1e3),
            crossings(|count| count.inwards),
            crossings(|count| count.outwards),
        ]);
    }
    table
}

/// How often the other's CPU time is in a row's: the median over the rounds, each of which has both.
fn times(row: &Row, other: Option<&Row>) -> f64 {
    let others = other.iter().flat_map(|other| &other.rounds);
    median(
        row.rounds
            .iter()
            .zip(others)
            .map(|(own, other)| own / other)
            .collect(),
    )
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
