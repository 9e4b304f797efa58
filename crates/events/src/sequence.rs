//! Where an event stands in the one gap-free sequence of a store.

use std::fmt;

/// Position of an event in its store: 1, 2, 3, … without gaps. Not part of the facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The number with 20 digits, zero-padded, so that text order is number order.
    ///
    /// 20 digits hold every `u64`. CloudEvents' `sequence` attribute and the ids of an event
    /// stream use this form.
    #[must_use]
    pub fn padded(self) -> String {
        format!("{:020}", self.0)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for Sequence {
    fn from(number: u64) -> Sequence {
        Sequence(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_number_order() {
        assert_eq!(Sequence(7).padded(), "00000000000000000007");
        assert_eq!(Sequence(u64::MAX).padded(), "18446744073709551615");
        assert!(Sequence(9).padded() < Sequence(10).padded());
        assert_eq!(Sequence(10).to_string(), "10");
    }
}
