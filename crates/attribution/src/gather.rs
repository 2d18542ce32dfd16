//! Step 1: list every claim on the order, in canonical order.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::claim::{Claim, Claims};
use crate::directory::Named;
use crate::key::Key;
use crate::method::Method;
use crate::sorted::Sorted;
use crate::text::Text;
use crate::time::Instant;

/// Lists touches by time, coupons, the e-mail, SKUs, tags, and the assignment.
///
/// Codes, e-mails, SKUs and tags that the directory does not know give no claim, and one that
/// repeats gives one, with the spelling that came first.
pub(crate) fn gather<'c>(case: &'c Case<'c>) -> Claims<'c> {
    let order = &case.order;
    let directory = &case.directory;
    let mut claims = Vec::with_capacity(case.touches.len().saturating_add(8));
    claims.extend(
        case.touches
            .iter()
            .map(|touch| claim(&touch.affiliate, touch.method, &touch.id, touch.at)),
    );
    // Stable: touches of one moment keep the order of the list.
    claims.sort_by_key(|claim| claim.at);

    let at = order.placed_at;
    claims.extend(triggered(
        &directory.coupons,
        &order.coupons,
        Method::Coupon,
        at,
    ));
    claims.extend(order.email.iter().filter_map(|email| {
        let affiliate = directory.emails.get(email)?;
        Some(claim(affiliate, Method::Email, "email", at))
    }));
    let mut seen = BTreeSet::new();
    claims.extend(order.lines.iter().filter_map(|line| {
        let sku = line.sku.as_deref()?;
        let position = directory
            .skus
            .position(&sku.into())
            .filter(|position| seen.insert(*position))?;
        let trigger = directory.skus.at(position)?;
        Some(claim(&trigger.affiliate, Method::Sku, sku, at))
    }));
    claims.extend(triggered(&directory.tags, &order.tags, Method::Tag, at));
    claims.extend(case.assigned.iter().map(|assigned| {
        claim(
            &assigned.affiliate,
            Method::Assigned,
            "assigned",
            assigned.at,
        )
    }));
    Claims(claims)
}

/// The claims of codes or tags that the directory ties to an affiliate.
fn triggered<'c>(
    known: &'c Sorted<Key<'c>, Named<'c>>,
    spelt: &'c [Text<'c>],
    method: Method,
    at: Instant,
) -> impl Iterator<Item = Claim<'c>> {
    let mut seen = BTreeSet::new();
    spelt.iter().filter_map(move |evidence| {
        let position = known
            .position(&Key::new(evidence.as_borrowed())?)
            .filter(|position| seen.insert(*position))?;
        Some(claim(known.at(position)?, method, evidence, at))
    })
}

fn claim<'c>(
    affiliate: &'c Named<'c>,
    method: Method,
    evidence: &'c str,
    at: Instant,
) -> Claim<'c> {
    Claim {
        affiliate: &affiliate.id,
        known: affiliate.known,
        method,
        evidence,
        at,
        objection: None,
    }
}
