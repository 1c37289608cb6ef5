//! Where log lines go: standard error, as text or JSON, through tracing.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Loaded, LogFormat, NoteLevel};

/// Starts logging as configured, and says what the configuration had to say about itself.
pub fn start_logging(loaded: &Loaded) {
    let server = &loaded.config.server;
    let filter = EnvFilter::try_new(&server.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match server.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    for note in &loaded.notes {
        match note.level {
            NoteLevel::Info => tracing::info!("{}", note.text),
            NoteLevel::Warning => tracing::warn!("{}", note.text),
        }
    }
}
