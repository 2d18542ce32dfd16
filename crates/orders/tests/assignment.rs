//! What an order changes about whom its customer belongs to, and of what a person is told.

use waymark_attribution::time::Instant;
use waymark_orders::assignment::{Assign, Assignment, Assignments, Changes, Intent, Placed};

const STAYS: &str =
    "the customer belongs to alma already, which stays; this order would have assigned bruno";

/// When the order was placed.
const PLACED: i64 = 100;

fn placed(at: i64, order: &str) -> Placed {
    Placed {
        at: Instant::from_millis(at),
        store: "store".to_owned(),
        order: order.to_owned(),
    }
}

/// Made by another order, whose name is smaller than this one's.
fn made(key: &str, affiliate: &str, since: i64) -> Assignment {
    Assignment {
        number: since,
        key: key.to_owned(),
        affiliate: affiliate.to_owned(),
        valid_from: placed(since, "a"),
        own: false,
        valid_to: None,
    }
}

fn own(key: &str, affiliate: &str) -> Assignment {
    Assignment {
        valid_from: placed(PLACED, "b"),
        own: true,
        ..made(key, affiliate, PLACED)
    }
}

/// By a person, later.
fn ended(it: Assignment) -> Assignment {
    Assignment {
        valid_to: Some(Instant::from_millis(300)),
        ..it
    }
}

/// Of the customer of an order that names both an id and an e-mail.
fn assignments(made: &[Assignment]) -> Assignments {
    Assignments {
        named: texts(&["id:store:77", "email:pat"]),
        placed: placed(PLACED, "b"),
        made: made.to_vec(),
    }
}

/// What the order changes if it is to assign bruno.
fn assigning(made: &[Assignment]) -> Changes {
    assignments(made).changes(&Intent::Assign("bruno".to_owned()))
}

/// What it changes if its customer is alma's.
fn of_almas(made: &[Assignment]) -> Changes {
    assignments(made).changes(&Intent::Stands("alma".to_owned()))
}

fn nothing_but(flags: &[&str]) -> Changes {
    Changes {
        flags: texts(flags),
        ..Changes::default()
    }
}

