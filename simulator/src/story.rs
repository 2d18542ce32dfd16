//! What a store, a shopper's browser and people say of one order, made up from random numbers.

use waymark_attribution::TouchMethod;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{
    BeaconFact, DisputeFact, DisputeState, OrderLine, OrderSnapshot, Payment, RefundFact,
    RefundedLine, TouchFact, VisitorFact,
};
use waymark_facts::ruling::{NamedClaim, Part, Ruling, RulingFact};
use waymark_facts::{Fact, FactKind};

use crate::random::Random;
use crate::rules::Rules;

/// When orders are placed, in Unix milliseconds: noon on 1 January 2026.
pub const PLACED_MS: i64 = 1_767_268_800_000;
const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

const SKUS: [Option<&str>; 4] = [Some("EARL-GREY"), Some("KETTLE"), Some("MUG"), None];
const COUPONS: [&str; 4] = ["BEN15", "ANA10", "CLEO5", "NOBODYS"];
const EMAILS: [&str; 3] = [
    "pat@shopper.example",
    "ana@teablog.example",
    "office@big.example",
];

/// Programs, by preset.
pub const PRESETS: [&str; 4] = ["last-click", "refersion", "affiliatly", "salesking"];

fn email_key() -> EmailKey {
    EmailKey::new(*b"a key of thirty-two bytes, or so")
}

/// A program with three affiliates, who can be credited by every method.
pub fn rules(preset: &str) -> Rules {
    let file = format!(
        r#"
name = "Kettle & Leaf"
home = "https://kettle.example/"
currency = "USD"
policy = {{ preset = "{preset}", self_referral = "review", rates = {{ default = {{ percent = "8" }}, coupon = {{ percent = "10" }} }} }}
settings = {{ hold = "14d", payout_minimum = {{ USD = "5.00" }} }}
coupons = {{ BEN15 = "ben", ANA10 = "ana", CLEO5 = "cleo" }}
tags = {{ vip = "cleo" }}
emails = {{ "office@big.example" = "ben" }}
skus = {{ EARL-GREY = {{ affiliate = "cleo", rate = {{ per_item = "1.50" }} }} }}

[affiliates]
ana = {{ name = "Ana", emails = ["ana@teablog.example"] }}
ben = {{ name = "Ben", rates = {{ link = {{ percent = "12" }} }} }}
cleo = {{ name = "Cleo" }}

[links]
ANA = {{ affiliate = "ana", url = "https://kettle.example/a" }}
BEN = {{ affiliate = "ben", url = "https://kettle.example/b" }}

[outbox]
hosts = ["hooks.example", "track.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]

[webhooks.mortal]
url = "https://hooks.example/other"
secrets = ["SHOP_HOOKS"]

[postbacks.ana]
url = "https://track.example/c?id={{transaction_id}}&event={{event_id}}&sum={{payout}}"
affiliate = "ana"
events = ["conversion.created", "conversion.changed", "conversion.reversed"]
"#
    );
    Rules::of(&file, &email_key())
}

/// What one call says: the facts that come to the program together.
pub type Call = Vec<Fact>;

/// All that is ever said of one order. The first call is the order as it was placed.
#[derive(Clone, Debug)]
pub struct Story {
    pub calls: Vec<Call>,
}

/// What a call may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Update,
    Refund,
    Cancelled,
    Deleted,
    Dispute,
    Coupon,
    Visitor,
    Beacon,
    Ruling,
}

const SUBJECTS: [Subject; 16] = [
    Subject::Update,
    Subject::Update,
    Subject::Update,
    Subject::Update,
    Subject::Refund,
    Subject::Refund,
    Subject::Refund,
    Subject::Refund,
    Subject::Dispute,
    Subject::Dispute,
    Subject::Cancelled,
    Subject::Deleted,
    Subject::Coupon,
    Subject::Visitor,
    Subject::Beacon,
    Subject::Ruling,
];

