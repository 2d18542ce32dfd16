//! The click path: who clicked, where to send them, and what to remember.
//!
//! A link or scan request becomes a [`Redirect`] in one call of [`redirect`]: its [`Traffic`] says
//! whether a person navigates here, the [`Destination`] where they go, and the [`Token`] in the
//! cookie what is remembered of them.
//!
//! Pure: time and random bytes are arguments, storage is the caller's.

#![forbid(unsafe_code)]

mod address;
mod batch;
mod bots;
pub mod cache;
mod cart;
mod code;
mod consent;
mod cookie;
mod country;
mod destination;
mod device;
mod keys;
mod link;
mod location;
mod mark;
mod page;
mod passage;
mod redirect;
mod settings;
mod storefront;
mod subs;
mod target;
mod token;
mod touch;
mod traffic;
mod visitor;

pub use address::Addresses;
pub use batch::{Batch, ClickRecord, Group, Handover, RecordedTouch, ShardBatch};
pub use code::{Code, CodeError};
pub use consent::{Consent, Keeping, Mode, Signal};
pub use cookie::{CookieDomain, CookieDomainError, expired_cookie, read_cookie};
pub use country::{Country, CountryError};
pub use destination::{Destination, DestinationError};
pub use device::Device;
pub use keys::{Keys, KeysError, ProgramKeys};
pub use link::{PublishedLink, Variant};
pub use location::{Location, Precedence};
pub use page::{PageRequest, PageToken, Sender, page_token, page_visitor};
pub use passage::{CACHE_HEADERS, PRIVATE_HEADERS, PageVisit, Passage, pass};
pub use redirect::{
    Click, RESPONSE_HEADERS, Redirect, SAME_LINK, redirect, redirect_without_settings,
};
pub use settings::Settings;
pub use storefront::Storefront;
pub use subs::Subs;
pub use target::{link_path, path_and_query};
pub use token::{Rejected, Token};
pub use touch::{Mark, Method, NewTouch, touch_id};
pub use traffic::{RequestView, Traffic, traffic};
pub use visitor::{VisitorId, VisitorIdError};
