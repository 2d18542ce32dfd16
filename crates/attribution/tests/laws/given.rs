//! Cases in which much happens: few affiliates, codes and moments, so that claims meet.
//!
//! The larger strategies are boxed, because a composed one holds all its parts on the stack.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use waymark_attribution::document::{
    AffiliateClass, AffiliateDocument, AffiliateStatus, AssignedDocument, CaseDocument,
    CustomerDocument, DirectoryDocument, LineDocument, OrderDocument, RefundDocument,
    RefundLineDocument, SkuTriggerDocument, TouchDocument,
};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::policy::{
    AssignmentMode, CouponChoice, Losers, SelfReferral, TieRule, TouchModel,
};
use waymark_attribution::rate::{Rate, RateDocument, RatesDocument, SkuDocument};
use waymark_attribution::time::{Duration, Instant};
use waymark_attribution::{
    AssignmentDocument, Entries, Method, PRESETS, PolicyDocument, Text, TouchMethod,
};

/// Those that the directory may know.
pub const AFFILIATES: [&str; 4] = ["A", "B", "C", "D"];
/// One that it never knows.
pub const STRANGER: &str = "X";
pub const SKUS: [&str; 3] = ["S1", "S2", "S3"];
pub const PLACED_AT: i64 = 1_767_528_000_000;
const HOUR: i64 = 3_600_000;

pub fn text(text: impl Into<String>) -> Text<'static> {
    text.into().into()
}

fn affiliate_id() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![9 => select(&AFFILIATES[..]), 1 => Just(STRANGER)].prop_map(text)
}

/// Within two days of the order, often at the same moment as another.
pub fn instant() -> impl Strategy<Value = Instant> {
    (-48_i64..6).prop_map(|hours| Instant::from_millis(PLACED_AT + hours * HOUR))
}

fn duration() -> impl Strategy<Value = Duration> {
    select(&["0s", "1h", "2h", "12h", "1d", "30d"][..]).prop_map(|text| text.parse().unwrap())
}

/// One of ISO 4217, or a further one, with any number of digits.
pub fn currency() -> impl Strategy<Value = Currency> {
    let iso = select(&["JPY", "USD", "KWD"][..]).prop_map(|code| code.parse().unwrap());
    let further = select(&[("IRT", 0), ("QQQ", 1), ("XBT", 4)][..]);
    prop_oneof![
        3 => iso,
        2 => further.prop_map(|(code, digits)| Currency::further(code, digits).unwrap()),
    ]
}

/// What a case in this currency says of currencies: at least what it needs.
fn currencies(currency: Currency) -> impl Strategy<Value = Entries<'static, u8>> {
    of(0_u8..=4).prop_map(move |other| {
        let digits = u8::try_from(currency.digits()).unwrap();
        let needed = (!currency.is_iso()).then(|| (text(currency.code()), digits));
        let other = other.map(|digits| (text("ZZZ"), digits));
        needed.into_iter().chain(other).collect()
    })
}

/// An amount that any currency can write: its text depends on the currency, so it is made last.
fn amount(most: i64) -> impl Strategy<Value = Amount> {
    prop_oneof![1 => Just(0), 4 => 0..most].prop_map(Amount::from_minor)
}

fn rate(currency: Currency, per_order: bool) -> BoxedStrategy<RateDocument<'static>> {
    let flat = move |minor| text(currency.format(Amount::from_minor(minor)));
    let percent = select(&["0", "5", "8.5", "33.3333", "100", "0.0001"][..])
        .prop_map(|percent| Rate::Percent(percent.parse().unwrap()));
    prop_oneof![
        4 => percent,
        2 => (0_i64..300).prop_map(move |minor| Rate::PerItem(flat(minor))),
        u32::from(per_order) => (0_i64..900).prop_map(move |minor| Rate::PerOrder(flat(minor))),
    ]
    .boxed()
}

fn rates(currency: Currency) -> BoxedStrategy<RatesDocument<'static>> {
    let rate = move || weighted(0.4, rate(currency, true));
    (
        rate(),
        rate(),
        rate(),
        rate(),
        rate(),
        rate(),
        rate(),
        rate(),
    )
        .prop_map(
            |(default, link, qr, coupon, email, sku, tag, assigned)| RatesDocument {
                default,
                link,
                qr,
                coupon,
                email,
                sku,
                tag,
                assigned,
            },
        )
        .boxed()
}

fn sku_list() -> impl Strategy<Value = Vec<Text<'static>>> {
    prop_oneof![3 => Just(Vec::new()), 1 => vec(select(&SKUS[..]).prop_map(text), 0..3)]
}

fn sku_terms(currency: Currency) -> BoxedStrategy<SkuDocument<'static>> {
    let rates = subsequence(&SKUS[..], 0..=2).prop_flat_map(move |skus| {
        let count = skus.len();
        vec(rate(currency, false), count).prop_map(move |rates| {
            skus.iter()
                .map(|sku| text(*sku))
                .zip(rates)
                .collect::<Entries<_>>()
        })
    });
    (
        sku_list(),
        sku_list(),
        prop_oneof![2 => Just(Entries::default()), 1 => rates],
    )
        .prop_map(|(disabled, allowed, rates)| SkuDocument {
            disabled,
            allowed,
            rates,
        })
        .boxed()
}

