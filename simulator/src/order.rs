//! One order, as it is stored: its facts, what became of it, and its part of the ledger.

use std::collections::BTreeMap;

use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::Fact;
use waymark_ledger::{Actor, Booked, Cause, Claim, Entry, Moved, Posting, Status, Terms};
use waymark_orders::assignment::Changes;
use waymark_orders::{Decided, Kept, Known, Row, State, Stored};

/// An order, as it is stored.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// By key, as storage keeps them.
    pub facts: BTreeMap<String, Fact>,
    pub stored: Stored,
    /// As it was last decided.
    pub row: Option<Row>,
    /// What was to become of the customer then.
    pub customer: Changes,
    pub conversions: Vec<Conversion>,
    /// The order's visitors, and whether their journeys were read.
    pub journeys: BTreeMap<String, bool>,
}

#[derive(Clone, Debug)]
pub struct Conversion {
    pub number: i64,
    pub claim: Claim,
    pub terms: Terms,
    pub entries: Vec<Written>,
    /// Whether its affiliate was ever credited.
    pub was_credited: bool,
}

/// An entry, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub number: i64,
    pub entry: Entry,
    pub payout: Option<i64>,
    /// Booked after its conversion was paid.
    pub late: bool,
}

/// The numbers that the next rows will have.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    pub conversion: i64,
    pub entry: i64,
    pub assignment: i64,
}

impl Order {
    /// All that is kept of it.
    pub fn kept(&self) -> Kept {
        Kept {
            facts: self.facts.values().cloned().collect(),
            stored: self.stored.clone(),
            booked: self.booked(),
        }
    }

    pub fn known(&self) -> Known {
        self.kept().into()
    }

    pub fn booked(&self) -> Vec<Booked> {
        self.conversions.iter().map(Conversion::booked).collect()
    }

    pub fn state(&self) -> State {
        self.row.as_ref().map_or(State::Waiting, |row| row.state)
    }

    /// When it is approved by itself.
    pub fn due(&self) -> Option<Instant> {
        self.stored.due_at
    }

    /// Writes what was decided; what was added to the ledger, with the numbers of the conversions.
    pub fn write(
        &mut self,
        decided: &Decided,
        now: Instant,
        numbers: &mut Numbers,
    ) -> Vec<(i64, Posting)> {
        let Some(row) = &decided.row else {
            return Vec::new();
        };
        self.stored.first_seen_at.get_or_insert(now);
        self.stored.state = row.state;
        self.stored.problem.clone_from(&row.problem);
        self.stored.review = row.review;
        self.stored.due_at = row.due_at;
        self.stored.placed_at = row.placed_at;
        self.row = Some(row.clone());
        self.customer.clone_from(&decided.assignments);
        self.post(&decided.postings, numbers)
    }

    /// Writes what an approval, or taking it back, changes.
    pub fn write_moved(&mut self, moved: &Moved, numbers: &mut Numbers) -> Vec<(i64, Posting)> {
        let added = self.post(&moved.postings, numbers);
        let approved = moved.approval.is_approved();
        let case = self.row.as_ref().and_then(|row| row.case.clone());
        let stored = &mut self.stored;
        stored.frozen_case = match approved || stored.erased {
            true => stored.frozen_case.take().or(case),
            false => None,
        };
        stored.approval = moved.approval.clone();
        stored.due_at = None;
        stored.review = !approved;
        if approved {
            self.acknowledge();
        }
        added
    }

    /// A person has seen the flags.
    pub fn acknowledge(&mut self) {
        self.stored.review = false;
        let flags = self.row.iter().flat_map(|row| &row.flags);
        self.stored.acknowledged = flags.cloned().collect();
    }

