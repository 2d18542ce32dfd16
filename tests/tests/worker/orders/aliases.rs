//! One order by several names: Stripe's session, invoice and payment turn out to be one, whichever of
//! them is heard of first, and whatever was done about each by then.

use serde_json::{Value, json};
use waymark_signatures::{Scheme, sign_stripe};
use waymark_tests::merchant::owed_for;
use waymark_tests::{
    Answer, Options, Workerd, agents, becomes, demo, merchant, person, sequences, shopper, store,
};

const SECRET: &str = "whsec_what-stripe-chose";
const STRIPE: &str = r#"
[endpoints.stripe]
kind = "stripe"
store = "stripe"
secrets = ["STRIPE_SECRET"]
"#;

fn start(settings: &str) -> Workerd {
    start_with(&demo::program_with(settings))
}

fn start_with(program: &str) -> Workerd {
    let workerd = Workerd::start(Options::default().with_secret("STRIPE_SECRET", SECRET));
    merchant::apply_since_2000(&workerd, &format!("{program}\n{STRIPE}"));
    workerd
}

/// One purchase: what Stripe calls about it.
struct Purchase {
    workerd: Workerd,
    number: usize,
    /// When it began, in seconds of Unix time.
    at: i64,
    /// The visitor's.
    token: Option<String>,
}

impl Purchase {
    fn new(workerd: Workerd) -> Self {
        let at = store::now().div_euclid(1000) - 1_800;
        let number = 1;
        Self {
            workerd,
            number,
            at,
            token: None,
        }
    }

    fn call(&self, kind: &str, object: Value) -> Answer {
        let event = json!({
            "id": format!("evt_{kind}_{}", self.number), "object": "event", "created": self.at + 60,
            "livemode": true, "type": kind, "data": { "object": object },
        });
        let body = event.to_string();
        let secret = Scheme::Stripe.secret(SECRET).expect("a secret");
        let now = store::now().div_euclid(1000);
        let signature = sign_stripe(&secret, now, body.as_bytes());
        let request = self.workerd.request("POST", "/hooks/stripe");
        let answer = self
            .workerd
            .send(request.header("stripe-signature", signature), body);
        assert_eq!(answer.status(), 200, "{kind}: {}", answer.text());
        answer
    }

    /// The shopper is through with the checkout: 64.00 USD with a promotion code of Ben's.
    fn session(&self, status: &str, invoice: Option<&str>) -> Value {
        json!({
            "id": self.name("cs"), "object": "checkout.session", "mode": "payment",
            "payment_status": status, "created": self.at, "currency": "usd", "amount_total": 6400,
            "payment_intent": self.name("pi"), "invoice": invoice,
            "customer_details": { "email": "pat@shopper.example" },
            "client_reference_id": self.token, "subscription": self.name("sub"),
            "discounts": [{ "promotion_code": { "id": "promo_1", "code": "BEN15" } }],
        })
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}_{}", self.number)
    }

    fn completed(&self, status: &str) {
        let session = self.session(status, None);
        self.call("checkout.session.completed", session);
    }

    /// The first call that names the invoice beside the session.
    fn paid(&self) {
        let session = self.session("paid", Some(&self.name("in")));
        self.call("checkout.session.async_payment_succeeded", session);
    }

    fn invoice_paid(&self, product: &str) {
        let line = json!({ "id": "il_1", "amount": 6400, "quantity": 2,
            "pricing": { "price_details": { "product": product } } });
        let invoice = json!({
            "id": self.name("in"), "object": "invoice", "created": self.at + 30, "currency": "usd",
            "total": 6400, "amount_due": 6400, "billing_reason": "manual",
            "lines": { "data": [line] },
        });
        self.call("invoice.paid", invoice);
    }

    fn invoice_payment_paid(&self) {
        let payment = json!({
            "id": self.name("inpay"), "object": "invoice_payment", "invoice": self.name("in"),
            "payment": { "type": "payment_intent", "payment_intent": self.name("pi") },
        });
        self.call("invoice_payment.paid", payment);
    }

    fn refund(&self, id: &str) {
        let refund = json!({
            "id": format!("re_{id}_{}", self.number), "object": "refund", "amount": 3200,
            "currency": "usd", "created": self.at + 60, "status": "succeeded",
            "payment_intent": self.name("pi"),
        });
        self.call("refund.created", refund);
    }

    fn order(&self) -> Value {
        merchant::order(&self.workerd, "stripe", &self.name("in"))
    }

    /// Whoever asks by the session is told of the same order.
    fn is_one(&self) {
        let order = merchant::order(&self.workerd, "stripe", &self.name("cs"));
        assert_eq!(order, self.order());
        self.is_kept_by_one_name();
    }

    /// Nothing at all is kept under a name that is no order's.
    fn is_kept_by_one_name(&self) {
        let tables = self.workerd.tables_with("order_id");
        assert!(tables.len() >= 11, "{tables:?}");
        for table in tables {
            let lost = format!(
                "{table} WHERE order_id IS NOT NULL
                   AND (store, order_id) NOT IN (SELECT store, id FROM orders)"
            );
            assert_eq!(self.workerd.count(&lost), 0, "{lost}");
        }
    }

    /// Waits until this is owed for the order of that name.
    fn owes(&self, kind: &str, wanted: &[&str]) {
        let name = self.name(kind);
        becomes(&name, wanted, || {
            owed_for(&merchant::order(&self.workerd, "stripe", &name))
        });
    }

    fn act(&self, what: &str) {
        let path = format!("/v1/orders/stripe/{}/{what}", self.name("in"));
        person::done(person::act(&self.workerd, &path, json!({})));
    }
}

