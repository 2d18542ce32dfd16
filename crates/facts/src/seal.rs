//! Facts as their store said them become facts that may be kept: e-mails as keyed hashes.

use crate::email::{EmailKey, PlainEmail};
use crate::fact::{FactKind, OrderSnapshot};

impl FactKind<PlainEmail> {
    /// The same with its e-mail as a keyed hash. One that is no address is dropped: it could match
    /// nobody.
    #[must_use]
    pub fn seal(self, key: &EmailKey) -> FactKind {
        match self {
            Self::Snapshot(snapshot) => FactKind::Snapshot(snapshot.seal(key)),
            Self::Refund(refund) => FactKind::Refund(refund),
            Self::RefundTotal(given) => FactKind::RefundTotal(given),
            Self::Cancelled { at } => FactKind::Cancelled { at },
            Self::Deleted { at } => FactKind::Deleted { at },
            Self::Restored { at } => FactKind::Restored { at },
            Self::Marked { at } => FactKind::Marked { at },
            Self::Dispute(dispute) => FactKind::Dispute(dispute),
            Self::Payment(payment) => FactKind::Payment(payment),
            Self::PaymentPart(part) => FactKind::PaymentPart(part),
            Self::Coupon { code } => FactKind::Coupon { code },
            Self::Begins { subscription } => FactKind::Begins { subscription },
            Self::Customer { id } => FactKind::Customer { id },
            Self::Touch(touch) => FactKind::Touch(touch),
            Self::Visitor(visitor) => FactKind::Visitor(visitor),
            Self::Beacon(beacon) => FactKind::Beacon(beacon),
            Self::Ruling(ruling) => FactKind::Ruling(ruling),
        }
    }
}

impl OrderSnapshot<PlainEmail> {
    fn seal(self, key: &EmailKey) -> OrderSnapshot {
        OrderSnapshot {
            email: self.email.and_then(|email| key.seal(&email)),
            id: self.id,
            placed_at: self.placed_at,
            updated_at: self.updated_at,
            currency: self.currency,
            test: self.test,
            payment: self.payment,
            subscription: self.subscription,
            taxes_included: self.taxes_included,
            customer_id: self.customer_id,
            coupons: self.coupons,
            tags: self.tags,
            customer_tags: self.customer_tags,
            lines: self.lines,
            discount: self.discount,
            shipping: self.shipping,
            tax: self.tax,
            refunds: self.refunds,
            restates: self.restates,
            notes: self.notes,
            goods_left: self.goods_left,
        }
    }
}
