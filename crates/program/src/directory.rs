//! A program as rows that begin and end.
//!
//! Every row has a kind, a key that is unique within its kind while the row is in force, and a
//! body. The program object keeps rows with the time at which each began and ended; nothing in
//! this module knows how.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waymark_attribution::time::Instant;

/// What a row says something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The program's name, home page, hosts, currency and settings. One row.
    Program,
    /// The policy. One row.
    Policy,
    /// Somebody who may be credited.
    Affiliate,
    /// A link, with its code.
    Link,
    /// A coupon code.
    Coupon,
    /// A customer's e-mail; the key is its keyed hash.
    Email,
    /// A SKU.
    Sku,
    /// A tag.
    Tag,
    /// Where a store calls.
    Endpoint,
    /// A receiver of events as JSON.
    Webhook,
    /// A receiver by an address that is filled in.
    Postback,
    /// What holds for all messages. One row, if the file says anything of them.
    Outbox,
}

impl Kind {
    /// Every kind, in the sequence in which the file lists them.
    pub const ALL: [Kind; 12] = [
        Kind::Program,
        Kind::Policy,
        Kind::Affiliate,
        Kind::Link,
        Kind::Coupon,
        Kind::Email,
        Kind::Sku,
        Kind::Tag,
        Kind::Endpoint,
        Kind::Webhook,
        Kind::Postback,
        Kind::Outbox,
    ];

    /// The kind's name, as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Program => "program",
            Kind::Policy => "policy",
            Kind::Affiliate => "affiliate",
            Kind::Link => "link",
            Kind::Coupon => "coupon",
            Kind::Email => "email",
            Kind::Sku => "sku",
            Kind::Tag => "tag",
            Kind::Endpoint => "endpoint",
            Kind::Webhook => "webhook",
            Kind::Postback => "postback",
            Kind::Outbox => "outbox",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that a program says.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// By which name the file has it.
    pub key: String,
    /// What the file says of it.
    pub body: Value,
}

/// What applying a file does to one row.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Begins {
        /// What it is.
        kind: Kind,
        /// By which name the file has it.
        key: String,
        /// What the file says of it.
        to: Value,
    },
    /// It is gone.
    Ends {
        /// What it is.
        kind: Kind,
        /// By which name the file had it.
        key: String,
        /// What the file said of it.
        from: Value,
    },
    /// The old row ends and the new one begins, at one instant.
    Changes {
        /// What it is.
        kind: Kind,
        /// By which name the file has it.
        key: String,
        /// What the file said of it.
        from: Value,
        /// What the file says of it.
        to: Value,
    },
    /// The row stays as it is, and counts from an earlier time on.
    Earlier {
        /// What it is.
        kind: Kind,
        /// By which name the file has it.
        key: String,
        /// What the file says of it.
        to: Value,
    },
}

impl Change {
    /// The kind and key of the row that it is about.
    pub fn of(&self) -> (Kind, &str) {
        match self {
            Change::Begins { kind, key, .. }
            | Change::Ends { kind, key, .. }
            | Change::Changes { kind, key, .. }
            | Change::Earlier { kind, key, .. } => (*kind, key),
        }
    }
}

/// `+ coupon save10`, `- link ana`, `~ policy policy`: one change on one line, for people.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Begins { kind, key, to } => write!(f, "+ {kind} {key}: {to}"),
            Change::Ends { kind, key, from } => write!(f, "- {kind} {key}: {from}"),
            Change::Changes {
                kind,
                key,
                from,
                to,
            } => {
                write!(f, "~ {kind} {key}: {from} -> {to}")
            }
            Change::Earlier { kind, key, .. } => {
                write!(f, "~ {kind} {key}: counts from earlier on")
            }
        }
    }
}

/// What has to change so that the rows in force become the rows wanted, by kind and key.
///
/// Of the rows in force, it is told since when each counts. With a `since`, the rows wanted are to
/// count from then on at the latest.
pub fn difference(
    in_force: Vec<(Row, Instant)>,
    wanted: Vec<Row>,
    since: Option<Instant>,
) -> Vec<Change> {
    type Sides = (Option<(Value, Instant)>, Option<Value>);
    let mut rows: BTreeMap<(Kind, String), Sides> = BTreeMap::new();
    for (row, begins) in in_force {
        rows.entry((row.kind, row.key)).or_default().0 = Some((row.body, begins));
    }
    for row in wanted {
        rows.entry((row.kind, row.key)).or_default().1 = Some(row.body);
    }
    rows.into_iter()
        .filter_map(|((kind, key), sides)| match sides {
            (None, Some(to)) => Some(Change::Begins { kind, key, to }),
            (Some((from, _)), None) => Some(Change::Ends { kind, key, from }),
            (Some((from, _)), Some(to)) if from != to => Some(Change::Changes {
                kind,
                key,
                from,
                to,
            }),
            (Some((_, begins)), Some(to)) if since.is_some_and(|since| since < begins) => {
                Some(Change::Earlier { kind, key, to })
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(kind: Kind, key: &str, body: Value) -> Row {
        Row {
            kind,
            key: key.to_owned(),
            body,
        }
    }

    /// The rows in force, all of them since that millisecond.
    fn since(at: i64, rows: &[Row]) -> Vec<(Row, Instant)> {
        let begins = Instant::from_millis(at);
        rows.iter().map(|row| (row.clone(), begins)).collect()
    }

    #[test]
    fn an_unchanged_program_changes_nothing() {
        let rows = vec![
            row(Kind::Coupon, "a", json!({"affiliate": "ana"})),
            row(Kind::Link, "a", json!({"affiliate": "ana"})),
        ];
        for at in [None, Some(5), Some(6)] {
            let at = at.map(Instant::from_millis);
            assert_eq!(difference(since(5, &rows), rows.clone(), at), vec![]);
        }
    }

    #[test]
    fn a_row_that_is_to_count_from_before_it_began_does() {
        let rows = vec![row(Kind::Coupon, "a", json!({"affiliate": "ana"}))];
        let at = Some(Instant::from_millis(4));
        let changes = difference(since(5, &rows), rows, at);
        let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["~ coupon a: counts from earlier on"]);
    }

    #[test]
    fn what_is_gone_ends_what_is_new_begins_what_differs_changes() {
        let in_force = [
            row(Kind::Coupon, "gone", json!("ana")),
            row(Kind::Coupon, "moved", json!("ana")),
        ];
        let wanted = vec![
            row(Kind::Coupon, "moved", json!("ben")),
            row(Kind::Coupon, "new", json!("cleo")),
        ];
        let changes = difference(since(5, &in_force), wanted, None);
        let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "- coupon gone: \"ana\"",
                "~ coupon moved: \"ana\" -> \"ben\"",
                "+ coupon new: \"cleo\"",
            ]
        );
    }

    #[test]
    fn one_key_may_stand_in_two_kinds() {
        let coupon = [row(Kind::Coupon, "x", json!(1))];
        let tag = vec![row(Kind::Tag, "x", json!(1))];
        let changes = difference(since(5, &coupon), tag, None);
        assert_eq!(changes.len(), 2);
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::named("affiliates"), None);
    }
}
