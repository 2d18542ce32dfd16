//! An object's meta data: a list of `{ "key", "value" }`, which any plugin writes to.

use crate::payload::{Object, Value};

/// The first id under a key. Values may be of any type; of a list it is the first, as PHP's
/// `get_post_meta` gives it.
pub(super) fn id(object: &Object<'_, '_>, key: &str) -> Option<String> {
    let id = |value: &Value<'_, '_>| match value.php_items() {
        Ok(items) => items.first().and_then(|first| first.id().ok().flatten()),
        Err(_) => value.id().ok().flatten(),
    };
    let meta_data = object.get("meta_data");
    meta_data.php_items().ok()?.iter().find_map(|item| {
        let entry = item.object().ok()??;
        let is_it = entry.get("key").evidence()? == key;
        is_it.then(|| id(&entry.get("value")))?
    })
}

/// Whether a key says yes, in any of PHP's ways.
pub(super) fn says_yes(object: &Object<'_, '_>, key: &str) -> bool {
    let meta_data = object.get("meta_data");
    let entries = meta_data.php_items().unwrap_or_default();
    entries.iter().any(|item| {
        let Some(entry) = item.object().ok().flatten() else {
            return false;
        };
        let value = entry.get("value");
        let no = ["false", "0", "\"0\"", "\"\"", "\"no\"", "\"false\"", "[]"];
        let says_so = value.json().is_some_and(|json| !no.contains(&json));
        says_so && entry.get("key").evidence().is_some_and(|it| it == key)
    })
}

/// What it says under these keys. Tokens are evidence that anyone may write, so nothing about them makes
/// an order unusable.
pub(super) fn texts(object: &Object<'_, '_>, keys: &[&str]) -> Vec<String> {
    let meta_data = object.get("meta_data");
    let entries = meta_data.php_items().unwrap_or_default();
    let value = |item: &Value<'_, '_>| {
        let entry = item.object().ok()??;
        let key = entry.get("key").evidence()?;
        let value = keys.contains(&&*key).then(|| entry.get("value").evidence());
        Some(value??.trim().to_owned())
    };
    let given = entries.iter().filter_map(value);
    given.filter(|text| !text.is_empty()).collect()
}
