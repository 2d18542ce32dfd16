//! The rules of Waymark for JavaScript.
//!
//! JSON text goes in, and a tagged [`Answer`] with JSON text comes out: the bytes that the rules
//! promise, and no exception whatever went in. `npm/api.js` turns the text into the objects that a
//! JavaScript program works with.

#![forbid(unsafe_code)]

use serde::Serialize;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use waymark_attribution::explain::Message;
use waymark_attribution::money::Currency;
use waymark_attribution::{
    Case, CaseError, Currencies, Decision, Entries, PRESETS, Policy, PolicyDocument, read_json,
};

#[wasm_bindgen]
extern "C" {
    /// `{ ok: true, json }` or `{ ok: false, error: { path, message } }`.
    #[wasm_bindgen(extends = js_sys::Object)]
    pub type Answer;

    #[wasm_bindgen(method, setter)]
    fn set_ok(this: &Answer, ok: bool);
    #[wasm_bindgen(method, setter)]
    fn set_json(this: &Answer, json: &str);
    #[wasm_bindgen(method, setter)]
    fn set_error(this: &Answer, error: Fault);

    /// What is wrong, and where: `{ path, message }`.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Fault;

    #[wasm_bindgen(method, setter)]
    fn set_path(this: &Fault, path: &str);
    #[wasm_bindgen(method, setter)]
    fn set_message(this: &Fault, message: &str);
}

impl From<Result<String, CaseError>> for Answer {
    fn from(result: Result<String, CaseError>) -> Answer {
        match result {
            Ok(json) => granted(&json),
            Err(error) => refused(error.path(), error.message()),
        }
    }
}

fn granted(json: &str) -> Answer {
    let answer: Answer = js_sys::Object::new().unchecked_into();
    answer.set_ok(true);
    answer.set_json(json);
    answer
}

fn refused(path: &str, message: &str) -> Answer {
    let fault: Fault = js_sys::Object::new().unchecked_into();
    fault.set_path(path);
    fault.set_message(message);
    let answer: Answer = js_sys::Object::new().unchecked_into();
    answer.set_ok(false);
    answer.set_error(fault);
    answer
}

/// Decides a case.
#[wasm_bindgen]
pub fn resolve(case: &str) -> Answer {
    Case::from_json(case)
        .map(|case| waymark_attribution::resolve(&case).to_json())
        .into()
}

/// Explains a decision: its messages, each with its English sentence.
#[wasm_bindgen]
pub fn explain(decision: &str) -> Answer {
    Decision::from_json(decision)
        .map(|decision| {
            let explanation = waymark_attribution::explain(&decision);
            json(&Explained {
                headline: Sentence::of(&explanation.headline),
                claims: explanation.claims.iter().map(Sentence::of).collect(),
            })
        })
        .into()
}

#[derive(Serialize)]
struct Explained<'d> {
    headline: Sentence<'d>,
    claims: Vec<Sentence<'d>>,
}

#[derive(Serialize)]
struct Sentence<'d> {
    #[serde(flatten)]
    message: &'d Message<'d>,
    english: String,
}

impl<'d> Sentence<'d> {
    fn of(message: &'d Message<'d>) -> Sentence<'d> {
        Sentence {
            message,
            english: message.english(),
        }
    }
}

/// Checks a policy whose amounts are in this currency, and writes every field of it out. `currencies`
/// is what a case has under that name.
#[wasm_bindgen(js_name = validatePolicy)]
pub fn validate_policy(currency: &str, policy: &str, currencies: &str) -> Answer {
    let currency = match found(currency, currencies) {
        Ok(currency) => currency,
        Err(error) => return error,
    };
    PolicyDocument::from_json(policy)
        .and_then(|document| {
            let explicit = document.explicit()?;
            Policy::new(explicit.clone(), currency)?;
            Ok(json(&explicit))
        })
        .into()
}

/// The currency of that code, or the answer that there is none.
fn found(code: &str, currencies: &str) -> Result<Currency, Answer> {
    let further = read_json::<Entries<'_, u8>>(currencies).and_then(|further| {
        Currencies::with(further.0.iter().map(|(code, digits)| (&**code, *digits)))
    });
    let further =
        further.map_err(|error| refused(&within("currencies", error.path()), error.message()))?;
    let found = further.find(code);
    found.map_err(|error| refused("currency", &error.to_string()))
}

/// The path of what lies at a path in a member.
fn within(member: &str, path: &str) -> String {
    match path {
        "" => member.to_owned(),
        path => format!("{member}.{path}"),
    }
}

/// Every preset with every field written out, by name, as a JSON object.
#[wasm_bindgen]
pub fn presets() -> String {
    json(
        &PRESETS
            .iter()
            .filter_map(|name| Some((*name, PolicyDocument::preset(*name).explicit().ok()?)))
            .collect::<Entries<_>>(),
    )
}

fn json(value: &impl Serialize) -> String {
    // Text and integers in structs with string keys: nothing that serde_json could refuse.
    serde_json::to_string(value).unwrap_or_default()
}
