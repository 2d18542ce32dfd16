//! What is asked about customers: whom they belong to, what is kept of them, to be forgotten.

use serde::{Deserialize, Serialize};
use waymark_stores::delivery::PrivacyRequestKind;

use crate::program::customers::assignments::Customer;
use crate::program::protocol::Signed;
use crate::program::protocol::orders::{Call, OrderPlace};

/// What is kept of a customer, with a page of the orders.
#[derive(Serialize, Deserialize)]
pub struct ShowCustomer {
    pub who: Who,
    pub after: Option<OrderPlace>,
    pub limit: u8,
}

/// Forget a customer because a person says so.
#[derive(Serialize, Deserialize)]
pub struct EraseCustomer {
    pub who: Who,
    pub signed: Signed,
}

/// A customer asks what is known, or to be forgotten, through the store.
#[derive(Serialize, Deserialize)]
pub struct TakePrivacyRequest {
    pub what: PrivacyRequestKind,
    pub who: Who,
    /// Orders that the store names.
    pub orders: Vec<String>,
}

/// Two customers of a store are one.
#[derive(Serialize, Deserialize)]
pub struct MergeCustomers {
    pub store: String,
    /// The id that the store keeps.
    pub kept: String,
    /// The id that is no more.
    pub gone: String,
    pub call: Call,
}

/// A customer, by the store's id, by e-mail, or by both.
#[derive(Clone, Serialize, Deserialize)]
pub struct Who {
    /// The store's name; only ids need it.
    #[serde(default)]
    pub store: String,
    pub customer_id: Option<String>,
    /// The keyed hash of the e-mail.
    pub email: Option<String>,
}

impl Who {
    pub fn customer(&self) -> Customer {
        Customer::known_by(
            &self.store,
            self.customer_id.as_deref(),
            self.email.as_deref(),
        )
    }
}

/// Whom to assign a customer to.
#[derive(Serialize, Deserialize)]
pub struct AssignCustomer {
    pub who: Who,
    /// `None`: to nobody; the next order may assign the customer.
    pub affiliate: Option<String>,
    pub by: String,
    pub reason: String,
}

/// What was forgotten of a customer.
#[derive(Serialize, Deserialize)]
pub struct Erased {
    pub orders: usize,
    /// Visitors whose journeys are deleted, too.
    pub visitors: usize,
}

/// What is kept of a customer.
#[derive(Serialize)]
pub struct CustomerView {
    /// The latest first.
    pub assignments: Vec<AssignmentView>,
    /// The orders of all that the customer is known by, the latest first: a page of them.
    pub orders: Vec<CustomerOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An order that names a customer.
#[derive(Serialize)]
pub struct CustomerOrder {
    pub store: String,
    pub id: String,
    pub placed_at: String,
}

/// One assignment of a customer.
#[derive(Serialize)]
pub struct AssignmentView {
    pub affiliate: String,
    pub valid_from: String,
    pub valid_to: Option<String>,
    /// The order that made it.
    pub store: Option<String>,
    pub order: Option<String>,
    /// The person who made it, and why.
    pub by: Option<String>,
    pub reason: Option<String>,
}
