//! Tests of receivers: a person who wrote one down wants to see that it is reached.

use waymark_attribution::money::Currency;
use waymark_outbox::delivery::Delivery;
use waymark_outbox::event::EventId;
use waymark_outbox::receiver::{Postback, Receiver, Webhook};
use waymark_program::directory::Kind;
use worker::{Error, Result};

use crate::platform::sql::{Database, Tx};
use crate::program::directory::{in_force, publish};
use crate::program::messages::outbox;
use crate::program::orders::rows::instant;
use crate::program::protocol::messages::TestSent;

/// Puts a test into the outbox for one receiver, on the way of every other event. `None` if the
/// program has no such receiver.
pub fn send(tx: &Tx<'_>, kind: &str, name: &str, now: i64) -> Result<Option<TestSent>> {
    let Some(currency) = currency(tx)? else {
        return Ok(None);
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::RustError(error.to_string()))?;
    let (id, at) = (EventId::new(random), instant(now));
    let event = match Kind::named(kind) {
        Some(Kind::Webhook) => in_force::current::<Webhook>(tx, Kind::Webhook, name)?
            .map(|it| Receiver::Webhook(&it.body).test_event(id, at, currency)),
        Some(Kind::Postback) => in_force::current::<Postback>(tx, Kind::Postback, name)?
            .map(|it| Receiver::Postback(&it.body).test_event(id, at, currency)),
        _ => None,
    };
    let Some(event) = event else {
        return Ok(None);
    };
    let receiver = format!("{kind}/{name}");
    outbox::put(tx, &event, &[&receiver], Delivery::new(at), now)?;
    let message = tx.first(
        "SELECT number, state FROM messages WHERE receiver = ? ORDER BY number DESC LIMIT 1",
        &[(&receiver).into()],
    )?;
    message
        .map(|row| {
            Ok(TestSent {
                number: row.integer(0)?,
                state: row.text(1)?,
            })
        })
        .transpose()
}

/// The currency of the program's own rates.
fn currency(database: &Database) -> Result<Option<Currency>> {
    let program = publish::program(database)?;
    let own = program.map(|it| it.own_currency()).transpose();
    own.map_err(|error| Error::RustError(format!("program: {error}")))
}
