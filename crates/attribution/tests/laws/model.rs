//! The rules once more, as plainly as possible: strings, lists, and a search for everything.
//!
//! It shares no code with the crate but the types of a document. It is slow, it trusts that the
//! case is valid, and its numbers overflow where real ones do not.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use waymark_attribution::document::{
    AffiliateClass, AffiliateDocument, AffiliateStatus, CaseDocument, RefundDocument,
};
use waymark_attribution::policy::{
    AssignmentMode, CouponChoice, Losers, SelfReferral, TieRule, TouchModel,
};
use waymark_attribution::rate::{Rate, RateDocument, RatesDocument, SkuDocument};
use waymark_attribution::time::Instant;
use waymark_attribution::{Entries, Method, PolicyDocument, Text};

struct Claim {
    affiliate: String,
    method: Method,
    evidence: String,
    at: i64,
    outcome: Option<&'static str>,
    by: Option<usize>,
}

/// Name, base, rate, exclusion, and what it earns in millionths of a minor unit.
type Line = (
    String,
    i128,
    Option<RateDocument<'static>>,
    Option<&'static str>,
    i128,
);

struct Model<'m> {
    case: &'m CaseDocument<'static>,
    policy: &'m PolicyDocument<'static>,
    claims: Vec<Claim>,
}

/// The decision, as JSON whose members stand in no particular order.
pub fn decide(case: &CaseDocument<'static>, policy: &PolicyDocument<'static>) -> Value {
    let mut model = Model {
        case,
        policy,
        claims: Vec::new(),
    };
    model.gather();
    model.screen();
    let groups = model.groups();
    let screened: Vec<Option<&str>> = model.claims.iter().map(|claim| claim.outcome).collect();
    let picks: Vec<(Option<usize>, Vec<usize>)> = groups
        .iter()
        .flat_map(|(tier, methods)| model.pick(*tier, methods))
        .collect();
    let (by_rank, tied) = model.rank(&picks);
    let mut shares = model.split(&by_rank);
    shares.sort();
    let mut additive: Vec<usize> = picks
        .iter()
        .filter(|(tier, _)| tier.is_none())
        .map(|(_, members)| members[0])
        .collect();
    additive.sort();

    let mut review = false;
    let mut conversions = Vec::new();
    let ranked = shares
        .iter()
        .map(|(place, share)| (*place, *share, tied, false));
    for (place, share, tied, is_additive) in
        ranked.chain(additive.iter().map(|place| (*place, 10_000, false, true)))
    {
        model.claims[place].outcome = Some("credited");
        let claim = &model.claims[place];
        let flagged = tied
            || (policy.self_referral == Some(SelfReferral::Review)
                && model.is_buyer(&claim.affiliate));
        review |= flagged;
        let (commission, lines) = model.commission(claim, share, is_additive);
        conversions.push(json!({
            "affiliate": claim.affiliate, "method": claim.method, "evidence": claim.evidence, "status": "pending", "visible": true,
            "review": flagged, "share_bp": share, "commission": commission, "lines": lines,
        }));
    }
    if policy.losers == Some(Losers::Unqualified) {
        let stand_ins: Vec<usize> = groups
            .iter()
            .flat_map(|(_, methods)| model.stand_ins(methods, &screened))
            .collect();
        for (place, claim) in model.claims.iter().enumerate() {
            let reason = claim.outcome.unwrap();
            if ["outranked", "duplicate"].contains(&reason) || stand_ins.contains(&place) {
                let mut conversion = json!({
                    "affiliate": claim.affiliate, "method": claim.method, "evidence": claim.evidence, "status": "unqualified", "visible": false,
                    "review": false, "reason": reason, "share_bp": 0, "commission": model.money(0), "lines": [],
                });
                if let Some(by) = claim.by {
                    conversion["by"] = json!(by);
                }
                conversions.push(conversion);
            }
        }
    }
    json!({
        "policy": { "name": policy.name, "version": policy.version },
        "order": case.order.id,
        "review": review,
        "conversions": conversions,
        "assign": model.assign(&shares, review),
        "trace": model.claims.iter().map(|claim| {
            let at = Instant::from_millis(claim.at);
            let mut traced = json!({ "affiliate": claim.affiliate, "method": claim.method, "evidence": claim.evidence, "at": at, "outcome": claim.outcome });
            if let Some(by) = claim.by {
                traced["by"] = json!(by);
            }
            traced
        }).collect::<Vec<_>>(),
    })
}