#[test]
fn all_120_sequences_of_five_calls_of_stripe_about_one_purchase_end_in_one_book() {
    let mut purchase = Purchase::new(start("hold = \"30d\""));
    let sequences = sequences(5);
    assert_eq!(sequences.len(), 120);
    for sequence in &sequences {
        for call in sequence {
            match call {
                0 => purchase.completed("unpaid"),
                1 => purchase.paid(),
                2 => purchase.invoice_paid("prod_1"),
                3 => purchase.invoice_payment_paid(),
                _ => purchase.refund("1"),
            }
        }
        let order = purchase.order();
        assert_eq!(
            owed_for(&order),
            ["ben coupon 3.20 pending"],
            "{sequence:?}: {order}"
        );
        purchase.number += 1;
    }
    let orders = merchant::pages(&purchase.workerd, "/v1/orders", 200).concat();
    assert_eq!(orders.len(), 120);
    assert_eq!(merchant::balances(&purchase.workerd, "ben"), ["384.00 USD"]);
}

/// The session is told of once, before it has its invoice: only the payment is named by both.
#[test]
fn a_session_and_an_invoice_that_one_payment_paid_are_one_order_in_whichever_sequence() {
    let mut purchase = Purchase::new(start("hold = \"30d\""));
    let click = shopper::click(&purchase.workerd, "/r/BEN");
    purchase.token = Some(shopper::token(&click));
    purchase.at = store::now().div_euclid(1000) + 2;
    let sequences = sequences(4);
    for sequence in &sequences {
        for call in sequence {
            match call {
                0 => purchase.completed("paid"),
                1 => purchase.invoice_paid("prod_1"),
                2 => purchase.invoice_payment_paid(),
                _ => purchase.refund("1"),
            }
        }
        purchase.is_one();
        let order = purchase.order();
        let wanted = ["ben link 3.84 pending"];
        assert_eq!(owed_for(&order), wanted, "{sequence:?}: {order}");
        purchase.number += 1;
    }
    let orders = merchant::pages(&purchase.workerd, "/v1/orders", 200).concat();
    assert_eq!(orders.len(), sequences.len());
}

