//! Reports on orders: by the stores' calls, by what they answer when they are asked, and by what they
//! list when they are synced.

use waymark_facts::{Fact, has_refund_to_ask_for};
use waymark_ledger::Cause;
use waymark_orders::Known;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::sql::Database;
use crate::program::customers::identities;
use crate::program::orders::deciding::decide_known;
use crate::program::orders::journeys::Journeys;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::orders::{aliases, journeys};
use crate::program::protocol::orders::{Outcome, Recorded, Report};
use crate::program::stores::{calls, fetches};

/// Takes the facts of a report, and what the journeys of the order's visitors know.
pub async fn take(
    database: &Database,
    merchant: &Merchant,
    mut report: Report,
) -> Result<Recorded> {
    let mut heard = Heard::read(database, &report)?;
    let (mut read, mut touches) = (Vec::new(), Vec::new());
    if let Some(journeys) = heard.journeys.as_ref().filter(|it| !it.is_empty()) {
        for (visitor, journey) in journeys.read(merchant).await {
            read.push(visitor);
            touches.extend(journey);
        }
        report.facts.extend(journeys::facts_of(&touches));
        // Much may have been heard meanwhile, another name of the order, too.
        heard = Heard::read(database, &report)?;
    }
    database.transaction(|tx| {
        let now = now();
        let id = heard.id.clone();
        let key = Key {
            store: &report.store,
            id: &id,
        };
        let joined = aliases::note(tx, key, &report.other_names, now)?;
        if joined {
            heard = Heard::read(tx, &report)?;
        }
        let Heard {
            known,
            news,
            journeys,
            ..
        } = &heard;
        let is_forgotten = known.stored.erased;
        if let Some(call) = report.call.as_ref().filter(|_| !is_forgotten) {
            calls::keep(tx, key, call, now)?;
        }
        // A call that is taken again has the store asked again.
        let said = match report.call {
            Some(_) => &report.facts,
            None => news,
        };
        if has_refund_to_ask_for(said, &known.facts) && !is_forgotten {
            fetches::note_refunds(tx, key, now)?;
        }
        aliases::pass_on(tx, key, news, now)?;
        if news.is_empty() && !joined {
            return Ok(Recorded {
                status: Outcome::Duplicate,
                reason: None,
            });
        }
        if !is_forgotten {
            journeys::keep_details(tx, &touches, now)?;
        }
        rows::add_facts(tx, key, news, now)?;
        if let Some(journeys) = journeys {
            let placed_before = known.stored.placed_at;
            identities::note(tx, key, &journeys.customer, placed_before, joined)?;
        }
        let cause = Cause::of(news, instant(now));
        let recorded = decide_known(tx, key, known, &cause)?;
        if let Some(journeys) = journeys {
            journeys::note(tx, key, journeys, &read)?;
        }
        Ok(recorded)
    })
}

/// A report, and what is known of its order once it is taken: facts are folded here, and nowhere else.
struct Heard {
    /// The id under which the order is kept.
    id: String,
    news: Vec<Fact>,
    known: Known,
    journeys: Option<Journeys>,
}

impl Heard {
    fn read(database: &Database, report: &Report) -> Result<Self> {
        let (id, kept) = rows::find(database, &report.store, &report.order_id)?;
        let news = kept.news(&report.facts);
        let known = kept.with(&news);
        let key = Key {
            store: &report.store,
            id: &id,
        };
        Ok(Self {
            journeys: journeys::of_order(database, key, &known)?,
            id,
            news,
            known,
        })
    }
}
