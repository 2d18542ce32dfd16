//! Customers whose orders are heard of in another sequence than that in which all happened: they end
//! alike, but where an assignment that was made stays, and that is flagged.

use serde_json::{Value, json};
use waymark_simulator::random::Random;
use waymark_simulator::seeds;
use waymark_tests::agents::{
    assignments, await_all_decided, await_book, deliver, flags, order, pat, start,
    start_with_expiry, view, with_coupon,
};
use waymark_tests::{Workerd, at_once, becomes, merchant, sequences, store};

const ORDERS: usize = 5;
const CONNECTIONS: usize = 8;

/// All that the store says of a customer's orders, in the sequence in which it happened.
struct History(Vec<(u8, Value)>);

impl History {
    /// Any customer, known to the store by that name with a number.
    fn any(random: &mut Random, name: &str, most_days: i64) -> Self {
        let mut day = 1;
        let mut versions = Vec::new();
        for number in 0..ORDERS {
            // Some are placed in one second: then the smaller name comes first.
            day += u8::try_from(random.between(0, most_days)).expect("some days");
            let by_email = random.chance(70);
            let by_id = !by_email || random.chance(60);
            let mut members = json!({ "coupons": coupons(random) });
            if by_email {
                members["email"] = email(name, random.below(2));
            }
            if by_id {
                members["customer"] = id(name, random.below(2));
            }
            let placed = order(&format!("{name}-{number}"), day, members);
            if random.chance(40) {
                let mut changed = placed.clone();
                let (member, value) = match random.below(4) {
                    0 => ("email", email(name, 0)),
                    1 => ("customer", id(name, 0)),
                    2 => ("coupons", coupons(random)),
                    _ => ("cancelled_at", json!("2026-01-31T00:00:00Z")),
                };
                let on = day + 1 + u8::from(random.chance(50));
                changed[member] = value;
                changed["updated_at"] = json!(format!("2026-01-{on:02}T13:00:00Z"));
                versions.push((on, changed));
            }
            versions.push((day, placed));
        }
        versions.sort_by_key(|(day, _)| *day);
        Self(versions)
    }

    /// How it ended: whose each order is, and what a person is told.
    fn end(&self, workerd: &Workerd) -> (Vec<Vec<String>>, String) {
        let mut orders: Vec<&Value> = self.0.iter().map(|(_, order)| order).collect();
        orders.sort_by_key(|order| order["id"].as_str());
        orders.dedup_by_key(|order| &order["id"]);
        let views: Vec<Value> = orders.iter().map(|order| view(workerd, order)).collect();
        let books = views.iter().map(merchant::unreversed);
        let flags: Vec<String> = views.iter().map(|it| it["flags"].to_string()).collect();
        (books.collect(), flags.concat())
    }
}

fn coupons(random: &mut Random) -> Value {
    random
        .pick(&[json!([]), json!([]), json!(["ALMA"]), json!(["BRUNO"])])
        .clone()
}

fn email(name: &str, number: usize) -> Value {
    json!(format!("{name}-{number}@shopper.example"))
}

fn id(name: &str, number: usize) -> Value {
    json!({ "id": format!("{name}-{number}") })
}

#[test]
fn what_does_not_end_as_in_the_sequence_in_which_it_happened_is_flagged() {
    all_end_alike_or_are_told(&start(), 5);
}

#[test]
fn so_it_is_where_assignments_expire() {
    all_end_alike_or_are_told(&start_with_expiry(), 5);
}

/// Orders that are up to so many days apart.
fn all_end_alike_or_are_told(workerd: &Workerd, most_days: i64) {
    let seed = seeds::one();
    let customers = seeds::size("WAYMARK_CUSTOMERS", 60);
    let histories = |number: u64| {
        // Alike but for the name.
        ["in-sequence", "shuffled"].map(|name| {
            let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
            (
                History::any(&mut random, &format!("{name}-{number}"), most_days),
                random,
            )
        })
    };
    at_once(0..customers, CONNECTIONS, |number| {
        let [(in_sequence, _), (shuffled, mut random)] = histories(number);
        let mut heard: Vec<&(u8, Value)> = shuffled.0.iter().collect();
        random.shuffle(&mut heard);
        for (_, version) in in_sequence.0.iter().chain(heard) {
            assert_eq!(store::deliver(workerd, version).outcome(), "applied");
        }
    });
    await_all_decided(workerd);
    let (mut alike, mut told) = (0, 0);
    for number in 0..customers {
        let [(in_sequence, _), (shuffled, _)] = histories(number);
        let (wanted, found) = (in_sequence.end(workerd), shuffled.end(workerd));
        if wanted.0 == found.0 {
            alike += 1;
        } else {
            told += 1;
            let is_told = wanted.1.contains("which stays") || found.1.contains("which stays");
            let all: Vec<&Value> = shuffled.0.iter().map(|(_, order)| order).collect();
            assert!(
                is_told,
                "customer {number}: {wanted:#?}\n{found:#?}\n{all:#?}"
            );
        }
    }
    println!("{alike} customers ended alike, of {told} a person is told");
    assert!(alike > told && told > 0, "{alike} and {told}");
}

/// Alma's customer by e-mail; Bruno's by id, later; and an order between the two which tells that
/// both are one.
#[test]
fn whom_one_person_belongs_to_depends_on_an_assignment_that_was_made_alone() {
    for sequence in sequences(3) {
        let workerd = start();
        let by_email = json!({ "email": "pat@shopper.example" });
        let by_id = json!({ "customer": { "id": "77" } });
        let orders = [
            order("a", 1, with_coupon(by_email, "ALMA")),
            order("told", 5, pat()),
            order("b", 10, with_coupon(by_id.clone(), "BRUNO")),
        ];
        for &place in &sequence {
            deliver(&workerd, &orders[place]);
        }
        for (order, book) in orders.iter().zip([
            "alma coupon 10.00 pending",
            "alma assigned 5.00 pending",
            "alma assigned 5.00 pending",
        ]) {
            await_book(&workerd, order, &[book]);
        }
        let next = order("next", 20, by_id);
        let is_last = sequence[2] == 2;
        let book = if is_last {
            "alma assigned 5.00 pending"
        } else {
            "bruno assigned 5.00 pending"
        };
        assert_eq!(deliver(&workerd, &next), [book], "{sequence:?}");
        let stays = "this order assigned the customer to bruno before it was known that they \
                     belonged to alma, which stays";
        for (order, told) in orders.iter().zip([false, false, !is_last]) {
            let told = if told { json!([stays]) } else { json!([]) };
            becomes(&format!("the flags, {sequence:?}"), &told, || {
                flags(&workerd, order)
            });
        }
        let made: &[&str] = if is_last {
            &[]
        } else {
            &["bruno since 2026-01-10 by order b"]
        };
        let id = json!({ "store": "store", "customer_id": "77" });
        assert_eq!(assignments(&workerd, &id), made, "{sequence:?}");
    }
}
