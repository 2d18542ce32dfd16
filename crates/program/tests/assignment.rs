//! Which keys of a customer an order assigns, and of what a person is told.

use waymark_program::assignment::{Assigning, Kept};

const STAYS: &str =
    "the customer belongs to alma already, which stays; this order would have assigned bruno";

fn kept(key: &str, affiliate: &str) -> Kept {
    Kept {
        key: key.to_owned(),
        affiliate: affiliate.to_owned(),
        own: false,
        ended: false,
    }
}

fn own(key: &str, affiliate: &str) -> Kept {
    Kept {
        own: true,
        ..kept(key, affiliate)
    }
}

fn ended(it: Kept) -> Kept {
    Kept { ended: true, ..it }
}

/// What an order that names both an id and an e-mail comes to, if it is to assign bruno.
fn assigning(kept: &[Kept]) -> (Vec<String>, Vec<String>) {
    let named = ["id".to_owned(), "email".to_owned()];
    let Assigning { keys, flags } = Assigning::new(&named, "bruno", kept);
    (keys, flags)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_customer_without_an_assignment_is_assigned_by_every_key() {
    assert_eq!(assigning(&[]), (texts(&["id", "email"]), texts(&[])));
}

#[test]
fn an_assignment_of_any_key_stays_for_all() {
    // The third is a key that other orders told of.
    for key in ["id", "email", "another"] {
        let kept = [kept(key, "alma")];
        assert_eq!(assigning(&kept), (texts(&[]), texts(&[STAYS])), "{key}");
    }
}

#[test]
fn nobody_is_told_of_an_assignment_to_the_same_affiliate() {
    assert_eq!(
        assigning(&[kept("email", "bruno")]),
        (texts(&[]), texts(&[]))
    );
}

#[test]
fn an_affiliate_is_told_of_once() {
    let kept = [kept("id", "alma"), kept("email", "alma")];
    assert_eq!(assigning(&kept).1, texts(&[STAYS]));
}

#[test]
fn what_the_order_made_is_carried_on_to_a_key_that_it_comes_to_name() {
    let made = own("id", "bruno");
    assert_eq!(
        assigning(std::slice::from_ref(&made)),
        (texts(&["email"]), texts(&[]))
    );
    let both = [made, own("email", "bruno")];
    assert_eq!(assigning(&both), (texts(&[]), texts(&[])));
}

#[test]
fn what_the_order_made_stays_if_it_is_decided_otherwise() {
    assert_eq!(assigning(&[own("id", "alma")]), (texts(&[]), texts(&[])));
}

#[test]
fn what_a_person_has_ended_is_not_made_again() {
    let given_to_nobody = [ended(own("id", "bruno"))];
    assert_eq!(assigning(&given_to_nobody), (texts(&[]), texts(&[])));
    // And that another was given the customer, by all that is known, was that person's wish.
    let given_away = [
        ended(own("id", "bruno")),
        kept("id", "alma"),
        kept("another", "alma"),
    ];
    assert_eq!(assigning(&given_away), (texts(&[]), texts(&[])));
}

#[test]
fn another_orders_assignment_that_was_ended_later_is_not_undone_by_an_earlier_order() {
    let kept = [ended(kept("email", "alma"))];
    assert_eq!(assigning(&kept), (texts(&[]), texts(&[])));
}
