//! Scalars outside arrays can be set by environment: `REKINDLE_HTTP_LISTEN` and the like.

use super::Config;
use crate::exit::Failure;

/// Applies what `get` knows on top of the file.
pub(super) fn apply(
    config: &mut Config,
    get: impl Fn(&str) -> Option<String>,
) -> Result<(), Failure> {
    if let Some(value) = get("REKINDLE_DATA_DIR") {
        config.data_dir = value.into();
    }
    if let Some(value) = get("REKINDLE_STORE_URL") {
        config.store.url = value;
    }
    if let Some(value) = get("REKINDLE_HTTP_LISTEN") {
        config.http.listen = value;
    }
    if let Some(value) = get("REKINDLE_SUBMIT_DEADLINE") {
        config.submit.deadline = value;
    }
    if let Some(value) = get("REKINDLE_SUBMIT_IN_FLIGHT") {
        config.submit.in_flight = value.parse().map_err(|error| {
            let text = format!("REKINDLE_SUBMIT_IN_FLIGHT `{value}`: {error}; give a number");
            Failure::usage("config_invalid", text)
        })?;
    }
    Ok(())
}
