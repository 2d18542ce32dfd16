//! What receivers are told: events, written in the transaction of what they tell of.

use waymark_attribution::Method;
use waymark_attribution::money::Amount;
use waymark_ledger::Posting;
use waymark_outbox::delivery::Delivery;
use waymark_outbox::event::{
    Click, Conversion, ConversionChange, Event, EventId, OrderRef, Reason, Subject,
};
use waymark_outbox::receiver::Receiver;
use worker::{Error, Result};

use crate::platform::sql::{Database, Tx};
use crate::program::messages::outbox;
use crate::program::messages::receivers::Receivers;
use crate::program::orders::rows::{Key, instant};

/// Tells of an order's postings. `numbers` are those of their conversions, in the same sequence.
pub fn of_postings(
    tx: &Tx<'_>,
    key: Key<'_>,
    postings: &[Posting],
    numbers: &[i64],
    amount: Amount,
    now: i64,
) -> Result<()> {
    let receivers = Receivers::in_force(tx)?;
    if receivers.is_empty() {
        return Ok(());
    }
    for (posting, number) in postings.iter().zip(numbers) {
        let Some(change) = ConversionChange::of(posting) else {
            continue;
        };
        let subject = Subject::Conversion(change, conversion(tx, posting, *number, amount)?);
        let reason = posting.entry.as_ref().map(|entry| entry.reason.as_str());
        tell(tx, &receivers, key, subject, reason, now)?;
    }
    Ok(())
}

/// Tells that a person has to look at an order.
pub fn of_review(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    let receivers = Receivers::in_force(tx)?;
    tell(tx, &receivers, key, Subject::Review(None), None, now)
}

/// Tells that nothing but changes was heard of an order.
pub fn of_orphan(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    let receivers = Receivers::in_force(tx)?;
    tell(tx, &receivers, key, Subject::Orphan, None, now)
}

fn tell(
    tx: &Tx<'_>,
    receivers: &Receivers,
    key: Key<'_>,
    subject: Subject,
    reason: Option<&str>,
    now: i64,
) -> Result<()> {
    if receivers.is_empty() {
        return Ok(());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::RustError(error.to_string()))?;
    let event = Event {
        id: EventId::new(random),
        at: instant(next_time(tx, now)?),
        order: OrderRef {
            store: key.store.to_owned(),
            id: key.id.to_owned(),
        },
        subject,
        reason: reason.and_then(|word| Reason::try_from(word.to_owned()).ok()),
    };
    let wanting = |receiver: &Receiver<'_>| receiver.wants(&event);
    let names: Vec<&str> = receivers.names(wanting).collect();
    if !names.is_empty() {
        outbox::put(tx, &event, &names, Delivery::new(instant(now)), now)?;
    }
    Ok(())
}

/// The time of the next event, in milliseconds: later than that of every event before it, though it
/// happens in the same millisecond or the clock was set back. Receivers go by the latest.
fn next_time(database: &Database, now: i64) -> Result<i64> {
    let last = database.first("SELECT max(at) FROM events", &[])?;
    let last = last.map_or(Ok(None), |row| row.optional_integer(0))?;
    Ok(last.map_or(now, |last| now.max(last.saturating_add(1))))
}

fn conversion(
    database: &Database,
    posting: &Posting,
    number: i64,
    amount: Amount,
) -> Result<Conversion> {
    let claim = &posting.claim;
    let method: Method = waymark_attribution::from_json(&serde_json::to_string(&claim.method)?)?;
    let sum = database.first(
        "SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = ?",
        &[number.into()],
    )?;
    let commission = sum.map_or(Ok(0), |row| row.integer(0))?;
    let entry = posting.entry.as_ref();
    let before = entry.map(|entry| commission.saturating_sub(entry.amount.minor()));
    let before = before.filter(|_| posting.was.is_some());
    Ok(Conversion {
        number,
        affiliate: claim.affiliate.clone(),
        method,
        status: posting.terms.status,
        visible: posting.terms.visible,
        currency: claim.currency,
        amount,
        commission: Amount::from_minor(commission),
        previous_commission: before.map(Amount::from_minor),
        coupon: (method == Method::Coupon).then(|| claim.evidence.clone()),
        click: match method {
            Method::Link | Method::Qr => Some(click(database, &claim.evidence)?),
            _ => None,
        },
    })
}

fn click(database: &Database, touch: &str) -> Result<Click> {
    let details = database.first(
        "SELECT subs, opted_out FROM touch_details WHERE touch = ?",
        &[touch.into()],
    )?;
    let id = touch.to_owned();
    Ok(match details {
        // Known by the visitor's token alone, which does not say what the browser asked for.
        None => Click {
            id,
            subs: Default::default(),
            opted_out: true,
        },
        Some(row) => Click {
            id,
            subs: waymark_attribution::from_json(&row.text(0)?)?,
            opted_out: row.integer(1)? != 0,
        },
    })
}
