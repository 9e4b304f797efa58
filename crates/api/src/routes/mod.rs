//! One file per noun.

pub(crate) mod entries;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod logs;
pub(crate) mod policies;
pub(crate) mod queue;
pub(crate) mod submissions;
pub(crate) mod triggers;

/// Rows of one page unless the caller asks for fewer.
pub(crate) const PAGE: u32 = 100;
/// Rows of one page at most: about a megabyte of events.
pub(crate) const PAGE_MAX: u32 = 1_000;

/// The asked page size within its bounds.
pub(crate) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE).clamp(1, PAGE_MAX)
}
