//! What holds for every case: the laws of RULES.md, section 6, and a few more.
//!
//! Each law is tried on 10 000 cases; `PROPTEST_CASES=1000000` tries longer.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

mod given;
mod model;

use std::collections::BTreeSet;

use given::{PLACED_AT, case, touch};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use waymark_attribution::decision::{Conversion, Outcome, Status};
use waymark_attribution::document::{
    AffiliateDocument, AffiliateStatus, CaseDocument, DirectoryDocument, RefundDocument,
    RefundLineDocument, TouchDocument,
};
use waymark_attribution::policy::{AssignmentMode, TieRule, TouchModel};
use waymark_attribution::rate::Rate;
use waymark_attribution::time::Instant;
use waymark_attribution::{
    Case, Decision, Entries, Method, Text, explain, fold_text, resolve, standing_assignment,
};

/// Decides a case and hands the decision on, to be looked at while the case still lives.
fn decide<R>(document: &CaseDocument<'static>, look: impl FnOnce(&Decision) -> R) -> R {
    let case = Case::try_from(document.clone()).unwrap();
    look(&resolve(&case))
}

fn decided(document: &CaseDocument<'static>) -> String {
    decide(document, |decision| decision.to_json())
}

/// The credited conversions, as JSON.
fn credited(document: &CaseDocument<'static>) -> Vec<String> {
    decide(document, |decision| {
        decision
            .conversions
            .iter()
            .filter(|conversion| is_credited(conversion))
            .map(|conversion| serde_json::to_string(conversion).unwrap())
            .collect()
    })
}

fn is_credited(conversion: &Conversion) -> bool {
    conversion.status == Status::Pending
}

fn written(document: &CaseDocument<'static>) -> String {
    serde_json::to_string(document).unwrap()
}

