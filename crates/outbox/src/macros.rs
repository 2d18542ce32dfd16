//! The macros of postbacks: `{click_id}`, `{payout}` and the others that the field uses.

use waymark_click::Subs;

use crate::event::{Conversion, Event};

/// What stands in braces in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Macro {
    /// `{click_id}`
    ClickId,
    /// `{sub1}`
    Sub1,
    /// `{sub2}`
    Sub2,
    /// `{sub3}`
    Sub3,
    /// `{sub4}`
    Sub4,
    /// `{sub5}`
    Sub5,
    /// `{payout}`
    Payout,
    /// `{amount}`
    Amount,
    /// `{currency}`
    Currency,
    /// `{status}`
    Status,
    /// `{transaction_id}`
    TransactionId,
    /// `{conversion}`
    Conversion,
    /// `{order_id}`
    OrderId,
    /// `{store}`
    Source,
    /// `{coupon}`
    Coupon,
    /// `{affiliate}`
    Affiliate,
    /// `{method}`
    Method,
    /// `{reason}`
    Reason,
    /// `{event}`
    Event,
    /// `{event_id}`
    EventId,
    /// `{timestamp}`
    Timestamp,
    /// `{time}`
    Time,
    /// `{secret}`
    Secret,
}

impl Macro {
    /// Every macro, in the sequence in which papers list them.
    pub const ALL: [Macro; 23] = [
        Macro::ClickId,
        Macro::Sub1,
        Macro::Sub2,
        Macro::Sub3,
        Macro::Sub4,
        Macro::Sub5,
        Macro::Payout,
        Macro::Amount,
        Macro::Currency,
        Macro::Status,
        Macro::TransactionId,
        Macro::Conversion,
        Macro::OrderId,
        Macro::Source,
        Macro::Coupon,
        Macro::Affiliate,
        Macro::Method,
        Macro::Reason,
        Macro::Event,
        Macro::EventId,
        Macro::Timestamp,
        Macro::Time,
        Macro::Secret,
    ];

    /// The macro's name, as it stands in braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Macro::ClickId => "click_id",
            Macro::Sub1 => "sub1",
            Macro::Sub2 => "sub2",
            Macro::Sub3 => "sub3",
            Macro::Sub4 => "sub4",
            Macro::Sub5 => "sub5",
            Macro::Payout => "payout",
            Macro::Amount => "amount",
            Macro::Currency => "currency",
            Macro::Status => "status",
            Macro::TransactionId => "transaction_id",
            Macro::Conversion => "conversion",
            Macro::OrderId => "order_id",
            Macro::Source => "store",
            Macro::Coupon => "coupon",
            Macro::Affiliate => "affiliate",
            Macro::Method => "method",
            Macro::Reason => "reason",
            Macro::Event => "event",
            Macro::EventId => "event_id",
            Macro::Timestamp => "timestamp",
            Macro::Time => "time",
            Macro::Secret => "secret",
        }
    }

    /// The macro of that name.
    pub fn named(name: &str) -> Option<Macro> {
        Macro::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether its value is always a number, which may stand in JSON without quotes.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            Macro::Payout | Macro::Amount | Macro::Conversion | Macro::Timestamp
        )
    }
}

/// What the macros stand for in one postback.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The event that is told.
    pub event: &'a Event,
    /// The conversion that it tells of.
    pub conversion: &'a Conversion,
    /// The value of the Worker's secret that the postback names.
    pub secret: Option<&'a str>,
}

impl Values<'_> {
    /// The value of a macro, not yet encoded. What there is none of is empty.
    pub fn of(&self, name: Macro) -> String {
        let Values {
            event, conversion, ..
        } = self;
        let click = conversion.click.as_ref().filter(|it| !it.opted_out);
        let sub = |of: fn(&Subs) -> &Option<String>| {
            let value = click.and_then(|click| of(&click.subs).clone());
            value.unwrap_or_default()
        };
        match name {
            Macro::ClickId => click.map(|click| click.id.clone()).unwrap_or_default(),
            Macro::Sub1 => sub(|subs| &subs.sub1),
            Macro::Sub2 => sub(|subs| &subs.sub2),
            Macro::Sub3 => sub(|subs| &subs.sub3),
            Macro::Sub4 => sub(|subs| &subs.sub4),
            Macro::Sub5 => sub(|subs| &subs.sub5),
            Macro::Payout => conversion.currency.format(conversion.commission),
            Macro::Amount => conversion.currency.format(conversion.amount),
            Macro::Currency => conversion.currency.code().to_owned(),
            Macro::Status => conversion.status.as_str().to_owned(),
            Macro::TransactionId => format!("{}-{}", event.order.id, conversion.number),
            Macro::Conversion => conversion.number.to_string(),
            Macro::OrderId => event.order.id.clone(),
            Macro::Source => event.order.store.clone(),
            Macro::Coupon => conversion.coupon.clone().unwrap_or_default(),
            Macro::Affiliate => conversion.affiliate.clone(),
            Macro::Method => conversion.method.as_str().to_owned(),
            Macro::Reason => {
                let reason = event.reason.as_ref().map(|reason| reason.as_str());
                reason.unwrap_or_default().to_owned()
            }
            Macro::Event => event.kind().as_str().to_owned(),
            Macro::EventId => event.id.as_str().to_owned(),
            Macro::Timestamp => event.at.as_millis().div_euclid(1_000).to_string(),
            Macro::Time => event.at.to_string(),
            Macro::Secret => self.secret.unwrap_or_default().to_owned(),
        }
    }
}
