//! Prepared statements: what a client calls by a name, and what its connection of the moment knows.
//!
//! A client's names ([`Names`]) stand for statements that all clients share ([`Library`]), by content and by how their
//! literals are read ([`Dialect`]). On a connection they have names of ours, and one that lacks a statement is made
//! to have it ahead of the frame that needs it.
//!
//! Where to look:
//! - *Parse, Bind, Describe, Execute, Close*: `prepared`; as they are in session mode, where names are the backend's own:
//!   `unshared`.
//! - *Parse without a name*, which comes again and again: `familiar`.
//! - *PREPARE, EXECUTE, DEALLOCATE*, where names must be the client's own: `guests`.
//! - *what is kept*: by each session `names`, by the process `library`.
//!
//! What a connection has prepared is its own to know ([`crate::backend`]).

mod dialect;
mod familiar;
mod guests;
mod library;
mod names;
mod prepared;
pub(super) mod unshared;

pub(super) use dialect::Dialect;
pub use familiar::Familiar;
pub use library::Library;
pub(super) use library::{Serves, SqlStatement, Statement};
pub(super) use names::{Name, Names};
