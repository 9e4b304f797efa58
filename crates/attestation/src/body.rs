//! What logs store for an attestation: one module for each entry kind and version.

pub mod hashedrekord_v002;
