//! JSON forms that go over the wire, apart from any client: readers and writers side by side.

pub mod protojson;
pub mod v2;
