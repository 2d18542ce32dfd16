//! The case of an order by what is known now, unless it is that of another time: of its first order, or
//! of when its customer was forgotten.

use waymark_attribution::{Case, standing_assignment};
use waymark_checkout::{Folded, Order};
use waymark_program::assignment::{Assigned, Assignments};
use waymark_program::case::{self, with_amounts_of};
use waymark_program::renewal::Renewal;
use worker::Result;

use super::customers::Customer;
use super::directory::AsOf;
use super::orders::{Key, Stored};
use crate::sql::Database;

pub struct LiveCase {
    /// Or why there is none.
    pub case: Result<String, String>,
    /// The customer's, if the case is by them.
    pub assignments: Option<Assignments>,
    /// What a person should know.
    pub flags: Vec<String>,
}

impl LiveCase {
    pub fn read(
        database: &Database,
        key: Key<'_>,
        folded: &Folded,
        order: &Order,
        stored: &Stored,
        renewal: Option<&Renewal>,
    ) -> Result<Self> {
        let mut flags = Vec::new();
        let of_then = |case: &str, flags| Self {
            case: with_amounts_of(case, order).map_err(|error| error.to_string()),
            assignments: None,
            flags,
        };
        if let (true, Some(case)) = (stored.erased, &stored.frozen_case) {
            return Ok(of_then(case, flags));
        }
        if let Some(renewal) = renewal {
            flags.extend(renewal.flag());
            if let Some(first) = &renewal.first {
                return Ok(of_then(&first.case, flags));
            }
        }
        let placed_at = order.snapshot.placed_at;
        let customer = Customer::of(key.source, &order.snapshot);
        let assignments = customer.assignments_since(database, key, placed_at)?;
        let in_force = assignments.in_force();
        flags.extend(Assignments::flag(&in_force));
        let build = |assigned| case::build(order, &folded.touches, assigned, &AsOf(database));
        let case = by_what_stands(build, &in_force)?.ok_or_else(|| {
            format!(
                "no policy was in force when the order was placed, at {placed_at}; apply the \
                 program with an earlier effective_at, then decide the order again"
            )
        });
        Ok(Self {
            case,
            assignments: Some(assignments),
            flags,
        })
    }
}

/// The case by the first assignment that has not lapsed; if all have, by the first, which says so.
fn by_what_stands(
    build: impl Fn(Option<Assigned>) -> Result<Option<String>>,
    in_force: &[Assigned],
) -> Result<Option<String>> {
    let mut in_force = in_force.iter().cloned();
    let first = build(in_force.next())?;
    if in_force.len() == 0 || first.as_deref().is_none_or(belongs) {
        return Ok(first);
    }
    for assigned in in_force {
        let next = build(Some(assigned))?;
        if next.as_deref().is_some_and(belongs) {
            return Ok(next);
        }
    }
    Ok(first)
}

/// Whether the customer of a case belongs to an affiliate.
fn belongs(case: &str) -> bool {
    let case = Case::from_json(case);
    case.is_ok_and(|case| standing_assignment(&case).is_some())
}
