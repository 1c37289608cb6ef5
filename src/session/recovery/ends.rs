//! What each request under way may do to the transaction that it runs in: what is behind a COMMIT is no part of
//! what that ends.

use super::nature::Nature;

/// What is known of one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::session) struct Note {
    pub(super) nature: Nature,
    pub(super) ends: Ends,
    pub(super) opens: Opens,
}

/// Whether what was sent may have ended the transaction; the greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(in crate::session) enum Ends {
    #[default]
    No,
    /// By ROLLBACK; nothing came behind it.
    RolledBack,
    /// By PREPARE TRANSACTION.
    Prepared,
    /// By COMMIT, or something came behind ROLLBACK that is a transaction of its own.
    Committed,
}

/// Whether a transaction of several requests begins with what was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Opens {
    #[default]
    No,
    /// Before anything else in it.
    First,
}
