//! The English catalogue: one sentence for each message.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::decision::{BasisPoints, Outcome};
use crate::explain::{Credit, Explanation, Message, Subject};
use crate::method::Method;
use crate::time::Instant;

impl Explanation<'_> {
    /// The headline, then one sentence for each claim, a line each.
    pub fn english(&self) -> String {
        std::iter::once(&self.headline)
            .chain(&self.claims)
            .map(Message::english)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Message<'_> {
    /// The message as an English sentence.
    pub fn english(&self) -> String {
        match self {
            Message::NobodyCredited { order } => format!("Order {order}: nobody is credited."),
            Message::OrderCredited {
                order,
                credits,
                review,
            } => {
                let earned: Vec<_> = credits.iter().map(earns_through).collect();
                let waits = if *review {
                    " A person has to review it first."
                } else {
                    ""
                };
                format!("Order {order}: {}.{waits}", enumerate(&earned))
            }
            Message::Credited {
                claim,
                credit,
                review,
            } => {
                let mut sentence = format!("{}, so {}", fact(claim), earns(credit));
                if *review {
                    sentence.push_str(", once a person has reviewed it");
                }
                sentence.push('.');
                sentence
            }
            Message::Ineligible { claim, reason } => {
                format!("{}{}.", fact(claim), but(claim, *reason))
            }
            Message::Superseded { claim, by } => because(
                claim,
                &format!("but {} counts", other_of_group(claim, by.as_ref())),
                ":",
                by.as_ref(),
            ),
            Message::Outranked {
                claim,
                by: Some(by),
            } if by.method == claim.method => because(
                claim,
                &format!("but only one {} is credited here", noun(claim.method)),
                ", and",
                Some(by),
            ),
            Message::Outranked {
                claim,
                by: Some(by),
            } => because(
                claim,
                &format!(
                    "but this program ranks {} above {}",
                    indefinite(by.method),
                    indefinite(claim.method)
                ),
                ", and",
                Some(by),
            ),
            Message::Outranked { claim, by: None } => {
                because(claim, "but a stronger claim is credited", "", None)
            }
            Message::Duplicate { claim, by } => because(
                claim,
                &format!("but {} stands once, through another claim", claim.affiliate),
                ":",
                by.as_ref(),
            ),
            Message::Merged { claim, by } => because(
                claim,
                "and its share is counted with a later visit",
                ":",
                by.as_ref(),
            ),
        }
    }
}

/// What is known, then what follows, then the other claim that it follows from.
fn because(claim: &Subject<'_>, consequence: &str, link: &str, by: Option<&Subject<'_>>) -> String {
    let mut sentence = format!("{}, {consequence}", fact(claim));
    if let Some(by) = by {
        // Writing to a `String` cannot fail.
        let _ = write!(sentence, "{link} {}", other_fact(by));
    }
    sentence.push('.');
    sentence
}

/// What a claim rests on, as the start of a sentence.
fn fact(claim: &Subject<'_>) -> String {
    let Subject {
        affiliate,
        method,
        evidence,
        at,
    } = claim;
    match method {
        Method::Link => format!("Affiliate {affiliate}'s link was clicked on {}", date(*at)),
        Method::Qr => format!(
            "Affiliate {affiliate}'s QR code was scanned on {}",
            date(*at)
        ),
        Method::Coupon => format!("Coupon {evidence} belongs to affiliate {affiliate}"),
        Method::Email => format!("The order's e-mail address is tied to affiliate {affiliate}"),
        Method::Sku => format!("SKU {evidence} is tied to affiliate {affiliate}"),
        Method::Tag => format!("Tag {evidence} is tied to affiliate {affiliate}"),
        Method::Assigned => format!(
            "The customer has belonged to affiliate {affiliate} since {}",
            date(*at)
        ),
    }
}

