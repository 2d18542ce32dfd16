//! What lies around an order, read as of when it was placed.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use waymark_attribution::time::Instant;
use waymark_facts::{Flag, Order};
use waymark_orders::case::{Directory, Names, Policy};
use waymark_orders::{Around, Known, OrderSettings, customer};
use waymark_program::directory::{Kind, Row};
use waymark_program::edge::PublishedProgram;
use worker::{Error, Result};

use crate::platform::sql::Database;
use crate::program::customers::assignments::Customer;
use crate::program::orders::renewals;
use crate::program::orders::rows::Key;

/// What lies around an order that was heard of. Its own keys and places are noted before.
pub fn read(database: &Database, key: Key<'_>, known: &Known, order: &Order) -> Result<Around> {
    let mut around = Around {
        renewed: renewals::renewed(database, key, order)?,
        ..Around::default()
    };
    let mut names = Names {
        at: order.snapshot.placed_at,
        triggers: Default::default(),
        links: Default::default(),
        affiliates: Default::default(),
    };
    if !around.has_case(known) {
        let own = Customer::of(key.store, &order.snapshot);
        let named = customer::named(key.store, &known.facts);
        let assignments = own.assignments_since(database, key, names.at, &named)?;
        names = Names::of(order, &known.folded.touches, &assignments.in_force());
        around.assignments = Some(assignments);
    }
    (around.settings, around.directory) = directory(database, &names)?;
    if known.folded.flags.contains(&Flag::LinesLeftOut) {
        around.directory.has_skus = has_skus(database, names.at)?;
    }
    Ok(around)
}

/// Whether any SKU had a row of its own then.
fn has_skus(database: &Database, at: Instant) -> Result<bool> {
    let any = database.first(
        "SELECT 1 FROM directory INDEXED BY directory_history
         WHERE kind = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) LIMIT 1",
        &[
            Kind::Sku.as_str().into(),
            at.as_millis().into(),
            at.as_millis().into(),
        ],
    )?;
    Ok(any.is_some())
}

/// A row as [`directory`] has SQLite write it: kind, key, the version of a policy, the body. Of a link
/// the key is its number, and the body its affiliate.
type Found = (String, Json, Option<i64>, Json);

/// All that a case wants to know of the directory, in one statement, and the program's settings.
fn directory(database: &Database, names: &Names) -> Result<(Option<OrderSettings>, Directory)> {
    let program = [Kind::Program, Kind::Policy];
    let program = program.map(|kind| (kind.as_str(), kind.as_str()));
    let triggers = names.triggers.iter();
    let triggers = triggers.map(|(kind, key)| (kind.as_str(), key.as_str()));
    let named: Vec<(&str, &str)> = program.into_iter().chain(triggers).collect();
    let row = database.first(
        "WITH found AS MATERIALIZED (
           SELECT row.kind, row.key, row.number, row.body FROM json_each(?1) AS named
           JOIN directory AS row ON row.number =
             (SELECT number FROM directory
              WHERE kind = named.value ->> 0 AND key = named.value ->> 1
                AND valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
              ORDER BY valid_from DESC, number DESC LIMIT 1)),
         links AS MATERIALIZED (
           SELECT number, body ->> 'affiliate' AS affiliate FROM json_each(?3) AS named
           CROSS JOIN directory ON number = named.value AND kind = 'link'),
         affiliates (id) AS (
           SELECT body ->> 'affiliate' FROM found WHERE kind NOT IN ('program', 'policy')
           UNION SELECT affiliate FROM links
           UNION SELECT named.value FROM json_each(?4) AS named)
         SELECT json_group_array(json_array(kind, key, version, json(body))) FROM (
           SELECT kind, key, body, CASE kind WHEN 'policy' THEN
             (SELECT count(*) FROM directory AS earlier
              WHERE kind = 'policy' AND earlier.number <= found.number) END AS version
           FROM found
           UNION ALL SELECT 'link', number, json_quote(affiliate), NULL FROM links
           UNION ALL SELECT 'affiliate', id,
             (SELECT body FROM directory WHERE kind = 'affiliate' AND key = id
                AND valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
              ORDER BY valid_from DESC, number DESC LIMIT 1), NULL FROM affiliates)",
        &[
            (&serde_json::to_string(&named)?).into(),
            names.at.as_millis().into(),
            (&serde_json::to_string(&names.links)?).into(),
            (&serde_json::to_string(&names.affiliates)?).into(),
        ],
    )?;
    let found = row.map_or(Ok(String::from("[]")), |row| row.text(0))?;
    let found: Vec<Found> = waymark_attribution::from_json(&found)?;
    let mut settings = None;
    let mut directory = Directory {
        policy: None,
        rows: Vec::with_capacity(found.len()),
        links: BTreeMap::new(),
        has_skus: false,
    };
    for (kind, key, version, body) in found {
        let kind = Kind::named(&kind)
            .ok_or_else(|| Error::RustError(format!("directory: unknown kind {kind}")))?;
        match (kind, key, body) {
            // An affiliate that was not in force then.
            (_, _, Json::Null) => {}
            (Kind::Program, _, body) => {
                let program: PublishedProgram = serde_json::from_value(body)?;
                settings = Some(OrderSettings::from(&program.settings));
            }
            (Kind::Policy, _, body) => {
                directory.policy = Some(Policy {
                    version: version.unwrap_or_default(),
                    body,
                });
            }
            (Kind::Link, Json::Number(number), Json::String(affiliate)) => {
                let number = number.as_u64().and_then(|it| u32::try_from(it).ok());
                let link = number.map(|number| (number, affiliate));
                directory.links.extend(link);
            }
            (kind, Json::String(key), body) => directory.rows.push(Row { kind, key, body }),
            _ => {}
        }
    }
    Ok((settings, directory))
}
