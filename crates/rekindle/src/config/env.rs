//! Scalars outside arrays can be set by environment: `REKINDLE_HTTP_LISTEN` and the like.

use super::Config;

/// Applies what `get` knows on top of the file.
pub(super) fn apply(config: &mut Config, get: impl Fn(&str) -> Option<String>) {
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
    if let Some(value) = get("REKINDLE_SUBMIT_IN_FLIGHT").and_then(|text| text.parse().ok()) {
        config.submit.in_flight = value;
    }
}
