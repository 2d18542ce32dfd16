//! Customers of a store that turned out to be one: an order of either is told so, as a fact, and from that
//! order on they are one person.

use waymark_facts::{Fact, FactKind};
use waymark_orders::customer;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::sql::Database;
use crate::program::orders::intake;
use crate::program::protocol::customers::MergeCustomers;
use crate::program::protocol::orders::{Outcome, Recorded, Report};

/// Tells the earliest order of the customer who is gone, or else of the one who is kept.
pub async fn take(
    database: &Database,
    merchant: &Merchant,
    merge: MergeCustomers,
) -> Result<Recorded> {
    let MergeCustomers {
        store,
        kept,
        gone,
        call,
    } = merge;
    for (of, other) in [(&gone, &kept), (&kept, &gone)] {
        if let Some(order_id) = first_order(database, &store, of)? {
            let fact = Fact::new(FactKind::Customer { id: other.clone() });
            let report = Report {
                store: store.clone(),
                order_id,
                other_names: Vec::new(),
                facts: vec![fact],
                call: Some(call),
            };
            return intake::take(database, merchant, report).await;
        }
    }
    Ok(Recorded {
        status: Outcome::Ignored,
        reason: Some("neither of the customers has placed an order that was heard of".to_owned()),
    })
}

fn first_order(database: &Database, store: &str, id: &str) -> Result<Option<String>> {
    let key = customer::known_by(store, Some(id), None);
    let row = database.first(
        "SELECT order_id FROM customer_orders WHERE customer = ? ORDER BY placed_at LIMIT 1",
        &[key.first().into()],
    )?;
    row.map(|row| row.text(0)).transpose()
}
