//! A policy as people keep it: TOML or JSON, by itself or in a program file, or a preset's name.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use waymark_attribution::{PRESETS, PolicyDocument, read_json};

use crate::failure::Failure;
use crate::input::Input;

/// How policies may be given, as `--help` tells it.
pub const FORMATS: &str = "\
A policy file is TOML or JSON: the name of a preset, a preset with overrides, or a policy of one's
own. Of a program file, its policy is taken. A file is JSON if it is called .json or starts
with { or \", and TOML otherwise.";

/// Reads and checks a policy: a preset's name, a file, or standard input as `-`.
pub fn read(name_or_file: &str) -> Result<PolicyDocument<'static>, Failure> {
    if PRESETS.contains(&name_or_file) {
        return Ok(PolicyDocument::preset(name_or_file.to_owned()));
    }
    let path = Path::new(name_or_file);
    if name_or_file != "-" && !path.exists() {
        return Err(Failure::at(
            name_or_file,
            format!(
                "no such file, nor a preset; the presets are {}",
                PRESETS.join(", ")
            ),
        ));
    }
    let input = Input::open(Some(path))?;
    let name = input.name().to_owned();
    // A run reads one policy, and needs it to its end.
    let text: &'static str = input.read_all()?.leak();
    let policy = parse(Format::of(path, text), text).map_err(|error| Failure::at(&name, error))?;
    policy
        .validate()
        .map_err(|error| Failure::at(name, error))?;
    Ok(policy)
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Toml,
}

impl Format {
    fn of(path: &Path, text: &str) -> Format {
        let named_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        match named_json || text.trim_start().starts_with(['{', '"']) {
            true => Format::Json,
            false => Format::Toml,
        }
    }

    /// Reads a document; an error says where in it the fault lies.
    fn read<'a, T: Deserialize<'a>>(self, text: &'a str) -> Result<T, String> {
        match self {
            Format::Json => read_json(text).map_err(|error| error.to_string()),
            Format::Toml => {
                toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
            }
        }
    }
}

fn parse(format: Format, text: &str) -> Result<PolicyDocument<'_>, String> {
    /// What tells a program file from a policy.
    #[derive(Deserialize)]
    struct Kind {
        policy: Option<IgnoredAny>,
    }
    /// A program file, of which nothing else matters here.
    #[derive(Deserialize)]
    struct ProgramFile<'a> {
        #[serde(borrow)]
        policy: PolicyDocument<'a>,
    }
    match format.read(text) {
        Ok(Kind { policy: Some(_) }) => Ok(format.read::<ProgramFile<'_>>(text)?.policy),
        _ => format.read(text),
    }
}

#[cfg(test)]
mod tests {
    use waymark_attribution::policy::TouchModel;

    use super::*;

    fn parsed(text: &str) -> Result<PolicyDocument<'_>, String> {
        parse(Format::of(Path::new("-"), text), text)
    }

    #[test]
    fn toml_json_and_a_program_file_give_the_same_policy() {
        let json =
            r#"{"preset": "refersion", "touch": "first", "rates": {"qr": {"percent": "8"}}}"#;
        let toml = "preset = 'refersion'\ntouch = 'first'\nrates.qr.percent = '8'";
        let policy = parsed(json).unwrap();
        assert_eq!(policy.touch, Some(TouchModel::First));
        assert_eq!(parsed(toml).unwrap(), policy);
        assert_eq!(parsed(&format!("{{\"policy\": {json}}}")).unwrap(), policy);
        let program = "name = 'Shop'\n[policy]\npreset = 'refersion'\ntouch = 'first'\nrates.qr.percent = '8'";
        assert_eq!(parsed(program).unwrap(), policy);
    }

    #[test]
    fn a_preset_by_its_name_alone_is_a_policy() {
        let preset = PolicyDocument::preset("affiliatly");
        assert_eq!(parsed("\"affiliatly\"").unwrap(), preset);
        assert_eq!(parsed("preset = 'affiliatly'").unwrap(), preset);
        assert_eq!(parsed("policy = 'affiliatly'").unwrap(), preset);
    }

    #[test]
    fn an_error_says_where_it_is() {
        let error = parsed("touch = 'last'\nrank = [['links']]").unwrap_err();
        assert!(
            error.contains("line 2") && error.contains("links"),
            "{error}"
        );
        let error = parsed(r#"{"rank": [["link", "links"]]}"#).unwrap_err();
        assert!(error.contains("rank[0][1]"), "{error}");
        let error = parsed("tuch = 'last'").unwrap_err();
        assert!(error.contains("tuch"), "{error}");
    }
}
