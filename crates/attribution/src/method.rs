//! The ways in which an affiliate can be tied to an order.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a claim ties its affiliate to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The shopper followed the affiliate's link.
    Link,
    /// The shopper scanned the affiliate's QR code.
    Qr,
    /// The order used the affiliate's coupon code.
    Coupon,
    /// The order's e-mail address is tied to the affiliate.
    Email,
    /// The order holds a SKU that is tied to the affiliate.
    Sku,
    /// The order or its customer carries a tag that is tied to the affiliate.
    Tag,
    /// The customer belongs to the affiliate.
    Assigned,
}

/// The methods of a touch, a subset of [`Method`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TouchMethod {
    /// A visit by a link.
    Link,
    /// A scan of a QR code.
    Qr,
}

impl Method {
    /// Every method, in the order of the canonical list of claims.
    pub const ALL: [Method; 7] = [
        Method::Link,
        Method::Qr,
        Method::Coupon,
        Method::Email,
        Method::Sku,
        Method::Tag,
        Method::Assigned,
    ];

    /// The word that stands for the method in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Link => "link",
            Method::Qr => "qr",
            Method::Coupon => "coupon",
            Method::Email => "email",
            Method::Sku => "sku",
            Method::Tag => "tag",
            Method::Assigned => "assigned",
        }
    }

    /// Whether claims by this method come from touches.
    pub fn is_touch(self) -> bool {
        matches!(self, Method::Link | Method::Qr)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<TouchMethod> for Method {
    fn from(method: TouchMethod) -> Self {
        match method {
            TouchMethod::Link => Method::Link,
            TouchMethod::Qr => Method::Qr,
        }
    }
}

/// One value for each method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ByMethod<T>([T; 7]);

impl<T> ByMethod<T> {
    pub(crate) fn get(&self, method: Method) -> &T {
        let [link, qr, coupon, email, sku, tag, assigned] = &self.0;
        match method {
            Method::Link => link,
            Method::Qr => qr,
            Method::Coupon => coupon,
            Method::Email => email,
            Method::Sku => sku,
            Method::Tag => tag,
            Method::Assigned => assigned,
        }
    }

    pub(crate) fn get_mut(&mut self, method: Method) -> &mut T {
        let [link, qr, coupon, email, sku, tag, assigned] = &mut self.0;
        match method {
            Method::Link => link,
            Method::Qr => qr,
            Method::Coupon => coupon,
            Method::Email => email,
            Method::Sku => sku,
            Method::Tag => tag,
            Method::Assigned => assigned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_the_same_word_everywhere() {
        for method in Method::ALL {
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
            assert_eq!(method.to_string(), method.as_str());
        }
    }
}
