//! `/v1/program`: the program that is in force, and a new file for it.

use waymark_attribution::time::Instant;
use waymark_program::{ProgramDocument, looks_like_public_suffix};

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult};
use crate::platform::durable_object::now;
use crate::platform::secrets;
use crate::program::protocol::directory::{ApplyProgram, ShowProgram};

/// The largest program file, in bytes: some 100 000 links.
const MAX_PROGRAM_BYTES: usize = 16 << 20;

/// The rows in force. E-mails are keyed hashes.
pub async fn read(api: &ApiRequest) -> ApiResult {
    api.ask(ShowProgram).await
}

/// Makes the program in force that of the file in the body, in JSON: from `effective_at` (RFC 3339,
/// not later than now; default: now), or not at all with `dry_run`, which only says what would
/// change.
pub async fn apply(api: &ApiRequest) -> ApiResult {
    let [dry_run, since] = api.parameters(["dry_run", "effective_at"])?;
    let dry_run = match dry_run.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(ApiError::unprocessable("dry_run: expected true or false")),
    };
    let effective_at = effective_at(since.as_deref(), now())?;
    let file = api.text_of_at_most(MAX_PROGRAM_BYTES).await?;
    let document = ProgramDocument::from_json(&file)?;
    let warnings = document.warnings(looks_like_public_suffix);
    let warnings = warnings.iter().map(ToString::to_string).collect();
    let program = document.validate()?;
    let request = ApplyProgram {
        rows: program.rows(&secrets::email_key(api.merchant.env())?),
        effective_at,
        dry_run,
        warnings,
    };
    api.ask(request).await
}

fn effective_at(given: Option<&str>, now: i64) -> Result<Option<i64>, ApiError> {
    let Some(given) = given else {
        return Ok(None);
    };
    let at: Instant = given
        .parse()
        .map_err(|error| ApiError::unprocessable(format!("effective_at: {error}")))?;
    if at.as_millis() > now {
        return Err(ApiError::unprocessable(
            "effective_at: lies in the future; a program changes now, or as of a time before",
        ));
    }
    Ok(Some(at.as_millis()))
}
