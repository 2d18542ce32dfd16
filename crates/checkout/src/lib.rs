//! What stores say about orders, and what follows from it.
//!
//! A store calls; [`signature`] decides whether it is the store. [`shopify`], [`woocommerce`],
//! [`stripe`], [`bigcommerce`] and [`generic`] read the payload into a [`Delivery`]: an order's id and
//! what is said about it; [`changes`] asks for what a call that was lost would have said. Sealed, it is a set of [`Fact`]s, which are kept and never edited.
//! [`fold`](fold()) makes one [`Order`] of all the facts of an order, the same one in whatever
//! sequence, and however often, they were heard.
//!
//! ```
//! use waymark_checkout::email::EmailKey;
//! use waymark_checkout::signature::{Scheme, sign_shopify, verify};
//! use waymark_checkout::{Parsed, fold, shopify};
//!
//! let body = br#"{ "id": 820982911946154508, "created_at": "2026-01-04T12:00:00Z",
//!     "currency": "USD", "email": "jon@example.com",
//!     "line_items": [{ "id": 1, "quantity": 2, "price": "50.00", "total_discount": "10.00" }] }"#;
//! let secret = Scheme::Shopify.secret("the app's client secret")?;
//! let signature = sign_shopify(&secret, body);
//!
//! let header = |name| (name == "x-shopify-hmac-sha256").then_some(signature.as_str());
//! let now_ms = 1_767_528_000_000;
//! verify(Scheme::Shopify, header, body, &[secret], now_ms)?;
//!
//! let Parsed::Delivery(delivery) = shopify::parse("orders/create", body)? else {
//!     panic!("of no concern");
//! };
//! let sealed = delivery.seal(&EmailKey::new(*b"32 random bytes of the program.."));
//! let order = fold(&sealed.facts).order.ok_or("not heard of yet")?;
//! assert_eq!(order.document().lines[0].amount.as_deref(), Some("90.00"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod beacon;
pub mod bigcommerce;
pub mod changes;
mod dates;
pub mod delivery;
pub mod email;
pub mod fact;
mod fold;
pub mod generic;
mod landing;
mod order;
mod payload;
mod refunds;
pub mod ruling;
pub mod shopify;
pub mod signature;
pub mod stripe;
pub mod waits;
pub mod woocommerce;

pub use delivery::{Delivery, Parsed, SealedDelivery};
pub use fact::{Fact, FactKind};
pub use fold::{Flag, Folded, fold};
pub use order::Order;
pub use payload::Unusable;
pub use refunds::{Refund, RefundLine};
