//! What an order costs, beside a Worker that does the least, and whether it grows with the book.

use crate::Given;
use crate::figure::{Figure, median};
use crate::load::cpu_time;
use crate::{seed, workers};
use comfy_table::{CellAlignment, Table};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use waymark_tests::{Workerd, merchant, store};

/// Stores' calls at once.
const CALLERS: usize = 16;
/// Orders before anything is measured: V8 compiles what is hot while it runs, and takes its time.
const WARM: u64 = 3_000;
/// What a call of Shopify about an order has, in bytes.
const BODY_BYTES: usize = 7 * 1024;

/// Pages of a list that are read, at most.
const MAX_PAGES: usize = 2_000;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    body_bytes: usize,
    rows: Vec<Row>,
    lists: Vec<List>,
}

/// A list that was read page by page.
#[derive(Serialize)]
struct List {
    what: String,
    pages: usize,
    /// The medians of the first and the last hundred pages, in milliseconds.
    first_ms: f64,
    last_ms: f64,
    /// What workerd had in memory before, and at the most, in MiB.
    before_mib: f64,
    most_mib: f64,
}

#[derive(Serialize)]
struct Row {
    what: String,
    orders: Figure,
}

pub fn run(given: &Given) -> Report {
    say("starting the Workers");
    let bare = workers::bare_checkout();
    let empty = workers::waymark();
    let mut full = workers::waymark();
    let (first, stored) = (0, if given.quick { 100_000 } else { 1_000_000 });
    deliver(&full, first, 1);
    say(&format!("storing {stored} orders"));
    seed::orders(&mut full, stored);
    let measured = [
        ("verified, one row written, by JavaScript".to_owned(), &bare),
        ("Waymark, an empty book".to_owned(), &empty),
        (format!("Waymark, {stored} orders in the book"), &full),
    ];
    let numbers = AtomicU64::new(1_000_000_000);
    let next = |count: u64| numbers.fetch_add(count, Ordering::Relaxed);
    for (_, workerd) in &measured {
        deliver(workerd, next(WARM), WARM);
    }
    say("measuring");
    let count = u64::from(given.seconds) * 500;
    let mut figures = vec![Vec::new(); measured.len()];
    // By turns, so that what else the machine does meets all alike.
    for _ in 0..given.rounds {
        for ((_, workerd), figures) in measured.iter().zip(&mut figures) {
            figures.push(deliver(workerd, next(count), count));
        }
    }
    let rows = measured.into_iter().zip(figures);
    let rows = rows.map(|((what, _), figures)| Row {
        what,
        orders: Figure::median(&figures),
    });
    let rows = rows.collect();
    say("reading lists");
    Report {
        body_bytes: order(1).len(),
        rows,
        lists: [("/v1/orders", 200), ("/v1/export", 50)]
            .map(|(path, limit)| read_list(&full, path, limit))
            .into(),
    }
}

/// Reads a list page by page.
fn read_list(workerd: &Workerd, path: &str, limit: usize) -> List {
    let process = workerd.process_id();
    let before_mib = memory_mib(process);
    let (mut times, mut most_mib) = (Vec::new(), before_mib);
    let mut after = String::new();
    loop {
        let began = Instant::now();
        let page = merchant::get(workerd, &format!("{path}?limit={limit}{after}"));
        times.push(began.elapsed().as_secs_f64() * 1e3);
        assert_eq!(page.status(), 200, "{}", page.text());
        most_mib = memory_mib(process).max(most_mib);
        let page: serde_json::Value = page.json();
        match page.get("next").and_then(serde_json::Value::as_str) {
            Some(next) if times.len() < MAX_PAGES => {
                after = format!("&after={}", merchant::encode(next));
            }
            _ => break,
        }
    }
    let first = times.iter().take(100).copied().collect();
    let last = times.iter().rev().take(100).copied().collect();
    List {
        what: format!("GET {path}, {limit} to a page"),
        pages: times.len(),
        first_ms: median(first),
        last_ms: median(last),
        before_mib,
        most_mib,
    }
}

