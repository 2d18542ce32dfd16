//! What the book asks a person to look at.

use std::fmt;

use serde::{Deserialize, Serialize};
use waymark_facts::ruling::NamedClaim;

/// Something that the book did not do by itself. Like those of the facts, flags are found anew each
/// time an order is decided, and go away by themselves when they do not hold any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// The order is approved, and by what is known now others would be credited, or otherwise.
    WouldMoveCredit {
        /// The affiliates who would be credited.
        to: Vec<String>,
    },
    /// The order is approved, and its amounts of today change nothing about that.
    AmountsStay {
        /// Why, and what to do about it.
        why: String,
    },
    /// A person's ruling names a claim that the rules do not credit (any more).
    RulingNamesNoCreditedClaim {
        /// The claim that the ruling names.
        #[serde(flatten)]
        claim: NamedClaim,
    },
    /// The parts of a person's ruling do not sum to 10 000 basis points.
    RulingIsNotWhole {
        /// What its parts add up to, in basis points.
        sum_bp: u64,
    },
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WouldMoveCredit { to } => {
                let to = match to.as_slice() {
                    [] => "nobody".to_owned(),
                    to => to.join(", "),
                };
                write!(
                    f,
                    "the order is approved, so its credit stays; by what is known now it would go \
                     to {to}: take the approval back to let it, unless it is paid, or say that you \
                     have seen it"
                )
            }
            Self::AmountsStay { why } => f.write_str(why),
            Self::RulingNamesNoCreditedClaim { claim } => write!(
                f,
                "the ruling names {} by {} {}, whom the rules do not credit; rule again, or undo it",
                claim.affiliate, claim.method, claim.evidence
            ),
            Self::RulingIsNotWhole { sum_bp } => write!(
                f,
                "the ruling's parts sum to {sum_bp} basis points instead of 10000; rule again, or \
                 undo it"
            ),
        }
    }
}
