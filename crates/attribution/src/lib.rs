//! The rules of Waymark: one pure function from a case to a decision.
//!
//! A **case** is all that the rules need to know about one order: the program's policy, its
//! directory of affiliates, the customer, the touches, the order. A **decision** is what the rules
//! say about it: the conversions, the assignment to make, and the trace of every claim. There is no
//! clock, no randomness, no I/O and no floating point, so the same case gives the same bytes
//! natively, in the Worker, in Node and in a browser. `RULES.md` is the normative text.
//!
//! # The model in words
//!
//! An **affiliate** is whoever may be credited. A **touch** is one recorded visit by its link or scan of
//! its QR code. A **trigger** ties an order to an affiliate without a visit: a coupon code, an e-mail
//! address, a SKU, a tag. A customer may also be **assigned** to an affiliate. Each of these on an order
//! is a **claim**: one affiliate's call on the order through one **method**, with its evidence.
//!
//! The policy **ranks** methods in tiers, strongest first. Claims are screened one by one; of what is
//! eligible, each group of claims sends one pick; the strongest tier that has a pick wins; what
//! remains in it is settled as a tie. **Additive** methods are paid besides. What is credited becomes
//! a pending **conversion** with a commission, rounded once; what lost may be recorded as unqualified.
//!
//! ```text
//!  Case ─▶ gather ─▶ screen ─▶ pick ─▶ rank ─▶ split ─▶ commission ─▶ record ─▶ assign ─▶ Decision
//!          claims   eligible  one per  one     shares   earnings     conver-   whom the
//!          in order or why    group,   tier    in basis line by      sions     customer
//!                   not       others   wins    points   line                   belongs to
//!                             superseded
//! ```
//!
//! A claim carries the objection that was found against it, if any, and the claim that beat it.
//! A claim that has no objection after step 5 is credited. So each claim has exactly one outcome.
//!
//! # From rule to function
//!
//! | RULES.md | what it says | where |
//! |---|---|---|
//! | 2 | how a case is written | [`document`], [`PolicyDocument`] |
//! | 2 | what makes a case malformed | [`Case::from_json`], `Case::try_from`, `limits` |
//! | 2 | time, durations | [`time::Instant`], [`time::Duration`] |
//! | 2 | money, percentages | [`money::Currency::parse`], [`rate::Percent`] |
//! | 2 | currencies, and further ones | [`money::Currency`], [`Currencies`] |
//! | 2 | codes, tags and e-mails compare by their folded form | [`fold_text`], `key::Key` |
//! | 3 | fields of a policy, and which methods stand where | [`Policy::new`] |
//! | 3 | presets, defaults, overrides | [`PRESETS`], [`PolicyDocument::explicit`] |
//! | 4, step 1 | canonical order of claims | `gather::gather` |
//! | 4, step 2 | reasons 1 to 7; 8; 9 | `screen::own_reason`; `screen::refuse_coupons_without_touch`; `screen::stand_down` |
//! | 4, step 3 | one pick for each group | `pick::pick` |
//! | 4, step 4 | winning tier, duplicates, ties | `rank::rank`, `rank::Entrants`, `rank::winner` |
//! | 4, step 4 | which claim a `by` names | `rank::spokesman` |
//! | 4, step 5 | compressing, weights, shares | `split::compress`, `split::weights`, `split::share` |
//! | 4, step 6 | discount, refunds, cancellation | `commission::Remains` |
//! | 4, step 6 | which rate a line has, exclusions | `commission::Agreement` |
//! | 4, step 6 | rounding; the lines' shares | `commission::settle`, `apportion::apportion` |
//! | 4, step 7 | pending and unqualified conversions | `record::record` |
//! | 4, step 8 | sticky assignment; when a customer is free | `assign::assign`; [`standing_assignment`] |
//! | 5 | the decision as JSON | [`Decision`], [`Decision::to_json`] |
//! | 6 | what holds for every case | `tests/laws` |
//!
//! # One order under every preset
//!
//! Affiliate A's link was clicked three hours before the order, B's one hour before; the order used
//! coupon `SAVE10` of C and came from an e-mail address of D. Everybody earns 10 %.
//!
//! ```
//! # use waymark_attribution::{Case, resolve};
//! /// Who is credited by the preset, through what, and how much.
//! fn credited(preset: &str, customer: &str, tags: &str) -> Vec<String> {
//!     let json = format!(r#"{{
//!       "policy": {{ "preset": "{preset}", "rates": {{ "default": {{ "percent": "10" }} }} }},
//!       "directory": {{
//!         "affiliates": {{ "A": {{}}, "B": {{}}, "C": {{}}, "D": {{}}, "E": {{}}, "P": {{}} }},
//!         "coupons": {{ "SAVE10": "C" }}, "emails": {{ "buyer@y.test": "D" }}, "tags": {{ "vip": "E" }}
//!       }},
//!       "customer": {customer},
//!       "touches": [
//!         {{ "id": "t1", "at": "2026-01-04T09:00:00Z", "method": "link", "affiliate": "A" }},
//!         {{ "id": "t2", "at": "2026-01-04T11:00:00Z", "method": "link", "affiliate": "B" }}
//!       ],
//!       "order": {{
//!         "id": "1001", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD",
//!         "email": "buyer@y.test", "coupons": ["save10"], "tags": {tags},
//!         "lines": [{{ "quantity": 1, "amount": "80.00" }}]
//!       }}
//!     }}"#);
//!     let case = Case::from_json(&json).unwrap();
//!     let decision = resolve(&case);
//!     decision
//!         .conversions
//!         .iter()
//!         .filter(|conversion| conversion.visible)
//!         .map(|credit| format!("{} by {}: {}", credit.affiliate, credit.method, credit.commission))
//!         .collect()
//! }
//!
//! // Ours, and Refersion: the last link clicked, whatever else is tied to the order.
//! assert_eq!(credited("last-click", "{}", "[]"), ["B by link: 8.00"]);
//! assert_eq!(credited("refersion", "{}", "[]"), ["B by link: 8.00"]);
//!
//! // Refersion with another preferred type.
//! assert_eq!(credited("refersion-coupon", "{}", "[]"), ["C by coupon: 8.00"]);
//! assert_eq!(credited("refersion-email", "{}", "[]"), ["D by email: 8.00"]);
//!
//! // Affiliatly: a coupon overrides e-mail and links; a tag stands directly below or above it.
//! assert_eq!(credited("affiliatly", "{}", r#"["vip"]"#), ["C by coupon: 8.00"]);
//! assert_eq!(credited("affiliatly-tag-first", "{}", r#"["vip"]"#), ["E by tag: 8.00"]);
//!
//! // SalesKing: the customer stays with the agent of the first order.
//! let assigned = r#"{ "assigned": { "affiliate": "P", "at": "2025-12-01T00:00:00Z" } }"#;
//! assert_eq!(credited("salesking", assigned, "[]"), ["P by assigned: 8.00"]);
//! assert_eq!(credited("salesking", "{}", "[]"), ["C by coupon: 8.00"]);
//! ```
//!
//! # Where RULES.md leaves a choice
//!
//! * A currency without a minor unit in ISO 4217 (XAU, XXX) is refused: no order is paid in it.
//! * A leap second is the last millisecond before the next minute. Years run from 0000 to 9999.
//! * A policy that overrides one member of `assignment` keeps the preset's other member.
//! * An empty tier, an empty `rank`, and an empty name are allowed; a `half_life` of nothing is not.
//! * Evidence is a code's or tag's first spelling, white space included.
//! * `shipping` and `tax` have an entry wherever a percentage applies to them, even to nothing.
//! * Two refunds with one id both count; whoever builds the case tells repetitions apart.
//! * An assignment whose agent bought through itself still stands (step 8).

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::arithmetic_side_effects,
        reason = "a test that overflows has failed"
    )
)]

