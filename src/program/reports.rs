//! Reports on orders: by the stores' calls, by what they answer when they are asked, and by what
//! they list when they are looked at.

use waymark_attribution::time::Instant;
use waymark_checkout::changes::{Change, Failure, Page as PageOfChanges};
use waymark_checkout::{Fact, Parsed};
use worker::{Result, console_error};

use super::orders::{Key, Known, Taken};
use super::{
    DeadLetter, GO_ON_MS, Outcome, Program, Recorded, Report, SWEEP_MS, calls, looks, names,
    orders, questions, reading, visitors,
};
use crate::checkout;
use crate::object::now;
use crate::sql::Database;

impl Program {
    /// Takes the facts of a report, and what the journeys of the order's visitors know.
    pub(super) async fn report(&self, database: &Database, mut report: Report) -> Result<Recorded> {
        let key = Key::of(&report);
        let mut known = Known::read(database, key)?;
        let mut journeys = visitors::of_order(database, key, &all_facts(&known, &report))?;
        let mut read = Vec::new();
        let mut touches = Vec::new();
        if let Some(some) = journeys.as_ref().filter(|journeys| !journeys.is_empty()) {
            for (visitor, journey) in some.read(&self.env).await {
                read.push(visitor);
                touches.extend(journey);
            }
            // Much may have been heard meanwhile.
            known = Known::read(database, key)?;
            journeys = visitors::of_order(database, key, &all_facts(&known, &report))?;
        }
        let recorded = database.transaction(|| {
            report.facts.extend(visitors::facts_of(database, &touches)?);
            let key = Key::of(&report);
            let Taken { recorded, joined } = orders::report(database, &report, known, now())?;
            if joined {
                let facts = Known::read(database, key)?.facts;
                journeys = visitors::of_order(database, key, &facts)?;
            }
            if let Some(journeys) = journeys
                && recorded.status != Outcome::Duplicate
            {
                visitors::note(database, key, &journeys, &read)?;
            }
            Ok(recorded)
        })?;
        self.wake_for_what_is_due(database).await?;
        Ok(recorded)
    }

    /// Sees to it that an alarm comes when anything is due, and within a day to delete what is old.
    pub(super) async fn wake_for_what_is_due(&self, database: &Database) -> Result<()> {
        let now = now();
        let soon = now.saturating_add(GO_ON_MS);
        let first = database.first(
            "SELECT min(due) FROM (
               SELECT min(due_at) AS due FROM orders WHERE due_at IS NOT NULL
               UNION ALL
               SELECT min(due) FROM messages INDEXED BY messages_due WHERE state = 'waiting'
               UNION ALL SELECT min(due) FROM looks WHERE due IS NOT NULL
               UNION ALL SELECT ?1 WHERE EXISTS (SELECT 1 FROM order_journeys WHERE read = 0)
               UNION ALL SELECT ?1 WHERE EXISTS (SELECT 1 FROM unsettled))",
            &[soon.into()],
        )?;
        let first = first.map_or(Ok(None), |row| row.optional_integer(0))?;
        let due = first.map_or(SWEEP_MS, |due| due.saturating_sub(now).clamp(0, SWEEP_MS));
        self.wake_within(due).await
    }

    /// Asks stores for orders of which they said only that they changed. When the next is due, in
    /// milliseconds from now.
    pub(super) async fn ask(&self, database: &Database) -> Result<Option<i64>> {
        for question in questions::due(database, now())? {
            match question.ask(database, &self.env).await {
                Ok(report) => {
                    self.report(database, report).await?;
                    question.answered(database)?;
                }
                Err(why) => {
                    console_error!("program: a store was not asked for an order: {why}");
                    question.failed(database, &why, now())?;
                }
            }
        }
        questions::next_due(database, now())
    }

    /// Asks the stores that are due for a page of what changed. When the next is due, in
    /// milliseconds from now.
    pub(super) async fn look(&self, database: &Database) -> Result<Option<i64>> {
        for due in looks::due(database, now())? {
            let outcome = match due.ask(&self.env).await {
                Ok(page) => self.take_page(database, &due, page).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = outcome {
                console_error!("program: a store was not looked at: {}", failure.problem);
                due.failed(database, &failure, now())?;
            }
        }
        looks::next_due(database, now())
    }

    /// Takes what a page says, as if the store had called for each of its orders.
    ///
    /// # Errors
    /// Something of it was not kept: the page is asked for again.
    async fn take_page(
        &self,
        database: &Database,
        due: &looks::Due,
        page: PageOfChanges,
    ) -> std::result::Result<(), Failure> {
        for change in page.changes {
            self.take_change(database, due, change)
                .await
                .map_err(|error| due.failure(format!("an order was not kept: {error}")))?;
        }
        due.went_on(database, &page.look, page.more, now())
            .map_err(|error| due.failure(error.to_string()))
    }

    async fn take_change(
        &self,
        database: &Database,
        due: &looks::Due,
        change: Change,
    ) -> Result<()> {
        match change.parsed {
            Ok(Parsed::Delivery(delivery)) => {
                let parameter = reading::token_parameter(database, Instant::from_millis(now()))?;
                let source = due.source();
                let mut report = checkout::report(&self.env, source, &parameter, delivery, None)?;
                to_its_order(database, &mut report)?;
                self.report(database, report).await?;
            }
            // Of no concern, and nothing else is listed.
            Ok(_) => {}
            Err(unusable) => {
                let letter = DeadLetter {
                    call: checkout::call(due.endpoint(), change.topic, change.body),
                    reason: unusable.to_string(),
                };
                database.transaction(|| calls::bury(database, &letter, now()))?;
                self.wake_within(SWEEP_MS).await?;
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
pub(super) fn to_its_order(database: &Database, report: &mut Report) -> Result<()> {
    if let Some(id) = names::resolve(database, &report.source, &report.order_id)? {
        report.order_id = id;
    }
    Ok(())
}
