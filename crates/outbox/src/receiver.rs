//! Who is told: `[outbox]`, `[webhooks]` and `[postbacks]` of the program file.

use serde::{Deserialize, Serialize};
use waymark_attribution::Method;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_click::Subs;
use waymark_ledger::Status;

use crate::event::{Click, Conversion, Event, EventId, EventType, OrderRef, Reason, Subject};
use crate::template::{Template, TemplateError};

/// `[outbox]`: what holds for all messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbox {
    /// The hosts that messages may go to, each by its exact name. Whoever writes a URL elsewhere in
    /// the file can send there only what the merchant confirms here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

/// `[webhooks.NAME]`: one address of the merchant's own, called with signed JSON (Standard
/// Webhooks).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where events are sent.
    pub url: String,
    /// The names – never the values – of the Worker's secrets that calls are signed with. Two while
    /// a secret is being changed: then each call carries both signatures.
    pub secrets: Vec<String>,
    /// Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventType>>,
}

/// `[postbacks.NAME]`: one address of an affiliate or an ad network, called as its template says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Postback {
    /// With macros in parts of the path and in values of the query.
    pub url: String,
    /// Whose conversions it hears of. Default: everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliate: Option<String>,
    /// How it is called.
    #[serde(default, skip_serializing_if = "CallMethod::is_get")]
    pub method: CallMethod,
    /// What a POST carries. Default: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The name of the Worker's secret that the macro `{secret}` stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The statuses that mean "received". Default: 200 to 299.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<u16>,
    /// Default: `conversion.created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventType>>,
}

/// How a receiver is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CallMethod {
    /// `GET`
    #[default]
    Get,
    /// `POST`
    Post,
}

/// The body of a postback, as a template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// `click_id={click_id}&sum={payout}`
    Form(String),
    /// `{"click": "{click_id}", "sum": {payout}}`
    Json(String),
}

/// Somebody who is told of events.
#[derive(Clone, Copy, Debug)]
pub enum Receiver<'a> {
    /// It takes events as JSON.
    Webhook(&'a Webhook),
    /// It takes an address that is filled in.
    Postback(&'a Postback),
}

impl Receiver<'_> {
    /// An event by which a person sees whether the receiver is reached, to be sent to it alone.
    /// Order, affiliate and visit are called `test`, and amounts are zero: whoever takes it for a
    /// conversion owes nobody anything. A webhook is told of no conversion at all.
    pub fn test_event(&self, id: EventId, at: Instant, currency: Currency) -> Event {
        let word = || "test".to_owned();
        let conversion = match self {
            Receiver::Webhook(_) => None,
            Receiver::Postback(postback) => Some(Conversion {
                number: 0,
                affiliate: postback.affiliate.clone().unwrap_or_else(word),
                method: Method::Link,
                status: Status::Pending,
                visible: true,
                currency,
                amount: Amount::ZERO,
                commission: Amount::ZERO,
                previous_commission: None,
                coupon: Some(word()),
                click: Some(Click {
                    id: word(),
                    subs: Subs {
                        sub1: Some(word()),
                        sub2: Some(word()),
                        sub3: Some(word()),
                        sub4: Some(word()),
                        sub5: Some(word()),
                    },
                    opted_out: false,
                }),
            }),
        };
        Event {
            id,
            at,
            order: OrderRef {
                store: word(),
                id: word(),
            },
            subject: Subject::Test(conversion),
            reason: Reason::try_from(word()).ok(),
        }
    }

    /// Whether the receiver is to be told of the event, once it happens.
    ///
    /// A postback is told of conversions only, those that their affiliate may see. That it is not
    /// credited any more an affiliate may always know: whom another one outranks has a conversion
    /// that is hidden from then on, and was told before that it was created.
    pub fn wants(&self, event: &Event) -> bool {
        let kind = event.kind();
        match self {
            Receiver::Webhook(webhook) => {
                let events = webhook.events.as_ref();
                events.is_none_or(|events| events.contains(&kind))
            }
            Receiver::Postback(postback) => {
                let listed = match &postback.events {
                    Some(events) => events.contains(&kind),
                    None => kind == EventType::ConversionCreated,
                };
                let concerns = event.conversion().is_some_and(|conversion| {
                    let own = postback.affiliate.as_ref();
                    let visible = conversion.visible || kind == EventType::ConversionReversed;
                    visible && own.is_none_or(|own| *own == conversion.affiliate)
                });
                listed && concerns && kind.is_of_conversion()
            }
        }
    }
}

impl CallMethod {
    /// The method's name in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            CallMethod::Get => "GET",
            CallMethod::Post => "POST",
        }
    }

    fn is_get(&self) -> bool {
        *self == CallMethod::Get
    }
}

impl Body {
    pub(crate) fn template(&self) -> Result<Template, TemplateError> {
        match self {
            Body::Form(text) => Template::form(text),
            Body::Json(text) => Template::json(text),
        }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Body::Form(_) => "application/x-www-form-urlencoded",
            Body::Json(_) => "application/json",
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Body::Form(text) | Body::Json(text) => text,
        }
    }
}
