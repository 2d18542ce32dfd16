//! `waymark orders`: what became of orders, and what a person decides about them.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use waymark_attribution::Method;

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, items, text, yes};
use crate::terminal::{printable, say};
use crate::worker::{Signed, Worker, path, print};

/// See what became of orders, and decide about them
#[derive(Args)]
pub struct Orders {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List orders, the latest change first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only those in this state
        #[arg(long, value_parser = ["review", "waiting", "orphan", "undecided", "test", "decided"])]
        state: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print every order with all that is known of it, one to a line, as `waymark replay` reads them
    #[command(after_help = EXPORT_EXAMPLES)]
    Export {
        /// Go on after this place, which an export that failed has named
        #[arg(long, value_name = "PLACE")]
        after: Option<String>,
    },
    /// Show an order: why it went where it did, what is owed for it, and what people ruled
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        order: Order,
    },
    /// Decide an order that the rules left open, or decided otherwise
    #[command(subcommand)]
    Rule(Rule),
    /// Approve an order before its time
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve {
        #[command(flatten)]
        order: Order,
        #[command(flatten)]
        signed: Signed,
    },
    /// Take an approval back, as long as no payout contains it
    #[command(after_help = UNAPPROVE_EXAMPLES)]
    Unapprove {
        #[command(flatten)]
        order: Order,
        #[command(flatten)]
        signed: Signed,
    },
    /// Acknowledge an order's flags: it asks for no review until one changes
    #[command(after_help = ACKNOWLEDGE_EXAMPLES)]
    Acknowledge {
        #[command(flatten)]
        order: Order,
        #[command(flatten)]
        signed: Signed,
    },
    /// Decide an order again, after the program was corrected
    #[command(after_help = DECIDE_EXAMPLES)]
    Decide {
        #[command(flatten)]
        order: Order,
    },
}

#[derive(Subcommand)]
enum Rule {
    /// Credit one claim alone
    #[command(after_help = ACCEPT_EXAMPLES)]
    Accept {
        #[command(flatten)]
        order: Order,
        /// The claim, as `orders show` names it
        #[arg(value_name = "AFFILIATE:METHOD:EVIDENCE", value_parser = claim)]
        claim: Value,
        #[command(flatten)]
        ruling: Ruling,
    },
    /// Split the order between claims
    #[command(after_help = SPLIT_EXAMPLES)]
    Split {
        #[command(flatten)]
        order: Order,
        /// Each claim with its share, in basis points that come to 10000
        #[arg(value_name = "AFFILIATE:METHOD:EVIDENCE=SHARE", value_parser = part, required = true)]
        parts: Vec<Value>,
        #[command(flatten)]
        ruling: Ruling,
    },
    /// Credit nobody
    #[command(after_help = DENY_EXAMPLES)]
    Deny {
        #[command(flatten)]
        order: Order,
        #[command(flatten)]
        ruling: Ruling,
    },
    /// Have an earlier ruling not count any more
    #[command(after_help = UNDO_EXAMPLES)]
    Undo {
        #[command(flatten)]
        order: Order,
        /// The id of the ruling, as `orders show` names it
        #[arg(value_name = "ID")]
        undone: String,
        #[command(flatten)]
        ruling: Ruling,
    },
}

/// An order, by its store and the store's own id.
#[derive(Args)]
struct Order {
    /// The order, such as store/1001
    #[arg(value_name = "STORE/ID", value_parser = order)]
    order: (String, String),
}

