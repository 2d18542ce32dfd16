#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::arithmetic_side_effects))]

mod apportion;
mod assign;
mod case;
mod claim;
mod commission;
mod decimal;
pub mod decision;
mod directory;
pub mod document;
mod english;
mod entries;
mod error;
pub mod explain;
mod gather;
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

pub use case::Case;
use decision::PolicyVersion;

pub use decision::Decision;
pub use entries::Entries;
pub use error::CaseError;
pub use explain::explain;
pub use method::{Method, TouchMethod};
pub use policy::Policy;
pub use policy_document::{AssignmentDocument, PolicyDocument};
pub use preset::PRESETS;
pub use text::Text;

/// Decides who is credited for an order, for how much, and why.
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
