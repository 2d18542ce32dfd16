//! From a click to the shop: where it leads, who is known again, and what is counted.

mod bad_input;
mod counts;
mod forgeries;
mod journeys;
mod links;
mod qr_images;
mod redirects;
mod shop_pages;
mod storefront;
