use super::*;
use crate::payload;

/// Lines of net, tax and pieces; shipping of net and tax.
fn goods(lines: &[(i64, i64, u32)], shipping: (i64, i64)) -> Goods {
    let part = |net, tax, quantity| Part { net, tax, quantity };
    let lines = lines.iter().zip(1..);
    let mut goods = Goods {
        lines: lines
            .map(|((net, tax, quantity), id)| (id.to_string(), part(*net, *tax, *quantity)))
            .collect(),
        shipping: part(shipping.0, shipping.1, 0),
        ..Goods::default()
    };
    goods.is_taxed = goods.whole().tax > 0;
    goods.paid = goods.whole().gross();
    goods
}

/// What refunds gave back, each as a person would write it down.
fn given(goods: &Goods, refunds: &[(&str, Option<&str>)]) -> Vec<String> {
    let refunds = refunds.iter().zip(7..).map(|((total, tax), id)| {
        let tax = tax.map_or(String::new(), |tax| format!(r#","total_tax":"{tax}""#));
        format!(r#"{{"id":{id},"total":"{total}"{tax}}}"#)
    });
    // The latest is listed first.
    let mut refunds: Vec<String> = refunds.collect();
    refunds.reverse();
    read(goods, &refunds.join(","), "")
}

fn read(goods: &Goods, refunds: &str, answers: &str) -> Vec<String> {
    let body = format!(r#"{{"refunds":[{refunds}],"answers":[{answers}]}}"#);
    let order = payload::object(body.as_bytes()).unwrap();
    let (listed, answers) = (order.get("refunds"), order.get("answers"));
    let (listed, answers) = (listed.objects().unwrap(), answers.objects().unwrap());
    let (facts, _) = facts(&listed, &answers, goods, "USD".parse().unwrap()).unwrap();
    facts.iter().map(write).collect()
}

fn write(fact: &RefundFact) -> String {
    let lines = fact.lines.iter().map(|part| {
        let amount = part.amount.unwrap().minor();
        format!(
            "{}×{} {amount}+{}",
            part.line,
            part.quantity,
            part.tax.minor()
        )
    });
    let mut parts: Vec<String> = lines.collect();
    for (name, amount) in [
        ("shipping", fact.shipping),
        ("tax", fact.tax),
        (if fact.gross { "sum" } else { "goods" }, fact.unassigned),
        ("kept", fact.withheld),
    ] {
        if amount > Amount::ZERO {
            parts.push(format!("{name} {}", amount.minor()));
        }
    }
    let mark = match (fact.detail, fact.guessed) {
        (RefundDetail::Rest, _) => " rest",
        (RefundDetail::Asked, false) => " asked",
        (RefundDetail::Asked, true) => " asked?",
        (_, true) => "?",
        _ => "",
    };
    parts.join(" ") + mark
}

#[test]
fn the_tax_of_a_refund_tells_its_lines() {
    let goods = goods(&[(7_646, 669, 1)], (750, 66));
    let back = |total, tax| given(&goods, &[(total, Some(tax))]);
    assert_eq!(back("-83.15", "-6.69"), ["1×1 7646+669"]);
    assert_eq!(back("-8.16", "-0.66"), ["shipping 750 tax 66"]);
    assert_eq!(back("-91.31", "-7.35"), ["sum 9131 rest"]);
    assert_eq!(back("-10.00", "-0.80"), ["tax 80 goods 920?"]);
    assert_eq!(back("0.00", "0.00"), [""]);
    // Two cents of tax more are no rounding.
    assert_eq!(back("-83.15", "-6.71"), ["tax 671 goods 7644?"]);
}

#[test]
fn a_sum_that_somebody_typed_has_no_tax_and_goes_over_everything() {
    let goods = goods(&[(7_646, 669, 1)], (750, 66));
    let back = |total| given(&goods, &[(total, Some("0.00"))]);
    assert_eq!(back("-10.00"), ["sum 1000"]);
    assert_eq!(back("-91.31"), ["sum 9131 rest"]);
    // But for the whole of something: with its tax, or the line alone.
    assert_eq!(back("-83.15"), ["1×1 7646+669"]);
    assert_eq!(back("-76.46"), ["1×1 7646+0"]);
    assert_eq!(back("-7.50"), ["shipping 750"]);
}

#[test]
fn before_10_9_the_sum_has_to_do() {
    let goods = goods(&[(7_646, 669, 1)], (750, 66));
    let back = |total| given(&goods, &[(total, None)]);
    assert_eq!(back("-8.16"), ["shipping 750 tax 66"]);
    assert_eq!(back("-83.15"), ["1×1 7646+669"]);
    // Goods before shipping, each with its tax.
    assert_eq!(back("-41.58"), ["tax 335 goods 3823?"]);
    assert_eq!(back("-87.00"), ["shipping 354 tax 700 goods 7646?"]);
    // What is more than there is stays in sight.
    assert_eq!(back("-100.00"), ["shipping 750 tax 735 goods 8515?"]);
}

#[test]
fn pieces_of_a_line_are_told_from_other_lines() {
    let few = goods(&[(1_500, 0, 3), (2_500, 0, 1)], (0, 0));
    let back = |refunds: &[&str]| {
        let refunds: Vec<_> = refunds.iter().map(|it| (*it, Some("0"))).collect();
        given(&few, &refunds)
    };
    assert_eq!(back(&["-10.00", "-25.00"]), ["1×2 1000+0", "2×1 2500+0"]);
    assert_eq!(back(&["-10.00", "-5.00"]), ["1×2 1000+0", "1×1 500+0"]);
    assert_eq!(back(&["-10.00", "-30.00"]), ["1×2 1000+0", "sum 3000 rest"]);
    // Of a million pieces any number is found at once.
    let many = goods(&[(7_000_000, 490_000, 1_000_000), (1, 0, 1)], (500, 0));
    assert_eq!(given(&many, &[("-7.49", Some("-0.49"))]), ["1×100 700+49"]);
    assert_eq!(
        given(&many, &[("-12.49", Some("-0.49"))]),
        ["1×100 700+49 shipping 500"]
    );
}

#[test]
fn a_cent_of_rounding_hides_nothing_but_an_exact_sum_comes_first() {
    let three = goods(&[(7_645, 669, 1), (5_398, 472, 3)], (750, 66));
    assert_eq!(
        given(&three, &[("-39.13", Some("-3.15"))]),
        ["2×2 3599+315"]
    );
    let close = goods(&[(1_000, 0, 1), (1_001, 0, 1)], (0, 0));
    assert_eq!(given(&close, &[("-10.01", None)]), ["2×1 1001+0"]);
}

#[test]
fn what_could_be_either_of_two_lines_is_a_guess() {
    let same = goods(&[(1_000, 0, 1), (1_000, 0, 1)], (500, 0));
    let back = |total| given(&same, &[(total, Some("0"))]);
    assert_eq!(back("-10.00"), ["goods 1000?"]);
    assert_eq!(back("-20.00"), ["1×1 1000+0 2×1 1000+0"]);
    // A line that cost nothing makes no second thing of one.
    let gift = goods(&[(1_000, 0, 1), (0, 0, 1)], (500, 0));
    assert_eq!(given(&gift, &[("-10.00", Some("0"))]), ["1×1 1000+0"]);
    assert_eq!(given(&gift, &[("-15.00", Some("0"))]), ["sum 1500 rest"]);
}

#[test]
fn what_is_taken_off_the_order_is_not_paid_back() {
    let mut order = goods(&[(7_646, 669, 1)], (1_150, 101));
    order.discount = Part {
        net: 1_000,
        tax: 88,
        quantity: 0,
    };
    order.paid = order.whole().gross();
    assert_eq!(given(&order, &[("-84.78", None)]), ["sum 8478 rest"]);
    assert_eq!(
        given(&order, &[("-72.28", None)]),
        ["shipping 1 tax 581 goods 6646?"]
    );
}

#[test]
fn an_order_of_many_lines_is_searched_for_each_of_them_and_all() {
    let lines: Vec<(i64, i64, u32)> = (1..=40).map(|it| (it * 100, it * 8, 1)).collect();
    let many = goods(&lines, (999, 0));
    assert_eq!(
        given(&many, &[("-37.80", Some("-2.80"))]),
        ["35×1 3500+280"]
    );
    let all = given(&many, &[("-885.60", Some("-65.60"))]);
    assert!(all[0].ends_with("40×1 4000+320"), "{all:?}");
}

/// As the shop's API gives it: amounts below zero, and of each item the one that it is of.
fn item(of: &str, quantity: i64, total: &str, tax: &str) -> String {
    format!(
        r#"{{"id":99,"quantity":{quantity},"total":"{total}","total_tax":"{tax}","meta_data":[{{"key":"_refunded_item_id","value":"{of}"}}]}}"#
    )
}

fn asked(
    goods: &Goods,
    amount: &str,
    lines: &[String],
    shipping: &[String],
    fees: &[String],
) -> Vec<String> {
    let listed = format!(r#"{{"id":7,"total":"-{amount}","total_tax":"0.00"}}"#);
    let answer = format!(
        r#"{{"id":7,"amount":"{amount}","line_items":[{}],"shipping_lines":[{}],"fee_lines":[{}]}}"#,
        lines.join(","),
        shipping.join(","),
        fees.join(",")
    );
    read(goods, &listed, &answer)
}

#[test]
fn what_the_store_says_when_it_is_asked_needs_no_guess() {
    let order = goods(&[(1_000, 80, 2), (1_000, 80, 1)], (500, 40));
    let line = |id, quantity, total, tax| vec![item(id, quantity, total, tax)];
    let of =
        |amount, lines: &[String], shipping: &[String]| asked(&order, amount, lines, shipping, &[]);
    assert_eq!(
        of("10.80", &line("2", -1, "-10.00", "-0.80"), &[]),
        ["2×1 1000+80 asked"]
    );
    assert_eq!(
        of("3.24", &line("1", 0, "-3.00", "-0.24"), &[]),
        ["1×0 300+24 asked"]
    );
    assert_eq!(
        of(
            "16.20",
            &line("2", -1, "-10.00", "-0.80"),
            &line("9", 0, "-5.00", "-0.40")
        ),
        ["2×1 1000+80 shipping 500 tax 40 asked"]
    );
    // For no line: over everything, even where a line costs as much.
    assert_eq!(of("10.80", &[], &[]), ["sum 1080 asked"]);
    assert_eq!(of("27.00", &[], &[]), ["sum 2700 rest"]);
    // Pieces that were put back on the shelf say nothing of the money.
    assert_eq!(
        of("4.00", &line("2", -1, "0.00", "0.00"), &[]),
        ["sum 400 asked"]
    );
    // A cent is rounding, more was kept, or given for nothing in particular.
    assert_eq!(
        of("10.79", &line("2", -1, "-10.00", "-0.80"), &[]),
        ["2×1 1000+80 asked"]
    );
    assert_eq!(
        of("8.80", &line("2", -1, "-10.00", "-0.80"), &[]),
        ["2×1 1000+80 kept 200 asked"]
    );
    assert_eq!(
        of("12.80", &line("2", -1, "-10.00", "-0.80"), &[]),
        ["2×1 1000+80 sum 200 asked"]
    );
    // A line that the order does not have any more.
    assert_eq!(
        of("10.80", &line("5", -1, "-10.00", "-0.80"), &[]),
        ["tax 80 goods 1000 asked?"]
    );
    // A fee that was a discount is taken back with the line.
    assert_eq!(
        asked(
            &order,
            "8.64",
            &line("2", -1, "-10.00", "-0.80"),
            &[],
            &line("8", 0, "2.00", "0.16")
        ),
        ["2×1 1000+80 kept 200 asked"]
    );
}

#[test]
fn what_was_asked_for_is_taken_off_what_later_refunds_are_told_by() {
    let order = goods(&[(1_000, 80, 1), (1_000, 80, 1)], (500, 40));
    let answer = format!(
        r#"{{"id":7,"amount":"10.80","line_items":[{}]}}"#,
        item("1", -1, "-10.00", "-0.80")
    );
    let listed = |second: &str| {
        format!(
            r#"{{"id":8,"total":"-{second}","total_tax":"-0.80"}},{{"id":7,"total":"-10.80","total_tax":"-0.80"}}"#
        )
    };
    assert_eq!(
        read(&order, &listed("10.80"), &answer),
        ["1×1 1000+80 asked", "2×1 1000+80"]
    );
    assert_eq!(
        read(&order, &listed("16.20"), &answer),
        ["1×1 1000+80 asked", "sum 1620 rest"]
    );
}
