//! What answers shoppers and stores, at the edge: clicks, the shop's pages, privacy, webhooks.

pub mod click;
pub mod privacy;
mod published;
pub mod qr_image;
pub mod shop_pages;
pub mod storefront;
pub mod webhooks;
