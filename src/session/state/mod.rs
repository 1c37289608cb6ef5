//! A session's state, as far as statements change it: settings, and what holds it to one backend.
//!
//! A text is looked up, or read, for what it means (`meaning`). When its statement has ended, what it did is entered
//! (`outcome`): a setting is followed, so that any connection can be given it (`settings`); what cannot be carried to
//! another connection pins the session to the one that has it (`pin`). What only the backend can tell it is asked,
//! unseen by the client (`ours`).
//!
//! What else a session carries has folders beside this one: prepared statements (`statements`), LISTEN (`notify`).

mod meaning;
mod ours;
mod outcome;
pub(super) mod pin;
mod settings;

pub(super) use meaning::{Defines, Draws, Left, Meaning, Trust};
pub(super) use ours::{Heard, Ours};
pub(super) use outcome::Tag;
pub(super) use settings::Tracked;
