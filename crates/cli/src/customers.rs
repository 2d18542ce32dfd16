//! `waymark customers`: what is kept of a customer, and whom the customer belongs to.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, text};
use crate::worker::{Signed, Worker, print};

/// See what is kept of a customer, give the customer to an affiliate, or forget the customer
#[derive(Args)]
pub struct Customers {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what is kept of a customer: affiliates past and present, and orders
    #[command(after_help = LOOKUP_EXAMPLES)]
    Lookup {
        #[command(flatten)]
        customer: Customer,
        #[command(flatten)]
        paging: Paging,
    },
    /// Give a customer to an affiliate, or to nobody, from now on
    ///
    /// Name both the id and the e-mail where both are known: what is named is assigned.
    #[command(after_help = ASSIGN_EXAMPLES)]
    Assign {
        #[command(flatten)]
        customer: Customer,
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        signed: Signed,
    },
    /// Forget a customer: what identifies the person is deleted, amounts and credit stay
    #[command(after_help = ERASE_EXAMPLES)]
    Erase {
        #[command(flatten)]
        customer: Customer,
        #[command(flatten)]
        signed: Signed,
    },
}

/// A customer, by the store's id, by e-mail, or by both.
#[derive(Args)]
struct Customer {
    /// The store that the id is of
    #[arg(long, value_name = "NAME", requires = "id")]
    store: Option<String>,
    /// The store's id of the customer
    #[arg(
        long,
        value_name = "ID",
        requires = "store",
        required_unless_present = "email"
    )]
    id: Option<String>,
    /// The customer's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

/// Whom a customer is given to.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct To {
    /// The affiliate whose customer it is from now on
    #[arg(long, value_name = "AFFILIATE")]
    to: Option<String>,
    /// To nobody: the next order may assign the customer
    #[arg(long)]
    to_nobody: bool,
}

const LOOKUP_EXAMPLES: &str = "\
Examples:
  waymark customers lookup --store store --id 77
  waymark customers lookup --email pat@shopper.example --all";

const ASSIGN_EXAMPLES: &str = "\
Examples:
  waymark customers assign --store store --id 77 --email pat@shopper.example --to ana \\
    --by Mo --reason 'Ben moved away'
  waymark customers assign --email pat@shopper.example --to-nobody --by Mo --reason 'she asked'";

const ERASE_EXAMPLES: &str = "\
Examples:
  waymark customers erase --email pat@shopper.example --by Mo --reason 'she asked'";

const ASSIGNMENTS: Columns<5> = Columns {
    header: ["AFFILIATE", "VALID FROM", "VALID TO", "MADE BY", "REASON"],
    numbers: &[],
    cells: |it| {
        let maker = match text(it, "by").as_str() {
            "" => format!("{}/{}", text(it, "store"), text(it, "order")),
            person => person.to_owned(),
        };
        [
            text(it, "affiliate"),
            text(it, "valid_from"),
            text(it, "valid_to"),
            maker,
            text(it, "reason"),
        ]
    },
};

const ORDERS: Columns<2> = Columns {
    header: ["ORDER", "PLACED AT"],
    numbers: &[],
    cells: |it| {
        [
            format!("{}/{}", text(it, "store"), text(it, "id")),
            text(it, "placed_at"),
        ]
    },
};

/// What is kept of a customer, with a page of the orders.
#[derive(Deserialize)]
struct Page {
    assignments: Vec<Value>,
    orders: Vec<Value>,
    next: Option<String>,
}

/// What was forgotten.
#[derive(Deserialize)]
struct Erased {
    orders: u64,
    visitors: u64,
}

impl Customers {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::Lookup { customer, paging } => show(worker, &customer.named(), &paging),
            Command::Assign {
                customer,
                to,
                signed,
            } => {
                let members = json!({ "customer": customer.named(), "affiliate": to.to });
                let answer = worker.post("/v1/customers/assign", &signed.sign(members))?;
                list::whole(worker, &answer, &ASSIGNMENTS)
            }
            Command::Erase { customer, signed } => {
                let members = json!({ "customer": customer.named() });
                let answer = worker.post("/v1/customers/erase", &signed.sign(members))?;
                let Erased { orders, visitors } = worker.understand(&answer)?;
                let sentence = format!(
                    "Forgotten: who placed {orders} orders, and the journeys of {visitors} visitors."
                );
                worker.say(&answer, &sentence)
            }
        }
    }
}

impl Customer {
    fn named(self) -> Value {
        let mut named = json!({});
        let given = [
            ("store", self.store),
            ("customer_id", self.id),
            ("email", self.email),
        ];
        if let Some(named) = named.as_object_mut() {
            for (name, value) in given {
                named.extend(value.map(|value| (name.to_owned(), value.into())));
            }
        }
        named
    }
}

fn show(worker: &Worker, customer: &Value, paging: &Paging) -> Result<(), Failure> {
    let (mut assignments, mut orders) = (Vec::new(), Vec::new());
    let next = paging.read(|place| {
        let answer = worker.look_up("/v1/customers/lookup", place, customer)?;
        let page: Page = worker.understand(&answer)?;
        match worker.json {
            true => print(&answer)?,
            false => {
                // The same on every page.
                assignments = page.assignments;
                orders.extend(page.orders);
            }
        }
        Ok(page.next)
    })?;
    if worker.json {
        return Ok(());
    }
    list::show(&assignments, &ASSIGNMENTS)?;
    writeln!(io::stdout())?;
    list::show(&orders, &ORDERS)?;
    list::say_more(next.as_deref());
    Ok(())
}
