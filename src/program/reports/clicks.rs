//! How often links were clicked: told by the journey shards, added up for reports.

use waymark_program::directory::Kind;
use worker::Result;

use crate::platform::sql::{Database, Row, Tx};
use crate::program::directory::unpublished;
use crate::program::protocol::Page;
use crate::program::protocol::reports::{ClickCount, ClicksBy, ClicksOf, ReportClicks};

/// Adds a shard's delivery; whether it was not added already. A shard sends a delivery again until
/// it knows that it arrived, and numbers them upwards.
pub fn count(tx: &Tx<'_>, shard: &str, number: i64, counts: &str) -> Result<bool> {
    let new = tx.first(
        "INSERT INTO counted (shard, number) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET number = excluded.number WHERE excluded.number > number
         RETURNING number",
        &[shard.into(), number.into()],
    )?;
    if new.is_none() {
        return Ok(false);
    }
    tx.run(
        "INSERT INTO clicks (link, day, country, verdict, clicks)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
         FROM json_each(?) WHERE true
         ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks",
        &[counts.into()],
    )?;
    for link in tx.query(EXHAUSTED, &[counts.into()])? {
        unpublished::note(tx, Kind::Link, &link.text(0)?)?;
    }
    Ok(true)
}

/// The links of a delivery that have had as many clicks by people as their limit allows. A link that
/// was changed has several numbers, and one code.
///
/// `CROSS JOIN` begins with the delivery: SQLite would begin with all links that there are. What has
/// no limit is not added up.
const EXHAUSTED: &str = "
    SELECT DISTINCT row.key FROM json_each(?) AS counted
    CROSS JOIN directory AS clicked ON clicked.number = counted.value ->> 0 AND clicked.kind = 'link'
    CROSS JOIN directory AS row ON row.kind = 'link' AND row.key = clicked.key AND row.valid_to IS NULL
    WHERE CASE WHEN row.body ->> 'limit' IS NOT NULL THEN row.body ->> 'limit' <=
      (SELECT sum(clicks) FROM directory AS earlier JOIN clicks ON link = earlier.number
       WHERE earlier.kind = 'link' AND earlier.key = row.key AND verdict = 'person') END";

/// How often people clicked on the link of that code, whatever was changed of it meanwhile.
pub fn by_people(database: &Database, code: &str) -> Result<u64> {
    let sum = database.first(
        "SELECT coalesce(sum(clicks), 0) FROM directory AS row JOIN clicks ON link = row.number
         WHERE row.kind = 'link' AND row.key = ? AND verdict = 'person'",
        &[code.into()],
    )?;
    let sum = sum.map_or(Ok(0), |row| row.integer(0))?;
    Ok(sum.unsigned_abs())
}

/// Adds up clicks, in the sequence of what they are added up by.
pub fn report(database: &Database, query: ReportClicks) -> Result<Page<ClickCount>> {
    let ReportClicks {
        by,
        days: (first, last),
        link,
        affiliate,
        after,
        limit,
    } = query;
    // A link that was changed has several numbers, and one code.
    let key = match by {
        ClicksBy::Day => "date(day * 86400, 'unixepoch')",
        ClicksBy::Link => "coalesce(row.key, '')",
        ClicksBy::Affiliate => "coalesce(row.body ->> 'affiliate', '')",
        ClicksBy::Country => "country",
    };
    let rows = database.query(
        &format!(
            "SELECT {key},
               coalesce(sum(clicks) FILTER (WHERE verdict = 'person'), 0),
               coalesce(sum(clicks) FILTER (WHERE verdict = 'bot'), 0),
               coalesce(sum(clicks) FILTER (WHERE verdict = 'speculative'), 0),
               coalesce(sum(clicks) FILTER (WHERE verdict = 'not_navigation'), 0)
             FROM clicks LEFT JOIN directory AS row ON row.number = clicks.link
             WHERE day BETWEEN ?1 AND ?2
               AND (?3 IS NULL OR row.key = ?3)
               AND (?4 IS NULL OR row.body ->> 'affiliate' = ?4)
               AND (?5 IS NULL OR {key} > ?5)
             GROUP BY 1 ORDER BY 1 LIMIT ?6"
        ),
        &[
            first.into(),
            last.into(),
            link.as_deref().into(),
            affiliate.as_deref().into(),
            after.as_deref().into(),
            i64::from(limit).into(),
        ],
    )?;
    let next = match rows.last().filter(|_| rows.len() == usize::from(limit)) {
        Some(row) => Some(row.text(0)?),
        None => None,
    };
    let items = rows.iter().map(|row| click_count(by, row));
    Ok(Page {
        items: items.collect::<Result<_>>()?,
        next,
    })
}

fn click_count(by: ClicksBy, row: &Row) -> Result<ClickCount> {
    let key = row.text(0)?;
    let named = |key: String| Some(key).filter(|key| !key.is_empty());
    Ok(ClickCount {
        of: match by {
            ClicksBy::Day => ClicksOf::Day(key),
            ClicksBy::Link => ClicksOf::Link(named(key)),
            ClicksBy::Affiliate => ClicksOf::Affiliate(named(key)),
            ClicksBy::Country => ClicksOf::Country(key),
        },
        people: row.integer(1)?,
        bots: row.integer(2)?,
        speculative: row.integer(3)?,
        not_navigation: row.integer(4)?,
    })
}
