//! What a store's call says of an order, as a report to the program: facts, and the call itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use waymark_attribution::time::Instant;
use waymark_facts::{Fact, FactKind};
use waymark_orders::touches::token_facts;
use waymark_stores::Delivery;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::secrets;
use crate::program::protocol::orders::{Call, Report};

/// Tokens of one order that are looked at. A shopper has one; more come from a cart that was
/// passed on.
const MAX_TOKENS: usize = 4;
/// The oldest mark that is looked at, in milliseconds: browsers keep no cookie longer than 400
/// days. Whether it still counts is for the policy's window to say, in the decision's trace.
const MAX_MARK_AGE_MS: i64 = 400 * 86_400_000;

/// A call of a store, as it is kept.
pub fn call(endpoint: &str, topic: &str, body: String) -> Call {
    Call {
        endpoint: endpoint.to_owned(),
        topic: topic.to_owned(),
        digest: URL_SAFE_NO_PAD.encode(Sha256::digest(&body)),
        body,
    }
}

/// What a store said of an order, and what the tokens in the order say.
///
/// `token_parameter` is the program's setting of that name.
pub fn report(
    merchant: &Merchant,
    store: &str,
    token_parameter: &str,
    delivery: Delivery,
    call: Option<Call>,
) -> Result<Report> {
    let mut sealed = delivery.seal(&secrets::email_key(merchant.env())?);
    if let Some(written) = written(&sealed.facts) {
        let mut visits = Vec::new();
        for token in sealed.all_tokens(token_parameter).take(MAX_TOKENS) {
            visits.extend(visit(merchant, &token, written)?);
        }
        sealed.facts.extend(visits);
    }
    Ok(Report {
        store: store.to_owned(),
        order_id: sealed.order_id,
        other_names: sealed.other_names,
        facts: sealed.facts,
        call,
    })
}

/// When an order was placed, and its version written: a draft's date is that of its beginning.
fn written(facts: &[Fact]) -> Option<[Instant; 2]> {
    facts.iter().find_map(|fact| match &fact.kind {
        FactKind::Snapshot(snapshot) => Some([snapshot.placed_at, snapshot.updated_at]),
        _ => None,
    })
}

/// What a token says of an order that was placed, and its version written, at these times: it was made
/// before the version was, and was not too old when the order was placed.
/// Anyone can write a token into an order; one that does not verify counts as none.
fn visit(merchant: &Merchant, token: &str, written: [Instant; 2]) -> Result<Vec<Fact>> {
    let keys = merchant.token_keys()?;
    let verified = written
        .iter()
        .find_map(|at| keys.verify(token, at.as_millis(), MAX_MARK_AGE_MS).ok());
    Ok(verified.map_or_else(Vec::new, |token| token_facts(&token).into()))
}
