//! Clicks on their way to their shards: gathered in the isolate, handed over after the answers.
//!
//! The first click of a batch waits [`BATCH_WINDOW`] in its own `wait_until`, then takes everything
//! that came meanwhile; the others are done with their answer. Nothing but plain data is shared
//! between requests: the runtime cancels whoever awaits what another request began.
//!
//! What it saves: at 32 connections to a local workerd, process time per click fell to 0.18 of what
//! a call for each click takes (`scripts/bench click`, beside one with `MAX_CLICKS` of 1, on 25
//! November 2026). Visitors who are new come to one shard together; those who return come to the
//! shards that they name, and more calls are made for them.
//!
//! What can be lost, and what that costs:
//!
//! * The isolate ends – a crash, a deployment, an eviction – and with it what was gathered in the
//!   last [`BATCH_WINDOW`]: those touches and counts. The visitors' cookies carry their first and latest
//!   touch all the same.
//! * The runtime ends the request that was to hand over: the next click does, a second later.
//! * The call to a shard fails. Where the runtime says that it may be retried, the touches are sent
//!   once more: a shard keeps and counts a touch once. Other clicks are not sent again, since
//!   nobody knows whether the shard had counted them already.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use js_sys::Reflect;
use serde_json::value::to_raw_value;
use wasm_bindgen::JsValue;
use waymark_click::{Batch, ClickRecord, Group, Handover, ShardBatch};
use worker::{Context, Delay, Error, Result, console_error};

use crate::journeys::protocol::{AppendClicks, ask};
use crate::merchant::Merchant;

/// How long clicks are gathered.
const BATCH_WINDOW: Duration = Duration::from_millis(50);
/// How long a call that failed is waited with before it is made again.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

thread_local! {
    static BATCHES: RefCell<Vec<(Merchant, Batch)>> = const { RefCell::new(Vec::new()) };
}

/// Gives what is gathered of a merchant's clicks.
fn gathered<T>(merchant: &Merchant, with: impl FnOnce(&mut Batch) -> T) -> T {
    BATCHES.with_borrow_mut(|all| {
        if let Some((_, batch)) = all.iter_mut().find(|(of, _)| of == merchant) {
            return with(batch);
        }
        let mut batch = Batch::default();
        let given = with(&mut batch);
        all.push((merchant.clone(), batch));
        given
    })
}

/// The shard of a visitor who is new now: `proposed`, or that of those who were new a moment ago.
pub fn shard_of_new(merchant: &Merchant, proposed: u16) -> u16 {
    gathered(merchant, |batch| batch.shard(proposed))
}

/// Records a click, after its answer. Its shard is that of its visitor; `shard_of_new` where it
/// made no touch.
pub fn record(merchant: &Merchant, context: &Context, click: ClickRecord, shard_of_new: u16) {
    let touch = click.touch.as_ref();
    let shard = touch.map_or(shard_of_new, |(touch, _)| touch.visitor.shard());
    match gathered(merchant, |batch| batch.add(click, shard)) {
        Handover::ByAnother => {}
        Handover::AfterPause => {
            let merchant = merchant.clone();
            context.wait_until(async move {
                Delay::from(BATCH_WINDOW).await;
                hand_over(&merchant, gathered(&merchant, Batch::take)).await;
            });
        }
        Handover::Now(batches) => {
            let merchant = merchant.clone();
            context.wait_until(async move { hand_over(&merchant, batches).await });
        }
    }
}

async fn hand_over(merchant: &Merchant, batches: Vec<(u16, ShardBatch)>) {
    let calls = batches.iter().map(async |(shard, batch)| {
        let mut outcome = append(merchant, *shard, batch, &batch.others).await;
        if outcome.as_ref().is_err_and(retryable) && !batch.touches.is_empty() {
            Delay::from(RETRY_PAUSE).await;
            outcome = append(merchant, *shard, batch, &BTreeMap::new()).await;
        }
        if let Err(error) = outcome {
            // The cookies carry the marks all the same.
            console_error!("journeys: clicks were not recorded: {error}");
        }
    });
    join_all(calls).await;
}

async fn append(
    merchant: &Merchant,
    shard: u16,
    batch: &ShardBatch,
    others: &BTreeMap<Group, u64>,
) -> Result<()> {
    let counted = |clicks: &BTreeMap<Group, u64>| to_raw_value(&clicks.iter().collect::<Vec<_>>());
    let clicks = AppendClicks {
        touches: to_raw_value(&batch.touches)?,
        people: counted(&batch.people)?,
        others: counted(others)?,
    };
    ask(merchant, shard, clicks).await
}

/// Whether the runtime says that a call may be made again. An object that has too much to do is
/// left alone.
fn retryable(error: &Error) -> bool {
    let Error::UnknownJsError { original, .. } = error else {
        return false;
    };
    let says = |name| {
        Reflect::get(original, &JsValue::from_str(name)).is_ok_and(|value| value.is_truthy())
    };
    says("retryable") && !says("overloaded")
}
