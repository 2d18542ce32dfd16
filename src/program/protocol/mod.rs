//! What a program object can be asked, a file a room, and what it answers to each.

pub mod customers;
pub mod directory;
pub mod ledger;
pub mod messages;
pub mod orders;
pub mod reports;
pub mod stores;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use waymark_click::PublishedLink;
use waymark_orders::acts::Refusal;
use waymark_program::edge::PublishedProgram;
use worker::{Error, Result};

use crate::merchant::Merchant;
use crate::platform::durable_object::{self, Ask, Json, Reply, requests};
use customers::*;
use directory::*;
use ledger::*;
use messages::*;
use orders::*;
use reports::*;
use stores::*;

/// The binding of the program object's class.
const NAMESPACE: &str = "PROGRAM";

requests! {
    FindLink -> PublishedLink,
    FindProgram -> PublishedProgram,
    FindCodes -> BTreeMap<u32, String>,
    FindEndpoint -> Reached,
    ApplyProgram -> Applied,
    ShowProgram -> Rows,
    ShowLink -> LinkView,
    ListLinks -> Page<LinkView>,
    TakeReport -> Recorded,
    NoteChange -> Recorded,
    TakeBeacon -> bool,
    DecideOrder -> Recorded,
    RuleOnOrder -> OrderView,
    ActOnOrder -> OrderView,
    ShowOrder -> OrderView,
    ListOrders -> Page<OrderSummary>,
    ExportOrders -> Page<OrderView>,
    ShowCustomer -> CustomerView,
    AssignCustomer -> Vec<AssignmentView>,
    EraseCustomer -> Erased,
    TakePrivacyRequest -> Recorded,
    MergeCustomers -> Recorded,
    ListConversions -> Page<ConversionRow>,
    MakePayouts -> Vec<PayoutView>,
    EndPayout -> PayoutView,
    ShowPayout -> PayoutView,
    ListPayouts -> Page<PayoutView>,
    ListPayoutEntries -> Page<PayoutEntry>,
    ShowAffiliate -> AffiliateView,
    ListAffiliates -> Page<AffiliateView>,
    ListReceivers -> Vec<ReceiverView>,
    PauseReceiver -> Vec<ReceiverView>,
    TestReceiver -> TestSent,
    ListMessages -> Page<MessageView>,
    ReplayMessage -> bool,
    BuryCall -> bool,
    ShowDeadLetter -> DeadLetterView,
    ForgetDeadLetter -> (),
    ListDeadLetters -> Page<DeadLetterView>,
    ListStores -> Vec<StoreView>,
    SyncStore -> StoreView,
    CountClicks -> bool,
    ReportClicks -> Page<ClickCount>,
    ListAudit -> Page<AuditView>,
}

/// How long to wait for a program to be applied: a large one changes many rows.
const APPLY_TIMEOUT: Duration = Duration::from_secs(60);

/// Why what a person wants done to an order is not done.
pub fn refused<T>(refusal: Refusal) -> Reply<T> {
    match refusal {
        Refusal::Conflict(why) => Reply::Conflict(why),
        Refusal::Unprocessable(why) => Reply::Unprocessable(why),
    }
}

impl Command {
    /// Whether it may make anything due, so that an alarm has to come.
    pub fn makes_due(&self) -> bool {
        !matches!(
            self,
            Self::FindLink(_)
                | Self::FindProgram(_)
                | Self::FindCodes(_)
                | Self::FindEndpoint(_)
                | Self::ShowProgram(_)
                | Self::ShowLink(_)
                | Self::ListLinks(_)
                | Self::ShowOrder(_)
                | Self::ListOrders(_)
                | Self::ExportOrders(_)
                | Self::ShowCustomer(_)
                | Self::ListConversions(_)
                | Self::ShowPayout(_)
                | Self::ListPayouts(_)
                | Self::ListPayoutEntries(_)
                | Self::ShowAffiliate(_)
                | Self::ListAffiliates(_)
                | Self::ListReceivers(_)
                | Self::ListMessages(_)
                | Self::ShowDeadLetter(_)
                | Self::ListDeadLetters(_)
                | Self::ListStores(_)
                | Self::CountClicks(_)
                | Self::ReportClicks(_)
                | Self::ListAudit(_)
        )
    }

    /// Whether what clicks read may have changed: by a program file, or by the click that used a link up.
    pub fn publishes(&self) -> bool {
        matches!(self, Self::ApplyProgram(_) | Self::CountClicks(_))
    }

    /// How long its answer is waited for.
    pub fn timeout(&self) -> Duration {
        match self {
            Self::ApplyProgram(_) => APPLY_TIMEOUT,
            _ => durable_object::TIMEOUT,
        }
    }
}

impl Merchant {
    /// Asks the program object for what it always has.
    ///
    /// # Errors
    /// The object could not be reached, or did not answer in time.
    pub async fn ask<R>(&self, request: R) -> Result<R::Answer>
    where
        R: Ask + Into<Command>,
        R::Answer: DeserializeOwned,
    {
        let answer = self.find(request).await?;
        answer.ok_or_else(|| Error::RustError("program: there is no such thing".into()))
    }

    /// Asks the program object for something that there may not be.
    ///
    /// # Errors
    /// The object could not be reached, or did not answer in time.
    pub async fn find<R>(&self, request: R) -> Result<Option<R::Answer>>
    where
        R: Ask + Into<Command>,
        R::Answer: DeserializeOwned,
    {
        let command: Command = request.into();
        let reply = self.request::<R>(&command, command.timeout()).await?;
        match reply {
            Reply::Done(json) => json.read().map(Some),
            Reply::Missing | Reply::Conflict(_) | Reply::Unprocessable(_) => Ok(None),
        }
    }

    /// Asks the program object, for an answer that is passed on as it is.
    ///
    /// # Errors
    /// The object could not be reached, or did not answer in time.
    pub async fn request<R: Ask>(
        &self,
        command: &Command,
        timeout: Duration,
    ) -> Result<Reply<Json<R::Answer>>> {
        durable_object::request(self.env(), NAMESPACE, self.program(), command, timeout).await
    }
}

/// Who does something, and why.
#[derive(Clone, Serialize, Deserialize)]
pub struct Signed {
    pub by: String,
    pub reason: String,
}

/// A page of a list: ask again with `after=next` while there is a `next`.
#[derive(Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` items. After one that is full there may be more, from the place of
    /// its last item.
    pub fn of(items: Vec<T>, limit: u8, place: impl FnOnce(&T) -> String) -> Self {
        let full = items.len() == usize::from(limit);
        let next = items.last().filter(|_| full).map(place);
        Self { items, next }
    }
}
