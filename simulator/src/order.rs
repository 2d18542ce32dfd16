//! One order in the book: facts in, decision and entries out, as in the Worker's `src/program/`.
//!
//! Without customers' assignments and subscriptions, which tie orders to each other.

use std::collections::BTreeMap;

use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_attribution::{Case, resolve};
use waymark_facts::ruling::Ruling;
use waymark_facts::{Fact, Folded, Order as Told, fold};
use waymark_ledger::{
    Actor, Booked, Cause, Circumstances, Claim, Decided, Entry, Moved, Obstacle, Posting, Ruled,
    Standing, Status, Terms, approvable, due, post, ruled,
};
use waymark_program::case::{self, with_amounts_of};

use crate::rules::Rules;

/// What became of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The order itself was not heard of yet.
    #[default]
    Waiting,
    Undecided(String),
    Test,
    Decided,
}

/// An order, as it is stored.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// By key, as storage keeps them.
    pub facts: BTreeMap<String, Fact>,
    pub standing: Standing,
    /// The case as it was when the order was approved.
    pub frozen_case: Option<String>,
    pub state: State,
    pub flags: Vec<String>,
    pub case: Option<String>,
    pub decision: Option<String>,
    /// When it was first heard of.
    pub heard_at: Option<Instant>,
    /// When it is approved by itself.
    pub due: Option<Instant>,
    pub conversions: Vec<Conversion>,
    /// The order's visitors, and whether their journeys were read.
    pub journeys: BTreeMap<String, bool>,
}

#[derive(Clone, Debug)]
pub struct Conversion {
    pub number: i64,
    pub claim: Claim,
    pub terms: Terms,
    pub entries: Vec<Kept>,
    /// Whether its affiliate was ever credited.
    pub was_credited: bool,
}

/// An entry, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
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
}

/// What is found of an order by its facts alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub state: State,
    pub flags: Vec<String>,
    pub case: Option<String>,
    pub decision: Option<String>,
    to_book: Option<(Decided, Circumstances)>,
}

struct Verdict {
    case: String,
    decision: String,
    ruled: Ruled,
}

fn verdict(case: String, order: &Told, ruling: Option<&Ruling>) -> Result<Verdict, String> {
    let parsed = Case::from_json(&case).map_err(|error| error.to_string())?;
    let decision = resolve(&parsed);
    let ruled = ruled(&decision, order.snapshot.currency, ruling).map_err(|it| it.to_string())?;
    let decision = decision.to_json();
    Ok(Verdict {
        case,
        decision,
        ruled,
    })
}

impl Found {
    /// For a settled order: what its case as it was approved gives now.
    pub fn frozen(&self) -> Option<&Ruled> {
        self.to_book.as_ref()?.0.frozen.as_ref()
    }

    /// What the facts of an order with that standing come to.
    pub fn of(
        rules: &Rules,
        folded: &Folded,
        standing: &Standing,
        frozen_case: Option<&str>,
    ) -> Self {
        let mut found = Found {
            state: State::Waiting,
            flags: folded.flags.iter().map(ToString::to_string).collect(),
            case: None,
            decision: None,
            to_book: None,
        };
        let (Some(order), Some(circumstances)) = (&folded.order, Circumstances::of(folded)) else {
            return found;
        };
        let ruling = circumstances.ruling.as_ref().map(|fact| &fact.ruling);
        let live = case::build(order, &folded.touches, None, rules)
            .expect("rows that can be read")
            .expect("a policy");
        let live = verdict(live, order, ruling);
        let frozen = match (standing, frozen_case) {
            (Standing::Settled(settled), Some(case)) => Some(
                with_amounts_of(case, order)
                    .map_err(|error| error.to_string())
                    .and_then(|case| verdict(case, order, settled.ruling.as_ref())),
            ),
            _ => None,
        };
        let test = circumstances.test;
        let decided = match (&live, &frozen) {
            (Ok(live), frozen) => Decided {
                live: match test {
                    true => Ruled::default(),
                    false => live.ruled.clone(),
                },
                frozen: frozen
                    .as_ref()
                    .and_then(|it| Some(it.as_ref().ok()?.ruled.clone())),
            },
            (Err(_), Some(Ok(frozen))) => Decided {
                live: frozen.ruled.clone(),
                frozen: Some(frozen.ruled.clone()),
            },
            (Err(reason), _) => {
                found.state = State::Undecided(reason.clone());
                return found;
            }
        };
        if let Some(shown) = frozen.and_then(Result::ok).or(live.ok()) {
            found.case = Some(shown.case);
            found.decision = Some(shown.decision);
        }
        found.state = match test {
            true => State::Test,
            false => State::Decided,
        };
        found.to_book = Some((decided, circumstances));
        found
    }
}