/// One payment of 120.00 for an invoice of 50.00 and one of 70.00, half of which is given back.
#[test]
fn two_invoices_that_one_payment_paid_stay_two_orders_in_all_120_sequences() {
    let mut purchase = Purchase::new(start("hold = \"30d\""));
    let sequences = sequences(5);
    for sequence in &sequences {
        let part_of = |kind: &str, cents: u32| {
            let part = json!({
                "id": purchase.name("inpay"), "object": "invoice_payment", "invoice": purchase.name(kind),
                "currency": "usd", "amount_paid": cents,
                "payment": { "type": "payment_intent", "payment_intent": purchase.name("pi") },
            });
            purchase.call("invoice_payment.paid", part);
        };
        let invoice_of = |kind: &str, cents: u32| {
            let invoice = json!({
                "id": purchase.name(kind), "object": "invoice", "created": purchase.at + 30,
                "currency": "usd", "total": cents, "amount_due": cents, "billing_reason": "manual",
                "discount": { "promotion_code": { "id": "promo_1", "code": "BEN15" } },
                "lines": { "has_more": false, "data": [{ "id": "il_1", "amount": cents }] },
            });
            purchase.call("invoice.paid", invoice);
        };
        for call in sequence {
            match call {
                0 => invoice_of("in_a", 5_000),
                1 => invoice_of("in_b", 7_000),
                2 => part_of("in_a", 5_000),
                3 => part_of("in_b", 7_000),
                _ => {
                    let refund = json!({
                        "id": purchase.name("re"), "object": "refund", "amount": 6_000,
                        "currency": "usd", "status": "succeeded",
                        "payment_intent": purchase.name("pi"),
                    });
                    purchase.call("refund.created", refund);
                }
            }
        }
        for (kind, wanted) in [("in_a", "2.50"), ("in_b", "3.50")] {
            let order = merchant::order(&purchase.workerd, "stripe", &purchase.name(kind));
            let wanted = [format!("ben coupon {wanted} pending")];
            assert_eq!(owed_for(&order), wanted, "{sequence:?}: {order}");
            assert_eq!(order["id"], json!(purchase.name(kind)));
        }
        purchase.number += 1;
    }
    purchase.is_kept_by_one_name();
    let orders = merchant::pages(&purchase.workerd, "/v1/orders", 200).concat();
    assert_eq!(orders.len(), 240, "two of each sequence");
    assert_eq!(merchant::balances(&purchase.workerd, "ben"), ["720.00 USD"]);
}

/// The shopper's bank authorises the payment, and the shop takes it when it sends the goods.
#[test]
fn a_session_is_paid_when_its_payment_is_and_payments_alone_are_no_orders() {
    let mut purchase = Purchase::new(start("hold = \"0s\""));
    let payment = |purchase: &Purchase, received: u32| {
        let payment = json!({
            "id": purchase.name("pi"), "object": "payment_intent", "currency": "usd",
            "amount": 6_400, "amount_received": received, "latest_charge": purchase.name("ch"),
        });
        purchase.call("payment_intent.succeeded", payment);
    };
    for paid_first in [false, true] {
        if paid_first {
            payment(&purchase, 6_400);
            let orders = merchant::pages(&purchase.workerd, "/v1/orders", 200).concat();
            assert_eq!(orders.len(), 1, "{orders:?}");
            purchase.completed("unpaid");
        } else {
            purchase.completed("unpaid");
            purchase.owes("cs", &["ben coupon 6.40 pending"]);
            payment(&purchase, 6_400);
        }
        purchase.owes("cs", &["ben coupon 6.40 approved"]);
        purchase.number += 1;
    }
    purchase.completed("unpaid");
    payment(&purchase, 3_200);
    purchase.owes("cs", &["ben coupon 3.20 approved"]);
}

#[test]
fn what_was_approved_under_one_name_is_approved_under_the_other() {
    for invoice_is_known in [false, true] {
        let purchase = Purchase::new(start("hold = \"0s\""));
        if invoice_is_known {
            purchase.invoice_paid("prod_1");
        }
        purchase.completed("paid");
        purchase.owes("cs", &["ben coupon 6.40 approved"]);
        purchase.paid();
        purchase.is_one();
        let order = purchase.order();
        assert_eq!(order["approval"], "approved");
        assert_eq!(owed_for(&order), ["ben coupon 6.40 approved"]);
        purchase.refund("1");
        assert_eq!(owed_for(&purchase.order()), ["ben coupon 3.20 approved"]);
        purchase.act("unapprove");
        assert_eq!(owed_for(&purchase.order()), ["ben coupon 3.20 held"]);
        purchase.act("approve");
        assert_eq!(owed_for(&purchase.order()), ["ben coupon 3.20 approved"]);
        purchase.refund("2");
        assert_eq!(
            merchant::book(&purchase.order()),
            ["ben coupon 0.00 reversed"]
        );
    }
}

