//! What an order changes about whom its customer belongs to, and of what a person is told.

use waymark_attribution::time::Instant;
use waymark_program::assignment::{Assigned, Assignment, Assignments, Changes, Maker, Wish};

const STAYS: &str =
    "the customer belongs to alma already, which stays; this order would have assigned bruno";

/// When the order was placed.
const PLACED: i64 = 100;

fn made(key: &str, affiliate: &str, begins: i64) -> Assignment {
    Assignment {
        number: begins,
        key: key.to_owned(),
        affiliate: affiliate.to_owned(),
        begins: Instant::from_millis(begins),
        maker: Maker::AnotherOrder,
        ended: false,
    }
}

fn own(key: &str, affiliate: &str) -> Assignment {
    Assignment {
        maker: Maker::ThisOrder,
        ..made(key, affiliate, PLACED)
    }
}

fn by_a_person(it: Assignment) -> Assignment {
    Assignment {
        maker: Maker::Person,
        ..it
    }
}

fn ended(it: Assignment) -> Assignment {
    Assignment { ended: true, ..it }
}

/// Of the customer of an order that names both an id and an e-mail.
fn assignments(made: &[Assignment]) -> Assignments {
    Assignments {
        named: texts(&["id:store:77", "email:pat"]),
        placed_at: Instant::from_millis(PLACED),
        made: made.to_vec(),
    }
}

/// What the order changes if it is to assign bruno.
fn assigning(made: &[Assignment]) -> Changes {
    assignments(made).changes(&Wish::Assign("bruno".to_owned()))
}

/// What it changes if its customer is alma's.
fn of_almas(made: &[Assignment]) -> Changes {
    assignments(made).changes(&Wish::Stands("alma".to_owned()))
}

fn nothing_but(flags: &[&str]) -> Changes {
    Changes {
        flags: texts(flags),
        ..Changes::default()
    }
}

