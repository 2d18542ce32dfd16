//! What webhooks say, and that the schema says the same.

use serde_json::{Value, json};
use waymark_outbox::event::{ConversionChange, Event, EventId, EventType, Reason, Subject};
use waymark_outbox::macros::Macro;
use waymark_outbox::receiver::{Postback, Receiver, Webhook};
use waymark_outbox::request::request;

use crate::samples::{conversion, event, event_about, hosts, noon, read};

const CHANGES: [ConversionChange; 6] = [
    ConversionChange::Created,
    ConversionChange::Approved,
    ConversionChange::Changed,
    ConversionChange::Reversed,
    ConversionChange::Denied,
    ConversionChange::Paid,
];

/// An event of each type, and those that leave out what may be left out.
fn events() -> Vec<Event> {
    let mut least = conversion();
    least.coupon = None;
    least.click = None;
    least.previous_commission = None;
    let conversions = CHANGES.map(|change| Subject::Conversion(change, conversion()));
    let others = [
        Subject::Orphan,
        Subject::Review(None),
        Subject::Review(Some(least)),
        Subject::Test(None),
        Subject::Test(Some(conversion())),
    ];
    let mut events: Vec<Event> = conversions
        .into_iter()
        .chain(others)
        .map(event_about)
        .collect();
    events.push(Event {
        reason: None,
        ..event()
    });
    events
}

fn payload(event: &Event) -> Value {
    serde_json::from_str(&event.payload().unwrap()).unwrap()
}

#[test]
fn a_webhook_says_what_happened_to_which_conversion_of_which_order() {
    assert_eq!(
        payload(&event()),
        json!({
            "type": "conversion.created",
            "timestamp": "2026-01-04T12:00:00.123Z",
            "data": {
                "order": { "store": "kettle.myshopify.com", "id": "820982911946154508" },
                "conversion": {
                    "number": 17,
                    "affiliate": "ana",
                    "method": "coupon",
                    "status": "pending",
                    "currency": "EUR",
                    "amount": "80.00",
                    "commission": "-0.50",
                    "previous_commission": "8.00",
                    "coupon": "SAVE 10%",
                },
                "reason": "refunded",
            },
        })
    );
    let orphan = payload(&event_about(Subject::Orphan));
    assert_eq!(orphan["type"], "order.orphaned");
    assert_eq!(orphan["data"].get("conversion"), None);
}

/// What a click brought – its id, the sub values – is told to affiliates, not to webhooks, which
/// other systems of the merchant log.
#[test]
fn a_webhook_has_nothing_of_the_visit() {
    let text = event().payload().unwrap();
    for of_visit in ["abcDEF", "a&b=c", "gr\u{fc}n", "sub", "click"] {
        assert!(!text.contains(of_visit), "{text}");
    }
}

#[test]
fn an_event_is_kept_as_it_is_and_sent_as_it_was() {
    for event in events() {
        let kept = serde_json::to_string(&event).unwrap();
        let read: Event = serde_json::from_str(&kept).unwrap();
        assert_eq!(read, event, "{kept}");
        assert_eq!(read.payload().unwrap(), event.payload().unwrap());
    }
}

#[test]
fn ids_and_reasons_are_words_of_this_program() {
    let id = EventId::new([0xab; 16]);
    assert_eq!(id.as_str(), format!("evt_{}", "ab".repeat(16)));
    for text in ["", "evt.1", "evt 1", "\u{e9}", &"x".repeat(65)] {
        assert!(EventId::try_from(text.to_owned()).is_err(), "{text}");
    }
    for text in [
        "",
        "Customer asked",
        "ana@blog.example",
        "ana.b",
        &"x".repeat(65),
    ] {
        assert!(Reason::try_from(text.to_owned()).is_err(), "{text}");
    }
    // What is read from storage is held to the same.
    assert!(serde_json::from_str::<EventId>("\"evt.1\"").is_err());
    assert!(serde_json::from_str::<Reason>("\"ana@blog.example\"").is_err());
}

#[test]
fn every_type_is_one_word_everywhere() {
    for kind in EventType::ALL {
        assert_eq!(json!(kind), kind.as_str());
    }
    let kinds: Vec<EventType> = CHANGES.map(ConversionChange::kind).to_vec();
    assert_eq!(kinds, EventType::ALL[..6]);
    let of_conversion = EventType::ALL.map(EventType::is_of_conversion);
    assert_eq!(of_conversion.iter().filter(|it| **it).count(), 6);
}

#[test]
fn a_webhook_is_told_of_what_it_lists_and_by_default_of_everything() {
    let all: Webhook = read("url = \"\"\nsecrets = []");
    let some: Webhook = read("url = \"\"\nsecrets = []\nevents = [\"review.needed\"]");
    for event in events() {
        assert!(Receiver::Webhook(&all).wants(&event));
        let listed = event.kind() == EventType::ReviewNeeded;
        assert_eq!(Receiver::Webhook(&some).wants(&event), listed);
    }
}

fn test_event(receiver: Receiver<'_>) -> Event {
    let id = EventId::new([9; 16]);
    receiver.test_event(id, noon(), "EUR".parse().unwrap())
}

#[test]
fn a_test_of_a_webhook_is_marked_as_one_and_tells_of_no_conversion() {
    let webhook: Webhook = read("url = \"\"\nsecrets = []");
    let event = test_event(Receiver::Webhook(&webhook));
    assert_eq!(
        payload(&event),
        json!({
            "type": "test",
            "timestamp": "2026-01-04T12:00:00.123Z",
            "data": { "order": { "store": "test", "id": "test" }, "reason": "test" },
        })
    );
}

