//! Reports on orders: by the stores' calls, by what they answer when they are asked, and by what
//! they list when they are looked at.

use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_facts::Fact;
use waymark_facts::ruling::RulingFact;
use waymark_ledger::Cause;
use waymark_orders::Known;
use waymark_orders::acts::{self, Ruleable};
use waymark_stores::Parsed;
use waymark_stores::sync::{Change, Failure, SyncPage};
use worker::{Result, console_error};

use crate::edge::webhooks;
use crate::platform::durable_object::now;
use crate::platform::sql::{Database, Tx};
use crate::program::ledger::conversions;
use crate::program::orders::deciding::decide_known;
use crate::program::orders::journeys::Journeys;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::orders::{aliases, journeys};
use crate::program::reports::lists;
use crate::program::stores::{calls, fetches, syncs};
use crate::program::{Acted, DeadLetter, Outcome, Program, Recorded, Report};

impl Program {
    /// Takes the facts of a report, and what the journeys of the order's visitors know.
    pub async fn report(&self, database: &Database, mut report: Report) -> Result<Recorded> {
        let mut heard = Heard::read(database, &report)?;
        let (mut read, mut touches) = (Vec::new(), Vec::new());
        if let Some(journeys) = heard.journeys.as_ref().filter(|it| !it.is_empty()) {
            for (visitor, journey) in journeys.read(&self.env).await {
                read.push(visitor);
                touches.extend(journey);
            }
            report.facts.extend(journeys::facts_of(&touches));
            // Much may have been heard meanwhile, another name of the order, too.
            heard = Heard::read(database, &report)?;
        }
        let recorded = database.transaction(|tx| {
            let now = now();
            let id = heard.id.clone();
            let key = Key {
                source: &report.source,
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
                journeys.note_customer(tx, key, joined)?;
            }
            let cause = Cause::of(news, instant(now));
            let recorded = decide_known(tx, key, known, &cause)?;
            if let Some(journeys) = journeys {
                journeys::note(tx, key, journeys, &read)?;
            }
            Ok(recorded)
        })?;
        self.wake_for_what_is_due(database).await?;
        Ok(recorded)
    }

    /// Asks stores for orders of which they said only that they changed.
    pub async fn ask(&self, database: &Database) -> Result<()> {
        for question in fetches::due(database, now())? {
            match question.ask(database, &self.env).await {
                Ok(report) => {
                    self.report(database, report).await?;
                    database.transaction(|tx| question.answered(tx, now()))?;
                }
                Err(why) => {
                    console_error!("program: a store was not asked for an order: {why}");
                    database.transaction(|tx| question.failed(tx, &why, now()))?;
                }
            }
        }
        Ok(())
    }

    /// Asks the stores that are due for a page of what changed.
    pub async fn look(&self, database: &Database) -> Result<()> {
        for due in syncs::due(database, now())? {
            let outcome = match due.ask(&self.env).await {
                Ok(page) => self.take_page(database, &due, page).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = outcome {
                console_error!("program: a store was not looked at: {}", failure.problem);
                database.transaction(|tx| due.failed(tx, &failure, now()))?;
            }
        }
        Ok(())
    }

    /// Takes what a page says, as if the store had called for each of its orders.
    ///
    /// # Errors
    /// Something of it was not kept: the page is asked for again.
    async fn take_page(
        &self,
        database: &Database,
        due: &syncs::Due,
        page: SyncPage,
    ) -> std::result::Result<(), Failure> {
        for change in page.changes {
            self.take_change(database, due, change)
                .await
                .map_err(|error| due.failure(format!("an order was not kept: {error}")))?;
        }
        database
            .transaction(|tx| due.went_on(tx, &page.cursor, page.more, now()))
            .map_err(|error| due.failure(error.to_string()))
    }

    async fn take_change(
        &self,
        database: &Database,
        due: &syncs::Due,
        change: Change,
    ) -> Result<()> {
        match change.parsed {
            Ok(Parsed::Delivery(delivery)) => {
                let parameter = lists::token_parameter(database, Instant::from_millis(now()))?;
                let source = due.source();
                let report = webhooks::report(&self.env, source, &parameter, delivery, None)?;
                self.report(database, report).await?;
            }
            // Of no concern, and nothing else is listed.
            Ok(_) => {}
            Err(unusable) => {
                let letter = DeadLetter {
                    call: webhooks::call(due.endpoint(), change.topic, change.body),
                    reason: unusable.to_string(),
                };
                database.transaction(|tx| calls::bury(tx, &letter, now()))?;
            }
        }
        Ok(())
    }
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
        let (id, kept) = rows::find(database, &report.source, &report.order_id)?;
        let news = kept.news(&report.facts);
        let known = kept.with(&news);
        let key = Key {
            source: &report.source,
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

/// Adds facts to an order, and decides it anew if any of them is news.
pub fn add(tx: &Tx<'_>, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    let kept = rows::read(tx, key)?;
    let news = kept.news(facts);
    if news.is_empty() {
        return Ok(());
    }
    rows::add_facts(tx, key, &news, now)?;
    let cause = Cause::of(&news, instant(now));
    decide_known(tx, key, &kept.with(&news), &cause).map(|_| ())
}

/// Takes a person's ruling, a fact of the order like any other; what is in the way, if anything is.
/// `None` if the order was not heard of.
pub fn rule(tx: &Tx<'_>, key: Key<'_>, ruling: &RulingFact, now: i64) -> Result<Option<Acted>> {
    let kept = rows::read(tx, key)?;
    let known: Known = kept.clone().into();
    let decision = tx.first(
        "SELECT decision, coalesce(frozen_case, the_case) ->> '$.order.currency' FROM orders
         WHERE source = ? AND id = ? AND decision IS NOT NULL AND the_case IS NOT NULL",
        &[key.source.into(), key.id.into()],
    )?;
    let on = decision.map(|row| -> Result<(String, Currency)> {
        Ok((row.text(0)?, conversions::currency(&row.text(1)?)?))
    });
    let on = on.transpose()?;
    let on = on.as_ref().map(|(decision, currency)| Ruleable {
        decision,
        currency: *currency,
    });
    match acts::rule(&known, on, ruling) {
        None => Ok(None),
        Some(Err(refusal)) => Ok(Some(refusal.into())),
        Some(Ok(None)) => Ok(Some(Acted::Done)),
        Some(Ok(Some(fact))) => {
            let news = [fact];
            rows::add_facts(tx, key, &news, now)?;
            let cause = Cause::of(&news, instant(now));
            decide_known(tx, key, &kept.with(&news), &cause)?;
            Ok(Some(Acted::Done))
        }
    }
}

/// Has the report name its order by the id that it is kept under.
pub fn to_its_order(database: &Database, report: &mut Report) -> Result<()> {
    let name = std::mem::take(&mut report.order_id);
    report.order_id = aliases::id(database, &report.source, name)?;
    Ok(())
}
