//! What a visitor's token and journey say about an order, as facts of it.

use waymark_attribution::time::Instant;
use waymark_click::{Mark, Method, Token, VisitorId, touch_id};
use waymark_facts::fact::{TouchFact, TouchMethod, VisitorFact};
use waymark_facts::{Fact, FactKind};

/// The facts that a token in an order brings: who the shopper is, the first and the last touch, and that
/// the order was placed after that.
pub fn token_facts(token: &Token) -> [Fact; 4] {
    let visitor = FactKind::Visitor(VisitorFact {
        id: token.visitor.to_string(),
    });
    [
        Fact::new(visitor),
        touch_fact(token.visitor, token.first),
        touch_fact(token.visitor, token.last),
        Fact::new(FactKind::Marked {
            at: Instant::from_millis(token.last.at),
        }),
    ]
}

/// The fact that a visitor was touched. The same touch is the same fact, whether a token or a
/// journey tells of it.
pub fn touch_fact(visitor: VisitorId, mark: Mark) -> Fact {
    Fact::new(FactKind::Touch(touch_of(visitor, mark)))
}

/// A visitor's touch, as orders know it.
pub fn touch_of(visitor: VisitorId, mark: Mark) -> TouchFact {
    TouchFact {
        at: Instant::from_millis(mark.at),
        id: touch_id(visitor, mark),
        method: match mark.method {
            Method::Link => TouchMethod::Link,
            Method::Qr => TouchMethod::Qr,
        },
        link: mark.link,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_one_fact_whether_the_token_or_the_journey_tells_of_it() {
        let visitor = VisitorId::new(3, 0, [5; 8]);
        let [first, last] = [1_000, 2_000].map(|at| Mark {
            at,
            link: 7,
            method: Method::Qr,
        });
        let facts = token_facts(&Token {
            visitor,
            first,
            last,
        });
        let of_journey = [first, last].map(|mark| touch_fact(visitor, mark));
        assert_eq!(facts[1..3], of_journey);
        assert_ne!(of_journey[0].key, of_journey[1].key);
        assert_eq!(facts[0].key, format!("visitor:{visitor}"));
    }
}
