//! What people rule on orders.

use waymark_attribution::money::Currency;
use waymark_facts::ruling::RulingFact;
use waymark_ledger::Cause;
use waymark_orders::Known;
use waymark_orders::acts::{self, Ruleable};
use worker::Result;

use crate::platform::durable_object::Reply;
use crate::platform::sql::Tx;
use crate::program::ledger::currencies;
use crate::program::orders::deciding::decide_known;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::protocol::refused;

/// Takes a person's ruling, a fact of the order like any other; what is in the way, if anything is.
pub fn rule(tx: &Tx<'_>, key: Key<'_>, ruling: &RulingFact, now: i64) -> Result<Reply<()>> {
    let kept = rows::read(tx, key)?;
    let known: Known = kept.clone().into();
    let decision = tx.first(
        "SELECT decision, coalesce(frozen_case, the_case) ->> '$.order.currency' FROM orders
         WHERE store = ? AND id = ? AND decision IS NOT NULL AND the_case IS NOT NULL",
        &[key.store.into(), key.id.into()],
    )?;
    let on = decision.map(|row| -> Result<(String, Currency)> {
        Ok((row.text(0)?, currencies::currency(&row.text(1)?)?))
    });
    let on = on.transpose()?;
    let on = on.as_ref().map(|(decision, currency)| Ruleable {
        decision,
        currency: *currency,
    });
    match acts::rule(&known, on, ruling) {
        None => Ok(Reply::Missing),
        Some(Err(refusal)) => Ok(refused(refusal)),
        Some(Ok(None)) => Ok(Reply::Done(())),
        Some(Ok(Some(fact))) => {
            let news = [fact];
            rows::add_facts(tx, key, &news, now)?;
            let cause = Cause::of(&news, instant(now));
            decide_known(tx, key, &kept.with(&news), &cause)?;
            Ok(Reply::Done(()))
        }
    }
}