impl Story {
    /// Eight calls of every kind: an order, two updates, a refund with two states, a cancellation or
    /// a dispute, a visitor with touches, and a beacon or a ruling.
    pub fn of_eight(random: &mut Random) -> Self {
        let seventh = *random.pick(&[Subject::Cancelled, Subject::Dispute, Subject::Deleted]);
        let eighth = *random.pick(&[Subject::Beacon, Subject::Ruling, Subject::Coupon]);
        let subjects = [
            Subject::Update,
            Subject::Update,
            Subject::Refund,
            Subject::Refund,
            seventh,
            Subject::Visitor,
            eighth,
        ];
        Self::about(random, &subjects)
    }

    /// Up to eleven calls about anything. Rulings come through calls, too, if that is wanted.
    pub fn any(random: &mut Random, rulings: bool) -> Self {
        let count = random.below(11);
        let subjects: Vec<Subject> = (0..count)
            .map(|_| *random.pick(&SUBJECTS))
            .filter(|subject| rulings || *subject != Subject::Ruling)
            .collect();
        Self::about(random, &subjects)
    }

    fn about(random: &mut Random, subjects: &[Subject]) -> Self {
        let mut calls = vec![vec![order(random, 0)]];
        for subject in subjects {
            let name = calls.len();
            calls.push(call(random, *subject, name));
        }
        Self { calls }
    }

    /// Every fact, each once.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.calls.iter().flatten()
    }
}

/// A call of that kind; `name` tells it from the story's others.
fn call(random: &mut Random, subject: Subject, name: usize) -> Call {
    match subject {
        // Of two versions some have one time, as stores' clocks count seconds.
        Subject::Update => {
            let version = random.between(0, 4);
            vec![order(random, version)]
        }
        Subject::Refund => vec![refund(random)],
        Subject::Cancelled => vec![Fact::new(FactKind::Cancelled {
            at: after(random.between(1, 4)),
        })],
        Subject::Deleted => vec![Fact::new(FactKind::Deleted {
            at: random.chance(50).then(|| after(random.between(1, 4))),
        })],
        Subject::Dispute => vec![dispute(random)],
        Subject::Coupon => vec![Fact::new(FactKind::Coupon {
            code: (*random.pick(&COUPONS)).to_owned(),
        })],
        Subject::Visitor => {
            let visitor = FactKind::Visitor(VisitorFact {
                id: format!("visitor-{name}"),
            });
            let mut call = vec![Fact::new(visitor)];
            call.extend(touches(random, name).into_iter().map(touched));
            call
        }
        Subject::Beacon => vec![Fact::new(FactKind::Beacon(BeaconFact {
            visitor: format!("pseudonym-{name}"),
            at: after(random.between(-400, 90_000)),
            touches: touches(random, name),
        }))],
        Subject::Ruling => vec![ruling(random, name)],
    }
}

/// So many seconds after the order was placed.
fn after(seconds: i64) -> Instant {
    Instant::from_millis(PLACED_MS + seconds * SECOND)
}

fn usd() -> Currency {
    "USD".parse().expect("a currency")
}

fn cents(random: &mut Random, most: i64) -> Amount {
    Amount::from_minor(random.between(0, most))
}

fn order(random: &mut Random, version: i64) -> Fact {
    let lines = (0..random.below(4)).map(|place| OrderLine {
        id: place.to_string(),
        sku: random.pick(&SKUS).map(str::to_owned),
        quantity: u32::try_from(random.between(1, 4)).expect("a few"),
        amount: cents(random, 10_000),
    });
    let lines = lines.collect();
    let mut coupons: Vec<String> = Vec::new();
    for _ in 0..random.below(3) {
        let code = (*random.pick(&COUPONS)).to_owned();
        if !coupons.contains(&code) {
            coupons.push(code);
        }
    }
    let email = random.pick(&EMAILS);
    Fact::new(FactKind::Snapshot(OrderSnapshot {
        id: "1001".to_owned(),
        placed_at: after(0),
        updated_at: after(version),
        currency: match random.chance(4) {
            true => "CAD".parse().expect("a currency"),
            false => usd(),
        },
        test: random.chance(3),
        payment: match random.below(12) {
            0 => Payment::Awaited,
            1 => Payment::Failed,
            _ => Payment::Received,
        },
        subscription: None,
        taxes_included: random.chance(30),
        email: email_key().hash(email),
        customer_id: None,
        coupons,
        tags: match random.chance(15) {
            true => vec!["vip".to_owned()],
            false => Vec::new(),
        },
        customer_tags: Vec::new(),
        lines,
        discount: cents(random, 500),
        shipping: cents(random, 500),
        tax: cents(random, 500),
    }))
}

