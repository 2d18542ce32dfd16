//! What a posting tells of, and to whom: a network that was told of a conversion hears what became
//! of it, and counts none twice.

use waymark_ledger::Status::{Approved, Denied, Held, Paid, Pending, Reversed, Unqualified};
use waymark_ledger::{Claim, Posting, Status, Terms};
use waymark_outbox::event::ConversionChange::{self, Changed, Created};
use waymark_outbox::event::{Conversion, Subject};
use waymark_outbox::receiver::{Postback, Receiver};

use crate::samples::{conversion, event_about, read};

fn posting(was: Option<Status>, status: Status, was_credited: bool) -> Posting {
    Posting {
        number: was.map(|_| 17),
        claim: Claim {
            affiliate: "ana".to_owned(),
            method: "coupon".to_owned(),
            evidence: "SAVE10".to_owned(),
            currency: "EUR".parse().unwrap(),
        },
        was,
        terms: Terms {
            status,
            reason: None,
            // As the rules have it: a loser is hidden from its affiliate.
            visible: status != Unqualified,
            review: false,
            share_bp: 10_000,
        },
        entry: None,
        was_credited,
    }
}

/// What is told of a conversion that goes through these statuses.
fn told(statuses: &[Status]) -> Vec<(ConversionChange, Status, bool)> {
    let (mut was, mut was_credited) = (None, false);
    let mut told = Vec::new();
    for status in statuses {
        let posting = posting(was, *status, was_credited);
        let change = ConversionChange::of(&posting);
        told.extend(change.map(|change| (change, *status, posting.terms.visible)));
        (was, was_credited) = (Some(*status), posting.is_ever_credited());
    }
    told
}

fn changes(statuses: &[Status]) -> Vec<ConversionChange> {
    told(statuses)
        .into_iter()
        .map(|(change, ..)| change)
        .collect()
}

#[test]
fn what_was_recorded_with_nothing_owed_is_created_once_it_is_credited() {
    for nothing in [Unqualified, Denied, Reversed] {
        assert_eq!(changes(&[nothing]), [], "{nothing:?}");
        assert_eq!(changes(&[nothing, Pending]), [Created], "{nothing:?}");
        assert_eq!(changes(&[nothing, Held, Pending]), [Created, Changed]);
    }
    // Nobody was told of it, so nobody is told what else became of it.
    assert_eq!(changes(&[Unqualified, Reversed, Denied, Unqualified]), []);
}

#[test]
fn whatever_happens_to_a_conversion_it_is_created_once() {
    use ConversionChange::Reversed as IsReversed;
    use ConversionChange::{Approved as IsApproved, Denied as IsDenied, Paid as IsPaid};
    for (statuses, expected) in [
        // Outranked, and not any more.
        (
            &[Pending, Unqualified, Pending][..],
            &[Created, IsReversed, Changed][..],
        ),
        // Denied by a person, who takes that back.
        (
            &[Held, Denied, Held, Approved],
            &[Created, IsDenied, Changed, IsApproved],
        ),
        (
            &[Approved, Reversed, Approved, Paid],
            &[Created, IsReversed, IsApproved, IsPaid],
        ),
        // Nothing is left to be taken back.
        (
            &[Pending, Denied, Unqualified, Reversed],
            &[Created, IsDenied, Changed, Changed],
        ),
        (
            &[Pending, Reversed, Denied, Pending],
            &[Created, IsReversed, IsDenied, Changed],
        ),
        (&[Pending, Pending], &[Created]),
    ] {
        assert_eq!(changes(statuses), expected, "{statuses:?}");
    }
}

/// Ana's coupon made the conversion; then a click of Ben's becomes known, which outranks it.
#[test]
fn who_was_told_that_it_is_credited_is_told_that_another_one_outranks_it() {
    let postback: Postback = read(
        "url = \"\"\naffiliate = \"ana\"\nevents = [\"conversion.created\", \"conversion.reversed\"]",
    );
    let heard = |statuses: &[Status]| -> Vec<ConversionChange> {
        let told = told(statuses).into_iter();
        let heard = told.filter(|(change, status, visible)| {
            let conversion = Conversion {
                status: *status,
                visible: *visible,
                ..conversion()
            };
            let event = event_about(Subject::Conversion(*change, conversion));
            Receiver::Postback(&postback).wants(&event)
        });
        heard.map(|(change, ..)| change).collect()
    };
    assert_eq!(
        heard(&[Pending, Unqualified]),
        [Created, ConversionChange::Reversed]
    );
    assert_eq!(
        heard(&[Held, Reversed]),
        [Created, ConversionChange::Reversed]
    );
    // Who never won hears nothing, neither of the loss nor of its end.
    assert_eq!(heard(&[Unqualified, Reversed]), []);
}
