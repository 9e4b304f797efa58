//! Checkpoint, tiles and bundles: files of the folder, or the second history.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use rekindle_proof::bundle::BundleId;
use rekindle_proof::tile::TileId;

use crate::disk;
use crate::log::Core;
use crate::script::{Hit, What};
use crate::server::not_found;

/// Answers a GET below the read address, which is the root and, as on public shards, `/api/v2`.
///
/// Files come from the disk each time, so that a test may also damage them by hand.
pub(crate) fn read(core: &Core, path: &str, hit: Option<&Hit>) -> Response {
    let path = path.strip_prefix("/api/v2").unwrap_or(path).trim_start_matches('/');
    if path == "checkpoint" {
        let note = match hit.and_then(|hit| hit.stale.clone()) {
            Some(stale) => Some(stale),
            None => checkpoint(core),
        };
        return file(note, "text/plain; charset=utf-8", "no-cache");
    }
    let found = if let Ok(id) = path.parse::<BundleId>() {
        if is_forked(core) {
            core.second_bundle(id).map(Bytes::from)
        } else {
            on_disk(core, &id.path())
        }
    } else if let Ok(id) = path.parse::<TileId>() {
        let second = core.state().second.as_ref().map(|second| second.tile(id).map(Bytes::from));
        second.unwrap_or_else(|| on_disk(core, &id.path()))
    } else {
        None
    };
    let found = match hit.map(|hit| hit.fault.what) {
        Some(What::TornTile) => found.map(|bytes| bytes.slice(..bytes.len() / 2)),
        Some(What::WrongTile) => found.map(|bytes| flip(&bytes, path.starts_with("tile/entries/"))),
        _ => found,
    };
    file(found, "application/octet-stream", "public, max-age=31536000, immutable")
}

fn checkpoint(core: &Core) -> Option<Bytes> {
    {
        let mut state = core.state();
        if let Some(second) = &mut state.second {
            return second.checkpoint(&core.signer);
        }
    }
    on_disk(core, "checkpoint")
}

fn is_forked(core: &Core) -> bool {
    core.state().second.is_some()
}

/// `path` is one that we print ourselves, so it stays inside the folder.
fn on_disk(core: &Core, path: &str) -> Option<Bytes> {
    disk::read(&core.dir.join(path)).ok().flatten()
}

/// One bit of every hash, because a path does not use all of them; of a bundle its last bit.
fn flip(bytes: &[u8], is_bundle: bool) -> Bytes {
    let mut bytes = bytes.to_vec();
    let step = if is_bundle { bytes.len() } else { 32 };
    for part in bytes.chunks_mut(step.max(1)) {
        part.iter_mut().next_back().into_iter().for_each(|last| *last ^= 1);
    }
    bytes.into()
}

fn file(bytes: Option<Bytes>, kind: &'static str, cache: &'static str) -> Response {
    let Some(bytes) = bytes else { return not_found() };
    let mut answer = (StatusCode::OK, bytes).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer
}
