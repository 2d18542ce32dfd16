//! What was bought and what of it was sent back, checked.

use crate::document::{LineDocument, OrderDocument, RefundDocument};
use crate::error::{CaseError, Locate};
use crate::key::Key;
use crate::limits;
use crate::money::{Amount, Currency};
use crate::sorted::Sorted;
use crate::text::Text;
use crate::time::Instant;

#[derive(Debug, Clone)]
pub(crate) struct Order<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) placed_at: Instant,
    pub(crate) currency: Currency,
    pub(crate) email: Option<Key<'a>>,
    /// As the order spells them, none of them empty.
    pub(crate) coupons: Vec<Text<'a>>,
    /// The order's, then the customer's; as they are spelt, none of them empty.
    pub(crate) tags: Vec<Text<'a>>,
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) discount: Amount,
    pub(crate) shipping: Charge,
    pub(crate) tax: Charge,
    pub(crate) cancelled: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// Its id, or its place among the lines.
    pub(crate) name: Text<'a>,
    pub(crate) sku: Option<Text<'a>>,
    pub(crate) quantity: u64,
    pub(crate) refunded_quantity: u64,
    pub(crate) charge: Charge,
}

/// What was charged for something, and what all refunds together gave back of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charge {
    pub(crate) amount: Amount,
    /// May exceed the amount: a store may give back more than it took.
    pub(crate) refunded: Amount,
}

impl Charge {
    fn refund(&mut self, amount: Amount) {
        // The sum saturates far above any amount that could be charged, where more makes no difference.
        let sum = self.refunded.minor().saturating_add(amount.minor());
        self.refunded = Amount::from_minor(sum);
    }
}

impl<'a> Order<'a> {
    pub(crate) fn new(
        document: OrderDocument<'a>,
        currency: Currency,
    ) -> Result<Order<'a>, CaseError> {
        limits::id(&document.id).field("id")?;
        limits::list(&document.lines, limits::LINES).field("lines")?;
        limits::list(&document.refunds, limits::REFUNDS).field("refunds")?;
        let mut order = Order {
            id: document.id,
            placed_at: document.placed_at,
            currency,
            email: email(document.email).field("email")?,
            coupons: triggers(document.coupons).field("coupons")?,
            tags: triggers(document.tags).field("tags")?,
            lines: document
                .lines
                .into_iter()
                .enumerate()
                .map(|(index, document)| line(index, document, currency).index(index))
                .collect::<Result<_, CaseError>>()
                .field("lines")?,
            discount: amount(document.discount, currency).field("discount")?,
            shipping: charge(document.shipping, currency).field("shipping")?,
            tax: charge(document.tax, currency).field("tax")?,
            cancelled: document.cancelled,
        };
        order
            .tags
            .extend(triggers(document.customer_tags).field("customer_tags")?);
        let places = order.places().field("lines")?;
        for (index, refund) in document.refunds.into_iter().enumerate() {
            order
                .refund(refund, &places)
                .index(index)
                .field("refunds")?;
        }
        Ok(order)
    }

    /// The place of each line by its name.
    fn places(&self) -> Result<Sorted<Text<'a>, usize>, CaseError> {
        let names = self.lines.iter().map(|line| line.name.clone());
        Sorted::new(names.zip(0..).collect())
            .map_err(|error| CaseError::new(format!("two lines are named {}", error.path())))
    }

    fn refund(
        &mut self,
        document: RefundDocument<'_>,
        places: &Sorted<Text<'a>, usize>,
    ) -> Result<(), CaseError> {
        limits::id(&document.id).field("id")?;
        limits::list(&document.lines, limits::LINES).field("lines")?;
        for (index, refunded) in document.lines.into_iter().enumerate() {
            let back = amount(refunded.amount, self.currency)
                .field("amount")
                .index(index)
                .field("lines")?;
            if refunded.quantity > limits::QUANTITY {
                return Err(CaseError::new("more than 1000000"))
                    .field("quantity")
                    .index(index)
                    .field("lines");
            }
            let line = places
                .get(&refunded.line)
                .and_then(|place| self.lines.get_mut(*place))
                .ok_or_else(|| CaseError::new("the order has no line of this name"))
                .field("line")
                .index(index)
                .field("lines")?;
            line.charge.refund(back);
            line.refunded_quantity = line
                .refunded_quantity
                .saturating_add(u64::from(refunded.quantity));
        }
        self.shipping
            .refund(amount(document.shipping, self.currency).field("shipping")?);
        self.tax
            .refund(amount(document.tax, self.currency).field("tax")?);
        Ok(())
    }
}

fn line(
    index: usize,
    document: LineDocument<'_>,
    currency: Currency,
) -> Result<Line<'_>, CaseError> {
    let name = match document.id {
        None => index.to_string().into(),
        Some(id) => {
            limits::id(&id).field("id")?;
            id
        }
    };
    if let Some(sku) = &document.sku {
        limits::text(sku).field("sku")?;
    }
    if !(1..=limits::QUANTITY).contains(&document.quantity) {
        return Err(CaseError::new("not from 1 to 1000000")).field("quantity");
    }
    Ok(Line {
        name,
        sku: document.sku.filter(|sku| !sku.trim().is_empty()),
        quantity: u64::from(document.quantity),
        refunded_quantity: 0,
        charge: charge(document.amount, currency).field("amount")?,
    })
}

/// Codes or tags, without those that are white space only.
fn triggers(texts: Vec<Text<'_>>) -> Result<Vec<Text<'_>>, CaseError> {
    limits::list(&texts, limits::TRIGGERS)?;
    for (index, text) in texts.iter().enumerate() {
        limits::text(text).index(index)?;
    }
    Ok(texts
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect())
}

fn email(text: Option<Text<'_>>) -> Result<Option<Key<'_>>, CaseError> {
    text.map(|text| limits::text(&text).map(|()| Key::new(text)))
        .transpose()
        .map(Option::flatten)
}

fn charge(text: Option<Text<'_>>, currency: Currency) -> Result<Charge, CaseError> {
    Ok(Charge {
        amount: amount(text, currency)?,
        refunded: Amount::ZERO,
    })
}

fn amount(text: Option<Text<'_>>, currency: Currency) -> Result<Amount, CaseError> {
    match text {
        None => Ok(Amount::ZERO),
        Some(text) => {
            limits::text(&text)?;
            Ok(currency.parse(&text)?)
        }
    }
}
