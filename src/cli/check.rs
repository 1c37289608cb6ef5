//! `pgweir check`: connects to every backend and reports what would go wrong.
//!
//! Reads the configuration as a start would (errors in it are told by the binary before this is reached),
//! tries everything that a start and the first clients would try, and changes nothing. Exit code 1 when
//! something would fail; warnings are for a person to judge. No secret is ever printed.

mod backends;
mod listening;
mod lookup;
mod plan;
mod report;
mod room;
#[cfg(test)]
mod tests;
mod visit;

use std::process::ExitCode;

use crate::config::{Loaded, NoteLevel};
use crate::net::SocketOptions;
use report::{Report, Verdict};

/// Reports on the configuration and every backend, on standard output.
#[allow(clippy::print_stdout, reason = "the report is what the command is for")]
pub async fn check(loaded: &Loaded) -> ExitCode {
    let report = inspect(loaded).await;
    print!("{report}");
    report.exit_code()
}

async fn inspect(loaded: &Loaded) -> Report {
    let config = &loaded.config;
    let sockets =
        SocketOptions { keepalive: config.server.tcp_keepalive, backlog: config.server.listen_backlog };
    let mut report = Report::default();
    configuration(loaded, &mut report);
    listening::look(&config.server, sockets, &mut report);
    let visits = visit::visit_all(plan::plans(config), sockets).await;
    backends::tell(config, &visits, &mut report);
    room::tell(config, &visits, &mut report);
    lookup::look(config, sockets, &mut report).await;
    report.conclude();
    report
}

/// What the configuration has to say about itself.
fn configuration(loaded: &Loaded, report: &mut Report) {
    report.section("Configuration");
    report.say(Verdict::Ok, "valid");
    for note in &loaded.notes {
        let verdict = match note.level {
            NoteLevel::Info => Verdict::Note,
            NoteLevel::Warning => Verdict::Warning,
        };
        report.say(verdict, note);
    }
}