/// What a process has in memory, in MiB.
fn memory_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .expect("/proc: this benchmark needs Linux");
    let kib = status.lines().find_map(|line| {
        let kib = line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?;
        kib.parse::<f64>().ok()
    });
    kib.expect("a process has memory") / 1024.0
}

/// Delivers so many new orders, on some connections at once.
fn deliver(workerd: &Workerd, first: u64, count: u64) -> Figure {
    let next = AtomicU64::new(0);
    let before = cpu_time(workerd.process_id());
    let began = Instant::now();
    let mut times: Vec<f64> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut times = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return times;
                        }
                        let body = order(first + number);
                        let called = Instant::now();
                        let answer = store::deliver_shopify(workerd, "orders/create", &body);
                        times.push(called.elapsed().as_secs_f64() * 1e6);
                        assert_eq!(answer.outcome(), "applied", "{}", answer.text());
                    }
                })
            })
            .collect();
        let times = callers.into_iter().map(|it| it.join().expect("a caller"));
        times.flatten().collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    let cpu = cpu_time(workerd.process_id()).saturating_sub(before);
    let orders = count.max(1) as f64;
    times.sort_by(f64::total_cmp);
    let p99 = times.get(times.len() * 99 / 100).copied();
    Figure {
        cpu_us: cpu.as_secs_f64() * 1e6 / orders,
        per_second: orders / seconds,
        p50_us: median(times),
        p99_us: p99.unwrap_or(f64::NAN),
    }
}

/// A Shopify order of the usual size, with a coupon of the demo program, of a customer of its own.
fn order(number: u64) -> String {
    let lines: Vec<_> = (1..=4)
        .map(|line| {
            serde_json::json!({
                "id": number * 10 + line, "sku": format!("SKU-{line}"), "quantity": 2, "price": "12.50",
                "total_discount": "0.00", "discount_allocations": [], "tax_lines": [],
                "title": "A tin of tea", "properties": [], "vendor": "Kettle & Leaf",
            })
        })
        .collect();
    let order = serde_json::json!({
        "id": number, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:01Z",
        "currency": "USD", "financial_status": "paid", "email": format!("{number}@shopper.example"),
        "customer": { "id": number, "tags": "" }, "discount_codes": [{ "code": "BEN15" }],
        "line_items": lines, "total_discounts": "0.00", "total_tax": "8.00",
        "note_attributes": [], "refunds": [],
    });
    let body = order.to_string();
    let rest = BODY_BYTES.saturating_sub(body.len() + 14);
    let open = body.strip_suffix('}').unwrap_or(&body);
    format!("{open},\"note\":\"{}\"}}", "n".repeat(rest))
}

fn say(what: &str) {
    eprintln!("    {what}");
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING).set_header([
            "",
            "CPU µs per order",
            "orders per s",
            "p50 ms",
            "p99 ms",
        ]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for Row { what, orders } in &self.rows {
            table.add_row([
                what.clone(),
                format!("{:.0}", orders.cpu_us),
                format!("{:.0}", orders.per_second),
                format!("{:.1}", orders.p50_us / 1e3),
                format!("{:.1}", orders.p99_us / 1e3),
            ]);
        }
        writeln!(f, "{table}\n")?;
        writeln!(
            f,
            "CPU: user and system time of workerd per order; {CALLERS} calls at once, {} bytes each.\n",
            self.body_bytes
        )?;
        for list in &self.lists {
            writeln!(
                f,
                "{}: {} pages, {:.1} ms at the beginning, {:.1} ms at the end; workerd had {:.0} MiB \
                 before, {:.0} MiB at the most",
                list.what, list.pages, list.first_ms, list.last_ms, list.before_mib, list.most_mib
            )?;
        }
        Ok(())
    }
}