mod apportion;
mod assign;
mod case;
mod claim;
mod commission;
mod currencies;
mod decimal;
pub mod decision;
mod directory;
pub mod document;
mod english;
mod entries;
mod error;
pub mod explain;
mod gather;
mod json;
mod key;
mod limits;
mod method;
pub mod money;
mod order;
mod pick;
pub mod policy;
mod policy_document;
mod preset;
mod rank;
pub mod rate;
mod record;
mod screen;
mod sorted;
mod split;
mod terms;
pub mod text;
pub mod time;

pub use assign::standing_assignment;
pub use case::Case;
pub use currencies::Currencies;
use decision::PolicyVersion;

pub use decision::Decision;
pub use entries::Entries;
pub use error::CaseError;
pub use explain::explain;
pub use json::{from_json, read_json};
pub use key::fold_text;
pub use method::{Method, TouchMethod};
pub use policy::Policy;
pub use policy_document::{AssignmentDocument, PolicyDocument};
pub use preset::PRESETS;
pub use text::Text;

/// Decides who is credited for an order, for how much, and why: the eight steps of RULES.md, section 4.
///
/// It cannot fail: whatever is wrong with a case was refused when the [`Case`] was made. The
/// decision borrows its texts from the case.
pub fn resolve<'c>(case: &'c Case<'c>) -> Decision<'c> {
    let claims = gather::gather(case);
    let screened = screen::screen(case, claims);
    let picked = pick::pick(&case.policy, screened);
    let ranked = rank::rank(&case.policy, picked);
    let shared = split::split(case, ranked);
    let earnings = commission::commission(case, &shared);
    let conversions = record::record(case, &shared, earnings);
    let assign = assign::assign(case, &shared);
    Decision {
        policy: PolicyVersion {
            name: case.policy.name.as_borrowed(),
            version: case.policy.version,
        },
        order: case.order.id.as_borrowed(),
        review: shared.needs_review(),
        conversions,
        assign,
        trace: record::trace(shared.claims),
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::Config;

    /// How often a law is tried: 10 000 times, or as often as `PROPTEST_CASES` says.
    pub(crate) fn laws() -> Config {
        match std::env::var_os("PROPTEST_CASES") {
            Some(_) => Config::default(),
            None => Config::with_cases(10_000),
        }
    }
}
