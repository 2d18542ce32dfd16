//! What a document says to type, works: its scripts and packages exist, and the command line takes
//! what is written. Words in capitals, as `ORDER`, stand for whatever the reader has.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use pulldown_cmark::{CodeBlockKind, Event, Tag};

use crate::breach::Breach;
use crate::house::House;
use crate::papers;
use crate::workspace::Package;

pub fn check(house: &House, packages: &[Package]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in papers::documents(house) {
        for (command, line) in commands(text) {
            if let Err(what) = try_command(house, packages, &command) {
                breaches.push(Breach::new(
                    file,
                    line,
                    format!("`{}`: {what}", command.join(" ")),
                    "Write a command that can be typed as it stands.",
                ));
            }
        }
    }
    breaches
}

/// The words of every command in a document's `sh` and `console` blocks, and the lines they are on.
fn commands(text: &str) -> Vec<(Vec<String>, usize)> {
    let mut commands = Vec::new();
    let mut prompt: Option<&str> = None;
    for (event, line) in papers::events(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                prompt = match language.split_whitespace().next() {
                    Some("sh" | "bash" | "shell") => Some(""),
                    Some("console") => Some("$ "),
                    _ => None,
                };
            }
            Event::Text(block) => {
                if let Some(prompt) = prompt {
                    commands.extend(in_block(&block, prompt, line));
                }
            }
            Event::End(_) => prompt = None,
            _ => {}
        }
    }
    commands
}

fn in_block(block: &str, prompt: &str, first: usize) -> Vec<(Vec<String>, usize)> {
    let mut commands = Vec::new();
    let mut lines = (first..).zip(block.lines());
    while let Some((line, text)) = lines.next() {
        let Some(text) = text.strip_prefix(prompt) else {
            continue;
        };
        // It goes on where a line ends in a backslash, or within quotes.
        let mut whole = text.to_owned();
        let words = loop {
            let is_open = whole.ends_with('\\');
            match shlex::split(&whole) {
                Some(words) if !is_open => break words,
                split => match lines.next() {
                    Some((_, more)) if is_open => {
                        whole.pop();
                        whole.push_str(more);
                    }
                    Some((_, more)) => whole = format!("{whole}\n{more}"),
                    None => break split.unwrap_or_default(),
                },
            }
        };
        // What is handed to it as a document of its own.
        if let Some(end) = words.iter().find_map(|word| word.strip_prefix("<<")) {
            lines.by_ref().find(|(_, text)| text.trim() == end);
        }
        commands.extend(parts(&words).into_iter().map(|words| (words, line)));
    }
    commands
}