fn laws() -> Config {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => Config::default(),
        None => Config::with_cases(10_000),
    }
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_case_decides_as_the_plain_model_says(case in case()) {
        let explicit = case.policy.clone().explicit().unwrap();
        let expected = model::decide(&case, &explicit);
        let decided: serde_json::Value = serde_json::from_str(&decided(&case)).unwrap();
        prop_assert_eq!(decided, expected, "{}", written(&case));
    }

    #[test]
    fn every_claim_has_one_outcome_and_every_credited_one_a_conversion(case in case()) {
        decide(&case, |decision| {
            let count = |outcome| decision.trace.iter().filter(|claim| claim.outcome == outcome).count();
            let credited = decision.conversions.iter().filter(|conversion| is_credited(conversion)).count();
            prop_assert_eq!(count(Outcome::Credited), credited);
            for (place, claim) in decision.trace.iter().enumerate() {
                let beaten = matches!(claim.outcome, Outcome::Superseded | Outcome::Outranked | Outcome::Duplicate | Outcome::Merged);
                prop_assert_eq!(claim.by.is_some(), beaten);
                prop_assert!(claim.by.is_none_or(|by| by < decision.trace.len() && by != place));
            }
            Ok(())
        })?;
    }

    #[test]
    fn without_review_and_splitting_rank_credits_at_most_one(mut case in case()) {
        let explicit = case.policy.clone().explicit().unwrap();
        case.policy.tie = explicit.tie.filter(|tie| *tie != TieRule::Review).or(Some(TieRule::Latest));
        case.policy.touch = explicit.touch.filter(|touch| *touch == TouchModel::First).or(Some(TouchModel::Last));
        let additive = explicit.additive.unwrap();
        decide(&case, |decision| {
            let by_rank = decision.conversions.iter().filter(|conversion| is_credited(conversion) && !additive.contains(&conversion.method)).count();
            prop_assert!(by_rank <= 1);
            Ok(())
        })?;
    }

    #[test]
    fn the_shares_of_a_splitting_group_sum_to_the_whole(mut case in case(), model in prop::sample::select(&[TouchModel::Linear, TouchModel::Position, TouchModel::TimeDecay][..])) {
        case.policy.touch = Some(model);
        decide(&case, |decision| {
            let touches: u32 = decision.conversions.iter().filter(|conversion| is_credited(conversion) && conversion.method.is_touch()).map(|conversion| conversion.share_bp.get()).sum();
            prop_assert!(touches == 0 || touches == 10_000);
            Ok(())
        })?;
    }

    #[test]
    fn the_commissions_of_the_lines_sum_to_the_commission(case in case()) {
        decide(&case, |decision| {
            for conversion in &decision.conversions {
                let lines: i128 = conversion.lines.iter().map(|line| line.commission.minor()).sum();
                prop_assert_eq!(lines, conversion.commission.minor());
                prop_assert!(conversion.lines.iter().all(|line| line.commission.minor() >= 0));
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_line_has_the_largest_remainder_s_part_of_what_it_earned_exactly(case in case()) {
        // With percentages alone, base and rate of a line say what it earned.
        let mut percentages = serde_json::to_value(&case).unwrap();
        only_percentages(&mut percentages);
        let percentages = percentages.to_string();
        let case = Case::from_json(&percentages).unwrap();
            for conversion in resolve(&case).conversions {
                let earned: Vec<i128> = conversion.lines.iter().map(|line| match line.rate {
                    Some(Rate::Percent(percent)) => line.base.minor() * i128::from(percent.millionths()),
                    _ => 0,
                }).collect();
                let (total, commission) = (earned.iter().sum::<i128>(), conversion.commission.minor());
                // In parts of the total: what the line lacks to its exact part, or has too much.
                let lacks: Vec<i128> = earned.iter().zip(&conversion.lines).map(|(earned, line)| earned * commission - line.commission.minor() * total).collect();
                prop_assert!(lacks.iter().all(|lack| lack.abs() < total.max(1)), "{lacks:?} of {total}");
                for (place, lack) in lacks.iter().enumerate() {
                    let remainder = |lack: i128| if lack < 0 { lack + total } else { lack };
                    for (other, got) in lacks.iter().enumerate().filter(|(_, got)| *lack > 0 && **got < 0) {
                        let (here, there) = (remainder(*lack), remainder(*got));
                        prop_assert!(there > here || (there == here && other < place), "{lacks:?} of {total}");
                    }
                }
            }
    }

    #[test]
    fn another_spelling_of_the_same_letters_changes_only_the_spelling(case in case()) {
        let mut other = case.clone();
        let DirectoryDocument { coupons, emails, tags, .. } = &mut other.directory;
        for (key, _) in coupons.0.iter_mut().chain(&mut emails.0).chain(&mut tags.0) {
            *key = respelt(key);
        }
        for (_, affiliate) in &mut other.directory.affiliates.0 {
            for email in &mut affiliate.emails {
                *email = respelt(email);
            }
        }
        let order = &mut other.order;
        for text in order.coupons.iter_mut().chain(&mut order.tags).chain(&mut order.customer_tags).chain(&mut order.email) {
            *text = respelt(text);
        }
        prop_assert_eq!(folded_evidence(&other), folded_evidence(&case));
    }

    #[test]
    fn two_keys_that_fold_alike_are_refused(mut case in case(), list in 0_usize..3) {
        let lists = [("coupons", &mut case.directory.coupons), ("emails", &mut case.directory.emails), ("tags", &mut case.directory.tags)];
        let (name, list) = lists.into_iter().nth(list).unwrap();
        // Every eighth list is empty: assumed away, they would be more than proptest puts up with.
        let Some((key, owner)) = list.0.first().cloned() else {
            return Ok(());
        };
        list.0.push((respelt(&key), owner));
        let error = Case::try_from(case).unwrap_err();
        prop_assert!(error.path().starts_with(&format!("directory.{name}.")), "{error}");
        prop_assert_eq!(error.message(), "this key stands twice");
    }

    #[test]
    fn a_further_currency_decides_as_one_of_iso_with_as_many_digits(case in case()) {
        let digits = case.currency().unwrap().digits();
        let (mut iso, mut further) = (case.clone(), case);
        iso.order.currency = match digits {
            0 => "JPY",
            2 => "USD",
            3 => "KWD",
            4 => "CLF",
            _ => return Ok(()),
        }.into();
        iso.currencies = Entries::default();
        further.order.currency = "ABC".into();
        further.currencies.0.push(("ABC".into(), u8::try_from(digits).unwrap()));
        prop_assert_eq!(decided(&further), decided(&iso));
    }

    #[test]
    fn a_customer_is_free_where_the_assignment_expired_or_its_affiliate_is_unknown_or_paused(mut case in case(), is_used in any::<bool>()) {
        let mut policy = case.policy.clone().explicit().unwrap();
        let rank = policy.rank.as_mut().unwrap();
        if !is_used {
            rank.iter_mut().for_each(|tier| tier.retain(|method| *method != Method::Assigned));
        }
        let assignment = policy.assignment.unwrap();
        let is_sticky = assignment.mode == Some(AssignmentMode::Sticky);
        let additive = policy.additive.clone().unwrap();
        case.policy = policy;
        let belongs = case.customer.assigned.as_ref().filter(|it| {
            let age = PLACED_AT - it.at.as_millis();
            let affiliates = &case.directory.affiliates.0;
            let affiliate = affiliates.iter().find(|(id, _)| *id == it.affiliate);
            affiliate.is_some_and(|(_, known)| known.status == AffiliateStatus::Active)
                && assignment.expires.is_none_or(|expires| age <= expires.as_millis())
        });
        let belongs = belongs.map(|it| &*it.affiliate);
        let checked = Case::try_from(case.clone()).unwrap();
        prop_assert_eq!(standing_assignment(&checked), belongs);
        let decision = resolve(&checked);
        let by_rank: BTreeSet<&str> = decision.conversions.iter().filter(|it| is_credited(it) && !additive.contains(&it.method)).map(|it| &*it.affiliate).collect();
        let assigns = is_sticky && belongs.is_none() && !decision.review && by_rank.len() == 1;
        prop_assert_eq!(decision.assign.as_ref().map(|it| &*it.affiliate), by_rank.first().copied().filter(|_| assigns));
    }

    #[test]
    fn a_touch_after_the_order_changes_no_credit(case in case(), touch in touch(), after in 1_i64..1_000_000) {
        let mut more = case.clone();
        more.touches.push(TouchDocument { at: Instant::from_millis(PLACED_AT + after), ..touch });
        prop_assert_eq!(credited(&more), credited(&case));
    }

    #[test]
    fn a_paused_affiliate_changes_no_credit(mut case in case(), touch in touch()) {
        let paused = AffiliateDocument { status: AffiliateStatus::Paused, ..AffiliateDocument::default() };
        case.directory.affiliates.0.push(("Paused".into(), paused));
        case.directory.coupons.0.push(("PAUSED".into(), "Paused".into()));
        let mut more = case.clone();
        more.touches.push(TouchDocument { affiliate: "Paused".into(), ..touch });
        more.order.coupons.insert(0, "paused".into());
        more.order.coupons.push("paused".into());
        prop_assert_eq!(credited(&more), credited(&case));
    }

    #[test]
    fn an_unknown_code_tag_or_additional_affiliate_changes_nothing(case in case()) {
        let mut more = case.clone();
        more.order.coupons.insert(0, "unknown".into());
        more.order.tags.insert(0, "unknown".into());
        more.order.customer_tags.push("unknown".into());
        more.customer.additional.push("A".into());
        prop_assert_eq!(decided(&more), decided(&case));
    }

    #[test]
    fn an_affiliate_nobody_claims_for_changes_nothing(case in case(), front in any::<bool>()) {
        let mut more = case.clone();
        let place = if front { 0 } else { more.directory.affiliates.0.len() };
        more.directory.affiliates.0.insert(place, ("AA".into(), AffiliateDocument::default()));
        more.directory.coupons.0.push(("not used".into(), "AA".into()));
        prop_assert_eq!(decided(&more), decided(&case));
    }

    #[test]
    fn a_larger_refund_never_raises_a_commission(case in case(), line in 0_usize..4, minor in 0_i64..20_000, quantity in 0_u32..3) {
        let mut more = case.clone();
        let currency = case.currency().unwrap();
        let back = |minor: i64| Some(currency.format(waymark_attribution::money::Amount::from_minor(minor)).into());
        let lines = if line < case.order.lines.len() {
            vec![RefundLineDocument { line: line.to_string().into(), quantity, amount: back(minor) }]
        } else {
            Vec::new()
        };
        more.order.refunds.push(RefundDocument { id: "more".into(), lines, shipping: back(minor), tax: back(minor) });
        let commissions = |document: &CaseDocument<'static>| decide(document, |decision| decision.conversions.iter().map(|conversion| conversion.commission.minor()).collect::<Vec<_>>());
        let (before, after) = (commissions(&case), commissions(&more));
        prop_assert_eq!(before.len(), after.len());
        prop_assert!(before.iter().zip(&after).all(|(before, after)| after <= before), "{:?} {:?}", before, after);
    }

    #[test]
    fn refunding_everything_leaves_nothing(mut case in case()) {
        let order = &mut case.order;
        let lines = order.lines.iter().enumerate().map(|(place, line)| RefundLineDocument {
            line: place.to_string().into(),
            quantity: line.quantity,
            amount: line.amount.clone(),
        }).collect();
        order.refunds.push(RefundDocument { id: "all".into(), lines, shipping: order.shipping.clone(), tax: order.tax.clone() });
        decide(&case, |decision| {
            prop_assert!(decision.conversions.iter().all(|conversion| conversion.commission.minor() == 0));
            Ok(())
        })?;
    }

    #[test]
    fn renaming_affiliates_renames_the_decision_and_changes_nothing_else(case in case()) {
        // The new names sort in the opposite order and hold characters that JSON escapes.
        let renamed = rename(&written(&case));
        let renamed: CaseDocument = serde_json::from_str(&renamed).unwrap();
        let renamed = Case::try_from(renamed).unwrap();
        prop_assert_eq!(resolve(&renamed).to_json(), rename(&decided(&case)));
    }

    #[test]
    fn an_eligible_touch_of_a_stronger_tier_never_makes_a_weaker_tier_win(mut case in case(), touch in touch()) {
        // Content that arrives makes others stand down, and a touch may be what a coupon waits for:
        // there, everything else is not equal.
        case.policy.stand_down = Some("0s".parse().unwrap());
        case.policy.coupon_requires_touch = Some(false);
        let rank = case.policy.clone().explicit().unwrap().rank.unwrap();
        let winning = |document: &CaseDocument<'static>| decide(document, |decision| {
            decision.conversions.iter().filter(|conversion| is_credited(conversion)).filter_map(|conversion| rank.iter().position(|tier| tier.contains(&conversion.method))).min()
        });
        let mut more = case.clone();
        more.touches.push(touch);
        let (before, after) = (winning(&case), winning(&more));
        prop_assert!(before.is_none_or(|before| after.is_some_and(|after| after <= before)));
    }

    #[test]
    fn a_case_and_its_decision_survive_json(case in case()) {
        let written = written(&case);
        let read: CaseDocument = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(&read, &case);
        let from_text = Case::from_json(&written).unwrap();
        let decision = resolve(&from_text);
        prop_assert_eq!(decision.to_json(), decided(&case));
        let stored = decision.to_json();
        prop_assert_eq!(&Decision::from_json(&stored).unwrap(), &decision);
    }

    #[test]
    fn the_order_of_map_entries_never_matters(case in case()) {
        let mut turned = case.clone();
        turned.directory.affiliates.0.reverse();
        turned.directory.coupons.0.reverse();
        turned.directory.emails.0.reverse();
        turned.directory.skus.0.reverse();
        turned.directory.tags.0.reverse();
        turned.currencies.0.reverse();
        turned.policy.sku.rates.0.reverse();
        for (_, affiliate) in &mut turned.directory.affiliates.0 {
            affiliate.sku.rates.0.reverse();
        }
        prop_assert_eq!(decided(&turned), decided(&case));
    }

    #[test]
    fn a_policy_and_its_explicit_expansion_decide_alike(case in case()) {
        let mut explicit = case.clone();
        explicit.policy = case.policy.clone().explicit().unwrap();
        prop_assert_eq!(decided(&explicit), decided(&case));
        prop_assert_eq!(explicit.policy.clone().explicit().unwrap(), explicit.policy);
    }

    #[test]
    fn shifting_every_instant_changes_only_the_instants(case in case(), shift in -1_000_000_000_000_i64..1_000_000_000_000) {
        let mut shifted = case.clone();
        let moved = |at: Instant| Instant::from_millis(at.as_millis() + shift);
        shifted.order.placed_at = moved(shifted.order.placed_at);
        for touch in &mut shifted.touches {
            touch.at = moved(touch.at);
        }
        if let Some(assigned) = &mut shifted.customer.assigned {
            assigned.at = moved(assigned.at);
        }
        let expected = decide(&case, |decision| {
            let mut decision = decision.clone();
            for claim in &mut decision.trace {
                claim.at = moved(claim.at);
            }
            if let Some(assign) = &mut decision.assign {
                assign.at = moved(assign.at);
            }
            decision.to_json()
        });
        prop_assert_eq!(decided(&shifted), expected);
    }

    #[test]
    fn every_claim_is_explained_in_a_sentence(case in case()) {
        decide(&case, |decision| {
            let stored = decision.to_json();
            let stored = Decision::from_json(&stored).unwrap();
            let explanation = explain(&stored);
            prop_assert_eq!(explanation.claims.len(), decision.trace.len());
            prop_assert!(explanation.english().lines().all(|line| line.ends_with('.')));
            prop_assert_eq!(explanation.english(), explain(decision).english());
            Ok(())
        })?;
    }

    #[test]
    fn no_text_makes_reading_panic(text in ".{0,200}") {
        prop_assert!(Case::from_json(&text).is_err());
    }

    #[test]
    fn a_damaged_case_is_refused_or_decided_but_never_panics(case in case(), place in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = written(&case).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = with;
        if let Ok(text) = String::from_utf8(bytes) {
            match Case::from_json(&text) {
                Ok(case) => prop_assert!(!resolve(&case).to_json().is_empty()),
                Err(error) => prop_assert!(!error.message().is_empty()),
            }
        }
    }
}

/// Turns every flat rate into a percentage.
fn only_percentages(value: &mut Value) {
    match value {
        Value::Object(members)
            if members.contains_key("per_item") || members.contains_key("per_order") =>
        {
            *value = json!({ "percent": "3.3333" });
        }
        Value::Object(members) => members.values_mut().for_each(only_percentages),
        Value::Array(elements) => elements.iter_mut().for_each(only_percentages),
        _ => {}
    }
}

/// The same letters, written otherwise.
fn respelt(text: &str) -> Text<'static> {
    format!(" {}\u{2003}", text.to_uppercase().nfd()).into()
}