/// The session is credited to Ben by its code, the invoice to Cleo by what was bought.
#[test]
fn of_two_approvals_of_one_purchase_the_first_counts_though_the_other_was_paid_out() {
    for session_is_first in [true, false] {
        let purchase = Purchase::new(start("hold = \"0s\""));
        let workerd = &purchase.workerd;
        let session = || {
            purchase.completed("paid");
            purchase.owes("cs", &["ben coupon 6.40 approved"]);
        };
        let invoice = || {
            purchase.invoice_paid("EARL-GREY");
            purchase.owes("in", &["cleo sku 3.00 approved"]);
        };
        let (stays, goes, left) = if session_is_first {
            session();
            invoice();
            ("ben", "cleo", "ben coupon 6.40 approved")
        } else {
            invoice();
            session();
            ("cleo", "ben", "cleo sku 3.00 approved")
        };
        let made = person::pay_out(workerd, Some(goes));
        person::done(person::end_payout(workerd, &made[0], "pay"));

        purchase.paid();
        purchase.is_one();
        let order = purchase.order();
        assert_eq!(owed_for(&order), [left]);
        let entries = merchant::entries(&order);
        let amount = made[0]["amount"].as_str().expect("an amount");
        let taken_back = format!("{goes} -{amount} withdrawn");
        assert!(entries.contains(&taken_back), "{entries:?}");
        let note = format!("one order with stripe/{}", purchase.name("in"));
        let book = order["conversions"].as_array().expect("a book").iter();
        let all = book.flat_map(|it| it["entries"].as_array().expect("entries"));
        let mut withdrawn = all.filter(|entry| entry["reason"] == "withdrawn");
        assert!(withdrawn.all(|entry| entry["note"] == note), "{order}");
        assert_eq!(
            merchant::balances(workerd, goes),
            [format!("-{amount} USD")]
        );
        assert_ne!(merchant::balances(workerd, stays), ["0.00 USD"]);
        // Decided again, nothing moves.
        merchant::decide(workerd, "stripe", &purchase.name("in"));
        assert_eq!(merchant::entries(&purchase.order()), entries);
    }
}

/// Were the assignment another order's, the customer would be Alma's before the order was placed, and
/// the order would earn her less.
#[test]
fn the_customer_whom_an_order_assigned_is_assigned_by_it_under_its_other_name_too() {
    let code = "[coupons]\nben15 = \"alma\"\n";
    let purchase = Purchase::new(start_with(&agents::PROGRAM.replace("[coupons]\n", code)));
    purchase.completed("paid");
    let earned = ["alma coupon 6.40 pending"];
    purchase.owes("cs", &earned);
    purchase.paid();
    purchase.is_one();
    merchant::decide(&purchase.workerd, "stripe", &purchase.name("in"));
    let order = purchase.order();
    assert_eq!(
        (owed_for(&order), &order["flags"]),
        (earned.map(str::to_owned).to_vec(), &json!([]))
    );
    let pat = json!({ "email": "pat@shopper.example" });
    let made = agents::assignments(&purchase.workerd, &pat);
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(
        made[0].starts_with("alma ") && made[0].ends_with(" by order in_1"),
        "{made:?}"
    );
}

#[test]
fn a_forgotten_customer_stays_forgotten_when_the_order_turns_out_to_have_another_name() {
    let purchase = Purchase::new(start("hold = \"30d\""));
    purchase.completed("unpaid");
    let pat = json!({ "email": "pat@shopper.example" });
    person::erase(&purchase.workerd, &pat);
    purchase.paid();
    purchase.is_one();
    let order = purchase.order();
    assert_eq!(owed_for(&order), ["ben coupon 6.40 pending"]);
    let facts = order["facts"].to_string();
    assert!(!facts.contains("\"email\""), "{facts}");
    let asked = json!({ "customer": { "email": "pat@shopper.example" } });
    let known = merchant::post(&purchase.workerd, "/v1/customers/lookup", &asked);
    assert!(!known.text().contains("in_1"), "{}", known.text());
}