/// What every ruling has.
#[derive(Args)]
struct Ruling {
    #[command(flatten)]
    signed: Signed,
    /// A name for this ruling, so that sending it again changes nothing [default: a new one]
    #[arg(long, value_name = "NAME")]
    id: Option<String>,
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark orders list --state review
  waymark orders list --all --json | jq -r '.items[].id'";

const EXPORT_EXAMPLES: &str = "\
Examples:
  waymark orders export > orders.ndjson
  waymark orders export | waymark replay --policy new.toml";

const SHOW_EXAMPLES: &str = "\
Examples:
  waymark orders show store/1001
  waymark orders show store/1001 --json | waymark explain";

const APPROVE_EXAMPLES: &str = "\
Examples:
  waymark orders approve store/1001 --by Mo --reason 'she waits for it'";

const UNAPPROVE_EXAMPLES: &str = "\
Examples:
  waymark orders unapprove store/1001 --by Mo --reason 'it came back'";

const ACKNOWLEDGE_EXAMPLES: &str = "\
Examples:
  waymark orders acknowledge store/1001 --by Mo --reason 'agreed with her by hand'";

const DECIDE_EXAMPLES: &str = "\
Examples:
  waymark orders decide store/1001";

const ACCEPT_EXAMPLES: &str = "\
Examples:
  waymark orders rule accept store/1001 ana:coupon:ANA10 --by Mo --reason 'she sent him'";

const SPLIT_EXAMPLES: &str = "\
Examples:
  waymark orders rule split store/1001 ana:coupon:ANA10=2500 ben:email:email=7500 \\
    --by Mo --reason 'they agreed'";

const DENY_EXAMPLES: &str = "\
Examples:
  waymark orders rule deny store/1001 --id ruling-7 --by Mo --reason 'not a sale'";

const UNDO_EXAMPLES: &str = "\
Examples:
  waymark orders rule undo store/1001 ruling-7 --by Mo --reason 'it was one'";

const LISTED: Columns<6> = Columns {
    header: [
        "ORDER",
        "STATE",
        "STANDING",
        "REVIEW",
        "PLACED AT",
        "CHANGED AT",
    ],
    numbers: &[],
    cells: |it| {
        [
            format!("{}/{}", text(it, "store"), text(it, "id")),
            text(it, "state"),
            text(it, "approval"),
            yes(it, "review"),
            text(it, "placed_at"),
            text(it, "changed_at"),
        ]
    },
};

const BOOK: Columns<6> = Columns {
    header: ["CLAIM", "STATUS", "SHARE", "OWED", "CURRENCY", "ENTRIES"],
    numbers: &[2, 3],
    cells: |it| {
        let entry = |it: &Value| format!("{} {}", text(it, "amount"), text(it, "reason"));
        [
            [
                text(it, "affiliate"),
                text(it, "method"),
                text(it, "evidence"),
            ]
            .join(":"),
            text(it, "status"),
            text(it, "share_bp"),
            text(it, "balance"),
            text(it, "currency"),
            items(it, "entries")
                .iter()
                .map(entry)
                .collect::<Vec<_>>()
                .join(", "),
        ]
    },
};

const RULINGS: Columns<5> = Columns {
    header: ["RULING", "WHAT", "BY", "REASON", "AT"],
    numbers: &[],
    cells: |it| {
        let ruling = it.get("ruling").unwrap_or(&Value::Null);
        let what = [text(ruling, "ruling"), text(ruling, "id")].join(" ");
        [
            text(it, "id"),
            what.trim_end().to_owned(),
            text(it, "by"),
            text(it, "reason"),
            text(it, "at"),
        ]
    },
};

impl Orders {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::List { state, paging } => {
                let filters = [("state", state.as_deref())];
                list::pages(worker, "/v1/orders", &filters, &paging, &LISTED)
            }
            Command::Export { after } => export(worker, after),
            Command::Show { order } => show(worker, &worker.get(&order.path(), &[])?),
            Command::Rule(rule) => {
                let (order, members) = rule.members();
                show(worker, &worker.post(&order.act("rule"), &members)?)
            }
            Command::Approve { order, signed } => show(
                worker,
                &worker.post(&order.act("approve"), &signed.sign(json!({})))?,
            ),
            Command::Unapprove { order, signed } => show(
                worker,
                &worker.post(&order.act("unapprove"), &signed.sign(json!({})))?,
            ),
            Command::Acknowledge { order, signed } => show(
                worker,
                &worker.post(&order.act("acknowledge"), &signed.sign(json!({})))?,
            ),
            Command::Decide { order } => {
                worker.post(&order.act("decide"), &json!({}))?;
                show(worker, &worker.get(&order.path(), &[])?)
            }
        }
    }
}

impl Order {
    fn path(&self) -> String {
        let (store, id) = &self.order;
        path(["orders", store, id])
    }

    fn act(&self, what: &str) -> String {
        format!("{}/{what}", self.path())
    }
}

impl Rule {
    /// The order, and what the call says of it.
    fn members(self) -> (Order, Value) {
        let (order, ruling, members) = match self {
            Rule::Accept {
                order,
                claim,
                ruling,
            } => (order, ruling, json!({ "accept": claim })),
            Rule::Split {
                order,
                parts,
                ruling,
            } => (order, ruling, json!({ "split": parts })),
            Rule::Deny { order, ruling } => (order, ruling, json!({ "deny": true })),
            Rule::Undo {
                order,
                undone,
                ruling,
            } => (order, ruling, json!({ "undo": undone })),
        };
        let mut members = ruling.signed.sign(members);
        if let (Some(id), Some(members)) = (ruling.id, members.as_object_mut()) {
            members.insert("id".to_owned(), id.into());
        }
        (order, members)
    }
}