impl Order {
    /// The order by these facts alone, heard all at once by a program that knew nothing of it.
    pub fn at_once<'f>(rules: &Rules, facts: impl IntoIterator<Item = &'f Fact>) -> Self {
        let mut order = Order::default();
        let facts: Vec<Fact> = facts.into_iter().cloned().collect();
        let cause = Cause::of(&order.hear(&facts), Instant::from_millis(0));
        order.settle(rules, &cause, &mut Numbers::default());
        order
    }

    /// Keeps the facts that are news; those.
    pub fn hear(&mut self, facts: &[Fact]) -> Vec<Fact> {
        let mut news = Vec::new();
        for fact in facts {
            if !self.facts.contains_key(&fact.key) {
                self.facts.insert(fact.key.clone(), fact.clone());
                news.push(fact.clone());
            }
        }
        news
    }

    /// Decides the order by all of its facts, and brings the book up to that: what was added, with
    /// the numbers of the conversions.
    pub fn settle(
        &mut self,
        rules: &Rules,
        cause: &Cause,
        numbers: &mut Numbers,
    ) -> Vec<(i64, Posting)> {
        let folded = fold(self.facts.values());
        let found = Found::of(rules, &folded, &self.standing, self.frozen_case.as_deref());
        self.book(rules, &found, cause, numbers)
    }

    /// Brings the book up to what was found.
    pub fn book(
        &mut self,
        rules: &Rules,
        found: &Found,
        cause: &Cause,
        numbers: &mut Numbers,
    ) -> Vec<(i64, Posting)> {
        self.state = found.state.clone();
        self.flags.clone_from(&found.flags);
        self.case.clone_from(&found.case);
        self.decision.clone_from(&found.decision);
        self.due = None;
        let heard_at = *self.heard_at.get_or_insert(cause.at);
        let Some((decided, circumstances)) = &found.to_book else {
            return Vec::new();
        };
        let posted = post(
            self.booked(),
            decided.clone(),
            circumstances,
            &self.standing,
            cause,
        );
        let posted = posted.expect("sums that can be stored");
        let added = self.add(posted.postings, numbers);
        self.flags
            .extend(posted.flags.iter().map(ToString::to_string));
        let due = due(circumstances.placed_at, heard_at, rules.hold());
        let obstacle = approvable(&self.booked(), circumstances, &self.standing, due, cause.at);
        self.due = matches!(obstacle, Ok(()) | Err(Obstacle::NotDue(_))).then_some(due);
        added
    }

    /// Stores postings. Each has to be a step that may follow on what is stored.
    pub fn add(&mut self, postings: Vec<Posting>, numbers: &mut Numbers) -> Vec<(i64, Posting)> {
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
                conversion.entries.push(Kept {
                    number: numbers.entry,
                    entry: entry.clone(),
                    payout: None,
                    late: was == Some(Status::Paid),
                });
            }
            added.push((conversion.number, posting));
        }
        added
    }

    /// Stores what an approval, or taking it back, changes.
    pub fn keep(&mut self, moved: Moved, numbers: &mut Numbers) -> Vec<(i64, Posting)> {
        let added = self.add(moved.postings, numbers);
        self.frozen_case = moved
            .standing
            .is_settled()
            .then(|| self.frozen_case.take().or(self.case.clone()))
            .flatten();
        self.standing = moved.standing;
        self.due = None;
        added
    }

    pub fn booked(&self) -> Vec<Booked> {
        self.conversions.iter().map(Conversion::booked).collect()
    }

    pub fn circumstances(&self) -> Option<Circumstances> {
        Circumstances::of(&fold(self.facts.values()))
    }

    /// What the order's lines come to.
    pub fn amount(&self) -> Amount {
        let order = fold(self.facts.values()).order;
        let lines = order.iter().flat_map(|order| &order.snapshot.lines);
        Amount::from_minor(lines.map(|line| line.amount.minor()).sum())
    }

    /// What must be the same however the facts came. Conversions that no decision names any more
    /// are no part of it: they tell what was thought meanwhile, and are worth nothing.
    pub fn end_state(&self) -> EndState {
        let withdrawn =
            |it: &&Conversion| it.terms.status == Status::Reversed && it.terms.share_bp == 0;
        let book = self.conversions.iter().filter(|it| !withdrawn(it));
        let book: Vec<_> = book.map(|it| (it.name(), it.line())).collect();
        let count = book.len();
        let book: BTreeMap<String, String> = book.into_iter().collect();
        assert_eq!(book.len(), count, "a conversion is there twice: {book:?}");
        for conversion in self.conversions.iter().filter(withdrawn) {
            assert_eq!(conversion.balance(), 0, "withdrawn, and still owed");
        }
        EndState {
            state: self.state.clone(),
            flags: self.flags.clone(),
            case: self.case.clone(),
            decision: self.decision.clone(),
            due: self.due,
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
        entries.map(|kept| kept.entry.amount.minor()).sum()
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
