//! A shop with a book in memory, and rules of its own that are simple enough to see through.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use waymark_attribution::Decision;
use waymark_attribution::money::Amount;
use waymark_attribution::time::{Duration, Instant};
use waymark_facts::ruling::{NamedClaim, Ruling, RulingFact};
use waymark_ledger::*;

pub const DAY: i64 = 86_400_000;

/// What is known of an order.
#[derive(Clone, Debug)]
pub struct Known {
    /// Affiliates credited by link, with their percents.
    pub links: Vec<(&'static str, i64)>,
    /// Whether a line is there whose SKU is Cleo's, whom the rules prefer to all links.
    pub cleos_line: bool,
    pub review: bool,
    /// In cents.
    pub price: i64,
    pub refunded: i64,
    pub cancelled: bool,
    pub currency: &'static str,
    pub conditions: Conditions,
}

impl Known {
    pub fn plain(links: &[(&'static str, i64)], price: i64) -> Self {
        Self {
            links: links.to_vec(),
            cleos_line: false,
            review: false,
            price,
            refunded: 0,
            cancelled: false,
            currency: "USD",
            conditions: Conditions {
                placed_at: Instant::from_millis(0),
                test: false,
                paid_for: true,
                refunded: false,
                holding: BTreeSet::new(),
                ruling: None,
                inherited: None,
            },
        }
    }

    /// Affiliate, method, evidence and percent of those whom the rules credit.
    fn credited(&self) -> Vec<(&'static str, &'static str, &'static str, i64)> {
        if self.cleos_line {
            return vec![("cleo", "sku", "S9", 20)];
        }
        let links = self.links.iter();
        links
            .map(|(affiliate, percent)| (*affiliate, "link", "t1", *percent))
            .collect()
    }

    /// The decision of these rules, and a ruling on it.
    pub fn ruled(&self, ruling: Option<&Ruling>) -> Ruled {
        let left = match self.cancelled {
            true => 0,
            false => self.price - self.refunded,
        };
        let conversion = |affiliate: &str, method: &str, evidence: &str, percent: Option<i64>| {
            let cents = left * percent.unwrap_or(0) / 100;
            json!({
                "affiliate": affiliate, "method": method, "evidence": evidence,
                "status": if percent.is_some() { "pending" } else { "unqualified" },
                "visible": percent.is_some(), "review": self.review && percent.is_some(),
                "share_bp": if percent.is_some() { 10_000 } else { 0 },
                "commission": format!("{}.{:02}", cents / 100, cents % 100), "lines": [],
            })
        };
        let mut conversions: Vec<_> = self
            .credited()
            .into_iter()
            .map(|(affiliate, method, evidence, percent)| {
                conversion(affiliate, method, evidence, Some(percent))
            })
            .collect();
        if self.cleos_line {
            let links = self.links.iter();
            conversions
                .extend(links.map(|(affiliate, _)| conversion(affiliate, "link", "t1", None)));
        }
        let decision = json!({
            "policy": { "name": "p", "version": 1 }, "order": "1", "review": self.review,
            "conversions": conversions, "assign": null, "trace": [],
        })
        .to_string();
        let decision = Decision::from_json(&decision).unwrap();
        ruled(&decision, self.currency.parse().unwrap(), ruling).unwrap()
    }

    /// What was known then, with the amounts of now.
    fn with_amounts_of(&self, now: &Known) -> Known {
        Known {
            cleos_line: now.cleos_line,
            price: now.price,
            refunded: now.refunded,
            cancelled: now.cancelled,
            ..self.clone()
        }
    }
}

/// An order of the shop.
#[derive(Clone, Debug)]
pub struct Order {
    pub known: Known,
    pub approval: Approval,
    /// What was known when it was approved.
    pub frozen: Option<Known>,
    pub flags: BTreeSet<Flag>,
}

#[derive(Clone, Debug)]
pub struct Conversion {
    pub order: usize,
    pub claim: Claim,
    pub terms: Terms,
    pub was_credited: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub conversion: usize,
    pub entry: Entry,
    pub payout: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Shop {
    pub now: i64,
    pub orders: Vec<Order>,
    pub conversions: Vec<Conversion>,
    pub entries: Vec<Kept>,
    pub payouts: Vec<(Draft, PayoutState)>,
}

impl Shop {
    pub fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// A shop with one order, just heard of.
    pub fn with(known: Known) -> Self {
        let mut shop = Shop::default();
        shop.add(known);
        shop
    }

    pub fn add(&mut self, known: Known) {
        self.orders.push(Order {
            known,
            approval: Approval::Open,
            frozen: None,
            flags: BTreeSet::new(),
        });
        let cause = self.cause(Reason::Changed);
        self.post(self.orders.len() - 1, &cause);
    }

    pub fn cause(&self, reason: Reason) -> Cause {
        Cause {
            reason,
            actor: Actor::Store,
            ..Cause::again(self.now())
        }
    }

    pub fn balance(&self, conversion: usize) -> i64 {
        let own = self.entries.iter().filter(|it| it.conversion == conversion);
        own.map(|it| it.entry.amount.minor()).sum()
    }

    pub fn booked(&self, order: usize) -> Vec<Booked> {
        let conversions = self.conversions.iter().enumerate();
        conversions
            .filter(|(_, it)| it.order == order)
            .map(|(number, it)| Booked {
                number: number as i64,
                claim: it.claim.clone(),
                terms: it.terms.clone(),
                balance: Amount::from_minor(self.balance(number)),
                was_credited: it.was_credited,
            })
            .collect()
    }

    pub fn decided(&self, order: usize) -> Decided {
        let Order {
            known,
            approval,
            frozen,
            ..
        } = &self.orders[order];
        let ruling = known.conditions.ruling.as_ref().map(|it| &it.ruling);
        let live = match known.conditions.test {
            true => Ruled::default(),
            false => known.ruled(ruling),
        };
        let frozen = match (approval, frozen) {
            (Approval::Approved(_), _) if known.conditions.test => Some(Ruled::default()),
            (Approval::Approved(approved), Some(frozen))
                if frozen.currency == known.currency || known.cancelled =>
            {
                let frozen = frozen.with_amounts_of(known);
                Some(frozen.ruled(approved.ruling.as_ref()))
            }
            _ => None,
        };
        Decided { live, frozen }
    }

    /// What posting the order now would add.
    pub fn posted(&self, order: usize, cause: &Cause) -> Posted {
        let Order {
            known, approval, ..
        } = &self.orders[order];
        let decided = self.decided(order);
        let booked = self.booked(order);
        post(booked, decided, &known.conditions, approval, cause).unwrap()
    }

    /// Posts the order; how many postings there were.
    pub fn post(&mut self, order: usize, cause: &Cause) -> usize {
        let Posted { postings, flags } = self.posted(order, cause);
        let step = match self.orders[order].approval.is_approved() {
            true => Step::Amounts,
            false => Step::Decision,
        };
        self.orders[order].flags = flags;
        let count = postings.len();
        self.apply(order, postings, step);
        count
    }

    /// Stores postings, all of which must be changes that the table of statuses allows.
    fn apply(&mut self, order: usize, postings: Vec<Posting>, step: Step) {
        for posting in postings {
            let was_credited = posting.is_ever_credited();
            let Posting {
                number,
                claim,
                was,
                terms,
                entry,
                was_credited: before,
            } = posting;
            let number = match number {
                Some(number) => number as usize,
                None => {
                    assert_eq!((was, before), (None, false));
                    assert!(!terms.status.is_payable(), "a conversion begins approved");
                    let terms = terms.clone();
                    self.conversions.push(Conversion {
                        order,
                        claim,
                        terms,
                        was_credited,
                    });
                    self.conversions.len() - 1
                }
            };
            if let Some(was) = was {
                assert_eq!(was, self.conversions[number].terms.status);
                assert!(
                    was == terms.status || was.may_become(terms.status, step),
                    "{was:?} became {:?} by {step:?}",
                    terms.status
                );
            }
            assert!(was_credited || !self.conversions[number].was_credited);
            self.conversions[number].terms = terms;
            self.conversions[number].was_credited = was_credited;
            self.entries.extend(entry.map(|entry| Kept {
                conversion: number,
                entry,
                payout: None,
            }));
        }
    }

    fn moved(&mut self, order: usize, moved: Moved, step: Step) {
        let Moved { approval, postings } = moved;
        assert!(postings.iter().all(|it| it.entry.is_none()));
        self.apply(order, postings, step);
        let order = &mut self.orders[order];
        order.frozen = approval.is_approved().then(|| order.known.clone());
        order.approval = approval;
    }

    pub fn due(&self, order: usize) -> Instant {
        let hold: Duration = "30d".parse().unwrap();
        let placed_at = self.orders[order].known.conditions.placed_at;
        due(placed_at, placed_at, hold)
    }

    pub fn approve_due(&mut self, order: usize) -> Result<(), Obstacle> {
        let Order {
            known, approval, ..
        } = &self.orders[order];
        let (booked, due) = (self.booked(order), self.due(order));
        let moved = approve_due(&booked, &known.conditions, approval, due, self.now())?;
        self.moved(order, moved, Step::Due);
        Ok(())
    }

    pub fn approve(&mut self, order: usize) -> Result<(), Obstacle> {
        let Order {
            known, approval, ..
        } = &self.orders[order];
        let booked = self.booked(order);
        let moved = approve(&booked, &known.conditions, approval, &ida(), self.now())?;
        self.moved(order, moved, Step::Approval);
        Ok(())
    }

    /// Takes an approval back; then the live decision counts.
    pub fn unapprove(&mut self, order: usize) -> Result<(), Final> {
        let in_payout = self
            .entries
            .iter()
            .any(|it| self.conversions[it.conversion].order == order && it.payout.is_some());
        let approval = &self.orders[order].approval;
        let moved = unapprove(&self.booked(order), approval, in_payout, &ida(), self.now())?;
        self.moved(order, moved, Step::Unapproval);
        let cause = self.cause(Reason::Changed);
        self.post(order, &cause);
        Ok(())
    }

    pub fn unpaid(&self) -> Vec<Unpaid> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(_, it)| it.payout.is_none())
            .map(|(number, it)| {
                let Conversion { claim, terms, .. } = &self.conversions[it.conversion];
                Unpaid {
                    entry: number as i64,
                    affiliate: claim.affiliate.clone(),
                    currency: claim.currency,
                    status: terms.status,
                    amount: it.entry.amount,
                }
            })
            .collect()
    }

    pub fn draft(&mut self, minimum: i64) {
        let drafts = draft(self.unpaid(), |_| Amount::from_minor(minimum)).unwrap();
        for draft in drafts {
            for entry in &draft.entries {
                let kept = &mut self.entries[*entry as usize];
                assert_eq!(kept.payout, None, "an entry is in two payouts");
                kept.payout = Some(self.payouts.len());
            }
            self.payouts.push((draft, PayoutState::Open));
        }
    }

    pub fn pay(&mut self, payout: usize) -> Result<(), PayoutOver> {
        self.payouts[payout].1 = self.payouts[payout].1.pay()?;
        let entries = self.entries.iter().filter(|it| it.payout == Some(payout));
        let conversions: BTreeSet<usize> = entries.map(|it| it.conversion).collect();
        for number in conversions {
            let order = self.conversions[number].order;
            let mut booked = self.booked(order);
            booked.retain(|it| it.number == number as i64);
            self.apply(order, paid_out(&booked), Step::Payout);
            assert_eq!(self.conversions[number].terms.status, Status::Paid);
        }
        Ok(())
    }

    pub fn cancel(&mut self, payout: usize) -> Result<(), PayoutOver> {
        self.payouts[payout].1 = self.payouts[payout].1.cancel()?;
        for kept in &mut self.entries {
            if kept.payout == Some(payout) {
                kept.payout = None;
            }
        }
        Ok(())
    }

    /// Status and cents of each conversion of an order, by affiliate.
    pub fn stands(&self, order: usize) -> BTreeMap<&str, (Status, i64)> {
        let conversions = self.conversions.iter().enumerate();
        conversions
            .filter(|(_, it)| it.order == order)
            .map(|(number, it)| {
                let affiliate = it.claim.affiliate.as_str();
                (affiliate, (it.terms.status, self.balance(number)))
            })
            .collect()
    }

    /// Cents and reason of every entry.
    pub fn journal(&self) -> Vec<(i64, Reason)> {
        let entries = self.entries.iter();
        entries
            .map(|it| (it.entry.amount.minor(), it.entry.reason))
            .collect()
    }
}

pub fn ida() -> Person {
    Person::new("Ida", "I looked at it").unwrap()
}

pub fn claim(affiliate: &str) -> NamedClaim {
    let (method, evidence) = match affiliate {
        "cleo" => ("sku", "S9"),
        _ => ("link", "t1"),
    };
    NamedClaim {
        affiliate: affiliate.to_owned(),
        method: method.to_owned(),
        evidence: evidence.to_owned(),
    }
}

pub fn rule(at: i64, ruling: Ruling) -> Option<RulingFact> {
    Some(RulingFact {
        id: format!("r{at}"),
        at: Instant::from_millis(at),
        by: "Max".to_owned(),
        reason: "that is right".to_owned(),
        ruling,
    })
}
