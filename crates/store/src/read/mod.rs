//! Reading: one file per noun. Readers have their own connections and never wait for the writer.

pub(crate) mod entries;
mod events;
mod logs;
mod misc;
mod policies;
