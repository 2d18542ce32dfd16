//! `waymark policy`

use serde_json::Value;
use waymark_attribution::{PRESETS, PolicyDocument};

use crate::running::run;

#[test]
fn what_show_prints_is_a_policy_that_shows_as_itself() {
    for preset in PRESETS {
        for form in [&["--json"][..], &[]] {
            let shown = run(&[&["policy", "show", preset], form].concat(), "");
            assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
            let again = run(
                &[&["policy", "show", "-"], form].concat(),
                shown.stdout.clone(),
            );
            assert_eq!(again.stdout, shown.stdout);
            assert_eq!(run(&["policy", "check", "-"], shown.stdout).code, 0);
        }
    }
}

#[test]
fn show_writes_every_field_out() {
    let overrides = "preset = 'affiliatly'\nwindow = '45d'\nrates.link.percent = '8.50'\nsku.rates.'S 1'.per_item = '1.50'";
    let shown = run(&["policy", "show", "-", "--json"], overrides).stdout;
    let found: PolicyDocument<'_> = serde_json::from_str(&shown).unwrap();
    let given = r#"{"preset": "affiliatly", "window": "45d", "rates": {"link": {"percent": "8.5"}},
        "sku": {"rates": {"S 1": {"per_item": "1.50"}}}}"#;
    let given: PolicyDocument<'_> = serde_json::from_str(given).unwrap();
    assert_eq!(found, given.explicit().unwrap());
    // TOML says the same.
    let toml = run(&["policy", "show", "-"], overrides).stdout;
    assert_eq!(run(&["policy", "show", "-", "--json"], toml).stdout, shown);
}

#[test]
fn check_names_the_field_and_the_remedy() {
    for (policy, complaint) in [
        (
            "touch = 'last'",
            "rank: missing; it is required without a preset",
        ),
        (
            "preset = 'refersino'",
            "preset: no such preset; there are last-click, refersion, ",
        ),
        (
            "rank = [['link'], ['link']]",
            "rank[1][0]: link stands twice",
        ),
        (
            "preset = 'refersion'\nrates.qr.percent = '101'",
            "more than 100 percent",
        ),
        (
            "preset = 'refersion'\nrates.qr.per_order = '1,5'",
            "rates.qr.per_order: not a decimal amount",
        ),
        (
            "preset = 'refersion'\ntuch = 'first'",
            "unknown field `tuch`",
        ),
        (
            r#"{"preset": "refersion", "rates": {"qr": {"percent": 8}}}"#,
            "rates.qr.percent",
        ),
        (r#"{"preset": "refersion""#, "EOF"),
    ] {
        let ran = run(&["policy", "check", "-"], policy);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{policy}");
        assert!(
            ran.stderr.starts_with("waymark: standard input: "),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(complaint), "{policy}: {}", ran.stderr);
    }
    let ran = run(&["policy", "check", "refersino"], "");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("no such file, nor a preset"),
        "{}",
        ran.stderr
    );
}

#[test]
fn presets_are_compared_field_by_field() {
    let ran = run(&["policy", "presets"], "");
    let expected = "\
PRESET                RANK                            ADDITIVE  OTHER THAN THE DEFAULTS
last-click            link=qr > coupon > tag > email  sku       self_referral review, stand_down 1h
refersion             link=qr > coupon=email          sku
refersion-coupon      coupon > link=qr=email          sku
refersion-email       email > link=qr=coupon          sku
affiliatly            coupon > tag > email > link=qr  sku       losers unrecorded, tie first_listed, touch first, window 7d
affiliatly-tag-first  tag > coupon > email > link=qr  sku       losers unrecorded, tie first_listed, touch first, window 7d
salesking             assigned > coupon > link=qr               assignment sticky, coupon last, losers unrecorded, tie first_listed, window 1d

The defaults: assignment none, coupon first, coupon_requires_touch no, half_life 7d, include_shipping no, include_tax no, losers unqualified, self_referral allow, stand_down 0s, tie review, touch last, window 30d.
";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, expected));
    let all: Value =
        serde_json::from_str(&run(&["policy", "presets", "--json"], "").stdout).unwrap();
    for preset in PRESETS {
        let shown = run(&["policy", "show", "--json", preset], "").stdout;
        assert_eq!(all[preset], serde_json::from_str::<Value>(&shown).unwrap());
    }
}
