//! What is asked of the ledger: conversions, payouts, what affiliates are owed.

use serde::{Deserialize, Serialize};

use crate::program::protocol::Signed;

/// Conversions, the latest first; `after` is the number of the last one of the page before.
#[derive(Serialize, Deserialize)]
pub struct ListConversions {
    pub of: ConversionFilter,
    pub after: Option<i64>,
    pub limit: u8,
}

/// Make the payouts that are due, of one affiliate or of all.
#[derive(Serialize, Deserialize)]
pub struct MakePayouts {
    pub affiliate: Option<String>,
    pub signed: Signed,
}

/// A payout was paid, or is called off; the payout then.
#[derive(Serialize, Deserialize)]
pub struct EndPayout {
    pub number: i64,
    pub paid: bool,
    pub signed: Signed,
}

/// A payout.
#[derive(Serialize, Deserialize)]
pub struct ShowPayout {
    pub number: i64,
}

/// Payouts, the latest first.
#[derive(Serialize, Deserialize)]
pub struct ListPayouts {
    pub affiliate: Option<String>,
    pub after: Option<i64>,
    pub limit: u8,
}

/// The entries of a payout.
#[derive(Serialize, Deserialize)]
pub struct ListPayoutEntries {
    pub number: i64,
    pub after: i64,
    pub limit: u8,
}

/// An affiliate and what is owed to it.
#[derive(Serialize, Deserialize)]
pub struct ShowAffiliate {
    pub id: String,
}

/// Affiliates, by id.
#[derive(Serialize, Deserialize)]
pub struct ListAffiliates {
    pub after: String,
    pub limit: u8,
}

/// Which conversions to list.
#[derive(Serialize, Deserialize)]
pub struct ConversionFilter {
    pub affiliate: Option<String>,
    pub status: Option<String>,
}

/// A conversion in a list.
#[derive(Serialize)]
pub struct ConversionRow {
    pub number: i64,
    pub store: String,
    pub order: String,
    pub affiliate: String,
    pub method: String,
    pub evidence: String,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub visible: bool,
    pub review: bool,
    pub share_bp: i64,
    pub currency: String,
    pub balance: String,
}

/// A conversion with its entries. `balance` is their sum.
#[derive(Serialize)]
pub struct ConversionView {
    pub number: i64,
    pub affiliate: String,
    pub method: String,
    pub evidence: String,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub visible: bool,
    pub review: bool,
    pub share_bp: i64,
    pub currency: String,
    pub balance: String,
    pub entries: Vec<EntryView>,
}

/// One entry of the ledger.
#[derive(Serialize)]
pub struct EntryView {
    pub amount: String,
    pub reason: String,
    pub at: String,
    pub by: String,
    /// What a person gave as a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<i64>,
}

/// A payout.
#[derive(Serialize)]
pub struct PayoutView {
    pub number: i64,
    pub affiliate: String,
    pub currency: String,
    pub amount: String,
    pub state: String,
    pub made_at: String,
    pub ended_at: Option<String>,
}

/// An entry of a payout, and what it is for.
#[derive(Serialize)]
pub struct PayoutEntry {
    pub number: i64,
    pub conversion: i64,
    pub store: String,
    pub order: String,
    pub method: String,
    pub evidence: String,
    pub amount: String,
    pub reason: String,
    pub at: String,
}

/// An affiliate and what it is owed, by currency.
#[derive(Serialize)]
pub struct AffiliateView {
    pub id: String,
    pub name: Option<String>,
    pub status: String,
    pub balances: Vec<Balance>,
}

/// What is owed in one currency.
#[derive(Serialize)]
pub struct Balance {
    pub currency: String,
    /// What is owed: the sum of all entries, less what was paid.
    pub amount: String,
    /// What was paid.
    pub paid: String,
}
