//! What the command line says of itself, and when it cannot run.

use crate::running::run;

#[test]
fn what_cannot_run_says_why_in_one_style_and_exits_with_1() {
    for arguments in [
        &["resolve", "no-such-file"][..],
        &["resolve", "--no-such-option"],
        &["resolve", "/"],
        &["explain", "no-such-file"],
        &["replay", "orders.ndjson"],
        &["replay", "--policy", "no-such-file"],
        &["replay", "--policy", "refersion", "no-such-file"],
        &["policy", "check", "no-such-file"],
        &["policy", "show", "no-such-preset"],
        &["program", "check", "no-such-file"],
        &["program", "apply", "no-such-file"],
        &["orders", "list"],
        &["orders", "show", "1001"],
        &["orders", "approve", "store/1001", "--reason", "so"],
        &["payouts", "pay", "none", "--by", "Mo", "--reason", "so"],
        &["customers", "lookup"],
        &["receivers", "test", "shop"],
        &["no-such-command"],
        &["completions", "no-such-shell"],
    ] {
        let ran = run(arguments, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(
            ran.stderr.starts_with("waymark: "),
            "{arguments:?}: {}",
            ran.stderr
        );
        let what = ran.stderr.trim_start_matches("waymark: ");
        assert!(!what.starts_with("error"), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn a_command_alone_shows_its_help() {
    for arguments in [
        &[][..],
        &["policy"],
        &["program"],
        &["orders"],
        &["orders", "rule"],
        &["conversions"],
        &["payouts"],
        &["customers"],
        &["messages"],
        &["receivers"],
        &["dead-letters"],
        &["stores"],
    ] {
        let ran = run(arguments, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(ran.stderr.contains("\nUsage: waymark"), "{}", ran.stderr);
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    for arguments in [
        &["resolve"][..],
        &["explain"],
        &["replay"],
        &["policy", "check"],
        &["policy", "show"],
        &["policy", "presets"],
        &["program", "check"],
        &["program", "apply"],
        &["orders", "list"],
        &["orders", "show"],
        &["orders", "rule", "accept"],
        &["orders", "rule", "split"],
        &["orders", "rule", "deny"],
        &["orders", "rule", "undo"],
        &["orders", "approve"],
        &["orders", "unapprove"],
        &["orders", "acknowledge"],
        &["orders", "decide"],
        &["conversions", "list"],
        &["payouts", "make"],
        &["payouts", "list"],
        &["payouts", "show"],
        &["payouts", "pay"],
        &["payouts", "cancel"],
        &["customers", "lookup"],
        &["customers", "assign"],
        &["customers", "erase"],
        &["messages", "list"],
        &["messages", "replay"],
        &["receivers", "list"],
        &["receivers", "pause"],
        &["receivers", "resume"],
        &["receivers", "test"],
        &["dead-letters", "list"],
        &["dead-letters", "replay"],
        &["stores", "list"],
        &["stores", "sync"],
        &["audit"],
        &["completions"],
    ] {
        for help in ["-h", "--help"] {
            let ran = run(&[arguments, &[help]].concat(), "");
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
            let example = format!("\n  waymark {}", arguments.join(" "));
            assert!(
                ran.stdout.contains(&example) || ran.stdout.contains("| waymark "),
                "{}",
                ran.stdout
            );
        }
    }
    let help = run(&["--help"], "").stdout;
    assert!(help.contains("\nExit codes:\n  0  "), "{help}");
}

#[test]
fn shells_learn_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&["completions", shell], "");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        for word in [
            "resolve",
            "explain",
            "replay",
            "keep-rates",
            "presets",
            "unapprove",
            "dead-letters",
            "to-nobody",
            "completions",
        ] {
            assert!(ran.stdout.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn a_public_suffix_is_neither_a_host_nor_the_cookies_domain() {
    let program = |host: &str, domain: &str| {
        format!(
            "name = 'Tea'\nhome = 'https://{host}/'\ncurrency = 'EUR'\npolicy = 'last-click'\n\
             settings.cookie_domain = '{domain}'\n"
        )
    };
    let check = |host, domain| run(&["program", "check", "-"], program(host, domain));
    assert_eq!(check("www.tea.co.uk", "tea.co.uk").code, 0);
    // None but the whole list of browsers has these.
    for (domain, own) in [
        ("k12.ca.us", "tea.k12.ca.us"),
        ("s3.amazonaws.com", "tea.s3.amazonaws.com"),
    ] {
        let refused = check(own, domain);
        let message = format!("settings.cookie_domain: {domain} is shared by many owners");
        assert!(refused.stderr.contains(&message), "{}", refused.stderr);
        assert!(check(domain, domain).stderr.contains("home: "), "{domain}");
    }
}

#[test]
fn a_program_file_is_checked_by_field() {
    let ran = run(
        &["program", "check", "-"],
        "name = 'Shop'\nhome = 'https://shop.example/'\ncurrency = 'USD'\npolicy = 'refersino'\n",
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("\npolicy.preset: no such preset"),
        "{}",
        ran.stderr
    );
    let ran = run(
        &["program", "check", "-"],
        "name = 'Shop'\nhome = 'https://shop.example/'\ncurrency = 'USD'\npolicy = 'refersion'\n",
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "-: nothing is wrong with it\n")
    );
}