/// A state of one of two refunds.
fn refund(random: &mut Random) -> Fact {
    let lines = (0..random.below(3)).map(|place| RefundedLine {
        line: place.to_string(),
        quantity: u32::try_from(random.between(0, 3)).expect("a few"),
        amount: random.chance(60).then(|| cents(random, 4_000)),
        tax: cents(random, 100),
    });
    let lines = lines.collect();
    Fact::new(FactKind::Refund(RefundFact {
        id: format!("r{}", random.below(2)),
        at: random.chance(90).then(|| after(random.between(1, 4))),
        currency: usd(),
        lines,
        shipping: cents(random, 300),
        tax: cents(random, 300),
        unassigned: match random.chance(30) {
            true => cents(random, 9_000),
            false => Amount::ZERO,
        },
        gross: random.chance(50),
        withheld: match random.chance(20) {
            true => cents(random, 900),
            false => Amount::ZERO,
        },
        failed: random.chance(30),
    }))
}

fn dispute(random: &mut Random) -> Fact {
    Fact::new(FactKind::Dispute(DisputeFact {
        id: format!("d{}", random.below(2)),
        at: after(random.between(1, 4)),
        state: *random.pick(&[DisputeState::Open, DisputeState::Won, DisputeState::Lost]),
        currency: usd(),
        amount: cents(random, 9_000),
    }))
}

fn touches(random: &mut Random, visitor: usize) -> Vec<TouchFact> {
    (0..=random.below(2))
        .map(|place| TouchFact {
            id: format!("touch-{visitor}-{place}"),
            at: Instant::from_millis(PLACED_MS - random.between(1, 24 * 40) * HOUR),
            method: *random.pick(&[TouchMethod::Link, TouchMethod::Qr]),
            // The last is a number that the program never gave away.
            link: u32::try_from(random.below(3)).expect("a few"),
        })
        .collect()
}

pub fn touched(touch: TouchFact) -> Fact {
    Fact::new(FactKind::Touch(touch))
}

/// What the journey of a visitor knows besides what came with the order: always the same.
pub fn journey(visitor: &str) -> Vec<Fact> {
    let seed = visitor.bytes().map(u64::from).sum();
    let mut random = Random::new(seed);
    let mut touches = touches(&mut random, visitor.len());
    for touch in &mut touches {
        touch.id = format!("{visitor}-{}", touch.id);
    }
    touches.into_iter().map(touched).collect()
}

/// A person's ruling; one name, one content.
fn ruling(random: &mut Random, name: usize) -> Fact {
    let claim = |random: &mut Random| {
        let (affiliate, evidence) = *random.pick(&[("ben", "BEN15"), ("ana", "ANA10")]);
        NamedClaim {
            affiliate: affiliate.to_owned(),
            method: "coupon".to_owned(),
            evidence: evidence.to_owned(),
        }
    };
    let ruling = match random.below(4) {
        0 => Ruling::Deny,
        1 => Ruling::Accept {
            claim: claim(random),
        },
        2 => {
            let share_bp = u32::try_from(random.below(10_001)).expect("basis points");
            let parts = [share_bp, 10_000 - share_bp].map(|share_bp| Part {
                claim: claim(random),
                share_bp,
            });
            Ruling::Split {
                parts: parts.into(),
            }
        }
        _ => Ruling::Undo {
            id: format!("ruling-{}", random.below(name)),
        },
    };
    rules_on(name, after(random.between(1, 100)), ruling)
}

/// A ruling of that name.
pub fn rules_on(name: usize, at: Instant, ruling: Ruling) -> Fact {
    Fact::new(FactKind::Ruling(RulingFact {
        id: format!("ruling-{name}"),
        at,
        by: "Ida".to_owned(),
        reason: "she looked at it".to_owned(),
        ruling,
    }))
}