/// By another library than the crate's.
fn key(text: &str) -> String {
    let composed: String = text.trim().nfc().collect();
    composed.to_lowercase().replace('ς', "σ").nfc().collect()
}

fn find<'v, V>(entries: &'v Entries<'_, V>, name: &str) -> Option<&'v V> {
    entries
        .0
        .iter()
        .find(|(entry, _)| *entry == name)
        .map(|(_, value)| value)
}

fn find_key<'v>(entries: &'v Entries<'_, Text<'static>>, name: &str) -> Option<&'v Text<'static>> {
    entries
        .0
        .iter()
        .find(|(entry, _)| key(entry) == key(name))
        .map(|(_, value)| value)
}

/// Floors first, then one more for the largest remainders, of equals the earlier.
fn largest_remainder(total: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|weight| total * weight / sum).collect();
    while parts.iter().sum::<i128>() < total {
        let lacking = |place: usize| total * weights[place] - parts[place] * sum;
        let neediest = (0..weights.len())
            .rev()
            .max_by_key(|place| lacking(*place))
            .unwrap();
        parts[neediest] += 1;
    }
    parts
}

impl Model<'_> {
    fn placed_at(&self) -> i64 {
        self.case.order.placed_at.as_millis()
    }

    fn affiliate(&self, id: &str) -> Option<&AffiliateDocument<'static>> {
        find(&self.case.directory.affiliates, id)
    }

    fn is_buyer(&self, id: &str) -> bool {
        let email = self
            .case
            .order
            .email
            .as_deref()
            .map(key)
            .filter(|email| !email.is_empty());
        let emails = &self.affiliate(id).unwrap().emails;
        email.is_some_and(|email| emails.iter().any(|own| key(own) == email))
    }

    fn claim(&mut self, affiliate: &str, method: Method, evidence: &str, at: i64) {
        let claim = Claim {
            affiliate: affiliate.into(),
            method,
            evidence: evidence.into(),
            at,
            outcome: None,
            by: None,
        };
        self.claims.push(claim);
    }

    fn gather(&mut self) {
        let (case, at) = (self.case, self.placed_at());
        let mut touches: Vec<_> = case.touches.iter().collect();
        touches.sort_by_key(|touch| touch.at);
        for touch in touches {
            self.claim(
                &touch.affiliate,
                touch.method.into(),
                &touch.id,
                touch.at.as_millis(),
            );
        }
        let repeats = |texts: &[&str], place: usize| {
            texts[..place]
                .iter()
                .any(|earlier| key(earlier) == key(texts[place]))
        };
        let coupons: Vec<&str> = case.order.coupons.iter().map(|code| &**code).collect();
        for (place, code) in coupons.iter().enumerate() {
            if let Some(affiliate) =
                find_key(&case.directory.coupons, code).filter(|_| !repeats(&coupons, place))
            {
                self.claim(affiliate, Method::Coupon, code, at);
            }
        }
        if let Some(affiliate) = case
            .order
            .email
            .as_deref()
            .and_then(|email| find_key(&case.directory.emails, email))
        {
            self.claim(affiliate, Method::Email, "email", at);
        }
        let skus: Vec<&str> = case
            .order
            .lines
            .iter()
            .filter_map(|line| line.sku.as_deref())
            .collect();
        for (place, sku) in skus.iter().enumerate() {
            if let Some(trigger) =
                find(&case.directory.skus, sku).filter(|_| !skus[..place].contains(sku))
            {
                self.claim(&trigger.affiliate, Method::Sku, sku, at);
            }
        }
        let tags: Vec<&str> = case
            .order
            .tags
            .iter()
            .chain(&case.order.customer_tags)
            .map(|tag| &**tag)
            .collect();
        for (place, tag) in tags.iter().enumerate() {
            if let Some(affiliate) =
                find_key(&case.directory.tags, tag).filter(|_| !repeats(&tags, place))
            {
                self.claim(affiliate, Method::Tag, tag, at);
            }
        }
        if let Some(assigned) = &case.customer.assigned {
            self.claim(
                &assigned.affiliate,
                Method::Assigned,
                "assigned",
                assigned.at.as_millis(),
            );
        }
    }

    fn screen(&mut self) {
        let first_seven: Vec<Option<&str>> = self
            .claims
            .iter()
            .map(|claim| self.first_seven(claim))
            .collect();
        let passes = |place: usize| first_seven[place].is_none();
        let class = |claim: &Claim| {
            self.affiliate(&claim.affiliate)
                .map(|affiliate| affiliate.class)
        };
        let stand_down = self.policy.stand_down.unwrap().as_millis();
        let reasons: Vec<Option<&str>> = (0..self.claims.len())
            .map(|place| {
                let claim = &self.claims[place];
                if let Some(reason) = first_seven[place] {
                    return Some(reason);
                }
                let touched = || {
                    (0..self.claims.len()).any(|other| {
                        self.claims[other].method.is_touch()
                            && passes(other)
                            && self.claims[other].affiliate == claim.affiliate
                    })
                };
                if claim.method == Method::Coupon
                    && self.policy.coupon_requires_touch == Some(true)
                    && !touched()
                {
                    return Some("no_touch");
                }
                let gives_way = || {
                    (0..place).any(|other| {
                        let content = &self.claims[other];
                        content.method.is_touch()
                            && passes(other)
                            && content.affiliate != claim.affiliate
                            && class(content) == Some(AffiliateClass::Content)
                            && claim.at - content.at <= stand_down
                    })
                };
                if stand_down > 0
                    && claim.method.is_touch()
                    && class(claim) != Some(AffiliateClass::Content)
                    && gives_way()
                {
                    return Some("stood_down");
                }
                None
            })
            .collect();
        for (claim, reason) in self.claims.iter_mut().zip(reasons) {
            claim.outcome = reason;
        }
    }

    fn first_seven(&self, claim: &Claim) -> Option<&'static str> {
        let policy = self.policy;
        let listed = policy
            .rank
            .iter()
            .flatten()
            .flatten()
            .chain(policy.additive.iter().flatten())
            .any(|method| *method == claim.method);
        let age = self.placed_at() - claim.at;
        if !listed {
            return Some("method_disabled");
        }
        let Some(affiliate) = self.affiliate(&claim.affiliate) else {
            return Some("affiliate_unknown");
        };
        let window = affiliate.window.or(policy.window).unwrap().as_millis();
        let expires = policy
            .assignment
            .unwrap()
            .expires
            .map(|expires| expires.as_millis());
        [
            (
                affiliate.status == AffiliateStatus::Paused,
                "affiliate_inactive",
            ),
            (claim.method.is_touch() && age < 0, "after_order"),
            (claim.method.is_touch() && age > window, "window_expired"),
            (
                claim.method == Method::Assigned && expires.is_some_and(|expires| age > expires),
                "assignment_expired",
            ),
            (
                policy.self_referral == Some(SelfReferral::Unqualified)
                    && self.is_buyer(&claim.affiliate),
                "self_referral",
            ),
        ]
        .into_iter()
        .find_map(|(applies, reason)| applies.then_some(reason))
    }

    /// The tier (none for additive) and the methods of every group, in the order of the rank.
    fn groups(&self) -> Vec<(Option<usize>, Vec<Method>)> {
        let mut groups: Vec<(Option<usize>, Vec<Method>)> = Vec::new();
        for (tier, methods) in self.policy.rank.iter().flatten().enumerate() {
            for method in methods {
                match groups.iter_mut().find(|(of, members)| {
                    *of == Some(tier) && members[0].is_touch() && method.is_touch()
                }) {
                    Some((_, members)) => members.push(*method),
                    None => groups.push((Some(tier), vec![*method])),
                }
            }
        }
        groups.extend(
            self.policy
                .additive
                .iter()
                .flatten()
                .map(|method| (None, vec![*method])),
        );
        groups
    }

    fn chooses_last(&self, methods: &[Method]) -> bool {
        (methods[0].is_touch() && self.policy.touch != Some(TouchModel::First))
            || (methods[0] == Method::Coupon && self.policy.coupon == Some(CouponChoice::Last))
    }

    fn splits(&self) -> bool {
        !matches!(
            self.policy.touch,
            Some(TouchModel::First | TouchModel::Last)
        )
    }

    fn pick(
        &mut self,
        tier: Option<usize>,
        methods: &[Method],
    ) -> Vec<(Option<usize>, Vec<usize>)> {
        let eligible: Vec<usize> = (0..self.claims.len())
            .filter(|place| {
                methods.contains(&self.claims[*place].method)
                    && self.claims[*place].outcome.is_none()
            })
            .collect();
        if methods[0] == Method::Sku {
            return eligible
                .into_iter()
                .map(|place| (tier, vec![place]))
                .collect();
        }
        let chosen = if self.chooses_last(methods) {
            eligible.last()
        } else {
            eligible.first()
        };
        let Some(chosen) = chosen.copied() else {
            return Vec::new();
        };
        if methods[0].is_touch() && self.splits() {
            return vec![(tier, eligible)];
        }
        for place in eligible.iter().filter(|place| **place != chosen) {
            self.beat(&[*place], "superseded", chosen);
        }
        vec![(tier, vec![chosen])]
    }

    fn beat(&mut self, members: &[usize], outcome: &'static str, by: usize) {
        for place in members {
            self.claims[*place].outcome = Some(outcome);
            self.claims[*place].by = Some(by);
        }
    }

    fn sole_affiliate(&self, members: &[usize]) -> Option<&str> {
        let first = self.claims[members[0]].affiliate.as_str();
        members
            .iter()
            .all(|place| self.claims[*place].affiliate == first)
            .then_some(first)
    }

    /// The last touch of each affiliate among these, in canonical order.
    fn last_of_each(&self, members: &[usize]) -> Vec<usize> {
        let later = |place: usize| {
            members.iter().any(|other| {
                *other > place && self.claims[*other].affiliate == self.claims[place].affiliate
            })
        };
        members
            .iter()
            .copied()
            .filter(|place| !later(*place))
            .collect()
    }

    fn rank(&mut self, picks: &[(Option<usize>, Vec<usize>)]) -> (Vec<Vec<usize>>, bool) {
        let Some(winning) = picks.iter().filter_map(|(tier, _)| *tier).min() else {
            return (Vec::new(), false);
        };
        let mut standing: Vec<Vec<usize>> = Vec::new();
        let mut duplicates: Vec<(Vec<usize>, usize)> = Vec::new();
        for (_, entrant) in picks.iter().filter(|(tier, _)| *tier == Some(winning)) {
            let sole = self.sole_affiliate(entrant);
            match standing
                .iter()
                .position(|other| sole.is_some() && self.sole_affiliate(other) == sole)
            {
                Some(of) => duplicates.push((entrant.clone(), of)),
                None => standing.push(entrant.clone()),
            }
        }
        let at = |place: usize| self.claims[*standing[place].last().unwrap()].at;
        let places = 0..standing.len();
        let credited: Vec<usize> = match self.policy.tie.unwrap() {
            TieRule::Review => places.collect(),
            TieRule::FirstListed => vec![0],
            TieRule::Earliest => vec![places.min_by_key(|place| at(*place)).unwrap()],
            TieRule::Latest => vec![places.rev().max_by_key(|place| at(*place)).unwrap()],
        };
        let named: Vec<usize> = (0..standing.len())
            .map(|place| match credited.contains(&place) {
                true => self.last_of_each(&standing[place])[0],
                false => *standing[place].last().unwrap(),
            })
            .collect();
        for (entrant, of) in &duplicates {
            self.beat(entrant, "duplicate", named[*of]);
        }
        for place in (0..standing.len()).filter(|place| !credited.contains(place)) {
            self.beat(&standing[place], "outranked", named[credited[0]]);
        }
        let first = credited.iter().map(|place| named[*place]).min().unwrap();
        for (_, members) in picks
            .iter()
            .filter(|(tier, _)| tier.is_some_and(|tier| tier > winning))
        {
            self.beat(members, "outranked", first);
        }
        let tied = credited.len() > 1;
        (
            credited
                .into_iter()
                .map(|place| standing[place].clone())
                .collect(),
            tied,
        )
    }

    fn split(&mut self, by_rank: &[Vec<usize>]) -> Vec<(usize, i128)> {
        let mut shares = Vec::new();
        for members in by_rank {
            if !(self.claims[members[0]].method.is_touch() && self.splits()) {
                shares.push((members[0], 10_000));
                continue;
            }
            let stayed: Vec<usize> = (0..members.len())
                .filter(|index| {
                    members.get(index + 1).is_none_or(|next| {
                        self.claims[*next].affiliate != self.claims[members[*index]].affiliate
                    })
                })
                .map(|index| members[index])
                .collect();
            let n = stayed.len();
            let half_lives = |place: &usize| {
                ((self.placed_at() - self.claims[*place].at)
                    / self.policy.half_life.unwrap().as_millis())
                .min(40)
            };
            let most = stayed.iter().map(half_lives).max().unwrap();
            let weights: Vec<i128> = stayed
                .iter()
                .enumerate()
                .map(|(index, place)| match self.policy.touch.unwrap() {
                    TouchModel::Position if n > 2 && (index == 0 || index == n - 1) => {
                        2 * (n as i128 - 2)
                    }
                    TouchModel::TimeDecay => 2_i128.pow((most - half_lives(place)) as u32),
                    _ => 1,
                })
                .collect();
            let parts = largest_remainder(10_000, &weights);
            for last in self.last_of_each(members) {
                let owner = self.claims[last].affiliate.clone();
                let of_owner = |place: &usize| self.claims[*place].affiliate == owner;
                let sum = stayed
                    .iter()
                    .zip(&parts)
                    .filter(|(place, _)| of_owner(place))
                    .map(|(_, part)| part)
                    .sum();
                shares.push((last, sum));
                let merged: Vec<usize> = members
                    .iter()
                    .copied()
                    .filter(|place| of_owner(place) && *place != last)
                    .collect();
                self.beat(&merged, "merged", last);
            }
        }
        shares
    }

    fn digits(&self) -> usize {
        match &*self.case.order.currency {
            "JPY" => 0,
            "USD" => 2,
            "KWD" => 3,
            further => usize::from(*find(&self.case.currencies, further).unwrap()),
        }
    }

    fn minor(&self, text: Option<&Text<'static>>) -> i128 {
        let text = text.map_or("0", |text| text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let minor = format!("{whole}{fraction:0<width$}", width = self.digits());
        minor.parse().unwrap()
    }

    fn money(&self, minor: i128) -> String {
        let digits = self.digits();
        let minor = format!("{minor:0>width$}", width = digits + 1);
        match minor.split_at(minor.len() - digits) {
            (whole, "") => whole.to_owned(),
            (whole, fraction) => format!("{whole}.{fraction}"),
        }
    }

    fn commission(&self, claim: &Claim, share: i128, additive: bool) -> (String, Vec<Value>) {
        let (order, policy) = (&self.case.order, self.policy);
        let own = self.affiliate(&claim.affiliate).unwrap();
        let amounts: Vec<i128> = order
            .lines
            .iter()
            .map(|line| self.minor(line.amount.as_ref()))
            .collect();
        let discounts = largest_remainder(
            self.minor(order.discount.as_ref())
                .min(amounts.iter().sum()),
            &amounts,
        );
        let live = |left: i128| if order.cancelled { 0 } else { left.max(0) };
        let method_rate = || {
            [&own.rates, &policy.rates]
                .into_iter()
                .find_map(|rates| rate_of(rates, claim.method))
        };
        let mut lines: Vec<Line> = Vec::new();
        let mut per_order_booked = false;
        for (place, line) in order.lines.iter().enumerate() {
            let sku = line.sku.as_deref().filter(|sku| !sku.trim().is_empty());
            if additive && claim.method == Method::Sku && sku != Some(claim.evidence.as_str()) {
                continue;
            }
            let name = place.to_string();
            let refunds = || {
                order
                    .refunds
                    .iter()
                    .flat_map(|refund| &refund.lines)
                    .filter(|refund| refund.line == name.as_str())
            };
            let back: i128 = refunds()
                .map(|refund| self.minor(refund.amount.as_ref()))
                .sum();
            let returned: i128 = refunds().map(|refund| i128::from(refund.quantity)).sum();
            let base = live(amounts[place] - discounts[place] - back);
            let quantity = live(i128::from(line.quantity) - returned);
            let on = |list: &dyn Fn(&SkuDocument<'static>) -> Vec<Text<'static>>,
                      terms: &SkuDocument<'static>| {
                sku.is_some_and(|sku| list(terms).iter().any(|entry| *entry == sku))
            };
            let disabled = [&policy.sku, &own.sku]
                .iter()
                .any(|terms| on(&|terms| terms.disabled.clone(), terms));
            let lacking = [&policy.sku, &own.sku].iter().any(|terms| {
                !terms.allowed.is_empty() && !on(&|terms| terms.allowed.clone(), terms)
            });
            let excluded = if disabled {
                Some("sku_disabled")
            } else if lacking {
                Some("sku_not_allowed")
            } else {
                None
            };
            let sku_rate = || {
                sku.and_then(|sku| {
                    find(&own.sku.rates, sku).or_else(|| find(&policy.sku.rates, sku))
                })
            };
            let trigger_rate = || {
                (claim.method == Method::Sku)
                    .then(|| {
                        find(&self.case.directory.skus, &claim.evidence)
                            .unwrap()
                            .rate
                            .as_ref()
                    })
                    .flatten()
            };
            let rate = match excluded {
                Some(_) => None,
                None => sku_rate()
                    .or_else(trigger_rate)
                    .cloned()
                    .or_else(method_rate),
            };
            let earned = match &rate {
                Some(Rate::Percent(percent)) => base * i128::from(percent.millionths()),
                Some(Rate::PerItem(amount)) if base > 0 => {
                    self.minor(Some(amount)) * quantity * 1_000_000
                }
                Some(Rate::PerOrder(amount)) if base > 0 && !per_order_booked => {
                    per_order_booked = true;
                    self.minor(Some(amount)) * 1_000_000
                }
                _ => 0,
            };
            lines.push((name, base, rate, excluded, earned));
        }
        let takes_part = lines.iter().any(|line| line.3.is_none());
        if takes_part && !(additive && claim.method == Method::Sku) {
            let back = |part: fn(&RefundDocument<'static>) -> Option<Text<'static>>| -> i128 {
                order
                    .refunds
                    .iter()
                    .map(|refund| self.minor(part(refund).as_ref()))
                    .sum()
            };
            let shipping =
                self.minor(order.shipping.as_ref()) - back(|refund| refund.shipping.clone());
            let tax = self.minor(order.tax.as_ref()) - back(|refund| refund.tax.clone());
            for (name, left, included) in [
                ("shipping", shipping, policy.include_shipping),
                ("tax", tax, policy.include_tax),
            ] {
                if let (Some(true), Some(Rate::Percent(percent))) = (included, method_rate()) {
                    let earned = live(left) * i128::from(percent.millionths());
                    lines.push((
                        name.into(),
                        live(left),
                        Some(Rate::Percent(percent)),
                        None,
                        earned,
                    ));
                }
            }
        }
        let earned: Vec<i128> = lines.iter().map(|line| line.4).collect();
        let (exact, unit) = (earned.iter().sum::<i128>() * share, 10_000_000_000_i128);
        let mut commission = exact / unit;
        let twice = exact % unit * 2;
        if twice > unit || (twice == unit && commission % 2 == 1) {
            commission += 1;
        }
        let parts = largest_remainder(commission, &earned);
        let lines = lines.into_iter().zip(parts).map(|((line, base, rate, excluded, _), part)| {
            let mut entry = json!({ "line": line, "base": self.money(base), "commission": self.money(part) });
            if let Some(excluded) = excluded {
                entry["excluded"] = json!(excluded);
            }
            if let Some(rate) = rate {
                entry["rate"] = json!(rate);
            }
            entry
        });
        (self.money(commission), lines.collect())
    }

    fn stand_ins(&self, methods: &[Method], screened: &[Option<&str>]) -> Vec<usize> {
        let of_group: Vec<usize> = (0..self.claims.len())
            .filter(|place| methods.contains(&self.claims[*place].method))
            .collect();
        if of_group.iter().any(|place| screened[*place].is_none()) {
            return Vec::new();
        }
        let recordable = [
            "affiliate_inactive",
            "window_expired",
            "self_referral",
            "no_touch",
            "stood_down",
        ];
        let candidates: Vec<usize> = of_group
            .into_iter()
            .filter(|place| screened[*place].is_some_and(|reason| recordable.contains(&reason)))
            .collect();
        if methods[0] == Method::Sku {
            return candidates;
        }
        let chosen = if self.chooses_last(methods) {
            candidates.last()
        } else {
            candidates.first()
        };
        chosen.copied().into_iter().collect()
    }

    fn assign(&self, shares: &[(usize, i128)], review: bool) -> Value {
        let policy = self.policy.assignment.unwrap();
        let taken = self.case.customer.assigned.as_ref().is_some_and(|it| {
            let age = self.placed_at() - it.at.as_millis();
            let lasts = policy
                .expires
                .is_none_or(|expires| age <= expires.as_millis());
            let affiliate = self.affiliate(&it.affiliate);
            lasts && affiliate.is_some_and(|known| known.status == AffiliateStatus::Active)
        });
        let mut affiliates: Vec<&str> = shares
            .iter()
            .map(|(place, _)| self.claims[*place].affiliate.as_str())
            .collect();
        affiliates.dedup();
        affiliates.sort();
        affiliates.dedup();
        match affiliates[..] {
            [only] if policy.mode == Some(AssignmentMode::Sticky) && !taken && !review => {
                json!({ "affiliate": only, "at": self.case.order.placed_at })
            }
            _ => Value::Null,
        }
    }
}

fn rate_of(rates: &RatesDocument<'static>, method: Method) -> Option<RateDocument<'static>> {
    let own = match method {
        Method::Link => &rates.link,
        Method::Qr if rates.qr.is_none() => &rates.link,
        Method::Qr => &rates.qr,
        Method::Coupon => &rates.coupon,
        Method::Email => &rates.email,
        Method::Sku => &rates.sku,
        Method::Tag => &rates.tag,
        Method::Assigned => &rates.assigned,
    };
    own.clone().or_else(|| rates.default.clone())
}