/// A network that takes it for a conversion owes nobody anything.
#[test]
fn a_test_of_a_postback_fills_every_macro_and_no_amount() {
    let macros = Macro::ALL
        .map(|it| format!("{0}={{{0}}}", it.as_str()))
        .join("&");
    let toml = format!(
        "url = \"https://hooks.example/?{macros}\"\naffiliate = \"ana\"\nsecret = \"HOOKS\""
    );
    let postback: Postback = read(&toml);
    let receiver = Receiver::Postback(&postback);
    let event = test_event(receiver);
    let sent = request(
        &event,
        receiver,
        &hosts(),
        &|_| Some("hush".to_owned()),
        noon(),
    );
    let url = sent.unwrap().url;
    let (_, query) = url.split_once('?').unwrap();
    let expected = "click_id=test&sub1=test&sub2=test&sub3=test&sub4=test&sub5=test&payout=0.00&\
        amount=0.00&currency=EUR&status=pending&transaction_id=test-0&conversion=0&order_id=test&\
        store=test&coupon=test&affiliate=ana&method=link&reason=test&event=test&\
        event_id=evt_09090909090909090909090909090909&timestamp=1767528000&\
        time=2026-01-04T12%3A00%3A00.123Z&secret=hush";
    assert_eq!(query, expected);
    // Everybody's postback has no affiliate of its own.
    let everybodys: Postback = read("url = \"\"");
    let event = test_event(Receiver::Postback(&everybodys));
    assert_eq!(event.conversion().unwrap().affiliate, "test");
}

#[test]
fn nobody_is_told_of_a_test_by_listing_it() {
    let listed = toml::from_str::<Webhook>("url = \"\"\nsecrets = []\nevents = [\"test\"]");
    let refused = listed.unwrap_err().to_string();
    assert!(refused.contains("unknown variant `test`"), "{refused}");
}

#[test]
fn a_postback_is_told_of_what_its_affiliate_may_see_and_no_other_s() {
    let wants = |toml: &str, event: &Event| {
        let postback: Postback = read(toml);
        Receiver::Postback(&postback).wants(event)
    };
    let anas = "url = \"\"\naffiliate = \"ana\"";
    assert!(wants("url = \"\"", &event()));
    assert!(wants(anas, &event()));
    assert!(!wants("url = \"\"\naffiliate = \"ben\"", &event()));
    let mut hidden = conversion();
    hidden.visible = false;
    let hidden = event_about(Subject::Conversion(ConversionChange::Created, hidden));
    assert!(!wants("url = \"\"", &hidden) && !wants(anas, &hidden));
    // By default of new ones only: a network would count each call as one more.
    for event in events() {
        let is_new = event.kind() == EventType::ConversionCreated;
        assert_eq!(wants("url = \"\"", &event), is_new);
        let approved = "url = \"\"\nevents = [\"conversion.approved\", \"review.needed\"]";
        let is_approved = event.kind() == EventType::ConversionApproved;
        assert_eq!(wants(approved, &event), is_approved);
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../schema/event.json")).unwrap()
}

/// Holds a value against as much of JSON Schema as the schema is written in, patterns excepted;
/// members that it does not describe are faults, too.
fn faults(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let target = root.pointer(pointer.trim_start_matches('#')).unwrap();
        return self::faults(root, target, value, path);
    }
    let mut faults = Vec::new();
    let is_of_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some(other) => panic!("{path}: {other}"),
        None => true,
    };
    if !is_of_type {
        faults.push(format!("{path}: is no {}", schema["type"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        faults.push(format!("{path}: {value} is not listed"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            faults.push(format!("{path}.{name}: missing"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match schema["properties"].get(name) {
            Some(schema) => faults.extend(self::faults(root, schema, member, &path)),
            None => faults.push(format!("{path}: is not described")),
        }
    }
    faults
}

#[test]
fn the_schema_describes_every_event() {
    let schema = schema();
    for event in events() {
        let payload = payload(&event);
        assert_eq!(faults(&schema, &schema, &payload, ""), [""; 0], "{payload}");
        let of_conversion = payload["data"].get("conversion").is_some();
        assert!(
            of_conversion || !event.kind().is_of_conversion(),
            "{payload}"
        );
    }
    // And it is a schema that finds faults.
    let wrong = json!({ "type": "conversion.lost", "timestamp": 1, "data": { "email": "" } });
    assert_eq!(faults(&schema, &schema, &wrong, "").len(), 4);
}

#[test]
fn the_schema_lists_the_words_that_are_used_and_no_others() {
    let schema = schema();
    let listed = |pointer: &str| schema.pointer(pointer).unwrap()["enum"].clone();
    assert_eq!(listed("/properties/type"), json!(EventType::ALL));
    let methods = json!(waymark_attribution::Method::ALL);
    assert_eq!(listed("/$defs/conversion/properties/method"), methods);
    let statuses = listed("/$defs/conversion/properties/status");
    for status in statuses.as_array().unwrap() {
        let mut event = json!(conversion());
        event["status"] = status.clone();
        let read: waymark_outbox::event::Conversion = serde_json::from_value(event).unwrap();
        assert_eq!(read.status.as_str(), status);
    }
    let refused = serde_json::from_str::<waymark_ledger::Status>("\"lost\"").unwrap_err();
    assert_eq!(
        refused.to_string().matches('`').count() / 2 - 1,
        statuses.as_array().unwrap().len()
    );
}