/// Any tiers of any methods, some of the rest additive, in any order.
fn ranking() -> impl Strategy<Value = (Vec<Vec<Method>>, Vec<Method>)> {
    (
        Just(Method::ALL.to_vec()).prop_shuffle(),
        vec(0_usize..6, 7),
    )
        .prop_map(|(methods, places)| {
            let mut rank = vec![Vec::new(); 4];
            let mut additive = Vec::new();
            for (method, place) in methods.into_iter().zip(places) {
                match place {
                    tier @ 0..4 => rank[tier].push(method),
                    4 if !method.is_touch() && method != Method::Assigned => additive.push(method),
                    _ => {}
                }
            }
            rank.retain(|tier| !tier.is_empty());
            (rank, additive)
        })
}

pub fn policy(currency: Currency) -> BoxedStrategy<PolicyDocument<'static>> {
    use AssignmentMode::Sticky;
    let base = prop_oneof![
        1 => select(&PRESETS[..]).prop_map(PolicyDocument::preset),
        2 => ranking().prop_map(|(rank, additive)| PolicyDocument {
            rank: Some(rank),
            additive: Some(additive),
            ..PolicyDocument::default()
        }),
    ];
    let touch = select(
        &[
            TouchModel::Last,
            TouchModel::First,
            TouchModel::Linear,
            TouchModel::Position,
            TouchModel::TimeDecay,
        ][..],
    );
    let tie = select(
        &[
            TieRule::Review,
            TieRule::FirstListed,
            TieRule::Earliest,
            TieRule::Latest,
        ][..],
    );
    let self_referral = select(
        &[
            SelfReferral::Allow,
            SelfReferral::Review,
            SelfReferral::Unqualified,
        ][..],
    );
    let losers = select(&[Losers::Unqualified, Losers::Unrecorded][..]);
    let coupon = select(&[CouponChoice::First, CouponChoice::Last][..]);
    let assignment = (of(Just(Sticky)), of(duration()))
        .prop_map(|(mode, expires)| AssignmentDocument { mode, expires });
    let choices = (
        of(touch),
        of(tie),
        of(self_referral),
        of(losers),
        of(coupon),
        weighted(0.3, any::<bool>()),
    );
    let spans = (
        of(duration()),
        of(select(&["1h", "6h", "1d"][..])),
        weighted(0.3, duration()),
    );
    let terms = (
        rates(currency),
        sku_terms(currency),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
    );
    (base, choices, spans, of(assignment), terms)
        .prop_map(
            |(
                base,
                (touch, tie, self_referral, losers, coupon, coupon_requires_touch),
                (window, half_life, stand_down),
                assignment,
                (rates, sku, include_shipping, include_tax),
            )| PolicyDocument {
                touch,
                tie,
                self_referral,
                losers,
                coupon,
                coupon_requires_touch,
                window,
                half_life: half_life.map(|text| text.parse().unwrap()),
                stand_down,
                assignment,
                rates,
                sku,
                include_shipping,
                include_tax,
                ..base
            },
        )
        .boxed()
}

fn affiliate(currency: Currency) -> BoxedStrategy<AffiliateDocument<'static>> {
    use AffiliateClass::{Cashback, Content, Coupon, Extension};
    (
        prop_oneof![5 => Just(AffiliateStatus::Active), 1 => Just(AffiliateStatus::Paused)],
        select(&[Content, Content, Content, Coupon, Extension, Cashback][..]),
        prop_oneof![
            3 => Just(Vec::new()),
            1 => Just(vec![text(" Buyer@y.test"), text("JO\u{308}RG@y.test")]),
        ],
        weighted(0.2, duration()),
        prop_oneof![2 => Just(RatesDocument::default()), 1 => rates(currency)],
        prop_oneof![2 => Just(SkuDocument::default()), 1 => sku_terms(currency)],
    )
        .prop_map(
            |(status, class, emails, window, rates, sku)| AffiliateDocument {
                status,
                class,
                emails,
                window,
                rates,
                sku,
            },
        )
        .boxed()
}

fn directory(currency: Currency) -> BoxedStrategy<DirectoryDocument<'static>> {
    let names = |names: &'static [&'static str]| {
        vec(of(affiliate_id()), names.len()).prop_map(move |owners| {
            names
                .iter()
                .zip(owners)
                .filter_map(|(name, owner)| Some((text(*name), owner?)))
                .collect::<Entries<_>>()
        })
    };
    let skus = vec(
        of((affiliate_id(), weighted(0.5, rate(currency, false)))),
        SKUS.len(),
    )
    .prop_map(|triggers| {
        SKUS.iter()
            .zip(triggers)
            .filter_map(|(sku, trigger)| {
                let (affiliate, rate) = trigger?;
                Some((text(*sku), SkuTriggerDocument { affiliate, rate }))
            })
            .collect::<Entries<_>>()
    });
    let affiliates = vec(affiliate(currency), AFFILIATES.len()).prop_map(|known| {
        AFFILIATES
            .iter()
            .map(|id| text(*id))
            .zip(known)
            .collect::<Entries<_>>()
    });
    (
        affiliates,
        names(&["C1", "c2", " C3 ", "Café", "ΟΔΟΣ"]),
        names(&["buyer@y.test", "Jörg@y.test"]),
        skus,
        names(&["vip", "Gold", "\u{212b}rs"]),
    )
        .prop_map(
            |(affiliates, coupons, emails, skus, tags)| DirectoryDocument {
                affiliates,
                coupons,
                emails,
                skus,
                tags,
            },
        )
        .boxed()
}