/// A page of the export. Its orders are printed as they came.
#[derive(Deserialize)]
struct Exported<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    next: Option<String>,
}

/// Prints page after page, and holds one at a time.
fn export(worker: &Worker, mut after: Option<String>) -> Result<(), Failure> {
    loop {
        let page = worker.get("/v1/export", &[("after", after.as_deref())]);
        let page = page.inspect_err(|_| {
            if let Some(place) = &after {
                let quoted = place.replace('\'', r"'\''");
                say(&format!(
                    "what follows was not exported: --after '{quoted}'"
                ));
            }
        })?;
        let page: Exported<'_> = worker.understand(&page)?;
        for order in page.items {
            print(order.get())?;
        }
        let Some(next) = page.next else {
            return Ok(());
        };
        after = Some(next);
    }
}

/// Shows all that is known of an order.
fn show(worker: &Worker, answer: &str) -> Result<(), Failure> {
    if worker.json {
        return print(answer);
    }
    let mut output = io::stdout().lock();
    let order: Value = worker.understand(answer)?;
    let of = |name| text(&order, name);
    let placed = match of("placed_at").as_str() {
        "" => String::new(),
        at => format!(", placed at {at}"),
    };
    let due = match of("due_at").as_str() {
        "" => String::new(),
        at => format!(", approved by itself at {at}"),
    };
    writeln!(
        output,
        "{}/{}: {}, {}{placed}{due}",
        of("store"),
        of("id"),
        of("state"),
        of("approval")
    )?;
    if order.get("problem").is_some() {
        writeln!(output, "problem: {}", of("problem"))?;
    }
    for flag in items(&order, "flags") {
        writeln!(
            output,
            "flag: {}",
            printable(flag.as_str().unwrap_or_default())
        )?;
    }
    for sentence in items(&order, "explanation") {
        writeln!(
            output,
            "{}",
            printable(sentence.as_str().unwrap_or_default())
        )?;
    }
    drop(output);
    let facts = items(&order, "facts")
        .iter()
        .filter_map(|it| it.get("fact"));
    let rulings: Vec<Value> = facts
        .filter(|fact| fact.get("kind").is_some_and(|kind| kind == "ruling"))
        .cloned()
        .collect();
    if !items(&order, "conversions").is_empty() {
        writeln!(io::stdout())?;
        list::show(items(&order, "conversions"), &BOOK)?;
    }
    if !rulings.is_empty() {
        writeln!(io::stdout())?;
        list::show(&rulings, &RULINGS)?;
    }
    Ok(())
}

fn order(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((store, id)) if !store.is_empty() && !id.is_empty() => {
            Ok((store.to_owned(), id.to_owned()))
        }
        _ => Err("expected the store's name and its own id of the order: store/1001".to_owned()),
    }
}

/// A claim's three parts: the method is a known word, so that the others may have colons.
fn claim(text: &str) -> Result<Value, String> {
    let around = |method: Method| {
        let (affiliate, evidence) = text.split_once(&format!(":{}:", method.as_str()))?;
        Some((affiliate, method, evidence))
    };
    let found = Method::ALL.into_iter().filter_map(around);
    let first = found.min_by_key(|(affiliate, ..)| affiliate.len());
    match first {
        Some((affiliate, method, evidence)) if !affiliate.is_empty() && !evidence.is_empty() => {
            let method = method.as_str();
            Ok(json!({ "affiliate": affiliate, "method": method, "evidence": evidence }))
        }
        _ => Err("expected a claim as `orders show` names it: ana:coupon:ANA10".to_owned()),
    }
}

fn part(text: &str) -> Result<Value, String> {
    let share = text.rsplit_once('=');
    let share = share.and_then(|(claim, share)| Some((claim, share.parse::<u32>().ok()?)));
    let (named, share) = share.ok_or("expected a claim and its share: ana:coupon:ANA10=2500")?;
    let mut part = claim(named)?;
    if let Some(members) = part.as_object_mut() {
        members.insert("share_bp".to_owned(), share.into());
    }
    Ok(part)
}
