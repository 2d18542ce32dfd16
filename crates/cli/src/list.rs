//! Lists that the Worker answers: page by page, as tables and as JSON.

use std::io::{self, Write};

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::terminal::{self, printable, table};
use crate::worker::{Worker, print};

/// The most that the Worker has on a page.
const MAX_PAGE_BYTES: u8 = 200;

/// Which part of a list to show.
#[derive(Args)]
pub struct Paging {
    /// How many to show, from 1 to 200
    #[arg(long, value_name = "NUMBER", default_value_t = 50,
        value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_PAGE_BYTES)))]
    limit: u8,
    /// Go on after this place, which the part before it named (with --json, as `next`)
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// Show all, however many there are
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// How a list's items are shown to a person.
pub struct Columns<const N: usize> {
    pub header: [&'static str; N],
    /// The places of those that are numbers.
    pub numbers: &'static [usize],
    pub cells: fn(&Value) -> [String; N],
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

/// Shows a list that comes in pages.
///
/// # Errors
/// The Worker did not answer, or refused.
pub fn pages<const N: usize>(
    worker: &Worker,
    path: &str,
    filters: &[(&str, Option<&str>)],
    paging: &Paging,
    columns: &Columns<N>,
) -> Result<(), Failure> {
    let mut items = Vec::new();
    let next = paging.read(|place| {
        let answer = worker.get(path, &[filters, place].concat())?;
        let page: Page = worker.understand(&answer)?;
        match worker.json {
            true => print(&answer)?,
            false => items.extend(page.items),
        }
        Ok(page.next)
    })?;
    if !worker.json {
        show(&items, columns)?;
        say_more(next.as_deref());
    }
    Ok(())
}

impl Paging {
    /// Reads the part that is wanted, or page after page: `read` is given the parameters of one and
    /// gives the place of the next. Where a part that was not wanted begins.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read(
        &self,
        mut read: impl FnMut(&[(&str, Option<&str>)]) -> Result<Option<String>, Failure>,
    ) -> Result<Option<String>, Failure> {
        let limit = if self.all { MAX_PAGE_BYTES } else { self.limit }.to_string();
        let mut after = self.after.clone();
        loop {
            after = read(&[("limit", Some(&limit)), ("after", after.as_deref())])?;
            if after.is_none() || !self.all {
                return Ok(after);
            }
        }
    }
}

/// Says how to see the part that begins there.
pub fn say_more(next: Option<&str>) {
    if let Some(next) = next {
        let quoted = next.replace('\'', r"'\''");
        terminal::say(&format!("there may be more: --after '{quoted}', or --all"));
    }
}

/// Shows an answer that is a list as a whole.
///
/// # Errors
/// It is not a list, or could not be printed.
pub fn whole<const N: usize>(
    worker: &Worker,
    answer: &str,
    columns: &Columns<N>,
) -> Result<(), Failure> {
    if worker.json {
        return print(answer);
    }
    show(&worker.understand::<Vec<Value>>(answer)?, columns)
}

/// Shows an answer that is one item.
///
/// # Errors
/// It is none, or could not be printed.
pub fn one<const N: usize>(
    worker: &Worker,
    answer: &str,
    columns: &Columns<N>,
) -> Result<(), Failure> {
    if worker.json {
        return print(answer);
    }
    show(&[worker.understand::<Value>(answer)?], columns)
}

/// Shows items as a table.
///
/// # Errors
/// Standard output could not be written to.
pub fn show<const N: usize>(items: &[Value], columns: &Columns<N>) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    if items.is_empty() {
        return Ok(writeln!(output, "There are none.")?);
    }
    let mut rows = table(columns.header, columns.numbers);
    for item in items {
        rows.add_row((columns.cells)(item));
    }
    Ok(writeln!(output, "{}", rows.trim_fmt())?)
}

/// What an item says under a name, safe to print; nothing where it says nothing.
pub fn text(item: &Value, name: &str) -> String {
    match item.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => printable(text).into_owned(),
        Some(other) => printable(&other.to_string()).into_owned(),
    }
}

/// `yes` where an item says so under a name, else nothing.
pub fn yes(item: &Value, name: &str) -> String {
    let is_so = item.get(name).and_then(Value::as_bool).unwrap_or_default();
    if is_so {
        "yes".to_owned()
    } else {
        String::new()
    }
}

/// An item's members that are a list.
pub fn items<'a>(item: &'a Value, name: &str) -> &'a [Value] {
    let list = item.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}