/// Bruno's since this order, by these keys, and by what the order made otherwise.
fn brunos(keys: &[&str], changed: &[i64]) -> Assign {
    Assign {
        affiliate: "bruno".to_owned(),
        changed: changed.to_vec(),
        keys: texts(keys),
        valid_to: None,
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn in_force(made: &[Assignment]) -> Vec<(String, i64)> {
    let found = assignments(made).in_force().into_iter();
    found.map(|it| (it.affiliate, it.at.as_millis())).collect()
}

#[test]
fn a_customer_without_an_assignment_is_assigned_by_every_key() {
    let all = brunos(&["id:store:77", "email:pat"], &[]);
    assert_eq!(assigning(&[]).assign, Some(all));
}

#[test]
fn another_affiliates_assignment_by_a_later_order_stays_for_all_keys() {
    // The third is a key that other orders told of.
    for key in ["id:store:77", "email:pat", "email:work"] {
        assert_eq!(
            assigning(&[made(key, "alma", 200)]),
            nothing_but(&[STAYS]),
            "{key}"
        );
    }
    let both = [
        made("id:store:77", "alma", 200),
        made("email:pat", "alma", 201),
    ];
    assert_eq!(assigning(&both), nothing_but(&[STAYS]));
    let flag = STAYS.replace("belongs", "belonged");
    let it = ended(made("email:pat", "alma", 200));
    assert_eq!(assigning(&[it]), nothing_but(&[&flag]));
}

#[test]
fn of_one_second_the_order_with_the_smaller_name_was_placed_first() {
    let mut other = made("email:pat", "alma", PLACED);
    assert_eq!(in_force(&[other.clone()]), [("alma".to_owned(), PLACED)]);
    other.valid_from = placed(PLACED, "c");
    assert_eq!(in_force(&[other.clone()]), []);
    assert_eq!(assigning(&[other]), nothing_but(&[STAYS]));
}

#[test]
fn what_a_later_order_assigned_to_the_same_affiliate_is_in_nobodys_way() {
    let later = [
        made("email:pat", "bruno", 200),
        made("email:work", "bruno", 201),
    ];
    let all = brunos(&["id:store:77", "email:pat"], &[]);
    assert_eq!(assigning(&later).assign, Some(all));
}

#[test]
fn what_the_order_made_is_carried_on_to_a_key_that_it_comes_to_name() {
    let by_id = own("id:store:77", "bruno");
    let carried = brunos(&["email:pat"], &[]);
    assert_eq!(
        assigning(std::slice::from_ref(&by_id)).assign,
        Some(carried)
    );
    let both = [by_id, own("email:pat", "bruno")];
    assert_eq!(assigning(&both), Changes::default());
}

#[test]
fn what_the_order_made_follows_its_decision() {
    let both = [own("id:store:77", "alma"), own("email:old", "alma")];
    let changed = brunos(&["email:pat"], &[PLACED, PLACED]);
    assert_eq!(assigning(&both).assign, Some(changed));
    // And it begins when the order was placed, if that turns out to be earlier.
    let later = Assignment {
        valid_from: placed(150, "b"),
        ..own("id:store:77", "bruno")
    };
    let changed = brunos(&["email:pat"], &[PLACED]);
    assert_eq!(assigning(&[later]).assign, Some(changed));
}

#[test]
fn so_it_does_where_others_came_after_it() {
    // The customer was free again by then.
    let made = [
        own("id:store:77", "alma"),
        made("id:store:77", "carla", 200),
    ];
    assert_eq!(assigning(&made).assign, Some(brunos(&[], &[PLACED])));
    assert_eq!(assigning(&made).flags, [""; 0]);
}

#[test]
fn what_a_person_has_ended_stays_ended_by_a_new_key_too() {
    let given_to_nobody = [ended(own("id:store:77", "bruno"))];
    let until_then = |keys: &[&str]| Assign {
        valid_to: Some(Instant::from_millis(300)),
        ..brunos(keys, &[])
    };
    assert_eq!(
        assigning(&given_to_nobody).assign,
        Some(until_then(&["email:pat"]))
    );
    // So it is where another's had lapsed before the person ended it.
    let lapsed = [ended(made("id:store:77", "alma", 1))];
    assert_eq!(
        assigning(&lapsed).assign,
        Some(until_then(&["id:store:77", "email:pat"]))
    );
    // And that another was given the customer, by all that is known, was that person's wish.
    let given_away = [
        ended(own("id:store:77", "bruno")),
        made("id:store:77", "alma", 300),
        made("email:work", "alma", 300),
    ];
    assert_eq!(assigning(&given_away), nothing_but(&[]));
}

#[test]
fn what_the_order_made_before_an_earlier_order_was_heard_of_never_was() {
    let earlier = made("email:pat", "alma", 1);
    let made = [
        earlier,
        own("id:store:77", "alma"),
        own("email:pat", "bruno"),
    ];
    let changes = of_almas(&made);
    assert_eq!(changes.removed, [PLACED]);
    // But for what is another affiliate's.
    let flag = "this order assigned the customer to bruno before it was known that they belonged to \
                alma, which stays";
    assert_eq!(changes.flags, [flag]);
    assert_eq!(changes.assign, None);
    let until_then = [
        ended(own("id:store:77", "alma")),
        ended(own("email:pat", "bruno")),
    ];
    assert_eq!(of_almas(&until_then), nothing_but(&[]));
}

#[test]
fn nothing_unassigns_and_a_person_is_told() {
    let changes = assignments(&[own("id:store:77", "alma")]).changes(&Intent::Nothing);
    assert_eq!(
        changes,
        nothing_but(&[
            "this order has assigned the customer to alma, which stays, though it would not now"
        ])
    );
    let others = [
        made("id:store:77", "alma", 1),
        ended(own("id:store:77", "alma")),
    ];
    let changes = assignments(&others).changes(&Intent::Nothing);
    assert_eq!(changes, nothing_but(&[]));
}

#[test]
fn what_a_test_assigned_is_taken_back() {
    let all = [made("email:pat", "alma", 1), own("id:store:77", "bruno")];
    let changes = assignments(&all).taken_back();
    assert_eq!((changes.removed, changes.assign), (vec![PLACED], None));
}

#[test]
fn of_several_assignments_the_ids_comes_first_then_the_earliest_and_of_one_key_the_latest() {
    let found = |list: &[(&str, i64)]| -> Vec<(String, i64)> {
        list.iter()
            .map(|&(text, at)| (text.to_owned(), at))
            .collect()
    };
    let id = made("id:store:77", "alma", 50);
    let email = made("email:pat", "bruno", 1);
    let other = made("id:store:78", "carla", 1);
    assert_eq!(
        in_force(&[other, email, id.clone()]),
        found(&[("alma", 50), ("bruno", 1), ("carla", 1)])
    );
    // What others are known by.
    let others = [
        made("email:b", "carla", 2),
        made("email:c", "bruno", 1),
        made("id:store:78", "alma", 3),
    ];
    assert_eq!(
        in_force(&others),
        found(&[("alma", 3), ("bruno", 1), ("carla", 2)])
    );
    let before = made("id:store:77", "bruno", 10);
    assert_eq!(in_force(&[before, id.clone()]), found(&[("alma", 50)]));
    // By several keys, it is one.
    let both = [id.clone(), made("email:pat", "alma", 50)];
    assert_eq!(in_force(&both), found(&[("alma", 50)]));
    // What began later, and what the order made, it does not see.
    let not_seen = [
        id,
        own("email:pat", "bruno"),
        made("email:work", "bruno", 101),
    ];
    assert_eq!(in_force(&not_seen), found(&[("alma", 50)]));
    assert_eq!(in_force(&[]), []);
}

#[test]
fn a_person_is_told_of_several_affiliates() {
    let flag = |made: &[Assignment]| Assignments::flag(&assignments(made).in_force());
    let (id, email) = (
        made("id:store:77", "alma", 50),
        made("email:pat", "bruno", 1),
    );
    assert_eq!(flag(&[id.clone(), made("email:pat", "alma", 1)]), None);
    let flag = flag(&[id, email]).unwrap();
    assert!(flag.contains("belongs to alma and bruno"), "{flag}");
}
