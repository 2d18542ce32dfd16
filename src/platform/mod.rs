//! Cloudflare and JavaScript, bound as far as Waymark needs them. Nothing here knows of orders or clicks.

pub mod at_once;
pub mod durable_object;
pub mod http;
pub mod http_client;
pub mod js_bridge;
pub mod secrets;
pub mod sql;