/// The commands of one line: those of a pipe, and those after each other.
fn parts(words: &[String]) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut is_redirected = false;
    for word in words {
        let (word, ends) = match word.strip_suffix(';') {
            Some(word) => (word, true),
            None => (word.as_str(), false),
        };
        let is_between = ["|", "||", "&&", "&"].contains(&word);
        let is_redirection = [">", ">>", "<", "2>"].contains(&word);
        if !is_between && !is_redirection && !is_redirected && !word.is_empty() {
            let is_attached = word.starts_with(['>', '<']) || word.starts_with("2>");
            if let (Some(part), false) = (parts.last_mut(), is_attached) {
                part.push(word.to_owned());
            }
        }
        is_redirected = is_redirection;
        if ends || is_between {
            parts.push(Vec::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a command could be typed; if not, why.
fn try_command(house: &House, packages: &[Package], words: &[String]) -> Result<(), String> {
    let is_setting = |word: &&String| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    let settings = words.iter().take_while(is_setting).count();
    let words = words.get(settings..).unwrap_or_default();
    let Some((command, arguments)) = words.split_first() else {
        return Ok(());
    };
    match command.strip_prefix("./").unwrap_or(command) {
        "cargo" => cargo(packages, arguments),
        "waymark" => waymark(arguments),
        script if script.starts_with("scripts/") => {
            if !house.has(script) {
                return Err(format!("there is no {script}"));
            }
            match script {
                "scripts/test" => steps(house, arguments),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Whether a word stands for what the reader has.
fn is_placeholder(word: &str) -> bool {
    let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_-…".contains(c);
    word.contains(['…', '<', '$']) || word.chars().all(is_capital)
}

/// Whether these are steps of `scripts/test`.
fn steps(house: &House, arguments: &[String]) -> Result<(), String> {
    let script = house.text("scripts/test").unwrap_or_default();
    let steps = script
        .lines()
        .find_map(|line| line.strip_prefix("steps=(")?.strip_suffix(')'))
        .unwrap_or_default();
    for step in arguments {
        let step = step.trim_matches(['[', ']']);
        if !is_placeholder(step) && !steps.split_whitespace().any(|known| known == step) {
            return Err(format!("scripts/test has no step {step}"));
        }
    }
    Ok(())
}

fn cargo(packages: &[Package], arguments: &[String]) -> Result<(), String> {
    if let [xtask, arguments @ ..] = arguments
        && xtask == "xtask"
    {
        return parse(crate::Xtask::command(), arguments);
    }
    let mut words = arguments.iter();
    let mut package = None;
    while let Some(word) = words.by_ref().find(|word| *word != "--workspace") {
        let named = match word.as_str() {
            "-p" | "--package" | "--exclude" => words.next().map(String::as_str),
            "--" => break,
            word => word.strip_prefix("--package="),
        };
        if let Some(name) = named {
            if !packages.iter().any(|known| known.name == name) && !is_placeholder(name) {
                return Err(format!("there is no package {name}"));
            }
            package = Some(name);
        }
    }
    match package {
        Some("waymark-cli") if arguments.first().is_some_and(|word| word == "run") => {
            waymark(words.as_slice())
        }
        Some("xtask") if arguments.first().is_some_and(|word| word == "run") => {
            parse(crate::Xtask::command(), words.as_slice())
        }
        _ => Ok(()),
    }
}

fn waymark(arguments: &[String]) -> Result<(), String> {
    parse(waymark_cli::command(), arguments)
}

/// Whether a command takes these arguments.
fn parse(command: clap::Command, arguments: &[String]) -> Result<(), String> {
    let words = arguments
        .iter()
        .map(|word| word.trim_matches(['[', ']']))
        .filter(|word| !word.is_empty() && *word != "…");
    let name = command.get_name().to_owned();
    let Err(error) =
        from_environment(command).try_get_matches_from([&*name].into_iter().chain(words))
    else {
        return Ok(());
    };
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let stands_for = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => is_placeholder(value),
        _ => false,
    };
    let is_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
    );
    if is_help || is_value && stands_for {
        return Ok(());
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    Err(first.trim_start_matches("error: ").to_owned())
}

/// The command, where its environment gives whatever it can give.
fn from_environment(command: clap::Command) -> clap::Command {
    command
        .mut_args(|argument| match argument.get_env() {
            Some(_) => argument.required(false),
            None => argument,
        })
        .mut_subcommands(from_environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(block: &str) -> Vec<String> {
        let house = House::of(&[
            ("README.md", &format!("# A\n\n{block}\n")),
            ("scripts/test", "steps=(format lint)\n"),
        ]);
        let package = Package {
            name: "waymark-qr".to_owned(),
            ..Package::default()
        };
        let breaches = check(&house, &[package]);
        breaches
            .into_iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect()
    }

    #[test]
    fn what_cannot_be_typed_is_a_breach() {
        let block = "```sh
scripts/tset
A=1 scripts/test format nothing
cargo test -p waymark-qt
cargo xtask untidy
true && waymark resolv case.json | jq .
```
```console
$ waymark resolve --loudly case.json
waymark is what it prints
```";
        let breaches = breaches(block);
        let lines: Vec<&str> = breaches
            .iter()
            .filter_map(|breach| breach.split(':').next())
            .collect();
        assert_eq!(lines, ["4", "5", "6", "7", "8", "11"], "{breaches:#?}");
        assert_eq!(breaches[0], "4: `scripts/tset`: there is no scripts/tset");
        assert!(
            breaches[4].contains("unrecognized subcommand 'resolv'"),
            "{breaches:#?}"
        );
    }

    #[test]
    fn what_can_be_typed_is_none() {
        let block = "```sh
scripts/test [STEP…]   # all, or some
WAYMARK_FIXTURES=x scripts/test format \\
  lint
cargo test -p waymark-qr -- --nocapture
cargo xtask tidy
waymark resolve case.json > decision.json
waymark resolve <<END
waymark nothing
END
```
```toml
scripts/nothing
```";
        assert_eq!(breaches(block), [""; 0]);
    }

    #[test]
    fn every_command_in_the_papers_of_this_house_can_be_typed() {
        crate::assert_tidy(&check(&House::ours(), &crate::workspace::ours()));
    }
}
