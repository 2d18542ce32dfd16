//! What stores say and can be asked, a file a platform.
//!
//! A store calls; `waymark_signatures` decides whether it is the store. [`Platform::parse`] reads the
//! payload into a [`Delivery`]: an order's id and what is said about it; [`sync`] asks for what a call that
//! was lost would have said, and [`Platform::fetch_requests`] for an order of which a call says only that it
//! changed. Sealed, a delivery is a set of facts, which `waymark_facts` folds into one order.
//!
//! ```
//! use waymark_facts::email::EmailKey;
//! use waymark_facts::fold;
//! use waymark_signatures::{sign_shopify, verify};
//! use waymark_stores::{Parsed, Platform};
//!
//! let body = br#"{ "id": 820982911946154508, "created_at": "2026-01-04T12:00:00Z",
//!     "currency": "USD", "email": "jon@example.com",
//!     "line_items": [{ "id": 1, "quantity": 2, "price": "50.00", "total_discount": "10.00" }] }"#;
//! let store = Platform::Shopify;
//! let secret = store.scheme().secret("the app's client secret")?;
//! let signature = sign_shopify(&secret, body);
//!
//! let header = |name| (name == "x-shopify-hmac-sha256").then_some(signature.as_str());
//! let now_ms = 1_767_528_000_000;
//! verify(store.scheme(), header, body, &[secret], now_ms)?;
//!
//! let now = "2026-01-04T12:00:00Z".parse()?;
//! let Parsed::Delivery(delivery) = store.parse("orders/create", body, now)? else {
//!     panic!("of no concern");
//! };
//! let sealed = delivery.seal(&EmailKey::new(*b"32 random bytes of the program.."));
//! let order = fold(&sealed.facts).order.ok_or("not heard of yet")?;
//! assert_eq!(order.document().lines[0].amount.as_deref(), Some("90.00"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod access;
pub mod backoff;
pub mod bigcommerce;
mod dates;
pub mod delivery;
mod description;
pub mod generic;
pub mod grant;
mod html;
pub mod kept;
mod landing;
mod payload;
mod platform;
pub mod shopify;
pub mod stripe;
pub mod sync;
pub mod woocommerce;

pub use access::{Access, ApiField};
pub use delivery::{Delivery, Parsed, SealedDelivery};
pub use payload::Unusable;
pub use platform::Platform;
