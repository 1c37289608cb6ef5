//! How a user's clients stand among others who wait for the same connections.

use std::fmt;

/// Whose wait counts for more where pools wait for connections under one limit: each step is worth a
/// second of waiting. Users that the file does not name have 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Priority(i8);

impl Priority {
    /// The furthest from 0 that it may be.
    pub const MOST: i8 = 10;

    /// One between `-MOST` and `MOST`.
    pub fn new(priority: i8) -> Option<Self> {
        (-Self::MOST..=Self::MOST).contains(&priority).then_some(Self(priority))
    }

    /// The number.
    pub fn value(self) -> i8 {
        self.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
