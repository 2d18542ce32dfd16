//! An event that has everything, and receivers.

use serde::de::DeserializeOwned;
use waymark_attribution::Method;
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_click::Subs;
use waymark_ledger::Status;
use waymark_outbox::event::{
    Click, Conversion, ConversionChange, Event, EventId, OrderRef, Reason, Subject,
};

/// 2026-01-04T12:00:00.123Z
pub const NOON_MS: i64 = 1_767_528_000_123;

/// A secret of 24 bytes as Standard Webhooks writes it, and the key of it.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub fn noon() -> Instant {
    Instant::from_millis(NOON_MS)
}

pub fn conversion() -> Conversion {
    Conversion {
        number: 17,
        affiliate: "ana".to_owned(),
        method: Method::Coupon,
        status: Status::Pending,
        visible: true,
        currency: "EUR".parse().unwrap(),
        amount: Amount::from_minor(8_000),
        commission: Amount::from_minor(-50),
        previous_commission: Some(Amount::from_minor(800)),
        coupon: Some("SAVE 10%".to_owned()),
        click: Some(Click {
            id: "abcDEF-_12345678".to_owned(),
            subs: Subs {
                sub1: Some("a&b=c/d?e#f".to_owned()),
                sub2: Some("gr\u{fc}n".to_owned()),
                sub3: Some("\"\\\n".to_owned()),
                sub4: Some("..".to_owned()),
                sub5: None,
            },
            opted_out: false,
        }),
    }
}

pub fn event_about(subject: Subject) -> Event {
    Event {
        id: EventId::new([7; 16]),
        at: noon(),
        order: OrderRef {
            store: "kettle.myshopify.com".to_owned(),
            id: "820982911946154508".to_owned(),
        },
        subject,
        reason: Some(Reason::try_from("refunded".to_owned()).unwrap()),
    }
}

pub fn event() -> Event {
    event_about(Subject::Conversion(ConversionChange::Created, conversion()))
}

/// Something of the program file.
pub fn read<T: DeserializeOwned>(toml: &str) -> T {
    toml::from_str(toml).unwrap()
}

pub fn hosts() -> Vec<String> {
    vec!["hooks.example".to_owned()]
}

/// The one secret that the Worker has, `HOOKS`.
pub fn secret(name: &str) -> Option<String> {
    (name == "HOOKS").then(|| SECRET.to_owned())
}
