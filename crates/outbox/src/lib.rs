//! What Waymark sends: webhooks to the merchant, postbacks to affiliates and ad networks.
//!
//! An [`Event`] is written in the same transaction as what it tells of. For each [`Receiver`] that
//! wants it there is a [`Delivery`], which [`next`] and [`conclude`] carry to its end:
//!
//! ```text
//! delivery ──next──▶ Send(request) ──(the caller calls)──▶ answer ──conclude──▶ delivery, health, log
//!                    Wait, Paused, Over: nothing to do now
//! ```
//!
//! A delivery is made at least once: a receiver that sees an id again has the event already.
//!
//! ```
//! use waymark_attribution::time::Instant;
//! use waymark_outbox::delivery::{Delivery, State};
//! use waymark_outbox::event::{Event, EventId, OrderRef, Subject};
//! use waymark_outbox::health::Health;
//! use waymark_outbox::receiver::{Receiver, Webhook};
//! use waymark_outbox::step::{Answer, Step, Target, next, conclude};
//!
//! let webhook = Webhook {
//!     url: "https://hooks.example/waymark".to_owned(),
//!     secrets: vec!["SHOP_HOOKS".to_owned()],
//!     events: None,
//! };
//! let now = Instant::from_millis(1_767_528_000_000);
//! let event = Event {
//!     id: EventId::new([7; 16]),
//!     at: now,
//!     order: OrderRef { store: "store".to_owned(), id: "1001".to_owned() },
//!     subject: Subject::Orphan,
//!     reason: None,
//! };
//! let receiver = Receiver::Webhook(&webhook);
//! assert!(receiver.wants(&event));
//!
//! let target = Target {
//!     receiver: Some(receiver),
//!     hosts: &["hooks.example".to_owned()],
//!     secret: &|_| Some("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned()),
//! };
//! let (delivery, health) = (Delivery::new(now), Health::default());
//! let Step::Send(request) = next(&event, delivery, target, health, now, 42) else {
//!     panic!("it is due at once");
//! };
//! assert_eq!(request.url, "https://hooks.example/waymark");
//! let concluded = conclude(&request, delivery, health, Answer::TimedOut, now, 42);
//! assert_eq!(concluded.delivery.state, State::Waiting);
//! assert_eq!(concluded.delivery.due.to_string(), "2026-01-04T12:00:04.500Z");
//! ```
//!
//! # Webhooks
//!
//! A webhook is the merchant's own address. It is called with JSON, `{"type": …, "timestamp": …,
//! "data": {…}}` (`schema/event.json`), signed by [Standard Webhooks](https://www.standardwebhooks.com).
//! `webhook-id` is the event's id, in every try the same. Calls may arrive in another sequence than
//! the events happened in: of two about one conversion, that with the later `timestamp` counts.
//!
//! ```toml
//! [outbox]
//! hosts = ["hooks.example", "track.network.example"] # messages go nowhere else
//!
//! [webhooks.shop]
//! url = "https://hooks.example/waymark"
//! secrets = ["SHOP_HOOKS"]     # names of the Worker's secrets: whsec_ and base64 of 24 to 64 bytes
//! events = ["conversion.created", "review.needed"] # default: all
//! ```
//!
//! | event | when |
//! |---|---|
//! | `conversion.created` | an order was credited to somebody: once for each conversion |
//! | `conversion.approved` | the conversion is owed for good |
//! | `conversion.changed` | its commission or status changed, as by a refund; or it counts again |
//! | `conversion.reversed` | what was owed for it was taken back, or somebody else is credited |
//! | `conversion.denied` | a person decided that nothing is owed for it |
//! | `conversion.paid` | it was paid |
//! | `order.orphaned` | for 72 hours, nothing but changes was heard of an order |
//! | `review.needed` | a person has to look at an order or a conversion |
//! | `test` | a person asked for it: nothing happened, and its order is called `test` |
//!
//! What is recorded with nothing owed is no event; should it be credited later, it is created then.
//! A conversion that was reversed or denied and counts again – a person's ruling was undone, or what
//! outranked it is gone – is changed, to the status `pending` or `held`: it was created before, and
//! who counts what is created must not count it twice
//! ([all transitions](event::ConversionChange::of)).
//!
//! No event has an e-mail address or another text about a person.
//!
//! # Postbacks
//!
//! A postback is an address that an affiliate or an ad network gave, with macros for what they want
//! to know. It is told of conversions, by default of new ones. A network that pays for what it was
//! told of has to hear what becomes of it: list `conversion.reversed`, `conversion.denied` and
//! `conversion.changed`, too, and send `{status}` and `{payout}`.
//!
//! ```toml
//! [postbacks.ana]
//! url = "https://track.network.example/conversion?click={click_id}&sub={sub1}&sum={payout}"
//! affiliate = "ana"            # default: everybody's conversions
//! events = ["conversion.created", "conversion.reversed"]
//!
//! [postbacks.network]
//! url = "https://hooks.example/p?token={secret}"
//! secret = "NETWORK_TOKEN"     # the name of the Worker's secret that {secret} stands for
//! method = "POST"              # default: GET
//! body = { json = '{"click": "{click_id}", "sum": {payout}}' } # or { form = "click={click_id}" }
//! success = [200, 409]         # default: 200 to 299
//! ```
//!
//! | macro | value |
//! |---|---|
//! | `{click_id}` | the id of the click or scan that was credited |
//! | `{sub1}` | the sub value 1 that the click brought |
//! | `{sub2}` | the sub value 2 |
//! | `{sub3}` | the sub value 3 |
//! | `{sub4}` | the sub value 4 |
//! | `{sub5}` | the sub value 5 |
//! | `{payout}` | what the affiliate is owed for the conversion now: `8.00` |
//! | `{amount}` | what the order's lines come to: `80.00` |
//! | `{currency}` | of both: `EUR` |
//! | `{status}` | `pending`, `held`, `approved`, `paid`, `denied`, `unqualified` or `reversed` |
//! | `{transaction_id}` | order and conversion, the same in every call about it: `1001-17` |
//! | `{conversion}` | the conversion's number: `17` |
//! | `{order_id}` | the store's id of the order: `1001` |
//! | `{store}` | the store's name in the program |
//! | `{coupon}` | the code, where a coupon made the conversion |
//! | `{affiliate}` | the affiliate's id |
//! | `{method}` | `link`, `qr`, `coupon`, `email`, `sku`, `tag` or `assigned` |
//! | `{reason}` | why it happened: `refunded` |
//! | `{event}` | `conversion.created` and so on |
//! | `{event_id}` | the event's id, the same in every try |
//! | `{timestamp}` | when it happened, in seconds of Unix time |
//! | `{time}` | the same as text: `2026-01-04T12:00:00.123Z` |
//! | `{secret}` | the value of the Worker's secret that `secret` names |
//!
//! A test fills every text with `test`, numbers with 0, and only where it is asked for by the
//! postback's name. What there is none of is empty; so are `{click_id}` and `{sub1}` to `{sub5}` if the visitor's
//! browser sent `Sec-GPC: 1`.
//!
//! Sub values, and whether the browser sent that, are known from the visitor's journey alone; the
//! token in an order has only the touch itself. Where the journey is not read within 1.5 s, or does
//! not have the touch, an event has neither `{click_id}` nor sub values: the browser may have sent
//! it. An alarm reads such a journey later. An event that was written before then stays as it is, in
//! every try; those of the same conversion that come after it have the click's id and sub values.
//!
//! Macros may stand in parts of the path, in values of the query or the
//! form, and in JSON's strings; `{payout}`, `{amount}`, `{conversion}` and `{timestamp}` also as
//! its numbers. A value is encoded as its place demands, so it stays one value.
//!
//! # Until it is received
//!
//! | answer | webhook | postback |
//! |---|---|---|
//! | 200 to 299, or `success` | received | received |
//! | 410 | the receiver is paused at once | the same |
//! | 408, 429, 500 to 599, none within 15 s | tried again | tried again |
//! | any other, redirects included | tried again | given up |
//!
//! There are ten tries within three days: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h,
//! 20 h and 20 h 25 min after the try before, each distance up to a tenth shorter or longer, and
//! longer if `Retry-After` asks for it. After the last one the delivery is given up: it stays in
//! the log and can be replayed by hand.
//!
//! A receiver that gives nothing but failures for three days, ten at least, is paused. While it is
//! paused its messages wait, for 30 days; once a person resumes it they are sent, on a schedule that
//! begins anew. What waits for a receiver that is dropped from the program is given up; it can be
//! replayed once one of that name is back, of which no failure is remembered.
//!
//! The log has a message for 30 days after it was delivered or given up.
//!
//! At most six calls are under way at once, and two of them to one receiver ([`turns`]): one that
//! does not answer has nobody else wait.
//!
//! Pure: time, random bytes, secrets and answers are arguments.
//!
//! [`Delivery`]: delivery::Delivery
//! [`Event`]: event::Event
//! [`Receiver`]: receiver::Receiver
//! [`next`]: step::next
//! [`conclude`]: step::conclude

#![forbid(unsafe_code)]

pub mod address;
pub mod attempt;
mod check;
pub mod delivery;
pub mod event;
pub mod health;
pub mod macros;
pub mod receiver;
pub mod request;
pub mod retry;
pub mod step;
pub mod template;
pub mod turns;

pub use check::check;
