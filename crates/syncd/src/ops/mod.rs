//! What an operator does: replay the history, ask the doctor, requeue what failed.

pub mod doctor;
pub mod replay;
pub mod requeue;
