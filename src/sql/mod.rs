//! What a text of SQL means to a pooler: no I/O, no catalog.
//!
//! [`lexer`] cuts bytes into PostgreSQL's tokens, [`effects`] says what the statements do to the session's
//! state. [`Memo`] says the rest, a [`Statement`]: it strips the text of its values ([`Normaliser`]), and only if
//! no text of the same [`Structure`] came before is it parsed. Invalid SQL is no concern of this module: the
//! backend rejects it, and nothing here panics on it.

mod cursor;
pub mod effects;
mod hint;
pub mod lexer;
pub mod literals;
mod memo;
mod normal;
mod parse;
mod statement;
mod structure;
mod text;

pub use hint::{Hint, Hints};
pub use memo::{Memo, Seen};
pub use normal::{LONGEST, Normaliser, TooLong};
pub use parse::{called, runs_text};
pub use statement::{Access, Attribute, Class, Fills, Isolation, Locking, Modes, Name, Statement};
pub use structure::{Secret, Structure};
