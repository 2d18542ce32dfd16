//! The book: what is owed, as an append-only ledger.
//!
//! An order's decision, and what a person ruled about it, say what should be owed now; the book
//! knows what was booked before. [`post`] gives what has to be added so that the two agree:
//! conversions that are new, what changes about known ones, and one [`Entry`] for each amount that
//! differs. Nothing is edited, so the entries of a conversion tell its whole history, and their sum
//! is its balance, always.
//!
//! ```text
//! facts ─▶ case ─resolve─▶ decision ─ruled─▶ wanted ┐
//!                                                   ├─post─▶ postings, flags
//!                                  booked before ───┘
//! time, people ─approve_due, approve, unapprove─▶ statuses, the order's approval
//! payouts ─draft, paid_out─▶ which entries are paid, statuses
//! ```
//!
//! # Open and approved orders
//!
//! While nothing of an order is approved it is *open*: any fact may change who is credited and how
//! much. It is approved as a whole, when its hold period is over or a person says so, and is
//! *approved* from then on: who is credited stays, and facts change amounts only, by the case as it
//! was when it was approved. What would have moved credit is a [`Flag`] for a person, who can take
//! the approval back as long as no payout contains it. After that the credit is final, and what is
//! refunded becomes a negative entry, which lowers the next payout.
//!
//! # Two orders that turn out to be one
//!
//! Their facts make one order. What it is credited by is the approval of either, if one is approved;
//! if both are, that which was given first ([`Approval::prevails_over`]). What the other one had
//! booked is taken back ([`withdrawn`]), out of the next payout if it was paid. If neither is
//! approved, nothing has to be: the one decision on both settles what was booked twice.
//!
//! # Statuses
//!
//! A letter says what may bring a conversion from the status of the row to that of the column
//! ([`Status::may_become`]). Everything else never happens.
//!
//! | from \ to     | pending | held | approved | paid | denied | unqualified | reversed |
//! |---------------|:-------:|:----:|:--------:|:----:|:------:|:-----------:|:--------:|
//! | *new*         | D       | D    |          |      | D      | D           | D        |
//! | `pending`     | ·       | D    | U P      |      | D      | D           | D        |
//! | `held`        | D       | ·    | A P      | O    | D      | D           | D A      |
//! | `approved`    |         | A R  | ·        | O    |        |             | A        |
//! | `paid`        |         |      |          | ·    |        |             |          |
//! | `denied`      | D       | D    |          |      | ·      | D           | D        |
//! | `unqualified` | D       | D    |          |      | D      | ·           | D        |
//! | `reversed`    | D       | D A  | A        | O    | D      | D           | ·        |
//!
//! * **D**ecision: facts of an open order, a person's rulings among them. `held` if the decision
//!   asks for review and nobody ruled, if a fact holds the order ([`Conditions::holding`]), or
//!   since a person took the approval back; `denied` by a ruling; `reversed` if the decision does
//!   not name the conversion any more, or it earns nothing and something was refunded.
//! * **A**mounts: facts of an approved order. `reversed` if nothing is left of what was approved,
//!   `held` while a fact holds the order, such as a dispute: then it is in no payout. `approved`
//!   again when that is over.
//! * d**U**e: the hold period is over, the shopper has paid, nothing holds the order and nothing of
//!   it is held ([`approve_due`]).
//! * a**P**proval by a person, before its time and whatever holds the order ([`approve`]).
//! * unapp**R**oval by a person ([`unapprove`]).
//! * pay**O**ut: it was paid ([`paid_out`]), even if the conversion was reversed or held while the
//!   payout was open. What is paid stays paid; what is booked later is open.
//!
//! # An order's life
//!
//! ```
//! use waymark_attribution::money::Amount;
//! use waymark_attribution::time::Instant;
//! use waymark_attribution::{Case, resolve};
//! use waymark_ledger::*;
//!
//! /// What the rules want booked of an order of which so much was refunded.
//! fn wanted(refunded: &str) -> Result<Ruled, Box<dyn std::error::Error>> {
//!     let case = format!(r#"{{
//!       "policy": {{ "preset": "refersion", "rates": {{ "default": {{ "percent": "8" }} }} }},
//!       "directory": {{ "affiliates": {{ "ana": {{}} }}, "coupons": {{ "SAVE10": "ana" }} }},
//!       "order": {{ "id": "1001", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD",
//!         "coupons": ["SAVE10"], "lines": [{{ "quantity": 1, "amount": "100.00" }}],
//!         "refunds": [{{ "id": "r", "lines": [{{ "line": "0", "amount": "{refunded}" }}] }}] }}
//!     }}"#);
//!     Ok(ruled(&resolve(&Case::from_json(&case)?), "USD".parse()?, None)?)
//! }
//!
//! let placed_at: Instant = "2026-01-04T12:00:00Z".parse()?;
//! let mut order = Conditions {
//!     placed_at, test: false, paid_for: true, refunded: false,
//!     holding: [].into(), ruling: None, inherited: None,
//! };
//!
//! // The store says that there is an order.
//! let cause = Cause { actor: Actor::Store, ..Cause::again(placed_at) };
//! let decided = Decided { live: wanted("0.00")?, frozen: None };
//! let posted = post(vec![], decided, &order, &Approval::Open, &cause)?;
//! let [Posting { claim, terms, entry: Some(entry), .. }] = &posted.postings[..] else { panic!() };
//! assert_eq!((terms.status, entry.amount.minor()), (Status::Pending, 800));
//!
//! // 30 days later nothing was heard of it.
//! let mut booked = vec![Booked {
//!     number: 1, claim: claim.clone(), terms: terms.clone(), balance: entry.amount,
//!     was_credited: true,
//! }];
//! let due = due(placed_at, placed_at, "30d".parse()?);
//! let moved = approve_due(&booked, &order, &Approval::Open, due, due)?;
//! assert_eq!(moved.postings[0].terms.status, Status::Approved);
//! booked[0].terms = moved.postings[0].terms.clone();
//!
//! // It is paid out.
//! let unpaid = Unpaid {
//!     entry: 1, affiliate: "ana".into(), currency: "USD".parse()?,
//!     status: Status::Approved, amount: entry.amount,
//! };
//! let drafts = draft([unpaid], |_| Amount::from_minor(500))?;
//! assert_eq!((drafts[0].amount.minor(), &drafts[0].entries[..]), (800, &[1][..]));
//! booked[0].terms = paid_out(&booked)[0].terms.clone();
//!
//! // Half of it is refunded: taken back from the next payout.
//! order.refunded = true;
//! let cause = Cause { reason: Reason::Refunded, actor: Actor::Store, ..Cause::again(due) };
//! let decided = Decided { live: wanted("50.00")?, frozen: Some(wanted("50.00")?) };
//! let posted = post(booked, decided, &order, &moved.approval, &cause)?;
//! let entry = posted.postings[0].entry.as_ref().ok_or("no entry")?;
//! assert_eq!((entry.amount.minor(), entry.reason), (-400, Reason::Refunded));
//! assert_eq!(posted.postings[0].terms.status, Status::Paid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod actor;
mod after;
mod approval;
mod conditions;
mod conversion;
mod entry;
mod flag;
mod merge;
mod minor;
mod payout;
mod post;
mod ruled;
mod status;
mod sum;
mod wanted;

pub use actor::{Actor, Person, PersonError};
pub use after::after;
pub use approval::{Final, Moved, Obstacle, approvable, approve, approve_due, due, unapprove};
pub use conditions::{Approval, Approved, Conditions, Revoked};
pub use conversion::{Booked, Claim, Posting, Terms, Wanted};
pub use entry::{Cause, Entry, Reason};
pub use flag::Flag;
pub use merge::withdrawn;
pub use payout::{Draft, PayoutOver, PayoutState, Unpaid, draft, paid_out};
pub use post::{Decided, Posted, post};
pub use ruled::{Ruled, ruled};
pub use status::{Status, Step};
pub use sum::{MAX_SUM, TooLarge, add};
