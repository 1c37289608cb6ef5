//! What a text of SQL means to a pooler, judged from its tokens: no I/O, no catalog, no grammar in full.
//!
//! [`lexer`] cuts bytes into PostgreSQL's tokens, [`effects`] says what the statements do to the session's
//! state. Invalid SQL is no concern of this module: the backend rejects it, and nothing here panics on it.

mod cursor;
pub mod effects;
pub mod lexer;
mod text;
