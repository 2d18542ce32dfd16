//! What the page that thanks for an order can do for it, and what it cannot.

use crate::facts::{at, beacon, line, said, snapshot};
use waymark_attribution::TouchMethod;
use waymark_facts::fact::{TouchFact, VisitorFact};
use waymark_facts::{Fact, FactKind, Flag, fold};

/// The ids of the order's touches, and its flags.
fn folded(facts: &[Fact]) -> (Vec<String>, Vec<Flag>) {
    let folded = fold(facts);
    let touches = folded.touches.into_iter().map(|touch| touch.id);
    (touches.collect(), folded.flags.into_iter().collect())
}

fn touches(facts: &[Fact]) -> Vec<String> {
    folded(facts).0
}

/// The order, placed at second 0.
fn order() -> Fact {
    said(snapshot(0, vec![line("a", 1, "10.00")]))
}

#[test]
fn an_order_without_a_token_has_the_touches_of_the_visitor_who_was_thanked() {
    let expected = (vec!["t1".to_owned()], vec![Flag::VisitorByBeacon]);
    assert_eq!(folded(&[order(), beacon("ann", 3, "t1")]), expected);
    assert_eq!(folded(&[beacon("ann", 3, "t1"), order()]), expected);
    assert_eq!(folded(&[beacon("ann", 3, "t1")]), (vec![], vec![]));
}

#[test]
fn a_token_in_the_order_itself_counts_and_the_beacon_does_not() {
    let own = Fact::new(FactKind::Touch(TouchFact {
        id: "own".to_owned(),
        at: at(-5),
        method: TouchMethod::Qr,
        link: 1,
    }));
    let visitor = Fact::new(FactKind::Visitor(VisitorFact {
        id: "ann".to_owned(),
    }));
    let facts = [order(), beacon("mallory", 3, "t1"), own, visitor];
    assert_eq!(folded(&facts), (vec!["own".to_owned()], vec![]));
}

#[test]
fn nobody_claims_orders_ahead_or_old_ones() {
    const DAY: i64 = 86_400;
    for (second, believed) in [(-301, false), (-300, true), (DAY, true), (DAY + 1, false)] {
        let touches = touches(&[order(), beacon("ann", second, "t1")]);
        assert_eq!(!touches.is_empty(), believed, "{second} s after the order");
    }
}

#[test]
fn of_several_visitors_the_first_counts_and_the_order_is_flagged() {
    let facts = [
        order(),
        beacon("mallory", 9, "t2"),
        beacon("ann", 3, "t1"),
        beacon("early", -400, "t0"),
    ];
    let flags = vec![Flag::VisitorByBeacon, Flag::SeveralVisitors];
    assert_eq!(folded(&facts), (vec!["t1".to_owned()], flags));
}