/// What another claim rests on, within a sentence.
fn other_fact(claim: &Subject<'_>) -> String {
    let Subject {
        affiliate,
        method,
        evidence,
        at,
    } = claim;
    match method {
        Method::Link => format!("{affiliate}'s link was clicked on {}", date(*at)),
        Method::Qr => format!("{affiliate}'s QR code was scanned on {}", date(*at)),
        Method::Coupon => format!("coupon {evidence} belongs to {affiliate}"),
        Method::Email => format!("the order's e-mail address is tied to {affiliate}"),
        Method::Sku => format!("SKU {evidence} is tied to {affiliate}"),
        Method::Tag => format!("tag {evidence} is tied to {affiliate}"),
        Method::Assigned => format!(
            "the customer has belonged to {affiliate} since {}",
            date(*at)
        ),
    }
}

/// Why a claim cannot count, as the end of a sentence.
fn but(claim: &Subject<'_>, reason: Outcome) -> String {
    let affiliate = claim.affiliate;
    match reason {
        Outcome::MethodDisabled => format!(
            ", but this program does not credit {}",
            plural(claim.method)
        ),
        Outcome::AffiliateUnknown => ", but this program has no such affiliate".to_owned(),
        Outcome::AffiliateInactive => format!(", but {affiliate} is paused"),
        Outcome::AfterOrder => ", but that was after the order".to_owned(),
        Outcome::WindowExpired => ", but that was too long before the order".to_owned(),
        Outcome::AssignmentExpired => ", but the assignment has expired".to_owned(),
        Outcome::SelfReferral => {
            format!(", but the order is {affiliate}'s own, which earns nothing here")
        }
        Outcome::NoTouch => format!(
            ", but a coupon counts only with a visit, and {affiliate} brought none that is valid"
        ),
        Outcome::StoodDown => {
            format!(", but {affiliate} gives way to a content affiliate's visit shortly before")
        }
        Outcome::Credited
        | Outcome::Superseded
        | Outcome::Outranked
        | Outcome::Duplicate
        | Outcome::Merged => String::new(),
    }
}

fn earns(credit: &Credit<'_>) -> String {
    let Credit {
        affiliate,
        share_bp,
        commission,
        ..
    } = credit;
    match *share_bp {
        BasisPoints::WHOLE => format!("{affiliate} earns {commission}"),
        share => format!(
            "{affiliate} earns {commission} for {} of the credit",
            percent(share)
        ),
    }
}

fn earns_through(credit: &Credit<'_>) -> String {
    format!("{} through {}", earns(credit), indefinite(credit.method))
}

/// `3334` as `33.34 %`, `5000` as `50 %`.
fn percent(share: BasisPoints) -> String {
    let (whole, hundredths) = (share.get() / 100, share.get() % 100);
    match hundredths {
        0 => format!("{whole} %"),
        _ => format!("{whole}.{hundredths:02} %"),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumerate(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `3 January 2026`, as it was in UTC.
fn date(at: Instant) -> String {
    let utc = at.utc();
    format!("{} {} {}", utc.day(), utc.month(), utc.year())
}

fn noun(method: Method) -> &'static str {
    match method {
        Method::Link => "link",
        Method::Qr => "QR code",
        Method::Coupon => "coupon",
        Method::Email => "e-mail address",
        Method::Sku => "SKU",
        Method::Tag => "tag",
        Method::Assigned => "assignment",
    }
}

fn indefinite(method: Method) -> &'static str {
    match method {
        Method::Link => "a link",
        Method::Qr => "a QR code",
        Method::Coupon => "a coupon",
        Method::Email => "an e-mail address",
        Method::Sku => "a SKU",
        Method::Tag => "a tag",
        Method::Assigned => "an assignment",
    }
}

fn plural(method: Method) -> &'static str {
    match method {
        Method::Link => "links",
        Method::Qr => "QR codes",
        Method::Coupon => "coupons",
        Method::Email => "e-mail addresses",
        Method::Sku => "SKUs",
        Method::Tag => "tags",
        Method::Assigned => "assignments",
    }
}

/// What counts in place of a claim: of visits it matters which came first.
fn other_of_group(claim: &Subject<'_>, by: Option<&Subject<'_>>) -> String {
    match (claim.method.is_touch(), by.map(|by| by.at.cmp(&claim.at))) {
        (false, _) => format!("another {}", noun(claim.method)),
        (true, Some(Ordering::Greater)) => "a later visit".to_owned(),
        (true, Some(Ordering::Less)) => "an earlier visit".to_owned(),
        (true, _) => "another visit".to_owned(),
    }
}
