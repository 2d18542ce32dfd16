//! Reports on orders: by the stores' calls, by what they answer when they are asked, and by what
//! they list when they are looked at.

use waymark_attribution::time::Instant;
use waymark_facts::Fact;
use waymark_stores::Parsed;
use waymark_stores::sync::{Change, Failure, SyncPage};
use worker::{Result, console_error};

use crate::edge::webhooks;
use crate::platform::durable_object::now;
use crate::platform::sql::Database;
use crate::program::orders::rows::{self, Key, Known, Taken};
use crate::program::orders::{aliases, journeys};
use crate::program::reports::lists;
use crate::program::stores::{calls, fetches, syncs};
use crate::program::{DeadLetter, Outcome, Program, Recorded, Report};

impl Program {
    /// Takes the facts of a report, and what the journeys of the order's visitors know.
    pub async fn report(&self, database: &Database, mut report: Report) -> Result<Recorded> {
        to_its_order(database, &mut report)?;
        let key = Key::of(&report);
        let mut known = Known::read(database, key)?;
        let mut journeys = journeys::of_order(database, key, &all_facts(&known, &report))?;
        let mut read = Vec::new();
        let mut touches = Vec::new();
        if let Some(some) = journeys.as_ref().filter(|journeys| !journeys.is_empty()) {
            for (visitor, journey) in some.read(&self.env).await {
                read.push(visitor);
                touches.extend(journey);
            }
            // Much may have been heard meanwhile, another name of the order, too.
            to_its_order(database, &mut report)?;
            let key = Key::of(&report);
            known = Known::read(database, key)?;
            journeys = journeys::of_order(database, key, &all_facts(&known, &report))?;
        }
        let recorded = database.transaction(|tx| {
            report
                .facts
                .extend(journeys::facts_of(tx, &touches, now())?);
            let key = Key::of(&report);
            if let Some(journeys) = &journeys {
                journeys.note_customer(tx, key, false)?;
            }
            let Taken { recorded, joined } = rows::report(tx, &report, known, now())?;
            if joined {
                let facts = Known::read(tx, key)?.facts;
                journeys = journeys::of_order(tx, key, &facts)?;
                if let Some(journeys) = &journeys {
                    journeys.note_customer(tx, key, true)?;
                }
            }
            if let Some(journeys) = journeys
                && recorded.status != Outcome::Duplicate
            {
                journeys::note(tx, key, &journeys, &read)?;
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

/// The facts of an order, and what a report would add to them.
fn all_facts(known: &Known, report: &Report) -> Vec<Fact> {
    let mut facts = known.news(&report.facts);
    facts.extend(known.facts.iter().cloned());
    facts
}

/// Has the report name its order by the id that it is kept under.
pub fn to_its_order(database: &Database, report: &mut Report) -> Result<()> {
    let name = std::mem::take(&mut report.order_id);
    report.order_id = aliases::id(database, &report.source, name)?;
    Ok(())
}
