//! What a store, a shopper's browser and people say of one order, made up from random numbers.

use waymark_attribution::TouchMethod;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{
    BeaconFact, DisputeFact, DisputeState, OrderLine, OrderSnapshot, Payment, RefundDetail,
    RefundFact, RefundedLine, Subscription, TouchFact, VisitorFact,
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
#[derive(Clone, Debug)]
pub struct Call {
    /// The id by which it speaks of the order.
    pub order_id: String,
    /// Other names of it that the call knows.
    pub other_names: Vec<String>,
    pub facts: Vec<Fact>,
}

/// All that is ever said of one order. The first call is the order as it was placed.
#[derive(Clone, Debug)]
pub struct Story {
    pub calls: Vec<Call>,
}

/// Of which order a story is.
#[derive(Clone, Debug)]
struct Of {
    /// Tells it from the other stories of its world.
    number: usize,
    /// In milliseconds.
    placed_at: i64,
    subscription: Option<Subscription>,
    /// Whether its customers have ids, and its calls speak of it by several names, as Stripe's do of a
    /// session, an invoice and their payment.
    in_company: bool,
}

impl Of {
    /// So many seconds after the order was placed.
    fn after(&self, seconds: i64) -> Instant {
        Instant::from_millis(self.placed_at + seconds * SECOND)
    }
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
        Self::about(random, &Of::alone(), &subjects)
    }

    /// Stories of one world: of orders that share customers, and of a subscription's orders. No person's
    /// ruling comes through their calls.
    pub fn of_a_world(random: &mut Random, count: usize) -> Vec<Self> {
        let renewing = random.below(count);
        let stories = (0..count).map(|number| {
            let day = random.between(0, 10);
            let of = Of {
                number,
                placed_at: PLACED_MS - day * 24 * HOUR,
                subscription: (number <= renewing).then(|| Subscription {
                    id: "sub".to_owned(),
                    renewal: number > 0,
                }),
                in_company: true,
            };
            Self::anything(random, &of, false)
        });
        stories.collect()
    }

    /// Up to eleven calls about anything. Rulings come through calls, too, if that is wanted.
    pub fn any(random: &mut Random, rulings: bool) -> Self {
        Self::anything(random, &Of::alone(), rulings)
    }

    fn anything(random: &mut Random, of: &Of, rulings: bool) -> Self {
        let count = random.below(11);
        let subjects: Vec<Subject> = (0..count)
            .map(|_| *random.pick(&SUBJECTS))
            .filter(|subject| rulings || *subject != Subject::Ruling)
            .collect();
        Self::about(random, of, &subjects)
    }

    fn about(random: &mut Random, of: &Of, subjects: &[Subject]) -> Self {
        let names = of.in_company && random.chance(40);
        let placed = vec![order(random, of, 0)];
        let mut calls = vec![said(random, of, names, placed)];
        for subject in subjects {
            let facts = call(random, of, *subject, calls.len());
            calls.push(said(random, of, names, facts));
        }
        Self { calls }
    }

    /// Every fact, each once.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.calls.iter().flat_map(|call| &call.facts)
    }
}

impl Of {
    /// An order that nothing else bears on.
    fn alone() -> Self {
        Self {
            number: 0,
            placed_at: PLACED_MS,
            subscription: None,
            in_company: false,
        }
    }
}

/// The call that says so, by one of the order's names. All of them lead to one order once all calls
/// were heard.
fn said(random: &mut Random, of: &Of, names: bool, facts: Vec<Fact>) -> Call {
    let name = |kind: &str| format!("{kind}-{}", of.number);
    let is_order = facts
        .iter()
        .any(|fact| matches!(fact.kind, FactKind::Snapshot(_)));
    let (kind, knows_payment) = match random.below(4) {
        _ if !names => ("order", false),
        0 if !is_order => ("payment", false),
        0 | 1 => ("invoice", true),
        _ => ("order", true),
    };
    Call {
        order_id: name(kind),
        other_names: knows_payment.then(|| name("payment")).into_iter().collect(),
        facts,
    }
}

