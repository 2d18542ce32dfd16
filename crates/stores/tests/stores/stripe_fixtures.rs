//! Captures of Stripe's calls, and the objects of its API description, and what a person reading
//! them would write down. They are not part of the repository: `WAYMARK_FIXTURES` names the folder
//! that holds them.

use crate::reading::{assert_reads, write_down};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use waymark_stores::{Parsed, stripe};

type Members = BTreeMap<String, Box<RawValue>>;

fn samples() -> Option<PathBuf> {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: Stripe's samples were not tested");
        return None;
    };
    Some(Path::new(&folder).join("stripe"))
}

fn members(path: &Path) -> Members {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The body of a captured call.
fn capture(folder: &Path, kind: &str) -> String {
    let path = folder.join(format!("hookdeck/2022-11-15.{kind}.json"));
    members(&path)["body"].get().to_owned()
}

fn read(body: &str) -> Parsed {
    stripe::parse(body.as_bytes()).unwrap()
}

#[test]
fn a_captured_session_and_its_invoice_read_as_one_order() {
    let Some(samples) = samples() else { return };
    assert_reads(
        &read(&capture(&samples, "checkout.session.completed")),
        "in_1MhUT5E0b6fckueSfPlY05Fw is also cs_test_a1CagZ1XmCLIZb3ME6r06G1h8ygwbbbMw8Nqk0R86MWMT4dmCjDiUYfQDr
         order in_1MhUT5E0b6fckueSfPlY05Fw placed 2023-03-03T08:57:29.999Z
         version 2023-03-03T08:57:29.000Z
         test
         typed
         begins sub_1MhUT5E0b6fckueSYAo1LoiF
         email hook@me.com
         customer cus_NSPHp4fOlXGw8P
         line total: 1 - 0.00
         discount 0.00 shipping 0.00 tax 0.00 USD",
    );
    for kind in ["invoice.paid", "invoice.payment_succeeded"] {
        assert_reads(
            &read(&capture(&samples, kind)),
            "order in_1MhUT5E0b6fckueSfPlY05Fw placed 2023-03-03T08:59:59.999Z
             version 2023-03-03T08:59:59.999Z
             test
             begins sub_1MhUT5E0b6fckueSYAo1LoiF
             email hook@me.com
             customer cus_NSPHp4fOlXGw8P
             line il_1MhUT5E0b6fckueSJCaQVbIe: 11 prod_MnXpcVDdQq8wCY 0.00
             discount 0.00 shipping 0.00 tax 0.00 USD",
        );
    }
}

#[test]
fn every_other_capture_is_ignored_with_its_reason() {
    let Some(samples) = samples() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(samples.join("hookdeck")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(kind) = name.strip_prefix("2022-11-15.") else {
            continue;
        };
        let kind = kind.strip_suffix(".json").unwrap();
        let reason = match kind {
            "checkout.session.completed" | "invoice.paid" | "invoice.payment_succeeded" => continue,
            "invoice.created" | "invoice.finalized" => "an invoice counts once it is paid",
            _ => "this event has no bearing on attribution",
        };
        let text = write_down(&read(&capture(&samples, kind)));
        assert_eq!(text, format!("ignored: {reason}\n"), "{kind}");
        count += 1;
    }
    assert_eq!(count, 10);
}

/// An event of 2026-01-04T12:00:00Z about an object of the API description.
fn about(objects: &Members, kind: &str, object: &str) -> String {
    let object = objects[object].get();
    format!(
        r#"{{"object":"event","type":"{kind}","created":1767528000,"livemode":false,"data":{{"object":{object}}}}}"#
    )
}

#[test]
fn the_objects_of_the_api_description_read_as_they_stand() {
    let Some(samples) = samples() else { return };
    let objects = members(&samples.join("openapi/fixtures3.subset.json"));
    assert_reads(
        &read(&about(&objects, "refund.created", "refund")),
        "refund re_1Pgc72B7WZ01zgkWqPvrRrPE of ch_1PgafuB7WZ01zgkWXYmPNZs8
         version 2026-01-04T12:00:00.000Z
         shipping 0.00 tax 0.00 total 1.00 withheld 0.00 USD",
    );
    assert_reads(
        &read(&about(&objects, "charge.dispute.created", "dispute")),
        "dispute dp_1Pgc71B7WZ01zgkWMevJiAUx open 10.00 USD at 2026-01-04T12:00:00.000Z",
    );
    assert_reads(
        &read(&about(&objects, "charge.refunded", "charge")),
        "refunded of ch_1PgafuB7WZ01zgkWXYmPNZs8 of ch_1PgafuB7WZ01zgkWXYmPNZs8: 0.00 USD by 2026-01-04T12:00:00.000Z",
    );
    assert_reads(
        &read(&about(
            &objects,
            "payment_intent.succeeded",
            "payment_intent",
        )),
        "payment pi_1PgafyB7WZ01zgkWSjxsAJo3 received at 2026-01-04T12:00:00.000Z",
    );
    for (kind, object, reason) in [
        (
            "customer.created",
            "customer",
            "this event has no bearing on attribution",
        ),
        (
            "promotion_code.created",
            "promotion_code",
            "this event has no bearing on attribution",
        ),
        (
            "coupon.created",
            "coupon",
            "this event has no bearing on attribution",
        ),
        (
            "customer.discount.created",
            "discount",
            "this event has no bearing on attribution",
        ),
        (
            "invoiceitem.created",
            "line_item",
            "this event has no bearing on attribution",
        ),
    ] {
        assert_reads(
            &read(&about(&objects, kind, object)),
            &format!("ignored: {reason}"),
        );
    }
    let event = objects["event"].get();
    assert_reads(
        &read(event),
        "ignored: this event has no bearing on attribution",
    );
}

/// The description's objects are made up member by member: a session without currency, and an
/// invoice whose shipping has more tax than it costs.
#[test]
fn objects_that_no_store_could_have_sent_are_refused_or_read_as_far_as_they_go() {
    let Some(samples) = samples() else { return };
    let objects = members(&samples.join("openapi/fixtures3.subset.json"));
    let session = about(&objects, "checkout.session.completed", "checkout.session");
    let refused = stripe::parse(session.as_bytes()).unwrap_err();
    assert_eq!(refused.to_string(), "data.object.currency: missing");
    let invoice = about(&objects, "invoice.paid", "invoice");
    let shipped = write_down(&read(&invoice));
    assert!(shipped.contains(" shipping 0.00 "), "{shipped}");
    // Without its shipping the invoice is one that could be.
    let invoice = invoice.replace("\"shipping_cost\"", "\"x\"");
    assert_reads(
        &read(&invoice),
        "order in_1Pgc6tB7WZ01zgkWu9fdqL6I placed 2009-02-13T23:31:30.999Z
         version 2026-01-04T12:00:00.999Z
         test
         renews subscription
         customer cus_QXg1o8vcGmoR32
         line il_1Pgc6sB7WZ01zgkWFnxLrLCq: 1 - 10.00
         discount 0.00 shipping 0.00 tax 0.00 USD",
    );
}