    /// Stores postings. Each has to be a step that may follow on what is stored.
    pub fn post(&mut self, postings: &[Posting], numbers: &mut Numbers) -> Vec<(i64, Posting)> {
        let mut added = Vec::new();
        for posting in postings {
            let place = match posting.number {
                Some(number) => self
                    .conversions
                    .iter()
                    .position(|it| it.number == number)
                    .expect("a known conversion"),
                None => {
                    numbers.conversion += 1;
                    self.conversions.push(Conversion {
                        number: numbers.conversion,
                        claim: posting.claim.clone(),
                        terms: posting.terms.clone(),
                        entries: Vec::new(),
                        was_credited: false,
                    });
                    self.conversions.len() - 1
                }
            };
            let conversion = &mut self.conversions[place];
            let was = posting.number.map(|_| conversion.terms.status);
            assert_eq!(posting.was, was, "where the conversion stood");
            conversion.terms = posting.terms.clone();
            conversion.was_credited = posting.is_ever_credited();
            if let Some(entry) = &posting.entry {
                numbers.entry += 1;
                conversion.entries.push(Written {
                    number: numbers.entry,
                    entry: entry.clone(),
                    payout: None,
                    late: was == Some(Status::Paid),
                });
            }
            added.push((conversion.number, posting.clone()));
        }
        added
    }

    /// What must be the same however the facts came. Conversions that no decision names any more
    /// are no part of it: they tell what was thought meanwhile, and are worth nothing. Nor is what is
    /// said of the customer, since an assignment that was once made stays.
    pub fn end_state(&self) -> EndState {
        let withdrawn = |it: &&Conversion| {
            matches!(it.terms.status, Status::Reversed | Status::Paid) && it.terms.share_bp == 0
        };
        let book = self.conversions.iter().filter(|it| !withdrawn(it));
        let book: Vec<_> = book.map(|it| (it.name(), it.line())).collect();
        let count = book.len();
        let book: BTreeMap<String, String> = book.into_iter().collect();
        assert_eq!(book.len(), count, "a conversion is there twice: {book:?}");
        for conversion in self.conversions.iter().filter(withdrawn) {
            assert_eq!(conversion.balance(), 0, "withdrawn, and still owed");
        }
        let row = self.row.as_ref();
        let flags = row.iter().flat_map(|row| &row.flags);
        let flags = flags.filter(|flag| !self.customer.flags.contains(flag));
        EndState {
            state: self.state(),
            problem: row.and_then(|row| row.problem.clone()),
            flags: flags.cloned().collect(),
            case: row.and_then(|row| row.case.clone()),
            decision: row.and_then(|row| row.decision.clone()),
            due: self.due(),
            book,
        }
    }

    /// The book, such as `ana link 6.56 pending`.
    pub fn lines(&self) -> Vec<String> {
        let line = |it: &Conversion| {
            let balance = it.claim.currency.format(Amount::from_minor(it.balance()));
            let Claim {
                affiliate, method, ..
            } = &it.claim;
            format!(
                "{affiliate} {method} {balance} {}",
                it.terms.status.as_str()
            )
        };
        self.conversions.iter().map(line).collect()
    }
}

/// What must be the same however the facts came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndState {
    pub state: State,
    pub problem: Option<String>,
    pub flags: Vec<String>,
    pub case: Option<String>,
    pub decision: Option<String>,
    pub due: Option<Instant>,
    /// By conversion: status, share and balance.
    pub book: BTreeMap<String, String>,
}

impl Conversion {
    /// The sum of its entries, in minor units.
    pub fn balance(&self) -> i64 {
        let entries = self.entries.iter();
        entries.map(|written| written.entry.amount.minor()).sum()
    }

    pub fn booked(&self) -> Booked {
        Booked {
            number: self.number,
            claim: self.claim.clone(),
            terms: self.terms.clone(),
            balance: Amount::from_minor(self.balance()),
            was_credited: self.was_credited,
        }
    }

    /// What tells the order's conversions apart.
    fn name(&self) -> String {
        let Claim {
            affiliate,
            method,
            evidence,
            currency,
        } = &self.claim;
        format!("{affiliate} {method} {evidence} {}", currency.code())
    }

    fn line(&self) -> String {
        let Terms {
            status,
            reason,
            visible,
            review,
            share_bp,
        } = &self.terms;
        let balance = self.balance();
        format!(
            "{} {reason:?} {visible} {review} {share_bp} {balance}",
            status.as_str()
        )
    }
}

/// A store's call as a cause.
pub fn by_store(at: Instant) -> Cause {
    Cause {
        actor: Actor::Store,
        ..Cause::again(at)
    }
}