/// The decision, with codes and tags in their folded form.
fn folded_evidence(document: &CaseDocument<'static>) -> String {
    decide(document, |decision| {
        let mut decision = decision.clone();
        let of_claims = decision
            .trace
            .iter_mut()
            .map(|it| (it.method, &mut it.evidence));
        let of_conversions = decision
            .conversions
            .iter_mut()
            .map(|it| (it.method, &mut it.evidence));
        for (method, evidence) in of_claims.chain(of_conversions) {
            if matches!(method, Method::Coupon | Method::Tag) {
                *evidence = fold_text(evidence).into_owned().into();
            }
        }
        decision.to_json()
    })
}

/// Gives the affiliates of generated cases, which are single capital letters, other names.
fn rename(json: &str) -> String {
    let new = [
        ("A", "δ \\\"1\\\""),
        ("B", "γ"),
        ("C", "β"),
        ("D", "α"),
        ("X", "Ω"),
    ];
    new.iter().fold(json.to_owned(), |json, (old, new)| {
        json.replace(&format!("\"{old}\""), &format!("\"{new}\""))
    })
}

#[test]
fn the_generated_cases_reach_every_outcome_and_every_method() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut outcomes, mut methods) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2_000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        decide(&case, |decision| {
            outcomes.extend(decision.trace.iter().map(|claim| claim.outcome));
            methods.extend(
                decision
                    .conversions
                    .iter()
                    .filter(|conversion| is_credited(conversion))
                    .map(|conversion| conversion.method),
            );
        });
    }
    assert_eq!(outcomes.len(), 14, "{outcomes:?}");
    assert_eq!(methods.len(), Method::ALL.len(), "{methods:?}");
}
