//! The case, checked: once it exists, the rules cannot fail.

use crate::directory::{Affiliate, AffiliateIndex, Directory, Named};
use crate::document::{CaseDocument, CustomerDocument, TouchDocument};
use crate::error::{CaseError, Locate};
use crate::json::read_json;
use crate::limits;
use crate::method::Method;
use crate::order::Order;
use crate::policy::Policy;
use crate::text::Text;
use crate::time::Instant;

/// All that the rules need to know about one order, checked.
///
/// Names are looked up and amounts read when a case is made, so that [`resolve`](crate::resolve)
/// neither fails nor searches twice. It borrows from the JSON it was read from.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    pub(crate) policy: Policy<'a>,
    pub(crate) directory: Directory<'a>,
    pub(crate) assigned: Option<Assigned<'a>>,
    /// In the order of the document.
    pub(crate) touches: Vec<Touch<'a>>,
    pub(crate) order: Order<'a>,
}

#[derive(Debug, Clone)]
pub(crate) struct Assigned<'a> {
    pub(crate) affiliate: Named<'a>,
    pub(crate) at: Instant,
}

#[derive(Debug, Clone)]
pub(crate) struct Touch<'a> {
    pub(crate) id: Text<'a>,
    pub(crate) at: Instant,
    pub(crate) method: Method,
    pub(crate) affiliate: Named<'a>,
}

impl<'a> Case<'a> {
    /// Reads a case from JSON and checks it.
    ///
    /// # Errors
    /// Names the member that is missing, unknown, of the wrong type, or breaks a rule of RULES.md,
    /// sections 2 and 3.
    ///
    /// ```
    /// use waymark_attribution::Case;
    ///
    /// let json = r#"{
    ///   "policy": "refersion",
    ///   "directory": {},
    ///   "order": {
    ///     "id": "1001", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD",
    ///     "lines": [{"quantity": 1, "amount": "9.999"}]
    ///   }
    /// }"#;
    /// let error = Case::from_json(json).unwrap_err();
    /// assert_eq!(error.to_string(), "order.lines[0].amount: more than 2 decimals for USD");
    /// ```
    pub fn from_json(json: &'a str) -> Result<Case<'a>, CaseError> {
        read_json::<CaseDocument<'a>>(json)
            .map_err(|error| error.of("case"))?
            .try_into()
    }

    pub(crate) fn affiliate(&self, index: Option<AffiliateIndex>) -> Option<&Affiliate<'a>> {
        self.directory.affiliate(index?)
    }
}

impl<'a> TryFrom<CaseDocument<'a>> for Case<'a> {
    type Error = CaseError;

    /// Checks a case.
    ///
    /// # Errors
    /// Names the member that breaks a rule of RULES.md, sections 2 and 3.
    fn try_from(document: CaseDocument<'a>) -> Result<Case<'a>, CaseError> {
        let currency = document.currency()?;
        let order = Order::new(document.order, currency).field("order")?;
        let policy = Policy::new(document.policy, currency).field("policy")?;
        let directory = Directory::new(document.directory, currency, order.email.as_ref())
            .field("directory")?;
        let assigned = assigned(document.customer, &directory).field("customer")?;
        limits::list(&document.touches, limits::TOUCHES).field("touches")?;
        let touches = document
            .touches
            .into_iter()
            .enumerate()
            .map(|(index, document)| touch(document, &directory).index(index))
            .collect::<Result<_, CaseError>>()
            .field("touches")?;
        Ok(Case {
            policy,
            directory,
            assigned,
            touches,
            order,
        })
    }
}

fn assigned<'a>(
    document: CustomerDocument<'a>,
    directory: &Directory<'a>,
) -> Result<Option<Assigned<'a>>, CaseError> {
    for (index, id) in document.additional.iter().enumerate() {
        limits::id(id).index(index).field("additional")?;
    }
    document
        .assigned
        .map(|assigned| {
            Ok(Assigned {
                affiliate: directory
                    .named(assigned.affiliate)
                    .field("affiliate")
                    .field("assigned")?,
                at: assigned.at,
            })
        })
        .transpose()
}

fn touch<'a>(
    document: TouchDocument<'a>,
    directory: &Directory<'a>,
) -> Result<Touch<'a>, CaseError> {
    limits::id(&document.id).field("id")?;
    Ok(Touch {
        id: document.id,
        at: document.at,
        method: document.method.into(),
        affiliate: directory.named(document.affiliate).field("affiliate")?,
    })
}
