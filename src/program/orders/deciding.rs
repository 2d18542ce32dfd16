//! Decides an order: what is known of it and lies around it is read first, what follows is worked out by
//! [`waymark_orders::decide`], and all of that is written.

use waymark_ledger::Cause;
use waymark_orders::{Around, Known, decide};
use worker::Result;

use waymark_facts::Fact;

use crate::platform::sql::Tx;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::orders::{around, renewals, write};
use crate::program::protocol::orders::{Outcome, Recorded};

/// Decides an order of which so much is known, and writes all that follows.
pub fn decide_known(tx: &Tx<'_>, key: Key<'_>, known: &Known, cause: &Cause) -> Result<Recorded> {
    let around = match &known.folded.order {
        Some(order) => {
            renewals::note(tx, key, order, &known.stored)?;
            around::read(tx, key, known, order)?
        }
        None => Around::default(),
    };
    let decided = decide(known, &around, cause);
    #[cfg(feature = "record")]
    record(known, &around, cause, &decided)?;
    write::decided(tx, key, known, &around, &decided, cause.at)?;
    Ok(Recorded {
        status: Outcome::Applied,
        reason: decided.answer,
    })
}

/// Adds facts to an order, and decides it anew if any of them is news.
pub fn hear(tx: &Tx<'_>, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    let kept = rows::read(tx, key)?;
    let news = kept.news(facts);
    if news.is_empty() {
        return Ok(());
    }
    rows::add_facts(tx, key, &news, now)?;
    let cause = Cause::of(&news, instant(now));
    decide_known(tx, key, &kept.with(&news), &cause).map(|_| ())
}

/// Decides an order again, by what is known now. `None` without any facts.
pub fn decide_again(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<Option<Recorded>> {
    let kept = rows::read(tx, key)?;
    if kept.facts.is_empty() {
        return Ok(None);
    }
    let cause = Cause::again(instant(now));
    decide_known(tx, key, &kept.into(), &cause).map(Some)
}

/// Logs a decision with all that it was made of, for the corpus by which decisions are held.
#[cfg(feature = "record")]
fn record(
    known: &Known,
    around: &Around,
    cause: &Cause,
    decided: &waymark_orders::Decided,
) -> Result<()> {
    let line = serde_json::json!({
        "known": known, "around": around, "cause": cause, "decided": decided,
    });
    worker::console_log!("decision {line}");
    Ok(())
}