/// Bruno's since this order, by these keys besides those that it takes over.
fn brunos(keys: &[&str], moved: &[i64]) -> Changes {
    Changes {
        keys: texts(keys),
        moved: moved.to_vec(),
        affiliate: Some("bruno".to_owned()),
        ..Changes::default()
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn in_force(made: &[Assignment]) -> (Option<(String, i64)>, bool) {
    let (found, flag) = assignments(made).in_force();
    let of = |Assigned { affiliate, at }| (affiliate, at.as_millis());
    (found.map(of), flag.is_some())
}

#[test]
fn a_customer_without_an_assignment_is_assigned_by_every_key() {
    assert_eq!(assigning(&[]), brunos(&["id:store:77", "email:pat"], &[]));
}

#[test]
fn another_affiliates_assignment_of_any_key_stays_for_all_also_if_it_begins_later() {
    // The third is a key that other orders told of.
    for key in ["id:store:77", "email:pat", "email:work"] {
        let later = made(key, "alma", 200);
        for it in [later.clone(), by_a_person(later)] {
            assert_eq!(assigning(&[it]), nothing_but(&[STAYS]), "{key}");
        }
    }
}

#[test]
fn an_affiliate_is_told_of_once() {
    let both = [
        made("id:store:77", "alma", 200),
        made("email:pat", "alma", 201),
    ];
    assert_eq!(assigning(&both), nothing_but(&[STAYS]));
}

#[test]
fn what_a_later_order_assigned_to_the_same_affiliate_begins_with_this_one() {
    let later = [
        made("email:pat", "bruno", 200),
        made("email:work", "bruno", 201),
    ];
    assert_eq!(assigning(&later), brunos(&["id:store:77"], &[200]));
    // What a person did stays as it is noted: until then, it is this order's.
    let by_a_person = [by_a_person(made("email:pat", "bruno", 200))];
    assert_eq!(
        assigning(&by_a_person),
        brunos(&["id:store:77", "email:pat"], &[])
    );
}

#[test]
fn what_the_order_made_is_carried_on_to_a_key_that_it_comes_to_name() {
    let by_id = own("id:store:77", "bruno");
    assert_eq!(
        assigning(std::slice::from_ref(&by_id)),
        brunos(&["email:pat"], &[])
    );
    let both = [by_id, own("email:pat", "bruno")];
    assert!(assigning(&both).are_none());
}

#[test]
fn what_the_order_made_follows_its_decision() {
    let both = [own("id:store:77", "alma"), own("email:old", "alma")];
    assert_eq!(assigning(&both), brunos(&["email:pat"], &[PLACED, PLACED]));
    // And it begins when the order was placed, if that turns out to be earlier.
    let later = Assignment {
        begins: Instant::from_millis(150),
        ..own("id:store:77", "bruno")
    };
    assert_eq!(assigning(&[later]), brunos(&["email:pat"], &[PLACED]));
}

#[test]
fn what_a_person_has_ended_is_not_made_again() {
    let given_to_nobody = [ended(own("id:store:77", "bruno"))];
    assert_eq!(assigning(&given_to_nobody), nothing_but(&[]));
    // And that another was given the customer, by all that is known, was that person's wish.
    let given_away = [
        ended(own("id:store:77", "bruno")),
        by_a_person(made("id:store:77", "alma", 200)),
        by_a_person(made("email:work", "alma", 200)),
    ];
    assert_eq!(assigning(&given_away), nothing_but(&[]));
}

#[test]
fn another_orders_assignment_that_was_ended_later_is_not_undone_by_an_earlier_order() {
    let flag = STAYS.replace("belongs", "belonged");
    let it = ended(made("email:pat", "alma", 200));
    assert_eq!(assigning(&[it]), nothing_but(&[&flag]));
}

#[test]
fn what_has_lapsed_ends_and_is_in_nobodys_way() {
    // It was in force, and the order is to assign all the same: it has expired.
    let lapsed = [
        made("id:store:77", "alma", 1),
        made("email:work", "alma", 2),
    ];
    assert_eq!(
        assigning(&lapsed),
        Changes {
            ended: vec![1, 2],
            ..brunos(&["id:store:77", "email:pat"], &[])
        }
    );
    // The same affiliate may have the customer anew.
    let own = [made("id:store:77", "bruno", 1)];
    assert_eq!(
        assigning(&own),
        Changes {
            ended: vec![1],
            ..brunos(&["id:store:77", "email:pat"], &[])
        }
    );
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
    let flag = "the customer was assigned to bruno before it was known that they belonged to alma \
                when this order was placed, which stays";
    assert_eq!(changes.flags, [flag]);
}

#[test]
fn a_customers_order_tells_of_what_a_later_order_assigned_elsewhere() {
    let (earlier, later) = (
        made("email:pat", "alma", 1),
        made("email:work", "bruno", 200),
    );
    let flags = |made: &[Assignment]| of_almas(made).flags.len();
    assert_eq!(flags(&[earlier.clone(), later.clone()]), 1);
    // Not if a person did it, or the customer was free by then.
    assert_eq!(flags(&[earlier.clone(), by_a_person(later.clone())]), 0);
    assert_eq!(flags(&[ended(earlier), later]), 0);
}

#[test]
fn nothing_unassigns_and_a_person_is_told() {
    let changes = assignments(&[own("id:store:77", "alma")]).changes(&Wish::Nothing);
    assert!(changes.are_none());
    assert_eq!(
        changes.flags,
        ["this order has assigned the customer to alma, which stays, though it would not now"]
    );
    let others = [
        made("id:store:77", "alma", 1),
        ended(own("id:store:77", "alma")),
    ];
    let changes = assignments(&others).changes(&Wish::Nothing);
    assert_eq!(changes, nothing_but(&[]));
}

#[test]
fn of_several_assignments_the_ids_counts_then_the_first_and_of_one_key_the_latest() {
    let id = made("id:store:77", "alma", 50);
    let email = made("email:pat", "bruno", 1);
    let other = made("id:store:78", "carla", 1);
    let alma = Some(("alma".to_owned(), 50));
    assert_eq!(
        in_force(&[id.clone(), email.clone(), other.clone()]),
        (alma.clone(), true)
    );
    let bruno = Some(("bruno".to_owned(), 1));
    assert_eq!(in_force(&[email.clone(), other]), (bruno.clone(), true));
    // What others are known by comes after.
    let others = [made("email:a", "carla", 1), made("id:store:78", "bruno", 1)];
    assert_eq!(in_force(&others), (bruno.clone(), true));
    let others = [made("email:b", "carla", 2), made("email:c", "bruno", 1)];
    assert_eq!(in_force(&others), (bruno, true));
    let before = made("id:store:77", "bruno", 10);
    assert_eq!(in_force(&[before, id.clone()]), (alma.clone(), false));
    // What began later, and what the order made, it does not see.
    let not_seen = [
        id,
        own("email:pat", "bruno"),
        made("email:work", "bruno", 101),
    ];
    assert_eq!(in_force(&not_seen), (alma, false));
    assert_eq!(in_force(&[]), (None, false));
}