pub fn touch() -> impl Strategy<Value = TouchDocument<'static>> {
    (
        0..100_u32,
        instant(),
        select(&[TouchMethod::Link, TouchMethod::Qr][..]),
        affiliate_id(),
    )
        .prop_map(|(id, at, method, affiliate)| TouchDocument {
            id: text(format!("t{id}")),
            at,
            method,
            affiliate,
        })
}

fn line(currency: Currency) -> impl Strategy<Value = LineDocument<'static>> {
    (
        prop_oneof![1 => Just(None), 6 => select(&SKUS[..]).prop_map(Some)],
        1_u32..4,
        amount(20_000),
    )
        .prop_map(move |(sku, quantity, amount)| LineDocument {
            id: None,
            sku: sku.map(text),
            quantity,
            amount: Some(text(currency.format(amount))),
        })
}

fn refund(currency: Currency, lines: usize) -> impl Strategy<Value = RefundDocument<'static>> {
    let line =
        (0..lines.max(1), 0_u32..3, amount(8_000)).prop_map(move |(line, quantity, amount)| {
            RefundLineDocument {
                line: text(line.to_string()),
                quantity,
                amount: Some(text(currency.format(amount))),
            }
        });
    (
        vec(line, 0..if lines == 0 { 1 } else { 3 }),
        amount(300),
        amount(300),
    )
        .prop_map(move |(lines, shipping, tax)| RefundDocument {
            id: text("r"),
            lines,
            shipping: Some(text(currency.format(shipping))),
            tax: Some(text(currency.format(tax))),
        })
}

fn order(currency: Currency) -> BoxedStrategy<OrderDocument<'static>> {
    let words = |words: &'static [&'static str]| vec(select(words).prop_map(text), 0..4);
    let basket = vec(line(currency), 0..4).prop_flat_map(move |lines| {
        let refunds = prop_oneof![2 => Just(Vec::new()).boxed(), 1 => vec(refund(currency, lines.len()), 0..3).boxed()];
        (Just(lines), refunds)
    });
    (
        of(select(
            &[
                "buyer@y.test",
                " BUYER@y.test ",
                "jo\u{308}rg@y.test",
                "other@y.test",
                " ",
            ][..],
        )
        .prop_map(text)),
        words(&[
            "c1",
            "C1",
            "C2",
            "c3",
            "cafe\u{301}",
            "CAFÉ ",
            "cafe",
            "οδος",
            "οδοσ",
            "other",
        ]),
        words(&["VIP", "vip", "gold", "års", "A\u{30a}RS"]),
        words(&["VIP", "gold "]),
        basket,
        (of(amount(9_000)), of(amount(900)), of(amount(900))),
        prop_oneof![9 => Just(false), 1 => Just(true)],
    )
        .prop_map(
            move |(
                email,
                coupons,
                tags,
                customer_tags,
                (lines, refunds),
                (discount, shipping, tax),
                cancelled,
            )| {
                let written =
                    |amount: Option<Amount>| amount.map(|amount| text(currency.format(amount)));
                OrderDocument {
                    id: text("1001"),
                    placed_at: Instant::from_millis(PLACED_AT),
                    currency: text(currency.code()),
                    email,
                    coupons,
                    tags,
                    customer_tags,
                    lines,
                    discount: written(discount),
                    shipping: written(shipping),
                    tax: written(tax),
                    refunds,
                    cancelled,
                }
            },
        )
        .boxed()
}

fn customer() -> impl Strategy<Value = CustomerDocument<'static>> {
    let assigned =
        (affiliate_id(), instant()).prop_map(|(affiliate, at)| AssignedDocument { affiliate, at });
    (weighted(0.4, assigned), vec(affiliate_id(), 0..2)).prop_map(|(assigned, additional)| {
        CustomerDocument {
            assigned,
            additional,
        }
    })
}

/// Any valid case.
pub fn case() -> impl Strategy<Value = CaseDocument<'static>> {
    currency().prop_flat_map(|currency| {
        (
            policy(currency),
            directory(currency),
            customer(),
            vec(touch(), 0..6),
            currencies(currency),
            order(currency),
        )
            .prop_map(
                |(policy, directory, customer, touches, currencies, order)| CaseDocument {
                    policy,
                    directory,
                    customer,
                    touches,
                    currencies,
                    order,
                },
            )
    })
}
