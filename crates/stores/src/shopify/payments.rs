//! The payments of Shopify's refund. Each is in the shopper's currency, which may be none that is known:
//! it bears on nothing but how far the refund has come.

use super::money::{known_currency, share};
use super::refund::Adjusted;
use crate::payload::{Object, Unusable};
use waymark_attribution::money::Currency;

/// What became of a refund's payments, in minor units of the one currency that they are in.
#[derive(Default)]
pub(super) struct Payments {
    /// The one currency, if it is known.
    currency: Option<Currency>,
    /// Whether the sums are of one currency.
    alike: bool,
    done: i64,
    pending: i64,
    failed: i64,
    are_pending: bool,
    some_failed: bool,
    some_did_not: bool,
}

/// A part of a whole.
#[derive(Clone, Copy)]
pub(super) struct Share {
    part: i64,
    whole: i64,
}

impl Share {
    pub(super) fn of(self, minor: i64) -> i64 {
        match self.part == self.whole {
            true => minor,
            false => share(minor, self.part, self.whole),
        }
    }
}

impl Payments {
    pub(super) fn read(refund: &Object<'_, '_>, shop: Currency) -> Result<Self, Unusable> {
        let mut payments = Self {
            alike: true,
            ..Self::default()
        };
        let mut code: Option<String> = None;
        for payment in refund.get("transactions").objects()? {
            if payment.get("kind").text()?.as_deref() != Some("refund") {
                continue;
            }
            let place = payment.get("currency");
            let currency = known_currency(&place);
            let own = place.text().ok().flatten();
            payments.alike &= code.is_none() || code == own;
            code = code.or(own);
            payments.currency = currency;
            // Of a currency that is not known the digits are not either: any will do to compare.
            let amount = payment.get("amount").rounded(currency.unwrap_or(shop));
            let amount = amount.ok().flatten().unwrap_or_default().minor().max(0);
            let sum = match payment.get("status").text()?.as_deref() {
                Some("failure" | "error") => {
                    payments.some_failed = true;
                    &mut payments.failed
                }
                status => {
                    payments.some_did_not = true;
                    let is_pending = status == Some("pending");
                    payments.are_pending |= is_pending;
                    match is_pending {
                        true => &mut payments.pending,
                        false => &mut payments.done,
                    }
                }
            };
            *sum = sum.saturating_add(amount);
        }
        // Where none of them names one, it is the shop's.
        if code.is_none() {
            payments.currency = Some(shop);
        }
        Ok(payments)
    }

    /// Whether there are payments and none of them succeeded, or still may.
    pub(super) fn all_failed(&self) -> bool {
        self.some_failed && !self.some_did_not
    }

    /// How much of what seems to be kept is on its way to the shopper. Where the payment's currency can be
    /// compared with neither of the adjustments', all of it is.
    pub(super) fn on_its_way(&self, kept: &Adjusted, shop: Currency) -> i64 {
        let whole = kept.whole();
        match self.comparable(kept, shop) {
            _ if !self.are_pending => 0,
            None => whole,
            Some(seen) if self.pending >= seen => whole,
            Some(seen) => share(whole, self.pending, seen),
        }
    }

    /// The part of the refund that the shopper got or is to get. What failed is not, unless adjustments
    /// say so themselves.
    pub(super) fn share_given(&self, kept: &Adjusted, shop: Currency) -> Share {
        let is_told = match self.comparable(kept, shop) {
            Some(seen) => seen >= self.failed.saturating_add(self.pending),
            None => kept.whole() > 0,
        };
        let given = self.done.saturating_add(self.pending);
        let all = given.saturating_add(self.failed);
        let in_part = self.some_failed && self.some_did_not && self.alike;
        match in_part && !is_told && all > 0 {
            true => Share {
                part: given,
                whole: all,
            },
            false => Share { part: 1, whole: 1 },
        }
    }

    /// What was kept, in the payments' currency; `None` where it is not known in that.
    fn comparable(&self, kept: &Adjusted, shop: Currency) -> Option<i64> {
        let currency = self.currency.filter(|_| self.alike)?;
        match kept.seen {
            _ if currency == shop => Some(kept.whole()),
            Some((seen, of)) if of == currency => Some(seen),
            // Nothing is nothing in every currency.
            _ => (kept.whole() == 0).then_some(0),
        }
    }
}
