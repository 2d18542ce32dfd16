//! How often links were clicked, counted here until the program is told.
//!
//! A shard seals what it counted into a delivery with a number of its own, sends it, and forgets
//! it once the program has it. A delivery is sent again, as it is, until then; the program adds
//! each number once. So a click that is counted here stands in the reports once, whatever crashes.

use serde_json::value::RawValue;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::sql::{Database, Tx};
use crate::program::protocol::reports::CountClicks;

/// Groups of clicks in one delivery.
const MAX_GROUPS: i64 = 2_000;

/// Counts clicks. `groups` is a JSON list of `[[link, day, country, verdict], clicks]`.
pub fn add(tx: &Tx<'_>, groups: &str) -> Result<()> {
    tx.run(
        "INSERT INTO counts (link, day, country, verdict, clicks)
         SELECT value ->> '$[0][0]', value ->> '$[0][1]', coalesce(value ->> '$[0][2]', 'XX'),
           value ->> '$[0][3]', value ->> '$[1]'
         FROM json_each(?) WHERE true
         ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks",
        &[groups.into()],
    )
}

/// Counts the clicks whose touches are not there yet, each once. `batch` is a JSON list of
/// [`waymark_click::RecordedTouch`].
pub fn add_new(tx: &Tx<'_>, batch: &str) -> Result<()> {
    tx.run(
        "INSERT INTO counts (link, day, country, verdict, clicks)
         SELECT value ->> '$.touch.link', (value ->> '$.touch.at') / 86400000,
           coalesce(value ->> '$.country', 'XX'), 'person', count(DISTINCT value ->> '$.touch.id')
         FROM json_each(?) WHERE NOT EXISTS
           (SELECT 1 FROM touches WHERE visitor = value ->> '$.touch.visitor'
              AND at = value ->> '$.touch.at' AND id = value ->> '$.touch.id')
         GROUP BY 1, 2, 3
         ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks",
        &[batch.into()],
    )
}

/// Whether the program was not told of everything yet.
pub fn waiting(database: &Database) -> Result<bool> {
    let waiting = "SELECT 1 FROM counts UNION ALL SELECT 1 FROM deliveries LIMIT 1";
    Ok(database.first(waiting, &[])?.is_some())
}

/// Tells the program of one delivery; whether there may be more.
pub async fn tell(database: &Database, merchant: &Merchant, shard: &str) -> Result<bool> {
    let sealed = "SELECT number, counts FROM deliveries ORDER BY number LIMIT 1";
    if database.first(sealed, &[])?.is_none() {
        database.transaction(seal)?;
    }
    let Some(delivery) = database.first(sealed, &[])? else {
        return Ok(false);
    };
    let number = delivery.integer(0)?;
    let clicks = CountClicks {
        shard: shard.to_owned(),
        number,
        counts: RawValue::from_string(delivery.text(1)?)?,
    };
    let _new = merchant.ask(clicks).await?;
    database.transaction(|tx| told(tx, number))?;
    let left = database.first(
        "SELECT 1 FROM counts LIMIT 1 OFFSET ?",
        &[MAX_GROUPS.into()],
    )?;
    Ok(left.is_some())
}

fn told(tx: &Tx<'_>, number: i64) -> Result<()> {
    tx.run("DELETE FROM deliveries WHERE number = ?", &[number.into()])
}

/// Makes a delivery of what was counted, a bounded part of it, if there is anything.
fn seal(tx: &Tx<'_>) -> Result<()> {
    const GROUPS: &str = "SELECT link, day, country, verdict FROM counts ORDER BY link, day, country, verdict LIMIT ?";
    tx.run(
        &format!(
            "INSERT INTO deliveries (counts)
             SELECT json_group_array(json_array(link, day, country, verdict, clicks)) FROM counts
             WHERE (link, day, country, verdict) IN ({GROUPS}) HAVING count(*) > 0"
        ),
        &[MAX_GROUPS.into()],
    )?;
    tx.run(
        &format!("DELETE FROM counts WHERE (link, day, country, verdict) IN ({GROUPS})"),
        &[MAX_GROUPS.into()],
    )
}