/// What is said in a call of that kind; `name` tells it from the story's others.
fn call(random: &mut Random, of: &Of, subject: Subject, name: usize) -> Vec<Fact> {
    match subject {
        // Of two versions some have one time, as stores' clocks count seconds.
        Subject::Update => {
            let version = random.between(0, 4);
            vec![order(random, of, version)]
        }
        Subject::Refund => vec![refund(random, of)],
        Subject::Cancelled => vec![Fact::new(FactKind::Cancelled {
            at: of.after(random.between(1, 4)),
        })],
        Subject::Deleted => vec![Fact::new(FactKind::Deleted {
            at: random.chance(50).then(|| of.after(random.between(1, 4))),
        })],
        Subject::Dispute => vec![dispute(random, of)],
        Subject::Coupon => vec![Fact::new(FactKind::Coupon {
            code: (*random.pick(&COUPONS)).to_owned(),
        })],
        Subject::Visitor => {
            let visitor = FactKind::Visitor(VisitorFact {
                id: format!("visitor-{}-{name}", of.number),
            });
            let mut call = vec![Fact::new(visitor)];
            call.extend(touches(random, of, name).into_iter().map(touched));
            call
        }
        Subject::Beacon => vec![Fact::new(FactKind::Beacon(BeaconFact {
            visitor: format!("pseudonym-{name}"),
            at: of.after(random.between(-400, 90_000)),
            touches: touches(random, of, name),
        }))],
        Subject::Ruling => vec![ruling(random, of, name)],
    }
}

fn usd() -> Currency {
    "USD".parse().expect("a currency")
}

fn cents(random: &mut Random, most: i64) -> Amount {
    Amount::from_minor(random.between(0, most))
}

fn order(random: &mut Random, of: &Of, version: i64) -> Fact {
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
        id: format!("{}", 1001 + of.number),
        placed_at: of.after(0),
        updated_at: of.after(version),
        currency: match random.chance(4) {
            true => "CAD".parse().expect("a currency"),
            false => usd(),
        },
        // What begins or renews a subscription of a test is one throughout.
        test: random.chance(3) && of.subscription.is_none(),
        payment: match random.below(12) {
            0 => Payment::Awaited,
            1 => Payment::Failed,
            _ => Payment::Received,
        },
        // Some versions do not say it.
        subscription: of.subscription.clone().filter(|_| random.chance(90)),
        taxes_included: random.chance(30),
        email: email_key().hash(email),
        customer_id: (of.in_company && random.chance(60))
            .then(|| format!("customer-{}", random.below(3))),
        coupons,
        tags: Vec::from_iter(random.chance(15).then(|| "vip".to_owned())),
        customer_tags: Vec::new(),
        lines,
        discount: cents(random, 500),
        shipping: cents(random, 500),
        tax: cents(random, 500),
        refunds: None,
        restates: false,
        notes: Default::default(),
        goods_left: None,
    }))
}

/// A state of one of two refunds.
fn refund(random: &mut Random, of: &Of) -> Fact {
    let lines = (0..random.below(3)).map(|place| RefundedLine {
        line: place.to_string(),
        quantity: u32::try_from(random.between(0, 3)).expect("a few"),
        amount: random.chance(60).then(|| cents(random, 4_000)),
        tax: cents(random, 100),
    });
    let lines = lines.collect();
    Fact::new(FactKind::Refund(RefundFact {
        id: format!("r{}", random.below(2)),
        at: random.chance(90).then(|| of.after(random.between(1, 4))),
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
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    }))
}

fn dispute(random: &mut Random, of: &Of) -> Fact {
    Fact::new(FactKind::Dispute(DisputeFact {
        of: None,
        id: format!("d{}", random.below(2)),
        at: of.after(random.between(1, 4)),
        state: *random.pick(&[DisputeState::Open, DisputeState::Won, DisputeState::Lost]),
        currency: usd(),
        amount: cents(random, 9_000),
    }))
}

fn touches(random: &mut Random, of: &Of, visitor: usize) -> Vec<TouchFact> {
    (0..=random.below(2))
        .map(|place| TouchFact {
            id: format!("touch-{}-{visitor}-{place}", of.number),
            at: Instant::from_millis(of.placed_at - random.between(1, 24 * 40) * HOUR),
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
    let mut touches = touches(&mut random, &Of::alone(), visitor.len());
    for touch in &mut touches {
        touch.id = format!("{visitor}-{}", touch.id);
    }
    touches.into_iter().map(touched).collect()
}

/// A person's ruling; one name, one content.
fn ruling(random: &mut Random, of: &Of, name: usize) -> Fact {
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
    Fact::new(FactKind::Ruling(rules_on(
        name,
        of.after(random.between(1, 100)),
        ruling,
    )))
}

/// A ruling of that name.
pub fn rules_on(name: usize, at: Instant, ruling: Ruling) -> RulingFact {
    RulingFact {
        id: format!("ruling-{name}"),
        at,
        by: "Ida".to_owned(),
        reason: "she looked at it".to_owned(),
        ruling,
    }
}
