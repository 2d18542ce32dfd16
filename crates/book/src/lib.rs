//! The book: what is owed, as an append-only ledger.

#![forbid(unsafe_code)]

mod actor;
mod approval;
mod conversion;
mod entry;
mod flag;
mod payout;
mod post;
mod ruled;
mod standing;
mod status;
mod sum;
mod wanted;

pub use actor::{Actor, Person, PersonError};
pub use approval::{Final, Moved, Obstacle, approvable, approve, approve_due, due, unapprove};
pub use conversion::{Booked, Claim, Posting, Terms, Wanted};
pub use entry::{Cause, Entry, Reason};
pub use flag::Flag;
pub use payout::{Draft, PayoutOver, PayoutState, Unpaid, draft, paid_out};
pub use post::{Decided, Posted, post};
pub use ruled::{Ruled, ruled};
pub use standing::{Circumstances, Settled, Standing, Stopped};
pub use status::{Status, Step};
pub use sum::{LARGEST_SUM, TooLarge, add};
