//! What operators see and do: one [`Status`], read by the console, `/metrics`, `/health` and the
//! JSON API, so that no figure is computed twice.
//!
//! Nothing here runs on a worker: the control thread serves the console's sockets and HTTP.

mod api;
mod command;
mod console;
mod control;
mod export;
mod health;
mod http;
mod readiness;
mod show;
mod status;
#[cfg(test)]
mod testing;

pub use command::Rights;
pub use console::{AdminUser, Found, Interrupts, serve as serve_console};
pub use control::{Control, ControlError, Controls, Ending, Killed, Suspended};
pub use health::{Health, Level, judge};
pub use http::{Parts as HttpParts, serve as serve_http};
pub use readiness::{Readiness, ReadyState};
pub use status::{Counters, DatabaseStatus, Reloads, Source, Status};
