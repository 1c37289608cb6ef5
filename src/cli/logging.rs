//! Where log lines go: standard error, as text or JSON, through tracing.

use std::fmt::Display;
use std::io::IsTerminal;
use std::sync::Arc;

use tracing_subscriber::EnvFilter;

use crate::config::{Loaded, LogFormat, NoteLevel};
use crate::proxy::LogLevel;

/// Starts logging as configured, and says what the configuration had to say about itself. Returns what changes the
/// level.
pub fn start_logging(loaded: &Loaded) -> LogLevel {
    let server = &loaded.config.server;
    let filter = filter_of(&server.log_level);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let level: LogLevel = match server.log_format {
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal()).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Arc::new(move |level| complain(handle.reload(filter_of(level))))
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Arc::new(move |level| complain(handle.reload(filter_of(level))))
        }
    };
    for note in &loaded.notes {
        match note.level {
            NoteLevel::Info => tracing::info!("{}", note.text),
            NoteLevel::Warning => tracing::warn!("{}", note.text),
        }
    }
    level
}

/// The configuration has seen to it that it is one.
fn filter_of(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

fn complain(result: Result<(), impl Display>) {
    if let Err(error) = result {
        tracing::error!(%error, "the log level cannot be changed");
    }
}
