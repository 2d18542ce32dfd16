//! The order that follows from the facts, and how it stands in a case.

use crate::fact::{OrderLine, OrderSnapshot, Subscription};
use crate::refunds::Refund;
use waymark_attribution::document::{
    LineDocument, OrderDocument, RefundDocument, RefundLineDocument,
};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::text::Text;
use waymark_attribution::time::Instant;

/// An order as the rules are to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The latest snapshot, placed when the earliest says.
    pub snapshot: OrderSnapshot,
    /// By time, then by id. They name lines of the snapshot and never give back more than it holds.
    pub refunds: Vec<Refund>,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<Instant>,
    /// The subscriptions that it begins, and at most one that it renews; each once.
    pub subscriptions: Vec<Subscription>,
}

impl Order {
    /// Whether its goods cost nothing, as those of a trial do.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let lines = self.snapshot.lines.iter();
        let sum = lines.fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
        sum <= self.snapshot.discount.minor()
    }

    /// The order as it stands in a case.
    #[must_use]
    pub fn document(&self) -> OrderDocument<'_> {
        let order = &self.snapshot;
        let currency = order.currency;
        let lines = order.lines.iter();
        let refunds = self.refunds.iter();
        OrderDocument {
            id: order.id.as_str().into(),
            placed_at: order.placed_at,
            currency: order.currency.code().into(),
            email: order.email.as_ref().map(|email| email.as_str().into()),
            coupons: texts(&order.coupons),
            tags: texts(&order.tags),
            customer_tags: texts(&order.customer_tags),
            lines: lines.map(|line| line_document(line, currency)).collect(),
            discount: money(order.discount, currency),
            shipping: money(order.shipping, currency),
            tax: money(order.tax, currency),
            refunds: refunds
                .map(|refund| refund_document(refund, currency))
                .collect(),
            cancelled: self.cancelled_at.is_some(),
        }
    }
}

fn line_document(line: &OrderLine, currency: Currency) -> LineDocument<'_> {
    LineDocument {
        id: Some(line.id.as_str().into()),
        sku: line.sku.as_deref().map(Text::from),
        quantity: line.quantity,
        amount: money(line.amount, currency),
    }
}

fn refund_document(refund: &Refund, currency: Currency) -> RefundDocument<'_> {
    let lines = refund.lines.iter();
    RefundDocument {
        id: refund.id.as_str().into(),
        lines: lines
            .map(|line| RefundLineDocument {
                line: line.line.as_str().into(),
                quantity: line.quantity,
                amount: money(line.amount, currency),
            })
            .collect(),
        shipping: money(refund.shipping, currency),
        tax: money(refund.tax, currency),
    }
}

fn money(amount: Amount, currency: Currency) -> Option<Text<'static>> {
    Some(Text::from(currency.format(amount)))
}

fn texts(list: &[String]) -> Vec<Text<'_>> {
    list.iter().map(|text| text.as_str().into()).collect()
}
