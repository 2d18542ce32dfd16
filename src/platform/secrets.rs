//! The Worker's secrets, read as what they are for.

use waymark_facts::email::EmailKey;
use waymark_program::store_api::StoreApi;
use waymark_stores::{Access, ApiField, Platform};
use worker::{Env, Error, Result};

/// The key of e-mail hashes: `WAYMARK_EMAIL_KEY`.
pub fn email_key(env: &Env) -> Result<EmailKey> {
    let key = secret(env, "WAYMARK_EMAIL_KEY")?;
    if key.len() < 32 {
        return Err(Error::RustError(
            "WAYMARK_EMAIL_KEY: shorter than 32 characters".into(),
        ));
    }
    Ok(EmailKey::new(key.into_bytes()))
}

/// What opens a store's API: what the program file says of it, with the secrets that it names. Where tokens
/// are asked for there is none yet.
///
/// # Errors
/// The field of `api` that is missing, or the secret that is not set.
pub fn store_access(
    env: &Env,
    platform: Platform,
    api: &StoreApi,
) -> std::result::Result<Access, String> {
    let value = |field: &ApiField| {
        let value = api.get(field.name);
        let value = value.ok_or_else(|| format!("api.{}: is missing", field.name))?;
        match field.secret {
            true => secret(env, value).map_err(|error| error.to_string()),
            false => Ok(value.to_owned()),
        }
    };
    match api.is_by_grant() {
        true => platform.open_by_grant(value),
        false => platform.open(value),
    }
}

/// A secret by its name.
pub fn secret(env: &Env, name: &str) -> Result<String> {
    match env.secret(name) {
        Ok(secret) => Ok(secret.to_string()),
        Err(_) => Err(Error::RustError(format!(
            "{name}: the Worker has no such secret; set it with `wrangler secret put {name}`"
        ))),
    }
}
